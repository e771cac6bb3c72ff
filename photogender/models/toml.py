"""From the tables of a TOML file to frozen records: every value is of the type that its field declares."""

import dataclasses
import json
import math
import reprlib
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")

_SINGLE = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

_SEVERAL = {int: "whole numbers", float: "numbers", str: "texts"}


def record(kind: type[_Record], table: object, where: str, **others: Any) -> _Record:  # noqa: ANN401 - any field's
    """A record of a table, whose lists become tuples.

    Args:
        kind: A dataclass. Fields without a default must be in the table, and nothing may be there that is no field.
        table: As read from TOML.
        where: What a person calls the table.
        others: Fields that are given here and may not be in the table.

    Raises:
        ValueError: The table is not so; a sentence that begins with ``where``.
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
            raise ValueError(f"{where} says {name} = {reprlib.repr(value)}, which is not {_told(hints[name])}")
    for name, field in known.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise ValueError(f"{where} does not say {name}")
    return kind(**values, **others)


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - types have no type
    """Whether a value is of a type; whole numbers are numbers, but neither true nor infinity is."""
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
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _told(hint: Any) -> str:  # noqa: ANN401 - as above
    """A type, as a person calls it."""
    parts = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_told(part) for part in parts if part is not type(None))
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if get_origin(hint) is tuple:
        count = "" if parts[-1] is ... else f"{len(parts)} "
        return f"a list of {count}{_SEVERAL.get(parts[0]) or f'items, each {_told(parts[0])}'}"
    return _SINGLE[hint]


Table = dict[str, Any]


def toml(table: Table) -> str:
    """A spec as TOML: numbers, texts and lists of them, tables, and lists of tables."""
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Table, path: tuple[str, ...]) -> list[str]:
    lines = []
    for key, value in table.items():
        if not _is_table(value):
            # JSON's texts, numbers and lists are TOML's too, but for the one control character it leaves bare.
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f"))
    for key, value in table.items():
        name = ".".join((*path, key))
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *_lines(value, (*path, key))]
        elif _is_table(value):
            for each in value:
                lines += ["", f"[[{name}]]", *_lines(each, (*path, key))]
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))
