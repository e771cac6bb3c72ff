"""What is wrong with a whole catalog: pages, indexes, references, types and values of cells."""

from collections.abc import Iterator

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite.cells import PATHS
from photogender.catalog.sqlite.tables import TABLES
from photogender.catalog.sqlite.views import SHOWN

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
        if is_miscounted(catalog):
            yield "the numbers of faces that are kept are not those of the faces"
        for name in TABLES:  # SQLite itself goes through them in another order in each version
            for _, row, other, _ in catalog.fetch(f"PRAGMA foreign_key_check({name})").fetchmany(1):
                yield f"row {row} of {name} means a row of {other} that is not there"
    # SQLite's own check leaves out the CHECK constraints of a file that it may only read.
    for name, table in TABLES.items():
        wrong = [f"NOT ({check})" for check in table.checks + table.unwatched]
        for column in table.columns:
            kinds = "'text', 'blob', 'null'" if column.name in PATHS else _TYPES[column.type.split()[0]]
            wrong.append(f"typeof({column.name}) NOT IN ({kinds})")
            if column.check:
                wrong.append(f"NOT ({column.name} {column.check})")
            if "NOT NULL" in column.type:
                wrong.append(f"{column.name} IS NULL")
        row = catalog.fetch(f"SELECT id FROM {name} WHERE {' OR '.join(wrong)} LIMIT 1").fetchone()  # noqa: S608
        if row:
            yield f"row {row[0]} of {name} holds what it cannot hold"


def miscounted_face(catalog: Catalog) -> int | None:
    """A face whose row of ``shown`` differs from that of ``tags``, or that is in one of the two only; None: none does.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    names = ", ".join(["face_id", *(column.name for column in SHOWN)])
    for one, other in (("tags", "shown"), ("shown", "tags")):
        row = catalog.fetch(f"SELECT {names} FROM {one} EXCEPT SELECT {names} FROM {other} LIMIT 1").fetchone()  # noqa: S608
        if row:
            return int(row[0])
    return None


def is_miscounted(catalog: Catalog) -> bool:
    """Whether the numbers of ``tallied`` differ from those of ``shown``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    kinds = "gender, age, age_group, reviewed"
    kept = f"SELECT taken, {kinds}, sum(faces) FROM tallied GROUP BY 1, 2, 3, 4, 5 HAVING sum(faces)"  # noqa: S608
    shown = f"SELECT substr(taken, 1, 7) AS taken, {kinds.replace('age,', 'CAST(age AS INTEGER),', 1)} FROM shown"  # noqa: S608
    right = f"SELECT *, count(*) FROM ({shown}) GROUP BY 1, 2, 3, 4, 5"  # noqa: S608
    both, either = (
        catalog.fetch(f"SELECT count(*) FROM ({kept} {how} {right})").fetchone()[0]  # noqa: S608
        for how in ("INTERSECT", "UNION")
    )
    return bool(both != either)
