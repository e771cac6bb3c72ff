"""Filters on faces and photos, and their SQL conditions."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from photogender.labels import Gender, tidy_name

Span = tuple[int, int | None]
"""Minimum and maximum, both included; None: no maximum."""

Condition = tuple[str, tuple[object, ...]]
"""An SQL condition on a row, and the values of its placeholders."""


IS_FACE = "coalesce((SELECT NOT not_a_face FROM corrections WHERE corrections.id = faces.correction_id), TRUE)"
"""Condition on ``faces``: no person marked it as not a face."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Selects the faces or photos that meet every filter that is not None or False."""

    gender: Gender | None = None
    age: Span | None = None
    """Whole years as birthdays count them: 20 to 40 is from 20.0 up to, not including, 41.0."""
    age_group: str | None = None
    """One of ``AGE_GROUPS``."""
    min_confidence: float | None = None
    """Least confidence, 0 to 1, in the gender and in the age group alike, whatever else is asked for. What a person
    corrected or confirmed has 1; if a model gives no confidence in ages, that in the gender decides."""
    not_reviewed: bool = False
    """Only faces that no person has corrected or confirmed."""
    reviewed: bool = False
    """Only faces that a person has corrected or confirmed."""
    model: str | None = None
    """Only faces whose age and gender come from the model of this name."""
    name: str | None = None
    """Only faces that a person gave exactly this name; compared in Unicode NFC."""
    folder: str | None = None
    """Absolute path: photos in this folder and its subfolders."""
    taken: tuple[str | None, str | None] | None = None
    """First and last, both included: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; photos without a date never match."""
    undated: bool = False
    """Only photos without a date."""
    faces: Span | None = None
    """Number of all faces in the photo, matching or not."""


def match_faces(filters: Filters) -> Condition:
    """The condition that ``filters`` set on a row of ``tags``."""
    conditions = [*_of_faces(filters), *_of_both(filters)]
    if filters.faces:
        condition, values = _crowd(filters.faces)
        conditions.append((f"photo_id IN (SELECT id FROM photos WHERE {condition})", values))  # noqa: S608
    return all_of(conditions)


def match_photos(filters: Filters) -> Condition:
    """The condition that ``filters`` set on a row of ``photos``; false for skipped photos."""
    conditions = [("skipped_stage IS NULL", ()), *_of_photos(filters)]
    if of_faces := _of_faces(filters):
        condition, values = all_of(of_faces)
        conditions.append((f"id IN (SELECT photo_id FROM tags WHERE {condition})", values))  # noqa: S608
    return all_of(conditions)


def _of_faces(filters: Filters) -> list[Condition]:
    conditions: list[Condition] = []
    if filters.gender:
        conditions.append(("gender = ?", (filters.gender,)))
    if filters.age:
        low, high = filters.age
        conditions.append(("age >= ?", (low,)))
        if high is not None:
            conditions.append(("age < ?", (high + 1,)))
    if filters.age_group:
        conditions.append(("age_group = ?", (filters.age_group,)))
    if filters.min_confidence is not None:
        both = "gender_confidence >= ? AND coalesce(age_confidence, 1) >= ?"
        conditions.append((both, (filters.min_confidence, filters.min_confidence)))
    if filters.not_reviewed:
        conditions.append(("NOT reviewed", ()))
    if filters.reviewed:
        conditions.append(("reviewed", ()))
    if filters.model is not None:
        conditions.append(_is_text("model", filters.model))
    if filters.name is not None:
        conditions.append(_named(filters.name))
    return conditions


def _named(name: str) -> Condition:
    try:
        return "name = ?", (tidy_name(name),)
    except ValueError:
        return "FALSE", ()  # nobody can have that name


def _is_text(column: str, text: str) -> Condition:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "FALSE", ()  # typed as bytes that are not UTF-8
    return f"{column} = ?", (text,)


def _of_photos(filters: Filters) -> list[Condition]:
    conditions = _of_both(filters)
    if filters.faces:
        conditions.append(_crowd(filters.faces))
    return conditions


def _of_both(filters: Filters) -> list[Condition]:
    """The conditions on columns that both ``photos`` and ``tags`` have."""
    conditions = match_folder(filters)
    if filters.undated:
        conditions.append(("taken IS NULL", ()))
    if filters.taken:
        first, last = filters.taken
        conditions.append(("taken >= ?", (first or "",)))
        if last is not None:
            conditions.append(("taken < ?", (f"{last}~",)))  # "~" sorts after every longer date
    return conditions


def _crowd(faces: Span) -> Condition:
    low, high = faces
    counted = f"(SELECT count(*) FROM faces WHERE photo_id = photos.id AND {IS_FACE})"  # noqa: S608
    return f"{counted} BETWEEN ? AND ?", (low, sys.maxsize if high is None else high)


def match_folder(filters: Filters) -> list[Condition]:
    """Condition on the beginning of the path, as a range, which uses the index; paths are text or bytes."""
    if not filters.folder:
        return []
    first = os.fsencode(filters.folder).rstrip(b"/") + b"/"
    end = first[:-1] + b"0"  # "0" is the character after "/"
    in_bytes = "(path >= ? AND path < ?)"
    try:
        texts = (first.decode(), end.decode())
    except UnicodeDecodeError:
        return [(in_bytes, (first, end))]
    return [(f"((path >= ? AND path < ?) OR {in_bytes})", (*texts, first, end))]


def all_of(conditions: Iterable[Condition]) -> Condition:
    """The conjunction of some conditions; true if there are none."""
    parts = list(conditions)
    joined = " AND ".join(condition for condition, _ in parts) or "TRUE"
    return joined, tuple(value for _, values in parts for value in values)
