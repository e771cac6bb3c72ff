"""Converted nets as a model of photogender: which head each has, its spec, and its folder among the user's models."""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photogender.caffe.convert import Converted
from photogender.classify import Classifier
from photogender.errors import ModelError, PhotogenderError
from photogender.model_file import models_folder
from photogender.records import AGE_GROUPS, Gender
from photogender.spec import read_spec, spec_path
from photogender.text import printable

Task = Literal["age", "gender"]

PUBLISHED_GENDERS: tuple[Gender, Gender] = ("male", "female")
"""In the order of Levi & Hassner's net. Their age net has the groups in the order of ``AGE_GROUPS``."""

_GROUP_YEARS = (1, 5, 10, 17.5, 28.5, 40.5, 50.5, 70)
"""The middle of each group; of the last, 60 to 100, an age that its faces do have."""

_ADIENCE = ((0.391, 0.332), (0.635, 0.330), (0.507, 0.466), (0.411, 0.578), (0.610, 0.575))
"""Where CenterFace finds eyes, nose and corners of the mouth in the mean image that came with the networks: the
mean over six sizes from 128 to 768 pixels, which differ by 0.01. It is the mean of Adience's aligned faces."""


@dataclass(frozen=True, slots=True)
class Part:
    """One net of a model."""

    file: str
    """Name its ONNX file has or will have, without folders."""
    task: Task
    net: Converted
    source: str
    """The file of the weights, for people."""


def task_of(net: Converted, weights: Path, wanted: Task | None = None) -> Task:
    """What a net tells: gender by 2 numbers a face, age by 8 (the groups) or 101 (years from 0 to 100).

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


def spec_toml(title: str, parts: Sequence[Part], genders: tuple[Gender, Gender] = PUBLISHED_GENDERS) -> str:
    """The spec of some nets, as ``photogender.spec`` reads it.

    Faces are aligned as those that the published nets were trained on, and cropped in the size of the mean image,
    or in 256 × 256 for an input of 224 to 255 pixels, as is the custom with Caffe.

    Args:
        title: For people.
        parts: One or two.
        genders: What the two numbers of a gender net stand for.
    """
    sources = " and ".join(printable(part.source) for part in parts)
    lines = [
        'task = "age-gender"',
        f"title = {_quoted(printable(title))}",
        'licence = "that of the weights it was imported from"',
        "free = false",
        f"source = {_quoted(f'imported from Caffe: {sources}')}",
        'accuracy = "not measured"',
    ]
    for part in parts:
        lines += ["", "[[nets]]", *_net_lines(part, genders)]
    return "\n".join(lines) + "\n"


def install(name: str, parts: Sequence[Part], genders: tuple[Gender, Gender] = PUBLISHED_GENDERS) -> Path:
    """Put a model into the user's models folder, once it has run.

    Args:
        name: What it will be called.
        parts: One age net and one gender net.
        genders: As for ``spec_toml``.

    Returns:
        Where its spec is.

    Raises:
        ModelError: The name is taken or cannot be a folder's, or the nets are not one of each or do not run.
        PhotogenderError: The models folder cannot be written.
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise ModelError(f"{printable(name)} cannot be a model's name: use letters, digits, '.', '-' and '_'.")
    taken = spec_path(name)
    if taken:
        raise ModelError(
            f"There is a model called {name} already: {taken}.",
            f"Choose another name, or remove it with: photogender models remove {name}",
        )
    if sorted(part.task for part in parts) != ["age", "gender"]:
        raise ModelError(
            "A model has one net for the age and one for the gender.",
            "Give both: DEPLOY CAFFEMODEL DEPLOY CAFFEMODEL --name NAME; or convert one net with --out FILE.onnx.",
        )
    folder = models_folder() / name
    near = folder.parent / f".{name}-{secrets.token_hex(6)}.tmp"
    try:
        near.mkdir(parents=True)
        for part in parts:
            (near / part.file).write_bytes(part.net.onnx)
        (near / "spec.toml").write_text(spec_toml(name, parts, genders), encoding="utf-8")
        Classifier(read_spec(near / "spec.toml", name), "cpu")
        os.replace(near, folder)
    except OSError as error:
        raise PhotogenderError(
            f"{folder} cannot be written: {error.strerror or error}.",
            "Name a folder you may write to with PHOTOGENDER_MODELS.",
        ) from error
    finally:
        shutil.rmtree(near, ignore_errors=True)
    return folder / "spec.toml"


def _net_lines(part: Part, genders: tuple[Gender, Gender]) -> list[str]:
    net, usual = part.net, all(224 <= side < 256 for side in part.net.size)
    chip = net.picture or ((256, 256) if usual else net.size)
    lines = [
        "[nets.file]",
        f"path = {_quoted(printable(part.file))}",
        f'sha256 = "{hashlib.sha256(net.onnx).hexdigest()}"',
        f"size = {len(net.onnx)}",
        "[nets.input]",
        f"name = {_quoted(net.input)}",
        'channels = "BGR"',
        f"mean = {list(net.mean)}",
        f"scale = {net.scale}",
        f"size = {list(net.size)}",
        *([f"chip = {list(chip)}"] if chip != net.size else []),
        "[nets.alignment]",
        f"template = {[list(point) for point in _ADIENCE]}",
        f"[nets.{part.task}]",
        f"output = {_quoted(net.output)}",
    ]
    if part.task == "gender":
        kind = "probabilities" if net.is_softmax else "logits"
        return [*lines, f'kind = "{kind}"', f"labels = {json.dumps(genders)}"]
    softmax = f"softmax = {json.dumps(not net.is_softmax)}"
    if net.shape[0] == len(AGE_GROUPS):
        return [
            *lines,
            'kind = "groups"',
            f"groups = {json.dumps(AGE_GROUPS)}",
            f"years = {list(map(float, _GROUP_YEARS))}",
            softmax,
        ]
    return [*lines, 'kind = "distribution"', f"years = {list(map(float, range(net.shape[0])))}", softmax]


def _quoted(text: str) -> str:
    """A TOML string: JSON's, but for the one control character that JSON allows and TOML does not."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
