"""The default model's weights: small, at once usable, and as right and as sure as its spec says."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import photo_like
from photogender.cli import main
from photogender.evaluation.evaluate import pictures_of, sample
from photogender.labels import DEFAULT_MODEL
from photogender.models.folders import SHIPPED
from photogender.models.read import load_spec
from tests.support.photos import rows

SPEC = load_spec("compact")


def test_it_is_the_default_and_comes_along() -> None:
    assert DEFAULT_MODEL == "compact"
    assert not SPEC.free
    assert "UTKFace" in SPEC.licence
    for net in SPEC.nets:
        assert net.file.find() == SHIPPED / net.file.name
    assert sum(len(net.file.read()) for net in SPEC.nets) <= 6e6


def test_ages_of_a_scan_have_an_interval(astronaut: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "c.db"
    assert CliRunner().invoke(main, ["scan", str(astronaut), "--catalog", str(catalog)]).exit_code == 0
    ((gender, sure, low, age, high),) = rows(
        catalog, "SELECT gender, gender_confidence, age_low, age, age_high FROM tags"
    )
    assert gender == "female"
    assert sure > 0.7
    assert 15 < low < age < high < 70
    shown = CliRunner().invoke(main, ["query", "--catalog", str(catalog)]).stdout
    assert f"{int(age)} ({int(low)}-{int(high)})" in shown


@pytest.mark.shared
@pytest.mark.slow
def test_it_is_as_right_and_as_sure_as_the_spec_says(shared: Path) -> None:
    """On 500 faces of the part that was kept apart, give or take what a sample of them varies."""
    command = ["evaluate", "--data", str(shared / "data" / "utkface"), "--limit", "500", "--format", "json"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    scores = json.loads(result.stdout)["scores"]["compact"]
    said = [float(number) for number in re.findall(r"\d\.\d{2,3}", SPEC.accuracy)[:4]]
    found = [scores["total"][name]["value"] for name in ("gender", "exact", "one_off", "mae")]
    assert found[:3] == pytest.approx(said[:3], abs=0.045)
    assert found[3] == pytest.approx(said[3], abs=0.6)
    assert scores["total"]["inside"]["value"] == pytest.approx(0.8, abs=0.06)
    assert scores["calibration"] < 0.04


@pytest.mark.shared
@pytest.mark.slow
def test_faces_in_made_up_photos_are_found_and_told(shared: Path) -> None:
    pictures = sample(pictures_of(str(shared / "data" / "utkface"), "validation"), 60)
    rows = photo_like.measure(pictures, "compact", seed=1)
    assert [row.name for row in rows] == ["all", "20 px", "30 px", "50 px", "100 px"]
    assert rows[0].faces == 60 == sum(row.faces for row in rows[1:])
    large = rows[-1]
    assert large.found / large.faces > 0.8
    assert large.gender.value > 0.7


def test_measured_is_what_the_card_says() -> None:
    card = (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8").splitlines()
    assert len(SPEC.measured) == 9
    for row in SPEC.measured:
        (line,) = (line for line in card if line.startswith(f"| {row.ages} | {row.faces:,} | {row.found:.3f} |"))
        said = [cell.split(" ")[1] for cell in line.split("|")[4:8]]
        assert (said[0], said[1], said[3]) == (f"{row.gender:.3f}", f"{row.age_group:.3f}", f"{row.age_off:.2f}")
