"""What was said of one face, entry by entry, and how two histories of it become one."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.corrections import State
from photogender.catalog.said.statement import Statement, StatementError, checked_author
from photogender.labels import AGE_GROUPS, age_group

_LONGEST_DATE = 40
"""Characters; ISO 8601 with a time zone takes 25."""


class Entry(NamedTuple):
    """One row of ``corrections``: what had been said of the face by then."""

    said: State
    not_a_face: bool
    author: str
    created_at: str
    """UTC, ISO 8601."""
    blind: bool = False
    """Whether the face was of a random sample, its estimate hidden; gender and age are then this author's own."""


COLUMNS = ("gender", "age", "age_group", "name", "not_a_face", "author", "created_at", "blind")
"""Of ``corrections``, in the order of ``as_entry``."""


def as_entry(values: Sequence[object]) -> Entry:
    """An entry of values that come from a file, in the order of ``COLUMNS``.

    Raises:
        StatementError: A value cannot have been said.
    """
    gender, age, group, name, not_a_face, author, created_at, blind = values
    if type(not_a_face) is int and not_a_face in (0, 1):  # as SQLite stores it
        not_a_face = bool(not_a_face)
    if blind not in (0, 1):
        raise StatementError("blind is true or false.")
    statement = Statement(*cast(tuple[None, None, None, bool], (gender, age, name, not_a_face)))
    if group not in (*AGE_GROUPS, None) or (age is None) != (group is None):
        raise StatementError("An age has one of the eight age groups.")
    if not (isinstance(created_at, str) and len(created_at) <= _LONGEST_DATE and created_at.isprintable()):
        raise StatementError("created_at is not a date.")
    said = State(statement.gender, statement.age, group, statement.name or None)
    return Entry(said, statement.not_a_face, checked_author(author), created_at, bool(blind))


def readable(values: Sequence[object]) -> tuple[object, ...]:
    """The same values, without those that cannot have been said: of a damaged catalog, what can be saved."""
    gender, age, group, name, not_a_face, author, created_at, blind = values
    kept: dict[str, object] = {"gender": None, "age": None, "name": None, "not_a_face": not_a_face == 1}
    for key, value in (("gender", gender), ("age", age), ("name", name)):
        try:
            kept[key] = getattr(Statement(**{key: value}), key)  # type: ignore[arg-type]
        except StatementError:
            continue
    said = kept["age"]
    kept_group = None if said is None else group if group in AGE_GROUPS else age_group(cast(float, said))
    try:
        author = checked_author(author)
    except StatementError:
        author = "unknown"
    date = created_at if isinstance(created_at, str) and created_at.isprintable() else ""
    is_not = kept["not_a_face"]
    return (kept["gender"], said, kept_group, kept["name"] or None, is_not, author, date[:_LONGEST_DATE], blind == 1)


def merged(here: Sequence[Entry], there: Sequence[Entry]) -> list[Entry]:
    """One history of two of the same face, oldest entry first; what ``here`` has already is not added again."""
    every = [*zip(here, _changes(here), strict=True)]
    left = [*every]
    for entry, change in zip(there, _changes(there), strict=True):
        known = next((each for each in left if _says(each[0], entry, change)), None)
        if known:
            left.remove(known)
            known[1].update(change)  # here it may have said the same as before
        else:
            every.append((entry, change))
    said, history = State(), []
    for entry, change in sorted(every, key=lambda each: each[0].created_at) if len(every) > len(here) else every:
        said = said._replace(**change)
        history.append(entry._replace(said=said))
    return history


def add_history(catalog: Catalog, face_id: int, entries: Sequence[Entry]) -> int:
    """Add what was said of a face elsewhere, inside the caller's transaction; how many entries are new.

    Raises:
        CatalogError: The catalog cannot be read or written.
    """
    sql = f"SELECT id, {', '.join(COLUMNS)} FROM corrections WHERE face_id = ? ORDER BY id"  # noqa: S608
    rows = catalog.fetch(sql, [face_id]).fetchall()
    here = [Entry(State(*row[1:5]), bool(row[5]), row[6], row[7], bool(row[8])) for row in rows]
    history = merged(here, entries)
    same = next((index for index, pair in enumerate(zip(here, history)) if pair[0] != pair[1]), len(here))  # noqa: B905
    for row in rows[same:]:  # ids follow time: of a face, the highest wins
        catalog.fetch("DELETE FROM corrections WHERE id = ?", [row[0]])
    for entry in history[same:]:
        values = {**entry._asdict(), **entry.said._asdict(), "face_id": face_id}
        catalog.insert("corrections", {name: values[name] for name in ("face_id", *COLUMNS)})
    return len(history) - len(here)


def _changes(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What each entry says that the one before did not; a blind one says its gender and age in any case."""
    before = [State(), *(entry.said for entry in entries)]
    return [
        {
            name: value
            for name, value in entry.said._asdict().items()
            if value != getattr(earlier, name) or (entry.blind and name != "name" and value is not None)
        }
        for entry, earlier in zip(entries, before, strict=False)
    ]


def _says(here: Entry, there: Entry, change: dict[str, Any]) -> bool:
    """Whether an entry is the one of the other history that made this change."""
    same = here[1:] == there[1:]  # author, date, and whether it is a face
    return same and all(getattr(here.said, name) == value for name, value in change.items())
