"""Training as a library: ``photogender.training.train``."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from photogender import training
from photogender.errors import PhotogenderError
from photogender.training import RECIPES, AdienceFold, FaceCounts, Progress, TrainingSettings
from photogender.training.recipes import recipes_for
from photogender.training.task import HEADS
from tests.support.photos import write_faces

QUICK = replace(RECIPES["modern"], iterations=2, batch_size=4, sides=((0.0, 67),))


def test_importing_it_needs_no_torch() -> None:
    program = (
        "import sys; import photogender.training; from photogender.training import RECIPES, TrainingSettings\n"
        "print('torch' in sys.modules); sys.modules['torch'] = None\n"
        "try: photogender.training.train\n"
        "except photogender.errors.RuntimeMissingError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, *error = result.stdout.splitlines()
    assert first == "False"
    assert error == [
        "Training needs torch, which is not installed.",
        "Install it with: pip install 'photogender[train]'",
    ]


def test_every_recipe_is_in_the_table_and_every_task_has_one() -> None:
    compact = ["compact", "settle", "ordinary"]
    assert list(RECIPES) == ["paper", "modern", "middle", "finish", *compact, "small", "context", "teacher"]
    assert [recipes_for(task) for task in HEADS] == [
        *[["paper", "modern", "middle", "finish"]] * 3,
        compact,
        ["small"],
        ["context"],
        ["teacher"],
    ]


def test_a_recipe_for_another_task_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with pytest.raises(PhotogenderError, match="recipe teacher is for teacher, not for compact"):
        training.train(str(tmp_path), str(tmp_path / "run"), TrainingSettings("compact", RECIPES["teacher"]))
    with pytest.raises(PhotogenderError, match="recipe compact is for compact, not for age"):
        training.train(
            AdienceFold(str(tmp_path), 0), str(tmp_path / "run"), TrainingSettings("age", RECIPES["compact"])
        )
    assert not (tmp_path / "run").exists()


def test_it_trains_reports_and_resumes(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pictures, out = write_faces(tmp_path / "pictures", 40), tmp_path / "run"
    settings = TrainingSettings("gender", QUICK, evaluate_every=1, threads=1)
    reports: list[Progress | FaceCounts] = []
    trained = training.train(pictures, out, settings, reports.append)
    assert [row.iteration for row in trained.log] == [1, 2]
    assert trained.best in trained.log
    parts = json.loads((tmp_path / "run" / "parts.json").read_text())
    assert [report for report in reports if isinstance(report, FaceCounts)] == [
        FaceCounts(len(parts["train"]), len(parts["validation"]))
    ]
    stages = [(report.stage, report.done, report.total) for report in reports if isinstance(report, Progress)]
    assert stages[0] == ("faces", 0, 40)
    assert sorted(stages[:41]) == [("faces", done, 40) for done in range(41)]
    assert stages[41:] == [("training", done, 2) for done in range(3)]
    assert [report.loss for report in reports[-2:] if isinstance(report, Progress) and not report.loss] == []
    assert (tmp_path / "run" / "curves.png").read_bytes()[:4] == b"\x89PNG"

    reports.clear()
    assert training.train(str(pictures), str(out), settings, reports.append) == trained
    assert [report.done for report in reports if isinstance(report, Progress)] == [0, 0]
    with pytest.raises(PhotogenderError, match="it differs in: recipe"):
        training.train(str(pictures), out, replace(settings, recipe=RECIPES["finish"]))
    (pictures / "20_0_0_99999999999999999.jpg").write_bytes(next(pictures.iterdir()).read_bytes())
    with pytest.raises(PhotogenderError, match="was started with other pictures"):
        training.train(str(pictures), out, settings)


def test_a_damaged_division_is_reported(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pictures = write_faces(tmp_path / "pictures", 3)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "parts.json").write_text("{")
    with pytest.raises(PhotogenderError, match=r"parts\.json cannot be read"):
        training.train(str(pictures), str(tmp_path / "run"), TrainingSettings("gender", QUICK))
