"""Measures compared with numbers by hand, and their properties for any numbers."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photogender.evaluation.measures import (
    Estimate,
    calibration_error,
    confusion,
    errors,
    estimate,
    hits,
    inside,
    over_folds,
    within,
)

TRUTH = np.array([0, 0, 1, 2, 3, -1, 7])
SAID = np.array([0, 1, 1, 0, -1, 3, 5])
pairs = st.lists(st.tuples(st.integers(-1, 7), st.integers(-1, 7)), max_size=60)


def test_exact_one_off_and_what_does_not_count() -> None:
    exact, one_off = hits(TRUTH, SAID), hits(TRUTH, SAID, within=1)
    assert exact[[0, 1, 2, 3, 4, 6]].tolist() == [1, 0, 1, 0, 0, 0]
    assert one_off[[0, 1, 2, 3, 4, 6]].tolist() == [1, 1, 1, 0, 0, 0]
    assert math.isnan(exact[5])
    assert math.isnan(one_off[5])
    assert estimate(exact).value == pytest.approx(2 / 6)
    assert estimate(one_off).value == pytest.approx(3 / 6)


def test_a_missing_prediction_is_not_next_to_the_first_class() -> None:
    assert hits(np.array([0]), np.array([-1]), within=1).tolist() == [0]


def test_mae_and_cumulative_score_by_hand() -> None:
    truth = np.array([10.0, 20.0, 30.0, 40.0, math.nan])
    said = np.array([15.0, 14.0, 30.5, math.nan, 3.0])
    assert np.nanmean(errors(truth, said)) == pytest.approx((5 + 6 + 0.5) / 3)
    assert within(truth, said, 5)[:4].tolist() == [1, 0, 1, 0]  # exactly five years off is within five
    assert math.isnan(within(truth, said, 5)[4])
    assert estimate(within(truth, said, 5)).value == 0.5


def test_calibration_error_by_hand() -> None:
    sure = np.array([0.95, 0.95, 0.97, 0.97, 0.55, 0.55, math.nan, 0.8])
    right = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, math.nan])
    # Four of the seven that count are about 0.96, three of them right; two are at 0.55, one of them right.
    expected = (4 * abs(0.96 - 0.75) + 2 * abs(0.55 - 0.5)) / 6
    assert calibration_error(sure, right) == pytest.approx(expected)
    assert math.isnan(calibration_error(sure[6:], right[6:]))


@given(st.integers(0, 2**32 - 1))
def test_a_calibrated_confidence_has_a_small_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sure = rng.uniform(0.5, 1, 20_000)
    right = (rng.random(20_000) < sure).astype(np.float64)
    assert calibration_error(sure, right) < 0.03
    assert calibration_error(np.minimum(sure + 0.2, 1), right) > 0.08


def test_an_age_is_inside_in_completed_years() -> None:
    truth = np.array([20.0, 30.9, 31.0, math.nan, 5.0])
    low, high = np.array([20.0, 28.0, 28.0, 1.0, math.nan]), np.array([24.0, 30.0, 30.0, 9.0, math.nan])
    found = inside(truth, low, high)
    assert found[:3].tolist() == [1, 1, 0]
    assert np.isnan(found[3:]).all()


def test_confusion_by_hand() -> None:
    table = confusion(np.array([0, 0, 1, 2, -1]), np.array([0, 2, 1, -1, 1]), 3)
    assert table.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]


@given(pairs)
def test_confusion_holds_every_known_face_and_the_accuracies(given_pairs: list[tuple[int, int]]) -> None:
    truth, said = (np.array([pair[side] for pair in given_pairs], np.int64) for side in (0, 1))
    table = confusion(truth, said, 8)
    exact, one_off = hits(truth, said), hits(truth, said, within=1)
    assert table.sum() == (truth >= 0).sum() == (~np.isnan(exact)).sum()
    assert np.trace(table) == np.nansum(exact)
    assert sum(np.trace(table[:, :8], offset) for offset in (-1, 0, 1)) == np.nansum(one_off)
    assert np.array_equal(table.sum(axis=1), [(truth == each).sum() for each in range(8)])


def test_over_folds_by_hand() -> None:
    result = over_folds([0.4, 0.5, 0.6])
    # sample variance 0.01, so deviation 0.1, over the root of 3
    assert (result.mean, result.standard_error) == pytest.approx((0.5, 0.1 / math.sqrt(3)))
    assert math.isnan(over_folds([0.4]).standard_error)


def test_the_interval_of_a_share_is_about_its_normal_one() -> None:
    values = np.repeat([1.0, 0.0], [640, 360])
    found = estimate(values, resamples=4000)
    half = 1.96 * math.sqrt(0.64 * 0.36 / 1000)
    assert found.value == 0.64
    assert found.faces == 1000
    assert found.low == pytest.approx(0.64 - half, abs=0.004)
    assert found.high == pytest.approx(0.64 + half, abs=0.004)
    narrow = estimate(values, resamples=4000, level=0.5)
    assert found.low < narrow.low < narrow.high < found.high


def test_intervals_follow_the_seed_and_not_the_size_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).normal(5, 2, 200)
    assert estimate(values, seed=1) == estimate(values, seed=1)
    assert estimate(values, seed=1) != estimate(values, seed=2)
    whole = estimate(values)
    monkeypatch.setattr("photogender.evaluation.measures._BLOCK", 7 * 200)
    assert estimate(values) == whole


def test_no_faces_give_no_number_and_no_warning() -> None:
    for values in (np.array([]), np.array([math.nan, math.nan])):
        found = estimate(values)
        assert found.faces == 0
        assert all(math.isnan(number) for number in (found.value, found.low, found.high))


@given(st.lists(st.one_of(st.floats(-100, 100), st.just(math.nan)), min_size=1, max_size=40), st.integers(0, 9))
def test_an_interval_lies_within_the_values_and_ignores_nan(values: list[float], seed: int) -> None:
    given_values = np.array(values)
    known = given_values[~np.isnan(given_values)]
    found = estimate(given_values, resamples=50, seed=seed)
    if not len(known):
        assert found.faces == 0
        return
    same: Estimate = estimate(known, resamples=50, seed=seed)
    np.testing.assert_equal(astuple(found), astuple(same))  # NaN equals NaN here, which == says before Python 3.13 only
    if len(set(known.tolist())) == 1:  # one face, or all alike: no interval of 100 to 100
        assert found.value == known[0]
        assert math.isnan(found.low)
        assert math.isnan(found.high)
        return
    slack = 1e-9
    assert known.min() - slack <= found.low <= found.high <= known.max() + slack
