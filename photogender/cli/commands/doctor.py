"""``photogender doctor``."""

import sys
from pathlib import Path

import click

from photogender.cli.options import catalog_option


@click.command(short_help="Check the installation and the catalog.")
@catalog_option
def doctor(catalog: Path | None) -> None:
    """Check the installation and the catalog, and say how to mend what is wrong."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from photogender.doctor import examine

    styles = {"ok": "green", "note": "yellow", "problem": "bold red"}
    checks = examine(catalog)
    table = Table.grid(padding=(0, 2))
    for check in checks:
        text = Text(check.text)
        if check.mend:
            text.append(f"\n{check.mend}", style="cyan")
        table.add_row(Text(check.state, style=styles[check.state]), Text(check.subject), text)
    Console(highlight=False).print(table)
    if any(check.state == "problem" for check in checks):
        sys.exit(1)
