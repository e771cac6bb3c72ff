"""Tables as text: no wider than the terminal, printed while the rows arrive, without control characters."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from textwrap import wrap
from typing import BinaryIO, NamedTuple

from photogender.cli.terminal import encoded, styled
from photogender.text import printable

_MEASURED = 500
"""Rows that are read first, to measure the columns."""

_MOST_CHARACTERS = 1_000_000
"""Limit for these rows together: free SQL can return long texts."""

_GAP = "  "


class Column(NamedTuple):
    """A column of a table."""

    title: str
    rank: int = 0
    """If the table is too wide, columns with the highest rank are left out first; those with rank 0 never are."""
    whole: bool = False
    """Its texts are never shortened. (Numbers never are in any column.)"""
    least: int = 12
    """The fewest characters to which a text is shortened."""
    room: int = 0
    """Characters that later rows may need."""


def write_table(
    columns: Sequence[Column | str], rows: Iterable[Sequence[object]], stream: BinaryIO, width: int | None
) -> tuple[str, ...]:
    """Write rows under a header, with numbers aligned right.

    If the table is wider than ``width``, columns are left out by rank, then texts are shortened: paths at the
    beginning, other texts at the end. If that is not enough, each row becomes a block with one line per cell.

    Returns:
        The titles of the columns that were left out.
    """
    given = [Column(each) if isinstance(each, str) else each for each in columns]
    rest = iter(rows)
    first = list(_measured(rest))
    every = chain(first, rest)
    cells = [[row[index] for row in first] for index in range(len(given))]
    widths = [max(_cells(_text(cell)) for cell in (column.title, *cells[index])) for index, column in enumerate(given)]
    widths = [max(width, column.room) for width, column in zip(widths, given, strict=True)]
    least = [_least(*each) for each in zip(given, cells, widths, strict=True)]
    kept = list(range(len(given)))
    while width is not None and _total(least[index] for index in kept) > width:
        last = max(kept, key=lambda index: given[index].rank)
        if not given[last].rank:
            _write_upright([column.title for column in given], every, stream, width)
            return ()
        kept.remove(last)
    while width is not None and _total(widths[index] for index in kept) > width:
        widths[max(kept, key=lambda index: (widths[index] > least[index], widths[index]))] -= 1
    header = _GAP.join(_title(given[index].title, widths[index], cells[index]) for index in kept)
    stream.write(encoded(f"{styled(header.rstrip(), '1')}\n"))
    for row in every:
        line = (_cell(row[index], widths[index], width is not None and not given[index].whole) for index in kept)
        stream.write(encoded(f"{_GAP.join(line).rstrip()}\n"))
    return tuple(column.title for index, column in enumerate(given) if index not in kept)


def no_room(titles: Sequence[str]) -> str:
    """A sentence about the columns that were left out; empty if there are none."""
    return f"No room for: {', '.join(titles)}. A wider terminal shows them." if titles else ""


def _measured(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    """The first rows, up to ``_MEASURED`` or ``_MOST_CHARACTERS``."""
    characters = 0
    for row in islice(rows, _MEASURED):
        yield row
        characters += sum(len(cell) for cell in row if isinstance(cell, str))
        if characters > _MOST_CHARACTERS:
            return


def _least(column: Column, cells: list[object], width: int) -> int:
    """The fewest characters for a column whose full width is ``width``."""
    if column.whole:
        return width
    numbers = max((_cells(_text(cell)) for cell in cells if _is_number(cell)), default=0)
    return max(numbers, column.room, min(width, column.least))


def _total(widths: Iterable[int]) -> int:
    given = list(widths)
    return sum(given) + len(_GAP) * (len(given) - 1)


def _write_upright(titles: Sequence[str], rows: Iterable[Sequence[object]], stream: BinaryIO, width: int) -> None:
    """One line per cell. Text is wrapped at spaces, paths are left to the terminal."""
    widest = max(_cells(title) for title in titles)
    margin = f"\n{' ' * widest}{_GAP}"
    for row in rows:
        for title, cell in zip(titles, row, strict=True):
            text = _text(cell)
            room = max(width - len(margin), 20)
            words = wrap(text, room, break_long_words=False, break_on_hyphens=False)
            lines = [text] if text.startswith(os.sep) or not words else words
            stream.write(encoded(f"{_padded(title, widest, True)}{_GAP}{margin.join(lines)}\n"))
        stream.write(b"\n")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else printable(str(cell))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float)


def _title(title: str, room: int, cells: list[object]) -> str:
    text = _shortened(title, room) if _cells(title) > room else title
    return _padded(text, room, bool(cells) and _is_number(cells[0]))


def _cell(cell: object, room: int, shorten: bool) -> str:
    text = _text(cell)
    if shorten and not _is_number(cell) and _cells(text) > room:
        text = _shortened(text, room)
    return _padded(text, room, _is_number(cell))


def _padded(text: str, room: int, to_right: bool) -> str:
    padding = " " * (room - _cells(text))
    return padding + text if to_right else text + padding


def _shortened(text: str, room: int) -> str:
    """As much as fits of the end of a path, or of the beginning of other text."""
    if text.startswith(os.sep):
        while _cells(text) > room - 1:
            text = text[max(1, (_cells(text) - room + 1) // 2) :]
        return f"…{text}"
    while _cells(text) > room - 1:
        text = text[: -max(1, (_cells(text) - room + 1) // 2)]
    return f"{text}…"


def _cells(text: str) -> int:
    """Width of the text in terminal cells: a Chinese character takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
