"""Rows of the catalog for a table or a file: one a face or one a photo."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import click

from photogender.text import count

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog, Row

per_option = click.option(
    "--per",
    type=click.Choice(["face", "photo"]),
    help="One row for each face, or for each photo with its faces counted.  [default: face; photo with --faces 0]",
)


def default_per(filters: dict[str, Any]) -> Literal["face", "photo"]:
    """What a row stands for where it is not said: photos without faces have no row a face."""
    return "photo" if filters["faces"] == (0, 0) else "face"


def find(catalog: "Catalog", per: str, filters: dict[str, Any]) -> "tuple[tuple[str, ...], Iterator[Row]]":
    """Columns and rows that meet the filters."""
    from photogender.catalog.columns import FACE_COLUMNS, PHOTO_COLUMNS
    from photogender.catalog.filters import Filters
    from photogender.catalog.questions import photos, tags

    if per == "face":
        return FACE_COLUMNS, tags(catalog, Filters(**filters))
    return PHOTO_COLUMNS, photos(catalog, Filters(**filters))


class Counted:
    """Rows, counted while they pass; they come ordered by path."""

    def __init__(self, rows: "Iterable[Row]") -> None:
        self._rows = rows
        self._number = self._photos = 0

    def __iter__(self) -> "Iterator[Row]":
        before = None
        for row in self._rows:
            self._number += 1
            path = row.get("path")
            self._photos += path != before
            before = path
            yield row

    def count(self, per: Literal["face", "photo"] | None) -> str:
        """How many rows there were, in words."""
        if per == "face":
            return f"{count(self._number, 'face')} in {count(self._photos, 'photo')}"
        return count(self._number, per or "row")
