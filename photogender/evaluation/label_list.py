"""Reading label lists, which come from elsewhere: every fault is reported with file and line."""

import csv
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from photogender.errors import PhotogenderError

Row = TypeVar("Row")

_LONGEST_LINE = 1_000_000
"""Characters."""


def read_list(
    path: str,
    columns: Sequence[str],
    parse: Callable[[dict[str, str]], Row],
    hint: str,
    dialect: type[csv.Dialect] = csv.excel,
) -> list[Row]:
    """The lines of a table with a header, each as what ``parse`` makes of it.

    Bytes that are not UTF-8 are kept as ``os.fsdecode`` keeps them, so that they still name a file.

    Args:
        path: The file.
        columns: Columns that the file must have.
        parse: Gets the cells of a line by column. The text of a ``ValueError`` that it raises becomes the reason.
        hint: What the file should look like.
        dialect: Delimiter and quotes.

    Raises:
        PhotogenderError: The file cannot be read, lacks a column, or has a line that cannot be used.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            # A file without line breaks comes in pieces, which are then refused, and not as one line of its size.
            table = csv.DictReader(iter(partial(file.readline, _LONGEST_LINE), ""), dialect=dialect)
            try:
                header = table.fieldnames or ()
                if not "".join(header).isprintable():  # UTF-16, or not a text at all
                    raise PhotogenderError(f"{path} cannot be read: it is not text in UTF-8.", hint)
                if missing := [column for column in columns if column not in header]:
                    raise PhotogenderError(f"{path} has no column {missing[0]}.", hint)
                return [parse(_complete(cells)) for cells in table]
            except (csv.Error, ValueError) as error:
                line = f"{path}, line {max(table.line_num, 1)}"
                raise PhotogenderError(f"{line}, cannot be used: {error}.", hint) from error
    except OSError as error:
        raise PhotogenderError(f"{path} cannot be read: {error.strerror or error}.", hint) from error


def _complete(cells: dict[str, str]) -> dict[str, str]:
    """The cells of a line that has one for each column, as ``csv.DictReader`` gives them."""
    if None in cells.values():
        raise ValueError("it has too few columns")
    if None in cells:
        raise ValueError("it has too many columns")
    if any("\0" in cell for cell in cells.values()):
        raise ValueError("it has a null character")
    return cells
