"""Options that several commands share."""

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
