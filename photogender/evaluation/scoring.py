"""Measures of predictions against the truth, in total and by age group, gender and race.

Two rules decide what counts. A face that was not found has a wrong gender, a wrong age group and an age that is not
within five years, but no error in years, so the MAE is over the faces that were found. Age groups count only if the
true age is in one of the eight (``labels.true_group``): an age between two groups, such as 35, has no right group and
is left out, as in Levi & Hassner (2015), except for its error in years. Every *prediction* has the nearest group.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from photogender.evaluation.measures import (
    Estimate,
    Floats,
    OverFolds,
    calibration_error,
    confusion,
    errors,
    estimate,
    hits,
    inside,
    over_folds,
    within,
)
from photogender.labels import AGE_GROUPS, Gender
from photogender.records import Prediction

GENDERS: tuple[Gender, Gender] = ("female", "male")

CLOSE = 5.0
"""Years of the cumulative score."""

NO_GROUP = "between"
"""Name of the row for ages in none of the groups."""


@dataclass(frozen=True, slots=True)
class Case:
    """One face: the prediction, and the truth as far as it is known."""

    prediction: Prediction | None
    """None if no face was found."""
    gender: Gender | None = None
    age: float | None = None
    """Years."""
    age_group: str | None = None
    """One of ``AGE_GROUPS``; None if the age is not known, or in none of them."""
    race: str | None = None
    """In the words of the data set."""


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of some faces; shares are from 0 to 1."""

    name: str
    faces: int
    found: int
    gender: Estimate
    exact: Estimate
    """The right age group."""
    one_off: Estimate
    """The right age group or a neighbouring one."""
    close: Estimate
    """An age at most five years off: CS@5."""
    mae: Estimate
    """Mean absolute error in years, over the faces found."""
    inside: Estimate
    """The age is in the predicted interval, over the faces with one; should be 0.8."""


@dataclass(frozen=True, slots=True)
class Scores:
    """All measures of one set of faces."""

    total: Row
    by_age_group: tuple[Row, ...]
    by_gender: tuple[Row, ...]
    by_race: tuple[Row, ...]
    ages: NDArray[np.int64]
    """Confusion matrix of the groups: 8 × 9, true by predicted; the last column is "not found"."""
    calibration: float
    """Expected calibration error of the confidence in the gender; NaN without faces."""
    genders: NDArray[np.int64]
    """Confusion matrix of the genders: 2 × 3, in the order of ``GENDERS``."""


@dataclass(frozen=True, slots=True)
class FoldScores:
    """Measures over folds: mean and standard error of the values of the folds."""

    folds: tuple[Row, ...]
    gender: OverFolds
    exact: OverFolds
    one_off: OverFolds
    pooled: Scores
    """The faces of all folds as one set."""


def score(cases: Sequence[Case]) -> Scores:
    """Measure the predictions for some faces, in total and by their true age group, gender and race."""
    table = _Table(cases)
    groups = [*AGE_GROUPS, NO_GROUP]
    placed = [case.age_group or (NO_GROUP if case.age is not None else None) for case in cases]
    races = sorted({case.race for case in cases if case.race is not None})
    return Scores(
        total=table.row("all", np.ones(len(cases), bool)),
        by_age_group=table.rows(groups, placed),
        by_gender=table.rows(GENDERS, [case.gender for case in cases]),
        by_race=table.rows(races, [case.race for case in cases]),
        ages=confusion(table.true_group, table.group, len(AGE_GROUPS)),
        calibration=table.calibration,
        genders=confusion(table.true_gender, table.gender, len(GENDERS)),
    )


def score_folds(folds: Mapping[str, Sequence[Case]]) -> FoldScores:
    """Measure each fold and all together; a fold without faces for a measure is left out of its mean."""
    rows = tuple(_Table(cases).row(name, np.ones(len(cases), bool)) for name, cases in folds.items())

    def mean(measure: str) -> OverFolds:
        given: list[Estimate] = [getattr(row, measure) for row in rows]
        return over_folds([each.value for each in given if each.faces])

    pooled = score([case for cases in folds.values() for case in cases])
    return FoldScores(rows, mean("gender"), mean("exact"), mean("one_off"), pooled)


def as_json(value: object) -> object:
    """Scores as ``json`` can write them: dictionaries and lists, None for what is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, Row | Scores | FoldScores):
        return as_json(asdict(value))
    return value


class _Table:
    """The cases as columns."""

    def __init__(self, cases: Sequence[Case]) -> None:
        predicted = [case.prediction for case in cases]
        self.found = np.array([each is not None for each in predicted], bool)
        self.true_gender = _classes(GENDERS, (case.gender for case in cases))
        self.gender = _classes(GENDERS, (each.gender if each else None for each in predicted))
        self.true_group = _classes(AGE_GROUPS, (case.age_group for case in cases))
        self.group = _classes(AGE_GROUPS, (each.age_group if each else None for each in predicted))
        true_age = _years(case.age for case in cases)
        age = _years(each.age if each else None for each in predicted)
        self._values: dict[str, Floats] = {
            "gender": hits(self.true_gender, self.gender),
            "exact": hits(self.true_group, self.group),
            "one_off": hits(self.true_group, self.group, within=1),
            "close": within(true_age, age, CLOSE),
            "mae": errors(true_age, age),
            "inside": inside(
                true_age,
                _years(each.age_low if each else None for each in predicted),
                _years(each.age_high if each else None for each in predicted),
            ),
        }
        confidence = _years(each.gender_confidence if each else None for each in predicted)
        self.calibration = calibration_error(confidence, self._values["gender"])

    def row(self, name: str, chosen: NDArray[np.bool_]) -> Row:
        measured = {measure: estimate(values[chosen]) for measure, values in self._values.items()}
        return Row(name, int(chosen.sum()), int(self.found[chosen].sum()), **measured)

    def rows(self, names: Iterable[str], of_case: Sequence[str | None]) -> tuple[Row, ...]:
        """One row for each name that some case has."""
        masks = [(name, np.array([each == name for each in of_case], bool)) for name in names]
        return tuple(self.row(name, mask) for name, mask in masks if mask.any())


def _classes(names: Sequence[str], given: Iterable[str | None]) -> NDArray[np.int64]:
    places = {name: index for index, name in enumerate(names)}
    return np.array([-1 if name is None else places[name] for name in given], np.int64)


def _years(given: Iterable[float | None]) -> Floats:
    return np.array([math.nan if years is None else years for years in given], np.float64)
