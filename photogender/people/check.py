"""What cannot be: photos of people before their birth, faces that look far too old, one person twice in a photo."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.deduced import as_sighting
from photogender.catalog.said.deduction import Fit, Lifetime, Sighting, fit_birth, lifetime
from photogender.catalog.said.lifetimes import YEAR, Days, ages

Kind = Literal["birth", "death", "looks", "twice", "date"]

_FAR = 3.0
"""Standard deviations between the age that a face looks and the person's: one in 370 by chance."""

_FACES = """
SELECT
    said.name, faces.id, faces.gender, faces.gender_confidence, faces.age, faces.age_low, faces.age_high,
    said.gender AS said_gender, said.age AS said_age, photos.taken, photos.camera, photos.path, photos.id AS photo_id,
    born_first, born_last, died_first, died_last, fitted_first, fitted_last
FROM corrections AS said
JOIN faces ON faces.correction_id = said.id
JOIN pictures AS photos ON photos.id = faces.photo_id
JOIN persons ON persons.name = said.name
WHERE NOT said.not_a_face AND photos.path IS NOT NULL AND (?1 IS NULL OR said.name = ?1)
ORDER BY said.name, photos.taken, photos.path, faces.id
"""


_SIGHTING = ("id", *Sighting._fields[1:])


class Problem(NamedTuple):
    """Something about a named face that cannot be, or is unlikely."""

    kind: Kind
    name: str
    face_id: int
    path: str
    taken: str | None
    why: str
    """A sentence without its subject, the person."""


class _Face(NamedTuple):
    row: Row
    seen: Sighting
    off: float
    """By how many years it looks older than the person is, beyond what is known; in standard deviations."""
    years: float
    """The same in years."""


def problems(catalog: Catalog, name: str | None = None) -> Iterator[Problem]:
    """Everything that cannot be, of all people or of one: by name, date and path.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    people: defaultdict[str, list[Row]] = defaultdict(list)
    for row in catalog.rows(_FACES, [name]):
        people[str(row["name"])].append(row)
    compared = {person: _compared(rows) for person, rows in people.items()}
    wrong_dates = _wrong_dates([face for faces in compared.values() for face in faces])
    for person in sorted(compared):
        in_photo: defaultdict[object, list[int]] = defaultdict(list)
        for face in compared[person]:
            in_photo[face.row["photo_id"]].append(face.seen.face_id)
        for face in compared[person]:
            for kind, why in _of_face(face, in_photo[face.row["photo_id"]], wrong_dates):
                taken = None if face.row["taken"] is None else str(face.row["taken"])
                yield Problem(kind, person, face.seen.face_id, str(face.row["path"]), taken, why)


def _of_face(face: _Face, same: Sequence[int], wrong_dates: dict[int, float]) -> Iterator[tuple[Kind, str]]:
    row, taken = face.row, face.seen.taken
    born = Days.stored(row["born_first"], row["born_last"])
    died = Days.stored(row["died_first"], row["died_last"])
    if taken and taken.first > date.today():
        yield "date", "the photo's date is in the future"
    if taken and born and taken.last < born.first:
        yield "birth", f"was born later: {born}"
    elif taken and died and taken.first > died.last:
        yield "death", f"had died: {died}"
    elif face.seen.face_id in wrong_dates:
        years = abs(wrong_dates[face.seen.face_id])
        earlier = "earlier" if wrong_dates[face.seen.face_id] < 0 else "later"
        yield "date", f"like others here, looks {years:.0f} years {earlier} than the photo's date"
    elif abs(face.off) > _FAR:
        looks = f"looks {face.seen.looks[0]:.0f}"
        yield "looks", f"{looks}, {abs(face.years):.0f} years too {'old' if face.years > 0 else 'young'}"
    if len(same) > 1 and face.seen.face_id == same[0]:
        others = ", ".join(str(each) for each in same[1:])
        yield "twice", f"is in this photo more than once: also face {others}"


def _compared(rows: Sequence[Row]) -> list[_Face]:
    """The faces of one person, each compared with the person's age."""
    faces = [as_sighting([row[name] for name in _SIGHTING]) for row in rows]
    fit = fit_birth(faces)
    first = rows[0]
    said = Days.stored(first["born_first"], first["born_last"])
    life = lifetime(said, fit.days if fit else None) if said else None
    return [_Face(row, face, *_off(face, life, fit)) for row, face in zip(rows, faces, strict=True)]


def _off(face: Sighting, life: Lifetime | None, fit: Fit | None) -> tuple[float, float]:
    if face.taken is None or face.said_age is not None:
        return 0.0, 0.0
    years, sd = face.looks
    if life:
        low, high = ages(life.born, face.taken) or (0.0, 0.0)
        beyond = years - high if years > high else min(years - low, 0.0)
        return beyond / sd, beyond
    if fit is None:
        return 0.0, 0.0
    beyond = years - (face.taken.middle - fit.middle) / YEAR
    return beyond / math.hypot(sd, fit.overlap / YEAR), beyond


def _wrong_dates(faces: Sequence[_Face]) -> dict[int, float]:
    """By how many years the date is off, of faces where several people of one camera and day say so alike."""
    groups: defaultdict[tuple[object, str], list[_Face]] = defaultdict(list)
    for face in faces:
        if face.row["taken"]:
            groups[face.row["camera"], str(face.row["taken"])[:10]].append(face)
    found: dict[int, float] = {}
    for group in groups.values():
        for sign in (1, -1):
            far = [face for face in group if face.off * sign > _FAR]
            if len({face.row["name"] for face in far}) > 1 and 2 * len(far) > len(group):
                years = sum(face.years for face in far) / len(far)
                found |= {face.seen.face_id: years for face in far}
    return found
