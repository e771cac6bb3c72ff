"""``photogender people list`` and ``show``."""

from pathlib import Path
from typing import Any

import click

from photogender.cli.completion import names
from photogender.cli.options import catalog_option
from photogender.labels import OLDEST

FORMATS = click.Choice(["table", "csv", "json"])


@click.command("list", short_help="List the people that faces are named after.")
@catalog_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N people.")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True)
def list_people(catalog: Path | None, limit: int | None, form: str) -> None:
    """List the people of the catalog, those with most faces first.

    A gender with a percentage is the pooled estimate of all the person's faces; "about 1962 ± 3" is a birth fitted to
    ages and dates. What you said has neither: see people set.
    """
    from itertools import islice

    from photogender.catalog.catalog import Catalog
    from photogender.cli.table import Column
    from photogender.people.persons import COLUMNS, people, said_or_about
    from photogender.text import count

    columns = (
        "name",
        Column("faces", whole=True),
        Column("photos", rank=3, whole=True),
        Column("first", rank=2, whole=True),
        Column("last", rank=1, whole=True),
        Column("gender", whole=True),
        Column("born", whole=True),
    )

    def cells(row: dict[str, Any]) -> list[object]:
        shown = [row[name] for name in ("name", "faces", "photos", "first", "last")]
        return [*shown, gender(row, wide=6), said_or_about(row)]

    with Catalog(catalog) as opened:
        rows = list(islice(people(opened), limit))
        write(COLUMNS, columns, cells, rows, form)
    click.echo(f"{count(len(rows), 'person', 'people')}." if rows else _NOBODY, err=True)


_NOBODY = "No face has a name yet. Name some with: photogender review, correct, import xmp or people group."


@click.command(short_help="Show one person through the years.")
@catalog_option
@click.argument("name", shell_complete=names)
def show(catalog: Path | None, name: str) -> None:
    """Show what is known and estimated of NAME, and the photos year by year.

    age is the age in the photos; looks is the estimate of the network alone.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.lifetimes import Days
    from photogender.cli.table import Column, write_table
    from photogender.cli.terminal import encoded, styled, terminal_width
    from photogender.output import output
    from photogender.people.persons import one, said_or_about
    from photogender.text import count, printable

    with Catalog(catalog) as opened:
        row, years = one(opened, name)
    number, photos = int(str(row["faces"])), int(str(row["photos"]))
    dates = f", {row['first']} to {row['last']}" if row["first"] else ""
    died = Days.stored(row["died_first"], row["died_last"])
    lines = [
        styled(printable(str(row["name"])), "1"),
        f"{count(number, 'face')} in {count(photos, 'photo')}{dates}",
        f"gender  {gender(row)}" if row["gender"] else "",
        f"born    {said_or_about(row)}" if row["born_from"] else "",
        f"died    {died}" if died else "",
        f"said by {printable(str(row['author']))}, {str(row['said_at'])[:10]}" if row["author"] else "",
    ]
    with output(None) as stream:
        stream.write(encoded("".join(f"{line}\n" for line in lines if line)))
        if years:
            columns = [Column(title, whole=True) for title in ("year", "photos", "age", "looks")]
            cells = (
                [each["year"] or "no date", each["photos"], _whole(each["age"]), _whole(each["looks"])]
                for each in years
            )
            write_table(columns, cells, stream, terminal_width())


def _whole(years: object) -> int:
    return int(min(float(str(years)), OLDEST))


def gender(row: dict[str, Any], wide: int = 0) -> str:
    """A person's gender, with the probability unless somebody said it; the word at least as ``wide`` as this."""
    if row["gender"] is None or row["gender_from"] == "said":
        return row["gender"] or ""
    return f"{row['gender']:<{wide}} {min(row['gender_confidence'] or 0, 0.99):.0%}"


def write(columns: Any, table: Any, cells: Any, rows: Any, form: str) -> None:  # noqa: ANN401
    """Write rows as a table for the terminal, or all their columns in a format.

    Args:
        columns: Names of all columns.
        table: The columns of the table, as ``write_table`` takes them.
        cells: Gives the cells of a row in the table.
        rows: Dicts.
        form: One of ``FORMATS``.
    """
    from photogender.cli.table import no_room, write_table
    from photogender.cli.terminal import say, terminal_width
    from photogender.export.formats import WRITERS
    from photogender.output import output

    with output(None) as stream:
        if form != "table":
            WRITERS[form].write(columns, (tuple(row[name] for name in columns) for row in rows), stream)
            return
        hidden = write_table(table, map(cells, rows), stream, terminal_width())
        stream.flush()
        say(no_room(hidden))
