"""``photogender models list``."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any, BinaryIO

import click

from photogender.cli.table import Column, no_room, write_table
from photogender.cli.terminal import say, terminal_width
from photogender.text import megabytes

_READ = "Numbers: faces found; or the share of right genders and the mean error of ages in years. See docs/accuracy.md."


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
        tasks = ("detect", "age-gender", "descriptor")
        rows.sort(key=lambda row: (tasks.index(row["task"]), not row["default"], row["name"]))
        hidden: set[str] = set()
        for number, (task, models) in enumerate(groupby(rows, lambda row: row["task"])):
            stream.write(b"\n" * bool(number))
            hidden.update(_write(task, list(models), stream))
        stream.flush()
    say(no_room(sorted(hidden)))
    say(_READ)
    inside = [row for row in rows if row["terms"] and not row["free"]]
    if inside:
        *others, last = (row["name"] for row in inside)
        names = f"{', '.join(others)} and {last}" if others else last
        say(f"{names} come with photogender, for non-commercial research only: {inside[0]['terms']}")


def _write(task: str, models: Sequence[dict[str, Any]], stream: BinaryIO) -> tuple[str, ...]:
    """The table of the models of a task, with a column for each test set; returns the titles that have no room."""
    sets = list(dict.fromkeys(name for model in models for name in model["tested"]))
    columns = (
        Column(task, whole=True),
        Column("size", rank=1 + len(sets), whole=True),
        Column("licence"),
        Column("installed", whole=True),
        *(Column(name, rank=rank, whole=True) for rank, name in enumerate(sets)),
    )
    lines = (
        (
            model["name"],
            megabytes(model["bytes"]),
            model["licence"],
            ("yes" if model["installed"] else "no") + " (default)" * model["default"],
            *(model["tested"].get(name, "") for name in sets),
        )
        for model in models
    )
    return write_table(columns, lines, stream, terminal_width())
