"""``photogender scan``."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Literal

import click

from photogender.cli.options import catalog_option


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str), metavar="PATH...")
@catalog_option
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out what matches, as in a .gitignore. Repeatable."
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--workers", type=click.IntRange(min=1), help="Decoding threads.  [default: one a core]")
@click.option(
    "--min-face",
    type=click.FloatRange(min=1),
    metavar="PX",
    help="Smallest face, in pixels of the photo.  [default: 20]",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="X",
    help="Lowest detector score.  [default: 0.35]",
)
@click.option("--force", is_flag=True, help="Look again at unchanged photos too.")
@click.option("--retry-skipped", is_flag=True, help="Look again at unchanged files that were skipped.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was skipped.")
@click.option("--dry-run", is_flag=True, help="Print the paths that would be looked at, and do nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Look at no more than N photos.")
@click.option("--crops", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Save each face there.")
@click.option("--progress", type=click.Choice(["auto", "bar", "log"]), default="auto", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def scan(
    paths: tuple[str, ...],
    catalog: Path | None,
    exclude: tuple[str, ...],
    device: Literal["auto", "cpu", "cuda"],
    workers: int | None,
    min_face: float | None,
    confidence: float | None,
    force: bool,
    retry_skipped: bool,
    strict: bool,
    dry_run: bool,
    limit: int | None,
    crops: Path | None,
    progress: Literal["auto", "bar", "log"],
    quiet: bool,
) -> None:
    """Find and tag the faces in all photos under the folders PATH...

    Only new and changed photos are looked at; stop it when you like and run it again to go on. Photos
    that were moved or renamed keep their results. Nothing is ever removed from the catalog: see prune.

    Hidden files and folders are left out, and what a .photogenderignore names (gitignore syntax).
    """
    from rich.console import Console

    from photogender.catalog import Catalog, default_catalog
    from photogender.export import write_paths
    from photogender.output import output
    from photogender.pipeline import MIN_FACE, Scan, ScanSettings
    from photogender.progress import Tally, follow, print_summary, print_survey

    console = Console(stderr=True, highlight=False, quiet=quiet)
    settings = ScanSettings(
        exclude=exclude,
        device=device,
        workers=workers,
        min_face=MIN_FACE if min_face is None else min_face,
        confidence=confidence,
        force=force,
        retry_skipped=retry_skipped,
        limit=limit,
        crops=crops,
    )
    catalog = catalog or default_catalog()
    # A dry run does not even make a catalog.
    place = Path(":memory:") if dry_run and not catalog.exists() else catalog
    with Catalog(place, mode="read" if dry_run and place is catalog else "write") as opened:
        job = Scan(paths, opened, settings)
        survey = job.survey()
        print_survey(survey, console)
        if dry_run:
            with output(None) as stream:
                write_paths(({"path": photo.path} for photo in job.photos()), stream)
            console.print(f"{survey.photos:,} photos would be looked at, {survey.unchanged:,} are unchanged.")
            return
        bar = console.is_terminal if progress == "auto" else progress == "bar"
        tally = Tally()
        with _stoppable(console) as stop:
            # Where there is nothing to do, the survey was the walk.
            outcomes = (
                job.run(stop.event, lambda remark: console.print(remark, style="yellow")) if survey.photos else ()
            )
            follow(outcomes, tally, survey.photos, "quiet" if quiet else "bar" if bar else "log", console)
    print_summary(tally, survey, console)
    console.print(f"Catalog: {catalog}", soft_wrap=True)
    if stop.signal:
        console.print("Stopped. To go on, run the same command again.", style="bold yellow")
        sys.exit(128 + stop.signal)
    if survey.missing_roots or (strict and (tally.skipped or survey.problems)):
        sys.exit(1)


class _Stop:
    """Which signal asked for the end, and the event that tells the scan."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0


@contextmanager
def _stoppable(console: "Console") -> Iterator[_Stop]:  # type: ignore[name-defined]  # noqa: F821
    """Let the first Ctrl-C or SIGTERM end the scan in good order; a second one breaks it off."""
    stop = _Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.signal:
            sys.exit(128 + number)
        stop.signal = number
        stop.event.set()
        console.print("Finishing the photos in hand … (once more to break off)", style="yellow")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
