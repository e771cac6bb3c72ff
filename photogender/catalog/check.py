"""What is wrong with a whole catalog: pages, types and values of cells."""

from collections.abc import Iterator

from photogender.catalog import columns
from photogender.catalog.catalog import Catalog
from photogender.catalog.columns import Column

_TABLES: dict[str, tuple[tuple[Column, ...], tuple[str, ...]]] = {
    "pictures": (columns.PICTURES, columns.PICTURES_CHECKS),
    "places": (columns.PLACES, ()),
    "folders": (columns.FOLDERS, ()),
    "thumbnails": (columns.THUMBNAILS, ()),
    "faces": (columns.FACES, columns.FACES_CHECKS),
    "corrections": (columns.CORRECTIONS, columns.CORRECTIONS_CHECKS),
    "models": (columns.MODELS, ()),
    "runs": (columns.RUNS, ()),
}

_TYPES = {
    "TEXT": "'text', 'blob', 'null'",
    "INTEGER": "'integer', 'null'",
    "REAL": "'real', 'integer', 'null'",
    "BLOB": "'blob'",
}


def problems(catalog: Catalog) -> Iterator[str]:
    """What is wrong, the first of each kind, in words. Reads the whole file.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    (damage,) = catalog.fetch("PRAGMA quick_check(1)").fetchone()
    if damage != "ok":
        yield str(damage)
    # SQLite's own check leaves out the CHECK constraints of a file that it may only read.
    for table, (of_table, checks) in _TABLES.items():
        wrong = [f"typeof({column.name}) NOT IN ({_TYPES[column.type.split()[0]]})" for column in of_table]
        wrong += [f"NOT ({column.name} {column.check})" for column in of_table if column.check]
        wrong += [f"NOT ({check})" for check in checks]
        wrong += [f"{column.name} IS NULL" for column in of_table if "NOT NULL" in column.type]
        row = catalog.fetch(f"SELECT id FROM {table} WHERE {' OR '.join(wrong)} LIMIT 1").fetchone()  # noqa: S608
        if row:
            yield f"row {row[0]} of {table} holds what it cannot hold"
