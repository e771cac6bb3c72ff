"""What a person sees of a scan: a bar in a terminal, lines elsewhere, and the summary at the end."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from photogender.records import Moved, Outcome, Skipped, Tagged
from photogender.scanning.scan import Survey
from photogender.text import count, printable, tail

Mode = Literal["bar", "log", "quiet"]

Item = TypeVar("Item")

Update = Callable[[str], None]

LOG_EVERY = 10.0
"""Seconds between two lines of the log."""

SHOWN_SKIPS = 20
"""Skipped files named one by one; the rest are only counted."""


@dataclass
class Tally:
    """What became of the photos so far."""

    started: float = field(default_factory=time.monotonic)
    photos: int = 0
    faces: int = 0
    moved: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """By reason."""

    @property
    def done(self) -> int:
        """Photos that have an outcome, whichever."""
        return self.photos + self.moved + self.skipped.total()

    @property
    def seconds(self) -> float:
        """Since the scan began."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Photos a second."""
        return self.done / self.seconds if self.done else 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one photo."""
        match outcome:
            case Tagged():
                self.photos += 1
                self.faces += len(outcome.faces)
            case Moved():
                self.moved += 1
            case Skipped():
                self.skipped[outcome.reason] += 1


def follow(outcomes: Iterable[Outcome], tally: Tally, total: int, mode: Mode, console: Console) -> None:
    """Consume a scan's outcomes into ``tally`` while showing how it goes; ``total`` photos are expected."""
    show = {"bar": _bar, "log": _log, "quiet": _nothing}[mode]
    with show(tally, total, console) as update:
        for outcome in outcomes:
            tally.add(outcome)
            if isinstance(outcome, Skipped) and mode != "quiet":
                _show_skip(outcome, tally, console)
            update(outcome.photo.path)


def _show_skip(skipped: Skipped, tally: Tally, console: Console) -> None:
    number = tally.skipped.total()
    if number <= SHOWN_SKIPS:
        console.print(Text(f"skipped {printable(skipped.photo.path)}: {skipped.reason}"), soft_wrap=True)
    elif number == SHOWN_SKIPS + 1:
        console.print("More files are skipped; the summary counts them, the catalog names them.", style="dim")


@contextmanager
def _bar(tally: Tally, total: int, console: Console) -> Iterator[Update]:
    bar = Progress(
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} photos"),
        TextColumn("{task.fields[faces]:,} faces"),
        TextColumn("{task.fields[rate]:.1f}/s"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=console,
        expand=True,
    )
    task = bar.add_task("scan", total=total, faces=0, rate=0.0)
    folder = Text("", style="dim", no_wrap=True, overflow="ellipsis")

    def update(path: str) -> None:
        bar.update(task, completed=tally.done, faces=tally.faces, rate=tally.rate)
        folder.plain = tail(printable(path.rpartition("/")[0]), console.width)

    with Live(Group(bar, folder), console=console, transient=True, refresh_per_second=8):
        yield update


@contextmanager
def _log(tally: Tally, total: int, console: Console) -> Iterator[Update]:
    last = time.monotonic()

    def update(path: str) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_EVERY:
            last = time.monotonic()
            left = duration((total - tally.done) / tally.rate)
            line = (
                f"{time.strftime('%H:%M:%S')} {tally.done:,} of {count(total, 'photo')}, {count(tally.faces, 'face')}, "
                f"{tally.rate:.1f} photos/s, {left} left, in {printable(path.rpartition('/')[0])}"
            )
            console.print(Text(line), soft_wrap=True)

    yield update


@contextmanager
def _nothing(tally: Tally, total: int, console: Console) -> Iterator[Update]:
    yield lambda path: None


def watch(items: Iterable[Item], total: int, noun: str, console: Console) -> Iterator[Item]:
    """Pass items on while showing how many of ``total`` there were: a bar in a terminal, else a line now and then."""
    if console.is_terminal:
        columns = (BarColumn(bar_width=None), TextColumn(f"{{task.completed:,.0f}}/{{task.total:,.0f}} {noun}s"))
        with Progress(*columns, TimeRemainingColumn(), console=console, expand=True, transient=True) as bar:
            yield from bar.track(items, total)
        return
    started = last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - last >= LOG_EVERY:
            last = time.monotonic()
            left = duration((total - done) * (last - started) / done)
            line = f"{time.strftime('%H:%M:%S')} {done:,} of {count(total, noun)}, {left} left"
            console.print(Text(line), soft_wrap=True)


@contextmanager
def download_bar(console: Console, name: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar for a download, in a terminal; told the bytes that are there and all there will be, if known."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def print_survey(survey: Survey, console: Console) -> None:
    """Say before a scan what could not be looked at and what will be done again."""
    for problem in survey.problems:
        console.print(Text(f"warning: {printable(problem)}"), style="yellow", soft_wrap=True)
    if survey.outdated:
        console.print(
            f"{count(survey.outdated, 'unchanged photo')} will be looked at again: their results are of other models "
            "or settings, or --force or --retry-skipped asks for it.",
            soft_wrap=True,
        )


def print_summary(tally: Tally, survey: Survey, console: Console) -> None:
    """Say after a scan what became of everything."""
    speed = f" ({tally.rate:.1f} photos/s)" if tally.done else ""
    console.print(
        f"Scanned {count(tally.photos, 'photo')} in {duration(tally.seconds)}{speed}: {count(tally.faces, 'face')}.",
        style="bold",
        soft_wrap=True,
    )
    parts = [f"{survey.unchanged:,} unchanged", f"{tally.moved:,} moved", f"{tally.skipped.total():,} skipped"]
    if survey.others:
        common = ", ".join(
            f"{number:,} {printable(name) or 'without extension'}" for name, number in _top(survey.others)
        )
        parts.append(f"{count(survey.others.total(), 'other file')} ({common})")
    console.print(", ".join(parts) + ".", soft_wrap=True, highlight=False)
    for reason, number in tally.skipped.most_common():
        console.print(Text(f"  skipped {number:,}: {reason}"), soft_wrap=True)


def _top(others: Counter[str]) -> list[tuple[str, int]]:
    top = others.most_common(5)
    rest = others.total() - sum(number for _, number in top)
    return [*top, *([("more", rest)] if rest else [])]


def duration(seconds: float) -> str:
    """A time as people say it: ``4.2 s``, ``75 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


@contextmanager
def steps(what: str, total: int, console: Console) -> Iterator[Callable[[int, str], None]]:
    """Show how far a work of ``total`` steps is: a bar in a terminal, else a line now and then.

    Yields:
        What is to be told how many steps are done, and a remark.
    """
    if console.is_terminal:
        bar = Progress(
            TextColumn(what),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[remark]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            expand=True,
            transient=True,
        )
        task = bar.add_task(what, total=total, remark="")
        with bar:
            yield lambda done, remark: bar.update(task, completed=done, remark=remark)
        return
    last = time.monotonic()

    def update(done: int, remark: str) -> None:
        nonlocal last
        if not console.quiet and time.monotonic() - last >= LOG_EVERY:
            last = time.monotonic()
            line = f"{time.strftime('%H:%M:%S')} {what}: {done:,} of {total:,} {remark}"
            console.print(Text(line.rstrip()), soft_wrap=True)

    yield update
