"""``photogender doctor``."""

import sys
from pathlib import Path

import click

from photogender.cli.options import catalog_option
from photogender.cli.terminal import encoded, styled
from photogender.text import printable

_STYLES = {"ok": "32", "note": "33", "problem": "1;31"}
_FIX = "36"
"""ANSI's green, yellow, bold red and cyan."""


@click.command()
@catalog_option
def doctor(catalog: Path | None) -> None:
    """Check the installation and the catalog, and say how to fix what is wrong.

    A note is about something that is optional. Exits with 1 if there is a problem.
    """
    from photogender.doctor import examine
    from photogender.output import output

    checks = examine(catalog)
    subjects = max(len(check.subject) for check in checks)
    margin = " " * (len("problem") + subjects + 4)
    with output(None) as stream:
        for check in checks:
            state = styled(check.state, _STYLES[check.state]) + " " * (len("problem") - len(check.state))
            stream.write(encoded(f"{state}  {check.subject:<{subjects}}  {printable(check.text)}\n"))
            for line in check.fix.splitlines():
                stream.write(encoded(f"{margin}{styled(printable(line), _FIX)}\n"))
    if any(check.state == "problem" for check in checks):
        sys.exit(1)
