"""How many faces there are of each month, gender, age, group, and reviewed or not: kept in ``tallies``.

A scan adds its faces in lots, since each one by itself would cost it a tenth of its time. Faces with higher ids than
``catalog.tallied`` are not in yet: the view ``tallied`` has both. What happens to the others, triggers note.
"""

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite.schema import add_to_tallies

LOT = 20_000
"""Faces after which a scan adds them."""

_ADDED = add_to_tallies(
    "taken, gender, age, age_group, reviewed, sum(faces) FROM tallied WHERE face_id > ? GROUP BY 1, 2, 3, 4, 5"
)


def tally(catalog: Catalog) -> None:
    """Add the faces that are not in yet.

    Raises:
        CatalogError: The catalog cannot be written.
    """
    known, last = catalog.fetch("SELECT tallied, (SELECT max(face_id) FROM shown) FROM catalog").fetchone()
    if (last or 0) > known:
        with catalog.transaction(people=False):
            catalog.fetch(_ADDED, [known])
            catalog.fetch("UPDATE catalog SET tallied = ?", [last])
