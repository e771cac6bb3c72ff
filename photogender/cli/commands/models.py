"""``photogender models``: which models there are, and getting, adding, checking and removing them."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.commands.models_add import add
from photogender.cli.commands.models_import_caffe import import_caffe
from photogender.cli.commands.models_quantise import quantise
from photogender.cli.table import Column, write_table
from photogender.cli.terminal import console, encoded, say, styled, terminal_width
from photogender.errors import PhotogenderError
from photogender.text import printable

if TYPE_CHECKING:
    from photogender.models.spec import ModelSpec


@click.group(short_help="List, get, add, check or remove models.")
def models() -> None:
    """List the models, and get, add, check or remove some.

    A model finds faces (task detect) or estimates age and gender. Those that come with photogender's packages
    are the default; others are downloaded into your models folder, or added from files of your own.

    \b
    photogender models list
    photogender models pull yunet
    """


models.add_command(add)

models.add_command(import_caffe)

models.add_command(quantise)


@models.command("list", short_help="List all known models.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_models(form: str) -> None:
    """List all known models: those that ship, and your own."""
    from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
    from photogender.model_tools.installed import all_specs, described
    from photogender.output import output

    defaults = (DEFAULT_DETECTOR, DEFAULT_MODEL)
    rows = [described(spec) | {"default": spec.name in defaults} for spec in all_specs(say)]
    with output(None) as stream:
        if form == "json":
            stream.write(json.dumps(rows, indent=2, ensure_ascii=False).encode() + b"\n")
            return
        columns = (
            Column("model", whole=True),
            Column("task", rank=1, whole=True),
            Column("size", rank=2, whole=True),
            Column("licence"),
            Column("installed", whole=True),
            Column("accuracy", whole=True),
        )
        lines = (
            (
                row["name"],
                row["task"],
                _size(row["bytes"]),
                row["licence"],
                ("yes" if row["installed"] else "no") + " (default)" * row["default"],
                row["accuracy"].partition(": ")[0],
            )
            for row in sorted(rows, key=lambda row: (row["task"] != "detect", not row["default"], row["name"]))
        )
        write_table(columns, lines, stream, terminal_width())


@models.command()
@click.argument("name")
def show(name: str) -> None:
    """Show all that is known of the model NAME, and where its files are or how to get them."""
    from photogender.models.read import load_spec, spec_path
    from photogender.output import output

    spec = load_spec(name)
    with output(None) as stream:
        stream.write(encoded(f"{styled(printable(spec.name), '1')}: {printable(spec.title)}\n\n"))
        for title, text in [*_about(spec), ("spec", str(spec_path(name)))]:
            stream.write(encoded(f"{title:>10}  {printable(text)}\n"))


@models.command(short_help="Download a model, or install it from a file.")
@click.argument("name")
@click.option("--accept-licence", is_flag=True, help="You have read the licence and accept it.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE_OR_DIR",
    help="Do not download: take it from this file, ZIP archive or folder.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="S",
    help="Give up after so many seconds in which the server sends nothing.",
)
def pull(name: str, accept_licence: bool, source: Path | None, timeout: float) -> None:
    """Download the model NAME, or install it with --from on a machine without a network.

    Every file is checked by its SHA-256. A download that broke off goes on where it stopped. InsightFace packs
    in ~/.insightface/models are used where they are.
    """
    from photogender.cli.progress import steps
    from photogender.model_tools.installed import check
    from photogender.model_tools.pull import pull as pull_model
    from photogender.models.read import load_spec

    spec = load_spec(name)
    say(f"{spec.title}\nLicence: {spec.licence}\nFrom: {spec.source}")
    if any(found.fault for found in check(spec)):
        _ask_for(spec, accept_licence, source)
        try:
            with steps("", None, console(), amount=_size) as update:

                def progress(done: int, total: int | None) -> None:
                    update(done, total=total)

                further = pull_model(spec, source, progress=progress, say=say, timeout=timeout)
        except KeyboardInterrupt:
            say("Run the same command again to resume.")
            raise
        for other in further:
            say(f"The same archive brought {other.name}: {other.title}")
    for found in check(spec):
        click.echo(f"{found.path}")
    say(_use(spec))


@models.command(short_help="Compare files with their SHA-256.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def verify(names: tuple[str, ...]) -> None:
    """Compare the files of all installed models, or of NAME, with their SHA-256; exit with 1 if one is not right."""
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
        say(f"To mend {name}: {command}")
    if wrong:
        sys.exit(1)


@models.command(short_help="Remove a model from your models folder.")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Remove the model NAME from your models folder. What it said of photos stays in the catalog."""
    from photogender.model_tools.installed import in_models_folder
    from photogender.model_tools.installed import remove as remove_model
    from photogender.models.read import load_spec

    spec = load_spec(name)
    doomed = in_models_folder(spec)
    for path in doomed:
        click.echo(str(path))
    if not yes:
        click.confirm("Remove these?", abort=True, err=True)
    remove_model(spec, say)
    say(f"Removed {name}.")


def _ask_for(spec: "ModelSpec", accepted: bool, source: Path | None) -> None:
    """See that a licence that is not free was accepted."""
    if spec.free or accepted:
        return
    if sys.stdin.isatty():
        click.confirm("This licence does not allow every use. Do you accept it?", abort=True, err=True)
        return
    raise PhotogenderError(
        f"{spec.name} may not be used for everything: {spec.licence}.",
        f"If you accept that: photogender models pull {spec.name} --accept-licence"
        + (f" --from {shlex.quote(str(source))}" if source else ""),
    )


def _about(spec: "ModelSpec") -> list[tuple[str, str]]:
    """Titles and texts of what ``show`` prints."""
    from photogender.model_tools.installed import check, repair

    rows = [
        ("task", spec.task),
        ("licence", f"{spec.licence}{'' if spec.free else ' (not for every use)'}"),
        ("source", spec.source),
        ("accuracy", spec.accuracy),
    ]
    if spec.detector:
        rows.append(("detector", _fields(spec.detector)))
    checked = {found.file.path: found for found in check(spec)}
    for net in spec.nets:
        found = checked[net.file.path]
        rows.append(("file", f"{net.file.name}, {net.file.size:,} bytes, SHA-256 {net.file.sha256}"))
        rows.append(("", f"{found.path} {found.fault}".rstrip() if found.path else f"would be {net.file.home}"))
        if net.file.download:
            rows.append(("address", net.file.download.url))
        rows.append(("input", _fields(net.input)))
        rows += [
            (title, _fields(part))
            for title, part in (("alignment", net.alignment), ("gender", net.gender), ("age", net.age))
            if part
        ]
    if any(found.fault for found in checked.values()):
        rows.append(("to get it", repair(spec)))
    return rows


def _fields(part: object) -> str:
    """The fields of a part of a spec that say something."""
    from dataclasses import fields

    said = ((field.name, getattr(part, field.name)) for field in fields(part))  # type: ignore[arg-type]
    return ", ".join(f"{name} {_value(value)}" for name, value in said if value not in (None, (), "", False))


def _value(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    if len(value) > 12:
        return f"{_value(value[0])} … {_value(value[-1])} ({len(value)})"
    return "(" + ", ".join(map(_value, value)) + ")"


def _use(spec: "ModelSpec") -> str:
    option = "--detector" if spec.task == "detect" else "--model"
    return f"{spec.name} is installed. Use it with: photogender scan {option} {spec.name} PATH"


def _size(length: int) -> str:
    return f"{length / 1e6:.1f} MB"
