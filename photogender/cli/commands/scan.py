"""``photogender scan`` and ``rescan``."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from photogender.cli.options import catalog_option, model_options, together
from photogender.cli.terminal import console
from photogender.errors import PhotogenderError
from photogender.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from photogender.catalog.catalog import Catalog
    from photogender.cli.progress import Mode
    from photogender.scanning.scan import Scan
    from photogender.scanning.settings import Survey

_showing = together(
    click.option("--strict", is_flag=True, help="Exit with 1 if anything was skipped."),
    click.option(
        "--progress",
        type=click.Choice(["auto", "bar", "log"]),
        default="auto",
        show_default=True,
        help="A bar, or a log line every ten seconds; auto: a bar in a terminal.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str), metavar="PATH...")
@catalog_option
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out what matches, in .gitignore syntax. Repeatable."
)
@model_options
@click.option("--force", is_flag=True, help="Scan unchanged photos again.")
@click.option("--retry-skipped", is_flag=True, help="Scan unchanged files again that were skipped.")
@click.option("--dry-run", is_flag=True, help="Only print the paths that would be scanned.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Scan at most N photos.")
@click.option(
    "--crops",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Save a picture of each face there.",
)
@_showing
def scan(
    paths: tuple[str, ...],
    catalog: Path | None,
    dry_run: bool,
    strict: bool,
    progress: "Mode",
    quiet: bool,
    **settings: Any,  # noqa: ANN401 - one for each field of ScanSettings
) -> None:
    """Find and tag the faces in the photos PATH..., or in the folders PATH... and their subfolders.

    Only new and changed photos are scanned. You can stop at any time and resume with the same command. Photos
    that were moved or renamed keep their results. A scan removes nothing from the catalog: see prune. With
    another --model the faces stay, and only age and gender are estimated again.

    Hidden files and folders are left out, and what a .photogenderignore file lists (in .gitignore syntax).
    """
    from photogender.catalog.catalog import Catalog, default_catalog
    from photogender.cli.tally import print_survey
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.scanning.scan import Scan
    from photogender.scanning.settings import ScanSettings

    if not any(map(os.path.lexists, paths)):
        missing = "\n".join(f"{printable(os.path.abspath(path))} is not there." for path in paths)
        raise PhotogenderError(missing, "Connect its drive, or check the spelling.")
    shown = console(quiet=quiet, as_terminal=progress == "bar")
    catalog = catalog or default_catalog()
    # A dry run does not even make a catalog.
    place = Path(":memory:") if dry_run and not catalog.exists() else catalog
    with Catalog(place, mode="read" if dry_run and place is catalog else "write") as opened:
        job = Scan(paths, opened, ScanSettings(**settings))
        survey = _survey(job, shown, progress)
        print_survey(survey, shown)
        if dry_run:
            with output(None) as stream:
                write_paths(({"path": photo.path} for photo in job.photos()), stream)
            shown.print(f"{survey.photos:,} photos would be scanned, {survey.unchanged:,} are unchanged.")
            return
        job.remember()
        status = _carry_out(job, survey, opened, shown, progress, strict)
    sys.exit(status)


@click.command()
@catalog_option
@model_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@_showing
def rescan(
    catalog: Path | None,
    yes: bool,
    strict: bool,
    progress: "Mode",
    quiet: bool,
    **settings: Any,  # noqa: ANN401 - as in scan
) -> None:
    """Scan all folders of the catalog again, for example with another --model, after saying what has to be done.

    Photos that were scanned with the same models and settings are left alone. If only the model of age and gender
    changes, faces are not detected again. Ids, names and corrections stay.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.roots import scanned_paths
    from photogender.scanning.scan import Scan
    from photogender.scanning.settings import ScanSettings
    from photogender.text import count

    shown = console(quiet=quiet, as_terminal=progress == "bar")
    with Catalog(catalog, mode="change") as opened:
        roots = scanned_paths(opened)
        if not roots:
            raise click.UsageError("The catalog has no photos yet. Begin with: photogender scan FOLDER")
        job = Scan(roots, opened, ScanSettings(**settings))
        survey = _survey(job, shown, progress)
        if not (quiet and yes):
            click.echo(f"{count(len(roots), 'folder')}, with {settings['detector']} and {settings['model']}:", err=True)
            for root in roots:
                click.echo(f"  {printable(root)}", err=True)
            for line in _costs(survey, opened):
                click.echo(f"  {line}", err=True)
        if survey.photos and not yes:
            click.confirm("Continue?", abort=True, err=True)
        status = _carry_out(job, survey, opened, shown, progress, strict)
    sys.exit(status)


def _survey(job: "Scan", shown: "Console", progress: "Mode") -> "Survey":
    """Count what there is to do, and show that the walk works."""
    from photogender.cli.progress import steps

    with steps("photos found", None, shown, progress) as update:
        return job.survey(update)


def _costs(survey: "Survey", catalog: "Catalog") -> Iterator[str]:
    """What a scan has to do, and about how long it will take."""
    from photogender.text import count, duration

    yield f"unchanged:         {count(survey.unchanged, 'photo')}"
    if survey.found:
        yield f"estimated again:   {count(survey.found, 'photo')}, whose faces are known"
    yield f"scanned:           {count(survey.photos - survey.found, 'photo')}"
    rate = catalog.last_rate()
    if survey.photos and rate:
        least = "at most " if survey.found else "about "
        time = duration(survey.photos / rate)
        yield f"time:              {least}{time}, at the {rate:.1f} photos/s of an earlier scan"


def _carry_out(
    job: "Scan", survey: "Survey", catalog: "Catalog", shown: "Console", progress: "Mode", strict: bool
) -> int:
    """Run a scan and show its progress; returns the exit status."""
    from photogender.cli.tally import Tally, follow, print_summary, print_unreached

    tally = Tally()
    with _stoppable(shown) as stop:
        if survey.photos:
            outcomes = job.run(stop.event, lambda remark: shown.print(remark, style="yellow"))
            follow(outcomes, tally, survey.photos, progress, shown)
        else:
            job.settle()  # the survey was the walk
    print_summary(tally, survey, shown)
    print_unreached(job.unreached, job.problems, shown)
    shown.print(f"Catalog: {catalog.path}", soft_wrap=True)
    if stop.signal:
        shown.print("Stopped. To resume, run the same command again.", style="bold yellow")
        return 128 + stop.signal
    return int(bool(survey.missing_roots or job.unreached or (strict and (tally.skipped or survey.problems))))


class _Stop:
    """The signal that asked the scan to stop, and the event that tells it."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0


@contextmanager
def _stoppable(shown: "Console") -> Iterator[_Stop]:
    """Let the first Ctrl-C or SIGTERM finish the current photos; a second one exits at once."""
    stop = _Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.signal:
            sys.exit(128 + number)
        stop.signal = number
        stop.event.set()
        shown.print("Finishing the current photos ... (press Ctrl-C again to stop at once)", style="yellow")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
