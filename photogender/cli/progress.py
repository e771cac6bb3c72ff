"""Progress of long tasks: a bar in a terminal, a log line every ten seconds elsewhere, nothing when quiet."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol, TypeVar

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from photogender.text import duration, printable, tail

Item = TypeVar("Item")

Mode = Literal["auto", "bar", "log"]

LOG_EVERY = 10.0
"""Seconds between two lines of the log."""


class Update(Protocol):
    """Reports progress."""

    def __call__(self, done: int, remark: str = "", place: str = "", total: int | None = None) -> None:
        """Show that ``done`` steps are done, with a short remark and the current file or folder.

        ``total`` is for tasks whose length is known only once they run.
        """


def watch(
    items: Iterable[Item],
    total: int | None,
    what: str,
    console: Console,
    mode: Mode = "auto",
    describe: Callable[[Item], tuple[str, str]] = lambda item: ("", ""),
) -> Iterator[Item]:
    """Pass items on, and show how many have passed.

    Args:
        items: Passed on unchanged.
        total: Their number; None if it is not known.
        what: Their name, in the plural.
        console: Where to print; a quiet console prints nothing.
        mode: ``auto`` shows a bar in a terminal and log lines elsewhere.
        describe: Returns the remark and the place to show after an item.
    """
    with steps(what, total, console, mode) as update:
        for done, item in enumerate(items, start=1):
            yield item
            update(done, *describe(item))


@contextmanager
def steps(
    what: str,
    total: int | None,
    console: Console,
    mode: Mode = "auto",
    amount: Callable[[int], str] = "{:,}".format,
) -> Iterator[Update]:
    """Show how many steps of a task are done.

    Args:
        what: As for ``watch``, like the following two.
        total: The number of steps.
        console: Where to print.
        mode: As for ``watch``.
        amount: Formats a number of steps, such as bytes in megabytes.

    Yields:
        A function to call when steps are done.
    """
    bar = mode == "bar" or (mode == "auto" and console.is_terminal)
    if console.quiet:
        yield lambda done, remark="", place="", total=None: None
    elif bar and not console.is_dumb_terminal:  # a dumb terminal cannot redraw a line
        with _bar(what, total, console, amount) as update:
            yield update
    else:
        yield _log(what, total, console, amount)


@contextmanager
def _bar(what: str, total: int | None, console: Console, amount: Callable[[int], str]) -> Iterator[Update]:
    known = total
    columns = (BarColumn(bar_width=None), TextColumn("{task.description}", markup=False))
    bar = Progress(*columns, TimeRemainingColumn(compact=True), console=console, expand=True)
    task = bar.add_task("", total=total)
    line = Text("", style="dim", no_wrap=True, overflow="ellipsis")

    def update(done: int, remark: str = "", place: str = "", total: int | None = None) -> None:
        total = known if total is None else total
        of_total = "" if total is None else f"/{amount(total)}"
        text = f"{amount(done)}{of_total} {what}  {remark}".rstrip()
        bar.update(task, completed=done, total=total, description=text)
        line.plain = tail(printable(place), console.width)

    def shown() -> RenderableType:
        return Group(bar, line) if line.plain else bar

    update(0)
    with Live(get_renderable=shown, console=console, transient=True, refresh_per_second=8):
        yield update


def _log(what: str, total: int | None, console: Console, amount: Callable[[int], str]) -> Update:
    known = total
    started = last = time.monotonic()

    def update(done: int, remark: str = "", place: str = "", total: int | None = None) -> None:
        nonlocal last
        now = time.monotonic()
        if not done or now - last < LOG_EVERY:
            return
        last = now
        total = known if total is None else total
        of_total = "" if total is None else f" of {amount(total)}"
        parts = [f"{amount(done)}{of_total} {what}".rstrip()]
        if total is not None:
            parts.append(f"{duration((total - done) * (now - started) / done)} left")
        parts += [remark] if remark else []
        parts += [f"in {printable(place)}"] if place else []
        console.print(Text(f"{time.strftime('%H:%M:%S')} {', '.join(parts)}"), soft_wrap=True)

    return update
