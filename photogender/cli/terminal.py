"""The terminal: how wide it is, its encoding and colours, sentences for a person."""

import os
import shutil
import sys

import click

from photogender.text import printable


def say(text: str) -> None:
    """Print some lines to stderr, whatever file names are in them."""
    click.echo("\n".join(map(printable, text.split("\n"))), err=True)


def terminal_width() -> int | None:
    """Characters of the terminal stdout goes to; None where it goes elsewhere, and nothing needs shortening."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def encoded(text: str) -> bytes:
    """Text as stdout's encoding has it; what it does not have becomes a question mark."""
    return text.encode(sys.stdout.encoding or "utf-8", "replace")


def styled(text: str, code: str) -> str:
    """Text in an ANSI style (``1``: bold) where stdout is a terminal that may have colours."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\x1b[{code}m{text}\x1b[0m" if coloured and text else text
