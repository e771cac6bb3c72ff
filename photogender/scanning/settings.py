"""What a scan can be told, and what it finds to do."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from photogender.errors import ModelError
from photogender.faces.detect.detector import check_size
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, MIN_FACE
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec, fingerprint
from photogender.runtime.device import Device, choose_device
from photogender.scanning.shard import Shard


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """The options of a scan; the defaults are those of ``photogender scan``."""

    detector: str = DEFAULT_DETECTOR
    model: str = DEFAULT_MODEL
    exclude: tuple[str, ...] = ()
    """Patterns in gitignore syntax, relative to each root; empty: those of the last scan that had any."""
    device: Device = "auto"
    """As ``photogender.runtime.device.choose_device`` takes it."""
    workers: int | None = None
    """Decoding threads; None: one a core."""
    min_face: float = MIN_FACE
    """Pixels of the full-size photo, shorter side of the box."""
    confidence: float | None = None
    """Lowest detector score, 0 to 1; None: the detector's own default."""
    detector_size: int | None = None
    """One detector pass at a square of this many pixels; None: as many passes as pay, as small as possible."""
    oversample: bool = False
    """Average the age/gender model's answers to several views of a face."""
    half: bool = False
    """Compute in half precision."""
    batch_size: int | None = None
    """Photos whose faces are found at once; None: one on a CPU, on a device as many as its memory holds."""
    force: bool = False
    """Examine unchanged photos as well."""
    retry_skipped: bool = False
    """Try unchanged files again that could not be decoded."""
    limit: int | None = None
    """Examine at most this many photos."""
    shard: Shard | None = None
    """Examine a share of the photos only."""
    crops: Path | None = None
    """Folder for a picture of each face, named by the face's id."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a scan has to do."""

    photos: int
    """To be examined, ``limit`` applied."""
    unchanged: int
    outdated: int
    """Of ``photos``: unchanged files whose results are of other models or settings, or that ``force`` asks for."""
    found: int
    """Of ``outdated``: those whose faces need not be detected again, since only the age/gender model is another."""
    retried: int
    """Of ``photos``: unchanged files that could not be read or decoded; they come last."""
    others: Counter[str]
    """Files that are not photos, by extension."""
    problems: tuple[str, ...]
    idle_patterns: tuple[str, ...]
    """Patterns of ``exclude`` that left out nothing."""
    missing_roots: tuple[str, ...]


def chosen_models(settings: ScanSettings) -> tuple[ModelSpec, ModelSpec]:
    """The detector and the age/gender model of a scan, if it can begin with these settings; no file is read.

    Raises:
        ModelError: A model's spec cannot be read or is of another task, one of its files is not there, or the
            detector's size is not possible.
        RuntimeMissingError: The named device is not available.
    """
    if settings.device not in ("auto", "cpu"):  # these two need no ONNX Runtime yet
        choose_device(settings.device)
    check_size(settings.detector_size)
    return _spec(settings.detector, "detect"), _spec(settings.model, "age-gender")


class Decided(NamedTuple):
    """What decides the results of a scan."""

    settings: dict[str, float]
    """That differ from the default."""
    fingerprint: str
    """Of the models and settings."""
    detection: str
    """Of the detector and its settings alone."""


def decided(settings: ScanSettings, detector: ModelSpec, model: ModelSpec) -> Decided:
    """What decides the results of a scan with these settings and models."""
    finds = _given(settings, "min_face", "confidence", "detector_size", "half")
    decides = finds | _given(settings, "oversample")
    return Decided(decides, fingerprint((detector, model), decides), fingerprint((detector,), finds))


def _given(settings: ScanSettings, *names: str) -> dict[str, float]:
    """The named settings that differ from the default; they decide the results."""
    values = {name: getattr(settings, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None and value is not False}


def _spec(name: str, task: str) -> ModelSpec:
    spec = load_spec(name)
    if spec.task != task:
        wanted = "a detector" if task == "detect" else "an age/gender model"
        raise ModelError(f"The model {name} is not {wanted}.", "See them with: photogender models list")
    for net in spec.nets:
        net.file.require()
    return spec
