"""The scan: photos are examined on worker threads, classified and recorded window by window on the caller's.

A *window* of photos is the group whose faces are batched, the transaction, the most a crash can
lose, and the progress step. There is no other state: a scan that was stopped is simply run again.
"""

import os
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from pathlib import Path

from photogender import __version__
from photogender.catalog.catalog import Catalog, Known
from photogender.catalog.gone import gone_photos
from photogender.catalog.recorder import ModelInfo, Recorder, ScanInfo
from photogender.errors import ModelError, PhotogenderError
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, MIN_FACE
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec, fingerprint
from photogender.photos.ignore import IGNORE_FILE
from photogender.photos.walk import Folder, walk
from photogender.records import Outcome, Photo
from photogender.runtime.device import Device, Granted, choose_device
from photogender.scanning.batches import examined_photos, photos_at_once
from photogender.scanning.roots import remember_roots, remembered_exclude
from photogender.scanning.worker import Cropped, Examined, Examiner, Gone, Job

WINDOW = 8
"""Photos; small, so that the nets work while the next photos are decoded: on a CPU larger batches gain nothing."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What a scan can be told; the defaults are what ``photogender scan`` does."""

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
    """Look at each photo once, at a square of this many pixels; None: as small and as often as it pays."""
    oversample: bool = False
    """Average the age/gender model's answers to several views of a face."""
    half: bool = False
    """Compute in half precision."""
    batch_size: int | None = None
    """Photos whose faces are found at once; None: one on a CPU, on a device as many as its memory holds."""
    force: bool = False
    """Look again at photos that are current."""
    retry_skipped: bool = False
    """Look again at unchanged files that could not be read as pictures."""
    limit: int | None = None
    """Look at no more than this many photos."""
    crops: Path | None = None
    """Folder for a picture of each face, named by the face's id."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a scan would find to do."""

    photos: int
    """To be looked at, ``limit`` applied."""
    unchanged: int
    outdated: int
    """Of ``photos``: unchanged files whose results came from other models or settings."""
    found: int
    """Of ``outdated``: those whose faces need not be found again, since only the age/gender model is another."""
    others: Counter[str]
    """Files that are no photos, by extension."""
    problems: tuple[str, ...]
    missing_roots: tuple[str, ...]


class Scan:
    """A scan of some folders into a catalog: ``survey`` says what there is to do, ``run`` does it."""

    def __init__(self, paths: Iterable[str | Path], catalog: Catalog, settings: ScanSettings | None = None) -> None:
        """Prepare; nothing is walked, opened or loaded yet.

        Raises:
            ModelError: A model's spec cannot be read.
            RuntimeMissingError: The device that is asked for by its name is not available.
        """
        self.settings = settings or ScanSettings()
        if self.settings.device not in ("auto", "cpu"):  # for which ONNX Runtime need not be loaded yet
            choose_device(self.settings.device)
        self.roots = tuple(os.path.abspath(path) for path in paths)
        self._exclude = self.settings.exclude or remembered_exclude(catalog, self.roots)
        self._catalog = catalog
        self.detector = _spec(self.settings.detector, "detect")
        self.model = _spec(self.settings.model, "age-gender")
        finds = _given(self.settings, "min_face", "confidence", "detector_size", "half")
        self._decides = finds | _given(self.settings, "oversample")
        self._detection = fingerprint((self.detector,), finds)
        self._fingerprint = fingerprint((self.detector, self.model), self._decides)

    def survey(self) -> Survey:
        """Walk, and compare with the catalog; no photo is opened."""
        photos = unchanged = outdated = found = 0
        others: Counter[str] = Counter()
        problems: list[str] = []
        for folder in walk(self.roots, self._exclude):
            others.update(folder.others)
            problems.extend(folder.problems)
            for _, known, is_current in self._compared(folder):
                unchanged += is_current
                if is_current or photos == self.settings.limit:
                    continue
                photos += 1
                outdated += known is not None
                found += known is not None and self._is_detected(known)
        return Survey(
            photos=photos,
            unchanged=unchanged,
            outdated=outdated,
            found=found,
            others=others,
            problems=tuple(problems),
            missing_roots=tuple(root for root in self.roots if not os.path.lexists(root)),
        )

    def remember(self) -> None:
        """Record which folders are scanned, and what ``exclude`` leaves out of them; ``run`` does so first."""
        remember_roots(self._catalog, self.roots, self.settings.exclude)

    def photos(self) -> Iterator[Photo]:
        """The photos that ``run`` would look at, in its order."""
        return (photo for photo, _ in self._stale())

    def run(self, stop: threading.Event | None = None, tell: Callable[[str], None] | None = None) -> Iterator[Outcome]:
        """Look at what is not current; yield each photo's outcome once it is in the catalog.

        ``stop``, once set, lets the photos in hand be finished and recorded. ``tell`` gets a sentence
        where the device is not what one would expect.

        Raises:
            ModelError: A model's file is missing or altered.
            RuntimeMissingError: ONNX Runtime or the device cannot be had.
            CatalogError: The catalog cannot be written; what was yielded before is in it.
        """
        stop = stop or threading.Event()
        self.remember()
        gone: Gone = defaultdict(list)
        work = self._work(gone)
        first = next(work, None)
        if first is None:
            return  # no model is loaded for nothing
        device, remark = choose_device(self.settings.device)
        if remark and tell:
            tell(remark)
        settings = self.settings
        classifier = Classifier(self.model, device, oversample=settings.oversample, half=settings.half)
        detector = Detector(self.detector, device, settings.confidence, settings.detector_size, settings.half)
        examine = Examiner(
            detector=detector,
            nets=self.model.nets,
            min_face=self.settings.min_face,
            with_portraits=self.settings.crops is not None,
            accept=None if self.settings.force else self._fingerprint,
            gone=gone,
        )
        recorder = Recorder(self._catalog, self.info(device))
        workers = settings.workers or os.cpu_count() or 1
        batch = settings.batch_size or (1 if device == "cpu" else photos_at_once(detector, device))
        jobs = takewhile(lambda _: not stop.is_set(), chain([first], work))
        examined = examined_photos(examine, jobs, workers, batch)
        with closing(examined):
            while window := list(islice(examined, max(WINDOW, batch))):
                crops = [crop for item in window if isinstance(item, Cropped) for crop in item.crops]
                predictions = iter(classifier.classify(crops))
                outcomes = [item.tagged(predictions) if isinstance(item, Cropped) else item for item in window]
                face_ids = recorder.save(outcomes)
                if self.settings.crops:
                    _save_portraits(self.settings.crops, window, face_ids)
                yield from outcomes
        recorder.end("interrupted" if stop.is_set() else "complete")

    def _work(self, gone: Gone) -> Iterator[Job]:
        """What is not current; before the first new or changed file, fills ``gone`` with what it may once have been."""
        looked = False
        for photo, known in self._stale():
            if known is None and not looked:
                looked = True
                for place in gone_photos(self._catalog):
                    if place.content_hash:
                        gone[place.content_hash].append(place)
            faces = tuple(self._catalog.boxes(photo.path)) if known and self._is_detected(known) else None
            yield Job(photo, faces)

    def _stale(self) -> Iterator[tuple[Photo, Known | None]]:
        """The photos to look at, ``limit`` applied, each with what the catalog holds of this very file."""
        compared = (each for folder in walk(self.roots, self._exclude) for each in self._compared(folder))
        stale = ((photo, known) for photo, known, is_current in compared if not is_current)
        return islice(stale, self.settings.limit)

    def _compared(self, folder: Folder) -> Iterator[tuple[Photo, Known | None, bool]]:
        """A folder's photos: what the catalog holds of each as the very file it is, and whether that is current."""
        known = self._catalog.known(folder.path)
        for photo in folder.photos:
            found = known.get(photo.path)
            if found is not None and (photo.size, photo.mtime_ns) != (found.size, found.mtime_ns):
                found = None
            yield photo, found, found is not None and self._accepts(found)

    def _is_detected(self, known: Known) -> bool:
        """Whether the faces of an unchanged file are known as this scan would find them."""
        return known.detection == self._detection and not known.skipped_stage and not self.settings.force

    def _accepts(self, known: Known) -> bool:
        """Whether what the catalog holds of an unchanged file is good as it is."""
        if self.settings.force or known.skipped_stage == "read":
            return False  # what could not be read says nothing of the content: always try again
        if self.settings.retry_skipped and known.skipped_stage:
            return False
        return known.fingerprint == self._fingerprint

    def info(self, device: Granted) -> ScanInfo:
        """How the catalog will describe this scan on a device."""
        return ScanInfo(
            roots=self.roots,
            version=__version__,
            device=device,
            settings=self._decides,
            fingerprint=self._fingerprint,
            detection=self._detection,
            detector=model_info(self.detector),
            model=model_info(self.model),
        )


def scan(paths: Iterable[str | Path], catalog: Catalog, settings: ScanSettings | None = None) -> Iterator[Outcome]:
    """Scan folders and photos into a catalog that is open for writing; yields each photo's outcome once it is saved.

    Only what is new or changed is looked at. Closing the iterator early is safe: the next scan goes on.

    Raises:
        PhotogenderError: As ``Scan`` and ``Scan.run``.
    """
    return Scan(paths, catalog, settings).run()


def model_info(spec: ModelSpec) -> ModelInfo:
    """What the catalog keeps of a model."""
    return ModelInfo(spec.name, spec.task, spec.sha256, spec.title, spec.licence, spec.source)


def _spec(name: str, task: str) -> ModelSpec:
    spec = load_spec(name)
    if spec.task != task:
        wanted = "a detector" if task == "detect" else "an age/gender model"
        raise ModelError(f"The model {name} is not {wanted}.", "See them with: photogender models list")
    return spec


def _given(settings: ScanSettings, *names: str) -> dict[str, float]:
    """Of some settings that decide the answers those that are not left to the default."""
    values = {name: getattr(settings, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None and value is not False}


def _save_portraits(folder: Path, window: list[Examined], face_ids: list[list[int]]) -> None:
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            # Faces of photos are not photos: a scan of a folder around this one must not count them again.
            (folder / IGNORE_FILE).write_text("# photogender scan --crops wrote these pictures of faces.\n*\n")
        for item, ids in zip(window, face_ids, strict=True):
            if isinstance(item, Cropped):
                for face_id, picture in zip(ids, item.portraits, strict=True):
                    picture.save(folder / f"{face_id}.jpg", quality=90)
    except OSError as error:
        raise PhotogenderError(
            f"The face pictures cannot be written to {folder}: {error.strerror or error}.",
            "The results are in the catalog. Choose another folder with --crops DIR and add --force.",
        ) from error
