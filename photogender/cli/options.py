"""Options that several commands share."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

catalog_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--catalog",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="PHOTOGENDER_CATALOG",
    show_envvar=True,
    help="The catalog file.  [default: catalog.db in your user data folder]",
)


def user_name() -> str:
    """Who is at the machine: the author of a correction where no other is named."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in the system's list, as in some containers
        return "unknown"
