"""Photos of the catalog whose files are not where they were: moved, deleted, or on a drive that is away."""

import os
from collections.abc import Iterator
from functools import lru_cache

from photogender.catalog.catalog import Catalog, Place


def gone_photos(catalog: Catalog) -> Iterator[Place]:
    """Every photo of the catalog with no file at its path now; a missing folder is looked for once."""
    has_folder = lru_cache(maxsize=1024)(os.path.isdir)
    for place in catalog.places():
        if not (has_folder(os.path.dirname(place.path)) and os.path.lexists(place.path)):
            yield place


def is_root_gone(root: str) -> bool:
    """Whether a scanned folder is missing or empty, as when its drive is not connected."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is None
    except OSError:
        return True
