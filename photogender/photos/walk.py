"""Which files under some folders may be photos: listed folder by folder, never opened."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from photogender.photos.ignore import Rules, ignore_rules, is_ignored, parse_exclude
from photogender.photos.skipped_folders import is_skipped_folder
from photogender.records import Photo

OTHER_EXTENSIONS = frozenset(
    # video, audio
    "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv aac aif aiff flac m4a mp3 ogg opus wav wma "
    # files that photo programs keep next to photos
    "aae acr cos dop lrcat lrdata lrf lrprev on1 photoslibrary pp3 thm xmp "
    # documents, data, archives, programs
    "7z bak bin csv css db dll doc docx exe gpx gz htm html ics ini iso jar js json kml lnk log md numbers odp ods odt "
    "pages pdf plist ppt pptx py rar rtf sh sqlite srt sub tar tmp tsv txt url vcf xls xlsx xml yaml yml zip "
    # catalogs, exports
    "db-journal db-shm db-wal jsonl ndjson parquet sqlite3 "
    # drawings and layered files
    "ai cdr eps ico indd psb psd svg xcf".split()
)
"""Extensions of files that are not photos. Every other file is opened once, and its content decides."""

_COPY = "_original"
"""The end of the name of a copy that ExifTool, or ``export xmp --embed``, kept of a photo that it changed."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The content of one folder."""

    path: str
    """Absolute, without links."""
    root: str
    """As the user named it, absolute and without links."""
    photos: tuple[Photo, ...]
    """Sorted by name."""
    others: Counter[str]
    """How many files have an extension of ``OTHER_EXTENSIONS``."""
    problems: tuple[str, ...]
    """Sentences about files and folders that could not be read."""
    is_listed: bool = True
    """False if it could not be listed."""


def walk(roots: Sequence[str], exclude: Sequence[str] = ()) -> Iterator[Folder]:
    """List every folder under ``roots``, one at a time, sorted by name.

    Left out are hidden files and folders, the folders of ``skipped_folders``, and everything that matches a
    ``.photogenderignore`` (for its folder and below) or ``exclude``. ``exclude`` overrides ignore files. Links
    are followed last, and reported by the path of what they point to; each folder and file is reported once. A
    file that is a root is not listed again with its folder. What cannot be listed becomes a sentence in ``problems``.

    Args:
        roots: Absolute paths of folders and files, without links.
        exclude: Patterns in gitignore syntax, relative to each root; or absolute paths inside a root.

    Raises:
        PhotogenderError: A pattern of ``exclude`` is not valid, or an absolute path outside all roots.
    """
    roots = tuple(dict.fromkeys(roots))
    excluded = parse_exclude(exclude, roots)
    singles = {root for root in roots if not os.path.isdir(root)}
    seen: set[tuple[int, int]] = set()
    together: dict[str, list[str]] = {}  # 3,000 files of one folder, as a shell's * names them, are one folder's
    for root in roots:
        if root in singles:
            together.setdefault(os.path.dirname(root), []).append(root)
    for root in roots:
        if root in singles:
            folder = os.path.dirname(root)
            if files := together.pop(folder, None):
                yield _single_files(folder, files)
        else:
            last = (Rules(os.path.join(root, ""), excluded[root]),) if exclude else ()
            yield from _walk_root(root, last, singles, seen)


def _walk_root(root: str, last: tuple[Rules, ...], singles: set[str], seen: set[tuple[int, int]]) -> Iterator[Folder]:
    waiting: list[_Waiting] = [_Waiting(root, root, ())]
    links: list[_Waiting] = []
    files: set[str] = set()
    while waiting or links:
        logical, path, ignore = waiting.pop() if waiting else links.pop(0)
        problems: list[str] = []
        try:
            status = os.stat(path)
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                continue
            seen.add(identity)
            with os.scandir(path) as listing:
                entries = sorted(listing, key=attrgetter("name"))
        except OSError as error:
            reason = "is not there any more" if isinstance(error, FileNotFoundError) else "cannot be listed"
            yield Folder(path, root, (), Counter(), (f"{path} {reason}: {error.strerror}",), is_listed=False)
            continue
        ignore = (*ignore, *ignore_rules(path, problems, logical))
        rules = (*ignore, *last)
        photos: list[Photo] = []
        others: Counter[str] = Counter()
        folders: list[_Waiting] = []
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            inside = entry.path if logical == path else os.path.join(logical, name)
            try:
                is_folder = entry.is_dir()
                if is_folder and is_skipped_folder(name):
                    continue
                if rules and is_ignored(inside, is_folder, rules):
                    continue
                if is_folder:
                    if entry.is_symlink():
                        links.append(_Waiting(inside, os.path.realpath(entry.path), ignore))
                    else:
                        folders.append(_Waiting(inside, entry.path, ignore))
                elif (extension := _extension(name)) in OTHER_EXTENSIONS or extension.endswith(_COPY):
                    others["." + extension] += 1
                elif not singles or entry.path not in singles:
                    status = entry.stat()
                    if not stat.S_ISREG(status.st_mode):
                        problems.append(f"{entry.path} is {_kind(status.st_mode)}, not a file")
                    elif entry.is_symlink():
                        files.add(os.path.realpath(entry.path))
                    else:
                        photos.append(Photo.of(entry.path, root, status))
            except FileNotFoundError:
                if entry.is_symlink():
                    problems.append(f"{entry.path} is a link to a file that is not there")
            except OSError as error:
                problems.append(f"{entry.path} cannot be read: {error.strerror}")
        yield Folder(path, root, tuple(photos), others, tuple(problems))
        waiting.extend(reversed(folders))
    for path in sorted(files - singles):
        yield from _linked_file(path, root, seen)


class _Waiting(NamedTuple):
    """A folder that is still to be listed."""

    logical: str
    """As it was reached, by which patterns are matched."""
    path: str
    """Without links."""
    ignore: tuple[Rules, ...]


def _linked_file(path: str, root: str, seen: set[tuple[int, int]]) -> Iterator[Folder]:
    """A file to which a link points, unless its own folder was listed."""
    try:
        folder = os.stat(os.path.dirname(path))
        if (folder.st_dev, folder.st_ino) not in seen:
            photo = Photo.of(path, root, os.stat(path))
            yield Folder(os.path.dirname(path), root, (photo,), Counter(), ())
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
        yield Folder(os.path.dirname(path), root, (), Counter(), (problem,), is_listed=False)


def _single_files(folder: str, paths: Sequence[str]) -> Folder:
    """Files of one folder that are roots themselves."""
    photos, problems = [], []
    for path in sorted(paths):
        try:
            status = os.stat(path)
        except FileNotFoundError:
            problems.append(f"{path} is not there; if it is on a drive, connect the drive")
        except OSError as error:
            problems.append(f"{path} cannot be read: {error.strerror}")
        else:
            if stat.S_ISREG(status.st_mode):
                # Its folder is its root: if the file is deleted later, that must not look like a drive that is not
                # connected.
                photos.append(Photo.of(path, folder, status))
            else:
                problems.append(f"{path} is {_kind(status.st_mode)}, not a file")
    return Folder(folder, folder, tuple(photos), Counter(), tuple(problems), is_listed=not problems)


def _extension(name: str) -> str:
    _, dot, extension = name.rpartition(".")  # a third of the time of os.path.splitext
    return extension.lower() if dot else ""


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISBLK, "a device"))
    return next((kind for test, kind in kinds if test(mode)), "a device")
