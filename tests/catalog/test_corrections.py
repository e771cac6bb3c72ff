"""The one door for what is said of faces: what it refuses, how it stores, what an undo takes back."""

import math
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from photogender import Catalog
from photogender.catalog.said.corrections import Saved, Seen, Undone, record, undo
from photogender.catalog.said.statement import Statement, StatementError
from photogender.cli import main
from photogender.errors import CatalogError
from photogender.labels import LONGEST_NAME
from tests.support.library import LIBRARY, build
from tests.support.photos import rows

STATE = "SELECT gender, age, age_group, name, not_a_face FROM corrections ORDER BY id DESC LIMIT 1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(tmp_path / "c.db", LIBRARY)
    return tmp_path / "c.db"


@pytest.mark.parametrize(
    "said",
    [
        *({"gender": gender} for gender in ("f", "Female", "", 1, ["male"])),
        *({"age": age} for age in (-0.1, 130.1, math.nan, math.inf, -math.inf, 10**400, "34", True, Decimal(3), [3])),
        *(
            {"name": name}
            for name in (7, b"Ada", "x" * (LONGEST_NAME + 1), "Zo\udceb", "\ud83d", "e" + "\u0301" * 10**6)
        ),
        *({"not_a_face": value} for value in (1, "yes", None)),
    ],
    ids=lambda said: repr(said)[:40],
)
def test_what_cannot_be_said_is_refused(path: Path, said: dict[str, Any]) -> None:
    with pytest.raises(StatementError):
        Statement(**said)
    with Catalog(path, mode="change") as catalog, pytest.raises(StatementError):
        catalog.correct([1], author="me", **said)
    assert rows(path, "SELECT count(*) FROM corrections") == [(0,)]


@pytest.mark.parametrize("author", ["", " \n", "\x9b", "x" * 201, "\udcff", None, 3])
def test_whoever_says_something_has_a_name(path: Path, author: object) -> None:
    with Catalog(path, mode="change") as catalog, pytest.raises(StatementError):
        catalog.correct([1], author=author, age=3)  # type: ignore[arg-type]
    assert rows(path, "SELECT count(*) FROM corrections") == [(0,)]


def test_the_edges_can_be_said(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        for age, stored in ((0, 0.0), (-0.0, 0.0), (130, 130.0), (np.float32(2.5), 2.5), (np.int64(7), 7.0)):
            catalog.correct([1], author="me", age=age)
            assert repr(rows(path, "SELECT age FROM corrections ORDER BY id DESC LIMIT 1")) == repr([(stored,)])
        catalog.correct([1], author="me", name="n" * LONGEST_NAME)


def test_a_name_is_the_same_however_it_is_written(path: Path) -> None:
    composed, decomposed = "Zoë Ångström", unicodedata.normalize("NFD", "Zoë Ångström")
    assert composed != decomposed
    with Catalog(path, mode="change") as catalog:
        for face, name in (
            (1, composed),
            (2, decomposed),
            (3, f" \u2066Zoë\x85{decomposed[4:]}\u2069\ufeff\n"),
            (4, "Zo"),
        ):
            catalog.correct([face], author=f"{decomposed}\x00", name=name)
    assert rows(path, "SELECT DISTINCT name FROM corrections WHERE face_id < 4") == [(composed,)]
    assert rows(path, "SELECT DISTINCT author FROM corrections") == [(composed,)]
    found = CliRunner().invoke(
        main, ["query", "--catalog", str(path), "--name", decomposed, "--format", "csv"], catch_exceptions=False
    )
    assert [line.split(",")[1] for line in found.stdout.splitlines()[1:]] == ["1", "2", "3"]
    for nobody in ("x" * 300, "\udcff"):
        found = CliRunner().invoke(
            main, ["query", "--catalog", str(path), "--name", nobody, "--format", "paths"], catch_exceptions=False
        )
        assert (found.exit_code, found.stdout) == (0, "")
    of_model = ["query", "--catalog", str(path), "--model", "\udcff", "--format", "paths"]
    assert CliRunner().invoke(main, of_model, catch_exceptions=False).stdout == ""


@given(st.text(st.characters(codec=None), max_size=250))
def test_whatever_is_typed_is_refused_or_tidy(name: str) -> None:
    try:
        stored = Statement(name=name).name
    except StatementError:
        assert len(name) > LONGEST_NAME or any(unicodedata.category(c) == "Cs" for c in name)
        return
    assert stored is not None
    assert Statement(name=stored).name == stored == unicodedata.normalize("NFC", stored)
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in stored)
    assert stored == " ".join(stored.split())
    assert len(stored) <= LONGEST_NAME


@pytest.mark.parametrize("face", ["-99999999999999999999", "-1", "0", "9" * 30, str(2**63), str(2**63 - 1)])
@pytest.mark.parametrize("what", [["--confirm"], ["--undo"]])
def test_an_id_that_no_face_can_have_is_a_sentence(path: Path, face: str, what: list[str]) -> None:
    with Catalog(path, mode="change") as catalog:
        catalog.correct([1], author="me", age=3)
    result = CliRunner().invoke(main, ["correct", "--catalog", str(path), *what, "--", "1", face])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: There is no face {face} in ")
    assert rows(path, "SELECT age FROM corrections") == [(3.0,)]


def test_a_login_that_is_not_a_name_is_a_sentence(path: Path) -> None:
    for login in ("\udcff", "x" * 300, "\x1b"):
        result = CliRunner().invoke(
            main, ["correct", "1", "--confirm", "--catalog", str(path)], env={"LOGNAME": login}, catch_exceptions=False
        )
        assert (result.exit_code, result.stderr.startswith("Error: ")) == (1, True), login
        assert "--author" in result.stderr
    assert rows(path, "SELECT count(*) FROM corrections") == [(0,)]


def test_what_can_be_saved_is_and_the_rest_is_named(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        saved = record(catalog, [1, 99, 2, 2, -1, 2**70], Statement(age=30), author="me")
        assert saved == Saved({1: 1, 2: 2}, (99, -1, 2**70), ())
        with pytest.raises(CatalogError, match="There is no face 99"):
            catalog.correct([3, 99], author="me", age=30)
    assert rows(path, "SELECT id, face_id FROM corrections") == [(1, 1), (2, 2)]


def test_a_face_that_changed_since_it_was_seen_is_left_alone(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        seen = {1: Seen(None, "female", 30.6), 2: Seen(None, "male", 8.2), 3: Seen(None, "male", 40.9)}
        assert record(catalog, [1, 2, 3], Statement(), author="me", seen=seen) == Saved({1: 1, 2: 2, 3: 3}, (), ())
        seen = {1: Seen(1, "female", 30.6), 2: Seen(None, "male", 8.2), 3: Seen(3, "male", 40.5), 4: Seen(1, "male", 5)}
        assert record(catalog, [1, 2, 3, 4], Statement(), author="me", seen=seen) == Saved({1: 4}, (), (2, 3, 4))
        catalog.correct([1], author="me", age=50, gender="male")
        assert record(catalog, [1], Statement(), author="me", seen={1: Seen(5, "male", 50)}).corrections == {1: 6}


def test_an_undo_takes_back_exactly_this_correction(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        first = record(catalog, [1, 2], Statement(age=30), author="me").corrections
        second = record(catalog, [1], Statement(name="Ada"), author="you").corrections
        assert undo(catalog, [first[1], first[2], 99, -5]) == Undone({first[2]: 2}, (first[1],), (99, -5))
        assert rows(path, "SELECT id, age, name FROM corrections") == [(1, 30.0, None), (3, 30.0, "Ada")]
        assert undo(catalog, [second[1], first[1]]) == Undone({second[1]: 1, first[1]: 1}, (), ())
        assert undo(catalog, [first[1]]) == Undone({}, (), (first[1],))
    assert rows(path, "SELECT correction_id FROM faces WHERE correction_id IS NOT NULL") == []


def test_a_confirmation_keeps_the_group_of_a_model_and_the_name(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        catalog.fetch("UPDATE faces SET age_group = '38-43' WHERE id = 1")
        catalog.correct([1], author="me", name="Ada")
        catalog.correct([1], author="me")
    assert rows(path, STATE) == [("female", 30.6, "38-43", "Ada", 0)]
