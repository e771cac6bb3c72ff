"""The library in numbers: totals, and an age pyramid by gender."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.questions import face_counts, photo_counts
from photogender.labels import AGE_GROUPS, LAST_DECADE


class Bar(NamedTuple):
    """Faces of one range of ages."""

    label: str
    female: int
    male: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``photogender stats`` shows."""

    photos: int
    with_faces: int
    skipped: int
    """Files that could not be read as photos; of the filters only the folder applies."""
    faces: int
    female: int
    male: int
    reviewed: int
    """Faces that a person corrected or confirmed."""
    decades: tuple[Bar, ...]
    """In steps of ten years, youngest first, without gaps between the first and the last that have faces."""
    groups: tuple[Bar, ...]
    """The eight groups of Levi & Hassner, youngest first."""


def summarize(catalog: Catalog, filters: Filters) -> Summary:
    """Count the faces and photos that match.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    decades: Counter[tuple[object, object]] = Counter()
    groups: Counter[tuple[object, object]] = Counter()
    reviewed = 0
    for row in face_counts(catalog, filters):
        decade, faces = min(_whole(row["decade"]), LAST_DECADE), _whole(row["faces"])
        decades[decade, row["gender"]] += faces
        groups[row["age_group"], row["gender"]] += faces
        reviewed += _whole(row["reviewed"])
    starts = [_whole(decade) for decade, _ in decades]
    shown = range(min(starts, default=0), max(starts, default=-10) + 10, 10)
    bars = tuple(
        Bar(
            f"{start}+" if start == LAST_DECADE else f"{start}-{start + 9}",
            decades[start, "female"],
            decades[start, "male"],
        )
        for start in shown
    )
    photos = photo_counts(catalog, filters)
    return Summary(
        photos=_whole(photos["photos"]),
        with_faces=_whole(photos["with_faces"]),
        skipped=_whole(photos["skipped"]),
        faces=decades.total(),
        female=sum(bar.female for bar in bars),
        male=sum(bar.male for bar in bars),
        reviewed=reviewed,
        decades=bars,
        groups=tuple(Bar(group, groups[group, "female"], groups[group, "male"]) for group in AGE_GROUPS),
    )


def _whole(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101 - SQLite counts in integers
    return value
