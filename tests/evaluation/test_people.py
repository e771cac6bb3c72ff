"""``evaluate --people``: the measures by hand, and on a catalog of named faces."""

import itertools
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.evaluation.people import agreement, on_people
from tests.cli.test_people import group, group_of, library, run  # noqa: F401 - a fixture


def test_measures_by_hand() -> None:
    # Ada has three faces, two of them in group 1 with Ben's one.
    found = agreement([("Ada", 1), ("Ada", 1), ("Ada", 2), ("Ben", 1)])
    assert (found.faces, found.people, found.groups) == (4, 2, 2)
    assert (found.pair_precision, found.pair_recall) == (1 / 3, 1 / 3)
    assert found.bcubed_precision == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 / 3) / 4)
    assert found.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    alone = agreement([("Ada", 1), ("Ben", 2)])
    assert (alone.pair_precision, alone.pair_recall, alone.bcubed_precision, alone.bcubed_recall) == (1, 1, 1, 1)


def test_measures_follow_their_definitions() -> None:
    rng = random.Random(0)
    faces = [(rng.randrange(5), rng.randrange(6)) for _ in range(60)]
    found = agreement(faces)
    pairs = list(itertools.combinations(faces, 2))
    right = [(a, b) for a, b in pairs if a == b]
    assert found.pair_precision == pytest.approx(len(right) / sum(a[1] == b[1] for a, b in pairs))
    assert found.pair_recall == pytest.approx(len(right) / sum(a[0] == b[0] for a, b in pairs))
    precision = [sum(a == b for b in faces) / sum(a[1] == b[1] for b in faces) for a in faces]
    recall = [sum(a == b for b in faces) / sum(a[0] == b[0] for b in faces) for a in faces]
    assert found.bcubed_precision == pytest.approx(sum(precision) / 60)
    assert found.bcubed_recall == pytest.approx(sum(recall) / 60)


def test_on_a_catalog(library: Path) -> None:  # noqa: F811
    assert "has a name yet" in run("evaluate", "--people").output
    group()
    red, blue = group_of(library, "red"), group_of(library, "blue")
    for each, name in ((red, "Ada"), (blue, "Ben")):
        assert run("people", "confirm", each, "--name", name).exit_code == 0
    with Catalog(library.parent / "catalog.db", mode="change") as catalog:
        faces = [face for (face,) in catalog.fetch("SELECT face_id FROM tags WHERE name = 'Ada'")]
        (estimated,) = catalog.fetch("SELECT gender FROM faces WHERE id = ?", [faces[0]]).fetchone()
        other = "male" if estimated == "female" else "female"
        change = "UPDATE faces SET gender_confidence = ?, gender = ? WHERE id = ?"
        for face, answer in zip(faces, [(0.9, estimated), (0.9, estimated), (0.6, other)], strict=True):
            catalog.fetch(change, [*answer, face])
        catalog.correct(faces[:1], author="me", gender=estimated)
        report = on_people(catalog)
    assert report.groups is not None
    assert (report.groups.bcubed_precision, report.groups.bcubed_recall, report.groups.faces) == (1, 1, 5)
    assert [(each.least, each.people, each.faces) for each in report.genders] == [(1, 1, 3), (3, 1, 3)]
    assert report.genders[1].single == pytest.approx(2 / 3)
    assert report.genders[1].pooled == 1
    assert run("people", "set", "Ben", "--gender", "m").exit_code == 0  # of the person, not of a face
    found = json.loads(run("evaluate", "--people", "--format", "json").stdout)
    assert [(each["people"], each["faces"]) for each in found["genders"]] == [(2, 5), (1, 3)]
    shown = run("evaluate", "--people")
    assert shown.exit_code == 0
    assert "66.7" in shown.stdout
    found = json.loads(CliRunner().invoke(main, ["evaluate", "--people", "--format", "json"]).stdout)
    assert found["groups"]["pair_recall"] == 1
    assert "goes with --catalog" in run("evaluate", "--people", "--whole").output
    assert run("people", "group", "--remove", "--yes").exit_code == 0
    assert json.loads(run("evaluate", "--people", "--format", "json").stdout)["groups"] is None
