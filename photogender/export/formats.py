"""Rows as CSV, JSON, NDJSON, Parquet or a list of paths, streamed by rows or groups of rows."""

import csv
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from types import NoneType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from photogender.catalog.sqlite.views import TAGS
from photogender.errors import PhotogenderError
from photogender.labels import NOTICE
from photogender.text import as_utf8

if TYPE_CHECKING:
    from photogender.catalog.catalog import Cells

_ROW_GROUP = 20_000
"""Rows in memory for one Parquet row group: some tens of MB."""

_FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""Text that a spreadsheet would run, also after apostrophes, so that removing one always restores the original.

The characters are OWASP's, https://owasp.org/www-community/attacks/CSV_Injection, with the full-width forms that
spreadsheets treat alike.
"""


_LOT = 100
"""Rows in memory that become CSV at once: free SQL can return long texts."""


def write_csv(columns: Sequence[str], rows: "Iterable[Cells]", stream: BinaryIO) -> None:
    """RFC 4180 in UTF-8, with a header; bytes of a path that are not UTF-8 become ``\\xNN``, None an empty cell.

    Text that a spreadsheet would run as a formula is prefixed with an apostrophe; numbers never are.
    """
    for lot in _groups(chain([tuple(columns)], rows), _LOT):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(zip(*[_csv_column(cells) for cells in zip(*lot, strict=True)], strict=True))
        stream.write(text.getvalue().encode())


def _csv_column(cells: Sequence[object]) -> Iterable[object]:
    kinds = {*map(type, cells)}
    if kinds <= {float, int, NoneType}:
        return cells
    if kinds <= {str, NoneType}:  # most texts come again: a gender, a camera, the path of the face before
        return map({cell: _csv_cell(cell) for cell in {*cells}}.get, cells)
    return map(_csv_cell, cells)


def _csv_cell(value: object) -> object:
    if isinstance(value, str):
        text = as_utf8(value)
        return f"'{text}" if _FORMULA.match(text) else text
    return str(value).lower() if isinstance(value, bool) else value


def write_json(columns: Sequence[str], rows: "Iterable[Cells]", stream: BinaryIO) -> None:
    """One array of objects in UTF-8, one object per line; bytes of a path that are not UTF-8 become ``\\xNN``."""
    before = b"[\n"
    for row in rows:
        stream.write(before + _json(columns, row))
        before = b",\n"
    stream.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def write_ndjson(columns: Sequence[str], rows: "Iterable[Cells]", stream: BinaryIO) -> None:
    """One object per line in UTF-8; bytes of a path that are not UTF-8 become ``\\xNN``."""
    for row in rows:
        stream.write(_json(columns, row) + b"\n")


def _json(columns: Sequence[str], row: "Cells") -> bytes:
    values = dict(zip(columns, map(_json_value, row), strict=True))
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode()


def _json_value(value: object) -> object:
    if isinstance(value, str):
        return as_utf8(value)
    return None if value in (math.inf, -math.inf) else value


def write_paths(paths: Iterable[str], stream: BinaryIO, end: bytes = b"\n") -> None:
    """Each path in its exact bytes, followed by ``end``; one that comes again at once counts once."""
    for path, _ in groupby(paths):
        stream.write(path.encode(errors="surrogateescape") + end)


def write_parquet(columns: Sequence[str], rows: "Iterable[Cells]", stream: BinaryIO) -> None:
    """Row groups, with the notice in the metadata; of a path that is not UTF-8, ``path_bytes`` has the exact bytes.

    ``path`` is text, in which such bytes become ``\\xNN``.

    Raises:
        PhotogenderError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise PhotogenderError(
            "Parquet needs pyarrow, which is not installed.", "Install it with: pip install 'photogender[parquet]'"
        ) from error
    of_sql = {"TEXT": pa.string(), "REAL": pa.float64(), "INTEGER": pa.int64()}
    types = {column.name: of_sql[column.type.split()[0]] for column in TAGS}
    types |= {"reviewed": pa.bool_(), "path_bytes": pa.binary()}
    names = [*columns, *(["path_bytes"] if "path" in columns else [])]
    schema = pa.schema(
        [(name, types.get(name, pa.int64())) for name in names], metadata={"title": "photogender", "notice": NOTICE}
    )
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _groups(rows, _ROW_GROUP):
            cells: dict[str, Sequence[Any]] = dict(zip(columns, zip(*group, strict=True), strict=True))
            if paths := cells.get("path"):
                cells["path"] = texts = [as_utf8(path) for path in paths]
                exact = (None if text == path else os.fsencode(path) for text, path in zip(texts, paths, strict=True))
                cells["path_bytes"] = list(exact)
            arrays = [pa.array(cells[field.name], field.type) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _groups(rows: "Iterable[Cells]", size: int) -> "Iterator[list[Cells]]":
    rest = iter(rows)
    while group := list(islice(rest, size)):
        yield group


class Writer(NamedTuple):
    """A file format."""

    write: "Callable[[Sequence[str], Iterable[Cells], BinaryIO], None]"
    """Takes the names of the columns, and rows with a cell for each."""
    help: str
    is_binary: bool = False
    takes_bom: bool = False
    """A byte order mark may stand before it."""


_ESCAPED = "In a path that is not UTF-8, each byte that cannot be decoded becomes \\xNN; query -0 has the exact bytes."

WRITERS = {
    "csv": Writer(
        write_csv,
        "CSV by RFC 4180, UTF-8. Text that a spreadsheet would run as a formula gets an apostrophe in front: remove "
        f"one to get the text back. {_ESCAPED}",
        takes_bom=True,
    ),
    "json": Writer(write_json, f"One JSON array. {_ESCAPED}"),
    "ndjson": Writer(write_ndjson, f"One JSON object a line. {_ESCAPED}"),
    "parquet": Writer(
        write_parquet,
        "Parquet; needs: pip install 'photogender[parquet]'. Of a path that is not UTF-8, the column path_bytes has "
        "the exact bytes, and path is text in which each byte that cannot be decoded is \\xNN.",
        is_binary=True,
    ),
}
"""By name, the formats of ``photogender export``; ``query --format`` takes those that are text."""
