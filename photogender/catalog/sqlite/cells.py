"""What a cell of the catalog may hold. SQLite stores any type in any column, so every row that is read is checked."""

from collections.abc import Collection, Mapping, Sequence
from operator import lt
from types import NoneType
from typing import Any, get_args

from photogender.catalog.sqlite.tables import TABLES
from photogender.catalog.sqlite.views import PEOPLE, TAGS
from photogender.labels import AGE_GROUPS, OLDEST, Gender
from photogender.records import FaceBox

PATHS = ("path", "former_path", "folder", "root")
"""Columns of text that may hold bytes: paths that are not UTF-8."""

_TYPES: dict[str, tuple[type, ...]] = {
    "TEXT": (str,),
    "INTEGER": (int,),
    "REAL": (float, int),
}

_READ = ("pictures", "faces", "corrections", "models", "runs", "persons", "changes")

_BY_NAME = {
    column.name: (str, bytes) if column.name in PATHS else _TYPES[column.type.split()[0]]
    for table in (TAGS, PEOPLE, *(TABLES[name].columns for name in _READ))
    for column in table
}

_GENDERS = frozenset(get_args(Gender))
_GROUPS = frozenset(AGE_GROUPS)
_TURNS = frozenset((0, 90, 180, 270))

_OF_FACE = (
    "gender",
    "gender_confidence",
    "age",
    "age_group",
    "age_confidence",
    "age_low",
    "age_high",
    "x1",
    "y1",
    "x2",
    "y2",
    "turn",
)
_OF_PHOTO = ("content_hash", "format", "width", "height")

_FAR = 1e9
"""Pixels; no box is as far away."""


def wrong_type(names: Sequence[str], row: Sequence[object]) -> str | None:
    """The first cell whose type is not that of the column of its name, in words; None if there is none."""
    for name, value in zip(names, row, strict=True):
        if not is_right_type(name, type(value)):
            return f"{name} is {_short(value)}"
    return None


def is_right_type(name: str, kind: type) -> bool:
    """Whether a cell of the column ``name`` may be of a type; NULL may be everywhere."""
    return kind is NoneType or kind in _BY_NAME.get(name, (kind,))


def wrong_face(row: Mapping[str, Any]) -> str | None:
    """The values of a row of ``tags`` that cannot be right together; None if they can."""
    try:
        if (
            row["gender"] in _GENDERS
            and row["age_group"] in _GROUPS
            and 0 <= row["age"] <= OLDEST
            and 0 <= row["gender_confidence"] <= 1
            and 0 <= (row["age_confidence"] or 0) <= 1
            and (row["age_low"] is None) == (row["age_high"] is None)
            and 0 <= (row["age_low"] or 0) <= (row["age_high"] or OLDEST) <= OLDEST
            and -_FAR <= row["x1"] < row["x2"] <= _FAR
            and -_FAR <= row["y1"] < row["y2"] <= _FAR
            and 0 <= row["detector_score"] <= 1
            and row["turn"] in _TURNS
            and row["path"] is not None
        ):
            return None
    except TypeError:  # None is compared with a number
        pass
    return ", ".join(f"{name} is {_short(row[name])}" for name in _OF_FACE)


def are_faces(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether all rows of ``tags``, given by column, are right; ``wrong_face`` for each takes ten times as long."""
    try:
        return (
            set(columns["gender"]) <= _GENDERS
            and set(columns["age_group"]) <= _GROUPS
            and _are_within(columns["age"], OLDEST)
            and _are_within(columns["gender_confidence"], 1)
            and _are_within(set(columns["age_confidence"]) - {None}, 1)
            and all(
                0 <= low <= high <= OLDEST
                for low, high in {*zip(columns["age_low"], columns["age_high"], strict=True)} - {(None, None)}
            )
            and all(
                min(columns[low]) >= -_FAR and max(columns[high]) <= _FAR and all(map(lt, columns[low], columns[high]))
                for low, high in (("x1", "x2"), ("y1", "y2"))
            )
            and _are_within(columns["detector_score"], 1)
            and set(columns["turn"]) <= _TURNS
            and None not in columns["path"]
        )
    except TypeError:  # None is compared with a number
        return False


def _are_within(numbers: Collection[float], most: float) -> bool:
    return not numbers or 0 <= min(numbers) <= max(numbers) <= most


def wrong_photo(row: Mapping[str, Any]) -> str | None:
    """The values of a row of ``photos`` that cannot be right together; None if they can."""
    if row["path"] is not None and "\0" not in row["path"]:
        if row["skipped_stage"] is not None and row["skipped_reason"] is not None:
            return None
        if (
            None not in [row[name] for name in _OF_PHOTO]
            and row["width"] > 0 < row["height"]
            and 1 <= (row["orientation"] or 1) <= 8
        ):
            return None
    return ", ".join(f"{name} is {_short(row[name])}" for name in ("path", *_OF_PHOTO, "orientation"))


def checked_box(x1: float, y1: float, x2: float, y2: float, score: float, landmarks: list[Sequence[float]]) -> FaceBox:
    """A face of cells whose types are right; pixels of the upright photo.

    Raises:
        TypeError, ValueError: Their values cannot be those of a face.
    """
    if not isinstance(landmarks, list):
        raise TypeError("not a list")
    if not (-_FAR <= x1 < x2 <= _FAR and -_FAR <= y1 < y2 <= _FAR and 0 <= score <= 1):
        raise ValueError("not a box")
    points = tuple((float(x), float(y)) for x, y in landmarks)
    if len(points) not in (0, 5) or not all(abs(side) <= _FAR for point in points for side in point):
        raise ValueError("not five landmarks")
    return FaceBox(x1, y1, x2, y2, score, points)


def _short(value: object) -> str:
    text = repr(value[:40]) if isinstance(value, str | bytes) else repr(value)
    return f"{text[:40]}…" if len(text) > 40 else text
