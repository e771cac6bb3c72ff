"""Where the time of a scan goes on this machine, with a person's own photos."""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.recorder import Recorder
from photogender.errors import DecodeError, PhotogenderError
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.photos.file import open_photo
from photogender.photos.walk import walk
from photogender.records import Photo
from photogender.runtime.device import choose_device
from photogender.scanning.scan import Scan
from photogender.scanning.settings import ScanSettings
from photogender.scanning.worker import Cropped, Examiner, Job

STAGES = ("read", "decode", "detect", "crop", "classify", "record")
"""``read`` is the file and its hash; ``crop`` with the second decode that small faces need."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured."""

    photos: int
    """Pictures; files that could not be decoded are left out."""
    faces: int
    megapixels: float
    """Of a picture on the average."""
    stages: dict[str, float]
    """Seconds of all photos together, one after the other on one thread, by ``STAGES``."""
    seconds: float
    """A real scan of the same photos into an empty catalog; the loading of models is left out."""
    workers: int
    device: str

    @property
    def rate(self) -> float:
        """Photos a second of the scan."""
        return self.photos / self.seconds

    @property
    def bound(self) -> float:
        """Photos a second if the stages ran on all workers at once and nothing else took time."""
        return self.workers * self.photos / sum(self.stages.values())

    @property
    def bottleneck(self) -> str:
        """The stage that takes most of the time."""
        return max(self.stages, key=lambda name: self.stages[name])


def some_photos(paths: Sequence[str], number: int) -> list[Photo]:
    """At most so many photos, from all over some folders.

    Raises:
        PhotogenderError: There are none.
    """
    found = [photo for folder in walk(tuple(paths)) for photo in folder.photos]
    if not found:
        raise PhotogenderError("There are no photos there.", "Name a folder with photos.")
    return found[:: max(1, len(found) // number)][:number]


def bench(photos: Sequence[Photo], settings: ScanSettings) -> Bench:
    """Time the stages and a scan of some photos; nothing is kept, and no catalog is touched.

    Raises:
        PhotogenderError: None of them is a picture, or as ``Scan`` and ``Scan.run``.
    """
    device, _ = choose_device(settings.device)
    clock = _Clock()
    with _empty_catalog() as catalog:
        scan = Scan([photo.path for photo in photos], catalog, settings)
        with clock.timing("load"):
            detector = Detector(scan.detector, device, settings.confidence, settings.detector_size, settings.half)
            classifier = Classifier(scan.model, device, oversample=settings.oversample, half=settings.half)
        examine = Examiner(detector, scan.model.nets, settings.min_face, False)
        examined = [item for photo in photos if (item := _examined(photo, examine, clock))]
        if not examined:
            raise PhotogenderError("None of these files is a picture that can be read.", "Name a folder with photos.")
        crops = [crop for item in examined for crop in item.crops]
        with clock.timing("classify"):
            predictions = iter(classifier.classify(crops))
        outcomes = [item.tagged(predictions) for item in examined]
        with clock.timing("record"):
            Recorder(catalog, scan.info(device)).save(outcomes)
    with _empty_catalog() as catalog, clock.timing("scan"):
        list(Scan([item.photo.path for item in examined], catalog, settings).run())
    return Bench(
        photos=len(examined),
        faces=len(crops),
        megapixels=sum(item.facts.width * item.facts.height for item in examined) / 1e6 / len(examined),
        stages={name: clock.seconds[name] for name in STAGES},
        seconds=max(clock.seconds["scan"] - clock.seconds["load"], 1e-9),
        workers=settings.workers or os.cpu_count() or 1,
        device=device,
    )


class _Clock:
    """Seconds by name, added up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def _examined(photo: Photo, examine: Examiner, clock: _Clock) -> Cropped | None:
    """One photo as a worker examines it; the time of its first steps is taken by doing them once more."""
    steps = _Clock()
    try:
        with open_photo(photo) as file:
            with steps.timing("read"):
                _ = file.content_hash
            with steps.timing("decode"):
                image = file.decode(examine.detector.decode_side(file.facts.width, file.facts.height))
        with steps.timing("detect"):
            examine.detector.detect(image.pixels)
        with steps.timing("whole"):
            item = examine(Job(photo))
    except DecodeError:
        return None
    if not isinstance(item, Cropped):
        return None
    whole = steps.seconds.pop("whole")
    steps.seconds["crop"] = max(whole - sum(steps.seconds.values()), 0.0)
    for name, seconds in steps.seconds.items():
        clock.seconds[name] += seconds
    return item


@contextmanager
def _empty_catalog() -> Iterator[Catalog]:
    with tempfile.TemporaryDirectory() as scratch, Catalog(Path(scratch, "catalog.db"), mode="write") as catalog:
        yield catalog
