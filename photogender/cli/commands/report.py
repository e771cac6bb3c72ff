"""``photogender report``: the library in numbers, as a page to send to somebody."""

from pathlib import Path
from typing import Any

import click

from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.text import count, printable


@click.command(short_help="Write one HTML page to send to somebody.")
@click.argument("out", type=click.Path(dir_okay=False), metavar="OUT.html")
@catalog_option
@filter_options
@click.option("--with-crops", is_flag=True, help="Include some faces of each age group, cut out of the photos.")
@click.option("--with-names", is_flag=True, help="Name the persons you named; without it, only how many there are.")
def report(
    out: str,
    catalog: Path | None,
    with_crops: bool,
    with_names: bool,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> None:
    """Write a page about the library that you can send to somebody: OUT.html, one file.

    Counts, ages and genders, years, folders, how sure the estimates are and how right they were measured to
    be; of all, or of what meets the filters. It asks nothing of any network, and needs no script. No photo,
    no file name and no person's name is in it unless you ask; the names of folders are.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.filters import Filters
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
    page = render(facts, gallery, with_names=with_names).encode()
    with output(out) as stream:
        stream.write(page)
    if gallery and gallery.missing:
        click.echo(
            f"{count(gallery.missing, 'face')} could not be shown: the photos are away, or changed since the scan.",
            err=True,
        )
    summary = facts.summary
    found = f"{count(summary.faces, 'face')} in {count(summary.photos, 'photo')}"
    click.echo(f"{found}: {len(page) / 1000:,.0f} kB written to {printable(out)}. {NOTICE}", err=True)
