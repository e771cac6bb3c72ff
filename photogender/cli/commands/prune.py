"""``photogender prune``."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.options import catalog_option

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog


@click.command()
@catalog_option
@click.option("--missing-root", is_flag=True, help="Also where a whole scanned folder is missing or empty.")
@click.option("--excluded", is_flag=True, help="Only photos that scans leave out now.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
def prune(catalog: Path | None, missing_root: bool, excluded: bool, yes: bool, dry_run: bool) -> None:
    """Remove photos from the catalog whose files are gone, or that scans leave out now; the list goes to stdout.

    Photos that were moved are better scanned first, at their new place: then they keep their results.
    A scanned folder that is missing or empty, as when its drive is not connected, is left alone.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.gone import gone_photos, is_root_gone
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.text import count, printable

    with Catalog(catalog, mode="read" if dry_run else "change") as opened:
        if excluded:
            _prune_left_out(opened, yes, dry_run)
            return
        gone = list(gone_photos(opened))
        by_root = Counter(place.root for place in gone)
        refused = {root for root in by_root if is_root_gone(root)} if not missing_root else set()
        for root in sorted(refused):
            click.echo(
                f"{printable(root)} is missing or empty: its {count(by_root[root], 'photo')} stay in the catalog. "
                "Connect its drive, or remove them with --missing-root.",
                err=True,
            )
        doomed = [place for place in gone if place.root not in refused]
        with output(None) as stream:
            write_paths(({"path": place.path} for place in doomed), stream)
        if not doomed:
            click.echo("Nothing to remove.", err=True)
        elif not dry_run:
            question = f"Remove {count(len(doomed), 'photo')} with their faces and corrections from the catalog?"
            if not yes:
                click.confirm(question, abort=True, err=True)
            opened.remove(place.photo_id for place in doomed)
            click.echo(f"Removed {count(len(doomed), 'photo')}.", err=True)
        if not yes:
            _prune_left_out(opened, yes, dry_run)
    if refused:
        sys.exit(1)


def _prune_left_out(opened: "Catalog", yes: bool, dry_run: bool) -> None:
    """Remove photos that ``exclude``, an ignore file or the name of a folder leaves out now."""
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.scanning.roots import left_out_photos
    from photogender.text import count

    photos = left_out_photos(opened)
    with output(None) as stream:
        write_paths(({"path": path} for _, path in photos), stream)
    if photos and not dry_run:
        question = f"Scans leave out {count(len(photos), 'photo')} now. Remove them with their faces and corrections?"
        if yes or click.confirm(question, err=True):
            opened.remove(key for key, _ in photos)
            click.echo(f"Removed {count(len(photos), 'photo')}.", err=True)
