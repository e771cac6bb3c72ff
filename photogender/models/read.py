"""Reading the spec of a model: from its name, a file or a table."""

import operator
import os
from pathlib import Path
from typing import Any

from photogender.errors import ModelError
from photogender.labels import AGE_GROUPS, OLDEST
from photogender.models.file import Download, ModelFile
from photogender.models.folders import SHIPPED, models_folder
from photogender.models.spec import (
    AgeHead,
    Alignment,
    DescriptorHead,
    DetectorSettings,
    GenderHead,
    Measured,
    ModelSpec,
    Net,
    NetInput,
)
from photogender.models.toml import Table, read_toml, record


def load_spec(name: str) -> ModelSpec:
    """The spec called ``name``: a shipped one, or one that the user added.

    Raises:
        ModelError: There is no such spec, or it is incomplete or wrong.
    """
    path = spec_path(name)
    if path is None:
        raise ModelError(f"There is no model called {name}.", f"Known: {', '.join(spec_names())}")
    try:
        return read_spec(path, name)
    except ModelError as error:
        hint = "" if path.parent == SHIPPED else f"Fix it, or delete the folder {path.parent}."
        raise ModelError(error.message, hint) from error


def read_spec(path: Path, name: str) -> ModelSpec:
    """Read a TOML file as the spec of a model called ``name``.

    Raises:
        ModelError: The file cannot be read, or the spec is incomplete or wrong.
    """
    try:
        return spec_of(read_toml(path), name, path.parent)
    except ValueError as error:
        raise ModelError(f"The model spec {path} cannot be used: {error}.") from error


def spec_of(table: Table, name: str, folder: Path) -> ModelSpec:
    """Read a table from TOML as the spec of a model called ``name``.

    Args:
        table: With the fields of a file in ``models/``.
        name: Of the model.
        folder: Where its files may be, as well as in its own folder in the user's models folder.

    Raises:
        ValueError: The spec is incomplete, or its values cannot work; the message is a sentence without a full stop.
    """
    prose = {key: value for key, value in table.items() if key not in ("nets", "detector", "measured")}
    nets, measured = table.get("nets"), table.get("measured", [])
    if not (isinstance(nets, list) and nets and isinstance(measured, list)):
        raise ValueError("nets and measured are lists of tables, [[nets]] and [[measured]]; there is at least one net")
    spec = record(
        ModelSpec,
        prose,
        "the spec",
        name=name,
        nets=tuple(_net(net, name, folder) for net in nets),
        detector=record(DetectorSettings, table["detector"], "[detector]") if "detector" in table else None,
        measured=tuple(record(Measured, row, "[[measured]]") for row in measured),
    )
    if (spec.task == "detect") != (spec.detector is not None):
        raise ValueError("a [detector] belongs to the task 'detect', and to no other")
    if (spec.task == "descriptor") != any(net.descriptor for net in spec.nets):
        raise ValueError("a [nets.descriptor] belongs to the task 'descriptor', and to no other")
    if spec.task == "descriptor" and (len(spec.nets) > 1 or not spec.nets[0].input.size):
        raise ValueError("the task 'descriptor' needs one network with a fixed size")
    if spec.detector and not (spec.detector.sides and min(spec.detector.sides) > 0):
        raise ValueError(f"[detector] says sides = {list(spec.detector.sides)}; give at least one, all above 0")
    return spec


def spec_path(name: str) -> Path | None:
    """The file of the spec called ``name``; shipped specs come first. None if there is none."""
    places = (SHIPPED / f"{name}.toml", models_folder() / name / "spec.toml")
    return next((path for path in places if os.path.basename(name) == name and path.is_file()), None)


def spec_names() -> list[str]:
    """Names of all specs, sorted."""
    added = (path.parent.name for path in models_folder().glob("*/spec.toml"))
    return sorted({*(path.stem for path in SHIPPED.glob("*.toml")), *added})


MOST_SIDE = 2048
"""Most pixels a side of a network's input or chip."""

MOST_WEIGHT = 100.0
"""Largest weight of an answer among several."""

MOST_NUMBERS = 4096
"""Most numbers of a descriptor."""

_PARTS = {
    "input": NetInput,
    "alignment": Alignment,
    "gender": GenderHead,
    "age": AgeHead,
    "descriptor": DescriptorHead,
}


def _net(table: object, name: str, folder: Path) -> Net:
    if not isinstance(table, dict):
        raise ValueError("[[nets]] is not a table")
    parts: dict[str, Any] = {
        key: record(kind, table[key], f"[nets.{key}]") for key, kind in _PARTS.items() if key in table
    }
    if "file" in table:
        parts["file"] = _file(table["file"], name, folder)
    net = record(Net, {key: value for key, value in table.items() if key not in parts}, "[[nets]]", **parts)
    _check_input(net.input)
    if net.alignment:
        _check_alignment(net.alignment)
    for head in (net.gender, net.age):
        if head and head.columns and not 0 <= head.columns[0] < head.columns[1]:
            raise ValueError(f"the columns {list(head.columns)} are wrong: they must begin at 0 or later and ascend")
    if net.gender and net.gender.labels[0] == net.gender.labels[1]:
        raise ValueError(f"both labels of the gender are {net.gender.labels[0]!r}")
    if net.gender and not 0 < net.gender.weight <= MOST_WEIGHT:
        raise ValueError(f"the weight of the gender is {net.gender.weight}, not above 0 and at most {MOST_WEIGHT}")
    if net.age:
        _check_age(net.age)
    if net.descriptor and not (0 < net.descriptor.size <= MOST_NUMBERS and net.descriptor.near > 0):
        raise ValueError(f"the descriptor needs a size of 1 to {MOST_NUMBERS} and a distance above 0 as near")
    return net


def _file(table: object, name: str, folder: Path) -> ModelFile:
    download = None
    if isinstance(table, dict) and "download" in table:
        download = record(Download, table["download"], "[nets.file.download]")
        table = {key: value for key, value in table.items() if key != "download"}
    return record(ModelFile, table, "[nets.file]", download=download, model=name, beside=folder)


def _check_input(given: NetInput) -> None:
    for sides in (given.size, given.chip):
        if sides and not (min(sides) >= 1 and max(sides) <= MOST_SIDE):
            raise ValueError(f"an input of {sides[0]} × {sides[1]} pixels is not 1 to {MOST_SIDE} pixels a side")
    if not given.detail > 0:
        raise ValueError(f"the detail of the input is {given.detail}, not above 0")
    if given.scale == 0:
        raise ValueError("the scale of the input is 0, so every input would be zero")
    if given.chip and given.size and any(map(operator.lt, given.chip, given.size)):
        raise ValueError(f"the chip, {list(given.chip)} pixels, is smaller than the size of the input")


def _check_alignment(alignment: Alignment) -> None:
    if bool(alignment.template) == (alignment.box is not None):
        raise ValueError("the alignment needs a template or a box, and not both")
    if alignment.box is not None and not alignment.box > 0:
        raise ValueError(f"the box of the alignment is {alignment.box}, not above 0")
    if alignment.template and (len(alignment.template) != 5 or len(set(alignment.template)) == 1):
        raise ValueError("the template of the alignment must be five different points")
    if any(abs(place) > 2 for point in alignment.template for place in point):
        raise ValueError("the template of the alignment is in fractions of the chip's width and height, not in pixels")


def _check_age(head: AgeHead) -> None:
    if head.width <= 0:
        raise ValueError(f"the age head of the kind {head.kind} does not say what its numbers mean")
    if not head.factor > 0:
        raise ValueError(f"the factor of the age is {head.factor}, not above 0")
    if not set(head.groups) <= set(AGE_GROUPS):
        raise ValueError(f"the age groups must be among {', '.join(AGE_GROUPS)}; give other ones as years")
    if head.kind == "groups" and len(head.years) != len(head.groups):
        raise ValueError(f"there are {len(head.groups)} age groups but {len(head.years)} years; give one for each")
    if any(not 0 <= years <= OLDEST for years in head.years):
        raise ValueError(f"the years of the age must be between 0 and {OLDEST}")
    if head.kind == "distribution" and any(map(operator.ge, head.years, head.years[1:])):
        raise ValueError("the years of the age do not ascend")
