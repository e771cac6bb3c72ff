"""The arithmetic of what follows from all faces of a person."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photogender.catalog.said.deduction import (
    Lifetime,
    Sighting,
    age_in,
    fit_birth,
    lifetime,
    likely_years,
    pooled_gender,
)
from photogender.catalog.said.lifetimes import Days
from photogender.labels import Gender

BORN = date(1962, 7, 1)


def sighting(
    gender: Gender = "female", sure: float = 0.9, age: float = 30.0, wide: float = 10.0, taken: date | None = None
) -> Sighting:
    days = Days(taken, taken) if taken else None
    return Sighting(1, gender, sure, age, max(age - wide / 2, 0), age + wide / 2, None, None, days)


def life(faces: int, seed: int, sd: float = 3.0) -> list[Sighting]:
    """Faces of somebody born on BORN, at random ages, whose estimates have a standard deviation of ``sd`` years."""
    chance = random.Random(seed)
    found = []
    for _ in range(faces):
        age = chance.uniform(5, 60)
        taken = BORN + timedelta(days=365.2425 * age)
        found.append(sighting(age=max(chance.gauss(age, sd), 0), wide=sd * 2.5631, taken=taken))
    return found


def test_faces_together_are_surer_and_outvote_one() -> None:
    assert pooled_gender([]) is None
    one, three = pooled_gender([sighting(sure=0.9)]), pooled_gender([sighting(sure=0.9)] * 3)
    assert one == ("female", pytest.approx(0.9))
    assert three
    assert three[0] == "female"
    assert 0.9 < three[1] < 0.99
    assert (pooled_gender([sighting("male", 0.8), *[sighting(sure=0.9)] * 2]) or ("",))[0] == "female"
    said = sighting("male", 0.99)._replace(said_gender="female")
    assert (pooled_gender([said, sighting("male", 0.9)]) or ("",))[0] == "female"


@given(st.lists(st.tuples(st.sampled_from(["female", "male"]), st.floats(0.5, 1)), min_size=1))
def test_a_pooled_gender_has_a_probability_and_no_order(given: list[tuple[Gender, float]]) -> None:
    faces = [sighting(*each) for each in given]
    gender, sure = pooled_gender(faces) or ("", 0)
    assert 0.5 <= sure < 1
    assert pooled_gender(faces[::-1]) == (gender, pytest.approx(sure))


@pytest.mark.parametrize("seed", range(20))
def test_a_birth_is_fitted_although_some_faces_are_somebody_elses(seed: int) -> None:
    faces = life(12, seed)
    strangers = [sighting(age=70, wide=8, taken=BORN + timedelta(days=365 * years)) for years in (8, 20)]
    fitted = fit_birth([*faces, *strangers])
    assert fitted
    assert abs(fitted.middle - BORN.toordinal()) < 3.5 * 365
    sharp = fit_birth(life(30, seed, sd=2))
    assert sharp
    assert sharp.days
    assert sharp.days.first < BORN < sharp.days.last


def test_a_birth_is_not_said_of_few_faces_or_wide_intervals() -> None:
    assert fit_birth(life(2, 0)) is None
    wide = fit_birth(life(8, 0, sd=12))
    assert wide
    assert wide.days is None


def test_ages_follow_from_a_birth() -> None:
    said = lifetime(Days.read("2015-03-02"), None)
    assert said
    assert said.is_said
    age = age_in(said, Days.read("2018-03-02"))
    assert age
    assert (age.years, age.low, age.high, age.group, age.sure) == (3, 3, 3, "4-6", 1)
    assert age_in(said, Days.read("2015-03-01")) is None
    by_year = age_in(Lifetime(Days.read("2015"), is_said=True), Days.read("2018-01-01"))
    assert by_year
    assert by_year.group == "0-2"
    assert by_year.low < by_year.years < by_year.high < 3.01
    fitted = age_in(Lifetime(Days.read("1960..1964"), is_said=False), Days.read("1997-07-01"))
    assert fitted
    assert fitted.group == "25-32"
    assert fitted.sure < 0.8


def test_about_is_narrowed_by_ages_and_a_birthday_is_not() -> None:
    fitted = Days.read("1951..1953")
    narrowed = lifetime(Days.read("about 1950"), fitted)
    assert narrowed == Lifetime(fitted, is_said=False)
    assert lifetime(Days.read("about 1930"), fitted) == Lifetime(Days.read("about 1930"), is_said=True)
    assert lifetime(Days.read("1952-05-01"), fitted) == Lifetime(Days.read("1952-05-01"), is_said=True)
    assert lifetime(None, fitted) == Lifetime(fitted, is_said=False)
    assert lifetime(None, None) is None


def test_people_date_a_photo_together() -> None:
    today = date(2026, 1, 1)
    ada = (Lifetime(Days.read("2015"), is_said=True), sighting(age=4, wide=2))
    assert likely_years([ada], today) == (2018, 2020)
    ben = (Lifetime(Days.read("1980-06-01"), is_said=True), sighting(age=41, wide=16))
    first, last = likely_years([ada, ben], today) or (0, 0)
    assert 2018 <= first <= last <= 2021
    baby = (Lifetime(Days.read("2019-06-01"), is_said=True), sighting(age=0.5, wide=2))
    assert (likely_years([ada, baby], today) or (0,))[0] == 2019  # not before a birth
    first, last = likely_years([(ada[0], sighting(age=11, wide=6))], today) or (0, 0)
    assert last == 2026  # not after today
    assert likely_years([(ada[0], sighting(age=30, wide=6))], today) is None
