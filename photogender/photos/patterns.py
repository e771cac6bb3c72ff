"""Patterns in gitignore syntax, matched in time linear in the length of the name times that of the pattern.

A glob becomes a regular expression whose parts never backtrack into each other: the text between two stars may
be taken where it first occurs, since the star after it matches whatever follows. https://git-scm.com/docs/gitignore
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_LINE = 4096
"""Characters of a pattern; Linux has no longer path."""

_IN_CLASS = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
"""POSIX character classes, such as ``[[:digit:]]``, as the inside of a regular expression's brackets."""


class PatternError(ValueError):
    """A line is not a valid pattern; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file."""

    text: str
    """A name or, with a leading slash, a path relative to the folder of the patterns; without further syntax."""
    glob: re.Pattern[str] | None
    """Matches names, or paths if ``is_path``; None if ``text`` is compared."""
    is_path: bool
    folders_only: bool
    leaves_out: bool
    """False for a line that begins with an exclamation mark."""
    line: str
    """As it was given."""


class Patterns:
    """The patterns of one ignore file or of ``--exclude``, in their order."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._literal: dict[str, list[int]] = {}
        globs = []
        for place, pattern in enumerate(self._patterns):
            if pattern.glob:
                globs.append((place, pattern.glob, pattern.is_path))
            else:
                self._literal.setdefault(pattern.text, []).append(place)
        self._globs = tuple(reversed(globs))
        self.used: set[str] = set()
        """The lines that decided about a file or folder so far."""

    def leaves_out(self, relative: str, is_folder: bool) -> bool | None:
        """Whether the last pattern that matches leaves the file or folder out; None if no pattern matches.

        Args:
            relative: Path relative to the folder of the patterns, without a slash at either end.
            is_folder: Whether it is a folder.
        """
        name = relative.rpartition("/")[2]
        literal = (*self._literal.get(name, ()), *self._literal.get("/" + relative, ()))
        last = max((place for place in literal if is_folder or not self._patterns[place].folders_only), default=-1)
        for place, glob, is_path in self._globs:
            if place < last:
                break
            if (is_folder or not self._patterns[place].folders_only) and glob.fullmatch(relative if is_path else name):
                last = place
                break
        if last < 0:
            return None
        self.used.add(self._patterns[last].line)
        return self._patterns[last].leaves_out


def parse_pattern(line: str) -> Pattern | None:
    """The pattern of a line in gitignore syntax; None for a blank line or a comment.

    Raises:
        PatternError: The line is not a valid pattern.
    """
    text = line.rstrip("\r\n")
    if text.startswith("#"):
        return None
    while text.endswith(" ") and not _ends_escaped(text[:-1]):
        text = text[:-1]
    if not text:
        return None
    if len(text) > MAX_LINE:
        raise PatternError(f"it has {len(text):,} characters; at most {MAX_LINE:,} are read")
    leaves_out = not text.startswith("!")
    path = text if leaves_out else text[1:]
    folders_only = path.endswith("/")
    path = path.removesuffix("/")
    is_path = "/" in path
    path = path.removeprefix("/")
    if not path:
        raise PatternError(f"{text} names no file")
    if not any(special in path for special in "*?[\\"):
        return Pattern("/" + path if is_path else path, None, is_path, folders_only, leaves_out, line)
    glob = re.compile(_path(path) if is_path else _name(path))
    return Pattern(path, glob, is_path, folders_only, leaves_out, line)


def _ends_escaped(text: str) -> bool:
    """Whether a backslash escapes the character that follows ``text``."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _path(path: str) -> str:
    """A glob for a path: ``**`` between slashes matches any number of folders."""
    groups: list[list[str]] = [[]]
    for name in path.split("/"):
        if len(name) > 1 and not name.strip("*"):
            groups.append([])
        else:
            groups[-1].append(_name(name))
    first, *rest = ["/".join(group) for group in groups]
    if not rest:
        return first
    *middle, last = rest
    found = "".join(f"(?>(?:[^/]*/)*?{group}/)" for group in middle if group)
    return (first + "/" if first else "") + found + (f"(?:[^/]*/)*?{last}" if last else r"[\s\S]+")


def _name(glob: str) -> str:
    """A glob for one name, without slashes."""
    first, *rest = _between_stars(glob)
    if not rest:
        return first + "(?![^/])"
    *middle, last = rest
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + f"(?>[^/]*{last}(?![^/]))"


def _between_stars(glob: str) -> list[str]:
    """Regular expressions of fixed length for what is before, between and after the stars of a glob."""
    pieces = [""]
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character == "*":
            pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "[":
            characters, at = _class(glob, at)
            pieces[-1] += characters
        elif character == "\\":
            if at == len(glob):
                raise PatternError(f"{glob} ends in a backslash")
            pieces[-1] += re.escape(glob[at])
            at += 1
        else:
            pieces[-1] += re.escape(character)
    return pieces


def _class(glob: str, at: int) -> tuple[str, int]:
    """The character class that begins after the bracket at ``at - 1``, and the position after it."""
    negated = glob[at : at + 1] in ("!", "^")
    at += negated
    inside = ""
    is_first = True
    while is_first or glob[at : at + 1] != "]":
        is_first = False
        if name := re.match(r"\[:([a-z]*):\]", glob[at:]):
            if name[1] not in _IN_CLASS:
                raise PatternError(f"{glob} has an unknown character class {name[0]}")
            inside += _IN_CLASS[name[1]]
            at += name.end()
            continue
        low, at = _member(glob, at)
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(glob, at + 1)
            if high < low:
                raise PatternError(f"{glob} has a range that runs backwards: {low}-{high}")
            inside += f"{re.escape(low)}-{re.escape(high)}"
        else:
            inside += re.escape(low)
    return f"(?!/)[{'^' if negated else ''}{inside}]", at + 1


def _member(glob: str, at: int) -> tuple[str, int]:
    """One character of a class, which a backslash may precede, and the position after it."""
    at += glob[at : at + 1] == "\\"
    if at >= len(glob):
        raise PatternError(f"{glob} has a bracket that is not closed")
    return glob[at], at + 1
