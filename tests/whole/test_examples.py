"""The scripts of ``examples/``, run as their first lines say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from photogender.cli import main
from tests.support.library import build_corrected
from tests.support.nets import install
from tests.support.photos import face, write_faces

REPOSITORY = Path(__file__).parents[2]


def run(name: str, *args: str | Path, **environment: str) -> str:
    """What an example prints."""
    result = subprocess.run(
        [sys.executable, str(REPOSITORY / "examples" / name), *map(str, args)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_catalog_to_pandas_counts_groups_and_years(tmp_path: Path) -> None:
    said = run("catalog_to_pandas.py", build_corrected(tmp_path / "catalog.db"))
    lines = [line.split() for line in said.splitlines()]
    assert ["25-32", "2", "0", "2"] in lines
    assert ["38-43", "0", "1", "1"] in lines
    assert ["All", "5", "3", "8"] in lines
    assert ["2019", "1", "2", "8.20"] in lines
    assert ["unknown", "2", "4", "5.00"] in lines


def test_own_model_runs_any_installed_model(tmp_path: Path) -> None:
    face().save(tmp_path / "portrait.png")
    said = run("own_model.py", "dlib", tmp_path / "portrait.png")
    assert said.count("portrait.png at ") == 1
    assert ": female, " in said
    install(tmp_path / "made", "mine")  # and then the way in for networks from elsewhere
    nets = [str(path) for path in sorted((tmp_path / "made" / "mine").glob("*.onnx"))]
    environment = {"PHOTOGENDER_MODELS": str(tmp_path / "models")}
    command = ["models", "add", *nets, "--spec", str(tmp_path / "made" / "mine" / "spec.toml"), "--name", "own"]
    added = CliRunner().invoke(main, command, env=environment)
    assert added.exit_code == 0, added.output
    own = run("own_model.py", "own", tmp_path / "portrait.png", **environment)
    assert own.count("portrait.png at ") == 1


def test_train_own_model_makes_a_model_that_can_be_added(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pictures = write_faces(tmp_path / "pictures", 40)
    said = run("train_own_model.py", pictures, tmp_path / "made", "1").splitlines()
    assert said[0].endswith("to choose the best weights by")
    assert said[1].startswith("best at iteration 1: gender ")
    command = said[-1].removeprefix("Install it with: photogender ").split()
    added = CliRunner().invoke(main, command, env={"PHOTOGENDER_MODELS": str(tmp_path / "models")})
    assert added.exit_code == 0, added.output
    assert (tmp_path / "models" / "mine" / "spec.toml").exists()


def test_own_evaluation_measures_a_list_of_answers(tmp_path: Path) -> None:
    table = tmp_path / "answers.csv"
    lines = (
        "gender,age,predicted_gender,predicted_age",
        "female,30,female,26",
        "male,40,female,50",
        "male,35,male,36",
        "female,1,,",
    )
    table.write_text("\n".join(lines) + "\n")
    first, *groups = run("own_evaluation.py", table).splitlines()
    assert first.startswith("     all: 4 faces, gender 50.0% (")
    assert first.endswith("group 33.3%, one off 66.7%, 5.0 years off")
    assert [line.split(":")[0].strip() for line in groups] == ["0-2", "25-32", "38-43", "between"]
    assert groups[1] == "   25-32: 1 faces, gender 100.0%, group 100.0%, one off 100.0%, 4.0 years off"


@pytest.mark.parametrize("name", sorted(path.name for path in (REPOSITORY / "examples").glob("*.py")))
def test_every_example_says_how_it_is_run(name: str) -> None:
    assert (REPOSITORY / "examples" / name).read_text(encoding="utf-8").startswith('"""')
