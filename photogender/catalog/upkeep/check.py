"""What is wrong with a whole catalog: pages, indexes, references, types and values of cells."""

from collections.abc import Iterator

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite import columns
from photogender.catalog.sqlite.cells import PATHS
from photogender.catalog.sqlite.columns import Column

_TABLES: dict[str, tuple[tuple[Column, ...], tuple[str, ...]]] = {
    "pictures": (columns.PICTURES, columns.PICTURES_CHECKS),
    "places": (columns.PLACES, ()),
    "folders": (columns.FOLDERS, ()),
    "roots": (columns.ROOTS, ("json_valid(exclude) AND json_type(exclude) = 'array'",)),
    "thumbnails": (columns.THUMBNAILS, ()),
    "faces": (columns.FACES, (*columns.FACES_CHECKS, "json_valid(landmarks)")),
    "corrections": (columns.CORRECTIONS, columns.CORRECTIONS_CHECKS),
    "imported": (columns.IMPORTED, ()),
    "models": (columns.MODELS, ()),
    "runs": (columns.RUNS, ()),
    "persons": (columns.PERSONS, columns.PERSONS_CHECKS),
    "deductions": (columns.DEDUCTIONS, ()),
    "changes": (columns.CHANGES, tuple(f"json_valid({name})" for name in ("names", "before", "corrections"))),
    "catalog": (columns.CATALOG, ()),
}

_TYPES = {
    "TEXT": "'text', 'null'",
    "INTEGER": "'integer', 'null'",
    "REAL": "'real', 'integer', 'null'",
    "BLOB": "'blob'",
}


def problems(catalog: Catalog, *, thorough: bool = False) -> Iterator[str]:
    """What is wrong, the first of each kind, in words. Reads the whole file.

    Args:
        catalog: Open for reading.
        thorough: Also compare every index with its table, and every reference with the row that it means.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    (damage,) = catalog.fetch(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchone()
    if damage != "ok":
        yield str(damage)
    if thorough:
        if face_id := miscounted_face(catalog):
            yield f"what is counted of face {face_id} is not what is shown of it"
        for table, row, other, _ in catalog.fetch("PRAGMA foreign_key_check").fetchmany(1):
            yield f"row {row} of {table} means a row of {other} that is not there"
    # SQLite's own check leaves out the CHECK constraints of a file that it may only read.
    for table, (of_table, checks) in _TABLES.items():
        kinds = {column.name: "'text', 'blob', 'null'" for column in of_table if column.name in PATHS}
        kinds = {column.name: _TYPES[column.type.split()[0]] for column in of_table} | kinds
        wrong = [f"typeof({name}) NOT IN ({kind})" for name, kind in kinds.items()]
        wrong += [f"NOT ({column.name} {column.check})" for column in of_table if column.check]
        wrong += [f"NOT ({check})" for check in checks]
        wrong += [f"{column.name} IS NULL" for column in of_table if "NOT NULL" in column.type]
        row = catalog.fetch(f"SELECT id FROM {table} WHERE {' OR '.join(wrong)} LIMIT 1").fetchone()  # noqa: S608
        if row:
            yield f"row {row[0]} of {table} holds what it cannot hold"


def miscounted_face(catalog: Catalog) -> int | None:
    """A face whose row of ``shown`` differs from that of ``tags``, or that is in one of the two only; None: none does.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    names = ", ".join(["face_id", *(column.name for column in columns.SHOWN)])
    for one, other in (("tags", "shown"), ("shown", "tags")):
        row = catalog.fetch(f"SELECT {names} FROM {one} EXCEPT SELECT {names} FROM {other} LIMIT 1").fetchone()  # noqa: S608
        if row:
            return int(row[0])
    return None
