"""What a person says of people: their gender, birth and death; a new name; that two names are one person.

``say``, ``rename`` and ``merge`` are noted in ``changes``, and ``undo_change`` takes back the latest one.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.corrections import record_all, undo
from photogender.catalog.said.deduced import note
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.statement import Statement, StatementError, checked_author, checked_name
from photogender.catalog.sqlite.connection import damaged, from_json
from photogender.catalog.sqlite.database import now
from photogender.errors import CatalogError, ConflictError, NotFoundError
from photogender.labels import Gender

SAID = ("gender", "born_first", "born_last", "died_first", "died_last", "author", "said_at")
"""Columns of ``persons`` that a person fills."""


class Facts(NamedTuple):
    """What was said of a person; None: nothing."""

    gender: Gender | None = None
    born: Days | None = None
    died: Days | None = None

    @property
    def cells(self) -> dict[str, str | None]:
        """As columns of ``persons``."""
        return {
            "gender": self.gender,
            "born_first": self.born and self.born.first.isoformat(),
            "born_last": self.born and self.born.last.isoformat(),
            "died_first": self.died and self.died.first.isoformat(),
            "died_last": self.died and self.died.last.isoformat(),
        }

    @classmethod
    def of(cls, cells: Sequence[Any]) -> "Facts":
        """Of the first five of ``SAID``."""
        gender, *days = cells
        return cls(gender, Days.stored(*days[:2]), Days.stored(*days[2:4]))


class Person(NamedTuple):
    """A row of ``persons``."""

    name: str
    facts: Facts
    author: str | None
    said_at: str | None


class Change(NamedTuple):
    """A change to people."""

    id: int
    what: Literal["set", "rename", "merge"]
    names: tuple[str, ...]
    """As in ``UndoneChange``."""
    author: str


@dataclass(frozen=True, slots=True)
class UndoneChange:
    """A change that was taken back."""

    what: Literal["set", "rename", "merge"]
    names: tuple[str, ...]
    """The person's; for a new name, the old one and the new one; for a merge, the name that stayed first."""
    left_alone: int
    """Faces of which something was said since then: they keep their name."""


def person(catalog: Catalog, name: str) -> Person:
    """What was said of a person.

    Raises:
        NotFoundError: No face has this name, and nothing was said of it.
        StatementError: It is not a name.
    """
    found = _find(catalog, checked_name(name))
    if found is None:
        from photogender.catalog.queries.unmatched import near, person_names

        meant = near(name, person_names(catalog))
        raise NotFoundError(f"There is nobody named {name}.{meant}", "See: photogender people list")
    return found


def say(catalog: Catalog, name: str, facts: Facts, *, author: str) -> None:
    """Record all that is known of a person, in place of what was said before.

    Raises:
        NotFoundError: There is no such person.
        StatementError: The death would be before the birth.
        CatalogError: The catalog cannot be written.
    """
    if facts.born and facts.died and facts.died.last < facts.born.first:
        raise StatementError(f"{name} cannot have died ({facts.died}) before being born ({facts.born}).")
    with catalog.transaction():
        before = person(catalog, name)
        _put(catalog, before.name, facts, checked_author(author), now())
        _remember(catalog, "set", [before.name], [before], [], author)


def rename(catalog: Catalog, name: str, new: str, *, author: str) -> int:
    """Give all faces of a person another name, with what was said of the person; how many faces there are.

    Raises:
        NotFoundError: There is no such person.
        ConflictError: Somebody has the new name.
        StatementError: It is none.
        CatalogError: The catalog cannot be written.
    """
    tidy = checked_name(new)
    if not tidy:
        raise StatementError("The new name is empty.")
    with catalog.transaction():
        if _find(catalog, tidy):
            raise ConflictError(
                f"There is already somebody named {tidy}.",
                f"If both are one person: photogender people merge {json.dumps(tidy, ensure_ascii=False)} "
                f"{json.dumps(name, ensure_ascii=False)}",
            )
        before = person(catalog, name)
        corrections = _name_all(catalog, before.name, tidy, author)
        if any(before.facts):
            _put(catalog, tidy, before.facts, before.author, before.said_at)
        _put(catalog, before.name, Facts(), None, None)
        _remember(catalog, "rename", [before.name, tidy], [before], corrections, author)
    return len(corrections)


def merge(catalog: Catalog, name: str, others: Sequence[str], *, author: str) -> tuple[int, list[str]]:
    """Say that some people are one, who has the first name from now on.

    What was said of the first one wins; what was said only of another one is added.

    Returns:
        How many faces have another name now, and what was said of the others that differs: a sentence each.

    Raises:
        NotFoundError: One of them is not there.
        StatementError: All are the same.
        CatalogError: The catalog cannot be written.
    """
    with catalog.transaction():
        first = person(catalog, name)
        rest = [person(catalog, other) for other in dict.fromkeys(others) if checked_name(other) != first.name]
        if not rest:
            raise StatementError("Name at least two people.")
        facts, differences, corrections = first.facts, [], list[int]()
        for other in rest:
            for field in Facts._fields:
                said, kept = getattr(other.facts, field), getattr(facts, field)
                if said and kept and said != kept:
                    differences.append(f"{other.name} was said to have {field} {said}; it stays {kept}.")
                elif said:
                    facts = facts._replace(**{field: said})
            corrections += _name_all(catalog, other.name, first.name, author)
            _put(catalog, other.name, Facts(), None, None)
        if facts != first.facts:
            _put(catalog, first.name, facts, checked_author(author), now())
        names = [first.name, *(other.name for other in rest)]
        _remember(catalog, "merge", names, [first, *rest], corrections, author)
    return len(corrections), differences


def latest_change(catalog: Catalog) -> Change | None:
    """The change that ``undo_change`` would take back; None: there is none.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    row = catalog.fetch("SELECT id, what, names, author FROM changes ORDER BY id DESC LIMIT 1").fetchone()
    return row and Change(row[0], row[1], tuple(_read_names(catalog, row[2])), row[3])


def undo_change(catalog: Catalog) -> UndoneChange:
    """Take back the latest change to people that was not taken back yet.

    Raises:
        ConflictError: There is none.
        CatalogError: The catalog cannot be written.
    """
    with catalog.transaction():
        latest = "SELECT id, what, names, before, corrections FROM changes ORDER BY id DESC LIMIT 1"
        row = catalog.fetch(latest).fetchone()
        if row is None:
            raise ConflictError("Nothing was said of people that could be taken back.")
        key, what, *texts = row
        names = _read_names(catalog, texts[0])
        try:
            before = [_read_row(each) for each in from_json(catalog.path, texts[1], list)]
            undone = undo(catalog, from_json(catalog.path, texts[2], list))
        except (TypeError, ValueError, StatementError) as error:
            raise damaged(catalog.path, f"change {key} of people is none") from error
        for name in names:
            _put(catalog, name, Facts(), None, None)
        for each in before:
            _put(catalog, *each)
        catalog.fetch("DELETE FROM changes WHERE id = ?", [key])
    return UndoneChange(what, tuple(names), len(undone.not_latest) + len(undone.missing))


def forget_person(catalog: Catalog, name: str) -> None:
    """Remove what was said of a person, and the changes to it under all its names, inside a transaction.

    Faces are not touched.
    """
    catalog.fetch("DELETE FROM persons WHERE name = ?", [name])
    note(catalog, [name])  # in case a face still has it
    known = {name}
    changes: dict[int, set[str]] = {}
    for key, names in catalog.fetch("SELECT id, names FROM changes").fetchall():
        try:
            changes[key] = {*_read_names(catalog, names)}
        except CatalogError:  # of a damaged catalog: perhaps this name
            changes[key] = {name}
    while found := [key for key, names in changes.items() if names & known]:
        for key in found:
            known |= changes.pop(key)
            catalog.fetch("DELETE FROM changes WHERE id = ?", [key])


def put_person(catalog: Catalog, said: Person) -> bool:
    """Add what was said of a person elsewhere, inside a transaction, unless something was said here later.

    Whether it is new.
    """
    here = _find(catalog, said.name)
    if here and (here.facts, here.author, here.said_at) == (said.facts, said.author, said.said_at):
        return False
    if here and (here.said_at or "") >= (said.said_at or ""):
        return False
    _put(catalog, said.name, said.facts, said.author, said.said_at)
    return True


def _find(catalog: Catalog, name: str) -> Person | None:
    row = catalog.fetch(f"SELECT name, {', '.join(SAID)} FROM persons WHERE name = ?", [name]).fetchone()  # noqa: S608
    return row and _person(row)


def _person(row: Sequence[Any]) -> Person:
    name, *cells, author, said_at = row
    return Person(name, Facts.of(cells), author, said_at)


def _read_names(catalog: Catalog, cell: object) -> list[str]:
    """The column ``names`` of a change.

    Raises:
        CatalogError: It is none: the file is damaged.
    """
    names = from_json(catalog.path, cell, list)
    if not all(isinstance(name, str) for name in names):
        raise damaged(catalog.path, "a change of people has names that are none")
    return list(names)


def _read_row(row: Sequence[Any]) -> Person:
    """A row of the column ``before`` of a change; raises also StatementError if it cannot have been said."""
    name, gender, *days, author, said_at = row
    facts = Facts.of([Statement(gender=gender).gender, *days])
    return Person(checked_name(name), facts, author and checked_author(author), said_at and str(said_at))


def _put(catalog: Catalog, name: str, facts: Facts, author: str | None, said_at: str | None) -> None:
    if not any(facts):
        author = said_at = None
    values = {**facts.cells, "author": author, "said_at": said_at}
    found = catalog.fetch("SELECT id FROM persons WHERE name = ?", [name]).fetchone()
    if found:
        catalog.update("persons", found[0], values)
    elif author:
        catalog.insert("persons", {"name": name, **values})
    note(catalog, [name])


def _name_all(catalog: Catalog, name: str, new: str, author: str) -> list[int]:
    """Name the faces of a person anew; the ids of the corrections."""
    sql = "SELECT faces.id FROM corrections JOIN faces ON faces.correction_id = corrections.id WHERE name = ?"
    faces = [key for (key,) in catalog.fetch(f"{sql} AND NOT not_a_face ORDER BY faces.id", [name])]
    return list(record_all(catalog, faces, Statement(name=new), author=author).corrections.values())


def _remember(
    catalog: Catalog, what: str, names: list[str], before: Iterable[Person], corrections: list[int], author: str
) -> None:
    rows = [[each.name, *each.facts.cells.values(), each.author, each.said_at] for each in before]
    values = {"names": names, "before": rows, "corrections": corrections}
    texts = {key: json.dumps(value) for key, value in values.items()}
    catalog.insert("changes", {"what": what, **texts, "author": checked_author(author), "created_at": now()})
