"""The age pyramid in a terminal."""

from collections.abc import Iterator

from photogender.catalog.queries.stats import Bar, Summary
from photogender.cli.terminal import styled
from photogender.text import count

_COLOURS = {"female": "38;5;166", "male": "38;5;32"}
"""The nearest to ``labels.COLOURS`` among ANSI's 256 colours."""


def pyramid(summary: Summary, width: int) -> Iterator[str]:
    """The lines that ``photogender stats`` prints, none longer than ``width`` where that is 60 or more."""
    yield styled("Apparent age and gender", "1")
    yield (
        f"{count(summary.faces, 'face')}: {summary.male:,} male, {summary.female:,} female; "
        f"{summary.reviewed:,} reviewed"
    )
    yield (
        f"{count(summary.photos, 'photo')}, {summary.with_faces:,} of them with faces; "
        f"{count(summary.skipped, 'file')} skipped"
    )
    if summary.faces:
        for title, bars in (("age", summary.decades), ("group", summary.groups)):
            yield ""
            yield from _chart(title, bars, min(width, 100))


def _chart(title: str, bars: tuple[Bar, ...], width: int) -> Iterator[str]:
    """The lines of a pyramid: the oldest on top."""
    labels = max(len(title), *(len(bar.label) for bar in bars))
    numbers = max(len(f"{max(bar.male, bar.female):,}") for bar in bars)
    room = max(4, (width - labels - 2 * numbers - 6) // 2)
    most = max(max(bar.male, bar.female) for bar in bars)
    heads = f"{'male':>{room + numbers + 1}}  ", f"  {'female':<{room}}"
    yield f"{heads[0]}{title:^{labels}}{heads[1]}".rstrip()
    for bar in reversed(bars):
        male, female = _bar(bar.male, most, room), _bar(bar.female, most, room)
        left, right = f"{bar.male:,}", f"{bar.female:,}"
        left_side = " " * (room + numbers - len(male) - len(left)) + f"{left} {styled(male, _COLOURS['male'])}"
        yield f"{left_side}  {bar.label:^{labels}}  {styled(female, _COLOURS['female'])} {right}"


def _bar(number: int, most: int, room: int) -> str:
    """A bar for a number; at least one block unless it is zero."""
    return "█" * max(round(number / most * room), number > 0)
