"""Models as data: one TOML file per model in ``models/``, read into frozen records.

A spec says where the network's file is, what it must hash to, what goes in and what comes out; it is
the only place that knows a label order, a mean or a crop. Those of models that a user added lie in the
user's models folder, beside the files.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

from photogender.labels import Gender
from photogender.models.file import ModelFile
from photogender.records import Point


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
