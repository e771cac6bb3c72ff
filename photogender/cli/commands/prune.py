"""``photogender prune``."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.options import catalog_option
from photogender.cli.types import AbsolutePath

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog


@click.command()
@catalog_option
@click.option("--root", type=AbsolutePath(), metavar="DIR", help="Only files in DIR and the folders in it.")
@click.option("--missing-root", is_flag=True, help="Also files whose folder or drive cannot be seen now.")
@click.option("--with-corrections", is_flag=True, help="Also photos with names and corrections, which are lost then.")
@click.option("--excluded", is_flag=True, help="Only photos that scans leave out now.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
def prune(
    catalog: Path | None,
    root: str | None,
    missing_root: bool,
    with_corrections: bool,
    excluded: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Remove photos from the catalog whose files are gone, or that scans leave out now; the list goes to stdout.

    A file is gone if its folder can be listed and its name is not in it. If the folder cannot be read, or is not the
    one that was scanned, as when its drive is not connected, its photos stay. A photo that has another file stays too.
    Scan moved photos at their new place first: then they keep their results.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.gone import missing_photos
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.text import count, printable

    with Catalog(catalog, mode="read" if dry_run else "change") as opened:
        if excluded:
            _prune_left_out(opened, yes, dry_run, with_corrections)
            return
        missing = [photo for photo in missing_photos(opened) if root is None or _is_in(photo.path, root)]
        away = [photo for photo in missing if not photo.is_gone]
        gone = [photo for photo in missing if photo.is_gone or missing_root]
        for folder, number in sorted(Counter(photo.root for photo in away).items()) if not missing_root else ():
            click.echo(
                f"{count(number, 'photo')} of {printable(folder)} cannot be seen now: it is missing or empty, or a "
                f"folder in it is: {'it stays' if number == 1 else 'they stay'} in the catalog. Connect the drive, "
                "or remove them with --missing-root.",
                err=True,
            )
        if not with_corrections:
            _say_what_stays([(photo.path, photo.corrections) for photo in gone if photo.corrections])
        doomed = [photo for photo in gone if with_corrections or not photo.corrections]
        with output(None) as stream:
            write_paths((photo.path for photo in doomed), stream)
        if not doomed:
            click.echo("Nothing to remove.", err=True)
        elif not dry_run:
            said = sum(photo.corrections for photo in doomed)
            question = f"Remove {count(len(doomed), 'photo')} with {count(said, 'correction')} from the catalog?"
            if not yes:
                click.confirm(question, abort=True, err=True)
            opened.remove(photo.photo_id for photo in doomed)
            click.echo(f"Removed {count(len(doomed), 'photo')}.", err=True)
        if not yes and root is None:
            _prune_left_out(opened, yes, dry_run, with_corrections)
    if away and not missing_root:
        sys.exit(1)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _say_what_stays(corrected: list[tuple[str, int]]) -> None:
    """Tell of photos, each with its number of corrections, that are not removed because of these."""
    from photogender.text import count, printable

    if corrected:
        said = sum(number for _, number in corrected)
        click.echo(
            f"{count(len(corrected), 'photo')} with {count(said, 'correction')} "
            f"{'stays' if len(corrected) == 1 else 'stay'}: {printable(corrected[0][0])}"
            f"{', ...' if len(corrected) > 1 else ''} Remove them too with --with-corrections.",
            err=True,
        )


def _prune_left_out(opened: "Catalog", yes: bool, dry_run: bool, with_corrections: bool) -> None:
    """Remove photos that ``exclude``, an ignore file or the name of a folder leaves out now."""
    from photogender.catalog.pictures.gone import corrections_of
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.scanning.roots import left_out_photos
    from photogender.text import count

    every = [(key, path, corrections_of(opened, key)) for key, path in left_out_photos(opened)]
    photos = [(key, path) for key, path, said in every if with_corrections or not said]
    if not with_corrections:
        _say_what_stays([(path, said) for _, path, said in every if said])
    with output(None) as stream:
        write_paths((path for _, path in photos), stream)
    if photos and not dry_run:
        question = f"Scans leave out {count(len(photos), 'photo')} now. Remove them with their faces and corrections?"
        if yes or click.confirm(question, err=True):
            opened.remove(key for key, _ in photos)
            click.echo(f"Removed {count(len(photos), 'photo')}.", err=True)
