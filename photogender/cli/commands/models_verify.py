"""``photogender models verify``."""

import sys

import click

from photogender.cli.completion import models
from photogender.cli.terminal import encoded, say
from photogender.text import printable


@click.command(short_help="Check the files of models by their SHA-256.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=models())
@click.option(
    "--against",
    type=click.Choice(["insightface"]),
    help="Run InsightFace's models on a sample photo here and in the insightface package, and compare the answers.",
)
def verify(names: tuple[str, ...], against: str | None) -> None:
    """Check the files of all installed models, or of NAME..., by their SHA-256. Exits with 1 if one is wrong.

    With --against insightface, InsightFace's models are run by insightface's own FaceAnalysis as well. Exits with 1
    if faces, genders or ages differ.
    """
    right = _compare(names) if against else _check(names)
    if not right:
        sys.exit(1)


def _check(names: tuple[str, ...]) -> bool:
    """Whether the files are those of the specs."""
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
    return not wrong


def _compare(names: tuple[str, ...]) -> bool:
    """Whether insightface finds and estimates the same with InsightFace's models."""
    from photogender.errors import ModelError
    from photogender.model_tools.insightface import compare, is_comparable, version
    from photogender.model_tools.installed import all_specs, is_installed
    from photogender.models.read import load_spec
    from photogender.output import output

    installed = [spec for spec in all_specs(say) if is_comparable(spec) and is_installed(spec)]
    specs = [load_spec(name) for name in names] or installed
    for spec in specs:
        if not is_comparable(spec):
            raise ModelError(f"{spec.name} is not a model that the insightface package can run.")
    if not specs:
        raise ModelError("No model of InsightFace is installed.", "Get one with: photogender models pull scrfd-500m")
    compared = compare(specs, installed)
    with output(None) as stream:
        for found in compared:
            state = f"{'' if found.same else 'not '}the same as in insightface {version()}"
            stream.write(encoded(f"{found.model}: {state}: {found.told}.\n"))
    return all(found.same for found in compared)
