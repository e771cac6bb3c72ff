"""``photogender catalog``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.options import catalog_option, map_option

if TYPE_CHECKING:
    from photogender.scanning.merge import Merged


@click.group()
def catalog() -> None:
    """Copy, check, compact or merge catalogs."""


@catalog.command()
@catalog_option
@click.argument("copy", type=click.Path(path_type=Path), metavar="FILE")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def backup(catalog: Path | None, copy: Path, quiet: bool) -> None:
    """Copy the catalog to FILE.

    If FILE is a folder, the copy gets the catalog's name and the date. It is the catalog as it is at one moment; scans
    and corrections may go on. No file is overwritten. To use a copy, name it with --catalog.
    """
    from datetime import datetime

    from rich.console import Console

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.upkeep.backup import back_up
    from photogender.cli.progress import steps
    from photogender.text import megabytes, printable

    with Catalog(catalog) as opened:
        if copy.is_dir():
            copy /= f"{opened.path.stem}-{datetime.now().astimezone():%Y-%m-%d}{opened.path.suffix}"
        total = opened.fetch("PRAGMA page_count").fetchone()[0]
        with steps("pages", total, Console(stderr=True, quiet=quiet)) as update:
            size = back_up(opened, copy, lambda _, left, pages: update(pages - left))
    if not quiet:
        click.echo(f"Copied to {printable(str(copy))}: {megabytes(size)}.", err=True)


@catalog.command()
@catalog_option
def check(catalog: Path | None) -> None:
    """Say what is wrong with the catalog.

    Reads all of it. Says what can be saved, and exits with 1, if something is wrong.
    """
    from photogender.catalog.catalog import Catalog, default_catalog
    from photogender.catalog.said.corrections_file import savable
    from photogender.catalog.sqlite.connection import SAVE_CORRECTIONS, SCAN_AGAIN
    from photogender.catalog.upkeep.check import problems
    from photogender.errors import CatalogError
    from photogender.text import count, printable

    path = catalog or default_catalog()
    try:
        with Catalog(path) as opened:
            wrong = list(problems(opened, thorough=True))
            photos, faces, said = (
                opened.fetch(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in ("photos", "faces", "corrections")
            )
    except CatalogError as error:
        if not path.exists():
            raise
        wrong = [error.message]
    if not wrong:
        text = f"{count(photos, 'photo')}, {count(faces, 'face')}, {count(said, 'correction')}"
        click.echo(f"{printable(str(path))} is sound: {text}.")
        return
    for each in wrong:
        click.echo(printable(each))
    if saved := savable(path):
        click.echo(f"{count(saved, 'correction')} can be saved.", err=True)
        click.echo(f"{SAVE_CORRECTIONS.format(path=printable(str(path)))}\n{SCAN_AGAIN}", err=True)
    sys.exit(1)


@catalog.command()
@catalog_option
def compact(catalog: Path | None) -> None:
    """Give the space of removed photos back to the disk."""
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.upkeep.backup import compact as compacted
    from photogender.text import megabytes

    with Catalog(catalog, mode="change") as opened:
        before, after = compacted(opened)
    click.echo(f"{megabytes(before)} before, {megabytes(after)} now.", err=True)


@catalog.command()
@click.argument("main", type=click.Path(dir_okay=False, path_type=Path), metavar="MAIN")
@click.argument("parts", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="PART...")
@map_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def merge(main: Path, parts: tuple[Path, ...], moved: tuple[tuple[str, str], ...], quiet: bool) -> None:
    """Add what the catalogs PART... know to the catalog MAIN.

    For a library that was scanned in parts (scan --shard), or on several machines. MAIN is made if it is not there.
    Photos, faces, names and corrections of both sides stay; the parts are not changed. Merging again changes nothing.
    """
    from contextlib import ExitStack

    from rich.console import Console

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.upkeep.alone import opened_alone
    from photogender.cli.progress import steps
    from photogender.scanning.mapping import FolderMap
    from photogender.scanning.merge import Merged, merge

    results: list[Merged] = []
    with ExitStack() as stack:
        for path in parts:
            if path.exists() and main.exists() and path.samefile(main):
                raise click.UsageError(f"{path} is the catalog to merge into.")
        opened = [stack.enter_context(Catalog(path)) for path in parts]
        into = stack.enter_context(opened_alone(main))
        total = sum(part.fetch("SELECT count(*) FROM places").fetchone()[0] for part in opened)
        with steps("photos", total, Console(stderr=True, quiet=quiet)) as update:
            for results in merge(into, opened, FolderMap(moved)):
                update(sum(result.seen for result in results))
    for path, result in zip(parts, results, strict=True):
        _tell(main, path, result, quiet=quiet)
    sys.exit(int(any(result.nameless for result in results)))


def _tell(main: Path, part: Path, result: "Merged", *, quiet: bool) -> None:
    """Say what a part brought to the catalog ``main``."""
    from photogender.text import count, printable

    if not quiet:
        text = f"{count(result.photos, 'photo')}, {count(result.faces, 'face')}"
        click.echo(f"{printable(str(part))}: {text}, {count(result.corrections, 'correction')} new.", err=True)
    if result.older:
        was = "was" if result.older == 1 else "were"
        click.echo(f"{count(result.older, 'file')} {was} scanned later in {printable(str(main))}.", err=True)
    if result.waiting and not quiet:
        faces = count(len(result.waiting), "face")
        click.echo(f"What was said of {faces} more waits for a scan that finds them.", err=True)
    for line in result.nameless:
        said = ", ".join(str(value) for value in line.latest if value is not None) or "nothing said"
        click.echo(f"{printable(line.photo)}: no face fits in {printable(str(main))}: {said}", err=True)
