"""Random lives of a photo library: whatever happens to the files, what was said stays with the person, or waits.

PHOTOGENDER_LIVES=200 python -m pytest tests/scanning/test_identity.py   # thousands of steps
"""

import ctypes
import os
import shutil
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.corrections import record_all, undo_latest
from photogender.catalog.said.statement import Statement
from photogender.catalog.said.waiting import waiting
from photogender.cli import main
from photogender.scanning.scan import Scan
from photogender.scanning.settings import ScanSettings
from tests.support.photos import face, rows

PEOPLE = 6
"""Each is one photo at first, with one face: the same face, but the photos are as different as photos are."""

LIVES = int(os.environ.get("PHOTOGENDER_LIVES", "10"))


_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
"""Linux's numbers of root's two privileges to read and write whatever the mode says."""


def obey_modes(do: bool) -> None:
    """Lay these privileges down, in this thread and those that it starts, or take them up again; only root has them."""
    if sys.platform != "linux" or os.geteuid():
        return
    libc = ctypes.CDLL(None)
    header = struct.pack("Ii", 0x20080522, 0)  # version 3 of the structure; this thread
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice, for 64 bits
    assert libc.capget(header, sets) == 0
    both = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH
    sets[0] = sets[0] & ~both if do else sets[0] | (both & sets[1])
    assert libc.capset(header, sets) == 0


def make_photo(person: int, path: Path) -> None:
    background = np.random.default_rng(person).integers(0, 255, (5, 6, 3), dtype=np.uint8)
    photo = Image.fromarray(background).resize((300, 240), Image.Resampling.NEAREST)
    photo.paste(face().resize((150, 150)), (10 + 25 * person, 10 + 12 * person))
    photo.save(path, quality=90)


def edit(path: Path, how: str) -> None:
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
        exif = opened.getexif()
    exif_only = {"exif 3": 3, "exif 6": 6}
    if how in exif_only:
        exif[274] = exif_only[how]
    width, height = photo.size
    if how == "turn":
        photo = photo.transpose(Image.Transpose.ROTATE_90)
    elif how == "half turn":
        photo = photo.transpose(Image.Transpose.ROTATE_180)
    elif how == "mirror":
        photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif how == "scale":
        photo = photo.resize((max(width * 4 // 5, 150), max(height * 4 // 5, 120)))
    elif how == "crop":
        photo = photo.crop((width // 30, height // 40, width, height))
    elif how == "retouch":
        photo = photo.point([min(255, level + 20) for level in range(256)] * 3)
    photo.save(path, "JPEG", quality=85, exif=exif)


EDITS = ("turn", "half turn", "mirror", "scale", "crop", "retouch", "exif 3", "exif 6")
NAMES = st.integers(0, 11).map("{}.jpg".format)
ROOTS = st.sampled_from(["a", "b"])


class Library(RuleBasedStateMachine):
    """Two folders of photos and a catalog, beside a plain model of who is where and what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp()).resolve()
        obey_modes(True)
        self.catalog = self.home / "catalog.db"
        self.files: dict[Path, int] = {}
        """Who is in which file; those of a folder that is away as well."""
        self.scanned: dict[Path, int] = {}
        """Who was in which file when it was last scanned: nobody can know what was renamed since in a folder that is
        away now."""
        self.away: set[str] = set()
        self.is_locked = False
        """Whether the folder that is away may only not be read."""
        self.said: set[str] = set()
        """The names that must be somewhere."""
        self.names = 0

    def teardown(self) -> None:
        for root in self.away & {"a", "b"}:
            (self.home / root).chmod(0o700)
        obey_modes(False)
        shutil.rmtree(self.home)

    @initialize()
    def start(self) -> None:
        for root in ("a", "b"):
            (self.home / root).mkdir()
        for person in range(PEOPLE):
            path = self.home / "ab"[person % 2] / f"{person}.jpg"
            make_photo(person, path)
            self.files[path] = person
        self.scan(oversample=False)
        assert len(rows(self.catalog, "SELECT 1 FROM tags")) == PEOPLE
        for number in range(PEOPLE):
            self.correct(number)

    def there(self) -> list[Path]:
        return sorted(path for path in self.files if path.parent.name not in self.away)

    def pick(self, number: int) -> Path | None:
        paths = self.there()
        return paths[number % len(paths)] if paths else None

    def place(self, root: str, name: str) -> Path | None:
        return None if root in self.away else self.home / root / name

    # What happens to files

    @rule(number=st.integers(0, 99), root=ROOTS, name=NAMES)
    def rename_or_overwrite(self, number: int, root: str, name: str) -> None:
        old, new = self.pick(number), self.place(root, name)
        if old and new and old != new:
            old.replace(new)
            self.files[new] = self.files.pop(old)

    @rule(one=st.integers(0, 99), other=st.integers(0, 99))
    def swap(self, one: int, other: int) -> None:
        first, second = self.pick(one), self.pick(other)
        if first and second and first != second:
            first.replace(self.home / "x")
            second.replace(first)
            (self.home / "x").replace(second)
            self.files[first], self.files[second] = self.files[second], self.files[first]

    @rule(root=ROOTS)
    def renumber(self, root: str) -> None:
        """Each file of a folder gets the name of the next one, the last a new one."""
        paths = [path for path in self.there() if path.parent.name == root]
        for path, new in reversed(list(zip(paths, [*paths[1:], self.home / root / "z.jpg"], strict=False))):
            path.replace(new)
            self.files[new] = self.files.pop(path)

    @rule(number=st.integers(0, 99), root=ROOTS, name=NAMES)
    def copy(self, number: int, root: str, name: str) -> None:
        old, new = self.pick(number), self.place(root, name)
        if old and new and old != new and new not in self.files:
            shutil.copy(old, new)
            self.files[new] = self.files[old]

    @rule(number=st.integers(0, 99), how=st.sampled_from(EDITS))
    def edit(self, number: int, how: str) -> None:
        if path := self.pick(number):
            edit(path, how)

    @rule(number=st.integers(0, 99), root=ROOTS, name=NAMES, how=st.sampled_from(EDITS))
    def save_as(self, number: int, root: str, name: str, how: str) -> None:
        """An edited version under another name, beside the photo or elsewhere."""
        old, new = self.pick(number), self.place(root, name)
        if old and new and old != new and new not in self.files:
            shutil.copy(old, new)
            edit(new, how)
            self.files[new] = self.files[old]

    @rule(number=st.integers(0, 99))
    def touch(self, number: int) -> None:
        if path := self.pick(number):
            os.utime(path, (number, number))

    @rule(number=st.integers(0, 99))
    def delete(self, number: int) -> None:
        if path := self.pick(number):
            path.unlink()
            del self.files[path]

    @rule(root=ROOTS)
    def unmount(self, root: str) -> None:
        if not self.away:
            (self.home / root).rename(self.home / f"{root}.away")
            (self.home / root).mkdir()
            self.away.add(root)

    @rule(root=ROOTS)
    def lock(self, root: str) -> None:
        """The folder may not be read for a while."""
        if not self.away:
            (self.home / root).chmod(0)
            assert not os.access(self.home / root, os.R_OK, effective_ids=True)
            self.away.add(root)
            self.is_locked = True

    @precondition(lambda self: self.away)
    @rule()
    def mount(self) -> None:
        root = self.away.pop()
        if self.is_locked:
            (self.home / root).chmod(0o700)
            self.is_locked = False
        else:
            (self.home / root).rmdir()
            (self.home / f"{root}.away").rename(self.home / root)

    # What a person does

    @rule(oversample=st.sampled_from([False, False, False, True]))
    def scan(self, oversample: bool) -> None:
        with Catalog(self.catalog, mode="write") as opened:
            job = Scan([self.home / "a", self.home / "b"], opened, ScanSettings(oversample=oversample, workers=2))
            if job.survey().photos:
                list(job.run())
            else:
                job.settle()
            assert job.unreached == 0
        away = {path: person for path, person in self.scanned.items() if path.parent.name in self.away}
        self.scanned = away | {path: self.files[path] for path in self.there()}
        self.check()

    @rule(number=st.integers(0, 99))
    def correct(self, number: int) -> None:
        self.scan(oversample=False)
        found = rows(self.catalog, "SELECT face_id, path, name FROM tags ORDER BY face_id")
        seen = [(int(str(key)), self.scanned[Path(str(path))], name) for key, path, name in found if self.knows(path)]
        if seen:
            face_id, person, before = seen[number % len(seen)]
            self.names += 1
            name = f"{person} {self.names}"
            with Catalog(self.catalog, mode="change") as opened:
                record_all(opened, [face_id], Statement(name=name), author="me")
            self.said.add(name)
            self.forget(before)

    @rule(number=st.integers(0, 99))
    def undo(self, number: int) -> None:
        found = rows(self.catalog, "SELECT face_id, name FROM tags WHERE name IS NOT NULL ORDER BY face_id")
        if found:
            face_id, before = found[number % len(found)]
            with Catalog(self.catalog, mode="change") as opened:
                undo_latest(opened, [int(str(face_id))])
            self.forget(before)
            ((now,),) = rows(self.catalog, f"SELECT name FROM tags WHERE face_id = {face_id}")
            if now is not None:
                self.said.add(str(now))

    @rule(root=st.sampled_from([None, "a", "b"]))
    def prune(self, root: str | None) -> None:
        options = ["--root", str(self.home / root)] if root else []
        CliRunner().invoke(main, ["prune", "--yes", *options, "--catalog", str(self.catalog)], catch_exceptions=False)
        self.check_said()
        self.check_away()

    # What must hold

    def knows(self, path: object) -> bool:
        return Path(str(path)) in self.scanned

    def forget(self, name: object) -> None:
        """A person replaced or took back a name; copies of an edited photo may still have it."""
        self.said.discard(str(name))

    def check(self) -> None:
        self.check_said()
        for path, name in rows(self.catalog, "SELECT path, name FROM tags WHERE name IS NOT NULL"):
            if self.knows(path):
                assert int(str(name).split()[0]) == self.scanned[Path(str(path))], f"{path} is called {name}"
        assert self.known() >= set(map(str, self.there()))
        self.check_away()
        assert rows(self.catalog, "PRAGMA foreign_key_check") == []
        assert rows(self.catalog, "SELECT count(*) = count(DISTINCT content_hash) FROM pictures") == [(1,)]

    def known(self) -> set[str]:
        return {str(path) for (path,) in rows(self.catalog, "SELECT path FROM places")}

    def check_away(self) -> None:
        """What cannot be seen is not gone."""
        assert self.known() >= {str(path) for path in self.scanned if path.parent.name in self.away}

    def check_said(self) -> None:
        with Catalog(self.catalog) as opened:
            found = {row["name"] for row in opened.rows("SELECT name FROM tags")}
            found |= {row["name"] for row in waiting(opened)}
        assert self.said <= found, f"lost: {self.said - found}"


def test_what_was_said_stays_with_the_person() -> None:
    run_state_machine_as_test(
        Library,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=LIVES == 10,
        ),
    )
