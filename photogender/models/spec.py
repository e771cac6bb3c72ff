"""Models as data: one TOML file per model in ``models/``, read into frozen records.

A spec says where a network's file is, its hash, what goes in and what comes out. Only specs know label
orders, means and crops. The specs of models that a user added are in the user's models folder, beside the files.
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
    """The input of a network: ``(pixel - mean) * scale``, float32, batch × 3 × height × width."""

    name: str
    channels: Literal["RGB", "BGR"]
    mean: tuple[float, float, float]
    """In the order of ``channels``, on a 0-255 scale."""
    scale: float
    size: tuple[int, int] | None = None
    """Width and height in pixels; None if the network takes any multiple of its stride."""
    chip: tuple[int, int] | None = None
    """Width and height at which a face is cropped, if larger than ``size``: the network then sees the centre."""
    detail: float = 1.0
    """Pixels of the decoded photo per pixel of the chip, along an axis, above which the answers no longer improve.
    A photo decoded with fewer is decoded again at a larger scale."""
    make_dynamic: bool = False
    """The file fixes batch and size although the network does not need it: make them dynamic when loading."""

    @property
    def crop(self) -> tuple[int, int] | None:
        """Width and height of the chips: ``chip``, or else ``size``."""
        return self.chip or self.size


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a face is cropped: aligned by its landmarks, or by its box. Exactly one of the first two is given."""

    template: tuple[Point, ...] = ()
    """Where the five landmarks belong, as fractions of the chip's width and height."""
    box: float | None = None
    """The chip is an upright square about the box's centre, this many times its longer side."""
    sampling: Literal["smooth", "opencv"] = "smooth"
    """``smooth``: large faces are averaged, the photo's edge is repeated. ``opencv``: bilinear at single points and
    black beyond the edge, as ``cv2.warpAffine`` does, for networks that were trained on such crops."""


@dataclass(frozen=True, slots=True)
class GenderHead:
    """An output for gender: two numbers, or one with ``sigmoid``."""

    output: str
    labels: tuple[Gender, Gender]
    kind: Literal["probabilities", "logits", "sigmoid"] = "probabilities"
    """``sigmoid``: one number, the probability of the second label."""
    columns: tuple[int, int] | None = None
    """First column of the output to use, and the one after the last; None: all."""
    weight: float = 1.0
    """Factor of its log-odds. If several networks of a model give the gender, the weighted log-odds are added."""

    @property
    def width(self) -> int:
        """Numbers per face."""
        return 1 if self.kind == "sigmoid" else 2


@dataclass(frozen=True, slots=True)
class AgeHead:
    """An output for age."""

    output: str
    kind: Literal["distribution", "regression", "pairs", "groups"] = "distribution"
    """``distribution``: a probability for each of ``years``. ``regression``: the years themselves, divided by
    ``factor``. ``pairs``: pairs of logits, the n-th for "n years or younger" and "older". ``groups``: a probability
    for each of ``groups``."""
    years: tuple[float, ...] = ()
    """``distribution``: the age in years each probability stands for, ascending. ``groups``: the same of each group."""
    factor: float = 1.0
    pairs: int = 0
    groups: tuple[str, ...] = ()
    """Names from ``photogender.labels.AGE_GROUPS``, in the order of the output."""
    softmax: bool = False
    """The output is logits."""
    columns: tuple[int, int] | None = None
    """As in ``GenderHead``."""

    @property
    def width(self) -> int:
        """Numbers per face."""
        return {"distribution": len(self.years), "regression": 1, "pairs": 2 * self.pairs, "groups": len(self.groups)}[
            self.kind
        ]


@dataclass(frozen=True, slots=True)
class DescriptorHead:
    """An output whose numbers are nearly the same for two faces of one person."""

    output: str
    size: int
    """Numbers per face."""
    near: float
    """Euclidean distance up to which two faces count as one person's; groups are made with it."""
    unit: bool = False
    """Scale the numbers of each face to the length 1 before they are compared."""

    @property
    def width(self) -> int:
        """Numbers per face."""
        return self.size


@dataclass(frozen=True, slots=True)
class Net:
    """One file and how to use it."""

    file: ModelFile
    input: NetInput
    alignment: Alignment | None = None
    gender: GenderHead | None = None
    age: AgeHead | None = None
    descriptor: DescriptorHead | None = None


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How a detector is run; pixels are those of the network's input."""

    kind: str
    """How its outputs are read: one of ``photogender.faces.detect.detector.KINDS``."""
    sides: tuple[int, ...]
    """Long sides of the passes, ascending; each further pass runs only where the last found faces too small for it."""
    whole_picture: int
    """Pictures up to this long side get a second pass with all their pixels."""
    small_picture: int
    """Pictures up to this long side always get two passes; decoding them is fast."""
    least_side: int
    """Smaller pictures are enlarged to this long side."""
    close_side: int
    """Long side of the last pass, when nothing was found: for faces that fill the picture."""
    small_face: int
    """Side of a face below which it is too small for a pass."""
    hint: float
    """Score from which a face that is too small is worth a further pass."""
    decode_side: int
    """Long side to which a photo should be decoded at least."""
    confidence: float
    """Lowest score that counts as a face."""
    overlap: float
    """Intersection over union above which the weaker of two boxes is dropped."""
    faint: float = 0.0
    """If no face is found, the best candidates with at least this score, lower than ``hint``, get a closer look."""
    window_side: int = 0
    """Long side that the whole picture would have in that closer look. 0: there is no such look."""
    turn_side: int = 0
    """Long side of the small pictures in which the other three turns are tried. 0: they are not."""
    sure: float = 1.0
    """They are tried if no upright face has this score."""
    whole_pixels: bool = False
    """Compare boxes cut down to whole pixels, as OpenCV does."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Accuracy of a model on annotated faces in one range of true ages; shares are 0 to 1."""

    ages: str
    """One of ``AGE_GROUPS``, or ``all``."""
    faces: int
    found: float
    """Share found by the default detector."""
    gender: float
    """Share of all faces with the right gender; a face that was not found counts as wrong."""
    age_off: float
    """Mean absolute error of the age in years, over the faces found."""
    age_group: float
    """Share with the right age group, of the faces whose true age is in one; not found counts as wrong."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as a user names it: a detector, the networks that together give age and gender, or one that tells
    whether two faces are alike."""

    name: str
    task: Literal["detect", "age-gender", "descriptor"]
    title: str
    licence: str
    free: bool
    """The licence allows everybody every use."""
    source: str
    accuracy: str
    """As measured, with the command that measures it."""
    nets: tuple[Net, ...]
    detector: DetectorSettings | None = None
    measured: tuple[Measured, ...] = ()
    """``accuracy`` by age, if it was measured."""
    tested: tuple[tuple[str, str], ...] = ()
    """What it reached on named test sets, each a column of ``models list``: the set, and a short text.

    Of a detector, the faces found; otherwise the share of right genders and, if it is known, the mean error in years.
    """

    @property
    def sha256(self) -> str:
        """The hash of the file; if there are several, the hash of their hashes."""
        hashes = [net.file.sha256 for net in self.nets]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def fingerprint(specs: tuple[ModelSpec, ...], settings: dict[str, float]) -> str:
    """A short text that changes whenever the results for a photo could change.

    It covers the files' hashes, everything in the specs that affects inference, and the scan settings that decide
    which faces are kept. It does not cover titles, licences, measured accuracies and how to install a file.
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
