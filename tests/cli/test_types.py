"""What can be typed for options."""

from datetime import date

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photogender.cli.types import DateRange, NumberRange

SPAN = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted)


@given(SPAN)
def test_number_ranges_come_back(span: list[int]) -> None:
    low, high = span
    convert = NumberRange().convert
    assert convert(f"{low}-{high}", None, None) == (low, high)
    assert convert(f"{low}+", None, None) == convert(f"{low}-", None, None) == (low, None)
    assert convert(f"-{high}", None, None) == (0, high)
    assert convert(str(low), None, None) == (low, low)


@pytest.mark.parametrize("text", ["", "-", "+", "a", "20-10", "1-2-3", "+5", "2.5", "5+6", "٣", "9" * 30, "20 40"])
def test_what_is_no_number_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        NumberRange().convert(text, None, None)


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_date_ranges_come_back(one: date, two: date, exact: int, other: int) -> None:
    first, last = (str(day)[:size] for day, size in zip(sorted([one, two]), (exact, other), strict=True))
    convert = DateRange().convert
    assert convert(f"{first}..{last}", None, None) == (first, last)
    assert convert(first, None, None) == (first, first)
    assert convert(f"{first}..", None, None) == (first, None)
    assert convert(f"..{last}", None, None) == (None, last)


@pytest.mark.parametrize(
    "text",
    ["", "..", "19", "2019-13", "2019-02-30", "2019-5", "2021..2019", "2019-2021", "2019..2020..2021", "yesterday"],
)
def test_what_is_no_date_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        DateRange().convert(text, None, None)


@given(st.text(max_size=12))
def test_ranges_refuse_politely_or_are_in_order(text: str) -> None:
    for kind in (NumberRange(), DateRange()):
        try:
            low, high = kind.convert(text, None, None)
        except click.BadParameter:
            continue
        assert low is None or high is None or low[: len(str(high))] <= high if isinstance(low, str) else True
