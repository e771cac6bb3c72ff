"""Running a scan for a command: what there is to do, progress, the summary, and stopping."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from photogender.catalog.catalog import Catalog
    from photogender.cli.progress import Mode
    from photogender.scanning.scan import Scan
    from photogender.scanning.settings import Survey

FINISHING = "Finishing the current photos ... (press Ctrl-C again to stop at once)"


def survey_of(job: "Scan", shown: "Console", progress: "Mode") -> "Survey":
    """Count what there is to do, and show that the walk works."""
    from photogender.cli.progress import steps

    with steps("photos found", None, shown, progress) as update:
        return job.survey(update)


def carry_out(
    job: "Scan",
    survey: "Survey",
    catalog: "Catalog",
    shown: "Console",
    progress: "Mode",
    stop: "Stop",
    strict: bool = False,
    nodes: Callable[[], dict[str, float]] = dict,
) -> int:
    """Run a scan and show its progress; returns the exit status."""
    from photogender.catalog.said.likeness import likeness_path
    from photogender.cli.tally import Tally, follow, print_nodes, print_summary, print_unreached

    tally = Tally()
    if survey.photos:
        outcomes = job.run(stop.event, lambda remark: shown.print(remark, style="yellow"))
        follow(outcomes, tally, survey.photos, progress, shown, nodes)
    else:
        job.settle()  # the survey was the walk
    print_summary(tally, survey, shown)
    print_nodes(nodes(), shown)
    print_unreached(job.unreached, job.problems, shown)
    shown.print(f"Catalog: {catalog.path}", soft_wrap=True)
    if tally.faces and likeness_path(catalog.path).exists():
        shown.print("To put the new faces into groups: photogender people group", soft_wrap=True)
    if stop.signal:
        shown.print("Stopped. To resume, run the same command again.", style="bold yellow")
        return 128 + stop.signal
    return int(bool(survey.missing_roots or job.unreached or (strict and (tally.skipped or survey.problems))))


class Stop:
    """The signal that asked the scan to stop, and the event that tells it."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0


@contextmanager
def stoppable(shown: "Console", said: str = FINISHING) -> Iterator[Stop]:
    """Let the first Ctrl-C or SIGTERM finish the current photos, and say so; a second one exits at once."""
    stop = Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.signal:
            sys.exit(128 + number)
        stop.signal = number
        stop.event.set()
        shown.print(said, style="yellow")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
