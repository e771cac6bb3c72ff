"""``photogender correct``, ``prune`` and ``doctor``: keeping the catalog right."""

import math
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photogender.cli.options import GenderChoice, author_option, catalog_option, tidied, user_name
from photogender.labels import OLDEST

if TYPE_CHECKING:
    from photogender.labels import Gender


class Years(click.FloatRange):
    """An age that somebody may have."""

    def __init__(self) -> None:
        super().__init__(0, OLDEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """The age as a number; ``nan`` is none."""
        years: float = super().convert(value, param, ctx)
        if math.isnan(years):
            self.fail(f"{value!r} is not an age.", param, ctx)
        return years


@click.command(short_help="Correct, confirm or name faces.")
@click.argument("face_ids", nargs=-1, required=True, type=int, metavar="FACE...")
@catalog_option
@click.option("--gender", type=GenderChoice(), help="What it should say; f and m will do.")
@click.option("--age", type=Years(), metavar="YEARS", help="What it should say.")
@click.option("--name", callback=tidied, metavar="NAME", help="Who it is; an empty name takes the name away.")
@click.option("--not-a-face", is_flag=True, help="It is no face: leave it out everywhere.")
@click.option("--confirm", is_flag=True, help="The estimates are right as they are.")
@click.option("--undo", is_flag=True, help="Take the latest correction back.")
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
    """Correct or confirm what is said of the faces FACE... (ids as query and show print them).

    A correction wins in every query and export, with confidence 1, and stays when photos are scanned
    again or moved.
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


@click.command(short_help="Remove photos whose files are gone.")
@catalog_option
@click.option("--missing-root", is_flag=True, help="Also where a whole scanned folder is missing or empty.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
def prune(catalog: Path | None, missing_root: bool, yes: bool, dry_run: bool) -> None:
    """Remove photos from the catalog whose files are gone; the list goes to stdout.

    Photos that were moved are better scanned first, at their new place: then they keep their results.
    A scanned folder that is missing or empty, as when its drive is not connected, is left alone.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.gone import gone_photos, is_root_gone
    from photogender.export.formats import write_paths
    from photogender.output import output
    from photogender.text import count, printable

    with Catalog(catalog, mode="read" if dry_run else "change") as opened:
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
    if refused:
        sys.exit(1)


@click.command(short_help="Check the installation and the catalog.")
@catalog_option
def doctor(catalog: Path | None) -> None:
    """Check the installation and the catalog, and say how to mend what is wrong."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from photogender.doctor import examine

    styles = {"ok": "green", "note": "yellow", "problem": "bold red"}
    checks = examine(catalog)
    table = Table.grid(padding=(0, 2))
    for check in checks:
        text = Text(check.text)
        if check.mend:
            text.append(f"\n{check.mend}", style="cyan")
        table.add_row(Text(check.state, style=styles[check.state]), Text(check.subject), text)
    Console(highlight=False).print(table)
    if any(check.state == "problem" for check in checks):
        sys.exit(1)
