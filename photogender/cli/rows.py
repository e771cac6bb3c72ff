"""Rows of faces or photos for a table or a file: selected, sorted and counted."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from photogender.cli.completion import columns
from photogender.cli.options import together
from photogender.cli.terminal import say
from photogender.cli.types import Words
from photogender.text import count

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog, Cells

Per = Literal["face", "photo"]

row_options = together(
    click.option(
        "--per",
        type=click.Choice(["face", "photo"]),
        help="One row per face, or one per photo with its faces counted.  [default: face; photo with --faces 0]",
    ),
    click.option("--columns", type=Words(), metavar="A,B,...", help="Only these columns, in this order."),
    click.option(
        "--sort",
        metavar="COLUMN",
        shell_complete=columns,
        help="Sort by this column; empty values come last.  [default: path]",
    ),
    click.option("--reverse", is_flag=True, help="Sort from the largest value to the smallest."),
    click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N rows."),
    click.option(
        "--random",
        "sample",
        type=click.IntRange(min=0),
        metavar="N",
        help="Only N rows, drawn at random from all that match.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="S",
        help="With --random: the same number draws the same rows again.  [default: a new one, printed]",
    ),
)
"""One option for each field of ``Wanted``."""


class Wanted(NamedTuple):
    """The values of ``row_options``."""

    per: Per | None = None
    columns: list[str] | None = None
    sort: str | None = None
    reverse: bool = False
    limit: int | None = None
    sample: int | None = None
    seed: int | None = None


class Found(NamedTuple):
    """The rows that a command writes."""

    per: Per
    columns: tuple[str, ...]
    rows: "Iterable[Cells]"
    """A cell for each of ``columns``."""
    counted: "Counted"
    """Of these rows."""


def split(options: dict[str, Any]) -> tuple[Wanted, dict[str, Any]]:
    """Separate the values of ``row_options`` from those of the filters."""
    wanted = {name: value for name, value in options.items() if name in Wanted._fields}
    return Wanted(**wanted), {name: value for name, value in options.items() if name not in wanted}


def find(catalog: "Catalog", wanted: Wanted, filters: dict[str, Any]) -> Found:
    """The rows that match all filters.

    Raises:
        click.UsageError: A column does not exist, or ``--seed`` is given without ``--random``.
    """
    from photogender.catalog.queries.filters import Filters
    from photogender.catalog.queries.questions import photos, tags
    from photogender.catalog.queries.selection import Selection
    from photogender.catalog.sqlite.views import FACE_COLUMNS, PHOTO_COLUMNS

    # A photo without faces has no row with ``--per face``.
    per = wanted.per or ("photo" if filters["faces"] == (0, 0) else "face")
    known, ask = (FACE_COLUMNS, tags) if per == "face" else (PHOTO_COLUMNS, photos)
    for name in [*(wanted.columns or ()), *([wanted.sort] if wanted.sort else ())]:
        if name not in known:
            raise click.UsageError(f"A {per} has no column {name}. It has: {', '.join(known)}.")
    if wanted.seed is not None and wanted.sample is None:
        raise click.UsageError("--seed goes with --random.")
    selection = Selection(wanted.sort, wanted.reverse, wanted.limit, wanted.sample, _seed(wanted))
    rows = ask(catalog, Filters(**filters), selection)
    counted = Counted(rows, known.index("path"), by_path=wanted.sort in (None, "path"))
    if not wanted.columns:
        return Found(per, known, counted, counted)
    places = [known.index(name) for name in wanted.columns]
    return Found(per, tuple(wanted.columns), (tuple(row[at] for at in places) for row in counted), counted)


def _seed(wanted: Wanted) -> int:
    if wanted.sample is None or wanted.seed is not None:
        return wanted.seed or 0
    import secrets

    seed = secrets.randbelow(1_000_000)
    say(f"To draw the same rows again: --seed {seed}")
    return seed


class Counted:
    """Rows that are counted while they are read."""

    def __init__(self, rows: "Iterable[Cells]", path: int = 0, *, by_path: bool = True) -> None:
        """Count ``rows``, and their photos by the path, which is cell number ``path``.

        With ``by_path``, rows of one photo are consecutive, so that paths need not be remembered.
        """
        self._rows = rows
        self._path = path
        self._by_path = by_path
        self._photos = 0
        self.number = 0

    def __iter__(self) -> "Iterator[Cells]":
        before: object = None
        seen: set[int] = set()
        for row in self._rows:
            self.number += 1
            if (path := row[self._path]) != before:
                before = path
                self._photos += self._by_path or hash(path) not in seen
                if not self._by_path:
                    seen.add(hash(path))
            yield row

    def count(self, per: Per | None) -> str:
        """The number of rows that were read, in words."""
        if per == "face":
            return f"{count(self.number, 'face')} in {count(self._photos, 'photo')}"
        return count(self.number, per or "row")


def say_what_names_nothing(catalog: "Catalog", filters: dict[str, Any], found: int) -> None:
    """If nothing was found, print which filters name something that is not in the catalog."""
    if not found:
        from photogender.catalog.queries.filters import Filters
        from photogender.catalog.queries.unmatched import names_nothing

        for sentence in names_nothing(catalog, Filters(**filters)):
            say(sentence)
