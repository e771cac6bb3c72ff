"""Which faces count for which measure, by hand."""

import json
import math

import pytest

from photogender.evaluation.scoring import Case, as_json, score, score_folds
from photogender.labels import AGE_GROUPS, Gender, age_group
from photogender.records import Prediction


def said(gender: Gender, age: float) -> Prediction:
    return Prediction(gender, 0.9, age, age_group(age), 0.5, age - 4, age + 4)


CASES = [
    Case(said("female", 30), "female", 26, "25-32", "0"),
    Case(said("male", 41), "female", 30, "25-32", "0"),  # one group off, eleven years
    Case(said("male", 5), "male", 40, "38-43", "1"),  # far off
    Case(None, "male", 1, "0-2", "1"),  # not found
    Case(said("male", 36), "male", 35, None, "1"),  # in no group
    Case(said("female", 70), None, None, "60-", None),  # only a group is known
]


def test_every_measure_by_hand() -> None:
    total = score(CASES).total
    assert (total.faces, total.found) == (6, 5)
    assert (total.gender.value, total.gender.faces) == (pytest.approx(3 / 5), 5)
    assert (total.exact.value, total.exact.faces) == (pytest.approx(2 / 5), 5)
    assert (total.one_off.value, total.one_off.faces) == (pytest.approx(3 / 5), 5)
    assert (total.close.value, total.close.faces) == (pytest.approx(2 / 5), 5)
    assert (total.mae.value, total.mae.faces) == (pytest.approx((4 + 11 + 35 + 1) / 4), 4)
    assert (total.inside.value, total.inside.faces) == (pytest.approx(2 / 4), 4)
    # All have a confidence of 0.9; of the four with a face and a known gender three are right.
    assert score(CASES).calibration == pytest.approx(0.9 - 3 / 4)


def test_rows_are_by_the_truth() -> None:
    scores = score(CASES)
    assert [(row.name, row.faces, row.found) for row in scores.by_age_group] == [
        ("0-2", 1, 0),
        ("25-32", 2, 2),
        ("38-43", 1, 1),
        ("60-", 1, 1),
        ("between", 1, 1),
    ]
    assert [(row.name, row.faces, row.gender.value) for row in scores.by_gender] == [
        ("female", 2, 0.5),
        ("male", 3, pytest.approx(2 / 3)),
    ]
    assert [(row.name, row.faces) for row in scores.by_race] == [("0", 2), ("1", 3)]
    between = scores.by_age_group[-1]
    assert between.exact.faces == 0
    assert math.isnan(between.exact.value)
    assert between.mae.value == 1


def test_two_groups_off_is_not_one_off() -> None:
    total = score([Case(said("male", 50), "male", 30, "25-32"), Case(said("male", 40), "male", 30, "25-32")]).total
    assert (total.exact.value, total.one_off.value) == (0, 0.5)


def test_a_face_of_unknown_age_is_in_no_row_by_age() -> None:
    scores = score([Case(said("male", 50), "male")])
    assert scores.by_age_group == ()
    assert scores.total.gender.value == 1


def test_confusions_by_hand() -> None:
    scores = score(CASES)
    assert scores.genders.tolist() == [[1, 1, 0], [0, 2, 1]]
    known = {
        (true, answer): int(scores.ages[true, answer]) for true, answer in zip(*scores.ages.nonzero(), strict=True)
    }
    assert known == {(4, 4): 1, (4, 5): 1, (5, 1): 1, (0, 8): 1, (7, 7): 1}


def test_folds_are_averaged_and_a_fold_without_truth_is_left_out() -> None:
    right, wrong = Case(said("male", 5), "male", None, "4-6"), Case(said("female", 70), "male", None, "4-6")
    unknown = Case(said("female", 70), "female")
    result = score_folds({"0": [right], "1": [right, wrong], "2": [unknown]})
    assert (result.exact.mean, result.exact.folds) == (0.75, 2)
    assert result.exact.standard_error == pytest.approx(math.sqrt(0.125) / math.sqrt(2))
    assert (result.gender.mean, result.gender.folds) == (pytest.approx(2.5 / 3), 3)
    assert [row.name for row in result.folds] == ["0", "1", "2"]
    assert result.pooled.total.faces == 4


def test_scores_are_written_as_json_with_null_for_what_is_not_known() -> None:
    text = json.dumps(as_json(score(CASES)), allow_nan=False)
    table = json.loads(text)
    assert table["total"]["gender"]["value"] == 0.6
    assert table["by_age_group"][-1]["exact"] == {"value": None, "low": None, "high": None, "faces": 0}
    assert len(table["ages"]) == len(AGE_GROUPS)
    folds = json.loads(json.dumps(as_json(score_folds({"0": CASES})), allow_nan=False))
    assert folds["exact"] == {"mean": 0.4, "standard_error": None, "folds": 1}


def test_no_faces_make_an_empty_table() -> None:
    scores = score([])
    assert scores.total.faces == 0
    assert scores.by_age_group == scores.by_gender == scores.by_race == ()
