"""Write the XMP into the photos themselves, with ExifTool.

ExifTool writes a copy, which is decoded and compared with the photo before it takes its place. The catalog then learns
size, time and hash of the new file, so that a scan finds nothing to do.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.pictures.places import put_rewritten
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.questions import as_photo, at_places, photo_with_tags, photos_with_tags
from photogender.catalog.said.likeness import Likeness, likeness_path
from photogender.errors import DecodeError, PhotogenderError, SidecarError
from photogender.photos.file import open_photo, open_scanned
from photogender.photos.jpeg_xmp import MAX_PACKET, with_packet
from photogender.photos.raw import EXTENSIONS, hash_sensor
from photogender.records import Photo
from photogender.source import is_remote
from photogender.stream import prefetch
from photogender.xmp.document import merged
from photogender.xmp.extension import check_apart
from photogender.xmp.record import WRITTEN
from photogender.xmp.seed import KEYWORDS, seed
from photogender.xmp.sidecars import READ_ONLY
from photogender.xmp.write import Exported, Settings, nothing, tags_of

_WORKERS = 2
"""Threads; each waits for a process of ExifTool."""

_SECONDS = 120
"""Longest time that ExifTool gets for a photo."""

_MOVES = re.compile(
    r"(Offsets?|Start|ApplicationNotes|MPImage.*|Length|MediaDataSize|WebP_?Flags)$|^(System|File|ExifTool|XMP|Composite)\b"
)
"""Tags that say where something is in the file, or that are not in it; and the XMP."""


@dataclass(frozen=True, slots=True)
class _Embedded:
    result: Exported
    photo_id: int = 0
    now: Photo | None = None
    """The file as it is now; None if it did not change."""
    content_hash: str = ""


def embed_xmp(catalog: Catalog, filters: Filters, settings: Settings) -> Iterator[Exported]:
    """Like ``write.export_xmp``, but into the XMP inside the photos.

    A copy of each photo stays as ``IMG.jpg_original``, as ExifTool has it, unless one is there already or
    ``settings.discard`` is set. Camera raws other than DNG are skipped.

    Args:
        catalog: Open for changes.
        filters: Of photos and faces.
        settings: ``style`` is not used.

    Raises:
        CatalogError: The catalog cannot be read or changed.
        PhotogenderError: ExifTool is not installed.
    """
    if shutil.which("exiftool") is None:
        raise PhotogenderError(
            "--embed needs ExifTool, which is not installed.",
            "Install it with: apt install libimage-exiftool-perl, brew install exiftool, or from https://exiftool.org",
        )
    work = (
        (row, faces)
        for photo, faces in photos_with_tags(catalog, filters)
        for row in at_places(catalog, photo, filters.folder)
    )
    for each in prefetch(partial(_embed, settings, catalog.mark), work, _WORKERS, 4 * _WORKERS):
        _learn(catalog, each)
        yield each.result


def update_embedded(catalog: Catalog, photo_ids: Iterable[int]) -> Iterator[Exported]:
    """Update the XMP that earlier exports wrote into some photos, after their faces changed.

    No further copy of a photo is kept. A copy that an export kept, and that has XMP of ours, is skipped with a reason.

    Raises:
        CatalogError: The catalog cannot be read or changed.
    """
    settings, mark = Settings(discard=True, forget=True), catalog.mark
    for photo_id in photo_ids:
        row, faces = photo_with_tags(catalog, photo_id) or ({}, [])
        for place in at_places(catalog, row) if row else ():
            photo = as_photo(place)
            try:
                if _is_ours(photo):
                    done = _embed(settings, mark, (place, faces))
                    _learn(catalog, done)
                    yield done.result
            except DecodeError as error:
                yield Exported(photo.path, photo.path, reason=error.message)
            original = f"{photo.path}_original"
            with suppress(DecodeError, OSError):
                if _is_ours(Photo.of(original, photo.root, os.stat(original))):
                    yield Exported(photo.path, original, reason="copies of photos are not changed: delete it")


def _learn(catalog: Catalog, done: _Embedded) -> None:
    """Record that a photo was rewritten; its faces keep their descriptors, and what was said of these."""
    if done.now is None:
        return
    put_rewritten(catalog, done.now, done.photo_id, done.content_hash)
    if likeness_path(catalog.path).is_file():
        with Likeness(catalog) as likeness:
            likeness.rewritten(done.photo_id, done.content_hash)


def _is_ours(photo: Photo) -> bool:
    """Whether an export wrote into this file."""
    with open_photo(photo) as file:
        return WRITTEN.encode() in (file.xmp or b"")


def _embed(settings: Settings, mark: str, work: tuple[Row, Sequence[Row]]) -> _Embedded:
    row, faces = work[0], [] if settings.remove else work[1]
    photo = as_photo(row)
    path = photo.path
    try:
        if is_remote(path):
            raise SidecarError(READ_ONLY)
        extension = os.path.splitext(path)[1][1:].lower()
        if extension in EXTENSIONS - {"dng"}:
            raise SidecarError("XMP is not written into camera raws other than DNG: export a sidecar")
        with open_scanned(photo) as file:
            orientation, before, iptc = file.orientation, file.xmp, file.iptc
            more, is_jpeg = file.xmp_extension, file.facts.format == "JPEG"
        is_long = before is not None and b"HasExtendedXMP" in before
        if is_long:
            check_apart(more)
        before = before.rstrip(b"\0") if before else None
        tags = tags_of(row, faces, settings, mark, orientation) if faces else nothing(settings, mark)
        # The other properties of IPTC stay where they are; a list of keywords of ours would hide IPTC's.
        inside = seed(None, {KEYWORDS: iptc.get(KEYWORDS, [])}) if faces else None
        after, remark = merged(before, tags, inside)
        if is_jpeg and after and len(after) > MAX_PACKET:
            raise SidecarError("its XMP would not fit into one segment: export a sidecar")
        if after == before or settings.dry_run:
            return _Embedded(Exported(path, path, before, after, remark=remark))
        _rewrite(photo, partial(_put_first if is_long else _put, after), discard=settings.discard)
        now = Photo.of(path, photo.root, os.stat(path))
        with open_scanned(now) as file:
            content_hash = file.content_hash
    except (SidecarError, DecodeError) as error:
        return _Embedded(Exported(path, path, reason=error.message))
    return _Embedded(Exported(path, path, before, after, remark=remark), int(str(row["id"])), now, content_hash)


def _rewrite(photo: Photo, put: Callable[[str], None], *, discard: bool) -> None:
    """Replace the XMP in a photo by ``put``, which changes a copy.

    Raises:
        SidecarError: It cannot be written, more than the XMP would change, or the file cannot be replaced.
    """
    folder, name = os.path.split(photo.path)
    copy = os.path.join(folder, f".photogender-{secrets.token_hex(6)}{os.path.splitext(name)[1]}")
    try:
        shutil.copyfile(photo.path, copy)  # with -o, ExifTool would refuse WebP
        put(copy)
        _check_copy(photo, copy)
        os.chmod(copy, stat.S_IMODE(os.stat(photo.path).st_mode))
        with open(copy, "rb+") as stream:
            os.fsync(stream.fileno())
        if not discard and not os.path.lexists(f"{photo.path}_original"):
            _keep(photo.path, f"{photo.path}_original")
        os.replace(copy, photo.path)
    except OSError as error:
        raise SidecarError(f"it cannot be written: {error.strerror}") from error
    finally:
        for left in (copy, f"{copy}_exiftool_tmp"):
            with suppress(OSError):
                os.remove(left)


def _put(packet: bytes | None, photo: str) -> None:
    """Replace the XMP in a file; None removes it."""
    with tempfile.NamedTemporaryFile(suffix=".xmp") as content:
        content.write(packet or b"")
        content.flush()
        _exiftool("-q", "-q", "-overwrite_original", f"-xmp<={content.name}" if packet else "-xmp:all=", photo)


def _put_first(packet: bytes | None, photo: str) -> None:
    """Replace the first of several segments of XMP in a JPEG; ExifTool would drop the others."""
    with open(photo, "rb+") as stream:
        try:
            changed = with_packet(stream.read(), packet or b"")
        except ValueError as error:
            raise SidecarError("its XMP is longer than one segment, and cannot be changed: export a sidecar") from error
        stream.seek(0)
        stream.write(changed)
        stream.truncate()


def _keep(path: str, original: str) -> None:
    try:
        os.link(path, original)
    except OSError:  # a file system without hard links
        shutil.copy2(path, original)


def _check_copy(photo: Photo, copy: str) -> None:
    """Check that the copy differs in the XMP's first packet alone, and that the photo is as it was.

    Raises:
        SidecarError: They differ.
    """
    hashes = []
    for each in (photo, Photo.of(copy, photo.root, os.stat(copy))._replace(orientation=photo.orientation)):
        try:
            with (open_scanned if each is photo else open_photo)(each) as file:
                pixels = file.decode().pixels
                sensor = _sensor(each.path) if file.facts.format == "RAW" else ""
                digest = hashlib.sha256(pixels.tobytes()).digest()
                hashes.append((pixels.size, digest, sensor, file.xmp_extension))
        except DecodeError as error:
            raise SidecarError(f"its pixels cannot be compared: {error.message}") from error
    if hashes[0] != hashes[1]:
        raise SidecarError("ExifTool's copy has other pixels")
    one, other = (
        {name: value for name, value in each.items() if not _MOVES.search(name)}
        for each in json.loads(_exiftool("-j", "-G1", "-a", "-b", photo.path, copy))
    )
    one.pop("SourceFile"), other.pop("SourceFile")
    if one != other:
        names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
        raise SidecarError(f"ExifTool's copy has other tags: {', '.join(names[:3])}")


def _sensor(path: str) -> str:
    with open(path, "rb") as stream:
        return hash_sensor(stream)


def _exiftool(*arguments: str) -> bytes:
    try:
        command = ["exiftool", *arguments]
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    except FileNotFoundError as error:
        raise SidecarError("ExifTool is not installed") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SidecarError(f"ExifTool failed: {error}") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
        raise SidecarError(f"ExifTool: {lines[0].removeprefix('Error: ').split(' - ')[0]}")
    return done.stdout
