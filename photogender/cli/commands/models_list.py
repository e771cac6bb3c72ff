"""``photogender models list``."""

import json

import click

from photogender.cli.table import Column, no_room, write_table
from photogender.cli.terminal import say, terminal_width
from photogender.text import megabytes


@click.command("list", short_help="List all known models.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json has all that is known.",
)
def list_models(form: str) -> None:
    """List all known models: those that come with photogender, and your own."""
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
                megabytes(row["bytes"]),
                row["licence"],
                ("yes" if row["installed"] else "no") + " (default)" * row["default"],
                row["accuracy"].partition(": ")[0],
            )
            for row in sorted(rows, key=lambda row: (row["task"] != "detect", not row["default"], row["name"]))
        )
        hidden = write_table(columns, lines, stream, terminal_width())
        stream.flush()
        say(no_room(hidden))
    inside = [row for row in rows if row["terms"] and not row["free"]]
    if inside:
        names = " and ".join(row["name"] for row in inside)
        say(f"{names} come with photogender, for non-commercial research only: {inside[0]['terms']}")
