"""What ``--exclude`` leaves out of a folder is remembered in the catalog, and holds until it is changed."""

import os
from collections.abc import Sequence

from photogender.catalog.catalog import Catalog
from photogender.catalog.roots import put_root, root_patterns
from photogender.errors import PhotogenderError
from photogender.photos.ignore import absolute_pattern, parse_exclude
from photogender.photos.left_out import LeftOut


def remembered_exclude(catalog: Catalog, roots: Sequence[str]) -> tuple[str, ...]:
    """The patterns remembered for some folders, as absolute paths, which ``walk`` applies to their folder alone."""
    patterns = root_patterns(catalog)
    return tuple(absolute_pattern(pattern, root) for root in roots for pattern in patterns.get(root, ()))


def remember_roots(catalog: Catalog, roots: Sequence[str], exclude: Sequence[str]) -> None:
    """Record the folders among ``roots``; patterns replace those of earlier scans, none at all keeps them."""
    folders = [root for root in roots if os.path.isdir(root)]
    for folder in folders:
        others = tuple(os.path.join(other, "") for other in folders if other != folder)
        own = [pattern for pattern in exclude if not pattern.removeprefix("!").startswith(others)]
        put_root(catalog, folder, own if exclude else None)


def change_exclude(catalog: Catalog, folder: str, exclude: Sequence[str]) -> None:
    """Replace the patterns that are remembered for a folder; it is scanned with them from the next scan on.

    Raises:
        PhotogenderError: The folder was never scanned, or a pattern is not valid.
    """
    if folder not in root_patterns(catalog):
        raise PhotogenderError(f"{folder} is not a folder that was scanned.", "See them with: photogender exclude")
    parse_exclude(exclude, [folder])
    put_root(catalog, folder, exclude)


def left_out_photos(catalog: Catalog) -> list[tuple[int, str]]:
    """Photos of the catalog, as id and path, that a scan of their folder would leave out now.

    A photo whose folder was never named, but the photo itself, is not left out.
    """
    patterns = root_patterns(catalog)
    left_out = {root: LeftOut(root, remembered_exclude(catalog, [root])) for root in patterns}
    found, kept = [], set()
    for key, *names in catalog.fetch("SELECT photo_id, path, root FROM places ORDER BY folder, path"):
        path, root = map(os.fsdecode, names)
        if root in left_out and path in left_out[root]:
            found.append((key, path))
        else:
            kept.add(key)  # also if another place of it is left out
    return [(key, path) for key, path in found if key not in kept]
