"""Export faces from the catalog to XMP sidecars."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.questions import as_face, as_photo, at_places, photo_with_tags, photos_with_tags
from photogender.errors import DecodeError, SidecarError
from photogender.photos.file import open_scanned
from photogender.stream import prefetch
from photogender.xmp.document import Tags, merged
from photogender.xmp.keywords import DEFAULT_TEMPLATES, keywords, visible
from photogender.xmp.record import WRITTEN
from photogender.xmp.regions import stored_size, to_stored
from photogender.xmp.seed import seed
from photogender.xmp.sidecars import Choice, Sidecars, Style, read_sidecar, write_sidecar

_WORKERS = 8
"""Threads. They mostly wait, because each sidecar is synced to disk before it replaces the old one."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How sidecars are written."""

    style: Style = "auto"
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    remove: bool = False
    """Remove what earlier exports wrote, and write nothing."""
    dry_run: bool = False
    discard: bool = False
    """Keep no copy of a photo that XMP is written into."""
    forget: bool = False
    """Take out names that another catalog wrote, too. Otherwise they stay where this one has no name."""


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
    done = prefetch(partial(_export, settings), _work(catalog, filters, settings), _WORKERS, 4 * _WORKERS)
    return (each for photo in done for each in photo)


def update_xmp(catalog: Catalog, photo_ids: Iterable[int]) -> Iterator[Exported]:
    """Update the sidecars that earlier exports wrote for some photos, after their faces changed.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    settings, sidecars, mark = Settings(forget=True), Sidecars(catalog), catalog.mark
    for photo_id in photo_ids:
        photo, faces = photo_with_tags(catalog, photo_id) or ({}, [])
        for row in at_places(catalog, photo) if photo else ():
            path = str(row["path"])
            try:
                choice = sidecars.choose(path, settings.style)
                found = [read_sidecar(each) or b"" for each in (choice.target, *choice.others)]
            except SidecarError as error:
                yield Exported(path, path, reason=error.message)
                continue
            if any(WRITTEN.encode() in each for each in found):
                yield from _export(settings, _Work(row, faces, choice, mark))


@dataclass(frozen=True, slots=True)
class _Work:
    row: Row
    faces: Sequence[Row]
    sidecars: Choice | SidecarError
    mark: str
    """Of the catalog."""


def _work(catalog: Catalog, filters: Filters, settings: Settings) -> Iterator[_Work]:
    sidecars, mark = Sidecars(catalog), catalog.mark
    for photo, faces in photos_with_tags(catalog, filters):
        for row in at_places(catalog, photo, filters.folder):
            try:
                choice: Choice | SidecarError = sidecars.choose(str(row["path"]), settings.style)
            except SidecarError as error:
                choice = error
            yield _Work(row, [] if settings.remove else faces, choice, mark)


def _export(settings: Settings, work: _Work) -> list[Exported]:
    """Export one photo; runs on a worker thread. The first result is that of the sidecar to write."""
    path, choice = str(work.row["path"]), work.sidecars
    if isinstance(choice, SidecarError):
        return [Exported(path, path, reason=choice.message)]
    done = [_update(path, choice.target, partial(_merge, work, settings), settings.dry_run)]
    if done[0].before is None and done[0].after is not None and choice.hidden:
        # Immich (docs: XMP sidecars) reads IMG.xmp only if there is no IMG.jpg.xmp.
        remark = f"programs that read one sidecar only will not see {os.path.basename(choice.hidden)} any more"
        done = [replace(done[0], remark=done[0].remark or remark)]
    for other in choice.others:
        cleaned = _update(path, other, lambda before: merged(before, nothing(settings, work.mark)), settings.dry_run)
        done += [cleaned] if cleaned.after != cleaned.before else []
    return done


def _update(
    path: str, sidecar: str, merge: Callable[[bytes | None], tuple[bytes | None, str]], dry_run: bool
) -> Exported:
    try:
        before = read_sidecar(sidecar)
        after, remark = merge(before)
        if after != before and not dry_run:
            write_sidecar(sidecar, after)
    except SidecarError as error:
        return Exported(path, sidecar, reason=error.message)
    return Exported(path, sidecar, before, after, remark=remark)


def _merge(work: _Work, settings: Settings, before: bytes | None) -> tuple[bytes | None, str]:
    if not work.faces:
        return merged(before, nothing(settings, work.mark)) if before is not None else (None, "")
    try:
        with open_scanned(as_photo(work.row)) as file:
            orientation, xmp, extension, iptc = file.orientation, file.xmp, file.xmp_extension, file.iptc
    except DecodeError as error:
        raise SidecarError(f"its photo: {error.message}") from error
    try:
        inside = seed(xmp, iptc, extension, work.mark) if xmp or iptc else None
    except SidecarError as error:
        raise SidecarError(f"the XMP inside its photo: {error.message}") from error
    return merged(before, tags_of(work.row, work.faces, settings, work.mark, orientation), inside)


def nothing(settings: Settings, mark: str) -> Tags:
    """Takes out what earlier exports wrote; ``mark`` is the catalog's."""
    return Tags(catalog=mark, replaces_all=settings.remove or settings.forget)


def tags_of(row: Row, faces: Sequence[Row], settings: Settings, mark: str, orientation: int) -> Tags:
    """What to write for a photo, from its row, the rows of its faces, the catalog's mark and its EXIF orientation."""
    width, height = int(str(row["width"])), int(str(row["height"]))
    areas = ((to_stored(as_face(face).box, width, height, orientation), face["name"]) for face in faces)
    regions = tuple((area, visible(name)) for area, name in areas if area)  # type: ignore[arg-type]
    size = stored_size(width, height, orientation)
    return Tags(keywords(faces, settings.templates), regions, size, orientation, mark, settings.forget)
