"""Where patterns come from: ``.photogenderignore`` files and ``--exclude``. An invalid line costs only itself."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace

from photogender.errors import PhotogenderError
from photogender.photos.patterns import Pattern, PatternError, Patterns, parse_pattern

IGNORE_FILE = ".photogenderignore"

MAX_FILE = 262_144
"""Bytes of an ignore file that is read."""

MAX_GLOBS = 32_768
"""Characters of all patterns with wildcards in one file; each name is compared with each of them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns, and the folder to which they are relative."""

    base: str
    """Ends with a separator."""
    patterns: Patterns


def is_ignored(path: str, is_folder: bool, rules: Sequence[Rules]) -> bool:
    """Whether rules leave out a file or folder; as in git, the last pattern that matches decides.

    Args:
        path: Absolute, below every base.
        is_folder: Whether it is a folder.
        rules: Those of folders further down come later.
    """
    ignored = False
    for rule in rules:
        relative = path[len(rule.base) :]  # os.path.relpath takes ten times as long
        matched = rule.patterns.leaves_out(relative if os.sep == "/" else relative.replace(os.sep, "/"), is_folder)
        ignored = ignored if matched is None else matched
    return ignored


def ignore_rules(folder: str, problems: list[str], logical: str | None = None) -> tuple[Rules, ...]:
    """The rules of a folder's own ignore file, as ``read_ignore_file``; none if there is no such file.

    ``logical`` is the path by which the folder was reached, if a link led to it.
    """
    patterns = read_ignore_file(os.path.join(folder, IGNORE_FILE), problems)
    return (Rules(os.path.join(logical or folder, ""), patterns),) if patterns else ()


def read_ignore_file(path: str, problems: list[str]) -> Patterns | None:
    """The patterns of an ignore file; None if there is none, or it cannot be used.

    Every invalid line, and why a file cannot be used, becomes a sentence in ``problems``.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would block
            problems.append(f"{path} cannot be used: it is not a file")
            return None
        with open(path, "rb") as file:
            content = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"{path} cannot be used: {error.strerror or error}")
        return None
    if len(content) > MAX_FILE:
        problems.append(f"{path} cannot be used: it is larger than {MAX_FILE // 1024} kB")
        return None
    if b"\0" in content:  # as PowerShell writes text by default
        problems.append(f"{path} cannot be used: it is not UTF-8 text; save it as UTF-8")
        return None
    return Patterns(_valid_patterns(path, content.decode("utf-8-sig", "surrogateescape"), problems))


def _valid_patterns(path: str, text: str, problems: list[str]) -> list[Pattern]:
    patterns = []
    room = MAX_GLOBS
    for number, line in enumerate(text.split("\n"), 1):
        try:
            pattern = parse_pattern(line)
        except PatternError as error:
            problems.append(f"{path}, line {number}, is not used: {error}")
            continue
        if pattern and pattern.glob:
            room -= len(pattern.text)
        if room < 0:
            problems.append(f"{path} is used up to line {number - 1}: it has too many patterns with wildcards")
            break
        if pattern:
            patterns.append(pattern)
    return patterns


def parse_exclude(patterns: Sequence[str], roots: Sequence[str]) -> dict[str, Patterns]:
    """The patterns of ``--exclude`` for each root that has any.

    An absolute path inside a root leaves out what is there; any other pattern is relative to each root.

    Raises:
        PhotogenderError: A pattern is not valid, or is an absolute path outside all roots.
    """
    parsed: dict[str, list[Pattern]] = {root: [] for root in roots}
    for text in patterns:
        holders = [root for root in roots if _inside(text, root) is not None]
        if not holders and roots and _is_path_elsewhere(text, roots):
            raise PhotogenderError(
                f"--exclude {text} is not inside any of the folders to scan.",
                "Write it relative to the folder, as a line of a .gitignore.",
            )
        for root in holders or roots:
            try:
                pattern = parse_pattern(_inside(text, root) or text)
            except PatternError as error:
                raise PhotogenderError(
                    f"--exclude cannot be used: {error}.", "Write it as a line of a .gitignore."
                ) from error
            if pattern:
                parsed[root].append(replace(pattern, line=text))
    return {root: Patterns(found) for root, found in parsed.items() if found}


def absolute_pattern(pattern: str, root: str) -> str:
    """A pattern relative to a root, as one that ``parse_exclude`` takes for this root alone."""
    path = pattern.removeprefix("!")
    base = os.path.join(root, "")
    if path.startswith(base):
        return pattern
    place = path.lstrip("/") if "/" in path.removesuffix("/") else f"**/{path}"
    return pattern[: len(pattern) - len(path)] + base + place


def _inside(pattern: str, root: str) -> str | None:
    """An absolute path inside a root as a pattern relative to the root; None for every other pattern."""
    path = pattern.removeprefix("!")
    base = os.path.join(root, "")
    if not path.startswith(base):
        return None
    relative = path[len(base) :]
    if os.path.lexists(path):
        relative = re.sub(r"([*?\[\\])", r"\\\1", relative)
    return pattern[: len(pattern) - len(path)] + "/" + relative


def _is_path_elsewhere(pattern: str, roots: Sequence[str]) -> bool:
    """Whether a pattern names something that exists, but not inside a root."""
    return (
        pattern.startswith("/")
        and os.path.lexists(pattern)
        and not any(os.path.lexists(os.path.join(root, pattern[1:])) for root in roots)
    )
