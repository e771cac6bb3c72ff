"""Tables of faces and photos for the terminal."""

from collections.abc import Callable
from typing import Any, NamedTuple

from photogender.catalog.sqlite.views import GROUP_COLUMNS
from photogender.cli.table import Column
from photogender.labels import AGE_GROUPS
from photogender.text import count, printable


class Layout(NamedTuple):
    """Columns of a table, and how a row fills them."""

    columns: tuple[Column | str, ...]
    cells: Callable[[dict[str, Any]], list[object]]
    """The cells of a row of the catalog."""


_PHOTO = Column("photo", least=20)
_AGE_GENDER = (Column("gender", whole=True), Column("age", whole=True), Column("group", rank=4, whole=True))
_TAKEN = Column("taken", rank=3, whole=True)
_REVIEWED = Column("reviewed", rank=2, whole=True)
_NAME = Column("name", rank=1)


def faces(largest_id: int) -> Layout:
    """One row per face; ``largest_id`` reserves room for the ids."""
    face = Column("face", whole=True, room=len(str(largest_id)))
    return Layout((face, _PHOTO, *_AGE_GENDER, _TAKEN, _REVIEWED, _NAME), _face)


def _face(row: dict[str, Any]) -> list[object]:
    return [row["face_id"], row["path"], *_age_gender(row), _day(row), _reviewed(row), row["name"]]


def _photo(row: dict[str, Any]) -> list[object]:
    groups = zip(AGE_GROUPS, (row[column] for column in GROUP_COLUMNS), strict=True)
    ages = ", ".join(f"{number} × {group}" for group, number in groups if number)
    return [row["path"], row["faces"], row["female"], row["male"], ages, _day(row)]


def _box(row: dict[str, Any]) -> list[object]:
    sides = [round(row[side]) for side in ("x1", "y1", "x2", "y2")]
    score = round(row["detector_score"], 2)
    return [row["face_id"], *sides, *_age_gender(row), score, _reviewed(row), row["name"]]


PHOTOS = Layout(
    (_PHOTO, *map(Column, ("faces", "female", "male")), Column("ages", rank=2, whole=True), _TAKEN),
    _photo,
)
"""One row for each photo."""

BOXES = Layout(
    (
        *(Column(title, whole=True) for title in ("face", "x1", "y1", "x2", "y2")),
        *_AGE_GENDER,
        Column("score", rank=5),
        _REVIEWED._replace(rank=0),
        _NAME._replace(rank=0),
    ),
    _box,
)
"""One row for each face of a photo."""


def _age_gender(row: dict[str, Any]) -> list[str]:
    gender = f"{row['gender']:<6} {_percent(row, 'gender_confidence'):>4}".rstrip()
    years, low, high = (row[name] for name in ("age", "age_low", "age_high"))
    age = f"{int(years):>3}" if low is None or int(low) == int(high) else f"{int(years):>3} ({int(low)}-{int(high)})"
    return [gender, age, f"{row['age_group']:<5} {_percent(row, 'age_confidence'):>4}".rstrip()]


def _percent(row: dict[str, Any], name: str) -> str:
    """The confidence, at most 99 %; empty if it is sure by what a person said, or the model gives none."""
    confidence = row[name]
    if confidence is None or (confidence == 1 and row[f"{name.partition('_')[0]}_from"] != "estimate"):
        return ""
    return f"{min(confidence, 0.99):.0%}"


def _reviewed(row: dict[str, Any]) -> str:
    if row["reviewed"]:
        return "yes"
    return "person" if "person" in (row["gender_from"], row["age_from"]) else "no"


def _day(row: dict[str, Any]) -> str:
    return (row["taken"] or "")[:10]


def facts(photo: dict[str, Any], faces: int) -> str:
    """One line about the file of a photo (a row of ``photos``)."""
    parts = [f"{photo['width']} × {photo['height']} px", photo["format"]]
    if photo["taken"]:
        parts.append(f"taken {photo['taken'].replace('T', ' ')}")
    if photo["camera"]:
        parts.append(printable(photo["camera"]))
    if photo["note"]:
        parts.append(photo["note"])
    return ", ".join([*parts, count(faces, "face") if faces else "no face found"])
