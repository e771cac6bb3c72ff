"""What a cell of the catalog may hold. SQLite stores any type in any column, so every row that is read is checked."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from photogender.catalog import columns
from photogender.labels import AGE_GROUPS, OLDEST, Gender

_TYPES: dict[str, tuple[type, ...]] = {
    "TEXT": (str, bytes),  # bytes: paths that are not UTF-8
    "INTEGER": (int,),
    "REAL": (float, int),
}

_BY_NAME = {
    column.name: _TYPES[column.type.split()[0]]
    for table in (columns.PHOTOS, columns.FACES, columns.CORRECTIONS, columns.MODELS, columns.RUNS, columns.TAGS)
    for column in table
}

_GENDERS = get_args(Gender)


def wrong_type(names: Sequence[str], row: Sequence[object]) -> str | None:
    """The first cell whose type is not that of the column of its name, in words; None if there is none."""
    for name, value in zip(names, row, strict=True):
        if value is not None and type(value) not in _BY_NAME.get(name, (type(value),)):
            return f"{name} is {_short(value)}"
    return None


def wrong_face(row: Mapping[str, Any]) -> str | None:
    """What cannot be in a row of ``tags``, in words; None if everything can."""
    right = {
        "path": row["path"] is not None,
        "gender": row["gender"] in _GENDERS,
        "age": _is_between(row["age"], 0, OLDEST),
        "age_group": row["age_group"] in AGE_GROUPS,
        "x1": _is_between(row["x1"], -math.inf, row["x2"]),
        "y1": _is_between(row["y1"], -math.inf, row["y2"]),
        "x2": _is_between(row["x2"], row["x1"], math.inf),
        "y2": _is_between(row["y2"], row["y1"], math.inf),
        "detector_score": _is_between(row["detector_score"], 0, 1),
        "gender_confidence": _is_between(row["gender_confidence"], 0, 1),
        "age_confidence": row["age_confidence"] is None or _is_between(row["age_confidence"], 0, 1),
        "age_low": row["age_low"] is None or _is_between(row["age_low"], 0, row["age_high"]),
        "age_high": row["age_high"] is None or _is_between(row["age_high"], row["age_low"], OLDEST),
    }
    return _first_wrong(row, right)


def wrong_photo(row: Mapping[str, Any]) -> str | None:
    """What cannot be in a row of ``photos``, in words; None if everything can."""
    is_picture = row["skipped_stage"] is None
    right = {
        "path": row["path"] is not None,
        "content_hash": not is_picture or row["content_hash"] is not None,
        "format": not is_picture or row["format"] is not None,
        "width": not is_picture or _is_between(row["width"], 1, math.inf),
        "height": not is_picture or _is_between(row["height"], 1, math.inf),
        "skipped_reason": is_picture or row["skipped_reason"] is not None,
    }
    return _first_wrong(row, right)


def _first_wrong(row: Mapping[str, Any], right: Mapping[str, bool]) -> str | None:
    wrong = next((name for name, is_right in right.items() if not is_right), None)
    return wrong and f"{wrong} is {_short(row[wrong])}"


def _is_between(value: float | None, low: float | None, high: float | None) -> bool:
    if value is None or low is None or high is None:
        return False
    return low <= value <= high and math.isfinite(value)


def _short(value: object) -> str:
    text = repr(value[:40]) if isinstance(value, str | bytes) else repr(value)
    return f"{text[:40]}…" if len(text) > 40 else text
