"""``photogender watch``."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photogender.cli.log_file import messages
from photogender.cli.options import catalog_option, model_options
from photogender.cli.scan_run import Stop, carry_out, stoppable
from photogender.errors import PhotogenderError
from photogender.source import is_remote
from photogender.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from photogender.scanning.settings import ScanSettings


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str), metavar="PATH...")
@catalog_option
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    default=10,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait after a scan.",
)
@model_options
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option(
    "--log",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what happens to the end of FILE, with times, and print errors only.",
)
def watch(
    paths: tuple[str, ...],
    catalog: Path | None,
    every: float,
    quiet: bool,
    log: Path | None,
    **settings: Any,  # noqa: ANN401 - as in scan
) -> None:
    """Scan the folders PATH... again and again, so that new photos are tagged soon after they arrive.

    The folders are looked through every ten minutes, which works on network drives, too. Only new and changed photos
    are opened. A folder whose drive is not connected is looked for again. Ctrl-C stops; then, nothing is lost.
    """
    from photogender.catalog.catalog import Catalog, default_catalog
    from photogender.catalog.upkeep.alone import only_scan
    from photogender.scanning.scan import check_scan
    from photogender.scanning.settings import ScanSettings

    given = ScanSettings(**settings)
    check_scan(paths, given)
    place = catalog or default_catalog()
    with Catalog(place, mode="write"):
        pass  # it is there before it is locked
    with messages(log, quiet=quiet, as_terminal=False) as shown, only_scan(place):
        folders = ", ".join(printable(path if is_remote(path) else os.path.abspath(path)) for path in paths)
        shown.print(f"Watching {folders}: every {every:g} minutes. Ctrl-C stops.", soft_wrap=True, markup=False)
        with stoppable(shown, "Stopping ...") as stop:
            before = ""
            while not stop.signal:
                trouble = _scan(paths, place, given, shown, stop)
                if trouble != before and trouble:
                    shown.print(trouble, style="yellow", soft_wrap=True, markup=False)
                before = trouble
                stop.event.wait(every * 60)
    sys.exit(128 + stop.signal)


def _scan(paths: tuple[str, ...], place: Path, settings: "ScanSettings", shown: "Console", stop: Stop) -> str:
    """Scan once, if there is anything to do; returns what kept it from looking everywhere."""
    from photogender.catalog.catalog import Catalog
    from photogender.scanning.scan import Scan

    try:
        with Catalog(place, mode="write") as opened:
            job = Scan(paths, opened, settings)
            survey = job.survey()
            if survey.photos:
                job.remember()
                carry_out(job, survey, opened, shown, "log", stop)
            else:
                job.settle()
    except PhotogenderError as error:  # a drive that went away, or a locked catalog: next time it may work
        return error.message
    return " ".join(f"{printable(root)} is not there." for root in survey.missing_roots)
