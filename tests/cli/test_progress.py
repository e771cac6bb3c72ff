"""What is shown while something goes on: nothing is lost or reordered, and stdout stays clean."""

import io

import pytest
from rich.console import Console

from photogender.cli.progress import watch


def test_items_pass_unchanged_in_a_terminal_and_elsewhere() -> None:
    for terminal in (True, False):
        shown = io.StringIO()
        console = Console(file=shown, force_terminal=terminal, width=60)
        assert list(watch(iter("abc"), 3, "picture", console)) == ["a", "b", "c"]
        assert ("pictures" in shown.getvalue()) == terminal


def test_lines_tell_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 6))  # six seconds between two looks
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    shown = io.StringIO()
    assert len(list(watch(range(20), 20, "picture", Console(file=shown, width=60)))) == 20
    lines = shown.getvalue().splitlines()
    assert 3 <= len(lines) <= 10
    assert " of 20 pictures, " in lines[0]
