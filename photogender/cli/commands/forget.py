"""``photogender forget``."""

from pathlib import Path

import click

from photogender.cli.options import catalog_option
from photogender.cli.types import AbsolutePath, tidied


@click.command()
@click.argument("paths", nargs=-1, type=AbsolutePath(), metavar="[PATH]...")
@click.option("--person", metavar="NAME", callback=tidied, help="Forget all faces that have, or had, this name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@catalog_option
def forget(paths: tuple[str, ...], person: str | None, yes: bool, catalog: Path | None) -> None:
    """Remove photos, folders or a person from the catalog, with all that is stored of them.

    Faces, names, corrections and cached pictures of faces go; your photos are not touched. Sidecars, exports, reports
    and the files of scan --crops are yours to delete. A photo that is still there comes back with the next scan unless
    you exclude it, and so do the faces of a person, without the name.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.forget import faces_named, forget_faces, forget_photos, photos_at
    from photogender.review.cache import FaceCache, default_folder
    from photogender.text import count, printable

    if bool(paths) == bool(person):
        raise click.UsageError("Name photos or folders, or a person with --person NAME.")
    with Catalog(catalog, mode="change") as opened:
        photos = dict(photo for path in paths for photo in photos_at(opened, path))
        faces = faces_named(opened, person) if person else []
        if not photos and not faces:
            raise click.UsageError(f"The catalog has nothing of {printable(person or ', '.join(paths))}.")
        what = count(len(faces), "face") if person else count(len(photos), "photo")
        if not yes:
            click.confirm(f"Forget {what} with all that is stored of them?", abort=True, err=True)
        if person:
            forget_faces(opened, faces)
        else:
            forget_photos(opened, list(photos), paths)
    FaceCache(default_folder()).clear()
    click.echo(f"Forgot {what}.", err=True)
