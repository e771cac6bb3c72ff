"""The scan: photos are examined on worker threads, classified and recorded window by window on the caller's.

A *window* of photos is the group whose faces are batched, the transaction, the most a crash can
lose, and the progress step. There is no other state: a scan that was stopped is simply run again.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import lru_cache, partial
from itertools import chain, islice, takewhile
from pathlib import Path

from photogender import __version__
from photogender.catalog.catalog import Catalog
from photogender.catalog.edits import follow, open_edits, tidy
from photogender.catalog.gone import refresh_places
from photogender.catalog.identity import Identity, folder_identity
from photogender.catalog.places import Known, known_files, originals, put_folders, scanned_identity
from photogender.catalog.recorder import ModelInfo, Recorder, ScanInfo
from photogender.errors import ModelError
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec, fingerprint
from photogender.photos.walk import Folder, walk
from photogender.records import Outcome, Photo, Skipped
from photogender.runtime.device import Granted, choose_device
from photogender.scanning.batches import examined_photos, photos_at_once
from photogender.scanning.edited import same_after_edit
from photogender.scanning.portraits import save_portraits
from photogender.scanning.roots import remember_roots, remembered_exclude
from photogender.scanning.settings import ScanSettings, Survey
from photogender.scanning.worker import Cropped, Examiner, Job

WINDOW = 8
"""Photos; small, so that inference overlaps with decoding the next photos; on a CPU larger batches gain nothing."""


class Scan:
    """A scan of some folders into a catalog: ``survey`` counts what there is to do, ``run`` does it."""

    def __init__(self, paths: Iterable[str | Path], catalog: Catalog, settings: ScanSettings | None = None) -> None:
        """Prepare a scan; nothing is walked, opened or loaded yet.

        Raises:
            ModelError: A model's spec cannot be read.
            RuntimeMissingError: The named device is not available.
        """
        self.settings = settings or ScanSettings()
        if self.settings.device not in ("auto", "cpu"):  # these two need no ONNX Runtime yet
            choose_device(self.settings.device)
        named = [os.path.abspath(path) for path in paths]
        self.roots = tuple(os.path.realpath(path) for path in named)
        self._given_exclude = tuple(_without_link(pattern, named) for pattern in self.settings.exclude)
        self._exclude = self._given_exclude or remembered_exclude(catalog, self.roots)
        self.unreached = 0
        """After ``run``: photos that ``survey`` counted and that were not there to be examined."""
        self.problems: list[str] = []
        """After ``run``: sentences about folders that could not be listed any more."""
        self._expected: int | None = None
        self._catalog = catalog
        self._folders: dict[str, Identity] = {}
        self._originals = lru_cache(maxsize=4)(partial(originals, catalog))
        self.detector = _spec(self.settings.detector, "detect")
        self.model = _spec(self.settings.model, "age-gender")
        finds = _given(self.settings, "min_face", "confidence", "detector_size", "half")
        self._decides = finds | _given(self.settings, "oversample")
        self._detection = fingerprint((self.detector,), finds)
        self._fingerprint = fingerprint((self.detector, self.model), self._decides)

    def survey(self, show: Callable[[int], None] | None = None) -> Survey:
        """Walk, and compare with the catalog; no photo is opened. ``show`` gets the number of photos found so far."""
        counts: Counter[str] = Counter()
        others: Counter[str] = Counter()
        problems: list[str] = []
        for folder in walk(self.roots, self._exclude):
            others.update(folder.others)
            problems.extend(folder.problems)
            stale = self._stale_in(folder)
            counts["unchanged"] += len(folder.photos) - len(stale)
            for _, known in stale:
                counts["new" if known is None else self._kind(known)] += 1
            if show:
                show(counts.total())
        left = sum(counts.values()) - counts["unchanged"] if self.settings.limit is None else self.settings.limit
        # In the order of the work; only an estimate of which of the unchanged ones a limit leaves out.
        taken = {}
        for kind in ("new", "outdated", "found", "retried"):
            taken[kind] = min(counts[kind], left)
            left -= taken[kind]
        self._expected = sum(taken.values())
        return Survey(
            photos=self._expected,
            unchanged=counts["unchanged"],
            outdated=taken["outdated"] + taken["found"],
            found=taken["found"],
            retried=taken["retried"],
            others=others,
            problems=tuple(problems),
            missing_roots=tuple(root for root in self.roots if not os.path.lexists(root)),
        )

    def remember(self) -> None:
        """Record which folders are scanned, and what ``exclude`` leaves out of them; ``run`` does so first."""
        remember_roots(self._catalog, self.roots, self._given_exclude)

    def photos(self) -> Iterator[Photo]:
        """The photos that ``run`` would examine, in its order."""
        return (photo for photo, _ in self._stale())

    def run(self, stop: threading.Event | None = None, tell: Callable[[str], None] | None = None) -> Iterator[Outcome]:
        """Examine what is not current; yield each photo's outcome once it is in the catalog.

        Once ``stop`` is set, photos that were begun are finished and recorded. ``tell`` gets a sentence
        if the device is not the expected one.

        Raises:
            ModelError: A model's file is missing or altered.
            RuntimeMissingError: ONNX Runtime or the device is not available.
            CatalogError: The catalog cannot be written; what was yielded before is in it.
        """
        stop = stop or threading.Event()
        self.remember()
        self.problems.clear()
        work = self._work()
        first = next(work, None)
        if first is None:  # load no model if there is nothing to do
            self.unreached = self._expected or 0
            self.settle()
            return
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
        )
        recorder = Recorder(self._catalog, self.info(device))
        workers = settings.workers or os.cpu_count() or 1
        batch = settings.batch_size or (1 if device == "cpu" else photos_at_once(detector, device))
        jobs = takewhile(lambda _: not stop.is_set(), chain([first], work))
        examined = examined_photos(examine, jobs, workers, batch)
        reached = 0
        with closing(examined):
            while window := list(islice(examined, max(WINDOW, batch))):
                crops = [crop for item in window if isinstance(item, Cropped) for crop in item.crops]
                predictions = iter(classifier.classify(crops))
                outcomes = [item.tagged(predictions) if isinstance(item, Cropped) else item for item in window]
                face_ids = recorder.save(outcomes)
                if self.settings.crops:
                    save_portraits(self.settings.crops, window, face_ids)
                reached += sum(not (isinstance(item, Skipped) and item.stage == "gone") for item in outcomes)
                yield from outcomes
        if stop.is_set():
            recorder.end("interrupted")
            return
        self.unreached = max((self._expected or 0) - reached, 0)
        self.settle()
        recorder.end("incomplete" if self.unreached else "complete")

    def settle(self) -> None:
        """Finish once all files are known: corrections follow to edited photos, moved photos lose their old places."""
        put_folders(self._catalog, self._folders.items())
        self._folders.clear()
        refresh_places(self._catalog)
        for edit in open_edits(self._catalog):
            follow(self._catalog, edit, same_after_edit(edit))
        if not self.unreached and self.settings.limit is None:
            tidy(self._catalog)

    def _work(self) -> Iterator[Job]:
        for photo, known in self._stale():
            faces = tuple(self._catalog.boxes(photo.path)) if known and self._is_detected(known) else None
            is_hashed = known is None and not self.settings.force
            yield Job(photo, self._originals(photo.size, self._fingerprint) if is_hashed else {}, faces)

    def _stale(self) -> Iterator[tuple[Photo, Known | None]]:
        """The photos to examine, ``limit`` applied, each with what the catalog knows of this very file."""
        return islice(self._in_order(), self.settings.limit)

    def _in_order(self) -> Iterator[tuple[Photo, Known | None]]:
        """New and outdated photos as they are found; those that failed before last, so that a limit gets past them."""
        retried: list[tuple[Photo, Known | None]] = []
        for folder in walk(self.roots, self._exclude):
            self.problems.extend(folder.problems)
            for photo, known in self._stale_in(folder):
                if known is not None and known.skipped_stage:
                    retried.append((photo, known))
                else:
                    yield photo, known
        yield from retried

    def _stale_in(self, folder: Folder) -> list[tuple[Photo, Known | None]]:
        """The photos of a folder that are not current, each with what the catalog knows of this very file."""
        known = known_files(self._catalog, folder.path)
        self._notice(folder, known)
        stale: list[tuple[Photo, Known | None]] = []
        for photo in folder.photos:
            found = known.get(photo.path)
            if found is None or photo[2:5] != found[1:4]:  # size and times
                stale.append((photo, None))
            elif not self._accepts(found):
                stale.append((photo, found))
        return stale

    def _notice(self, folder: Folder, known: Mapping[str, Known]) -> None:
        """Remember which folder this is, unless it may be the mount point of a drive that is not connected."""
        identity = folder_identity(folder.path) if folder.is_listed else None
        before = scanned_identity(self._catalog, folder.path)
        if identity is None or identity == before:
            return
        there = sum(photo.path in known for photo in folder.photos)
        if before is None or there * 2 > len(known):
            self._folders[folder.path] = identity

    def _kind(self, known: Known) -> str:
        """Why an unchanged file is not current."""
        if known.skipped_stage:
            return "retried"
        return "found" if self._is_detected(known) else "outdated"

    def _is_detected(self, known: Known) -> bool:
        """Whether the faces of an unchanged file are known as this scan would detect them."""
        return known.detection == self._detection and not known.skipped_stage and not self.settings.force

    def _accepts(self, known: Known) -> bool:
        """Whether the results of an unchanged file are good as they are."""
        if self.settings.force or known.skipped_stage == "read":
            return False  # a read error says nothing about the content: always try again
        if self.settings.retry_skipped and known.skipped_stage:
            return False
        return known.fingerprint == self._fingerprint

    def info(self, device: Granted) -> ScanInfo:
        """The catalog's description of this scan on a device."""
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

    Only new and changed photos are examined. Closing the iterator early is safe: the next scan resumes.

    Raises:
        PhotogenderError: As ``Scan`` and ``Scan.run``.
    """
    return Scan(paths, catalog, settings).run()


def model_info(spec: ModelSpec) -> ModelInfo:
    """What the catalog keeps of a model."""
    return ModelInfo(spec.name, spec.task, spec.sha256, spec.title, spec.licence, spec.source)


def _without_link(pattern: str, roots: Iterable[str]) -> str:
    """Rewrite an absolute pattern below a root that is a link to the folder that the link points to."""
    for root in roots:
        if pattern.startswith(os.path.join(root, "")):
            return os.path.realpath(root) + pattern[len(root.rstrip("/")) :]
    return pattern


def _spec(name: str, task: str) -> ModelSpec:
    spec = load_spec(name)
    if spec.task != task:
        wanted = "a detector" if task == "detect" else "an age/gender model"
        raise ModelError(f"The model {name} is not {wanted}.", "See them with: photogender models list")
    return spec


def _given(settings: ScanSettings, *names: str) -> dict[str, float]:
    """The named settings that differ from the default; they decide the results."""
    values = {name: getattr(settings, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None and value is not False}
