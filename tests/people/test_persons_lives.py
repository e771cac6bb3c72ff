"""Random lives of the people of a catalog: the answers that are kept up to date are those that are made from scratch.

PHOTOGENDER_LIVES=500 python -m pytest tests/people/test_persons_lives.py
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.tallies import tally
from photogender.catalog.said.corrections import record_all, undo_latest
from photogender.catalog.said.deduced import note
from photogender.catalog.said.forget import forget_faces
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import Facts, merge, rename, say, undo_change
from photogender.catalog.said.statement import Statement
from photogender.catalog.upkeep.check import is_miscounted, miscounted_face
from photogender.errors import PhotogenderError
from tests.support.library import build, face, tagged

LIVES = int(os.environ.get("PHOTOGENDER_LIVES", "40"))
FACES = st.integers(1, 24)
NAMES = st.sampled_from(["Ada", "Ben", "Eve"])
STATEMENTS = st.one_of(
    st.builds(Statement, name=st.one_of(st.just(""), NAMES)),
    st.builds(Statement, name=NAMES),
    st.builds(Statement, gender=st.sampled_from(["female", "male"])),
    st.builds(Statement, age=st.floats(0, 100)),
    st.just(Statement()),
    st.just(Statement(not_a_face=True)),
)
DAYS = st.sampled_from([None, *map(Days.read, ("2000-05-01", "1990", "about 1980", "2012-03"))])
WHAT = {
    "persons": "SELECT * FROM persons ORDER BY name",
    "deductions": "SELECT deductions.*, name FROM deductions JOIN persons ON persons.id = person_id ORDER BY 1",
    "likely": "SELECT id, likely_taken FROM pictures ORDER BY 1",
}


class Lives(RuleBasedStateMachine):
    """Twelve photos with two faces each, some of them without a date."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "catalog.db"
        dates = [None if index % 4 == 3 else f"{2005 + index}-06-01T12:00:00" for index in range(12)]
        pairs = [[face("female", 5.0 + n), face("male", 30.0 + n, sure=0.6, x=200)] for n in range(12)]
        build(
            path, [tagged(f"/p/{n}.jpg", pair, taken) for n, (pair, taken) in enumerate(zip(pairs, dates, strict=True))]
        )
        self.catalog = Catalog(path, mode="write")

    def teardown(self) -> None:
        self.catalog.close()
        self.folder.cleanup()

    def tried(self, do: Callable[[], object]) -> None:
        with suppress(PhotogenderError):  # nobody of that name, or a face that is forgotten
            do()

    @rule(faces=st.lists(FACES, min_size=1, max_size=6), statement=STATEMENTS)
    def correct(self, faces: list[int], statement: Statement) -> None:
        self.tried(lambda: record_all(self.catalog, faces, statement, author="me"))

    @rule(number=FACES)
    def take_back(self, number: int) -> None:
        self.tried(lambda: undo_latest(self.catalog, [number]))

    @rule(name=NAMES, gender=st.sampled_from([None, "female", "male"]), born=DAYS)
    def set(self, name: str, gender: None, born: Days | None) -> None:
        self.tried(lambda: say(self.catalog, name, Facts(gender, born), author="me"))

    @rule(name=NAMES, new=NAMES)
    def rename(self, name: str, new: str) -> None:
        self.tried(lambda: rename(self.catalog, name, new, author="me"))

    @rule(name=NAMES, other=NAMES)
    def merge(self, name: str, other: str) -> None:
        self.tried(lambda: merge(self.catalog, name, [other], author="me"))

    @rule()
    def undo(self) -> None:
        self.tried(lambda: undo_change(self.catalog))

    @rule(number=st.integers(1, 12), taken=st.sampled_from([None, "2010-01-01T00:00:00", "1999-05-06T07:08:09"]))
    def date(self, number: int, taken: str | None) -> None:
        with self.catalog.transaction():
            self.catalog.update("pictures", number, {"taken": taken})

    @rule(number=FACES, gender=st.sampled_from(["female", "male"]), age=st.floats(0, 100))
    def estimate(self, number: int, gender: str, age: float) -> None:
        values = {"gender": gender, "age": age, "age_low": max(age - 5, 0), "age_high": age + 5}
        with self.catalog.transaction():
            self.catalog.update("faces", number, values)

    @rule(number=st.integers(1, 12))
    def lose(self, number: int) -> None:
        with self.catalog.transaction():
            self.catalog.fetch("UPDATE pictures SET former_path = coalesce(path, former_path) WHERE id = ?", [number])
            self.catalog.fetch("UPDATE pictures SET path = NULL WHERE id = ?", [number])

    @rule(number=st.integers(1, 12))
    def find(self, number: int) -> None:
        with self.catalog.transaction():
            self.catalog.fetch("UPDATE pictures SET path = former_path WHERE id = ? AND path IS NULL", [number])

    @rule(number=st.integers(1, 12), reason=st.sampled_from([None, "It is damaged."]))
    def skip(self, number: int, reason: str | None) -> None:
        with self.catalog.transaction():
            stage = reason and "decode"
            self.catalog.update("pictures", number, {"skipped_stage": stage, "skipped_reason": reason})

    @rule(number=FACES, said=st.booleans())
    def change_what_was_said(self, number: int, said: bool) -> None:
        """As another program may."""
        with self.catalog.transaction():
            self.catalog.fetch("UPDATE corrections SET not_a_face = ? WHERE face_id = ?", [said, number])
            names = self.catalog.fetch("SELECT name FROM corrections WHERE face_id = ?", [number]).fetchall()
            note(self.catalog, [name for (name,) in names if name])

    @rule(number=FACES, name=NAMES)
    def forget(self, number: int, name: str) -> None:
        if number % 8 == 0:
            forget_faces(self.catalog, [number], name)

    @rule()
    def tally(self) -> None:
        tally(self.catalog)

    @rule(number=st.integers(1, 12))
    def prune(self, number: int) -> None:
        if number % 6 == 0:
            self.catalog.remove([number])

    @invariant()
    def what_is_counted_is_what_is_shown(self) -> None:
        assert miscounted_face(self.catalog) is None
        assert not is_miscounted(self.catalog)

    @invariant()
    def is_as_from_scratch(self) -> None:
        assert not self.catalog.fetch("SELECT 1 FROM stale").fetchall()
        kept = {what: self.catalog.fetch(sql).fetchall() for what, sql in WHAT.items()}
        named = self.catalog.fetch("SELECT DISTINCT name FROM corrections WHERE name IS NOT NULL").fetchall()
        with self.catalog.transaction():
            self.catalog.fetch("DELETE FROM deductions")
            self.catalog.fetch("UPDATE pictures SET likely_taken = NULL")
            note(self.catalog, [name for (name,) in named])
        assert {what: self.catalog.fetch(sql).fetchall() for what, sql in WHAT.items()} == kept


def test_answers_that_are_kept_are_those_from_scratch() -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=LIVES, stateful_step_count=30, deadline=None, suppress_health_check=[*HealthCheck]
        ),
    )
