"""A library by folder and by year."""

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.filters import Filters, match_faces, match_photos


class Tally(NamedTuple):
    """Photos that match, and the faces that match, of one year or one folder."""

    label: str | None
    """The year; the path of a folder below its root, empty for the root itself; None: photos without a date."""
    photos: int
    female: int
    male: int

    @property
    def faces(self) -> int:
        """Of both genders."""
        return self.female + self.male


class Cell(NamedTuple):
    """The photos of one folder and year."""

    root: str
    folder: str
    year: str | None
    photos: int
    female: int
    male: int


def by_folder_and_year(catalog: Catalog, filters: Filters) -> tuple[list[Cell], tuple[str, str] | None]:
    """The photos that match, with their faces that match; and the first and last day they were scanned.

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
        # Taken out: the same folder may come again with another root.
        found = faces.pop((row["folder"], row["year"]), Counter())
        # A root may be a photo, which was named itself.
        root = row["root"] if _is_in(row["folder"], row["root"]) else row["folder"]
        cells.append(Cell(root, row["folder"], row["year"], row["photos"], found["female"], found["male"]))
        days |= {row["first"], row["last"]}
    return cells, (min(days), max(days)) if days else None


def tallies(cells: Iterable[tuple[str | None, Cell]]) -> list[Tally]:
    """The cells of each label summed up."""
    sums: dict[str | None, Tally] = {}
    for label, cell in cells:
        _, photos, female, male = sums.get(label, Tally(label, 0, 0, 0))
        sums[label] = Tally(label, photos + cell.photos, female + cell.female, male + cell.male)
    return list(sums.values())


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def outermost(roots: Iterable[str]) -> tuple[str, ...]:
    """The folders that are inside no other one."""
    kept: list[str] = []
    for root in sorted(roots, key=lambda path: path.split("/")):  # a folder, then all that is in it
        if not (kept and _is_in(root, kept[-1])):
            kept.append(root)
    return tuple(kept)


def below(folder: str, roots: Collection[str]) -> str:
    """What names the folder directly below its root: with the root, if there are several."""
    root = folder
    while root not in roots and root != os.path.dirname(root):
        root = os.path.dirname(root)
    first = folder[len(root) :].lstrip("/").partition("/")[0]
    return first if len(roots) == 1 else f"{homely(root).rstrip('/')}/{first}"


def homely(path: str) -> str:
    """A path with ``~`` for the home folder of whoever makes the report: it tells a stranger less."""
    home = os.path.expanduser("~").rstrip("/")
    return f"~{path[len(home) :]}" if home and _is_in(path, home) else path
