"""``photogender query``, ``stats`` and ``show``: looking at the catalog."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from photogender.cli.filters import AbsolutePath, filter_options
from photogender.cli.options import catalog_option
from photogender.cli.table import encoded, styled, terminal_width, write_table
from photogender.errors import PhotogenderError
from photogender.text import count, printable

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog, Row

per_option = click.option(
    "--per",
    type=click.Choice(["face", "photo"]),
    help="One row for each face, or for each photo with its faces counted.  [default: face; photo with --faces 0]",
)


@click.command(short_help="List faces or photos that match.")
@catalog_option
@filter_options
@click.option("--sql", metavar="SELECT", help="Any SQL that reads, instead of filters; the view tags has a row a face.")
@per_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "ndjson", "paths"]),
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
    from photogender.cli.layouts import FACES, PHOTOS
    from photogender.export.formats import WRITERS, write_paths
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
            titles, line = {"face": FACES, "photo": PHOTOS, None: (columns, _cells)}[per]
            write_table(titles, map(line, rows), stream, terminal_width())
            stream.flush()
            click.echo(rows.count(per), err=True)
        elif form == "paths":
            write_paths(rows, stream, b"\0" if null else b"\n")
        else:
            WRITERS[form](columns, rows, stream)


@click.command(short_help="Count photos and faces; an age pyramid.")
@catalog_option
@filter_options
@click.option("--plot", type=click.Path(dir_okay=False), metavar="FILE.png|svg", help="Draw the pyramid, too.")
def stats(
    catalog: Path | None,
    plot: str | None,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> None:
    """Count photos and faces, and show the ages by gender; of all, or of what meets the filters.

    Apparent age and gender are estimates: often wrong, most of all for children.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.filters import Filters
    from photogender.catalog.stats import summarize
    from photogender.cli.layouts import pyramid
    from photogender.output import output

    if plot is not None and not plot.lower().endswith((".png", ".svg")):
        raise click.BadParameter("name a file that ends in .png or .svg.", param_hint="--plot")
    with Catalog(catalog) as opened:
        summary = summarize(opened, Filters(**filters))
    with output(None) as stream:
        for line in pyramid(summary, terminal_width() or 80):
            stream.write(encoded(f"{line}\n"))
    if plot is not None:
        from photogender.export.pyramid import plot_pyramid

        plot_pyramid(summary, plot)
        click.echo(f"Drawn into {printable(plot)}.", err=True)


@click.command(short_help="Show one photo's faces, or draw them.")
@click.argument("photo", type=AbsolutePath())
@catalog_option
@click.option("--save", type=click.Path(dir_okay=False), metavar="FILE", help="Draw boxes and labels on a copy.")
def show(photo: str, catalog: Path | None, save: str | None) -> None:
    """Show what the catalog has of PHOTO: a line for each face, its box in pixels of the upright photo.

    Apparent age and gender are estimates: often wrong, most of all for children.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.questions import as_face, find_photo, photo_tags
    from photogender.cli.layouts import BOXES, facts
    from photogender.output import output

    with Catalog(catalog) as opened:
        row = find_photo(opened, photo)
        faces = list(photo_tags(opened, photo))
    if row is None:
        raise PhotogenderError(
            f"{printable(photo)} is not in the catalog.", "Scan it, or its folder, with: photogender scan PATH"
        )
    if row["skipped_stage"]:
        raise PhotogenderError(
            f"{printable(photo)} was skipped: {str(row['skipped_reason']).rstrip('.')}.",
            "To look at it again: photogender scan --retry-skipped PATH",
        )
    with output(None) as stream:
        stream.write(encoded(f"{styled(printable(photo), '1')}\n{facts(row, len(faces))}\n"))
        if faces:
            titles, line = BOXES
            write_table(titles, map(line, faces), stream, terminal_width())
    if save is not None:
        from photogender.export.drawing import save_annotated

        if not _is_unchanged(photo, row):
            click.echo("The photo changed after it was scanned: the boxes may be wrong. Scan it again.", err=True)
        save_annotated(photo, [as_face(face) for face in faces], save)
        click.echo(f"Drawn into {printable(save)}.", err=True)


def default_per(filters: dict[str, Any]) -> Literal["face", "photo"]:
    """What a row stands for where it is not said: photos without faces have no row a face."""
    return "photo" if filters["faces"] == (0, 0) else "face"


def find(catalog: "Catalog", per: str, filters: dict[str, Any]) -> "tuple[tuple[str, ...], Iterator[Row]]":
    """Columns and rows that meet the filters."""
    from photogender.catalog.filters import Filters
    from photogender.catalog.questions import FACE_COLUMNS, PHOTO_COLUMNS, photos, tags

    if per == "face":
        return FACE_COLUMNS, tags(catalog, Filters(**filters))
    return PHOTO_COLUMNS, photos(catalog, Filters(**filters))


class Counted:
    """Rows, counted while they pass; they come ordered by path."""

    def __init__(self, rows: "Iterable[Row]") -> None:
        self._rows = rows
        self._number = self._photos = 0

    def __iter__(self) -> "Iterator[Row]":
        before = None
        for row in self._rows:
            self._number += 1
            path = row.get("path")
            self._photos += path != before
            before = path
            yield row

    def count(self, per: Literal["face", "photo"] | None) -> str:
        """How many rows there were, in words."""
        if per == "face":
            return f"{count(self._number, 'face')} in {count(self._photos, 'photo')}"
        return count(self._number, per or "row")


def _cells(row: "Row") -> list[object]:
    return list(row.values())


def _is_unchanged(photo: str, row: "Row") -> bool:
    try:
        found = os.stat(photo)
    except OSError:
        return True  # save_annotated says it
    return (found.st_size, found.st_mtime_ns) == (row["size"], row["mtime_ns"])
