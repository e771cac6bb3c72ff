"""``photogender correct``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.options import author_option, catalog_option, user_name
from photogender.cli.types import GenderChoice, Years, tidied

if TYPE_CHECKING:
    from photogender.labels import Gender


@click.command()
@click.argument("face_ids", nargs=-1, required=True, type=int, metavar="FACE...")
@catalog_option
@click.option("--gender", type=GenderChoice(), help="The right gender; f and m are enough.")
@click.option("--age", type=Years(), metavar="YEARS", help="The right age.")
@click.option("--name", callback=tidied, metavar="NAME", help="Who it is; an empty name removes the name.")
@click.option("--not-a-face", is_flag=True, help="Not a face: leave it out everywhere.")
@click.option("--confirm", is_flag=True, help="Gender and age are right as they are.")
@click.option("--undo", is_flag=True, help="Take back the latest correction.")
@author_option
def correct(
    face_ids: tuple[int, ...],
    catalog: Path | None,
    gender: "Gender | None",
    age: float | None,
    name: str | None,
    not_a_face: bool,
    confirm: bool,
    undo: bool,
    author: str | None,
) -> None:
    """Correct, confirm or name the faces FACE... (ids as query and show print them).

    A correction replaces the estimate in every query and export, with confidence 1. It stays when photos are
    moved or scanned again.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.text import count

    face_ids = tuple(dict.fromkeys(face_ids))
    says = gender is not None or age is not None or name is not None
    if sum([says, not_a_face, confirm, undo]) != 1:
        raise click.UsageError("Give some of --gender, --age and --name, or --not-a-face, or --confirm, or --undo.")
    with Catalog(catalog, mode="change") as opened:
        if undo:
            opened.undo_correction(face_ids)
        else:
            opened.correct(
                face_ids, author=author or user_name(), gender=gender, age=age, name=name, not_a_face=not_a_face
            )
    done = "undone for" if undo else "confirmed:" if confirm else "corrected:"
    click.echo(f"{done} {count(len(face_ids), 'face')}", err=True)
