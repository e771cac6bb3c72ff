"""Counts by folder and by year."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.paths import is_in, parts, rest_in, start_of
from photogender.catalog.queries.filters import Filters, match_faces, match_photos
from photogender.catalog.sqlite.connection import damaged

_YEAR = re.compile("[0-9]{4}")


class Tally(NamedTuple):
    """Matching photos and faces of one year or one folder."""

    label: str | None
    """The year, or None for photos without a date; or a folder below its root, empty for the root itself."""
    photos: int
    female: int
    male: int

    @property
    def faces(self) -> int:
        """Of both genders."""
        return self.female + self.male


class Cell(NamedTuple):
    """Matching photos and faces of one folder and year."""

    root: str
    folder: str
    year: str | None
    photos: int
    female: int
    male: int


def by_folder_and_year(catalog: Catalog, filters: Filters) -> tuple[list[Cell], tuple[str, str] | None]:
    """Count matching photos and their matching faces; also the first and last day on which they were scanned.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    faces: defaultdict[tuple[object, object], Counter[object]] = defaultdict(Counter)
    sql = f"""
        SELECT folder, substr(taken, 1, 4) AS year, gender, count(*) AS faces
        FROM tags WHERE {condition} GROUP BY 1, 2, 3
    """  # noqa: S608
    rows: Iterator[dict[str, Any]] = catalog.rows(sql, values)
    for row in rows:
        faces[row["folder"], row["year"]][row["gender"]] = row["faces"]
    condition, values = match_photos(filters)
    sql = f"""
        SELECT
            root, folder, substr(taken, 1, 4) AS year, count(*) AS photos,
            substr(min(scanned_at), 1, 10) AS first, substr(max(scanned_at), 1, 10) AS last
        FROM photos WHERE {condition} GROUP BY 1, 2, 3
    """  # noqa: S608
    cells, days = [], set()
    photos: Iterator[dict[str, Any]] = catalog.rows(sql, values)
    for row in photos:
        if row["year"] is not None and not _YEAR.fullmatch(row["year"]):
            raise damaged(catalog.path, f"a photo was taken in the year {row['year']!r}")
        # Popped, since the same folder may occur again with another root.
        found = faces.pop((row["folder"], row["year"]), Counter())
        # A root may be a single photo that was given to scan.
        root = row["root"] if is_in(row["folder"], row["root"]) else row["folder"]
        cells.append(Cell(root, row["folder"], row["year"], row["photos"], found["female"], found["male"]))
        days |= {row["first"], row["last"]}
    return cells, (min(days), max(days)) if days else None


def tallies(cells: Iterable[tuple[str | None, Cell]]) -> list[Tally]:
    """The sums of the cells with the same label."""
    sums: dict[str | None, Tally] = {}
    for label, cell in cells:
        _, photos, female, male = sums.get(label, Tally(label, 0, 0, 0))
        sums[label] = Tally(label, photos + cell.photos, female + cell.female, male + cell.male)
    return list(sums.values())


def outermost(roots: Iterable[str]) -> tuple[str, ...]:
    """The folders that are not inside another one."""
    kept: list[str] = []
    for root in sorted(roots, key=parts):
        if not (kept and is_in(root, kept[-1])):
            kept.append(root)
    return tuple(kept)


def below(folder: str, roots: Collection[str]) -> str:
    """Label of the first folder below the root; includes the root if there are several."""
    root = folder
    while root not in roots and root != os.path.dirname(root):
        root = os.path.dirname(root)
    first = parts(rest_in(folder, root))[0]
    return first if len(roots) == 1 else start_of(homely(root)) + first


def homely(path: str) -> str:
    """A path with ``~`` for the home folder, which reveals less."""
    home = os.path.expanduser("~")
    if os.path.dirname(home) in ("", home) or not is_in(path, home):  # not known, or a root
        return path
    return f"~{path[len(home.rstrip(os.sep)) :]}"
