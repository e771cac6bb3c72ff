"""``photogender query``."""

from pathlib import Path
from typing import Any, Literal

import click

from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.cli.rows import Counted, default_per, find, per_option
from photogender.cli.table import no_room, write_table
from photogender.cli.terminal import say, terminal_width
from photogender.export.formats import WRITERS

_TEXT_FORMATS = [form for form, writer in WRITERS.items() if not writer.is_binary]


@click.command(short_help="List faces or photos that match.")
@catalog_option
@filter_options
@click.option("--sql", metavar="SELECT", help="Any SQL that reads, instead of filters; the view tags has a row a face.")
@per_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *_TEXT_FORMATS, "paths"]),
    help="paths: each photo once, a line each.  [default: table]",
)
@click.option("-0", "--null", is_flag=True, help="Paths that end with NUL instead of a newline, for xargs -0.")
def query(
    catalog: Path | None,
    sql: str | None,
    per: Literal["face", "photo"] | None,
    form: str | None,
    null: bool,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> None:
    """Show the faces that meet all filters; or the photos, with --per photo or --format paths.

    \b
    photogender query --age 60+ --taken 2019..2021
    photogender query --gender female --faces 2+ -0 | xargs -0 cp -t picked
    photogender query --sql 'SELECT age_group, count(*) FROM tags GROUP BY 1'

    Apparent age and gender are estimates: often wrong, most of all for children. Ages are shown in
    whole years, as birthdays count them.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.free_sql import free_sql
    from photogender.catalog.questions import largest_face_id
    from photogender.cli.layouts import PHOTOS, faces
    from photogender.export.formats import write_paths
    from photogender.output import output

    if null and form not in (None, "paths"):
        raise click.UsageError("-0 goes with --format paths only.")
    if sql is not None and (per or any(value is not None and value is not False for value in filters.values())):
        raise click.UsageError("--sql goes without filters and --per: say it all in SQL.")
    form = "paths" if null else form or "table"
    with Catalog(catalog) as opened, output(None) as stream:
        if sql is not None:
            columns, found = free_sql(opened, sql)
            if form == "paths" and "path" not in columns:
                raise click.UsageError("--format paths needs a column named path.")
        else:
            per = "photo" if form == "paths" else per or default_per(filters)
            columns, found = find(opened, per, filters)
        rows = Counted(found)
        if form == "table":
            if per is None:
                hidden = write_table(columns, (list(row.values()) for row in rows), stream, terminal_width())
            else:
                layout = PHOTOS if per == "photo" else faces(largest_face_id(opened))
                hidden = write_table(layout.columns, map(layout.cells, rows), stream, terminal_width())
            stream.flush()
            say(rows.count(per))
            say(no_room(hidden))
        elif form == "paths":
            write_paths(rows, stream, b"\0" if null else b"\n")
        else:
            WRITERS[form].write(columns, rows, stream)
