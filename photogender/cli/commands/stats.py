"""``photogender stats``."""

from pathlib import Path
from typing import Any

import click

from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.cli.rows import say_what_names_nothing
from photogender.cli.terminal import encoded, terminal_width
from photogender.text import printable


@click.command()
@catalog_option
@filter_options
@click.option(
    "--plot", type=click.Path(dir_okay=False), metavar="FILE.png|svg", help="Also draw the age pyramid to this file."
)
def stats(
    catalog: Path | None,
    plot: str | None,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> None:
    """Count photos and faces, and show ages by gender, for the whole catalog or for what matches the filters.

    Apparent age and gender are estimates: often wrong, most of all for children.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.queries.filters import Filters
    from photogender.catalog.queries.stats import summarize
    from photogender.cli.pyramid import pyramid
    from photogender.output import output

    if plot is not None and not plot.lower().endswith((".png", ".svg")):
        raise click.BadParameter("name a file that ends in .png or .svg.", param_hint="--plot")
    with Catalog(catalog) as opened:
        summary = summarize(opened, Filters(**filters))
        say_what_names_nothing(opened, filters, summary.photos)
    with output(None) as stream:
        for line in pyramid(summary, terminal_width() or 80):
            stream.write(encoded(f"{line}\n"))
    if plot is not None:
        from photogender.export.pyramid import plot_pyramid

        plot_pyramid(summary, plot)
        click.echo(f"Drawn to {printable(plot)}.", err=True)
