"""``photogender models show``."""

from typing import TYPE_CHECKING

import click

from photogender.cli.completion import models
from photogender.cli.terminal import encoded, styled
from photogender.text import printable

if TYPE_CHECKING:
    from photogender.models.spec import ModelSpec


@click.command(short_help="Show everything about a model.")
@click.argument("name", shell_complete=models())
def show(name: str) -> None:
    """Show everything about the model NAME: licence, accuracy, inputs and outputs, and its files or how to get them."""
    from photogender.models.read import load_spec, spec_path
    from photogender.output import output

    spec = load_spec(name)
    with output(None) as stream:
        stream.write(encoded(f"{styled(printable(spec.name), '1')}: {printable(spec.title)}\n\n"))
        for title, text in [*_about(spec), ("spec", str(spec_path(name)))]:
            stream.write(encoded(f"{title:>10}  {printable(text)}\n"))


def _about(spec: "ModelSpec") -> list[tuple[str, str]]:
    """Titles and texts of what ``show`` prints."""
    from photogender.model_tools.installed import check, repair, terms

    rows = [
        ("task", spec.task),
        ("licence", f"{spec.licence}{'' if spec.free else ' (does not allow every use)'}"),
        ("source", spec.source),
        ("accuracy", spec.accuracy),
        *(("tested", f"{name}: {result}") for name, result in spec.tested),
    ]
    if text := terms(spec):
        rows.insert(2, ("terms", str(text)))
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
            for title, part in (
                ("alignment", net.alignment),
                ("gender", net.gender),
                ("age", net.age),
                ("descriptor", net.descriptor),
            )
            if part
        ]
    if any(found.fault for found in checked.values()):
        rows.append(("to get it", repair(spec)))
    return rows


def _fields(part: object) -> str:
    """The fields of a part of a spec that are set."""
    from dataclasses import fields

    said = ((field.name, getattr(part, field.name)) for field in fields(part))  # type: ignore[arg-type]
    return ", ".join(f"{name} {_value(value)}" for name, value in said if value not in (None, (), "", False))


def _value(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    if len(value) > 12:
        return f"{_value(value[0])} … {_value(value[-1])} ({len(value)})"
    return "(" + ", ".join(map(_value, value)) + ")"
