"""``photogender query``."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.cli.rows import Counted, find, row_options, say_what_names_nothing, split
from photogender.cli.table import no_room, write_table
from photogender.cli.terminal import say, terminal_width
from photogender.export.formats import WRITERS

_TEXT_FORMATS = [form for form, writer in WRITERS.items() if not writer.is_binary]


@click.command()
@catalog_option
@filter_options
@click.option(
    "--sql",
    metavar="SELECT",
    help="An SQL query instead of filters; the view tags has one row per face. It can only read.",
)
@row_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *_TEXT_FORMATS, "paths"]),
    help="paths lists each photo once, one per line.  [default: table]",
)
@click.option(
    "-0",
    "--null",
    is_flag=True,
    help="End each path with NUL instead of a newline, for xargs -0; implies --format paths.",
)
def query(
    catalog: Path | None,
    sql: str | None,
    form: str | None,
    null: bool,
    **options: Any,  # noqa: ANN401 - the fields of Wanted and of Filters
) -> None:
    """List the faces that match all filters; or the photos, with --per photo or --format paths.

    \b
    photogender query --age 60+ --taken 2019..2021
    photogender query --not-reviewed --sort gender_confidence --limit 20
    photogender query --random 200 --seed 1 --columns face_id,path,gender,age --format csv
    photogender query --gender female --faces 2+ -0 | xargs -0 cp -t picked
    photogender query --sql 'SELECT age_group, count(*) FROM tags GROUP BY 1'

    Apparent age and gender are estimates: often wrong, most of all for children. The table shows
    ages in completed years; reviewed is "person" where gender or age follows from who it is.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.queries.free_sql import free_sql
    from photogender.catalog.queries.questions import largest_face_id
    from photogender.cli.layouts import PHOTOS, faces
    from photogender.export.formats import write_paths
    from photogender.output import output

    wanted, filters = split(options)
    if null and form not in (None, "paths"):
        raise click.UsageError("-0 goes with --format paths only.")
    form = "paths" if null else form or "table"
    if form == "paths":
        if wanted.columns or wanted.per == "face":
            raise click.UsageError("--format paths lists photos: it goes without --columns and --per face.")
        wanted = wanted._replace(per="photo")
    with Catalog(catalog) as opened, output(None) as stream, ExitStack() as until_written:
        if sql is None:
            per, columns, rows, counted = find(opened, wanted, filters)
        else:
            asked = (*(wanted if form != "paths" else wanted._replace(per=None)), *filters.values())
            if any(value is not None and value is not False and value != () for value in asked):
                raise click.UsageError("--sql goes without filters, --sort and the like: say it all in SQL.")
            columns, found = until_written.enter_context(free_sql(opened, sql))
            per, rows = None, (counted := Counted(found))
            if form == "paths" and "path" not in columns:
                raise click.UsageError("--format paths needs a column named path.")
        if form == "table":
            if per is None or wanted.columns:
                hidden = write_table(columns, rows, stream, terminal_width())
            else:
                layout = PHOTOS if per == "photo" else faces(largest_face_id(opened))
                cells = (layout.cells(dict(zip(columns, row, strict=True))) for row in rows)
                hidden = write_table(layout.columns, cells, stream, terminal_width())
            stream.flush()
            say(counted.count(per))
            say(no_room(hidden))
        elif form == "paths":
            at = columns.index("path")
            write_paths((str(row[at]) for row in rows), stream, b"\0" if null else b"\n")
        else:
            WRITERS[form].write(columns, rows, stream)
        if sql is None:
            stream.flush()
            say_what_names_nothing(opened, filters, counted.number)
