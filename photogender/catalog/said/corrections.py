"""Recording what people say about faces: on the page, on the command line, in XMP or in a file.

``record(catalog, face_ids, statement, author=..., seen=...)`` saves what it can in one transaction and returns
``Saved``: the id of the new correction of each face, the faces that are missing, and those that are outdated
(changed since the person saw them). ``record_all`` saves all or raises.
``undo(catalog, correction_ids)`` takes back exactly these corrections and returns ``Undone``: those taken back,
those that are no longer the latest of their face (left alone) and those that are missing.
``undo_latest(catalog, face_ids)`` takes back the latest of each face or raises.
``Statement`` checks what is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from photogender.catalog.said.statement import Statement, checked_author, is_id
from photogender.catalog.sqlite.database import now
from photogender.errors import CatalogError
from photogender.labels import BY_HAND, Gender, age_group

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog


class Seen(NamedTuple):
    """What a person saw of a face before saying something: its latest correction, and gender and age in ``tags``."""

    correction_id: int | None
    gender: Gender
    age: float


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a statement about several faces."""

    corrections: dict[int, int]
    """The id of the new correction of each face that has one now."""
    missing: tuple[int, ...]
    """Faces that the catalog does not have."""
    outdated: tuple[int, ...]
    """Faces that are not as they were ``seen``; nothing was saved for them."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of corrections that were to be taken back."""

    faces: dict[int, int]
    """The face of each correction that was taken back."""
    not_latest: tuple[int, ...]
    """Corrections that are not the latest of their face any more; they stay."""
    missing: tuple[int, ...]
    """Corrections that the catalog does not have."""


class State(NamedTuple):
    """The columns of ``corrections`` that add up: everything said of a face so far."""

    gender: Gender | None = None
    age: float | None = None
    age_group: str | None = None
    name: str | None = None


def record(
    catalog: "Catalog",
    face_ids: Sequence[int],
    statement: Statement,
    *,
    author: str,
    seen: Mapping[int, Seen] | None = None,
    blind: bool = False,
) -> Saved:
    """Save what is said of some faces, in one transaction; what cannot be saved is reported.

    Args:
        catalog: Open for writing.
        face_ids: Each is taken once.
        statement: What is said of each of them.
        author: Who says it.
        seen: What the person saw of the faces; a face that changed since is left alone. None: no check.
        blind: Whether the faces are of a random sample, their estimates hidden.

    Raises:
        CatalogError: The catalog cannot be written; nothing is saved.
        StatementError: The author is not a name.
    """
    author = checked_author(author)
    with catalog.transaction():
        return _record(catalog, face_ids, statement, author, seen or {}, blind=blind)


def record_all(catalog: "Catalog", face_ids: Sequence[int], statement: Statement, *, author: str) -> Saved:
    """Save what is said of all of some faces, or of none.

    Raises:
        CatalogError: A face is not in the catalog, or the catalog cannot be written; nothing is saved.
        StatementError: The author is not a name.
    """
    author = checked_author(author)
    with catalog.transaction():
        saved = _record(catalog, face_ids, statement, author, {})
        if saved.missing:
            raise _no_face(catalog, saved.missing[0])
    return saved


def undo(catalog: "Catalog", correction_ids: Sequence[int]) -> Undone:
    """Take back exactly these corrections, each only while it is the latest of its face.

    A face that a person drew goes with the last of them.

    Raises:
        CatalogError: The catalog cannot be written; nothing is taken back.
    """
    faces: dict[int, int] = {}
    not_latest, missing = [], []
    with catalog.transaction():
        for correction_id in dict.fromkeys(correction_ids):
            found = (
                is_id(correction_id)
                and catalog.fetch(
                    "SELECT face_id, id = (SELECT max(id) FROM corrections AS others WHERE face_id = this.face_id) "
                    "FROM corrections AS this WHERE id = ?",
                    [correction_id],
                ).fetchone()
            )
            if not found:
                missing.append(correction_id)
            elif not found[1]:
                not_latest.append(correction_id)
            else:
                catalog.fetch("DELETE FROM corrections WHERE id = ?", [correction_id])
                _remove_drawn(catalog, found[0])
                faces[correction_id] = found[0]
    return Undone(faces, tuple(not_latest), tuple(missing))


def undo_latest(catalog: "Catalog", face_ids: Sequence[int]) -> None:
    """Take back the latest correction of each of some faces, or of none.

    Raises:
        CatalogError: A face is not in the catalog or was not corrected; nothing is taken back.
    """
    with catalog.transaction():
        for face_id in face_ids:
            if not _latest(catalog, face_id):
                raise _no_face(catalog, face_id)
            latest = "SELECT max(id) FROM corrections WHERE face_id = ?"
            if not catalog.fetch(f"DELETE FROM corrections WHERE id = ({latest})", [face_id]).rowcount:  # noqa: S608
                raise CatalogError(f"Face {face_id} has no correction to take back.")
            _remove_drawn(catalog, face_id)


def _record(
    catalog: "Catalog",
    face_ids: Sequence[int],
    statement: Statement,
    author: str,
    seen: Mapping[int, Seen],
    *,
    blind: bool = False,
) -> Saved:
    corrections: dict[int, int] = {}
    missing, outdated = [], []
    for face_id in dict.fromkeys(face_ids):
        latest = _latest(catalog, face_id)
        if latest is None:
            missing.append(face_id)
        elif face_id in seen and seen[face_id] != latest.seen:
            outdated.append(face_id)
        else:
            state = _added(latest, statement)
            values = {"face_id": face_id, **state._asdict(), "not_a_face": statement.not_a_face, "author": author}
            corrections[face_id] = catalog.insert("corrections", {**values, "created_at": now(), "blind": blind})
    return Saved(corrections, tuple(missing), tuple(outdated))


class _Latest(NamedTuple):
    """A face's latest correction, with what it adds up to, and gender and age where nothing was said of them."""

    correction_id: int | None
    said: State
    gender: Gender
    age: float
    age_group: str

    @property
    def seen(self) -> Seen:
        age = self.age if self.said.age is None else self.said.age
        return Seen(self.correction_id, self.said.gender or self.gender, age)


def _latest(catalog: "Catalog", face_id: int) -> _Latest | None:
    """What is known of a face; None if the catalog does not have it."""
    if not is_id(face_id):
        return None
    row = catalog.fetch(
        "SELECT said.id, said.gender, said.age, said.age_group, said.name, coalesce(deductions.gender, faces.gender), "
        "coalesce(deductions.age, faces.age), coalesce(deductions.age_group, faces.age_group) FROM faces "
        "LEFT JOIN corrections AS said ON said.id = faces.correction_id "
        "LEFT JOIN deductions ON deductions.id = faces.id WHERE faces.id = ?",
        [face_id],
    ).fetchone()
    return row and _Latest(row[0], State(*row[1:5]), *row[5:])


def _added(latest: _Latest, statement: Statement) -> State:
    """What was said before, with the statement added."""
    said = latest.said
    if statement.confirms:  # the group as well: a model may give one that is not the nearest to its years
        if said.age is None:
            said = said._replace(age=latest.age, age_group=latest.age_group)
        return said._replace(gender=said.gender or latest.gender)
    return add(said, statement)


def add(said: State, statement: Statement) -> State:
    """What was said before, with a statement that is not a confirmation added."""
    if statement.gender is not None:
        said = said._replace(gender=statement.gender)
    if statement.age is not None:
        said = said._replace(age=statement.age, age_group=age_group(statement.age))
    if statement.name is not None:
        said = said._replace(name=statement.name or None)
    return said


def _remove_drawn(catalog: "Catalog", face_id: int) -> None:
    """Remove a face that a person drew, if even that was taken back."""
    by_hand = "detector_id IN (SELECT id FROM models WHERE name = ?)"
    sql = f"DELETE FROM faces WHERE id = ? AND correction_id IS NULL AND {by_hand}"  # noqa: S608
    catalog.fetch(sql, [face_id, BY_HAND])


def _no_face(catalog: "Catalog", face_id: int) -> CatalogError:
    return CatalogError(f"There is no face {face_id} in {catalog.path}.", "See the ids with: photogender query")
