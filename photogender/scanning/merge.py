"""Merging catalogs that were scanned apart: shards of one library, or several machines' own.

The files of all parts are recorded in the order in which one scan of everything would have found them, so identity
holds: a picture known by its content stays one, wherever its files are. Merging again changes nothing.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from heapq import merge as in_order
from itertools import islice
from typing import NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.pictures.gone import refresh_places
from photogender.catalog.pictures.recorder import ModelInfo, Recorder, ScanInfo
from photogender.catalog.pictures.results import read_result
from photogender.catalog.pictures.roots import put_root, root_patterns
from photogender.catalog.said.corrections_file import Line, export_lines, import_lines
from photogender.catalog.sqlite.connection import damaged, from_json
from photogender.catalog.sqlite.database import stored
from photogender.errors import CatalogError
from photogender.records import Copied, Outcome, Photo, Skipped, Tagged
from photogender.scanning.edited import follow_edits
from photogender.scanning.mapping import FolderMap

_WINDOW = 500
"""Files in one transaction."""


@dataclass(slots=True)
class Merged:
    """What a part brought."""

    seen: int = 0
    """Files of the part that were compared."""
    photos: int = 0
    """Files that are new, or were scanned again."""
    faces: int = 0
    corrections: int = 0
    older: int = 0
    """Files of which the catalog had a later scan, which stays."""
    waiting: list[Line] = field(default_factory=list)
    """Corrections of faces that the catalog does not have; it keeps them."""
    nameless: list[Line] = field(default_factory=list)
    """Corrections of which a damaged part does not know the face any more."""


@dataclass(frozen=True, slots=True)
class _Part:
    catalog: Catalog
    folders: FolderMap
    result: Merged

    def photo(self, file: "_File") -> Photo:
        """A file as the merged catalog has it."""
        root, size, mtime_ns, ctime_ns = (file.row[name] for name in ("root", "size", "mtime_ns", "ctime_ns"))
        return Photo(file.path, self.folders.there(str(root)), size, mtime_ns, ctime_ns)  # type: ignore[arg-type]


class _File(NamedTuple):
    """A file of a part, with the picture in it; in the order of paths, of one path the earlier scan first."""

    path: str
    scanned_at: str
    number: int
    """Of the part."""
    row: Row
    """Its place in the part, and the picture there."""


def merge(catalog: Catalog, parts: Sequence[Catalog], folders: FolderMap) -> Iterator[list[Merged]]:
    """Merge parts into a catalog; yields the counts so far of each part after each transaction, and at the end.

    Args:
        catalog: Open for writing; may be new.
        parts: Open for reading.
        folders: Folders of the parts, and where they are for the catalog.

    Raises:
        CatalogError: A part was scanned with other models or settings, and nothing is merged; or one of the files
            cannot be read or written, and what was yielded before is merged.
    """
    info = _info(catalog, parts, folders)
    both = [_Part(part, folders, Merged()) for part in parts]
    results = [part.result for part in both]
    for part in parts:
        for path, exclude in root_patterns(part).items():
            put_root(catalog, folders.there(path), exclude or None)
    if info:
        recorder = Recorder(catalog, info)
        files = _files(parts, folders)
        while window := list(islice(files, _WINDOW)):
            if outcomes := list(_outcomes(catalog, info.fingerprint, window, both)):
                recorder.save(outcomes)
            yield results
        refresh_places(catalog)
        follow_edits(catalog)
        recorder.end("complete")
    for each in both:
        said = import_lines(catalog, export_lines(each.catalog))
        result = each.result
        result.corrections, result.waiting, result.nameless = said.corrections, said.waiting, said.nameless
    yield results


def _info(catalog: Catalog, parts: Sequence[Catalog], folders: FolderMap) -> ScanInfo | None:
    """The merge as a scan: that of the parts' latest scans; None if no part was ever scanned.

    Raises:
        CatalogError: A part has results of other models or settings than the catalog or the first part.
    """
    scans = [scan for part in parts for scan in part.rows("SELECT * FROM runs ORDER BY id DESC LIMIT 1")]
    if not scans:
        return None
    latest = catalog.fetch("SELECT fingerprint FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    fingerprint = str(latest[0] if latest else scans[0]["fingerprint"])
    for part in parts:
        if part.fetch("SELECT 1 FROM pictures WHERE fingerprint <> ? LIMIT 1", [fingerprint]).fetchone():
            models = " and ".join(name for (name,) in part.fetch("SELECT name FROM models ORDER BY id"))
            raise CatalogError(
                f"{part.path} was scanned with other models or settings ({models}) than {catalog.path}.",
                "Scan it again with the same ones, then merge it. Nothing was merged.",
            )
    first = next(part for part in parts if part.fetch("SELECT 1 FROM runs").fetchone())
    detection = first.fetch("SELECT max(detection) FROM pictures").fetchone()[0]
    named = (root for scan in scans for root in from_json(first.path, scan["roots"], list))
    roots = (folders.there(str(root)) for root in named)
    return ScanInfo(
        roots=tuple(dict.fromkeys(roots)),
        version=str(scans[0]["version"]),
        device=", ".join(dict.fromkeys(str(scan["device"]) for scan in scans)),
        settings=from_json(first.path, scans[0]["settings"], dict),
        fingerprint=fingerprint,
        detection=str(detection),
        detector=_model(first, scans[0]["detector_id"]),
        model=_model(first, scans[0]["model_id"]),
    )


def _model(part: Catalog, key: object) -> ModelInfo:
    names = ", ".join(each.name for each in fields(ModelInfo))
    row = part.fetch(f"SELECT {names} FROM models WHERE id = ?", [key]).fetchone()  # noqa: S608
    if row is None:
        raise damaged(part.path, "a scan has a model that is not there")
    return ModelInfo(*row)


def _files(parts: Sequence[Catalog], folders: FolderMap) -> Iterator[_File]:
    """The files of all parts in the order of a walk: those of a folder, then its subfolders."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, part in enumerate(parts):
        for (cell,) in part.fetch("SELECT DISTINCT folder FROM places"):
            folder = part.as_path(cell)
            found.setdefault(folders.there(folder), []).append((number, folder))
    for folder in sorted(found, key=lambda path: path.split(os.sep)):
        there = (_in_folder(number, parts[number], name, folder) for number, name in found[folder])
        yield from in_order(*there, key=_order)


def _order(file: _File) -> tuple[object, ...]:
    return file[:3]


def _in_folder(number: int, part: Catalog, folder: str, there: str) -> list[_File]:
    """The files directly in a folder of a part; ``there`` is where it is for the catalog."""
    rows = part.rows(
        "SELECT places.path, places.root, places.size, places.mtime_ns, places.ctime_ns, content_hash, scanned_at, "
        "skipped_stage, skipped_reason FROM places JOIN pictures ON pictures.id = photo_id WHERE places.folder = ?",
        [stored(folder)],
    )
    files = (
        _File(os.path.join(there, os.path.basename(str(row["path"]))), str(row["scanned_at"]), number, row)
        for row in rows
    )
    return sorted(files, key=_order)


def _outcomes(catalog: Catalog, fingerprint: str, window: Sequence[_File], parts: Sequence[_Part]) -> Iterator[Outcome]:
    """What has to be recorded of some files: nothing of those that the catalog has as they are."""
    taken: set[str] = set()
    for file in window:
        part = parts[file.number]
        part.result.seen += 1
        photo = part.photo(file)
        held = catalog.fetch(
            "SELECT (places.size, places.mtime_ns, content_hash, fingerprint) IS (?, ?, ?, ?), scanned_at > ? "
            "FROM places JOIN pictures ON pictures.id = photo_id WHERE places.path = ?",
            [photo.size, photo.mtime_ns, file.row["content_hash"], fingerprint, file.scanned_at, stored(file.path)],
        ).fetchone()
        if held and any(held):
            part.result.older += not held[0]
            continue
        part.result.photos += 1
        outcome = _outcome(catalog, fingerprint, file, part, taken)
        if isinstance(outcome, Tagged):
            part.result.faces += len(outcome.faces)
        yield outcome


def _outcome(catalog: Catalog, fingerprint: str, file: _File, part: _Part, taken: set[str]) -> Outcome:
    """What a file of a part is for the catalog; ``taken`` are the pictures that will be recorded before it."""
    photo, row = part.photo(file), file.row
    if row["skipped_stage"]:
        return Skipped(photo, row["skipped_stage"], str(row["skipped_reason"]))  # type: ignore[arg-type]
    content_hash = str(row["content_hash"])
    has_it = catalog.fetch(
        "SELECT 1 FROM pictures WHERE content_hash = ? AND fingerprint = ? AND skipped_stage IS NULL",
        [content_hash, fingerprint],
    ).fetchone()
    if not has_it and content_hash not in taken:
        taken.add(content_hash)
        if found := read_result(part.catalog, content_hash, fingerprint, photo):
            return found
    return Copied(photo, content_hash, photo.path)
