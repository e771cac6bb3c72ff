"""Corrections and undos sent by the browser, validated before they reach the catalog."""

from typing import NamedTuple, cast, get_args

from photogender.catalog.said.corrections import Seen
from photogender.catalog.said.statement import Statement, is_id
from photogender.labels import OLDEST, Gender
from photogender.review.body import MOST_FACES, as_ids, as_object
from photogender.review.question import BadRequestError


class Correction(NamedTuple):
    """What a person says of some faces, and what the page showed of each."""

    seen: dict[int, Seen]
    """By face id."""
    statement: Statement


class Undo(NamedTuple):
    """Corrections to take back, and the faces to answer with."""

    corrections: tuple[int, ...]
    faces: tuple[int, ...]


def read_correction(body: bytes) -> Correction:
    """Parse the JSON of a correction: ``faces`` and any of ``gender``, ``age``, ``name``, ``not_a_face``.

    ``faces`` is a list of objects with what the page showed: ``id``, ``correction`` (id of the latest one, or null),
    ``gender`` and ``age``. ``faces`` alone confirms the estimates.

    Raises:
        BadRequestError: It is not JSON, or has unknown keys or values.
        StatementError: A value is out of range.
    """
    sent = as_object(body, {"faces", "gender", "age", "name", "not_a_face"})
    values = {key: value for key, value in sent.items() if key != "faces" and value is not None}
    return Correction(dict(map(_seen, _list(sent, "faces"))), Statement(**values))  # type: ignore[arg-type]


def read_undo(body: bytes) -> Undo:
    """Parse the JSON of an undo: ``corrections`` and ``faces``, lists of ids.

    Raises:
        BadRequestError: It is not JSON, or has unknown keys or values.
    """
    sent = as_object(body, {"corrections", "faces"})
    return Undo(tuple(as_ids(sent, "corrections")), tuple(as_ids(sent, "faces")))


def _seen(face: object) -> tuple[int, Seen]:
    if not isinstance(face, dict) or set(face) != {"id", "correction", "gender", "age"}:
        raise BadRequestError("A face must be an object with id, correction, gender and age.")
    key, correction, gender, age = (face[name] for name in ("id", "correction", "gender", "age"))
    if not is_id(key) or not (correction is None or is_id(correction)):
        raise BadRequestError("An id must be a positive whole number.")
    if gender not in get_args(Gender) or type(age) not in (int, float) or not 0 <= age <= OLDEST:
        raise BadRequestError("A face must have the gender and age that were shown.")
    return cast(int, key), Seen(cast("int | None", correction), cast(Gender, gender), float(age))


def _list(sent: dict[str, object], key: str) -> list[object]:
    items = sent.get(key)
    if not isinstance(items, list) or not 0 < len(items) <= MOST_FACES:
        raise BadRequestError(f"{key} must be a list of 1 to {MOST_FACES:,} items.")
    return items
