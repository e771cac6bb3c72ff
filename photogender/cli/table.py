"""Tables as text: as wide as the terminal, printed while the rows still come, safe to look at."""

import os
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import BinaryIO

from photogender.cli.terminal import encoded, styled
from photogender.text import printable

_MEASURED = 500
"""Rows held back to see how wide the columns must be."""

_GAP = "  "

_NARROWEST = 6
"""Characters below which a shortened cell says nothing."""


def write_table(
    titles: Sequence[str], rows: Iterable[Sequence[object]], stream: BinaryIO, width: int | None, whole: int = 0
) -> None:
    """Rows under a header, numbers to the right; one line a row, or a line a cell where ``width`` is too narrow.

    What does not fit is shortened: a path at its beginning, other text at its end; never in the first ``whole``
    columns.
    """
    rest = iter(rows)
    first = list(islice(rest, _MEASURED))
    widths = [max(_cells(_text(line[column])) for line in (titles, *first)) for column in range(len(titles))]
    gaps = len(_GAP) * (len(widths) - 1)
    if width is not None and sum(widths[:whole]) + sum(min(each, _NARROWEST) for each in widths[whole:]) + gaps > width:
        _write_upright(titles, chain(first, rest), stream)
        return
    while width is not None and sum(widths) + gaps > width:
        widths[widths.index(max(widths[whole:]), whole)] -= 1
    shorten = width is not None
    numbers = [bool(first) and _is_number(first[0][column]) for column in range(len(titles))]
    header = _GAP.join(_padded(*each, shorten) for each in zip(titles, widths, numbers, strict=True))
    stream.write(encoded(f"{styled(header.rstrip(), '1')}\n"))
    for row in chain(first, rest):
        cells = (_padded(_text(cell), room, _is_number(cell), shorten) for cell, room in zip(row, widths, strict=True))
        stream.write(encoded(f"{_GAP.join(cells).rstrip()}\n"))


def _write_upright(titles: Sequence[str], rows: Iterable[Sequence[object]], stream: BinaryIO) -> None:
    widest = max(_cells(title) for title in titles)
    for row in rows:
        for title, cell in zip(titles, row, strict=True):
            stream.write(encoded(f"{_padded(title, widest, True, False)}{_GAP}{_text(cell)}\n"))
        stream.write(b"\n")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else printable(str(cell))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float)


def _padded(text: str, room: int, to_right: bool, shorten: bool) -> str:
    if shorten and _cells(text) > room:
        text = _shortened(text, room)
    padding = " " * (room - _cells(text))
    return padding + text if to_right else text + padding


def _shortened(text: str, room: int) -> str:
    """As much as fits of a path's end, or of other text's beginning."""
    if text.startswith(os.sep):
        while _cells(text) > room - 1:
            text = text[max(1, (_cells(text) - room + 1) // 2) :]
        return f"…{text}"
    while _cells(text) > room - 1:
        text = text[: -max(1, (_cells(text) - room + 1) // 2)]
    return f"{text}…"


def _cells(text: str) -> int:
    """Columns of a terminal that the text takes: two for a Chinese character."""
    from rich.cells import cell_len

    return len(text) if text.isascii() else cell_len(text)
