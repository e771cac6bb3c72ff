"""``photogender scan`` and ``rescan``."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photogender.cli.log_file import messages
from photogender.cli.options import catalog_option, map_option, model_options, together
from photogender.cli.scan_run import carry_out, stoppable, survey_of
from photogender.cli.types import ClusterAddress, ShardNumber
from photogender.errors import PhotogenderError
from photogender.source import absolute, is_remote, problem
from photogender.text import printable

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog
    from photogender.cli.progress import Mode
    from photogender.scanning.engines.ray_engine import RayEngine
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
    click.option(
        "--log",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write what happens to the end of FILE, with times, and print errors only.",
    ),
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
@click.option(
    "--shard",
    type=ShardNumber(),
    metavar="K/N",
    help="Scan one of N shares of the photos, so that N machines scan all of them; see catalog merge.",
)
@click.option(
    "--known",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="MAIN.db",
    help="Leave out what this other catalog knows already. It is only read.",
)
@map_option
@click.option(
    "--ray",
    type=ClusterAddress(),
    metavar="HOST:PORT|local",
    help="Let the machines of a Ray cluster scan, or processes of this one: see docs/many-machines.md.",
)
@click.option(
    "--ray-workers", type=click.IntRange(min=1), metavar="N", help="Most workers.  [default: one per core or GPU]"
)
@_showing
def scan(
    paths: tuple[str, ...],
    catalog: Path | None,
    known: Path | None,
    moved: tuple[tuple[str, str], ...],
    ray: str | None,
    ray_workers: int | None,
    dry_run: bool,
    strict: bool,
    progress: "Mode",
    quiet: bool,
    log: Path | None,
    **settings: Any,  # noqa: ANN401 - one for each field of ScanSettings
) -> None:
    """Find and tag the faces in the photos PATH..., or in the folders PATH... and their subfolders.

    A PATH may also be in a bucket, such as s3://bucket/2019: see docs/remote.md.

    Only new and changed photos are scanned. You can stop at any time and resume with the same command. Photos
    that were moved or renamed keep their results. A scan removes nothing from the catalog: see prune. With
    another --model the faces stay, and only age and gender are estimated again.

    Hidden files and folders are left out, and what a .photogenderignore file lists (in .gitignore syntax).
    """
    from photogender.catalog.catalog import Catalog, default_catalog
    from photogender.catalog.upkeep.alone import opened_alone
    from photogender.cli.tally import print_survey
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.scanning.main_catalog import MainCatalog
    from photogender.scanning.mapping import FolderMap
    from photogender.scanning.scan import Scan, check_scan
    from photogender.scanning.settings import ScanSettings

    if moved and not known:
        raise click.UsageError("--map says where a folder is for the catalog of --known, which is missing.")
    with ExitStack() as stack:
        shown = stack.enter_context(messages(log, quiet=quiet, as_terminal=progress == "bar"))
        engine = _engine(ray, ray_workers, settings)
        problems = [(path, problem(path)) for path in paths]
        if all(why for _, why in problems):
            missing = "\n".join(f"{printable(absolute(path))} {why}." for path, why in problems)
            raise PhotogenderError(missing, "Connect its drive, or check the spelling.")
        if ray and (address := next(filter(is_remote, paths), None)):
            raise click.UsageError(f"{address} cannot be scanned with --ray. Several machines can share it by --shard.")
        given = ScanSettings(**settings)
        check_scan(paths, given)  # before a catalog is made
        catalog = catalog or default_catalog()
        if known and known.exists() and catalog.exists() and known.samefile(catalog):
            raise click.UsageError(f"{known} is the catalog to scan into. Name another one with --catalog.")
        # A dry run does not even make a catalog.
        place = Path(":memory:") if dry_run and not catalog.exists() else catalog
        main = MainCatalog(stack.enter_context(Catalog(known)), FolderMap(moved)) if known else None
        if dry_run:
            opened = stack.enter_context(Catalog(place, mode="read" if place is catalog else "write"))
        else:
            opened = stack.enter_context(opened_alone(catalog))
        job = Scan(paths, opened, given, main, engine)
        survey = survey_of(job, shown, progress)
        print_survey(survey, shown)
        if dry_run:
            with output(None) as stream:
                write_paths((photo.path for photo in job.photos()), stream)
            shown.print(f"{survey.photos:,} photos would be scanned, {survey.unchanged:,} are unchanged.")
            return
        job.remember()
        nodes = engine.by_node if engine else dict
        with stoppable(shown) as stop:
            status = carry_out(job, survey, opened, shown, progress, stop, strict, nodes)
        if job.settings.shard and status < 128:
            shown.print("When all shards are scanned: photogender catalog merge MAIN.db PART.db...", soft_wrap=True)
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
    log: Path | None,
    **settings: Any,  # noqa: ANN401 - as in scan
) -> None:
    """Scan all folders of the catalog again, for example with another --model, after saying what has to be done.

    Photos that were scanned with the same models and settings are left alone. If only the model of age and gender
    changes, faces are not detected again. Ids, names and corrections stay.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.roots import scanned_paths
    from photogender.catalog.upkeep.alone import only_scan
    from photogender.scanning.scan import Scan
    from photogender.scanning.settings import ScanSettings
    from photogender.text import count

    with (
        messages(log, quiet=quiet, as_terminal=progress == "bar") as shown,
        Catalog(catalog, mode="change") as opened,
        only_scan(opened.path),
    ):
        roots = scanned_paths(opened)
        if not roots:
            raise click.UsageError("The catalog has no photos yet. Begin with: photogender scan FOLDER")
        job = Scan(roots, opened, ScanSettings(**settings))
        survey = survey_of(job, shown, progress)
        if not (quiet and yes):
            click.echo(f"{count(len(roots), 'folder')}, with {settings['detector']} and {settings['model']}:", err=True)
            for root in roots:
                click.echo(f"  {printable(root)}", err=True)
            for line in _costs(survey, opened):
                click.echo(f"  {line}", err=True)
        if survey.photos and not yes:
            click.confirm("Continue?", abort=True, err=True)
        with stoppable(shown) as stop:
            status = carry_out(job, survey, opened, shown, progress, stop, strict)
    sys.exit(status)


def _engine(address: str | None, workers: int | None, settings: dict[str, Any]) -> "RayEngine | None":
    """The engine that ``--ray`` asks for."""
    if address is None:
        if workers is not None:
            raise click.UsageError("--ray-workers is for --ray.")
        return None
    for name in ("crops", "workers"):
        if settings[name] is not None:
            raise click.UsageError(f"--{name} cannot be used with --ray.")
    from photogender.scanning.engines.ray_engine import RayEngine

    return RayEngine(address, workers)


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
