"""Making a photogender model of converted networks: the head of each, the spec, and installing it."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photogender.errors import ModelError, PhotogenderError
from photogender.labels import AGE_GROUP_YEARS, AGE_GROUPS, Gender
from photogender.model_tools.add import add_model
from photogender.model_tools.caffe.convert import Converted
from photogender.model_tools.installed import Say
from photogender.models.folders import models_folder
from photogender.models.toml import Table
from photogender.text import printable

Task = Literal["age", "gender"]

PUBLISHED_GENDERS: tuple[Gender, Gender] = ("male", "female")
"""In the order of Levi & Hassner's network. Their age network has the groups in the order of ``AGE_GROUPS``."""

_ADIENCE = ((0.391, 0.332), (0.635, 0.330), (0.507, 0.466), (0.411, 0.578), (0.610, 0.575))
"""Where CenterFace finds eyes, nose and mouth corners in the mean image published with the networks, which is the
mean of Adience's aligned faces; averaged over six sizes from 128 to 768 pixels, which differ by 0.01."""


@dataclass(frozen=True, slots=True)
class Part:
    """One network of a model."""

    file: str
    """Name of its ONNX file, without folders."""
    task: Task
    net: Converted
    source: str
    """Name of the weights file, for people."""


def task_of(net: Converted, weights: Path, wanted: Task | None = None) -> Task:
    """The task of a network: gender for 2 outputs, age for 8 (the groups) or 101 (years from 0 to 100).

    Args:
        net: As converted.
        weights: Named in the error.
        wanted: What the user says it tells.

    Raises:
        ModelError: It gives some other number, or one that does not fit what the user says.
    """
    known: dict[tuple[int, ...], Task] = {(2,): "gender", (len(AGE_GROUPS),): "age", (101,): "age"}
    told = known.get(net.shape)
    if told is None:
        raise ModelError(
            f"The net of {weights} gives {' × '.join(map(str, net.shape))} numbers a face; 2 would be a gender, "
            f"{len(AGE_GROUPS)} the age groups, 101 the years from 0 to 100."
        )
    if wanted not in (None, told):
        raise ModelError(f"The net of {weights} gives {net.shape[0]} numbers a face: that is {told}, not {wanted}.")
    return told


def spec_table(title: str, parts: Sequence[Part], genders: tuple[Gender, Gender] = PUBLISHED_GENDERS) -> Table:
    """The spec of some networks, as a table that ``photogender.models.read`` takes.

    Faces are aligned as those that the published nets were trained on, and cropped in the size of the mean image,
    or in 256 × 256 for an input of 224 to 255 pixels, as is the custom with Caffe.

    Args:
        title: For people.
        parts: One or two.
        genders: What the two numbers of a gender net stand for.
    """
    return {
        "task": "age-gender",
        "title": printable(title),
        "licence": "that of the weights it was imported from",
        "free": False,
        "source": f"imported from Caffe: {' and '.join(printable(part.source) for part in parts)}",
        "accuracy": "not measured",
        "nets": [_net_table(part, genders) for part in parts],
    }


def install(name: str, parts: Sequence[Part], genders: tuple[Gender, Gender], say: Say) -> Path:
    """Install a model in the user's models folder, after a trial run.

    Args:
        name: What it will be called.
        parts: One age net and one gender net.
        genders: As for ``spec_table``.
        say: Told where another process is waited for.

    Returns:
        Where its spec is.

    Raises:
        ModelError: The name is taken or cannot be one, or the nets are not one of each or do not run.
        PhotogenderError: The models folder, or the folder for temporary files, cannot be written.
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    if sorted(part.task for part in parts) != ["age", "gender"]:
        raise ModelError(
            "A model has one net for the age and one for the gender.",
            "Give both: DEPLOY CAFFEMODEL DEPLOY CAFFEMODEL --name NAME; or convert one net with --out FILE.onnx.",
        )
    try:
        with tempfile.TemporaryDirectory(prefix="photogender-") as folder:
            for part in parts:
                (Path(folder) / part.file).write_bytes(part.net.onnx)
            sources = [Path(folder) / part.file for part in parts]
            add_model(sources, spec_table(name, parts, genders), name, "The spec of the import", say)
    except OSError as error:
        raise PhotogenderError(f"{tempfile.gettempdir()} cannot be written: {error.strerror or error}.") from error
    return models_folder() / name / "spec.toml"


def _net_table(part: Part, genders: tuple[Gender, Gender]) -> Table:
    net, usual = part.net, all(224 <= side < 256 for side in part.net.size)
    chip = net.picture or ((256, 256) if usual else net.size)
    head: Table = {"output": net.output}
    if part.task == "gender":
        head |= {"kind": "probabilities" if net.is_softmax else "logits", "labels": list(genders)}
    elif net.shape[0] == len(AGE_GROUPS):
        head |= {"kind": "groups", "groups": list(AGE_GROUPS), "years": list(AGE_GROUP_YEARS)}
    else:
        head |= {"kind": "distribution", "years": list(map(float, range(net.shape[0])))}
    if part.task == "age":
        head["softmax"] = not net.is_softmax
    return {
        "file": {"path": part.file, "sha256": hashlib.sha256(net.onnx).hexdigest(), "size": len(net.onnx)},
        "input": {
            "name": net.input,
            "channels": "BGR",
            "mean": list(net.mean),
            "scale": net.scale,
            "size": list(net.size),
            **({"chip": list(chip)} if chip != net.size else {}),
        },
        "alignment": {"template": list(map(list, _ADIENCE))},
        part.task: head,
    }
