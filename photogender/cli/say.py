"""Sentences for a person, beside the results."""

import click

from photogender.text import printable


def say(text: str) -> None:
    """Print some lines to stderr, whatever file names are in them."""
    click.echo("\n".join(map(printable, text.split("\n"))), err=True)
