"""What is true of some faces against what was said of them, as tables of measures.

Two rules decide what counts. A face that was not found has no answer: that is a wrong gender, a wrong
age group and an age not within five years, but no error in years, so the MAE is over the faces found.
And the age groups are judged only where the truth lies in one of the eight (``datasets.true_group``): an
age between two groups, such as 35, has no right answer, and is left out as in Levi & Hassner (2015); for its error
in years it counts. What a model *says* goes to the nearest group, since an answer cannot abstain.
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
"""Ages in none of the groups, as a row of the table by age group."""


@dataclass(frozen=True, slots=True)
class Case:
    """One face: what is true of it, as far as that is known, and what was said."""

    answer: Prediction | None
    """None where no face was found."""
    gender: Gender | None = None
    age: float | None = None
    """Years."""
    age_group: str | None = None
    """One of ``AGE_GROUPS``; None where the age is not known, or lies in none of them."""
    race: str | None = None
    """Whatever code the data set uses."""


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of some faces; shares are 0 to 1."""

    name: str
    faces: int
    found: int
    gender: Estimate
    exact: Estimate
    """The right age group."""
    one_off: Estimate
    """The right age group or a neighbour."""
    close: Estimate
    """An age at most five years off: CS@5."""
    mae: Estimate
    """Years, of the faces found."""
    inside: Estimate
    """The age within the interval that is given for it, of the faces with one; 0.8 is promised."""


@dataclass(frozen=True, slots=True)
class Scores:
    """All that is measured of one set of faces."""

    total: Row
    by_age_group: tuple[Row, ...]
    by_gender: tuple[Row, ...]
    by_race: tuple[Row, ...]
    ages: NDArray[np.int64]
    """Confusion of the groups: 8 × 9, true by said, the last column "not found"."""
    calibration: float
    """Expected calibration error of the gender's confidence; NaN without faces."""
    genders: NDArray[np.int64]
    """Confusion of the genders: 2 × 3, in the order of ``GENDERS``."""


@dataclass(frozen=True, slots=True)
class FoldScores:
    """Measures over folds: mean and standard error of each fold's value."""

    folds: tuple[Row, ...]
    gender: OverFolds
    exact: OverFolds
    one_off: OverFolds
    pooled: Scores
    """Of the faces of all folds as one set."""


def score(cases: Sequence[Case]) -> Scores:
    """Measure the answers to some faces, whole and by what is true of them."""
    table = _Table(cases)
    groups = [*AGE_GROUPS, NO_GROUP]
    placed = [case.age_group or (NO_GROUP if case.age is not None else None) for case in cases]
    races = sorted({case.race for case in cases if case.race is not None})
    return Scores(
        total=table.row("all", np.ones(len(cases), bool)),
        by_age_group=table.rows(groups, placed),
        by_gender=table.rows(GENDERS, [case.gender for case in cases]),
        by_race=table.rows(races, [case.race for case in cases]),
        ages=confusion(table.true_group, table.said_group, len(AGE_GROUPS)),
        calibration=table.calibration,
        genders=confusion(table.true_gender, table.said_gender, len(GENDERS)),
    )


def score_folds(folds: Mapping[str, Sequence[Case]]) -> FoldScores:
    """Measure each fold by itself and all together; what no face of a fold is judged by is left out of the mean."""
    rows = tuple(_Table(cases).row(name, np.ones(len(cases), bool)) for name, cases in folds.items())

    def mean(measure: str) -> OverFolds:
        given: list[Estimate] = [getattr(row, measure) for row in rows]
        return over_folds([each.value for each in given if each.faces])

    pooled = score([case for cases in folds.values() for case in cases])
    return FoldScores(rows, mean("gender"), mean("exact"), mean("one_off"), pooled)


def as_json(value: object) -> object:
    """Scores as what ``json`` writes: objects and lists, null for what is not known."""
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
        answers = [case.answer for case in cases]
        self.found = np.array([answer is not None for answer in answers], bool)
        self.true_gender = _classes(GENDERS, (case.gender for case in cases))
        self.said_gender = _classes(GENDERS, (answer.gender if answer else None for answer in answers))
        self.true_group = _classes(AGE_GROUPS, (case.age_group for case in cases))
        self.said_group = _classes(AGE_GROUPS, (answer.age_group if answer else None for answer in answers))
        true_age = _years(case.age for case in cases)
        said_age = _years(answer.age if answer else None for answer in answers)
        self._values: dict[str, Floats] = {
            "gender": hits(self.true_gender, self.said_gender),
            "exact": hits(self.true_group, self.said_group),
            "one_off": hits(self.true_group, self.said_group, within=1),
            "close": within(true_age, said_age, CLOSE),
            "mae": errors(true_age, said_age),
            "inside": inside(
                true_age,
                _years(answer.age_low if answer else None for answer in answers),
                _years(answer.age_high if answer else None for answer in answers),
            ),
        }
        sure = _years(answer.gender_confidence if answer else None for answer in answers)
        self.calibration = calibration_error(sure, self._values["gender"])

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
