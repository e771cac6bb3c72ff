"""Charts of accuracy, read back from the text of an SVG or the pixels of a picture."""

import re
from pathlib import Path

import numpy as np
import pytest

from photogender.errors import PhotogenderError
from photogender.evaluation.charts import plot_accuracy, plot_confusion
from photogender.evaluation.scoring import GENDERS, Case, score
from tests.evaluation.test_scoring import CASES


def words(path: Path) -> list[str]:
    """matplotlib draws text as paths and keeps the words as comments."""
    return re.findall(r"<!-- (.*?) -->", path.read_text(encoding="utf-8"))


def test_a_confusion_shows_shares_counts_and_misses(tmp_path: Path) -> None:
    target = tmp_path / "gender.svg"
    plot_confusion(score(CASES).genders, GENDERS, "dlib: gender", str(target))
    said = words(target)
    assert "dlib: gender" in said
    assert "no face" in said
    assert "female  (2)" in said
    assert "male  (3)" in said
    assert said.count("50%") == 2
    assert said.count("67%") == 1


def test_a_confusion_without_misses_has_no_column_for_them(tmp_path: Path) -> None:
    target = tmp_path / "gender.svg"
    plot_confusion(np.array([[3, 1, 0], [0, 2, 0]]), GENDERS, "t", str(target))
    assert "no face" not in words(target)


def test_accuracies_leave_out_what_was_not_measured(tmp_path: Path) -> None:
    target = tmp_path / "groups.svg"
    plot_accuracy(score(CASES).by_age_group, "by age", str(target))
    assert {"gender", "age group", "age group, 1-off", "age within 5 years"} <= set(words(target))
    only_gender = score([Case(case.prediction, case.gender) for case in CASES]).by_gender
    plot_accuracy(only_gender, "by gender", str(target))
    assert "gender" in words(target)
    assert "age group" not in words(target)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotogenderError, match="cannot be written"):
        plot_accuracy(score(CASES).by_gender, "t", str(tmp_path / "no" / "chart.png"))
