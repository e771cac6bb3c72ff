"""``photogender report``: statistics of the library as one HTML page."""

from pathlib import Path
from typing import Any

import click

from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.cli.rows import say_what_names_nothing
from photogender.text import count, printable


@click.command()
@click.argument("out", type=click.Path(dir_okay=False), metavar="OUT.html")
@catalog_option
@filter_options
@click.option("--with-crops", is_flag=True, help="Include some faces of each age group, cut out of the photos.")
@click.option("--with-names", is_flag=True, help="Include the names of people; without it, only how many there are.")
def report(
    out: str,
    catalog: Path | None,
    with_crops: bool,
    with_names: bool,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> None:
    """Write statistics of the library to OUT.html, a single file that you can share.

    It shows counts, ages and genders, years, folders, how confident the estimates are and how accurate they were
    measured to be, for the whole library or for what matches the filters. The file contains no script and loads
    nothing from the network. It contains folder names, but no photo, file name or name of a person unless you ask.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.queries.filters import Filters
    from photogender.labels import NOTICE
    from photogender.output import output
    from photogender.report.crops import sample_faces
    from photogender.report.facts import gather
    from photogender.report.page import render

    if not out.lower().endswith((".html", ".htm")):
        raise click.BadParameter("name a file that ends in .html.", param_hint="OUT.html")
    wanted = Filters(**filters)
    with Catalog(catalog) as opened:
        facts = gather(opened, wanted, with_names=with_names)
        gallery = sample_faces(opened, wanted) if with_crops else None
        say_what_names_nothing(opened, filters, facts.summary.photos)
    page = render(facts, gallery, with_names=with_names).encode()
    with output(out) as stream:
        stream.write(page)
    if gallery and gallery.missing:
        click.echo(
            f"{count(gallery.missing, 'face')} could not be shown: the photos are missing or changed since the scan.",
            err=True,
        )
    summary = facts.summary
    found = f"{count(summary.faces, 'face')} in {count(summary.photos, 'photo')}"
    click.echo(f"{found}: {len(page) / 1000:,.0f} kB written to {printable(out)}. {NOTICE}", err=True)
