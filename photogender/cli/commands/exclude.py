"""``photogender exclude``."""

from pathlib import Path

import click

from photogender.cli.options import catalog_option
from photogender.cli.types import AbsolutePath


@click.command(short_help="Show or change what scans leave out of a folder.")
@click.argument("folder", type=AbsolutePath(), required=False)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--none", "clear", is_flag=True, help="Leave out nothing of FOLDER any more.")
@catalog_option
def exclude(folder: str | None, patterns: tuple[str, ...], clear: bool, catalog: Path | None) -> None:
    """Show the scanned folders and what is left out of each, or leave out what matches PATTERN from now on.

    Patterns are those of scan --exclude, as in a .gitignore. They replace the ones that FOLDER had. Photos that are
    in the catalog already stay there.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.roots import root_patterns
    from photogender.scanning.roots import change_exclude
    from photogender.text import printable

    if clear and (patterns or not folder):
        raise click.UsageError("Use --none with a folder and without patterns.")
    with Catalog(catalog, mode="change" if patterns or clear else "read") as opened:
        if folder and (patterns or clear):
            change_exclude(opened, folder, patterns)
        found = root_patterns(opened)
    if folder and folder not in found:
        raise click.UsageError(f"{printable(folder)} is not a folder that was scanned.")
    for root in [folder] if folder else found:
        left_out = "  ".join(printable(pattern) for pattern in found[root])
        click.echo(f"{printable(root)}: {f'without {left_out}' if left_out else 'all'}")
