"""What is shown while something goes on: nothing is lost or reordered, and stdout stays clean."""

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from photogender.cli import main
from photogender.cli.progress import steps, watch
from tests.support.photos import make_library
from tests.support.terminal import in_terminal


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 6))  # six seconds between two looks
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))


def test_items_pass_unchanged_in_a_terminal_and_elsewhere() -> None:
    for terminal in (True, False):
        shown = io.StringIO()
        console = Console(file=shown, force_terminal=terminal, width=60)
        assert list(watch(iter("abc"), 3, "pictures", console)) == ["a", "b", "c"]
        assert ("pictures" in shown.getvalue()) == terminal


@pytest.mark.usefixtures("slow_clock")
def test_lines_tell_how_far_it_is() -> None:
    shown = io.StringIO()
    assert len(list(watch(range(20), 20, "pictures", Console(file=shown, width=60)))) == 20
    lines = shown.getvalue().splitlines()
    assert 3 <= len(lines) <= 10
    assert " of 20 pictures, " in lines[0]


@pytest.mark.usefixtures("slow_clock")
def test_a_dumb_terminal_gets_log_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=60)
    assert len(list(watch(range(20), 20, "pictures", console))) == 20
    assert " of 20 pictures, " in shown.getvalue()


@pytest.mark.usefixtures("slow_clock")
def test_a_log_line_has_the_remark_and_the_place_in_one_line() -> None:
    shown = io.StringIO()
    with steps("photos", None, Console(file=shown, width=40)) as update:
        update(1)
        update(2000, "5 faces", "/a/very/long/folder/with\nbreaks/and more and more and more")
    (line,) = shown.getvalue().splitlines()
    assert line[9:] == r"2,000 photos, 5 faces, in /a/very/long/folder/with\nbreaks/and more and more and more"


@pytest.mark.usefixtures("slow_clock")
def test_quiet_shows_nothing() -> None:
    for terminal in (True, False):
        shown = io.StringIO()
        console = Console(file=shown, force_terminal=terminal, quiet=True)
        assert list(watch(range(5), 5, "pictures", console)) == [0, 1, 2, 3, 4]
        assert shown.getvalue() == ""


def test_a_total_that_is_known_later() -> None:
    shown = io.StringIO()
    with steps("", None, Console(file=shown, force_terminal=True, width=60), amount=lambda n: f"{n} MB") as update:
        update(3, total=7)
    assert "3 MB/7 MB" in shown.getvalue()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    make_library(tmp_path / "many", 12)
    return tmp_path / "many"


def test_a_terminal_gets_a_bar_with_colours(library: Path, tmp_path: Path) -> None:
    code, text = in_terminal("scan", library, "--catalog", tmp_path / "c.db")
    assert code == 0
    assert "━" in text
    assert "/12 photos" in text
    assert "\x1b[2K" in text  # a line drawn anew
    assert "\x1b[1m" in text


def test_no_color_has_a_bar_without_colours(library: Path, tmp_path: Path) -> None:
    _, text = in_terminal("scan", library, "--catalog", tmp_path / "c.db", environment={"NO_COLOR": "1"})
    assert "━" in text
    assert "\x1b[3" not in text
    assert "\x1b[9" not in text
    _, text = in_terminal("query", "--catalog", tmp_path / "c.db", environment={"NO_COLOR": "1"})
    assert "\x1b" not in text


def test_a_dumb_terminal_gets_lines_without_control_sequences(library: Path, tmp_path: Path) -> None:
    for command in (["scan", library], ["query"], ["stats"], ["doctor"]):
        code, text = in_terminal(*command, "--catalog", tmp_path / "c.db", environment={"TERM": "dumb"})
        assert code == 0, text
        assert "\x1b" not in text, command
        assert text


def test_colours_that_are_forced_draw_no_bar_into_a_log(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = CliRunner().invoke(main, ["scan", str(library), "--catalog", str(tmp_path / "c.db")])
    assert result.exit_code == 0
    assert "\x1b" not in result.stderr
    assert "━" not in result.stderr


def test_a_bar_that_is_asked_for_is_drawn_into_a_file(library: Path, tmp_path: Path) -> None:
    command = ["scan", str(library), "--catalog", str(tmp_path / "c.db"), "--progress", "bar"]
    assert "/12 photos" in CliRunner().invoke(main, command).stderr
