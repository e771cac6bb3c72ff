"""People as the page shows them: all of them, and one."""

from collections.abc import Sequence
from typing import Any

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import latest_change
from photogender.people.check import problems
from photogender.people.persons import one, people, said_or_about
from photogender.review.faces import faces
from photogender.review.unlikely import why

SHOWN = 24
"""Faces that are shown of one person at most."""

_PORTRAITS = """
SELECT said.name, faces.id, max((x2 - x1) * (y2 - y1))
FROM corrections AS said JOIN faces ON faces.correction_id = said.id JOIN photos ON photos.id = faces.photo_id
WHERE said.name IS NOT NULL AND NOT said.not_a_face AND photos.skipped_stage IS NULL GROUP BY said.name
"""
"""The largest face of each person."""


def all_people(catalog: Catalog) -> dict[str, object]:
    """The people of a catalog, those with most faces first.

    Keys of each: ``name``, ``faces``, ``photos``, ``first`` and ``last`` (dates), ``gender``, ``gender_confidence``,
    ``gender_from`` and ``born_from`` (``said`` or ``estimate``), ``born`` as text, and ``face``, the id of a face to
    show. ``change`` is the latest change to people, see ``change_of``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    portraits = {name: face for name, face, _ in catalog.fetch(_PORTRAITS)}
    return {"people": [_person(row, portraits) for row in people(catalog)], "change": change_of(catalog)}


def one_person(catalog: Catalog, name: str) -> dict[str, object]:
    """One person.

    Keys: those of ``all_people``; ``died`` as text, ``author`` and ``said_at``; ``shown``, some faces through the
    years; ``years`` as ``people.persons.one`` gives them; ``problems`` with ``face`` and ``why``; ``change``.

    Raises:
        NotFoundError: There is no such person.
        CatalogError: The catalog cannot be read.
    """
    row, years = one(catalog, name)
    portraits = {each: face for each, face, _ in catalog.fetch(_PORTRAITS) if each == row["name"]}
    sql = (
        "SELECT face_id FROM tags WHERE name = ?1 AND face_id IN (SELECT face_id FROM corrections WHERE name = ?1) "
        "ORDER BY taken IS NULL, taken, face_id"
    )
    ids = [face for (face,) in catalog.fetch(sql, [row["name"]])]
    found = list(problems(catalog, str(row["name"])))
    return _person(row, portraits) | {
        "died": _days(row["died_first"], row["died_last"]),
        "author": row["author"],
        "said_at": row["said_at"],
        "shown": faces(catalog, _spread(ids)),
        "years": years,
        "problems": [{"face": problem.face_id, "why": why(problem)} for problem in found],
        "change": change_of(catalog),
    }


def change_of(catalog: Catalog) -> dict[str, object] | None:
    """The latest change to people, which can be taken back: ``id``, ``what``, ``names``, ``author``; None: none."""
    change = latest_change(catalog)
    return change and change._asdict()


def _person(row: Row, portraits: dict[str, int]) -> dict[str, Any]:
    shared = ("name", "faces", "photos", "first", "last", "gender", "gender_confidence", "gender_from", "born_from")
    known = {key: row[key] for key in shared}
    return known | {"born": said_or_about(row), "face": portraits.get(str(row["name"]))}


def _days(first: object, last: object) -> str:
    days = Days.stored(first, last)
    return str(days) if days else ""


def _spread(ids: Sequence[int]) -> list[int]:
    """At most ``SHOWN`` of some faces, from the first to the last."""
    if len(ids) <= SHOWN:
        return list(ids)
    return [ids[round(at * (len(ids) - 1) / (SHOWN - 1))] for at in range(SHOWN)]
