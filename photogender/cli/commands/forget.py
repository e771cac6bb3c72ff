"""``photogender forget``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.options import catalog_option
from photogender.cli.types import AbsolutePath, tidied

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog


@click.command()
@click.argument("paths", nargs=-1, type=AbsolutePath(), metavar="[PATH]...")
@click.option("--person", metavar="NAME", callback=tidied, help="Forget all faces that have, or had, this name.")
@click.option("--xmp", is_flag=True, help="With --person: also take the person out of the XMP that photogender wrote.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@catalog_option
def forget(paths: tuple[str, ...], person: str | None, xmp: bool, yes: bool, catalog: Path | None) -> None:
    """Remove photos, folders or a person from the catalog, with all that is stored of them.

    Faces, names, corrections, descriptors and cached pictures of faces go. Photos are not touched; with --xmp, only the
    XMP in them is, if photogender wrote it. Exports, reports, pictures saved with --crops and, without --xmp, sidecars
    are yours to delete. A photo that is still there comes back with the next scan unless you exclude it, and so do the
    faces of a person, without the name. A photo that also lies elsewhere stays until all its files are named;
    photogender show FILE tells them.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.forget import (
        faces_named,
        files_at,
        forget_faces,
        forget_files,
        forget_imported,
        imported_at,
        imported_of,
        photos_of,
    )
    from photogender.review.cache import FaceCache, default_folder
    from photogender.text import count, printable

    if bool(paths) == bool(person):
        raise click.UsageError("Name photos or folders, or a person with --person NAME.")
    if xmp and not person:
        raise click.UsageError("--xmp goes with --person.")
    with Catalog(catalog, mode="change") as opened:
        chosen = files_at(opened, paths)
        faces = faces_named(opened, person) if person else []
        waiting = imported_of(opened, person) if person else imported_at(opened, paths)
        counts = {
            "photo": len(chosen.photos),
            "face": len(faces),
            "file": len(chosen.copies),
            "imported correction": len(waiting),
        }
        if not any(counts.values()):
            raise click.UsageError(f"The catalog has nothing of {printable(person or ', '.join(paths))}.")
        what = " and ".join(count(number, noun) for noun, number in counts.items() if number)
        if chosen.copies:
            click.echo(f"What also lies elsewhere stays, for example {printable(chosen.stays)}", err=True)
        if not yes:
            click.confirm(f"Forget {what} with all that is stored of them?", abort=True, err=True)
        forget_imported(opened, waiting)
        if person:
            photos = photos_of(opened, faces)
            forget_faces(opened, faces, person)
            if xmp:
                _update_xmp(opened, photos)
        else:
            forget_files(opened, chosen, paths)
    FaceCache(default_folder()).clear()
    click.echo(f"Forgot {what}.", err=True)


def _update_xmp(catalog: "Catalog", photos: list[int]) -> None:
    """Take the person out of sidecars and photos, and name those that are left."""
    from photogender.text import count, printable
    from photogender.xmp.embed import update_embedded
    from photogender.xmp.write import update_xmp

    left = 0
    for update, what in ((update_xmp, "sidecar"), (update_embedded, "photo")):
        changed = 0
        for each in update(catalog, photos):
            changed += each.before != each.after
            if each.reason:
                left += 1
                click.echo(f"{printable(each.sidecar)} is as it was: {printable(each.reason)}.", err=True)
        click.echo(f"Changed {count(changed, what)}.", err=True)
    if left:
        click.echo(
            "What is as it was may have the name. When it can be written: photogender export xmp --folder DIR, "
            "and for photos also --embed.",
            err=True,
        )
