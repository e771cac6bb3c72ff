"""The pages of the wall of faces."""

from typing import NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.filters import match_faces
from photogender.review.choices import known_folder
from photogender.review.faces import NOT_FACES, faces
from photogender.review.question import After, Question, Sort

PAGE = 60
"""Faces per page: more than a large screen shows."""

_ORDERS: dict[Sort, tuple[str, str]] = {
    # Probability that both estimates are right if they are independent; corrections count as right.
    "certain": ("gender_confidence * coalesce(age_confidence, 1.0)", "ASC"),
    "newest": ("coalesce(taken, '')", "DESC"),
    "earliest": ("coalesce(taken, '~')", "ASC"),
    "youngest": ("age", "ASC"),
    "oldest": ("age", "DESC"),
    # Knuth's multiplicative hash: consecutive face ids come from one photo or one day.
    "random": ("face_id * 2654435761 % 4294967296 / 4294967296.0", "ASC"),
}


class Page(NamedTuple):
    """Some faces of the wall, and where the next page begins; None: this is the last."""

    faces: list[Row]
    after: After | None


def page(catalog: Catalog, question: Question) -> Page:
    """The first ``PAGE`` faces that match a question, as ``faces`` returns them.

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
    sql = f"SELECT {key}, face_id FROM {source(question)} WHERE {condition} ORDER BY 1 {direction}, 2 LIMIT {PAGE + 1}"  # noqa: S608
    found: list[After] = catalog.fetch(sql, values).fetchall()
    after = found[PAGE - 1] if len(found) > PAGE else None
    return Page(faces(catalog, [face for _, face in found[:PAGE]]), after)


def matching(catalog: Catalog, question: Question) -> list[Row]:
    """All faces that match a question, with ``id``, ``correction``, ``gender`` and ``age`` as in ``Seen``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(known_folder(catalog, question.filters))
    correction = "(SELECT correction_id FROM faces WHERE id = face_id) AS correction"
    sql = f"SELECT face_id AS id, {correction}, gender, age FROM {source(question)} WHERE {condition}"  # noqa: S608
    return list(catalog.rows(sql, values))


def source(question: Question) -> str:
    """What a question is asked of, in SQL: a table with the columns of ``tags``."""
    return f"({NOT_FACES}) AS tags" if question.not_faces else "tags"
