"""Which files under some folders are photos: listed folder by folder, never opened."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from photogender.errors import PhotogenderError
from photogender.records import Photo

IGNORE_FILE = ".photogenderignore"

OTHER_EXTENSIONS = frozenset(
    # video, audio
    "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv aac aif aiff flac m4a mp3 ogg opus wav wma "
    # what photo programs keep beside photos
    "aae acr cos dop lrcat lrdata lrf lrprev on1 photoslibrary pp3 thm xmp "
    # documents, data, archives, programs
    "7z bak bin csv css db dll doc docx exe gpx gz htm html ics ini iso jar js json kml lnk log md numbers odp ods odt "
    "pages pdf plist ppt pptx py rar rtf sh sqlite srt sub tar tmp tsv txt url vcf xls xlsx xml yaml yml zip "
    # drawings and layered files, which are no photographs
    "ai cdr eps ico indd psb psd svg xcf".split()
)
"""Files that are clearly no photos. Anything else is looked at once: its content decides."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as it is now."""

    path: str
    root: str
    """As the user named it, absolute."""
    photos: tuple[Photo, ...]
    """Sorted by name."""
    others: Counter[str]
    """Files that are clearly no photos, by extension."""
    problems: tuple[str, ...]
    """Sentences about what could not be looked at."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """Patterns in gitignore syntax and the folder they are relative to."""

    base: str
    """Ends with a separator."""
    spec: GitIgnoreSpec


def walk(roots: Sequence[str], exclude: Sequence[str] = ()) -> Iterator[Folder]:
    """List every folder under ``roots``, one at a time, sorted by name; a root may also be one file.

    Left out: hidden files and folders, ``@eaDir``, what a ``.photogenderignore`` in a folder names for it and
    below, and what ``exclude`` names (gitignore syntax, relative to each root). Links are followed, and
    each folder is visited once, however it is reached; a file that is a root itself is not found again
    in its folder. ``exclude`` has the last word over ignore files. What cannot be listed becomes a sentence in
    ``problems``.

    Args:
        roots: Absolute paths.
        exclude: Patterns.

    Raises:
        PhotogenderError: A pattern of ``exclude`` means nothing.
    """
    try:
        excluded = GitIgnoreSpec.from_lines(exclude)
    except ValueError as error:  # pathspec's own error for a bad pattern is a ValueError
        raise PhotogenderError(f"--exclude cannot be used: {error}", "Write it as a line of a .gitignore.") from error
    roots = tuple(dict.fromkeys(roots))
    singles = {root for root in roots if not os.path.isdir(root)}
    seen: set[tuple[int, int]] = set()
    for root in roots:
        if root in singles:
            yield _single_file(root)
        else:
            last = (_Rules(os.path.join(root, ""), excluded),) if exclude else ()
            yield from _walk_root(root, last, singles, seen)


def _walk_root(root: str, last: tuple[_Rules, ...], singles: set[str], seen: set[tuple[int, int]]) -> Iterator[Folder]:
    waiting: list[tuple[str, tuple[_Rules, ...]]] = [(root, ())]
    while waiting:
        path, ignore = waiting.pop()
        problems: list[str] = []
        try:
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield Folder(path, root, (), Counter(), (f"{path} cannot be listed: {error.strerror}",))
            continue
        ignore = (*ignore, *_own_rules(path, problems))
        rules = (*ignore, *last)
        photos: list[Photo] = []
        others: Counter[str] = Counter()
        folders: list[tuple[str, tuple[_Rules, ...]]] = []
        for entry in entries:
            name = entry.name
            if name[0] == "." or name == "@eaDir":
                continue
            try:
                is_folder = entry.is_dir()
                if rules and _is_ignored(entry.path, is_folder, rules):
                    continue
                if is_folder:
                    folders.append((entry.path, ignore))
                elif (extension := _extension(name)) in OTHER_EXTENSIONS:
                    others["." + extension] += 1
                elif not singles or entry.path not in singles:
                    status = entry.stat()
                    if stat.S_ISREG(status.st_mode):
                        photos.append(Photo(entry.path, root, status.st_size, status.st_mtime_ns))
                    else:
                        problems.append(f"{entry.path} is {_kind(status.st_mode)}, not a file")
            except FileNotFoundError:
                if entry.is_symlink():
                    problems.append(f"{entry.path} is a link to a file that is not there")
            except OSError as error:
                problems.append(f"{entry.path} cannot be looked at: {error.strerror}")
        yield Folder(path, root, tuple(photos), others, tuple(problems))
        waiting.extend(reversed(folders))


def _single_file(root: str) -> Folder:
    folder = os.path.dirname(root)
    try:
        status = os.stat(root)
    except FileNotFoundError:
        return Folder(folder, root, (), Counter(), (f"{root} is not there; if it is on a drive, connect the drive",))
    except OSError as error:
        return Folder(folder, root, (), Counter(), (f"{root} cannot be looked at: {error.strerror}",))
    if not stat.S_ISREG(status.st_mode):
        return Folder(folder, root, (), Counter(), (f"{root} is {_kind(status.st_mode)}, not a file",))
    # Its folder is its root: that the file is gone some day must not look like a drive that is away.
    return Folder(folder, root, (Photo(root, folder, status.st_size, status.st_mtime_ns),), Counter(), ())


def _own_rules(folder: str, problems: list[str]) -> tuple[_Rules, ...]:
    path = os.path.join(folder, IGNORE_FILE)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for ever
            problems.append(f"{path} cannot be used: it is not a file")
            return ()
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as lines:
            return (_Rules(os.path.join(folder, ""), GitIgnoreSpec.from_lines(lines)),)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:  # pathspec's own error for a bad pattern is a ValueError
        problems.append(f"{path} cannot be used: {error}")
        return ()


def _is_ignored(path: str, is_folder: bool, rules: tuple[_Rules, ...]) -> bool:
    """As git does: the last pattern that says anything wins, and deeper files come later."""
    ignored = False
    for rule in rules:
        relative = path[len(rule.base) :] + ("/" if is_folder else "")  # os.path.relpath takes ten times as long
        said = rule.spec.check_file(relative).include
        ignored = ignored if said is None else said
    return ignored


def _extension(name: str) -> str:
    _, dot, extension = name.rpartition(".")  # a third of the time of os.path.splitext
    return extension.lower() if dot else ""


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISBLK, "a device"))
    return next((kind for test, kind in kinds if test(mode)), "a device")
