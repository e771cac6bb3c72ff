"""The numbers of a report, read from the catalog in a few queries; no photo is opened."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters, match_faces
from photogender.catalog.queries.questions import skip_reasons
from photogender.catalog.queries.stats import Bar, Summary, summarize
from photogender.catalog.sqlite.connection import damaged
from photogender.report.accuracy import Origins, Reviewed, UsedModel, certainty, models, origins, reviewed
from photogender.report.places import Tally, below, by_folder_and_year, outermost, tallies
from photogender.text import count

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Facts:
    """All numbers and names of a report."""

    made_at: datetime
    """Local time, with its zone."""
    roots: tuple[str, ...]
    """The scanned folders, without those inside another one."""
    asked: tuple[tuple[str, str], ...]
    """The filters in words: name and value."""
    scanned: tuple[str, str] | None
    """First and last day on which the photos were scanned, UTC, ``YYYY-MM-DD``."""
    summary: Summary
    years: tuple[Tally, ...]
    """By year taken, ascending; those without a date last."""
    folders: tuple[Tally, ...]
    """By folder directly below a root, most photos first."""
    skipped: tuple[tuple[str, int], ...]
    """Reasons and the number of files each, most frequent first."""
    gender_origins: Origins
    age_origins: Origins
    gender_sure: tuple[Bar, ...]
    """Faces that were not reviewed, by the confidence in the gender, in steps of 0.1 from 0.5."""
    age_sure: tuple[Bar, ...]
    """The same by the confidence in the age group, in steps of 0.2 from 0, without faces that have none."""
    reviewed: Reviewed
    names: tuple[tuple[str, int], ...]
    """Named people and the number of faces each, most faces first."""
    models: tuple[UsedModel, ...]
    """Detectors first."""


def gather(catalog: Catalog, filters: Filters, *, with_names: bool = False) -> Facts:
    """Read a report's numbers.

    Args:
        catalog: Open for reading.
        filters: Which faces and photos count, as in ``photogender.catalog.queries.stats.summarize``.
        with_names: ``asked`` may contain a person's name. (``names`` always has them.)

    Raises:
        CatalogError: The catalog cannot be read.
    """
    cells, scanned = by_folder_and_year(catalog, filters)
    skips: list[dict[str, Any]] = list(skip_reasons(catalog, filters))
    roots = outermost({*(cell.root for cell in cells), *(row["root"] for row in skips)})
    years = tallies((cell.year, cell) for cell in cells)
    folders = tallies((below(cell.folder, frozenset(roots)), cell) for cell in cells)
    summary = summarize(catalog, filters)
    gender_origins, age_origins = origins(catalog, filters)
    gender_sure, age_sure = certainty(catalog, filters)
    if summary.photos and not folders:
        raise damaged(catalog.path, f"{summary.photos} photos are in no folder")
    return Facts(
        made_at=datetime.now().astimezone(),
        roots=roots,
        asked=tuple(_asked(filters, with_names)),
        scanned=scanned,
        summary=summary,
        years=tuple(sorted(years, key=lambda tally: (tally.label is None, tally.label))),
        folders=tuple(sorted(folders, key=lambda tally: (-tally.photos, tally.label))),
        skipped=tuple(_reasons((row["reason"], row["files"]) for row in skips)),
        gender_origins=gender_origins,
        age_origins=age_origins,
        gender_sure=gender_sure,
        age_sure=age_sure,
        reviewed=reviewed(catalog, filters),
        names=_names(catalog, filters),
        models=tuple(models(catalog, filters)),
    )


def _reasons(skips: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Reasons and the number of files each, most frequent first; reasons that differ only in numbers are merged."""
    files: Counter[str] = Counter()
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for reason, number in skips:
        alike = _NUMBER.sub("…", reason)
        files[alike] += number
        texts[alike].add(reason)
    return [(alike if len(texts[alike]) > 1 else texts[alike].pop(), number) for alike, number in files.most_common()]


def _names(catalog: Catalog, filters: Filters) -> tuple[tuple[str, int], ...]:
    condition, values = match_faces(filters)
    sql = f"""
        SELECT name, count(*) AS faces FROM shown
        WHERE name IS NOT NULL AND face_id IN (SELECT face_id FROM corrections WHERE name IS NOT NULL) AND {condition}
        GROUP BY 1 ORDER BY 2 DESC, 1
    """  # noqa: S608
    rows: Iterator[dict[str, Any]] = catalog.rows(sql, values)
    return tuple((row["name"], row["faces"]) for row in rows)


def _asked(filters: Filters, with_names: bool) -> Iterator[tuple[str, str]]:
    for field in fields(filters):
        what, value = field.name.replace("_", " "), getattr(filters, field.name)
        if value in (None, False, ()):
            continue
        if field.name == "name" and not with_names:
            yield what, "one person (not named here)"
        elif field.name == "with_people":
            people = ", ".join(value) if with_names else count(len(value), "person", "people") + " (not named here)"
            yield what, people
        elif field.name == "people":
            yield what, ", ".join(f"{_span(*span)} {kind}" for kind, span in value)
        elif isinstance(value, tuple):
            yield what, _span(*value)
        else:
            yield what, "yes" if value is True else str(value)


def _span(low: object, high: object) -> str:
    if low is None:
        return f"up to {high}"
    if high is None:
        return f"from {low}"
    return f"{low}" if low == high else f"{low} to {high}"
