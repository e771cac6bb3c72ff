"""What was said of people, as lines of the file of ``corrections_file``.

A line is an object with ``person`` (the name), ``gender``, ``born`` and ``died`` (each the first and the last day that
it may have been on, or null), ``author`` and ``said_at``.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import SAID, Facts, Person
from photogender.catalog.said.statement import Statement, StatementError, checked_author, checked_name
from photogender.catalog.upkeep.rescue import readable_rows

_BEGINNING = b'{"person":'

_KEYS = {"person", "gender", "born", "died", "author", "said_at"}


def person_lines(catalog: Catalog) -> Iterator[bytes]:
    """The lines of a catalog; of a damaged one what can be read.

    Raises:
        CatalogError: The catalog cannot be read at all.
    """
    for _, name, gender, *cells in readable_rows(catalog, "persons", ["name", *SAID]):
        *_, author, said_at = cells
        days = (Days.stored(*cells[:2]), Days.stored(*cells[2:4]))
        born, died = (each and [each.first.isoformat(), each.last.isoformat()] for each in days)
        values = {"person": name, "gender": gender, "born": born, "died": died, "author": author, "said_at": said_at}
        with suppress(StatementError, TypeError, ValueError):  # of a damaged catalog
            line = json.dumps(values).encode() + b"\n"
            if author is not None and read_person(line):
                yield line


def read_person(text: bytes) -> Person | None:
    """What a line says of a person; None if it is about a face.

    Raises:
        StatementError: It says something that cannot be said of a person.
        ValueError: It is not such a line; the message is a sentence.
    """
    if not text.lstrip().startswith(_BEGINNING):
        return None
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("That is not JSON.") from error
    if not isinstance(values, dict) or set(values) != _KEYS:
        raise ValueError(f"Expected an object with {', '.join(sorted(_KEYS))}.")
    name = checked_name(values["person"])
    if not name:
        raise StatementError("The name of a person is empty.")
    said_at = values["said_at"]
    if not (isinstance(said_at, str) and len(said_at) <= 40 and said_at.isprintable()):
        raise StatementError("said_at is not a date.")
    facts = Facts(Statement(gender=values["gender"]).gender, _days(values["born"]), _days(values["died"]))
    return Person(name, facts, checked_author(values["author"]), said_at)


def _days(value: Any) -> Days | None:  # noqa: ANN401 - JSON
    if value is None:
        return None
    days = Days.stored(*value) if isinstance(value, list) and len(value) == 2 else None
    if days is None or days.last < days.first:
        raise StatementError("born and died are the first and the last day that it may have been on.")
    return days
