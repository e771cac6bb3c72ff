"""Shell completion of models, and of names, folders and columns of the catalog."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from photogender.errors import PhotogenderError

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def models(task: str | None = None) -> Complete:
    """Completes known models: of one task (``detect``, ``age-gender``), or all."""

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        from photogender.model_tools.installed import all_specs

        names = (spec.name for spec in all_specs(lambda sentence: None) if task in (None, spec.task))
        return [name for name in names if name.startswith(incomplete)]

    return complete


def used_models(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete models of age and gender that the catalog has estimates of."""
    from photogender.catalog.queries.unmatched import model_names

    with _catalog(context) as catalog:
        return [name for name in model_names(catalog) if name.startswith(incomplete)] if catalog else []


def names(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete names of people in the catalog, ignoring case."""
    from photogender.catalog.queries.unmatched import person_names

    with _catalog(context) as catalog:
        known = person_names(catalog) if catalog else []
    return [name for name in known if name.casefold().startswith(incomplete.casefold())]


def folders(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete folders with photos in the catalog, one level at a time."""
    from photogender.catalog.queries.unmatched import folders_below

    with _catalog(context) as catalog:
        return folders_below(catalog, incomplete) if catalog else []


def columns(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the columns of a face, or of a photo with ``--per photo``."""
    from photogender.catalog.sqlite.views import FACE_COLUMNS, PHOTO_COLUMNS

    known = PHOTO_COLUMNS if context.params.get("per") == "photo" else FACE_COLUMNS
    return [name for name in known if name.startswith(incomplete)]


@contextmanager
def _catalog(context: click.Context) -> "Iterator[Catalog | None]":
    """The catalog of the command line; None if it cannot be opened, because completion cannot report errors."""
    from photogender.catalog.catalog import Catalog

    try:
        catalog = Catalog(context.params.get("catalog"))
    except PhotogenderError:
        yield None
        return
    with catalog:
        yield catalog
