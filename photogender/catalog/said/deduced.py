"""Keeping what follows from people true: their pooled genders, fitted births, ages in photos, and undated photos.

Triggers note the names that a change concerns in ``stale``; ``refresh`` makes the answers of these people again.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from photogender.catalog.sqlite.tables import DEDUCTIONS

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.deduction import Lifetime, Sighting

_SIGHTING = (
    "faces.id, faces.gender, faces.gender_confidence, faces.age, faces.age_low, faces.age_high, "
    "said.gender, said.age, photos.taken"
)

_FACES = (
    f"SELECT {_SIGHTING} FROM corrections AS said JOIN faces ON faces.correction_id = said.id "  # noqa: S608
    "JOIN pictures AS photos ON photos.id = faces.photo_id "
    "WHERE said.name = ? AND NOT said.not_a_face AND photos.path IS NOT NULL"
)

_HAS_FACE = "SELECT 1 FROM corrections AS said JOIN faces ON faces.correction_id = said.id WHERE said.name = ? LIMIT 1"
"""Also one that waits."""

_IN_PHOTO = (
    f"SELECT persons.born_first, persons.born_last, fitted_first, fitted_last, {_SIGHTING} "  # noqa: S608
    "FROM faces JOIN pictures AS photos ON photos.id = faces.photo_id "
    "JOIN corrections AS said ON said.id = faces.correction_id JOIN persons ON persons.name = said.name "
    "WHERE photos.id = ? AND NOT said.not_a_face"
)

_SAID = "gender, born_first, born_last, died_first, died_last"

_DIGITS = {column.name: column.digits for column in DEDUCTIONS if column.name != "person_id"}

_VALUES = tuple(_DIGITS)


def note(catalog: "Catalog", names: Iterable[str]) -> None:
    """The answers of these people have to be made again."""
    for name in names:
        catalog.fetch("INSERT OR IGNORE INTO stale (name) VALUES (?)", [name])


def refresh(catalog: "Catalog") -> None:
    """Make the answers of the people again whose faces or facts changed, inside a transaction.

    Raises:
        CatalogError: The catalog cannot be read or written.
    """
    names = [name for (name,) in catalog.fetch("SELECT name FROM stale").fetchall()]
    undated: set[int] = set()
    for name in names:
        undated |= _refresh(catalog, name)
    for photo_id in undated:
        _date(catalog, photo_id)
    if names:
        catalog.fetch("DELETE FROM stale")


def _refresh(catalog: "Catalog", name: str) -> set[int]:
    """Make the answers of one person again; the photos without a date that show, or showed, them."""
    from photogender.catalog.said.deduction import fit_birth, lifetime, pooled_gender
    from photogender.catalog.said.lifetimes import Days

    faces = [as_sighting(row) for row in catalog.fetch(_FACES, [name])]
    sql = f"SELECT id, {_SAID} FROM persons WHERE name = ?"  # noqa: S608
    person_id, *said = catalog.fetch(sql, [name]).fetchone() or (None, *(None,) * 5)
    has_face = bool(faces) or catalog.fetch(_HAS_FACE, [name]).fetchone() is not None
    if person_id is None and not has_face:
        return set()
    undated = _undated(catalog, person_id, name)
    if not has_face and said == [None] * len(said):
        catalog.fetch("DELETE FROM persons WHERE id = ?", [person_id])
        return undated
    pooled, fit = pooled_gender(faces), fit_birth(faces)
    fitted = fit and fit.days
    values = {
        "pooled_gender": pooled and pooled[0],
        "pooled_confidence": pooled and _rounded("gender_confidence", pooled[1]),
        "fitted_first": fitted and fitted.first.isoformat(),
        "fitted_last": fitted and fitted.last.isoformat(),
    }
    if person_id is None:
        person_id = catalog.insert("persons", {"name": name, **values})
    else:
        catalog.update("persons", person_id, values)
    together = pooled if len(faces) > 1 else None  # a face alone says nothing new of itself
    gender = (said[0], 1.0) if said[0] else together
    _put(catalog, person_id, _deductions(faces, gender, lifetime(Days.stored(said[1], said[2]), fitted)))
    return undated


def _deductions(
    faces: Sequence["Sighting"], gender: tuple[str, float] | None, life: "Lifetime | None"
) -> dict[int, tuple[object, ...]]:
    """``_VALUES`` of each face of which something follows."""
    from photogender.catalog.said.deduction import age_in

    found = {}
    for face in faces:
        age = age_in(life, face.taken) if life and face.taken else None
        if gender or age:
            of_age = (age.years, age.group, age.sure, age.low, age.high) if age else (None,) * 5
            values = zip(_VALUES, (*(gender or (None, None)), *of_age), strict=True)
            found[face.face_id] = tuple(_rounded(name, value) for name, value in values)
    return found


def _put(catalog: "Catalog", person_id: int, wanted: dict[int, tuple[object, ...]]) -> None:
    """Write what differs."""
    columns = ", ".join(_VALUES)
    sql = f"SELECT id, {columns} FROM deductions WHERE person_id = ?"  # noqa: S608
    before = {key: tuple(values) for key, *values in catalog.fetch(sql, [person_id])}
    for key in before.keys() - wanted.keys():
        catalog.fetch("DELETE FROM deductions WHERE id = ?", [key])
    marks = ", ".join("?" * (len(_VALUES) + 2))
    put = f"INSERT OR REPLACE INTO deductions (id, person_id, {columns}) VALUES ({marks})"  # noqa: S608
    for key, values in wanted.items():
        if before.get(key) != values:
            catalog.fetch(put, [key, person_id, *values])


def _undated(catalog: "Catalog", person_id: int | None, name: str) -> set[int]:
    """The photos with a likely date, or without any, that show a person or did before."""
    sql = (
        "SELECT photo_id FROM faces JOIN pictures ON pictures.id = photo_id WHERE (taken IS NULL OR likely_taken "
        "IS NOT NULL) AND faces.id IN (SELECT face_id FROM corrections WHERE name = ?1 "
        "UNION SELECT id FROM deductions WHERE person_id = ?2)"
    )
    return {key for (key,) in catalog.fetch(sql, [name, person_id])}


def _date(catalog: "Catalog", photo_id: int) -> None:
    from photogender.catalog.said.deduction import lifetime, likely_years
    from photogender.catalog.said.lifetimes import Days

    people: list[tuple[Lifetime, Sighting]] = []
    for born_first, born_last, fitted_first, fitted_last, *row in catalog.fetch(_IN_PHOTO, [photo_id]):
        life = lifetime(Days.stored(born_first, born_last), Days.stored(fitted_first, fitted_last))
        face = as_sighting(row)
        if life and face.taken is None:
            people.append((life, face))
    years = likely_years(people, date.today()) if people else None
    likely = f"{years[0]}..{years[1]}" if years else None
    catalog.fetch(
        "UPDATE pictures SET likely_taken = ?1 WHERE id = ?2 AND likely_taken IS NOT ?1",
        [likely, photo_id],
    )


def _rounded(name: str, value: object) -> object:
    digits = _DIGITS[name]
    return round(value, digits) if isinstance(value, float) and digits is not None else value


def as_sighting(row: Sequence[Any]) -> "Sighting":
    """A face of a person from its cells, in the order of ``Sighting``; the last one is the column ``taken``."""
    from photogender.catalog.said.deduction import Sighting
    from photogender.catalog.said.lifetimes import day_taken

    *cells, taken = row
    return Sighting._make([*cells, day_taken(taken)])
