"""Export faces from the catalog to XMP sidecars."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.filters import Filters
from photogender.catalog.questions import as_face, as_photo, photos_with_tags
from photogender.errors import DecodeError, SidecarError
from photogender.photos.file import open_scanned
from photogender.stream import prefetch
from photogender.xmp.document import Tags, merged
from photogender.xmp.keywords import DEFAULT_TEMPLATES, keywords, visible
from photogender.xmp.regions import stored_size, to_stored
from photogender.xmp.sidecars import Sharing, Style, read_sidecar, sidecar_path, write_sidecar

_WORKERS = 8
"""Threads. They mostly wait, because each sidecar is synced to disk before it replaces the old one."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How sidecars are written."""

    style: Style = "name.ext.xmp"
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    remove: bool = False
    """Remove what earlier exports wrote, and write nothing."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The result for one photo's sidecar."""

    photo: str
    sidecar: str
    before: bytes | None = None
    """Its content; None if it did not exist."""
    after: bytes | None = None
    reason: str = ""
    """Why it was skipped and left as it was; empty otherwise."""
    remark: str = ""
    """What could not be written although the rest was; empty otherwise."""


def export_xmp(catalog: Catalog, filters: Filters, settings: Settings) -> Iterator[Exported]:
    """Update the sidecars of the photos that match the photo filters with the faces that match all filters.

    What earlier exports wrote for other faces of these photos is removed. Photos are never opened for writing.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return prefetch(partial(_export, settings), _work(catalog, filters, settings), _WORKERS, 4 * _WORKERS)


@dataclass(frozen=True, slots=True)
class _Work:
    row: Row
    faces: Sequence[Row]
    sidecar: str
    reason: str


def _work(catalog: Catalog, filters: Filters, settings: Settings) -> Iterator[_Work]:
    sharing = Sharing(catalog)
    for row, faces in photos_with_tags(catalog, filters):
        path, reason = str(row["path"]), ""
        if settings.style == "adobe":
            try:
                sharing.check(path)
            except SidecarError as error:
                reason = error.message
        yield _Work(row, [] if settings.remove else faces, sidecar_path(path, settings.style), reason)


def _export(settings: Settings, work: _Work) -> Exported:
    """Export one photo; runs on a worker thread."""
    path, sidecar = str(work.row["path"]), work.sidecar
    if work.reason:
        return Exported(path, sidecar, reason=work.reason)
    try:
        before = read_sidecar(sidecar)
        if before is None and not work.faces:
            return Exported(path, sidecar)
        tags = _tags(work.row, work.faces, settings.templates) if work.faces else Tags()
        after, remark = merged(before, tags)
        if after != before and not settings.dry_run:
            write_sidecar(sidecar, after)
    except SidecarError as error:
        return Exported(path, sidecar, reason=error.message)
    if before is None and settings.style != "adobe" and os.path.lexists(sidecar_path(path, "adobe")):
        # Immich (docs: XMP sidecars) reads IMG.xmp only if there is no IMG.jpg.xmp.
        remark = "programs that read one sidecar only will not see the other one, as IMG.xmp"
    return Exported(path, sidecar, before, after, remark=remark)


def _tags(row: Row, faces: Sequence[Row], templates: Sequence[str]) -> Tags:
    orientation = orientation_of(row)
    width, height = int(str(row["width"])), int(str(row["height"]))
    areas = ((to_stored(as_face(face).box, width, height, orientation), face["name"]) for face in faces)
    regions = tuple((area, visible(name)) for area, name in areas if area)  # type: ignore[arg-type]
    return Tags(keywords(faces, templates), regions, stored_size(width, height, orientation))


def orientation_of(row: Row) -> int:
    """The EXIF orientation of a photo in the catalog, read from its file.

    Raises:
        SidecarError: The file is missing, unreadable, or changed after it was scanned.
    """
    try:
        with open_scanned(as_photo(row)) as file:
            return file.orientation
    except DecodeError as error:
        raise SidecarError(f"its photo: {error.message}") from error
