"""The words and limits of the domain: genders, the eight age groups, names of people, the defaults of a scan."""

from typing import Literal

Gender = Literal["female", "male"]

AGE_GROUPS = ("0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-")
"""The eight groups of Levi & Hassner (2015), Table 1, in years."""

AGE_GROUP_STARTS = (0.0, 3.0, 7.0, 13.5, 22.5, 35.0, 45.5, 56.5)
"""First year counted into each group: halfway between the groups, so every age has its nearest one."""

AGE_GROUP_YEARS = (1.0, 5.0, 10.0, 17.5, 28.5, 40.5, 50.5, 70.0)
"""The middle of each group; of the last, which has no end, an age that its faces do have."""


def age_group(years: float) -> str:
    """Name of the Levi & Hassner group nearest to an age in years; a tie goes to the older group."""
    index = sum(years >= start for start in AGE_GROUP_STARTS) - 1
    return AGE_GROUPS[max(index, 0)]


def true_group(years: float) -> str | None:
    """The Levi & Hassner group that an age lies in, None between two of them (3, 7, 13, 14, ...).

    Such faces are left out when groups are learnt or scored, as in the paper. (``age_group`` gives
    the *nearest* group, which is for predictions.) A group ends with the birthday after its last year.
    """
    for group in AGE_GROUPS:
        low, _, high = group.partition("-")
        if int(low) <= years < (int(high) + 1 if high else float("inf")):
            return group
    return None


LONGEST_NAME = 200
"""Characters that the name of a person may have."""

OLDEST = 130
"""Years; the most that can be said of an age."""

LAST_DECADE = 100
"""Years from which on all ages share one bar of a chart."""


def tidy_name(name: str) -> str:
    """The name of a person as it is stored: Unicode NFC, in one line, single spaces, no control characters.

    Raises:
        ValueError: It is longer than ``LONGEST_NAME``, or holds a lone surrogate; the message is a sentence.
    """
    import unicodedata  # the library for it is large, and --help needs no names

    if len(name) > 10 * LONGEST_NAME:  # normalising takes the square of a run of combining characters
        raise ValueError(f"A name has at most {LONGEST_NAME} characters.")
    tidy = " ".join("".join(" " if _is_control(ord(c)) else c for c in unicodedata.normalize("NFC", name)).split())
    if len(tidy) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} characters.")
    try:
        tidy.encode()
    except UnicodeEncodeError as error:
        raise ValueError("The name holds half a character.") from error
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
"""What whoever reads the results must know."""

COLOURS: dict[Gender, str] = {"female": "#D55E00", "male": "#0072B2"}
"""Vermillion and blue of Okabe & Ito's palette, https://jfly.uni-koeln.de/color/: apart for every kind of eye."""

DEFAULT_DETECTOR = "centerface"
"""The detector of a scan that names none."""

DEFAULT_MODEL = "compact"
"""The model of age and gender of a scan that names none."""

MIN_FACE = 20.0
"""The smallest face that a scan keeps by default: pixels of the full-size photo, shorter side of the box."""

DOWNLOAD_TIMEOUT = 30.0
"""Seconds in which a server may send nothing before a download is given up."""
