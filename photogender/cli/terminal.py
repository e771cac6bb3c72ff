"""The terminal: its width, encoding and colours, and messages."""

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

import click

from photogender.text import printable

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str) -> None:
    """Print lines to stderr, with unprintable characters escaped; nothing if the text is empty."""
    if text:
        click.echo("\n".join(map(printable, text.split("\n"))), err=True)


def terminal_width() -> int | None:
    """Width of the terminal in characters; None if stdout is not a terminal, so that nothing needs shortening."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def encoded(text: str) -> bytes:
    """Text in the encoding of stdout; characters that it lacks become question marks."""
    return text.encode(sys.stdout.encoding or "utf-8", "replace")


def styled(text: str, code: str) -> str:
    """Text in an ANSI style (``1``: bold) if stdout is a terminal that may have colours."""
    coloured = _is_capable(sys.stdout) and not os.environ.get("NO_COLOR")
    return f"\x1b[{code}m{text}\x1b[0m" if coloured and text else text


def console(*, quiet: bool = False, as_terminal: bool = False) -> "Console":
    """What a command prints on stderr while it works; ``as_terminal`` treats a file or pipe as a terminal."""
    from rich.console import Console

    # Explicit, because with FORCE_COLOR Rich would assume a terminal and draw bars into log files.
    terminal = as_terminal or sys.stderr.isatty()
    return Console(stderr=True, highlight=False, quiet=quiet, force_terminal=terminal)


def _is_capable(stream: TextIO) -> bool:
    """Whether a stream goes to a terminal that understands ANSI sequences."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
