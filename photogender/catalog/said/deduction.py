"""What follows from all faces of one person: one gender, a birth, an age in each photo. Arithmetic alone."""

import math
from collections.abc import Sequence
from datetime import date
from statistics import NormalDist, median
from typing import NamedTuple

from photogender.catalog.said.lifetimes import YEAR, Days, ages
from photogender.labels import AGE_GROUP_STARTS, AGE_GROUPS, OLDEST, Gender, age_group

GENDER_OVERLAP = 0.8
"""Share of its error that a face has in common with others of the person, as log-odds: the likeliest value on LAG (784
people, 2,680 faces, young and adult) with the network `dlib`, which never saw these."""

AGE_OVERLAP = 0.5
"""The same of ages, as variance. Assumed: there was no data of people with known births in many photos."""

_SURE = 1e-4
"""Probabilities are kept this far from 0 and 1, so that one face cannot decide alone."""

_SAID_ODDS = math.log(0.999 / 0.001)
"""Of a gender that somebody said of one face."""

_SAIDYEARS = 2.0
"""Standard deviation of an age that somebody said of one face: people guess it from the picture as well."""

_UNKNOWNYEARS = 8.0
"""Standard deviation of an estimate without an interval."""

_FEWEST = 3
"""Dated faces of which a birth is fitted."""

_SHARPEST = 5.0
"""Years to each side up to which a fitted birth is said."""

_INTERVAL = NormalDist().inv_cdf(0.9)
"""Standard deviations from the middle to each end of an interval with a probability of 0.8."""

_HUBER = 1.345
"""Standard deviations from which a face counts less: Huber (1964), with 95 % efficiency for normal errors."""


class Sighting(NamedTuple):
    """A face of a person."""

    face_id: int
    gender: Gender
    """Estimated, as the next four; ages in years."""
    gender_confidence: float
    age: float
    age_low: float | None
    age_high: float | None
    said_gender: Gender | None
    said_age: float | None
    taken: Days | None

    @property
    def looks(self) -> tuple[float, float]:
        """The age in years as somebody said it, or as estimated; and its standard deviation."""
        if self.said_age is not None:
            return min(max(self.said_age, 0.0), OLDEST), _SAIDYEARS
        years = min(max(self.age, 0.0), OLDEST)  # a damaged catalog may hold infinity
        if self.age_low is None or self.age_high is None:
            return years, _UNKNOWNYEARS
        wide = min(self.age_high, OLDEST) - max(self.age_low, 0.0)
        return years, max(wide / (2 * _INTERVAL), 1.0)


class Lifetime(NamedTuple):
    """When a person was born."""

    born: Days
    is_said: bool
    """Else it was fitted to faces and dates, and holds with a probability of 0.8."""


class Age(NamedTuple):
    """The age of a person in one photo, in years."""

    years: float
    low: float
    high: float
    group: str
    sure: float
    """Probability of the group."""


def pooled_gender(faces: Sequence[Sighting]) -> tuple[Gender, float] | None:
    """The gender that the estimates of all faces together make likely, and its probability; None without faces.

    Log-odds add up if the errors are independent. Those of one person are not, so that n faces count as
    n / (1 + (n - 1) ``GENDER_OVERLAP``): Kish (1965), "Survey Sampling", section 8.2, the design effect of clusters.
    """
    if not faces:
        return None
    estimated = [female_odds(face.gender, face.gender_confidence) for face in faces if face.said_gender is None]
    odds = sum(estimated) / (1 + (len(estimated) - 1) * GENDER_OVERLAP) if estimated else 0.0
    odds += sum(_SAID_ODDS * _sign(face.said_gender) for face in faces if face.said_gender)
    share = 1 / (1 + math.exp(-min(abs(odds), 700)))
    return ("female" if odds > 0 else "male"), min(share, 1 - _SURE)


class Fit(NamedTuple):
    """A birth that was fitted to ages and dates; in days since the year 1."""

    middle: float
    overlap: float
    """Standard deviation of the error that the person's faces share."""
    wide: float
    """Half of the interval that holds the birth with a probability of 0.8."""

    @property
    def days(self) -> Days | None:
        """The interval; None if it is too wide to say."""
        if self.wide > _SHARPEST * YEAR:
            return None
        return Days(_day(self.middle - self.wide), _day(self.middle + self.wide))


def fit_birth(faces: Sequence[Sighting]) -> Fit | None:
    """When a person was born, by ages and dates; None with fewer than three dated faces.

    An M-estimate with Huber's weights (Huber 1964, "Robust estimation of a location parameter"), so that a face that
    is somebody else's, or a wrong date, counts little. Errors of one person's faces overlap as in ``pooled_gender``.
    """
    births = birth_days(faces)
    if len(births) < _FEWEST:
        return None
    middle = median(day for day, _ in births)
    for _ in range(50):
        weights = [min(1.0, _HUBER / max(abs(day - middle) / sd, 1e-9)) / sd**2 for day, sd in births]
        before, middle = middle, sum(w * day for w, (day, _) in zip(weights, births, strict=True)) / sum(weights)
        if abs(middle - before) < 0.5:
            break
    off = median(abs(day - middle) / sd for day, sd in births) / NormalDist().inv_cdf(0.75)
    alone = len(births) / sum(weights)  # variance of one face
    sd = math.sqrt(alone * (AGE_OVERLAP + (1 - AGE_OVERLAP) / len(births))) * max(1.0, off)
    return Fit(middle, math.sqrt(alone * AGE_OVERLAP), _INTERVAL * sd)


def birth_days(faces: Sequence[Sighting]) -> list[tuple[float, float]]:
    """Of each dated face the day of the birth that its age suggests, counted from the year 1, and its deviation."""
    found = []
    for face in faces:
        if face.taken:
            years, sd = face.looks
            found.append((face.taken.middle - years * YEAR, sd * YEAR))
    return found


def lifetime(said: Days | None, fitted: Days | None) -> Lifetime | None:
    """What was said of a birth, narrowed by what was fitted if it was said roughly; else what was fitted."""
    if said is None:
        return fitted and Lifetime(fitted, is_said=False)
    if fitted and (said.last - said.first).days > 2 * YEAR:
        first, last = max(said.first, fitted.first), min(said.last, fitted.last)
        if first <= last:
            return Lifetime(Days(first, last), is_said=False)
    return Lifetime(said, is_said=True)


def likely_years(people: Sequence[tuple[Lifetime, Sighting]], today: date) -> tuple[int, int] | None:
    """The years in which an undated photo was taken with a probability of 0.8, by how old the people in it look.

    Each person gives a date with a normal error; the product of the densities is the answer. None if that is before
    a birth.

    Args:
        people: Their births, and their faces in the photo; at least one.
        today: No photo is taken after it.
    """
    sure = weighted = 0.0
    for life, face in people:
        years, sd = face.looks
        first, last = life.born.first.toordinal() / YEAR, life.born.last.toordinal() / YEAR
        # A range that somebody said is even; one that was fitted is normal.
        of_birth = (last - first) / (math.sqrt(12) if life.is_said else 2 * _INTERVAL)
        weight = 1 / (sd**2 + of_birth**2)
        sure, weighted = sure + weight, weighted + weight * ((first + last) / 2 + years)
    middle, wide = weighted / sure, _INTERVAL / math.sqrt(sure)
    earliest = max(life.born.first for life, _ in people)
    low, high = max(_day((middle - wide) * YEAR), earliest), min(_day((middle + wide) * YEAR), today)
    return (low.year, high.year) if low <= high else None


def age_in(life: Lifetime, taken: Days) -> Age | None:
    """The age of a person in a photo; None before the birth and after ``OLDEST``."""
    span = ages(life.born, taken)
    if span is None or span[1] >= OLDEST:
        return None
    low, high = span
    years = (low + high) / 2
    group = age_group(years)
    return Age(years, low, high, group, _share(group, low, high, is_sure=life.is_said))


def _share(group: str, low: float, high: float, *, is_sure: bool) -> float:
    """The probability of an age group: of all ages from ``low`` to ``high``, or of those around with 0.2."""
    index = AGE_GROUPS.index(group)
    start, end = AGE_GROUP_STARTS[index], (*AGE_GROUP_STARTS[1:], math.inf)[index]
    if high - low < 1e-6:
        return 1.0
    if is_sure:
        return (min(high, end) - max(low, start)) / (high - low)
    around = NormalDist((low + high) / 2, (high - low) / (2 * _INTERVAL))
    return (1.0 if end == math.inf else around.cdf(end)) - (0.0 if index == 0 else around.cdf(start))


def female_odds(gender: str, confidence: float) -> float:
    """The logarithm of the odds that an estimated face is a woman's."""
    sure = min(max(confidence, 0.5), 1 - _SURE)
    return math.log(sure / (1 - sure)) * _sign(gender)


def _sign(gender: str | None) -> int:
    return 1 if gender == "female" else -1


def _day(ordinal: float) -> date:
    return date.fromordinal(min(max(round(ordinal), 1), date.max.toordinal()))
