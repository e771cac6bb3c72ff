"""Copy what the catalog's columns mean from photogender into metadata.yaml, which Datasette reads.

python -m examples.describe_columns
"""

import re
from pathlib import Path
from textwrap import wrap

from photogender.catalog.sqlite.columns import Column
from photogender.catalog.sqlite.tables import PHOTOS, TABLES, TALLIES
from photogender.catalog.sqlite.views import PEOPLE, SHOWN, TAGS

METADATA = Path(__file__).with_name("metadata.yaml")

DESCRIBED = {
    "tags": TAGS,
    "people": PEOPLE,
    "photos": (Column("id", "INTEGER", "The photo_id of its faces and places."), *PHOTOS),
    "shown": SHOWN,
    "tallied": (Column("face_id", "INTEGER", "0 for a row of tallies."), *TALLIES),
    **{name: table.columns for name, table in TABLES.items()},
}

_WIDTH = 118


def described(text: str) -> str:
    """The text of metadata.yaml with the columns of each table described as in the catalog's tables and views."""
    for table, columns in DESCRIBED.items():
        before = rf"(?m)^(      {table}:\n(?:^        .*\n)*?^        columns:\n)(?:^          .*\n)+"
        lines = "".join(_lines(column) for column in columns).replace("\\", r"\\")
        text, number = re.subn(before, rf"\g<1>{lines}", text)
        if number != 1:
            raise SystemExit(f"metadata.yaml has no columns of {table}")
    return text


def _lines(column: Column) -> str:
    line = f"          {column.name}: {column.meaning}\n"
    if len(line) <= _WIDTH and ": " not in column.meaning:
        return line
    return f"          {column.name}: >-\n" + "".join(f"            {part}\n" for part in wrap(column.meaning, 104))


if __name__ == "__main__":
    METADATA.write_text(described(METADATA.read_text(encoding="utf-8")), encoding="utf-8")
