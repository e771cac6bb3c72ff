"""The words and limits of the domain: genders, the eight age groups, names of people, the defaults of a scan."""

from typing import Literal

Gender = Literal["female", "male"]

AGE_GROUPS = ("0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-")
"""The eight groups of Levi & Hassner (2015), Table 1, in years."""

AGE_GROUP_STARTS = (0.0, 3.0, 7.0, 13.5, 22.5, 35.0, 45.5, 56.5)
"""Age in years at which each group begins: halfway between two groups, so every age has a nearest group."""

AGE_GROUP_YEARS = (1.0, 5.0, 10.0, 17.5, 28.5, 40.5, 50.5, 70.0)
"""The middle of each group in years; for the last one, which has no end, a typical age."""


def age_group(years: float) -> str:
    """Name of the Levi & Hassner group nearest to an age in years; a tie goes to the older group."""
    index = sum(years >= start for start in AGE_GROUP_STARTS) - 1
    return AGE_GROUPS[max(index, 0)]


def true_group(years: float) -> str | None:
    """The Levi & Hassner group that contains an age, None between two groups (3, 7, 13, 14, ...).

    Faces between groups are left out when groups are learned or scored, as in the paper. (``age_group`` gives
    the *nearest* group, which is for predictions.) A group ends with the birthday after its last year.
    """
    for group in AGE_GROUPS:
        low, _, high = group.partition("-")
        if int(low) <= years < (int(high) + 1 if high else float("inf")):
            return group
    return None


BY_HAND = "by hand"
"""In place of a detector's name: a person drew the face."""

LONGEST_NAME = 200
"""Maximum number of characters in the name of a person."""

OLDEST = 130
"""The highest age that can be recorded, in years."""

ADULT = 18
"""The age in years from which a person counts as an adult."""

LAST_DECADE = 100
"""Age in years from which all ages share one bar of a chart."""


def tidy_name(name: str) -> str:
    """The name of a person as it is stored: Unicode NFC, in one line, single spaces, no control characters.

    Raises:
        ValueError: It is longer than ``LONGEST_NAME``, or holds a lone surrogate; the message is a sentence.
    """
    import unicodedata  # the library for it is large, and --help needs no names

    if len(name) > 10 * LONGEST_NAME:  # normalizing is quadratic in a run of combining characters
        raise ValueError(f"A name has at most {LONGEST_NAME} characters.")
    tidy = " ".join("".join(" " if _is_control(ord(c)) else c for c in unicodedata.normalize("NFC", name)).split())
    if len(tidy) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} characters.")
    try:
        tidy.encode()
    except UnicodeEncodeError as error:
        raise ValueError("The name contains half of a character.") from error
    return tidy


def _is_control(code: int) -> bool:
    """Controls of ASCII and Latin-1, line separators, embeddings and overrides of direction, and noncharacters."""
    return (
        code < 0x20
        or 0x7F <= code < 0xA0
        or 0x2028 <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or 0xFDD0 <= code < 0xFDF0
        or code & 0xFFFE == 0xFFFE
        or code == 0xFEFF
    )


NOTICE = "Apparent age and gender, estimated from pixels: often wrong, most of all for children."
"""The warning that goes with all results."""

COLOURS: dict[Gender, str] = {"female": "#D55E00", "male": "#0072B2"}
"""Vermillion and blue of Okabe & Ito's palette for all kinds of colour vision, https://jfly.uni-koeln.de/color/."""

DEFAULT_DETECTOR = "centerface"
"""The default detector of a scan."""

DEFAULT_MODEL = "compact"
"""The default age and gender model of a scan."""

DEFAULT_DESCRIPTOR = "dlib-face"
"""The default model that compares faces."""

MIN_FACE = 20.0
"""The smallest face that a scan keeps by default: pixels of the full-size photo, shorter side of the box."""

DOWNLOAD_TIMEOUT = 30.0
"""Seconds without data after which a download is given up."""

PAD = 0.5
"""By how much the edges of close-ups are repeated outwards, as a share of the longer side, so that they show a head."""
