"""``photogender export``: rows for other programs, and XMP sidecars."""

import os
import sys
from pathlib import Path
from typing import Any, Literal

import click

from photogender.cli.commands.xmp import export_xmp
from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.cli.rows import Counted, default_per, find, per_option
from photogender.export.formats import WRITERS, Writer
from photogender.text import printable


class _Formats(click.Group):
    """Lists its commands in the order they were added: the file formats, then XMP."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Formats, short_help="Write CSV, JSON, NDJSON, Parquet or XMP sidecars.")
def export() -> None:
    """Write the faces or photos that match all filters, for other programs.

    Boxes are in pixels of the upright full-size photo, ages in years. Apparent age and gender are estimates:
    often wrong, most of all for children.
    """


def _add_format(form: str, writer: Writer) -> None:
    @export.command(form, help=f"{writer.help}\n\nTo FILE or stdout, one row a face, or a photo with --per photo.")
    @catalog_option
    @click.option(
        "-o", "--out", type=click.Path(), metavar="FILE", help="Where to; an old file stays until the new one is whole."
    )
    @per_option
    @filter_options
    def export_rows(
        catalog: Path | None,
        out: str | None,
        per: Literal["face", "photo"] | None,
        **filters: Any,  # noqa: ANN401 - the fields of Filters
    ) -> None:
        if writer.is_binary and out is None and sys.stdout.isatty():
            raise click.UsageError(f"{form.capitalize()} is not for reading on a terminal: give --out FILE.")
        _export_rows(writer, catalog, out, per, filters)


for _form, _writer in WRITERS.items():
    _add_format(_form, _writer)

export.add_command(export_xmp)


def _export_rows(
    writer: Writer, catalog: Path | None, out: str | None, per: Literal["face", "photo"] | None, filters: dict[str, Any]
) -> None:
    from photogender.catalog.catalog import Catalog
    from photogender.labels import NOTICE
    from photogender.output import output

    per = per or default_per(filters)
    with Catalog(catalog) as opened:
        if out is not None and os.path.exists(out) and os.path.samefile(out, opened.path):
            raise click.UsageError("--out names the catalog itself.")
        columns, found = find(opened, per, filters)
        rows = Counted(found)
        with output(out) as stream:
            writer.write(columns, rows, stream)
    if out is not None:
        click.echo(f"{rows.count(per)} written to {printable(out)}. {NOTICE}", err=True)
