"""The pages of the wall of faces."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.queries.filters import Filters, match_faces
from photogender.catalog.sqlite.connection import damaged
from photogender.catalog.sqlite.views import CERTAINTY, DOUBTFUL
from photogender.labels import OLDEST
from photogender.review.choices import known_folder
from photogender.review.faces import NOT_FACES, faces
from photogender.review.question import After, Question, Sort

PAGE = 60
"""Faces per page: more than a large screen shows."""

_ORDERS: dict[Sort, tuple[str, str]] = {
    "certain": (CERTAINTY, "ASC"),
    "newest": ("coalesce(taken, '')", "DESC"),
    "earliest": ("coalesce(taken, '~')", "ASC"),
    "youngest": ("age", "ASC"),
    "oldest": ("age", "DESC"),
    # A path may hold bytes that no text has.
    "path": ("hex((SELECT path FROM pictures WHERE id = photo_id))", "ASC"),
    # Knuth's multiplicative hash: consecutive face ids come from one photo or one day.
    "random": ("face_id * 2654435761 % 4294967296 / 4294967296.0", "ASC"),
}


class Page(NamedTuple):
    """Some faces of the wall, and where the next page begins; None: this is the last."""

    faces: list[Row]
    after: After | None


def page(catalog: Catalog, question: Question, reasons: Mapping[int, str] | None = None) -> Page:
    """The first ``PAGE`` faces that match a question, as ``faces`` returns them.

    With ``reasons``, only the faces that have one, and ``why`` says it.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    key, direction = _ORDERS[question.sort]
    condition, values = match_faces(known_folder(catalog, question.filters))
    if question.after:
        sign = ">" if direction == "ASC" else "<"
        condition += f" AND ({key} {sign} ? OR ({key} = ? AND face_id > ?))"
        values += (question.after[0], *question.after)
    # Ids first: sorting all columns of all faces to show sixty of them takes twice as long.
    order = f"ORDER BY 1 {direction}, 2 LIMIT {PAGE + 1}"
    table = source(question, reasons)
    # Of all faces, the least certain ones have an index; seldom are there too few of them.
    has_index = question.sort == "certain" and question.filters == Filters() and table == "shown"
    for among in (f"{key} < {DOUBTFUL} AND", "") if has_index else ("",):
        sql = f"SELECT {key}, face_id FROM {table} WHERE {among} {condition} {order}"  # noqa: S608
        found: list[After] = catalog.fetch(sql, values).fetchall()
        if len(found) > PAGE:
            break
    after = found[PAGE - 1] if len(found) > PAGE else None
    shown = faces(catalog, [face for _, face in found[:PAGE]])
    return Page([row | {"why": reasons[row["id"]]} for row in shown] if reasons else shown, after)  # type: ignore[index]


def matching(catalog: Catalog, question: Question, only: Iterable[int] | None = None) -> list[Row]:
    """All faces that match a question, with ``id``, ``correction``, ``gender`` and ``age`` as in ``Seen``.

    With ``only``, those among these ids.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(known_folder(catalog, question.filters))
    correction = "(SELECT correction_id FROM faces WHERE id = face_id) AS correction"
    sql = f"SELECT face_id AS id, {correction}, gender, age FROM {source(question, only)} WHERE {condition}"  # noqa: S608
    rows: list[dict[str, Any]] = list(catalog.rows(sql, values))
    if any(row["age"] is None or not 0 <= row["age"] <= OLDEST for row in rows):
        raise damaged(catalog.path, f"an age is not from 0 to {OLDEST}")
    return rows


def source(question: Question, only: Iterable[int] | None = None) -> str:
    """What a question is asked of, in SQL: a table with the columns of ``shown``, of the faces of ``only`` if given."""
    table = f"({NOT_FACES}) AS shown" if question.not_faces else "shown"
    if only is None:
        return table
    return f"(SELECT * FROM {table} WHERE face_id IN ({','.join(map(str, only))})) AS shown"  # noqa: S608
