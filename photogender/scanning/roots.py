"""What ``--exclude`` leaves out of a folder is remembered in the catalog, and holds until it is changed."""

import os
from collections.abc import Mapping, Sequence

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.roots import put_root, root_patterns
from photogender.errors import PhotogenderError
from photogender.photos.ignore import Rules, absolute_pattern, parse_exclude
from photogender.photos.left_out import LeftOut
from photogender.source import is_folder

Patterns = Mapping[str, tuple[str, ...]]
"""The patterns of each folder that was named, as ``root_patterns`` gives them."""


def remembered_exclude(patterns: Patterns, roots: Sequence[str]) -> tuple[str, ...]:
    """The patterns remembered for some folders, as absolute paths, which ``walk`` applies to their folder alone."""
    return tuple(absolute_pattern(pattern, root) for root in roots for pattern in patterns.get(root, ()))


def outer_rules(patterns: Patterns, roots: Sequence[str]) -> dict[str, tuple[Rules, ...] | None]:
    """What scanned folders around some folders leave out of them, as ``walk`` takes it."""
    found: dict[str, tuple[Rules, ...] | None] = {}
    for outer in patterns:
        inside = [root for root in roots if root.startswith(os.path.join(outer, "")) and is_folder(root)]
        left_out = LeftOut(outer, remembered_exclude(patterns, [outer])) if inside else None
        for root in inside:
            rules, others = left_out.rules_in(root) if left_out else (), found.get(root, ())
            found[root] = None if rules is None or others is None else (*others, *rules)
    return found


def remember_roots(catalog: Catalog, roots: Sequence[str], exclude: Sequence[str]) -> None:
    """Record the folders among ``roots``; patterns replace those of earlier scans, none at all keeps them."""
    folders = [root for root in roots if is_folder(root)]
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
    left_out = {root: LeftOut(root, remembered_exclude(patterns, [root])) for root in patterns}
    found, kept = [], set()
    for key, *names in catalog.fetch("SELECT photo_id, path, root FROM places ORDER BY folder, path"):
        path, root = map(catalog.as_path, names)
        if root in left_out and any(path in each for each in left_out.values()):
            found.append((key, path))
        else:
            kept.add(key)  # also if another place of it is left out
    return [(key, path) for key, path in found if key not in kept]
