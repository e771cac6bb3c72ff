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
    from photogender.scanning.scan import Scan, Survey

_showing = together(
    click.option("--strict", is_flag=True, help="Exit with 1 if anything was skipped."),
    click.option("--progress", type=click.Choice(["auto", "bar", "log"]), default="auto", show_default=True),
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str), metavar="PATH...")
@catalog_option
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out what matches, as in a .gitignore. Repeatable."
)
@model_options
@click.option("--force", is_flag=True, help="Look again at unchanged photos too.")
@click.option("--retry-skipped", is_flag=True, help="Look again at unchanged files that were skipped.")
@click.option("--dry-run", is_flag=True, help="Print the paths that would be looked at, and do nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Look at no more than N photos.")
@click.option("--crops", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Save each face there.")
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
    """Find and tag the faces in all photos under the folders PATH...

    Only new and changed photos are looked at; stop it when you like and run it again to go on. Photos
    that were moved or renamed keep their results. Nothing is ever removed from the catalog: see prune.
    Another --model for the same faces only estimates anew.

    Hidden files and folders are left out, and what a .photogenderignore names (gitignore syntax).
    """
    from photogender.catalog.catalog import Catalog, default_catalog
    from photogender.cli.tally import print_survey
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.scanning.scan import Scan, ScanSettings

    if not any(map(os.path.lexists, paths)):
        missing = "\n".join(f"{printable(os.path.abspath(path))} is not there." for path in paths)
        raise PhotogenderError(missing, "Connect its drive, or check the spelling.")
    shown = console(quiet=quiet, as_terminal=progress == "bar")
    catalog = catalog or default_catalog()
    # A dry run does not even make a catalog.
    place = Path(":memory:") if dry_run and not catalog.exists() else catalog
    with Catalog(place, mode="read" if dry_run and place is catalog else "write") as opened:
        job = Scan(paths, opened, ScanSettings(**settings))
        survey = job.survey()
        print_survey(survey, shown)
        if dry_run:
            with output(None) as stream:
                write_paths(({"path": photo.path} for photo in job.photos()), stream)
            shown.print(f"{survey.photos:,} photos would be looked at, {survey.unchanged:,} are unchanged.")
            return
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
    """Scan all folders of the catalog again, say with another --model; tells first what it will cost.

    What is as these models and settings would make it is left alone. Where only the age/gender model
    changes, the faces are not looked for again. Ids, names and corrections stay.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.scanning.scan import Scan, ScanSettings
    from photogender.text import count

    shown = console(quiet=quiet, as_terminal=progress == "bar")
    with Catalog(catalog, mode="change") as opened:
        roots = opened.roots()
        if not roots:
            raise click.UsageError("The catalog has no photos yet. Begin with: photogender scan FOLDER")
        job = Scan(roots, opened, ScanSettings(**settings))
        survey = job.survey()
        click.echo(f"{count(len(roots), 'folder')}, with {settings['detector']} and {settings['model']}:", err=True)
        for root in roots:
            click.echo(f"  {printable(root)}", err=True)
        for line in _costs(survey, opened):
            click.echo(f"  {line}", err=True)
        if survey.photos and not yes:
            click.confirm("Go on?", abort=True, err=True)
        status = _carry_out(job, survey, opened, shown, progress, strict)
    sys.exit(status)


def _costs(survey: "Survey", catalog: "Catalog") -> Iterator[str]:
    """What a scan has to do, and about how long that takes, in lines for a person."""
    from photogender.text import count, duration

    yield f"left as they are:  {count(survey.unchanged, 'photo')}"
    if survey.found:
        yield f"estimated anew:    {count(survey.found, 'photo')}, whose faces are known"
    yield f"looked at afresh:  {count(survey.photos - survey.found, 'photo')}"
    rate = catalog.last_rate()
    if survey.photos and rate:
        least = "at most " if survey.found else "about "
        time = duration(survey.photos / rate)
        yield f"time:              {least}{time}, at the {rate:.1f} photos/s of an earlier scan"


def _carry_out(
    job: "Scan", survey: "Survey", catalog: "Catalog", shown: "Console", progress: "Mode", strict: bool
) -> int:
    """Run a scan, showing how it goes; the exit status."""
    from photogender.cli.tally import Tally, follow, print_summary

    tally = Tally()
    with _stoppable(shown) as stop:
        # Where there is nothing to do, the survey was the walk.
        outcomes = job.run(stop.event, lambda remark: shown.print(remark, style="yellow")) if survey.photos else ()
        follow(outcomes, tally, survey.photos, progress, shown)
    print_summary(tally, survey, shown)
    shown.print(f"Catalog: {catalog.path}", soft_wrap=True)
    if stop.signal:
        shown.print("Stopped. To go on, run the same command again.", style="bold yellow")
        return 128 + stop.signal
    return int(bool(survey.missing_roots or (strict and (tally.skipped or survey.problems))))


class _Stop:
    """Which signal asked for the end, and the event that tells the scan."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0


@contextmanager
def _stoppable(shown: "Console") -> Iterator[_Stop]:
    """Let the first Ctrl-C or SIGTERM end the scan in good order; a second one breaks it off."""
    stop = _Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.signal:
            sys.exit(128 + number)
        stop.signal = number
        stop.event.set()
        shown.print("Finishing the photos in hand … (once more to break off)", style="yellow")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
