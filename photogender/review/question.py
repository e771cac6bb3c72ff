"""Queries from the browser, validated before they reach SQL."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from photogender.catalog.pictures.paths import without_end
from photogender.catalog.queries.filters import Filters, Span
from photogender.errors import PhotogenderError
from photogender.labels import AGE_GROUPS, OLDEST, Gender

Sort = Literal["certain", "newest", "earliest", "youngest", "oldest", "path", "random"]
"""Least certain first; by date taken, undated last; by apparent age; by the file's path; in an order that means
nothing, but stays."""

After = tuple[float | str, int]
"""End of a page of the wall: the sort key and id of its last face."""

_LARGEST_KEY = 1_000
"""Above any age or confidence."""

_GENDERS = get_args(Gender)
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", re.ASCII)
_SPAN = re.compile(r"(?P<low>0|[1-9][0-9]{0,3})(?P<open>-(?P<high>[0-9]{1,4})?)?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)


class BadRequestError(PhotogenderError):
    """The browser sent an invalid request; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which faces the wall shows, in which order."""

    filters: Filters
    sort: Sort
    after: After | None
    """Only faces after this point."""
    not_faces: bool = False
    """Instead of faces, the boxes that a person marked as not a face."""
    unlikely: bool = False
    """Only faces whose name or date cannot be right."""


def read_question(query: Mapping[str, str]) -> Question:
    """Parse the query string of an address; empty values are ignored.

    Keys: ``gender``, ``age_from``, ``age_to`` (whole years), ``confidence`` (per cent), ``reviewed`` (yes, no or
    not_a_face), ``folder``, ``taken_from``, ``taken_to`` (dates of any length), ``undated`` (yes), ``age_group``,
    ``faces`` (in the photo: 0, 2, 3-5 or 6-), ``model``, ``name``, ``unlikely`` (yes), ``sort``, ``after``.

    Raises:
        BadRequestError: A value is invalid.
    """
    given = {key: value for key, value in query.items() if value}
    reviewed = _one_of(given, "reviewed", ("yes", "no", "not_a_face"))
    percent = _whole(given, "confidence", 100)
    low, high = _whole(given, "age_from", OLDEST), _whole(given, "age_to", OLDEST)
    first, last = _date(given, "taken_from"), _date(given, "taken_to")
    sort = cast(Sort, _one_of(given, "sort", get_args(Sort)) or "certain")
    folder = given.get("folder")
    return Question(
        Filters(
            gender=cast(Gender | None, _one_of(given, "gender", _GENDERS)),
            age=None if low is None and high is None else (low or 0, high),
            age_group=_one_of(given, "age_group", AGE_GROUPS),
            faces=_span(given, "faces"),
            min_confidence=None if percent is None else percent / 100,
            not_reviewed=reviewed == "no",
            reviewed=reviewed == "yes",
            folder=folder and without_end(folder),
            taken=(first, last) if first or last else None,
            undated=_one_of(given, "undated", ("yes",)) is not None,
            model=given.get("model"),
            name=given.get("name"),
        ),
        sort,
        _after(given.get("after"), sort),
        reviewed == "not_a_face",
        _one_of(given, "unlikely", ("yes",)) is not None,
    )


def write_after(after: After) -> str:
    """``after`` as text for an address; ``read_question`` restores it exactly."""
    return json.dumps(after)


def _one_of(given: Mapping[str, str], key: str, choices: Sequence[str]) -> str | None:
    value = given.get(key)
    if value is not None and value not in choices:
        raise BadRequestError(f"{key} must be one of {', '.join(choices)}.")
    return value


def _whole(given: Mapping[str, str], key: str, most: int) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value) or int(value) > most:
        raise BadRequestError(f"{key} must be a whole number from 0 to {most}.")
    return int(value)


def _span(given: Mapping[str, str], key: str) -> Span | None:
    value = given.get(key)
    if value is None:
        return None
    found = _SPAN.fullmatch(value)
    if not found:
        raise BadRequestError(f"{key} must be a number or a range such as 2, 3-5 or 6-.")
    low = int(found["low"])
    high = (int(found["high"]) if found["high"] else None) if found["open"] else low
    if high is not None and high < low:
        raise BadRequestError(f"{key} must begin with the lower number.")
    return low, high


def _date(given: Mapping[str, str], key: str) -> str | None:
    value = given.get(key)
    if value is not None and not _DATE.fullmatch(value):
        raise BadRequestError(f"{key} must be a date such as 2019, 2019-05 or 2019-05-31.")
    return value


def _after(text: str | None, sort: Sort) -> After | None:
    if text is None:
        return None
    try:
        key, face = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadRequestError("after must come from an earlier response.") from error
    if sort in ("newest", "earliest", "path"):
        right = isinstance(key, str) and key.isprintable()  # a lone surrogate is not
    else:
        right = type(key) in (int, float) and 0 <= key < _LARGEST_KEY
    if not right or type(face) is not int or not 0 < face < 2**63:
        raise BadRequestError("after must come from an earlier response to the same query.")
    return key, face
