"""TOML files of any origin: read into tables, tables into typed frozen records, tables written."""

import dataclasses
import reprlib
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import tomli_w

from photogender.errors import ModelError
from photogender.models.file import read_file

Table = dict[str, Any]
"""A table as read from TOML."""

_Record = TypeVar("_Record")

MAX_SPEC = 200_000
"""Bytes of a spec; the longest that ships has 3,136."""

_LARGEST = 1e15
"""Numbers beyond this, and NaN, are mistakes."""

_SINGLE = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

_SEVERAL = {int: "whole numbers", float: "numbers", str: "texts"}


def read_toml(path: Path) -> Table:
    """The tables of a TOML file.

    Raises:
        ModelError: The file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(read_file(path, MAX_SPEC).decode("utf-8"))
    except OSError as error:
        raise ModelError(f"The model spec {path} cannot be read: {error.strerror or error}.") from error
    except RecursionError as error:
        raise ModelError(f"The model spec {path} cannot be read: it is nested too deeply.") from error
    except ValueError as error:  # not UTF-8, not TOML, or a number with thousands of digits
        raise ModelError(f"The model spec {path} cannot be read: {error}.") from error


def to_toml(table: Table) -> str:
    """A table as TOML."""
    return tomli_w.dumps(table)


def record(kind: type[_Record], table: object, where: str, **others: Any) -> _Record:  # noqa: ANN401 - any field's
    """Make a record of a table; lists become tuples.

    Args:
        kind: A dataclass. The table must have every field without a default, and nothing that is not a field.
        table: As read from TOML.
        where: The table's name in messages.
        others: Fields that the caller sets, and that the table must not have.

    Raises:
        ValueError: The table does not fit; a sentence that begins with ``where``.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{where} is {reprlib.repr(table)}, not a table")
    known = {field.name: field for field in dataclasses.fields(kind) if field.name not in others}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    values = {}
    for name, value in table.items():
        if name not in known:
            raise ValueError(f"{where} says {name!r}, which means nothing there")
        values[name] = _frozen(value)
        if not _fits(values[name], hints[name]):
            raise ValueError(f"{where} says {name} = {reprlib.repr(value)}, which is not {_name(hints[name])}")
    for name, field in known.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise ValueError(f"{where} does not say {name}")
    return kind(**values, **others)


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - types have no type
    """Whether a value has a type. Whole numbers count as numbers; booleans, infinity and NaN do not."""
    parts = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if get_origin(hint) is Literal:
        return value in parts
    if get_origin(hint) is tuple:
        if not isinstance(value, tuple):
            return False
        wanted = [parts[0]] * len(value) if parts[-1] is ... else list(parts)
        return len(value) == len(wanted) and all(map(_fits, value, wanted))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return isinstance(value, hint)


def _name(hint: Any) -> str:  # noqa: ANN401 - as above
    """A type in words."""
    parts = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_name(part) for part in parts if part is not type(None))
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if get_origin(hint) is tuple:
        count = "" if parts[-1] is ... else f"{len(parts)} "
        return f"a list of {count}{_SEVERAL.get(parts[0]) or f'items, each {_name(parts[0])}'}"
    return _SINGLE[hint]
