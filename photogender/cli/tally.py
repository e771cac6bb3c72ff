"""What a scan did: counts, and sentences about them."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from photogender.cli.progress import Mode, watch
from photogender.records import Copied, Moved, Outcome, Skipped, Tagged, Touched
from photogender.scanning.settings import Survey
from photogender.text import count, duration, printable

SHOWN_SKIPS = 20
"""Skipped files named one by one; the rest are only counted."""


SHOWN_NODES = 3
"""Machines whose speeds are shown while a scan runs; the summary has all."""


@dataclass
class Tally:
    """What became of the photos so far."""

    started: float = field(default_factory=time.monotonic)
    photos: int = 0
    faces: int = 0
    moved: int = 0
    copies: int = 0
    touched: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """By reason."""

    @property
    def done(self) -> int:
        """Photos that have an outcome."""
        return self.photos + self.moved + self.copies + self.touched + self.skipped.total()

    @property
    def seconds(self) -> float:
        """Seconds since the scan began."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Photos per second."""
        return self.done / self.seconds if self.done else 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one photo."""
        match outcome:
            case Tagged():
                self.photos += 1
                self.faces += len(outcome.faces)
            case Moved():
                self.moved += 1
            case Copied():
                self.copies += 1
            case Touched():
                self.touched += 1
            case Skipped():
                self.skipped[outcome.reason] += 1


def follow(
    outcomes: Iterable[Outcome],
    tally: Tally,
    total: int,
    mode: Mode,
    console: Console,
    nodes: Callable[[], Mapping[str, float]] = dict,
) -> None:
    """Consume a scan's outcomes into ``tally`` and show the progress.

    Args:
        outcomes: Of the scan.
        tally: Counts them.
        total: Photos that are expected.
        mode: As for ``watch``.
        console: Where to print.
        nodes: Photos a second of each machine, if several scan.
    """

    def describe(outcome: Outcome) -> tuple[str, str]:
        remark = f"{count(tally.faces, 'face')}, {tally.rate:.1f} photos/s{_by_node(nodes())}"
        return remark, os.path.dirname(outcome.photo.path)

    for outcome in watch(outcomes, total, "photos", console, mode, describe):
        tally.add(outcome)
        if isinstance(outcome, Skipped):
            _show_skip(outcome, tally, console)
        elif isinstance(outcome, Tagged) and outcome.facts.note:
            console.print(Text(f"{printable(outcome.photo.path)}: {outcome.facts.note}"), soft_wrap=True)


def _by_node(rates: Mapping[str, float]) -> str:
    if len(rates) > SHOWN_NODES:
        return f" on {len(rates)} nodes"
    return f" ({', '.join(f'{name} {rate:.1f}' for name, rate in rates.items())})" if rates else ""


def print_nodes(rates: Mapping[str, float], console: Console) -> None:
    """Print how fast each machine was, if several scanned."""
    for name, rate in rates.items():
        console.print(Text(f"  {name}: {rate:.1f} photos/s"), soft_wrap=True)


def _show_skip(skipped: Skipped, tally: Tally, console: Console) -> None:
    number = tally.skipped.total()
    if number <= SHOWN_SKIPS:
        console.print(Text(f"skipped {printable(skipped.photo.path)}: {skipped.reason}"), soft_wrap=True)
    elif number == SHOWN_SKIPS + 1:
        console.print("More files were skipped: the summary counts them, and the catalog lists them.", style="dim")


def print_survey(survey: Survey, console: Console) -> None:
    """Print before a scan what cannot be read and what will be scanned again."""
    for problem in survey.problems:
        console.print(Text(f"warning: {printable(problem)}"), style="yellow", soft_wrap=True)
    for pattern in survey.idle_patterns:
        console.print(
            Text(f"warning: --exclude {printable(pattern)} leaves out nothing: there is no such file or folder"),
            style="yellow",
            soft_wrap=True,
        )
    if survey.outdated:
        console.print(
            f"{count(survey.outdated, 'unchanged photo')} will be scanned again, because the models or settings "
            "have changed, or because of --force.",
            soft_wrap=True,
        )
    if survey.retried:
        console.print(
            f"{count(survey.retried, 'unchanged file')} could not be read before; tried again last.", soft_wrap=True
        )


def print_summary(tally: Tally, survey: Survey, console: Console) -> None:
    """Print after a scan what became of everything."""
    speed = f" ({tally.rate:.1f} photos/s)" if tally.done else ""
    console.print(
        f"Scanned {count(tally.photos, 'photo')} in {duration(tally.seconds)}{speed}: {count(tally.faces, 'face')}.",
        style="bold",
        soft_wrap=True,
    )
    parts = [f"{survey.unchanged:,} unchanged", f"{tally.moved:,} moved", f"{tally.skipped.total():,} skipped"]
    if tally.copies:
        parts.insert(2, f"{tally.copies:,} {'copy' if tally.copies == 1 else 'copies'} of known photos")
    if tally.touched:
        parts.insert(2, f"{tally.touched:,} with another date only")
    if survey.others:
        common = ", ".join(
            f"{number:,} {printable(name) or 'without extension'}" for name, number in _top(survey.others)
        )
        parts.append(f"{count(survey.others.total(), 'other file')} ({common})")
    console.print(Text(", ".join(parts) + "."), soft_wrap=True)
    for reason, number in tally.skipped.most_common():
        console.print(Text(f"  skipped {number:,}: {reason}"), soft_wrap=True)


def print_unreached(number: int, problems: Sequence[str], console: Console) -> None:
    """Say which photos that were counted were not there to be scanned."""
    if number:
        where = (
            f" ({problems[0]}{f', and {len(problems) - 1:,} more' if len(problems) > 1 else ''})" if problems else ""
        )
        console.print(
            Text(
                f"warning: {count(number, 'photo')} that {'was' if number == 1 else 'were'} counted before the scan "
                f"could not be reached{printable(where)}. If a drive went away, connect it and scan again."
            ),
            style="yellow",
            soft_wrap=True,
        )


def _top(others: Counter[str]) -> list[tuple[str, int]]:
    top = others.most_common(5)
    rest = others.total() - sum(number for _, number in top)
    return [*top, *([("more", rest)] if rest else [])]
