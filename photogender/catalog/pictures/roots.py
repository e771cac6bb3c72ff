"""The folders that were named to be scanned, and the patterns that leave out files of each."""

import json
import os
from collections.abc import Sequence

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite.connection import damaged
from photogender.catalog.sqlite.database import stored


def root_patterns(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The patterns of each folder that was named, by its path."""
    rows = catalog.fetch("SELECT path, exclude FROM roots ORDER BY path")
    return {catalog.as_path(path): _patterns(catalog, exclude) for path, exclude in rows}


def put_root(catalog: Catalog, path: str, exclude: Sequence[str] | None) -> None:
    """Add a folder, or change its patterns; None keeps those that it has."""
    with catalog.transaction():
        catalog.fetch("INSERT OR IGNORE INTO roots (path) VALUES (?)", [stored(path)])
        if exclude is not None:
            catalog.fetch("UPDATE roots SET exclude = ? WHERE path = ?", [json.dumps(list(exclude)), stored(path)])


def scanned_paths(catalog: Catalog) -> list[str]:
    """What a rescan scans: folders that were named and have photos, and photos outside them that were named."""
    used = {catalog.as_path(root) for (root,) in catalog.fetch("SELECT DISTINCT root FROM places")}
    named = {folder: os.path.join(folder, "") for folder in root_patterns(catalog)}
    photos = catalog.fetch("SELECT path, root FROM places WHERE root NOT IN (SELECT path FROM roots)")
    places = [(catalog.as_path(path), os.path.join(catalog.as_path(root), "")) for path, root in photos]
    alone = [path for path, _ in places if not path.startswith(tuple(named.values()))]
    holders = {folder for folder, base in named.items() if any(root.startswith(base) for _, root in places)}
    return sorted([*((used | holders) & named.keys()), *alone])


def _patterns(catalog: Catalog, exclude: str) -> tuple[str, ...]:
    try:
        patterns = json.loads(exclude)
    except (TypeError, ValueError, RecursionError):
        patterns = None
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise damaged(catalog.path, "what is left out of a folder is not a list of patterns")
    return tuple(patterns)
