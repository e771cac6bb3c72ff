"""Patterns: as git understands them, and never slow."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photogender.photos.patterns import PatternError, Patterns, parse_pattern

# ASCII only: a ? of git is a byte, ours is a character.
NAMES = st.text("ab-. \n", min_size=1, max_size=4).filter(lambda name: name.strip(". ") != "")
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
GLOBS = st.lists(
    st.sampled_from(["a", "b", "-", ".", "*", "?", "[ab]", "[!a]", "[^b-z]", "[[:alpha:]]", "[]a]", "\\*", " "]),
    min_size=1,
    max_size=5,
).map("".join)
LINES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "/", "**/", "/**/", "!", "#", "\\#", "\\!"]),
    st.lists(GLOBS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "/**", "/**/b", "/***/a*"]),
    st.sampled_from(["", "/", " ", "\\ "]),
)


def leaves_out(lines: list[str], path: str) -> bool:
    """Whether the patterns leave out a file, or a folder above it."""
    patterns = Patterns(pattern for line in lines if (pattern := parse_pattern(line)))
    names = path.split("/")
    return any(patterns.leaves_out("/".join(names[:end]), end < len(names)) for end in range(1, len(names) + 1))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


@settings(deadline=None, max_examples=150)
@given(st.lists(LINES, min_size=1, max_size=3), st.lists(PATHS, min_size=1, max_size=30, unique=True))
def test_git_understands_the_same(repository: Path, lines: list[str], paths: list[str]) -> None:
    # git takes a ** after a literal beginning for the one between slashes, against its documentation
    lines = [line for line in lines if "**" not in line.replace("/**/", "/").replace("/**", "") or line[0] in "/*!"]
    try:
        mine = {path for path in paths if leaves_out(lines, path)}
    except PatternError:
        return
    (repository / ".gitignore").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    command = ["git", "-C", repository, "check-ignore", "--no-index", "-z", "--stdin"]
    result = subprocess.run(command, input="\0".join(paths).encode(), capture_output=True, check=False)
    assert mine == set(result.stdout.decode().split("\0")) - {""}, lines


@pytest.mark.parametrize(
    ("lines", "inside", "outside"),
    [
        (["*.jpg", "!keep.jpg"], ["a.jpg", "x/b.jpg"], ["keep.jpg", "x/keep.jpg", "a.png"]),
        (["/a"], ["a", "a/b"], ["x/a"]),
        (["x/a"], ["x/a", "x/a/b"], ["y/x/a"]),
        (["skip/"], ["skip/a", "x/skip/a"], ["skip", "x/skip"]),
        (["**/a/*/b"], ["a/x/b", "y/z/a/x/b/c"], ["a/b", "a/x/y/b"]),
        (["a/**"], ["a/b", "a/b/c"], ["a", "b/a/c"]),
        (["a/**/b/**/c"], ["a/b/c", "a/x/b/y/z/c"], ["a/c", "b/c", "a/b/cc"]),
        (["?.jpg", "[é].png"], ["é.jpg", "x/é.png"], ["éé.jpg", "e.png"]),
        (["a*b*c"], ["abc", "axbxc", "abcbc"], ["ab", "abcd", "acb"]),
        (["[0-9][!0-9].[[:upper:]]"], ["1a.X"], ["11.X", "1a.x", "1/.X"]),
        (["# no", "", "   ", "\\#yes", "\\!yes", "end\\ "], ["#yes", "!yes", "end "], ["# no", "no", "end"]),
    ],
)
def test_patterns(lines: list[str], inside: list[str], outside: list[str]) -> None:
    assert [path for path in [*inside, *outside] if leaves_out(lines, path)] == inside


@pytest.mark.parametrize("line", ["[z-a]*", "[ab", "[", "a[[:letter:]]", "/", "!", "!/", "a\\", "x" * 5000])
def test_an_invalid_line_says_why(line: str) -> None:
    with pytest.raises(PatternError, match=r"\w+ \w+"):
        parse_pattern(line)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*?*?*?*?*?*?*?*?*?*.png", "a" * 250 + ".jpg"),
        ("*a" * 500 + "b", "a" * 4000),
        ("**/a*/" * 300 + "b", "/".join(["aa"] * 1300)),
        ("[a-z]*" * 400 + "!", "a" * 4000),
    ],
)
def test_no_pattern_takes_exponential_time(line: str, path: str) -> None:
    assert not leaves_out([line], path)  # with a matcher that backtracks this never ends
