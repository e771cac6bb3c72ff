"""``photogender people check`` and ``date``."""

from pathlib import Path
from typing import Any

import click

from photogender.cli.commands.people_list import FORMATS, write
from photogender.cli.completion import names
from photogender.cli.options import catalog_option


@click.command(short_help="List what cannot be.")
@catalog_option
@click.argument("name", required=False, shell_complete=names)
@click.option("--format", "form", type=FORMATS, default="table", show_default=True)
def check(catalog: Path | None, name: str | None, form: str) -> None:
    """List faces whose name or date cannot be right, of all people or of NAME.

    Photos before a birth or after a death, faces that look far too old or young for the person (perhaps somebody
    else's), one person twice in a photo, and dates that several people contradict (a camera whose clock was wrong).
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.persons import person
    from photogender.cli.table import Column
    from photogender.people.check import Problem, problems
    from photogender.text import count

    columns = (
        Column("face", whole=True),
        "name",
        Column("taken", rank=1, whole=True),
        Column("why", whole=True),
        Column("photo", least=16),
    )

    def cells(row: dict[str, Any]) -> list[object]:
        return [row["face_id"], row["name"], (row["taken"] or "")[:10], row["why"], row["path"]]

    with Catalog(catalog) as opened:
        if name is not None:
            name = person(opened, name).name
        rows = [problem._asdict() for problem in problems(opened, name)]
        write(Problem._fields, columns, cells, rows, form)
    click.echo(f"{count(len(rows), 'problem')}." if rows else "Nothing is wrong that can be seen.", err=True)


@click.command(short_help="Propose years for photos without a date.")
@catalog_option
@click.option("--format", "form", type=FORMATS, default="table", show_default=True)
def date(catalog: Path | None, form: str) -> None:
    """Propose the years in which photos without a date were taken, by how old the people in them look.

    A proposal is the column likely_taken of tags and photos. It is never used as a date, and never written into a photo
    or its XMP.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.cli.table import Column
    from photogender.people.persons import undated
    from photogender.text import count

    columns = (Column("years", whole=True), Column("photo", least=16), "because")

    def cells(row: dict[str, Any]) -> list[object]:
        first, last = row["likely_from"], row["likely_to"]
        return [first if first == last else f"{first} to {last}", row["path"], row["because"]]

    with Catalog(catalog) as opened:
        rows = list(undated(opened))
        write(("path", "likely_from", "likely_to", "because"), columns, cells, rows, form)
    click.echo(f"{count(len(rows), 'photo')}." if rows else _NONE, err=True)


_NONE = "No photo without a date shows a person whose birth is known: photogender people set NAME --born DATE."
