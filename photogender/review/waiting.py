"""Corrections whose face no photo shows now, for the page."""

from itertools import islice

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.waiting import waiting
from photogender.text import printable

SHOWN = 200
"""Corrections listed at most."""


def waiting_corrections(catalog: Catalog) -> dict[str, object]:
    """How many wait (``total``), and the first of them (``corrections``), with paths in printable form.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    rows = waiting(catalog)
    shown = [row | {"path": printable(str(row["path"]))} for row in islice(rows, SHOWN)]
    return {"total": len(shown) + sum(1 for _ in rows), "corrections": shown}
