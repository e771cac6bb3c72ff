"""The filters of ``query``, ``export`` and ``stats`` as options, and what can be typed for each."""

import os
import re
from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any

import click

from photogender.cli.options import GenderChoice

_Command = Callable[..., Any]

_NUMBERS = re.compile(r"(?P<low>[0-9]{1,6})?(?P<sign>[-+])?(?P<high>[0-9]{1,6})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}", re.ASCII)


class NumberRange(click.ParamType[tuple[int, int | None]]):
    """A range of whole numbers, both ends included: ``20-40``, ``20-`` or ``20+``, ``-12``, ``34``."""

    name = "range"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int | None]:
        """The least and the most; None where there is no most."""
        text = str(value)
        found = _NUMBERS.fullmatch(text.strip())
        low, sign, high = found.group("low", "sign", "high") if found else (None, None, None)
        if not (low or high) or (sign == "+" and high) or (sign is None and high):
            self.fail(f"{text!r} is not a range of whole numbers: write 2-5, 2+, -5 or 2.", param, ctx)
        least = int(low or 0)
        if sign is None:
            return least, least
        most = int(high) if high else None
        if most is not None and most < least:
            self.fail(f"{text!r} ends before it begins.", param, ctx)
        return least, most


class DateRange(click.ParamType[tuple[str | None, str | None]]):
    """A range of dates, both ends included: ``2019``, ``2019..2021``, ``2019-05..``, ``..2020-03-01``."""

    name = "dates"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str | None, str | None]:
        """The first and the last, each as exact as it was typed; None where there is none."""
        text = str(value)
        first, dots, last = text.strip().partition("..")
        for end in (first, last):
            if end and not _is_date(end):
                self.fail(f"{end!r} is not a date: write a year, 2019-05 or 2019-05-31.", param, ctx)
        if not (first or last):
            self.fail(f"{text!r} is not a range of dates: write 2019..2021, 2019-05.., ..2020 or 2019.", param, ctx)
        if not dots:
            return first, first
        if first and last and f"{last}~" < first:  # "~" sorts behind all that can go on from a date
            self.fail(f"{text!r} ends before it begins.", param, ctx)
        return first or None, last or None


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_GROUPS = "0-2 4-6 8-12 15-20 25-32 38-43 48-53 60-"


class AbsolutePath(click.Path):
    """A path as the catalog knows it; it need not exist, its drive may be away."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """The path from the root of the file system."""
        return os.path.abspath(os.fsdecode(super().convert(value, param, ctx)))


_FILTERS = (
    click.option("--gender", type=GenderChoice(), help="Apparent gender."),
    click.option(
        "--age",
        type=NumberRange(),
        metavar="YEARS",
        help="Apparent age in whole years, as 20-40, 60+, -12 or 34; 20-40 is from 20.0 to 40.99.",
    ),
    click.option(
        "--age-group", type=click.Choice(_GROUPS.split()), metavar="GROUP", help=f"One of {_GROUPS.replace(' ', ', ')}."
    ),
    click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        metavar="X",
        help="Least confidence, 0 to 1, in what you ask for: in the gender with --gender, in the age with --age or "
        "--age-group, in both with none of these. What a person corrected or confirmed has 1.",
    ),
    click.option("--not-reviewed", is_flag=True, help="Only faces no person has corrected or confirmed."),
    click.option("--reviewed", is_flag=True, help="Only faces a person has corrected or confirmed."),
    click.option("--model", metavar="MODEL", help="Only faces whose age and gender come from this model."),
    click.option("--name", metavar="NAME", help="Only faces that a person gave exactly this name."),
    click.option("--folder", type=AbsolutePath(), metavar="DIR", help="Photos in DIR and the folders in it."),
    click.option(
        "--taken", type=DateRange(), metavar="DATES", help="As 2019, 2019..2021, 2019-05.. or ..2020-03-01, inclusive."
    ),
    click.option(
        "--faces", type=NumberRange(), metavar="N", help="How many faces the photo has in all, as 2+, 0, 1-3."
    ),
)


def filter_options(command: _Command) -> _Command:
    """Add to a command one option for each field of ``photogender.catalog.filters.Filters``."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_FILTERS), command)
