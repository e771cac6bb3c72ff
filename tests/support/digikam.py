"""The real digiKam under Xvfb: a collection of its own, which reads photos with their sidecars and saves them."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

needs_digikam = pytest.mark.skipif(
    not all(map(shutil.which, ("digikam", "xvfb-run", "xdotool"))), reason="digikam, xvfb-run or xdotool is missing"
)

SETTINGS = """[General Settings]
Version=7.9.0
[Album Settings]
Scan At Start=true
Show Splash=false
[Metadata Settings]
Use XMP Sidecar For Reading=true
Metadata Writing Mode=1
Save Rating=true
Save Tags=true
Save FaceTags=true
"""
"""Its first-run assistant comes only without these; mode 1 writes sidecars only."""

MENU = """
dialog() {{ xdotool search --onlyvisible --name '^Download required'; }}
for _ in $(seq 100); do dialog && break; sleep 0.1; done
while :; do
  while dialog; do xdotool windowfocus $(dialog | head -1) key Escape; sleep 0.3; done
  xdotool key Escape mousemove 100 350 click 1 sleep 0.5 key Home Down sleep 1 key alt+a sleep 1 key {key}
  sleep 20
done
"""
"""Closes the dialog that offers models for faces, selects the album, and presses a key in the menu Album.

On a busy machine digiKam may miss a key or show the dialog late, so it tries again until it is stopped."""


class Known(NamedTuple):
    """What digiKam knows of a photo."""

    rating: int
    title: str
    tags: set[str]
    faces: dict[str, tuple[int, ...]]
    """Left, top, width and height in pixels of the upright photo, by the person's name; ``Unknown`` is digiKam's."""


class Digikam:
    """A digiKam whose collection is the folder ``photos``; its files are in ``scratch``."""

    def __init__(self, photos: Path, scratch: Path) -> None:
        self._photos, self._log, self._database = photos, scratch / "log", scratch / "digikam4.db"
        settings = scratch / "config" / "digikamrc"
        settings.parent.mkdir(parents=True)
        settings.write_text(SETTINGS)
        folders = {f"XDG_{name.upper()}_HOME": str(scratch / name) for name in ("config", "data", "cache")}
        (scratch / "run").mkdir(mode=0o700)
        # OpenCV, once a test has imported it, points all programs to its own Qt.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("QT_QPA_")}
        self._environment = {
            **inherited, **folders, "HOME": str(scratch), "XDG_RUNTIME_DIR": str(scratch / "run"), "LC_ALL": "C.UTF-8",
            "QTWEBENGINE_DISABLE_SANDBOX": "1", "QT_QUICK_BACKEND": "software", "QT_LOGGING_RULES": "digikam*=true",
        }  # fmt: skip
        with self._running(["env", "QT_QPA_PLATFORM=offscreen", "digikam"]):  # makes the database, and reads nothing
            _wait(lambda: bool(self._rows("SELECT 1 FROM Settings WHERE keyword = 'DBVersion'")))
        with closing(sqlite3.connect(self._database)) as database, database:
            where = ("photos", 0, 1, f"volumeid:?path={photos}", "/")
            database.execute(
                "INSERT INTO AlbumRoots (label, status, type, identifier, specificPath) VALUES (?, ?, ?, ?, ?)", where
            )

    def read(self) -> dict[str, Known]:
        """What it knows of each photo, by the file's name, after it has read what is new."""
        with self._started("sleep 600"):
            return self._known()

    def read_again(self) -> dict[str, Known]:
        """What it knows after Album > Reread Metadata From Files."""
        with self._started(MENU.format(key="m")):
            _wait(lambda: "List of Pending Jobs is empty" in self._log.read_text(errors="replace"))
            return self._known()

    def save(self) -> None:
        """Album > Write Metadata to Files, which writes all it knows into the sidecars."""
        number = len(list(self._photos.glob("*.jpg")))
        with self._started(MENU.format(key="w")):
            _wait(lambda: self._log.read_text(errors="replace").count("written to XMP sidecar") >= number)

    def _known(self) -> dict[str, Known]:
        found = {}
        for number, name, rating in self._rows(
            "SELECT id, name, rating FROM Images JOIN ImageInformation ON id = imageid"
        ):
            titles = self._rows(f"SELECT comment FROM ImageComments WHERE type = 3 AND imageid = {number}")
            tags = {
                tag
                for (tag,) in self._rows(f"SELECT name FROM ImageTags JOIN Tags ON id = tagid WHERE imageid = {number}")
            }
            drawn = self._rows("SELECT name, value FROM ImageTagProperties JOIN Tags ON id = tagid WHERE "
                               f"property IN ('tagRegion', 'autodetectedFace') AND imageid = {number}")  # fmt: skip
            faces = {person: tuple(map(int, re.findall(r"\d+", value))) for person, value in drawn}
            found[name] = Known(rating, titles[0][0] if titles else "", tags, faces)
        return found

    def _rows(self, sql: str) -> list[tuple]:  # type: ignore[type-arg]
        try:
            with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as database:
                return database.execute(sql).fetchall()
        except sqlite3.OperationalError:  # it is just being made
            return []

    @contextmanager
    def _started(self, then: str) -> Iterator[None]:
        """digiKam on a screen, after it has read what is new; then the shell commands run."""
        start = f"""digikam --database-directory {self._database.parent} &
        until grep -qs 'Complete scan took' {self._log}; do sleep 0.1; done
        {then}"""
        with self._running(["xvfb-run", "-a", "-s", "-screen 0 1280x1024x24", "sh", "-c", start, "sh"]):
            _wait(lambda: "Complete scan took" in self._log.read_text(errors="replace"))
            yield

    @contextmanager
    def _running(self, command: list[str]) -> Iterator[None]:
        with self._log.open("wb") as log:
            program = subprocess.Popen(
                [*command, "--database-directory", str(self._database.parent)],
                env=self._environment, cwd=self._photos, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()


def _wait(is_done: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not is_done():
        assert time.monotonic() < end, "digiKam takes too long"
        time.sleep(0.1)
