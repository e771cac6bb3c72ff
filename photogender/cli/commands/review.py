"""``photogender review``."""

import signal
import sys
from ipaddress import ip_address
from pathlib import Path

import click

from photogender.cli.options import author_option, catalog_option, user_name
from photogender.cli.types import Address
from photogender.errors import PhotogenderError


@click.command()
@catalog_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="[default: a free one]")
@click.option("--host", type=Address(), default="127.0.0.1", show_default=True, help="The address to serve on.")
@click.option(
    "--allow-network", is_flag=True, help="Serve on an address that other machines can reach, without encryption."
)
@click.option("--read-only", is_flag=True, help="Show only; allow no corrections.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answer N faces drawn at random, the estimates hidden until then, for photogender evaluate.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="S",
    help="With --sample: another number draws other faces.  [default: 0]",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@author_option
def review(
    catalog: Path | None,
    port: int,
    host: str,
    allow_network: bool,
    read_only: bool,
    sample: int | None,
    seed: int | None,
    no_browser: bool,
    author: str | None,
) -> None:
    """Look at the faces in your browser and correct their tags.

    The page is served by this machine for this machine only. Its address, printed to stdout, contains a key, without
    which nobody can open the page. Ctrl-C stops it.

    Apparent age and gender are estimates: often wrong, most of all for children.
    """
    if not ip_address(host).is_loopback and not allow_network:
        raise click.UsageError(
            f"Other machines can reach {host}, and the connection is not encrypted. "
            "If you accept that, add --allow-network."
        )
    if sample and read_only:
        raise click.UsageError("With --read-only nothing can be answered: give one of --sample and --read-only.")
    if seed is not None and not sample:
        raise click.UsageError("--seed goes with --sample.")
    try:
        from photogender.review.answers import Settings
        from photogender.review.serve import serve
    except ModuleNotFoundError as error:
        raise PhotogenderError(
            f"The page needs {error.name}, which is not installed.",
            "Install it with: pip install 'photogender[review]'",
        ) from error
    from photogender.catalog.catalog import default_catalog
    from photogender.review.cache import default_folder
    from photogender.scanning.estimate import Estimator

    settings = Settings(
        catalog=catalog or default_catalog(),
        author=author or user_name(),
        cache=default_folder(),
        read_only=read_only,
        sample=sample,
        seed=seed or 0,
        estimate=Estimator(),
    )

    def show(address: str) -> None:
        click.echo(address)
        click.echo("Open this address in your browser. Ctrl-C stops the server.", err=True)

    serve(settings, host, port, show, open_browser=not no_browser)
    click.echo("The page is closed.", err=True)
    sys.exit(128 + signal.SIGINT)
