"""Exporting finished runs as a model: ONNX files and their spec."""

import hashlib
import os
from collections.abc import Sequence

from photogender.errors import PhotogenderError
from photogender.labels import AGE_GROUP_YEARS, AGE_GROUPS
from photogender.models.toml import Table, to_toml
from photogender.output import output
from photogender.records import Point
from photogender.training.calibrate import load_sharpness
from photogender.training.data.faces import CHIP, TEMPLATE, WIDE_TEMPLATE
from photogender.training.data.labelled import GENDERS
from photogender.training.files.compact_onnx import compact_to_onnx
from photogender.training.files.context_onnx import context_to_onnx
from photogender.training.files.levi_hassner_onnx import OUTPUT, to_onnx
from photogender.training.files.onnx_file import INPUT, Storage
from photogender.training.files.small_onnx import small_to_onnx
from photogender.training.nets import compact, context, small
from photogender.training.nets.choose import Net
from photogender.training.nets.compact import Compact
from photogender.training.nets.context import Context
from photogender.training.nets.levi_hassner import LeviHassner
from photogender.training.nets.mobile import Mobile
from photogender.training.nets.small import Small
from photogender.training.recipe import SIDE
from photogender.training.recipes import COMPACT, CONTEXT, SMALL
from photogender.training.run import load_best
from photogender.training.task import YEARS

_HEADS = ("age", "gender")

_Files = dict[str, tuple[bytes, Table]]
"""By file name: its content, and the table of its network in the spec."""


def export_model(runs: Sequence[str], folder: str, name: str, facts: dict[str, str], storage: Storage = "small") -> str:
    """Write the best networks of some runs as ONNX files, and their spec.

    Args:
        runs: Folders: one run of both tasks or one of each (the last one that has a task counts), or one run of the
            compact network and perhaps one of the small and of the context network, whose genders are added.
        folder: Gets ``NAME_age.onnx``, ``NAME_gender.onnx`` and ``NAME.toml``, with ``_`` instead of ``-`` in the names
            of ONNX files; from a compact network ``NAME.onnx`` and ``NAME.toml``, and ``NAME_gender.onnx`` if a run of
            the small network is given as well, ``NAME_context.onnx`` if one of the context network is.
        name: Of the model.
        facts: ``title``, ``licence``, ``source`` and ``accuracy``, for the spec.
        storage: How the weights are stored.

    Returns:
        The path of the spec.

    Raises:
        PhotogenderError: A run has no network, a task has no run, or the folder cannot be written.
        ModelError: ONNX Runtime and torch differ in what the network predicts.
    """
    loaded = [load_best(run) for run in runs]
    if any(isinstance(net, Mobile) for net in loaded):
        raise PhotogenderError("One of these runs trained a teacher.", "Export a compact network that learned from it.")
    stem = name.replace("-", "_")
    if any(isinstance(net, Compact) for net in loaded):
        files = _compact_files(loaded, runs, stem, storage)
    else:
        files = _paper_files([net for net in loaded if isinstance(net, LeviHassner)], stem, storage)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise PhotogenderError(f"{folder} cannot be written: {error.strerror or error}.") from error
    tables: list[Table] = []
    for path, (data, settings) in files.items():
        with output(os.path.join(folder, path)) as stream:
            stream.write(data)
        hashed = {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        tables.append({"file": hashed, **settings})
    spec = os.path.join(folder, f"{name}.toml")
    table: Table = {"task": "age-gender", "free": False, **facts, "nets": tables}
    with output(spec) as stream:
        stream.write(to_toml(table).encode())
    return spec


def _paper_files(nets: Sequence[LeviHassner], stem: str, storage: Storage) -> _Files:
    by_head = {head: net for net in nets for head in _HEADS if head in net.fc8}
    missing = [head for head in _HEADS if head not in by_head]
    if missing:
        raise PhotogenderError(f"None of these runs learned {missing[0]}.", "Give a run of each task, or one of both.")
    heads: dict[str, Table] = {
        "age": {"output": OUTPUT, "kind": "groups", "groups": list(AGE_GROUPS), "years": list(AGE_GROUP_YEARS)},
        "gender": {"output": OUTPUT, "labels": list(GENDERS)},
    }
    shown: Table = {"mean": [0.0, 0.0, 0.0], "scale": 1.0, "size": [SIDE, SIDE], "chip": [CHIP, CHIP]}
    return {
        f"{stem}_{head}.onnx": (
            to_onnx(by_head[head], head, storage),
            {
                "input": {"name": INPUT, "channels": "BGR", **shown},
                "alignment": {"template": [list(point) for point in TEMPLATE]},
                head: heads[head],
            },
        )
        for head in _HEADS
    }


def _compact_files(nets: Sequence[Net], runs: Sequence[str], stem: str, storage: Storage) -> _Files:
    kinds = [type(net) for net in nets]
    if kinds.count(Compact) != 1 or len(set(kinds)) != len(kinds) or not {*kinds} <= {Compact, Small, Context}:
        raise PhotogenderError(
            "A compact network has learned both tasks.",
            "Give its run alone, or with one run of the small network, of the context network, or of each.",
        )
    gender: Table = {"output": "gender", "labels": list(GENDERS)}
    years: Table = {"output": "years", "years": [float(year) for year in range(YEARS)]}
    files: _Files = {}
    for net, run in sorted(zip(nets, runs, strict=True), key=lambda each: isinstance(each[0], Small | Context)):
        sharpness = load_sharpness(run)
        if isinstance(net, Compact):
            shown: Table = {"mean": list(compact.MEAN_BGR), "scale": compact.INPUT_SCALE, "detail": compact.DETAIL}
            seen = _seen(TEMPLATE, COMPACT.window, compact.SIDE, shown)
            files[f"{stem}.onnx"] = (compact_to_onnx(net, sharpness, storage), {**seen, "age": years, "gender": gender})
        elif isinstance(net, Small):
            shown = {"mean": list(small.MEAN_BGR), "scale": compact.INPUT_SCALE}
            seen = _seen(TEMPLATE, SMALL.window, small.SIDE, shown)
            files[f"{stem}_gender.onnx"] = (small_to_onnx(net, sharpness, storage), {**seen, "gender": gender})
        elif isinstance(net, Context):
            shown = {"mean": list(context.MEAN_BGR), "scale": CONTEXT.input_scale}
            seen = _seen(WIDE_TEMPLATE, CONTEXT.window, context.SIDE, shown)
            files[f"{stem}_context.onnx"] = (context_to_onnx(net, sharpness, storage), {**seen, "gender": gender})
    return files


def _seen(places: tuple[Point, ...], window: int, side: int, shown: Table) -> Table:
    """What a network sees: as its whole chip, what is the middle of the chip that was cached for training."""
    first = (CHIP - window) / 2
    template = [[round((place * CHIP - first) / window, 4) for place in point] for point in places]
    given: Table = {"name": INPUT, "channels": "BGR", **shown, "size": [side, side]}
    return {"input": given, "alignment": {"template": template}}
