"""How faces, photos and the age pyramid look in a terminal."""

from collections.abc import Callable, Iterator
from typing import Any

from photogender.catalog.columns import GROUP_COLUMNS
from photogender.catalog.stats import Bar, Summary
from photogender.cli.terminal import styled
from photogender.labels import AGE_GROUPS
from photogender.text import count, printable

_COLOURS = {"female": "38;5;166", "male": "38;5;32"}
"""ANSI's nearest to the colours of ``photogender.output``."""

Layout = tuple[tuple[str, ...], Callable[[dict[str, Any]], list[object]]]
"""The titles of a table, and what a row of the catalog has under each."""


def _face(row: dict[str, Any]) -> list[object]:
    return [row["face_id"], row["path"], _gender(row), _age(row), _group(row), _day(row)]


def _photo(row: dict[str, Any]) -> list[object]:
    groups = zip(AGE_GROUPS, (row[column] for column in GROUP_COLUMNS), strict=True)
    ages = ", ".join(f"{number} × {group}" for group, number in groups if number)
    return [row["path"], row["faces"], row["female"], row["male"], ages, _day(row)]


def _box(row: dict[str, Any]) -> list[object]:
    sides = [round(row[side]) for side in ("x1", "y1", "x2", "y2")]
    end = [round(row["detector_score"], 2), "yes" if row["reviewed"] else "no", printable(row["name"] or "")]
    return [row["face_id"], *sides, _gender(row), _age(row), _group(row), *end]


FACES: Layout = (("face", "photo", "gender", "age", "group", "taken"), _face)
PHOTOS: Layout = (("photo", "faces", "female", "male", "ages", "taken"), _photo)
BOXES: Layout = (("face", "x1", "y1", "x2", "y2", "gender", "age", "group", "score", "reviewed", "name"), _box)


def _gender(row: dict[str, Any]) -> str:
    return f"{row['gender']:<6} {row['gender_confidence']:4.0%}"


def _age(row: dict[str, Any]) -> int | str:
    """Years, and between which ages the face is where that says more."""
    years, low, high = (row[name] for name in ("age", "age_low", "age_high"))
    return int(years) if low is None or low == high else f"{int(years):>2} ({int(low)}-{int(high)})"


def _group(row: dict[str, Any]) -> str:
    sure = row["age_confidence"]
    return f"{row['age_group']:<5} {'' if sure is None else f'{sure:4.0%}'}".rstrip()


def _day(row: dict[str, Any]) -> str:
    return (row["taken"] or "")[:10]


def facts(photo: dict[str, Any], faces: int) -> str:
    """What the catalog has of a photo's file (a row of ``photos``), in a line."""
    parts = [f"{photo['width']} × {photo['height']} px", photo["format"]]
    if photo["taken"]:
        parts.append(f"taken {photo['taken'].replace('T', ' ')}")
    if photo["camera"]:
        parts.append(printable(photo["camera"]))
    return ", ".join([*parts, count(faces, "face") if faces else "no face found"])


def pyramid(summary: Summary, width: int) -> Iterator[str]:
    """The lines that ``photogender stats`` prints, none longer than ``width`` where that is 60 or more."""
    yield styled("Apparent age and gender", "1")
    yield (
        f"{count(summary.faces, 'face')}: {summary.male:,} male, {summary.female:,} female; "
        f"{summary.reviewed:,} reviewed"
    )
    yield (
        f"{count(summary.photos, 'photo')}, {summary.with_faces:,} of them with faces; "
        f"{count(summary.skipped, 'file')} skipped"
    )
    if summary.faces:
        for title, bars in (("age", summary.decades), ("group", summary.groups)):
            yield ""
            yield from _chart(title, bars, min(width, 100))


def _chart(title: str, bars: tuple[Bar, ...], width: int) -> Iterator[str]:
    """The lines of a pyramid: the oldest on top."""
    labels = max(len(title), *(len(bar.label) for bar in bars))
    numbers = max(len(f"{max(bar.male, bar.female):,}") for bar in bars)
    room = max(4, (width - labels - 2 * numbers - 6) // 2)
    most = max(max(bar.male, bar.female) for bar in bars)
    heads = f"{'male':>{room + numbers + 1}}  ", f"  {'female':<{room}}"
    yield f"{heads[0]}{title:^{labels}}{heads[1]}".rstrip()
    for bar in reversed(bars):
        male, female = _bar(bar.male, most, room), _bar(bar.female, most, room)
        left, right = f"{bar.male:,}", f"{bar.female:,}"
        left_side = " " * (room + numbers - len(male) - len(left)) + f"{left} {styled(male, _COLOURS['male'])}"
        yield f"{left_side}  {bar.label:^{labels}}  {styled(female, _COLOURS['female'])} {right}"


def _bar(number: int, most: int, room: int) -> str:
    """A bar for a number; whatever is not zero is seen."""
    return "█" * max(round(number / most * room), number > 0)
