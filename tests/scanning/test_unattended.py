"""Scans that nobody watches: one at a time, with a log, and ``photogender watch``."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from tests.support.photos import make_library, rows

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_library(tmp_path / "photos", 2)
    return tmp_path


def scan(home: Path, *words: str | Path, command: str = "scan", code: int = 0) -> Result:
    result = CliRunner().invoke(main, [command, *map(str, words), "--catalog", str(home / "c.db")])
    assert result.exit_code == code, result.output
    return result


def until(condition: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@contextmanager
def watching(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "photogender", "watch", str(home / "photos"), "--every", "0.005"]
    command += ["--catalog", str(home / "c.db"), "--log", str(home / "log"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: (home / "log").exists() and "Watching" in (home / "log").read_text())
            yield process
        finally:
            process.terminate()


def known(home: Path) -> set[object]:
    return {Path(str(path)).name for (path,) in rows(home / "c.db", "SELECT path FROM places")}


def test_a_log_has_it_all_with_times_and_nothing_is_printed(home: Path) -> None:
    log = home / "log"
    assert scan(home, home / "photos", "--log", log).output == ""
    first = log.read_text().splitlines()
    assert all(re.match(STAMP, line) for line in first)
    assert any("Scanned 2 photos in " in line for line in first)
    assert scan(home, "--log", log, "--yes", "--quiet", command="rescan").output == ""
    assert log.read_text().splitlines()[: len(first)] == first
    assert "2 unchanged" in log.read_text()


def test_an_error_is_printed_and_in_the_log(home: Path) -> None:
    scan(home, home / "away", "--log", home / "away.log", code=1)
    assert re.fullmatch(rf"{STAMP}Error: {re.escape(str(home))}/away is not there.\n", (home / "away.log").read_text())
    result = scan(home, home / "photos", "--known", home / "nowhere.db", "--log", home / "log", code=1)
    assert result.stderr.startswith("Error: ")
    (line, *_) = (home / "log").read_text().splitlines()
    assert re.sub(STAMP, "", line) == result.stderr.splitlines()[0]
    assert "cannot be written" in scan(home, home / "photos", "--log", home / "no" / "log", code=1).stderr


def test_a_second_scan_ends_at_once_and_a_later_one_works(home: Path) -> None:
    with watching(home):
        for command in ("scan", "watch"):
            result = scan(home, home / "photos", command=command, code=75)
            assert f"Another scan of {home / 'c.db'} is running." in result.stderr
        assert "unchanged" in scan(home, home / "photos", "--dry-run").stderr
    assert "unchanged" in scan(home, home / "photos").stderr


def test_photos_that_arrive_are_scanned_until_it_is_stopped(home: Path) -> None:
    photos = home / "photos"
    with watching(home) as process:
        until(lambda: "Scanned 2 photos" in (home / "log").read_text())
        (new,) = make_library(home / "more", 1, seed=7)
        shutil.copy(new, photos / "new.jpg")
        until(lambda: "new.jpg" in known(home))
        photos.rename(home / "away")
        until(lambda: f"{photos} is not there." in (home / "log").read_text())
        (home / "away").rename(photos)
        shutil.copy(make_library(home / "most", 1, seed=8)[0], photos / "newest.jpg")
        until(lambda: "newest.jpg" in known(home))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    log = (home / "log").read_text()
    assert log.count("is not there.") == 1  # said once
    assert log.splitlines()[-1].endswith("Stopping ...")


def test_what_cannot_work_is_told_before_anything_is_watched(home: Path) -> None:
    result = scan(home, home / "photos", "--model", "nothing", command="watch", code=1)
    assert "nothing" in result.stderr
    assert not (home / "c.db").exists()
