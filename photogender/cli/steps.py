"""How far a long work is that goes step by step."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from photogender.progress import LOG_EVERY


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
