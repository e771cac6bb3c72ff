"""Models as data: one TOML file per model in ``models/``, read into frozen records.

A spec says where the network's file is, what it must hash to, what goes in and what comes out; it is
the only place that knows a label order, a mean or a crop.
"""

import hashlib
import importlib.metadata
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from photogender.errors import ModelError
from photogender.records import Point

DEFAULT_DETECTOR = "centerface"
DEFAULT_MODEL = "dlib"

_HERE = Path(__file__).parent
# In a wheel the specs lie inside the package, in a checkout beside it.
MODELS_DIR = _HERE / "models" if (_HERE / "models").is_dir() else _HERE.parent / "models"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Where a network's bytes are."""

    distribution: str
    """Name of the installed distribution that carries the file; it is read, never imported."""
    version: str
    path: str
    """Relative to the distribution's site-packages folder."""
    sha256: str
    install: str
    """What to type when it is not there."""

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            ModelError: It is not installed, or its SHA-256 is not the one pinned in the spec.
        """
        try:
            located = importlib.metadata.distribution(self.distribution).locate_file(self.path)
            data = Path(str(located)).read_bytes()
        except (importlib.metadata.PackageNotFoundError, OSError) as error:
            raise ModelError(
                f"{Path(self.path).name} from the package {self.distribution} is not installed.",
                f"Install it with: {self.install}",
            ) from error
        digest = hashlib.sha256(data).hexdigest()
        if digest != self.sha256:
            raise ModelError(
                f"{located} is not the file this version was made for "
                f"(SHA-256 {digest[:12]}…, expected {self.sha256[:12]}…).",
                f"Install it again with: {self.install} --force-reinstall",
            )
        return data


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
    make_dynamic: bool = False
    """The file fixes its batch and size although the net does not need it; free them when loading."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a face is brought into a net's frame: the similarity that best maps its landmarks here."""

    template: tuple[Point, ...]
    """Where the five landmarks belong, as fractions of the chip's width and height."""


@dataclass(frozen=True, slots=True)
class GenderHead:
    """An output of two probabilities."""

    output: str
    labels: tuple[str, str]


@dataclass(frozen=True, slots=True)
class AgeHead:
    """An output that is a probability distribution over ages."""

    output: str
    years: tuple[float, ...]
    """The age in years each probability stands for, ascending."""


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
class ModelSpec:
    """One model as a user names it: a detector, or the nets that together give age and gender."""

    name: str
    task: Literal["detect", "age-gender"]
    title: str
    licence: str
    source: str
    accuracy: str
    """Measured, with the command that measures it."""
    nets: tuple[Net, ...]
    detector: DetectorSettings | None = None

    @property
    def sha256(self) -> str:
        """The hash of the file, or of the files' hashes where there are several."""
        hashes = [net.file.sha256 for net in self.nets]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def load_spec(name: str, folder: Path = MODELS_DIR) -> ModelSpec:
    """The spec called ``name``.

    Raises:
        ModelError: There is no such spec, or it does not say all it must.
    """
    path = folder / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return _model(name, table)
    except FileNotFoundError as error:
        raise ModelError(f"There is no model called {name}.", f"Known: {', '.join(spec_names(folder))}") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ModelError(f"The model spec {path} cannot be used: {error}") from error


def spec_names(folder: Path = MODELS_DIR) -> list[str]:
    """Names of all specs, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


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


def _model(name: str, table: dict[str, Any]) -> ModelSpec:
    prose = {key: table[key] for key in ("task", "title", "licence", "source", "accuracy")}
    detector = _detector(table["detector"]) if "detector" in table else None
    return ModelSpec(name=name, nets=tuple(map(_net, table["nets"])), detector=detector, **prose)


def _detector(table: dict[str, Any]) -> DetectorSettings:
    return DetectorSettings(**{**table, "sides": tuple(table["sides"])})


def _net(table: dict[str, Any]) -> Net:
    given = dict(table["input"])
    size = tuple(given.pop("size")) if "size" in given else None
    mean = tuple(given.pop("mean"))
    gender, age, alignment = table.get("gender"), table.get("age"), table.get("alignment")
    return Net(
        file=ModelFile(**table["file"]),
        input=NetInput(mean=mean, size=size, **given),
        alignment=Alignment(tuple((x, y) for x, y in alignment["template"])) if alignment else None,
        gender=GenderHead(gender["output"], tuple(gender["labels"])) if gender else None,
        age=AgeHead(age["output"], tuple(age["years"])) if age else None,
    )
