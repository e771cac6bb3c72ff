"""Days that are known roughly, and the age in between."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photogender.catalog.said.lifetimes import Days, ages, day_taken, years_between
from photogender.errors import PhotogenderError

DATES = st.dates(date(1701, 1, 1), date(2020, 12, 31))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2015-03-02", "2015-03-02", "2015-03-02"),
        ("2015-02", "2015-02-01", "2015-02-28"),
        ("2015-12", "2015-12-01", "2015-12-31"),
        ("2015", "2015-01-01", "2015-12-31"),
        ("about 1950", "1945-01-01", "1955-12-31"),
        ("ca. 1950", "1945-01-01", "1955-12-31"),
        ("1948..1953", "1948-01-01", "1953-12-31"),
    ],
)
def test_what_can_be_typed(text: str, first: str, last: str) -> None:
    days = Days.read(text)
    assert (days.first.isoformat(), days.last.isoformat()) == (first, last)
    assert Days.read(str(days)) == days


@pytest.mark.parametrize(
    "text",
    ["", "March", "2015-13", "2015-02-30", "15", "1953..1948", "3015", "0001", "about 2015-03", "1600", "2015-3-2"],
)
def test_what_is_no_date_is_a_sentence(text: str) -> None:
    with pytest.raises(PhotogenderError) as caught:
        Days.read(text)
    assert repr(text) in caught.value.message


def test_birthdays() -> None:
    born = date(2016, 3, 2)
    assert years_between(born, date(2017, 3, 1)) < 1 == years_between(born, date(2017, 3, 2))
    leap = date(2016, 2, 29)
    assert years_between(leap, date(2017, 2, 28)) < 1 == years_between(leap, date(2017, 3, 1))
    assert years_between(leap, date(2020, 2, 29)) == 4
    assert years_between(born, date(2016, 3, 1)) < 0 == years_between(born, born)


@given(DATES, DATES, DATES)
def test_time_makes_older(born: date, one: date, other: date) -> None:
    first, last = sorted((one, other))
    assert years_between(born, first) <= years_between(born, last)
    assert abs(years_between(born, last) - (last - born).days / 365.2425) < 0.01
    before_birthday = (last.month, last.day) < (first.month, first.day)
    assert int(years_between(first, last)) == last.year - first.year - before_birthday


def test_an_age_is_as_exact_as_both_days() -> None:
    march = Days.read("2015-03")
    assert ages(march, Days.read("2014")) is None
    assert ages(march, Days.read("2015-03-10")) == (0.0, pytest.approx(9 / 366, abs=1e-3))
    low, high = ages(Days.read("2015"), Days.read("2018")) or (0, 0)
    assert (low, high) == (pytest.approx(2.0, abs=0.01), pytest.approx(4.0, abs=0.01))


def test_a_photo_dated_by_its_year_alone_is_of_that_whole_year() -> None:
    assert day_taken("1960-01-01T00:00:00") == Days.read("1960")
    assert day_taken("1960-01-01T00:00:01") == Days.read("1960-01-01")
    assert day_taken("1960-05-03T00:00:00") == Days.read("1960-05-03")
    assert day_taken(None) is day_taken("nonsense") is None
