"""``photogender models verify``."""

import sys

import click

from photogender.cli.completion import models
from photogender.cli.terminal import encoded, say
from photogender.text import printable


@click.command(short_help="Check the files of models by their SHA-256.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=models())
def verify(names: tuple[str, ...]) -> None:
    """Check the files of all installed models, or of NAME..., by their SHA-256. Exits with 1 if one is wrong."""
    from photogender.model_tools.installed import all_specs, check, repair
    from photogender.models.read import load_spec
    from photogender.output import output

    specs = [load_spec(name) for name in names] or all_specs(say)
    wrong = []
    with output(None) as stream:
        for spec in specs:
            for found in check(spec):
                if found.path is None and not names:
                    continue
                if found.fault:
                    wrong.append(spec)
                state = f"{found.fault}" if found.fault else "is right"
                place = found.path or found.file.name
                stream.write(encoded(f"{spec.name}: {printable(str(place))} {state}.\n"))
    for name, command in {spec.name: repair(spec) for spec in wrong}.items():
        say(f"To fix {name}: {command}")
    if wrong:
        sys.exit(1)
