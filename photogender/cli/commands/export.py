"""``photogender export``: rows for other programs, and XMP sidecars."""

import codecs
import os
import sys
from pathlib import Path
from typing import Any

import click

from photogender.cli.commands.xmp import export_xmp
from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option, together
from photogender.cli.rows import find, row_options, say_what_names_nothing, split
from photogender.cli.terminal import say
from photogender.export.formats import WRITERS, Writer


class _Formats(click.Group):
    """Lists its commands in the order they were added: the file formats, then XMP."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Formats)
def export() -> None:
    """Write the faces or photos that match all filters, for other programs.

    Boxes are in pixels of the upright full-size photo, ages in years. Apparent age and gender are estimates:
    often wrong, most of all for children.
    """


_bom_option = click.option("--bom", is_flag=True, help="Begin with a byte order mark, so that Excel reads UTF-8.")


def _add_format(form: str, writer: Writer) -> None:
    @export.command(form, help=f"{writer.help}\n\nOne row per face, or per photo with --per photo.")
    @catalog_option
    @click.option(
        "-o",
        "--out",
        type=click.Path(),
        metavar="FILE",
        help="Write to FILE instead of stdout. An existing file is replaced only when the new one is complete.",
    )
    @(_bom_option if writer.takes_bom else together())
    @row_options
    @filter_options
    def export_rows(
        catalog: Path | None,
        out: str | None,
        bom: bool = False,
        **options: Any,  # noqa: ANN401 - the fields of Wanted and of Filters
    ) -> None:
        if writer.is_binary and out is None and sys.stdout.isatty():
            raise click.UsageError(f"{form.capitalize()} cannot be printed on a terminal: give --out FILE.")
        _export_rows(writer, catalog, out, bom, options)


for _form, _writer in WRITERS.items():
    _add_format(_form, _writer)

export.add_command(export_xmp)


def _export_rows(writer: Writer, catalog: Path | None, out: str | None, bom: bool, options: dict[str, Any]) -> None:
    from photogender.catalog.catalog import Catalog
    from photogender.labels import NOTICE
    from photogender.output import output

    wanted, filters = split(options)
    with Catalog(catalog) as opened:
        if out is not None and os.path.exists(out) and os.path.samefile(out, opened.path):
            raise click.UsageError("--out names the catalog itself.")
        found = find(opened, wanted, filters)
        with output(out) as stream:
            stream.write(codecs.BOM_UTF8 * bom)
            writer.write(found.columns, found.rows, stream)
        say_what_names_nothing(opened, filters, found.counted.number)
    if out is not None:
        say(f"{found.counted.count(found.per)} written to {out}. {NOTICE}")
