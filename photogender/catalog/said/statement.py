"""Statements about a face, with the one set of checks for all of them."""

from dataclasses import dataclass
from numbers import Real
from typing import cast, get_args

from photogender.errors import PhotogenderError
from photogender.labels import OLDEST, Gender, tidy_name


class StatementError(PhotogenderError):
    """Something that cannot be said of a face or a person; the message says why, for whoever said it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says of a face. Creating one checks it: values of any type may be passed.

    What is None stays as it was said before. With nothing at all, the person confirms gender and age.

    Raises:
        StatementError: A value is of the wrong type or out of range.
    """

    gender: Gender | None = None
    age: float | None = None
    """Years, from 0 to ``OLDEST``."""
    name: str | None = None
    """Stored as ``tidy_name`` returns it. An empty one removes the name."""
    not_a_face: bool = False
    """The box holds no face: it leaves ``tags`` until the next correction or an undo."""

    def __post_init__(self) -> None:
        if self.gender is not None and self.gender not in get_args(Gender):
            raise StatementError("A gender is female or male.")
        if self.age is not None:
            object.__setattr__(self, "age", _checked_age(self.age))
        if self.name is not None:
            object.__setattr__(self, "name", checked_name(self.name))
        if type(self.not_a_face) is not bool:
            raise StatementError("not_a_face is true or false.")

    @property
    def confirms(self) -> bool:
        """Whether it says that gender and age are right."""
        return self == Statement()


def checked_name(name: object) -> str:
    """A person's name as it is stored.

    Raises:
        StatementError: It is not text, too long, or holds a lone surrogate.
    """
    if not isinstance(name, str):
        raise StatementError("A name is text.")
    try:
        return tidy_name(name)
    except ValueError as error:
        raise StatementError(str(error)) from error


def checked_author(author: object) -> str:
    """An author's name, as it is stored.

    Raises:
        StatementError: It is empty or not a name.
    """
    try:
        if tidy := checked_name(author):
            return tidy
    except StatementError as error:
        raise StatementError(f"The author: {error.message}", "Name one with --author NAME.") from error
    raise StatementError("A correction needs an author.", "Name one with --author NAME.")


def is_id(value: object) -> bool:
    """Whether it can be the id of a row: a positive integer that SQLite can hold."""
    return type(value) is int and 0 < value < 2**63


def _checked_age(age: object) -> float:
    if isinstance(age, Real) and not isinstance(age, bool) and 0 <= (years := cast(float, age)) <= OLDEST:
        return float(years) + 0.0  # never -0.0
    raise StatementError(f"An age is from 0 to {OLDEST} years.")  # NaN as well: it compares as false
