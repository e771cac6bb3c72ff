"""A random sample to answer: drawn without bias, estimates hidden until they are answered, measured by evaluate."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.review.sample import draw
from tests.support.library import build, face, tagged
from tests.support.photos import rows
from tests.support.review_site import Site, correct, serve

STORED = "SELECT face_id, gender, age, not_a_face, author, blind FROM corrections ORDER BY id"


def run(*args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == code, result.output
    return result


def shown(site: Site) -> dict[int, dict[str, Any]]:
    return {each["id"]: each for each in site.read("/api/faces")["faces"]}


def as_seen(each: dict[str, Any]) -> dict[str, object]:
    return {key: each[key] for key in ("id", "correction", "gender", "age")}


def test_each_face_has_the_same_chance_and_new_ones_change_little(tmp_path: Path) -> None:
    photos = [tagged(f"/p/{number}.jpg", [face("female", 30), face("male", 40, x=100)]) for number in range(500)]
    build(tmp_path / "c.db", photos[:400])
    with Catalog(tmp_path / "c.db") as catalog:
        before = draw(catalog, 50, 1)
        assert draw(catalog, 20, 1) == before[:20]  # whoever stops early has a random sample, too
        assert draw(catalog, 50, 2) != before
        assert len(draw(catalog, 9999, 1)) == 800
        counts = [0] * 801
        for seed in range(400):
            for each in draw(catalog, 80, seed):
                counts[each] += 1
    expected = 400 * 80 / 800
    chi = sum((number - expected) ** 2 for number in counts[1:]) / (expected * (1 - 80 / 800))
    assert 640 < chi < 960  # 799 degrees of freedom: four standard deviations
    build(tmp_path / "c.db", photos[400:])
    with Catalog(tmp_path / "c.db") as catalog:
        assert len({*draw(catalog, 50, 1)} & {*before}) > 25


def test_estimates_are_hidden_until_both_are_answered(catalog: Path, tmp_path: Path) -> None:
    correct(catalog, 1, name="Ada", gender="female", age=9)
    with serve(catalog, tmp_path / "cache", "--sample", "5", "--seed", "2", "--author", "Bo") as site:
        assert site.read("/api/settings")["sample"] == 5
        faces = shown(site)
        assert len(faces) == 5
        assert all(each["hidden"] and not each["reviewed"] and each["name"] is None for each in faces.values())
        one, other, third = [*faces][:3]
        seen = as_seen(faces[one])
        for said in ({}, {"gender": "male"}, {"age": 3}, {"name": "x"}):
            answer = site.say("/api/corrections", 400, faces=[seen], **said)
            assert answer["error"] == "In a random sample an answer says gender and age, or that it is not a face."
        outside = next(each for each in range(1, 9) if each not in faces)
        stranger = {**seen, "id": outside}
        assert (
            "not in the random sample" in site.say("/api/corrections", 400, faces=[stranger], not_a_face=True)["error"]
        )
        saved = site.correct(seen, gender="male", age=33)
        assert not saved["faces"][0].get("hidden")
        assert saved["faces"][0]["gender"] == "male"
        site.correct(as_seen(faces[other]), not_a_face=True)
        site.correct(as_seen(faces[third]), gender="female", age=3)
        assert site.read("/api/overview") == {"faces": 5, "reviewed": 3}
        assert site.undo([shown(site)[third]["correction"]], third)["faces"][0]["hidden"]
        assert site.ask("/api/matching")[0] == 404
        assert site.ask("/api/faces?after=x")[0] == 400
        assert site.ask("/api/faces?after=5")[0] == 200
        photo = site.read(f"/api/photos/{faces[one]['photo']}")
        assert {each["id"] for each in photo["faces"]} <= {*faces}
    assert rows(catalog, STORED)[1:] == [(one, "male", 33.0, 0, "Bo", 1), (other, None, None, 1, "Bo", 1)]
    with serve(catalog, tmp_path / "cache", "--sample", "5", "--seed", "2", "--author", "Bo") as site:
        assert [*shown(site)] == [*(each for each in faces if each not in (one, other)), one, other]
    with serve(catalog, tmp_path / "cache", "--sample", "5", "--seed", "2", "--author", "Cy") as site:
        assert [*shown(site)] == [*faces]
        again = shown(site)[one]
        assert again["hidden"]
        site.correct(as_seen(again), gender="female", age=30)
    report = json.loads(run("evaluate", "--catalog", str(catalog), "--format", "json").stdout)
    assert report["faces"] == "sample"
    assert report["agreement"] == [
        {"one": "Bo", "other": "Cy", "faces": 1, "same_gender": 0.0, "kappa": 0.0, "years_apart": 3.0}
    ]
    table = run("evaluate", "--catalog", str(catalog)).stdout
    assert "drawn at random" in table
    assert "ages apart, years" in table


def test_a_saved_file_keeps_how_a_face_was_answered(catalog: Path, tmp_path: Path) -> None:
    with serve(catalog, tmp_path / "cache", "--sample", "1", "--author", "Bo") as site:
        (each,) = shown(site).values()
        site.correct(as_seen(each), gender="male", age=33)
    said = str(tmp_path / "said.jsonl")
    run("corrections", "export", said, "--catalog", str(catalog))
    before = rows(catalog, STORED)
    with Catalog(catalog, mode="write") as opened:
        opened.fetch("DELETE FROM corrections")
    run("corrections", "import", said, "--catalog", str(catalog))
    assert rows(catalog, STORED) == before == [(each["id"], "male", 33.0, 0, "Bo", 1)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--sample", "3", "--read-only"], "With --read-only nothing can be answered"),
        (["--seed", "3"], "--seed goes with --sample"),
        (["--sample", "0"], "0 is not in the range"),
    ],
)
def test_options_that_do_not_go_together(catalog: Path, options: list[str], told: str) -> None:
    result = run("review", "--catalog", str(catalog), *options, code=2)
    assert told in result.stderr


def test_an_empty_catalog_has_no_sample(tmp_path: Path) -> None:
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [])])
    result = run("review", "--catalog", str(tmp_path / "c.db"), "--sample", "3", code=1)
    assert "There is no face in" in result.stderr
    assert "No face of a random sample was answered yet" in (
        run("evaluate", "--catalog", str(tmp_path / "c.db"), "--faces", "sample", code=1).stderr
    )
    told = run("evaluate", "--people", "--faces", "sample", code=2).stderr
    assert "--people goes with --catalog and --format, not with --faces" in told
