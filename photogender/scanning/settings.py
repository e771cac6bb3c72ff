"""What a scan can be told, and what it finds to do."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, MIN_FACE
from photogender.runtime.device import Device


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
    missing_roots: tuple[str, ...]
