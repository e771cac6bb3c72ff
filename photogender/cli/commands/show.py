"""``photogender show``."""

from pathlib import Path

import click

from photogender.cli.options import catalog_option
from photogender.cli.table import no_room, write_table
from photogender.cli.terminal import encoded, say, styled, terminal_width
from photogender.cli.types import AbsolutePath
from photogender.errors import PhotogenderError
from photogender.text import printable


@click.command()
@click.argument("photo", type=AbsolutePath())
@catalog_option
@click.option(
    "--save",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Save a copy of the photo with boxes and labels drawn on it.",
)
def show(photo: str, catalog: Path | None, save: str | None) -> None:
    """Show what the catalog has of PHOTO: one line per face, with its box in pixels of the upright photo.

    Apparent age and gender are estimates: often wrong, most of all for children.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.places import places_of
    from photogender.catalog.queries.questions import as_face, as_photo, find_photo, photo_tags
    from photogender.cli.layouts import BOXES, facts
    from photogender.output import output

    with Catalog(catalog) as opened:
        row = find_photo(opened, photo)
        faces = list(photo_tags(opened, photo))
        places = [place.path for place in places_of(opened, int(str(row["id"])))] if row else []
    if row is None:
        raise PhotogenderError(
            f"{printable(photo)} is not in the catalog.", "Scan it, or its folder, with: photogender scan PATH"
        )
    if row["skipped_stage"]:
        raise PhotogenderError(
            f"{printable(photo)} was skipped: {str(row['skipped_reason']).rstrip('.')}.",
            "To try again: photogender scan --retry-skipped PATH",
        )
    with output(None) as stream:
        stream.write(encoded(f"{styled(printable(photo), '1')}\n{facts(row, len(faces))}\n"))
        for other in places:
            if other != photo:
                stream.write(encoded(f"also at {printable(other)}\n"))
        if faces:
            hidden = write_table(BOXES.columns, map(BOXES.cells, faces), stream, terminal_width())
            stream.flush()
            say(no_room(hidden))
    if save is not None:
        from photogender.export.drawing import save_annotated

        if not save_annotated(as_photo(row), [as_face(face) for face in faces], save):
            click.echo(
                "The photo changed after it was scanned, so that the boxes may be wrong. Scan it again.", err=True
            )
        click.echo(f"Drawn to {printable(save)}.", err=True)
