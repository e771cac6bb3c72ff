"""Days that are known roughly: a birth, a death, the day a photo was taken; and the age in between."""

import re
from datetime import date, timedelta
from typing import NamedTuple, Self

from photogender.errors import PhotogenderError

ABOUT = 5
"""``about 1950`` is from this many years before to as many after."""

YEAR = 365.2425
"""Days, on average: of the Gregorian calendar."""

_FIRST_YEAR = 1700
"""Of a birth; the oldest photographs show people born in that century's second half."""

_DAY = re.compile(r"(?P<about>(about|abt|ca|c|circa|~)\.?\s*)?(?P<year>\d{4})(-(?P<month>\d\d))?(-(?P<day>\d\d))?")

_SPAN = re.compile(r"(?P<first>\d{4})\s*(\.\.|-)\s*(?P<last>\d{4})")


class Days(NamedTuple):
    """A day that is in a range, both ends included."""

    first: date
    last: date

    @classmethod
    def read(cls, text: str) -> Self:
        """``2015-03-02``, ``2015-03``, ``2015``, ``about 1950`` (``ABOUT`` years to each side) or ``1948..1953``.

        Raises:
            PhotogenderError: It is none of these, or no day of the calendar since 1700 up to today.
        """
        found, span = _DAY.fullmatch(text.strip().lower()), _SPAN.fullmatch(text.strip())
        try:
            if span:
                days = cls(date(int(span["first"]), 1, 1), date(int(span["last"]), 12, 31))
            elif found is None or (found["about"] and found["month"]):
                raise ValueError
            else:
                days = cls._of(int(found["year"]), found["month"], found["day"])
                if found["about"]:
                    days = cls(_shifted(days.first, -ABOUT), _shifted(days.last, ABOUT))
        except ValueError:
            raise PhotogenderError(
                f"{text!r} is not a date.", "Write 2015-03-02, 2015-03, 2015, 1948..1953 or 'about 1950'."
            ) from None
        if days.first > days.last or days.first.year < _FIRST_YEAR or days.first > date.today():
            raise PhotogenderError(f"{text!r} cannot be: a date is from {_FIRST_YEAR} up to today.")
        return days

    @classmethod
    def _of(cls, year: int, month: str | None, day: str | None) -> Self:
        if day:
            return cls(*[date(year, int(str(month)), int(day))] * 2)
        if month:
            following = date(year + int(month) // 12, int(month) % 12 + 1, 1)
            return cls(date(year, int(month), 1), following - timedelta(days=1))
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def stored(cls, first: object, last: object) -> Self | None:
        """Of two cells of the catalog; None if they are empty or no days."""
        try:
            return cls(date.fromisoformat(str(first)), date.fromisoformat(str(last)))
        except ValueError:
            return None

    @property
    def middle(self) -> float:
        """Halfway between both, counted in days from the year 1."""
        return (self.first.toordinal() + self.last.toordinal()) / 2

    def __str__(self) -> str:
        """As ``read`` takes it where it can be said so, else ``1948..1953``."""
        first, last = self
        if first == last:
            return first.isoformat()
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            if first.year == last.year:
                return str(first.year)
            return (
                f"about {first.year + ABOUT}" if last.year - first.year == 2 * ABOUT else f"{first.year}..{last.year}"
            )
        if (first.year, first.month, first.day) == (last.year, last.month, 1) and (last + timedelta(days=1)).day == 1:
            return f"{first:%Y-%m}"
        return f"{first.year}..{last.year}"


def day_taken(taken: object) -> Days | None:
    """When a photo was taken, from the column ``taken``; None without a date.

    A year alone is stored as its first second (see ``photos.dates``), so that second stands for the whole year.
    """
    text = str(taken or "")
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return Days(day, date(day.year, 12, 31)) if text[4:] == "-01-01T00:00:00" else Days(day, day)


def years_between(born: date, then: date) -> float:
    """The age in years: whole years as birthdays count them, and the part of the year since the last birthday.

    Negative before the birth. Who was born on 29 February has a birthday on 1 March in other years.
    """
    whole = then.year - born.year - ((then.month, then.day) < (born.month, born.day))
    last, following = _birthday(born, born.year + whole), _birthday(born, born.year + whole + 1)
    return whole + (then - last).days / (following - last).days


def ages(born: Days, then: Days) -> tuple[float, float] | None:
    """The least and the highest age that a person may have then, in years; None before the birth."""
    high = years_between(born.first, then.last)
    return None if high < 0 else (max(years_between(born.last, then.first), 0.0), high)


def _birthday(born: date, year: int) -> date:
    try:
        return born.replace(year=min(max(year, 1), 9999))
    except ValueError:  # 29 February
        return date(year, 3, 1)


def _shifted(day: date, years: int) -> date:
    return day.replace(year=day.year + years)  # the first or the last day of a year
