"""From finished runs to a model that scans can use: two ONNX files and their spec."""

import hashlib
import os
from collections.abc import Sequence

from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.own_model import Table, toml
from photogender.records import AGE_GROUP_YEARS, AGE_GROUPS
from photogender.training.faces import CHIP, TEMPLATE
from photogender.training.loader import GENDERS
from photogender.training.loop import load_best
from photogender.training.net import LeviHassner
from photogender.training.onnx_file import INPUT, Storage
from photogender.training.recipe import SIDE
from photogender.training.to_onnx import OUTPUT, to_onnx

_HEADS = ("age", "gender")


def publish(runs: Sequence[str], folder: str, name: str, facts: dict[str, str], storage: Storage = "small") -> str:
    """Write the best nets of some runs and their spec.

    Args:
        runs: Folders; of each task the last run that has it counts, so that one run of both tasks will do, or one each.
        folder: For ``NAME_age.onnx``, ``NAME_gender.onnx`` and ``NAME.toml``, with ``_`` for ``-`` in the files' names.
        name: Of the model.
        facts: ``title``, ``licence``, ``source`` and ``accuracy``, for the spec.
        storage: How weights are kept.

    Returns:
        The path of the spec.

    Raises:
        PhotogenderError: A run has no net, a task has no run, or the folder cannot be written.
        ModelError: ONNX Runtime says something else than torch.
    """
    nets = {
        head: net for net in map(load_best, runs) if isinstance(net, LeviHassner) for head in _HEADS if head in net.fc8
    }
    missing = [head for head in _HEADS if head not in nets]
    if missing:
        raise PhotogenderError(f"None of these runs learnt {missing[0]}.", "Give a run of each task, or one of both.")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise PhotogenderError(f"{folder} cannot be written: {error.strerror or error}.") from error
    files = {head: to_onnx(nets[head], head, storage) for head in _HEADS}
    tables: list[Table] = []
    for head, data in files.items():
        path = f"{name.replace('-', '_')}_{head}.onnx"
        with output(os.path.join(folder, path)) as stream:
            stream.write(data)
        tables.append(_net_table(head, path, data))
    spec = os.path.join(folder, f"{name}.toml")
    table: Table = {"task": "age-gender", "free": False, **facts, "nets": tables}
    with output(spec) as stream:
        stream.write(toml(table).encode())
    return spec


def _net_table(head: str, path: str, data: bytes) -> Table:
    heads: dict[str, Table] = {
        "age": {"output": OUTPUT, "kind": "groups", "groups": list(AGE_GROUPS), "years": list(AGE_GROUP_YEARS)},
        "gender": {"output": OUTPUT, "labels": list(GENDERS)},
    }
    return {
        "file": {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)},
        "input": {
            "name": INPUT,
            "channels": "BGR",
            "mean": [0.0, 0.0, 0.0],
            "scale": 1.0,
            "size": [SIDE, SIDE],
            "chip": [CHIP, CHIP],
        },
        "alignment": {"template": [list(point) for point in TEMPLATE]},
        head: heads[head],
    }
