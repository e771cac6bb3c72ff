"""Models as data: one TOML file per model in ``models/``, read into frozen records.

A spec says where the network's file is, what it must hash to, what goes in and what comes out; it is
the only place that knows a label order, a mean or a crop. Those of models that a user added lie in the
user's models folder, beside the files.
"""

import hashlib
import json
import operator
import os
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from photogender.errors import ModelError
from photogender.labels import AGE_GROUPS, Gender
from photogender.model_file import Download, ModelFile, models_folder
from photogender.records import Point
from photogender.tables import record

_HERE = Path(__file__).parent

# In a wheel the specs lie inside the package, in a checkout beside it.
MODELS_DIR = _HERE / "models" if (_HERE / "models").is_dir() else _HERE.parent / "models"


@dataclass(frozen=True, slots=True)
class NetInput:
    """What a net is fed: ``(pixel - mean) * scale``, float32, batch × 3 × height × width."""

    name: str
    channels: Literal["RGB", "BGR"]
    mean: tuple[float, float, float]
    """In the order of ``channels``, on a 0-255 scale."""
    scale: float
    size: tuple[int, int] | None = None
    """Width and height in pixels; None where the net takes any multiple of its stride."""
    chip: tuple[int, int] | None = None
    """Width and height at which a face is cropped, where that is more than ``size``: the net sees its centre."""
    detail: float = 1.0
    """Pixels of the decoded photo to a pixel of the chip, along an axis, with which the answers are as good as with
    more. A photo that has fewer is decoded again, larger."""
    make_dynamic: bool = False
    """The file fixes its batch and size although the net does not need it; free them when loading."""

    @property
    def crop(self) -> tuple[int, int] | None:
        """Width and height of the chips: ``chip``, or else ``size``."""
        return self.chip or self.size


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a face is brought into a net's chip: by its landmarks, or by its box. One of the first two is given."""

    template: tuple[Point, ...] = ()
    """Where the five landmarks belong, as fractions of the chip's width and height."""
    box: float | None = None
    """The chip is an upright square about the box's centre, this many times its longer side."""
    sampling: Literal["smooth", "opencv"] = "smooth"
    """``smooth``: large faces are averaged, the photo's edge is repeated. ``opencv``: bilinear at single points
    and black beyond the edge, as nets are fed whose own code uses ``cv2.warpAffine``."""


@dataclass(frozen=True, slots=True)
class GenderHead:
    """An output about the gender: two numbers, or with ``sigmoid`` one."""

    output: str
    labels: tuple[Gender, Gender]
    kind: Literal["probabilities", "logits", "sigmoid"] = "probabilities"
    """``sigmoid``: one number, the probability of the second label."""
    columns: tuple[int, int] | None = None
    """First column of the output that is meant, and the one after the last; None: all."""

    @property
    def width(self) -> int:
        """How many numbers a face gets."""
        return 1 if self.kind == "sigmoid" else 2


@dataclass(frozen=True, slots=True)
class AgeHead:
    """An output about the age."""

    output: str
    kind: Literal["distribution", "regression", "pairs", "groups"] = "distribution"
    """A probability for each of ``years``; the years themselves, divided by ``factor``; pairs of logits, the
    n-th for "n years or younger" and "older"; or a probability for each of ``groups``."""
    years: tuple[float, ...] = ()
    """``distribution``: the age in years each probability stands for, ascending. ``groups``: the same of each group."""
    factor: float = 1.0
    pairs: int = 0
    groups: tuple[str, ...] = ()
    """Of ``photogender.labels.AGE_GROUPS``, in the order of the output."""
    softmax: bool = False
    """The output is logits."""
    columns: tuple[int, int] | None = None
    """As for the gender."""

    @property
    def width(self) -> int:
        """How many numbers a face gets."""
        return {"distribution": len(self.years), "regression": 1, "pairs": 2 * self.pairs, "groups": len(self.groups)}[
            self.kind
        ]


@dataclass(frozen=True, slots=True)
class Net:
    """One ONNX file and how to use it."""

    file: ModelFile
    input: NetInput
    alignment: Alignment | None = None
    gender: GenderHead | None = None
    age: AgeHead | None = None


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How a detector is run; pixels are those of its own input."""

    kind: Literal["centerface", "scrfd", "yunet"]
    """How its outputs are read."""
    sides: tuple[int, ...]
    """Long sides of the looks, ascending: each further one only where the last showed faces too small for it."""
    whole_picture: int
    """Pictures up to this long side are looked at second with all their pixels."""
    small_picture: int
    """Pictures up to this long side are always looked at twice; they decode in no time."""
    least_side: int
    """Smaller pictures are enlarged to this long side."""
    close_side: int
    """Long side of the look that follows when nothing was found: for faces that fill the picture."""
    small_face: int
    """Side of a face below which it is too small for a look."""
    hint: float
    """Score from which a face too small is worth a further look."""
    decode_side: int
    """Long side a photo should at least be decoded to."""
    confidence: float
    """Lowest score that counts as a face."""
    overlap: float
    """Intersection over union above which the weaker of two boxes is dropped."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How right a model was on annotated faces of one range of true ages; shares are 0 to 1."""

    ages: str
    """One of ``AGE_GROUPS``, or ``all``."""
    faces: int
    found: float
    """Share that the default detector found."""
    gender: float
    """Share of all faces with the right gender; one that was not found counts as wrong."""
    age_off: float
    """Mean absolute error of the age in years, of the faces found."""
    age_group: float
    """Share of all faces with the right age group, of those whose true age lies in one; not found counts as wrong."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as a user names it: a detector, or the nets that together give age and gender."""

    name: str
    task: Literal["detect", "age-gender"]
    title: str
    licence: str
    free: bool
    """The licence lets everybody use it for everything."""
    source: str
    accuracy: str
    """Measured, with the command that measures it."""
    nets: tuple[Net, ...]
    detector: DetectorSettings | None = None
    measured: tuple[Measured, ...] = ()
    """``accuracy`` by age, where it was measured."""

    @property
    def sha256(self) -> str:
        """The hash of the file, or of the files' hashes where there are several."""
        hashes = [net.file.sha256 for net in self.nets]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def load_spec(name: str) -> ModelSpec:
    """The spec called ``name``: one of those that ship, or of a model the user added.

    Raises:
        ModelError: There is no such spec, or it does not say all it must.
    """
    path = spec_path(name)
    if path is None:
        raise ModelError(f"There is no model called {name}.", f"Known: {', '.join(spec_names())}")
    try:
        return read_spec(path, name)
    except ModelError as error:
        hint = "" if path.parent == MODELS_DIR else f"Mend it, or delete the folder {path.parent}."
        raise ModelError(error.message, hint) from error


def read_spec(path: Path, name: str) -> ModelSpec:
    """The spec in a TOML file, for a model that will be called ``name``.

    Raises:
        ModelError: The file cannot be read, or does not say all it must.
    """
    try:
        return spec_of(tomllib.loads(path.read_text(encoding="utf-8")), name, path.parent)
    except OSError as error:
        raise ModelError(f"The model spec {path} cannot be read: {error.strerror or error}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"The model spec {path} cannot be read: {error}.") from error
    except ValueError as error:
        raise ModelError(f"The model spec {path} cannot be used: {error}.") from error


def spec_of(table: dict[str, Any], name: str, folder: Path) -> ModelSpec:
    """The spec in a table as read from TOML, for a model that will be called ``name``.

    Args:
        table: As a file in ``models/`` has it.
        name: Of the model.
        folder: Where its files may lie, besides its own in the user's models folder.

    Raises:
        ValueError: The table does not say all it must, or says what no net could be used by; in a sentence
            without its full stop.
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
    if spec.detector and not (spec.detector.sides and min(spec.detector.sides) > 0):
        raise ValueError(f"[detector] says sides = {list(spec.detector.sides)}; at least one is wanted, all above 0")
    return spec


def spec_path(name: str) -> Path | None:
    """Where the spec called ``name`` is; those that ship come first. None where there is none."""
    places = (MODELS_DIR / f"{name}.toml", models_folder() / name / "spec.toml")
    return next((path for path in places if os.path.basename(name) == name and path.is_file()), None)


def spec_names() -> list[str]:
    """Names of all specs, sorted."""
    added = (path.parent.name for path in models_folder().glob("*/spec.toml"))
    return sorted({*(path.stem for path in MODELS_DIR.glob("*.toml")), *added})


def fingerprint(specs: tuple[ModelSpec, ...], settings: dict[str, float]) -> str:
    """One short text that changes whenever the answers to a photo could.

    It covers the files' hashes, all that the specs say of their use, and the scan settings that
    decide which faces are kept; titles, licences, measured accuracies and how to
    install a file do not count.
    """
    used = [
        [
            asdict(spec.detector) if spec.detector else None,
            [{**asdict(net), "file": net.file.sha256} for net in spec.nets],
        ]
        for spec in specs
    ]
    text = json.dumps([used, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_PARTS = {"input": NetInput, "alignment": Alignment, "gender": GenderHead, "age": AgeHead}


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
            raise ValueError(f"the columns {list(head.columns)} are none: they begin at 0 and ascend")
    if net.gender and net.gender.labels[0] == net.gender.labels[1]:
        raise ValueError(f"both labels of the gender are {net.gender.labels[0]!r}")
    if net.age:
        _check_age(net.age)
    return net


def _file(table: object, name: str, folder: Path) -> ModelFile:
    download = None
    if isinstance(table, dict) and "download" in table:
        download = record(Download, table["download"], "[nets.file.download]")
        table = {key: value for key, value in table.items() if key != "download"}
    return record(ModelFile, table, "[nets.file]", download=download, model=name, beside=folder)


def _check_input(given: NetInput) -> None:
    if not given.detail > 0:
        raise ValueError(f"the detail of the input is {given.detail}, not above 0")
    if given.scale == 0:
        raise ValueError("the scale of the input is 0: it would be fed nothing but zeros")
    if given.size and min(given.size) < 1:
        raise ValueError(f"the size of the input is {list(given.size)} pixels")
    if given.chip and given.size and any(map(operator.lt, given.chip, given.size)):
        raise ValueError(f"the chip, {list(given.chip)} pixels, is smaller than the size of the input")


def _check_alignment(alignment: Alignment) -> None:
    if bool(alignment.template) == (alignment.box is not None):
        raise ValueError("the alignment needs a template or a box, and not both")
    if alignment.box is not None and not alignment.box > 0:
        raise ValueError(f"the box of the alignment is {alignment.box}, not above 0")
    if alignment.template and (len(alignment.template) != 5 or len(set(alignment.template)) == 1):
        raise ValueError("the template of the alignment must be five points that lie apart")
    if any(abs(place) > 2 for point in alignment.template for place in point):
        raise ValueError("the template of the alignment is in fractions of the chip's width and height, not in pixels")


def _check_age(head: AgeHead) -> None:
    if head.width <= 0:
        raise ValueError(f"the age head of the kind {head.kind} does not say what its numbers stand for")
    if not head.factor > 0:
        raise ValueError(f"the factor of the age is {head.factor}, not above 0")
    if not set(head.groups) <= set(AGE_GROUPS):
        raise ValueError(f"the age groups must be of {', '.join(AGE_GROUPS)}; give other ones as years")
    if head.kind == "groups" and len(head.years) != len(head.groups):
        raise ValueError(f"there are {len(head.groups)} age groups and {len(head.years)} years, one for each is wanted")
    if head.kind == "distribution" and any(map(operator.ge, head.years, head.years[1:])):
        raise ValueError("the years of the age do not ascend")
