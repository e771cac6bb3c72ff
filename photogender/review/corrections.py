"""Corrections sent by the browser, validated before they reach the catalog."""

import json
from dataclasses import dataclass
from typing import cast, get_args

from photogender.labels import OLDEST, Gender, tidy_name
from photogender.review.question import BadRequestError

MOST_FACES = 5000
"""Most faces in one correction."""

_GENDERS = get_args(Gender)


@dataclass(frozen=True, slots=True)
class Said:
    """A correction of some faces: the arguments of ``Catalog.correct``."""

    faces: tuple[int, ...]
    gender: Gender | None = None
    age: float | None = None
    name: str | None = None
    not_a_face: bool = False


def read_said(body: bytes) -> Said:
    """Parse the JSON of a correction: ``faces`` and any of ``gender``, ``age``, ``name``, ``not_a_face``.

    ``faces`` alone confirms the estimates.

    Raises:
        BadRequestError: It is not JSON, has unknown keys, or a value is out of range.
    """
    said = _object(body, {"faces", "gender", "age", "name", "not_a_face"})
    gender, age, name, not_a_face = (said.get(key) for key in ("gender", "age", "name", "not_a_face"))
    if gender is not None and gender not in _GENDERS:
        raise BadRequestError("gender must be female or male.")
    if age is not None and not (type(age) in (int, float) and 0 <= cast(float, age) <= OLDEST):
        raise BadRequestError(f"age must be from 0 to {OLDEST} years.")
    if not isinstance(not_a_face, bool | None):
        raise BadRequestError("not_a_face must be true or false.")
    return Said(
        _faces(said),
        cast(Gender | None, gender),
        None if age is None else float(cast(float, age)),
        None if name is None else _name(name),
        bool(not_a_face),
    )


def read_faces(body: bytes) -> tuple[int, ...]:
    """Parse the JSON of an undo: ``faces``, the face ids.

    Raises:
        BadRequestError: It is not JSON, has unknown keys, or a value is out of range.
    """
    return _faces(_object(body, {"faces"}))


def _object(body: bytes, keys: set[str]) -> dict[str, object]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The request is not JSON.") from error
    if not isinstance(said, dict) or set(said) - keys:
        raise BadRequestError(f"Expected an object with {', '.join(sorted(keys))}.")
    return said


def _faces(said: dict[str, object]) -> tuple[int, ...]:
    faces = said.get("faces")
    if not isinstance(faces, list) or not 0 < len(faces) <= MOST_FACES:
        raise BadRequestError(f"faces must be a list of 1 to {MOST_FACES:,} ids.")
    if not all(type(face) is int and 0 < face < 2**63 for face in faces):
        raise BadRequestError("A face id must be a positive whole number.")
    return tuple(dict.fromkeys(faces))


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise BadRequestError("name must be text.")
    try:
        return tidy_name(name)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
