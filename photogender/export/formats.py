"""Rows as CSV, JSON, NDJSON, Parquet or a list of paths, streamed by rows or groups of rows."""

import codecs
import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from photogender.errors import PhotogenderError
from photogender.labels import NOTICE

if TYPE_CHECKING:
    from photogender.catalog.catalog import Row
from photogender.catalog.columns import TAGS

_ROW_GROUP = 20_000
"""Rows in memory for one Parquet row group: some tens of MB."""

_FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""Text that a spreadsheet would run, also after apostrophes, so that removing one always restores the original.

The characters are OWASP's, https://owasp.org/www-community/attacks/CSV_Injection, with the full-width forms that
spreadsheets treat alike.
"""


def write_csv(columns: Sequence[str], rows: "Iterable[Row]", stream: BinaryIO) -> None:
    """RFC 4180 in UTF-8, with a header; paths keep their exact bytes, None is an empty cell.

    Text that a spreadsheet would run as a formula is prefixed with an apostrophe; numbers never are.
    """
    writer = csv.writer(codecs.getwriter("utf-8")(stream, "surrogateescape"))
    writer.writerow(_csv_cell(column) for column in columns)
    for row in rows:
        writer.writerow(_csv_cell(row[column]) for column in columns)


def _csv_cell(value: object) -> object:
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return str(value).lower() if isinstance(value, bool) else value


def write_json(columns: Sequence[str], rows: "Iterable[Row]", stream: BinaryIO) -> None:
    """One array of objects in UTF-8, one object per line; bytes of a path that are not UTF-8 become ``\\udcXX``."""
    before = b"[\n"
    for row in rows:
        stream.write(before + _json(columns, row))
        before = b",\n"
    stream.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def write_ndjson(columns: Sequence[str], rows: "Iterable[Row]", stream: BinaryIO) -> None:
    """One object per line in UTF-8; bytes of a path that are not UTF-8 become ``\\udcXX``."""
    for row in rows:
        stream.write(_json(columns, row) + b"\n")


def _json(columns: Sequence[str], row: "Row") -> bytes:
    finite = {name: None if row[name] in (math.inf, -math.inf) else row[name] for name in columns}
    # Only lone surrogates cannot be encoded, and Python's escape for them is that of JSON.
    return json.dumps(finite, ensure_ascii=False, allow_nan=False).encode(errors="backslashreplace")


def write_paths(rows: "Iterable[Row]", stream: BinaryIO, end: bytes = b"\n") -> None:
    """The ``path`` of each row in its exact bytes, followed by ``end``; consecutive rows with one path count once."""
    before = None
    for row in rows:
        path = str(row["path"])
        if path != before:
            stream.write(path.encode(errors="surrogateescape") + end)
        before = path


def write_parquet(columns: Sequence[str], rows: "Iterable[Row]", stream: BinaryIO) -> None:
    """Row groups, with the notice in the metadata; bytes of a path that are not UTF-8 become the text ``\\udcXX``.

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
    types = {column.name: of_sql[column.type.split()[0]] for column in TAGS} | {"reviewed": pa.bool_()}
    schema = pa.schema(
        [(name, types.get(name, pa.int64())) for name in columns], metadata={"title": "photogender", "notice": NOTICE}
    )
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _groups(rows):
            texts = [row | {"path": str(row["path"]).encode(errors="backslashreplace").decode()} for row in group]
            writer.write_table(pa.Table.from_pylist(texts, schema=schema))


def _groups(rows: "Iterable[Row]") -> "Iterator[list[Row]]":
    rest = iter(rows)
    while group := list(islice(rest, _ROW_GROUP)):
        yield group


class Writer(NamedTuple):
    """A file format."""

    write: "Callable[[Sequence[str], Iterable[Row], BinaryIO], None]"
    help: str
    is_binary: bool = False


WRITERS = {
    "csv": Writer(
        write_csv,
        "CSV by RFC 4180, UTF-8. Text that a spreadsheet would run as a formula gets an apostrophe in front: remove "
        "one to get the text back. Paths that are not UTF-8 keep their bytes.",
    ),
    "json": Writer(write_json, "One JSON array. Bytes of a path that are not UTF-8 become \\udcXX."),
    "ndjson": Writer(write_ndjson, "One JSON object a line. Bytes of a path that are not UTF-8 become \\udcXX."),
    "parquet": Writer(write_parquet, "Parquet; needs: pip install 'photogender[parquet]'", is_binary=True),
}
"""By name, the formats of ``photogender export``; ``query --format`` takes those that are text."""
