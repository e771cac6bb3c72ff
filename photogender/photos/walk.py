"""Which files under some folders may be photos: listed folder by folder, never opened."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from photogender.photos.ignore import Rules, ignore_rules, is_ignored
from photogender.photos.patterns import Patterns
from photogender.photos.skipped_folders import is_skipped_folder
from photogender.records import Photo, State, file_state
from photogender.source import is_folder, is_remote, list_folder

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


_SYSTEM = ("/proc", "/sys", "/dev")


@dataclass(frozen=True, slots=True)
class Folder:
    """The content of one folder."""

    path: str
    """Absolute, without links."""
    root: str
    """As the user named it, absolute and without links."""
    files: tuple[State, ...]
    """Those that may be photos, sorted by name."""
    others: Counter[str]
    """How many files have an extension of ``OTHER_EXTENSIONS``."""
    problems: tuple[str, ...]
    """Sentences about files and folders that could not be read."""
    is_listed: bool = True
    """False if it could not be listed."""

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The records of ``files``."""
        return tuple(Photo.at(self.root, state) for state in self.files)


def walk(
    roots: Sequence[str],
    exclude: Mapping[str, Patterns] = MappingProxyType({}),
    outer: Mapping[str, tuple[Rules, ...] | None] = MappingProxyType({}),
) -> Iterator[Folder]:
    """List every folder under ``roots``, one at a time, sorted by name.

    Left out are hidden files and folders, the folders of ``skipped_folders``, and everything that matches a
    ``.photogenderignore`` (for its folder and below) or ``exclude``. ``exclude`` overrides ignore files. Links
    are followed last, and reported by the path of what they point to; each folder and file is reported once. A
    file that is a root is not listed again with its folder. What cannot be listed becomes a sentence in ``problems``.

    Args:
        roots: Absolute paths of folders and files, without links.
        exclude: The patterns of roots, from ``parse_exclude``.
        outer: The rules of folders around a root, which hold in it as well; None if they leave out the root itself.
    """
    roots = tuple(dict.fromkeys(roots))
    singles = {root for root in roots if not is_folder(root)}
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
        elif (rules := outer.get(root, ())) is None:
            problem = f"{root} is left out of a folder around it; to change that: photogender exclude"
            yield Folder(root, root, (), Counter(), (problem,), is_listed=False)
        else:
            last = (Rules(os.path.join(root, ""), exclude[root]),) if root in exclude else ()
            if is_remote(root):
                yield from _walk_store(root, (*rules, *last))
            else:
                yield from _walk_root(root, rules, last, singles, seen)


def _system_devices() -> frozenset[int]:
    """The numbers of mounted file systems that show the kernel's state: /proc/self/task has no end."""
    found = set()
    with suppress(OSError):
        found = {os.stat(path).st_dev for path in _SYSTEM if os.path.isdir(path)} - {os.stat("/").st_dev}
    return frozenset(found)


def _walk_root(
    root: str, first: tuple[Rules, ...], last: tuple[Rules, ...], singles: set[str], seen: set[tuple[int, int]]
) -> Iterator[Folder]:
    waiting: list[_Waiting] = [_Waiting(root, root, first)]
    links: list[_Waiting] = []
    files: set[str] = set()
    system = _system_devices()
    while waiting or links:
        logical, path, ignore = waiting.pop() if waiting else links.pop(0)
        problems: list[str] = []
        try:
            status = os.stat(path)
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                continue
            seen.add(identity)
            if status.st_dev in system:
                yield Folder(
                    path, root, (), Counter(), (f"{path} shows the system's state, not files",), is_listed=False
                )
                continue
            with os.scandir(path) as listing:
                entries = sorted(listing, key=attrgetter("name"))
        except OSError as error:
            reason = "is not there any more" if isinstance(error, FileNotFoundError) else "cannot be listed"
            yield Folder(path, root, (), Counter(), (f"{path} {reason}: {error.strerror}",), is_listed=False)
            continue
        ignore = (*ignore, *ignore_rules(path, problems, logical))
        rules = (*ignore, *last)
        found: list[State] = []
        others: Counter[str] = Counter()
        folders: list[_Waiting] = []
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            inside = entry.path if logical == path else os.path.join(logical, name)
            try:
                is_file = entry.is_file(follow_symlinks=False)  # first, since most are
                is_folder = not is_file and entry.is_dir()
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
                elif is_file:
                    if not singles or entry.path not in singles:
                        found.append(file_state(entry.path, entry.stat()))
                elif stat.S_ISREG(mode := (status := entry.stat()).st_mode) and status.st_dev not in system:
                    files.add(os.path.realpath(entry.path))  # a link to it
                else:
                    problems.append(f"{entry.path} is {_kind(mode)}, not a file")
            except FileNotFoundError:
                if entry.is_symlink():
                    problems.append(f"{entry.path} is a link to a file that is not there")
            except OSError as error:
                problems.append(f"{entry.path} cannot be read: {error.strerror}")
        yield Folder(path, root, tuple(found), others, tuple(problems))
        waiting.extend(reversed(folders))
    for path in sorted(files - singles):
        yield from _linked_file(path, root, seen)


def _walk_store(root: str, rules: tuple[Rules, ...]) -> Iterator[Folder]:
    """The same of a store, which has no links; ignore files in it are not read."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            listing = list_folder(path)
        except OSError as error:
            reason = "is not there any more" if isinstance(error, FileNotFoundError) else "cannot be listed"
            yield Folder(path, root, (), Counter(), (f"{path} {reason}: {error.strerror or error}",), is_listed=False)
            continue
        if [file for file, *_ in listing.files] == [path]:  # no folder, but a photo that was named
            folder = os.path.dirname(path)
            yield Folder(folder, folder, tuple(listing.files), Counter(), ())
            continue
        files: list[State] = []
        others: Counter[str] = Counter()
        for state in listing.files:
            name = os.path.basename(state[0])
            if name.startswith(".") or is_ignored(state[0], False, rules):
                continue
            if (extension := _extension(name)) in OTHER_EXTENSIONS or extension.endswith(_COPY):
                others["." + extension] += 1
            else:
                files.append(state)
        yield Folder(path, root, tuple(files), others, ())
        kept = (
            folder
            for folder in listing.folders
            if not (name := os.path.basename(folder)).startswith(".")
            and not is_skipped_folder(name)
            and not is_ignored(folder, True, rules)
        )
        waiting.extend(sorted(kept, reverse=True))


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
            yield Folder(os.path.dirname(path), root, (file_state(path, os.stat(path)),), Counter(), ())
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
        yield Folder(os.path.dirname(path), root, (), Counter(), (problem,), is_listed=False)


def _single_files(folder: str, paths: Sequence[str]) -> Folder:
    """Files of one folder that are roots themselves."""
    files, problems = [], []
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
                files.append(file_state(path, status))
            else:
                problems.append(f"{path} is {_kind(status.st_mode)}, not a file")
    return Folder(folder, folder, tuple(files), Counter(), tuple(problems), is_listed=not problems)


def _extension(name: str) -> str:
    _, dot, extension = name.rpartition(".")  # a third of the time of os.path.splitext
    return extension.lower() if dot else ""


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISREG, "of the system's state"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a device"),
    )
    return next((kind for test, kind in kinds if test(mode)), "a device")
