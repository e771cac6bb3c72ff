"""The report as one HTML page that is also well-formed XML, without scripts or external resources."""

import base64
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from photogender import __version__
from photogender.catalog.pictures.paths import name_of
from photogender.labels import AGE_GROUPS, COLOURS, NOTICE
from photogender.report import bars as charts
from photogender.report.crops import PER_GROUP, Gallery
from photogender.report.facts import Facts
from photogender.report.places import homely
from photogender.text import count, printable

SHOWN, LISTED = 12, 400
"""Lines of a long list that are visible at once, and lines that are included at all; the rest is summed up."""


NAMED = 3
"""Folders in the title at most."""


def render(facts: Facts, gallery: Gallery | None, *, with_names: bool) -> str:
    """The page, ready to be encoded as UTF-8.

    Args:
        facts: The numbers.
        gallery: Faces to show; None for no pictures.
        with_names: Include the names of people, not only their number.
    """
    environment = Environment(
        loader=PackageLoader("photogender.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "number": _number,
        "share": _share,
        "homely": homely,
        "base64": _base64,
        "counted": count,
        "named": _named,
    }
    return environment.get_template("report.html").render(
        facts=facts,
        people=len(facts.names),
        gallery=gallery,
        names=facts.names if with_names else (),
        with_names=with_names,
        charts=charts,
        colours=COLOURS,
        notice=NOTICE,
        groups=AGE_GROUPS,
        per_group=PER_GROUP,
        version=__version__,
        shown=SHOWN,
        listed=LISTED,
    )


def _finalize(value: object) -> object:
    """Escape characters that cannot be printed or are not UTF-8 in every text of the page."""
    return printable(value) if type(value) is str else value


def _number(value: int) -> str:
    return f"{value:,}"


def _share(part: float, whole: float) -> str:
    """A share in whole percent; never 0 % or 100 % unless it is exactly that."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "< 1 %"
    return "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def _named(roots: Sequence[str]) -> str:
    """The last parts of up to three folders: "Photos, Archive and 2 more folders"."""
    names = [name_of(root) for root in roots]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], count(len(names) - NAMED + 1, "more folder")]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
