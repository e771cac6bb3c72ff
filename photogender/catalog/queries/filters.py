"""Filters on faces and photos, and their SQL conditions."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from photogender.catalog.pictures.paths import range_in
from photogender.errors import PhotogenderError
from photogender.labels import ADULT, Gender, tidy_name

Span = tuple[int, int | None]
"""Minimum and maximum, both included; None: no maximum."""

KINDS = {
    "adult": f"age >= {ADULT}",
    "child": f"age < {ADULT}",
    "woman": f"age >= {ADULT} AND gender = 'female'",
    "man": f"age >= {ADULT} AND gender = 'male'",
    "girl": f"age < {ADULT} AND gender = 'female'",
    "boy": f"age < {ADULT} AND gender = 'male'",
}
"""SQL conditions on rows of ``shown``: who can be counted in a photo."""

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
    """Absolute path: photos with a place in this folder or its subfolders."""
    taken: tuple[str | None, str | None] | None = None
    """First and last, both included: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; photos without a date never match."""
    undated: bool = False
    """Only photos without a date."""
    faces: Span | None = None
    """Number of all faces in the photo, matching or not."""
    with_people: tuple[str, ...] = ()
    """Only photos that show each of these people."""
    alone: bool = False
    """Only photos without other faces than those of ``with_people``; without these, only photos with one face."""
    people: tuple[tuple[str, Span], ...] | None = None
    """Only photos that show so many of each of ``KINDS``, and nobody else."""
    person_age: Span | None = None
    """Only photos that show the person of ``with_people`` or ``name`` at this age, in whole years as in ``age``."""
    children: bool = False
    """Only faces of people younger than ``ADULT``."""
    unnamed: bool = False
    """Only faces without a name."""

    def __post_init__(self) -> None:
        """Check them.

        Raises:
            PhotogenderError: ``person_age`` is asked for without one person.
        """
        if self.person_age and len({*self.with_people, *filter(None, [self.name])}) != 1:
            raise PhotogenderError("The age of which person?", "Name one: --with NAME or --name NAME.")


def match_faces(filters: Filters) -> Condition:
    """The condition that ``filters`` set on a row of ``shown`` or ``tags``; of ``tallied`` if they ``are_tallied``."""
    conditions = [*_of_faces(filters), *_of_both(filters, "photo_id")]
    if filters.faces:
        low, high = filters.faces
        # One pass over the faces; counting those of each photo takes half as long again.
        counted = f"SELECT photo_id FROM faces WHERE {IS_FACE} GROUP BY photo_id HAVING count(*) BETWEEN ? AND ?"  # noqa: S608
        conditions.append((f"photo_id IN ({counted})", (low, sys.maxsize if high is None else high)))
    return all_of(conditions)


def are_tallied(filters: Filters) -> bool:
    """Whether the rows of ``tallied`` tell the faces that match from others."""
    rest = replace(filters, gender=None, age=None, age_group=None, not_reviewed=False, reviewed=False)
    rest = replace(rest, taken=None, undated=False, children=False)
    is_of_months = all(len(day or "") <= len("YYYY-MM") for day in filters.taken or ())
    return is_of_months and rest == Filters()


def match_photos(filters: Filters) -> Condition:
    """The condition that ``filters`` set on a row of ``photos``; false for skipped photos."""
    conditions = [("skipped_stage IS NULL", ()), *_of_photos(filters)]
    if of_faces := _of_faces(filters):
        condition, values = all_of(of_faces)
        if (filters.folder or filters.taken or filters.undated) and not filters.name:
            # The faces of those photos alone are looked at.
            conditions.append((f"EXISTS (SELECT 1 FROM tags WHERE photo_id = photos.id AND {condition})", values))  # noqa: S608
        else:
            conditions.append((f"id IN (SELECT photo_id FROM shown WHERE {condition})", values))  # noqa: S608
    return all_of(conditions)


def _of_faces(filters: Filters) -> list[Condition]:
    conditions: list[Condition] = []
    if filters.gender:
        conditions.append(("gender = ?", (filters.gender,)))
    if filters.age:
        conditions.append(_aged(filters.age))
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
        named, value = _is_text("name", filters.model)
        conditions.append((f"model_id IN (SELECT id FROM models WHERE {named})", value))  # noqa: S608
    if filters.name is not None:
        conditions.append(_named(filters.name))
    if filters.children:
        conditions.append((KINDS["child"], ()))
    if filters.unnamed:
        conditions.append(("name IS NULL", ()))
    return conditions


def _aged(age: Span) -> Condition:
    low, high = age
    return ("age >= ?", (low,)) if high is None else ("age >= ? AND age < ?", (low, high + 1))


def _named(name: str) -> Condition:
    try:
        tidy = tidy_name(name)
    except ValueError:
        return "FALSE", ()  # nobody can have that name
    # The few faces that ever had it, by the index; the view alone would look at every face's latest correction.
    return "name = ? AND face_id IN (SELECT face_id FROM corrections WHERE name = ?)", (tidy, tidy)


def _is_text(column: str, text: str) -> Condition:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "FALSE", ()  # typed as bytes that are not UTF-8
    return f"{column} = ?", (text,)


def _of_photos(filters: Filters) -> list[Condition]:
    conditions = _of_both(filters, "id")
    if filters.faces:
        conditions.append(_crowd(filters.faces))
    return conditions


def _of_both(filters: Filters, key: str) -> list[Condition]:
    """The conditions on columns that both ``photos`` and ``tags`` have; ``key`` is the one with the photo's id."""
    conditions = match_folder(filters, key)
    if filters.undated:
        conditions.append(("taken IS NULL", ()))
    if filters.taken:
        first, last = filters.taken
        conditions.append(("taken >= ?", (first or "",)))
        if last is not None:
            conditions.append(("taken < ?", (f"{last}~",)))  # "~" sorts after every longer date
    conditions += _of_people(filters, key)
    return conditions


def _of_people(filters: Filters, key: str) -> list[Condition]:
    """The conditions on who is in a photo."""
    shown = [_named(name) for name in filters.with_people]
    conditions = [_shows(key, each) for each in shown]
    if filters.person_age:
        at_age = [*(shown or ([_named(filters.name)] if filters.name else [])), _aged(filters.person_age)]
        conditions.append(_shows(key, all_of(at_age)))
    if filters.alone:
        number = max(len(filters.with_people), 1)
        counted = f"SELECT photo_id FROM faces WHERE {IS_FACE} GROUP BY photo_id HAVING count(*) = ?"  # noqa: S608
        conditions.append((f"{key} IN ({counted})", (number,)))
    if filters.people:
        chosen = [f"({KINDS[kind]})" for kind, _ in filters.people]
        sums = " AND ".join(f"sum({condition}) BETWEEN ? AND ?" for condition in chosen)
        rest = f"sum(NOT ({' OR '.join(chosen)})) = 0"
        counted = f"SELECT photo_id FROM shown GROUP BY photo_id HAVING {sums} AND {rest}"  # noqa: S608
        ends = [end for _, (low, high) in filters.people for end in (low, sys.maxsize if high is None else high)]
        conditions.append((f"{key} IN ({counted})", tuple(ends)))
    return conditions


def _shows(key: str, face: Condition) -> Condition:
    """A condition on a photo: a face of it meets another one."""
    return f"{key} IN (SELECT photo_id FROM shown WHERE {face[0]})", face[1]  # noqa: S608


def _crowd(faces: Span) -> Condition:
    low, high = faces
    counted = f"(SELECT count(*) FROM faces WHERE photo_id = photos.id AND {IS_FACE})"  # noqa: S608
    return f"{counted} BETWEEN ? AND ?", (low, sys.maxsize if high is None else high)


def match_folder(filters: Filters, key: str = "id") -> list[Condition]:
    """Condition on the places of a photo, whose id is in the column ``key``.

    The beginning of a path is compared as a range, which uses the index; paths are text or bytes.
    """
    if not filters.folder:
        return []
    first, end = range_in(filters.folder)
    in_bytes = "(path >= ? AND path < ?)"
    try:
        texts = (first.decode(), end.decode())
    except UnicodeDecodeError:
        return [(f"{key} IN (SELECT photo_id FROM places WHERE {in_bytes})", (first, end))]  # noqa: S608
    in_text = "(path >= ? AND path < ?)"
    return [(f"{key} IN (SELECT photo_id FROM places WHERE {in_text} OR {in_bytes})", (*texts, first, end))]  # noqa: S608


def all_of(conditions: Iterable[Condition]) -> Condition:
    """The conjunction of some conditions; true if there are none."""
    parts = list(conditions)
    joined = " AND ".join(condition for condition, _ in parts) or "TRUE"
    return joined, tuple(value for _, values in parts for value in values)
