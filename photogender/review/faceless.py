"""Photos in which no face was found, for the page: there a face can be drawn."""

import os
from dataclasses import replace

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters, match_photos
from photogender.review.choices import known_folder
from photogender.review.question import BadRequestError
from photogender.text import printable

PAGE = 60
"""Photos in one answer."""


def faceless(catalog: Catalog, filters: Filters, beyond: str | None) -> dict[str, object]:
    """The first ``photos`` without faces that match the filters, and ``beyond``: where the next ones begin, or None.

    Args:
        catalog: Open for reading.
        filters: Those of the page.
        beyond: From an earlier answer; None: from the first photo.

    Raises:
        BadRequestError: ``beyond`` is none.
        CatalogError: The catalog cannot be read.
    """
    if beyond is not None and not (beyond.isascii() and beyond.isdecimal() and len(beyond) < 19):
        raise BadRequestError("beyond must come from an earlier response.")
    condition, values = match_photos(replace(known_folder(catalog, filters), faces=(0, 0)))
    sql = f"SELECT id, path, taken FROM photos WHERE id > ? AND {condition} ORDER BY id LIMIT {PAGE + 1}"  # noqa: S608
    rows = list(catalog.rows(sql, [int(beyond or 0), *values]))
    photos = []
    for row in rows[:PAGE]:
        folder, file = os.path.split(str(row["path"]))
        facts = {"id": row["id"], "taken": row["taken"]}
        photos.append({**facts, "file": printable(file), "folder": printable(folder)})
    return {"photos": photos, "beyond": str(photos[-1]["id"]) if len(rows) > PAGE else None}
