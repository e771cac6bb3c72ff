"""The scan: what has to be examined is found, an engine examines it, and its outcomes are recorded window by window.

A *window* of photos is one transaction, the most that a crash can lose, and the progress step. There is no other
state: a scan that was stopped is simply run again.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import chain, islice, takewhile
from pathlib import Path

from photogender import __version__
from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.edits import tidy
from photogender.catalog.pictures.gone import refresh_places
from photogender.catalog.pictures.paths import is_in, rest_in, start_of
from photogender.catalog.pictures.places import Known, Original, originals
from photogender.catalog.pictures.recorder import ModelInfo, Recorder, ScanInfo
from photogender.catalog.pictures.roots import root_patterns
from photogender.catalog.said.corrections_file import attach_imported
from photogender.models.spec import ModelSpec
from photogender.photos.ignore import parse_exclude
from photogender.photos.walk import Folder, walk
from photogender.records import Outcome, Photo, Skipped
from photogender.scanning.comparison import Comparison
from photogender.scanning.edited import follow_edits
from photogender.scanning.engines.engine import Engine, Task
from photogender.scanning.engines.threads import Threads
from photogender.scanning.main_catalog import MainCatalog
from photogender.scanning.portraits import save_portraits
from photogender.scanning.roots import outer_rules, remember_roots, remembered_exclude
from photogender.scanning.settings import ScanSettings, Survey, chosen_models, decided
from photogender.scanning.worker import Job
from photogender.source import absolute, is_remote, problem

SOME = 8
"""Photos that the engine is told of before it begins."""


class Scan:
    """A scan of some folders into a catalog: ``survey`` counts what there is to do, ``run`` does it."""

    def __init__(
        self,
        paths: Iterable[str | Path],
        catalog: Catalog,
        settings: ScanSettings | None = None,
        main: MainCatalog | None = None,
        engine: Engine | None = None,
    ) -> None:
        """Prepare a scan; nothing is walked, opened or loaded yet.

        Args:
            paths: Folders and photos.
            catalog: Where results are recorded.
            settings: None: the defaults.
            main: Another catalog; what it knows is not examined again.
            engine: What examines the photos; None: threads of this process.

        Raises:
            PhotogenderError: As ``check_scan``; or ``main`` was scanned with other models or settings.
        """
        self.settings = settings or ScanSettings()
        self.detector, self.model = chosen_models(self.settings)
        self.roots, self._given_exclude = _places(paths, self.settings)
        patterns = root_patterns(catalog)
        for path, of_main in main.patterns().items() if main else ():
            patterns[path] = patterns.get(path) or of_main
        exclude = self._given_exclude or remembered_exclude(patterns, self.roots)
        self._exclude = parse_exclude(exclude, self.roots)
        self._outer_rules = outer_rules(patterns, self.roots)
        self.unreached = 0
        """After ``run``: photos that ``survey`` counted and that were not there to be examined."""
        self.problems: list[str] = []
        """After ``run``: sentences about folders that could not be listed any more."""
        self._expected: int | None = None
        self._catalog = catalog
        self._main = main
        self._engine = engine or Threads()
        self._originals = lru_cache(maxsize=4)(self._read_originals)
        self._decides, self._fingerprint, self._detection = decided(self.settings, self.detector, self.model)
        if main:
            main.require(self._fingerprint)
        self._comparison = Comparison(catalog, self.settings, self._fingerprint, self._detection, main)

    def survey(self, show: Callable[[int], None] | None = None) -> Survey:
        """Walk, and compare with the catalog; no photo is opened. ``show`` gets the number of photos found so far."""
        counts: Counter[str] = Counter()
        others: Counter[str] = Counter()
        problems: list[str] = []
        for folder in self._walk():
            others.update(folder.others)
            problems.extend(folder.problems)
            stale = self._comparison.stale(folder)
            counts["unchanged"] += len(folder.files) - len(stale)
            for _, known in stale:
                counts["new" if known is None else self._comparison.kind(known)] += 1
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
            idle_patterns=self._idle_patterns(),
            missing_roots=tuple(root for root in self.roots if problem(root)),
        )

    def _walk(self) -> Iterator[Folder]:
        folders = walk(self.roots, self._exclude, self._outer_rules)
        return map(self.settings.shard.of, folders) if self.settings.shard else folders

    def _idle_patterns(self) -> tuple[str, ...]:
        used = {line for patterns in self._exclude.values() for line in patterns.used}
        return tuple(line for line in self._given_exclude if line not in used and not line.startswith("!"))

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
            PhotogenderError: As the engine's ``start`` and ``windows``.
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
        some = [first, *islice(work, SOME - 1)]
        jobs = takewhile(lambda _: not stop.is_set(), chain(some, work))
        task = Task(self.settings, self._fingerprint, self.roots, tuple(job.photo for job in some))
        reached = 0
        try:
            recorder = Recorder(self._catalog, self.info(self._engine.start(task, tell or (lambda _: None))))
            with closing(self._engine.windows(jobs)) as windows:
                for window in windows:
                    face_ids = recorder.save(self._with_results(window.outcomes))
                    if self.settings.crops:
                        save_portraits(self.settings.crops, window.portraits, face_ids)
                    reached += sum(not (isinstance(item, Skipped) and item.stage == "gone") for item in window.outcomes)
                    yield from window.outcomes
        finally:
            self._engine.close()
        if stop.is_set():
            recorder.end("interrupted")
            return
        self.unreached = max((self._expected or 0) - reached, 0)
        self.settle()
        recorder.end("incomplete" if self.unreached else "complete")

    def settle(self) -> None:
        """Finish once all files are known: corrections follow to edited photos, moved photos lose their old places."""
        self._comparison.put_folders()
        refresh_places(self._catalog)
        attach_imported(self._catalog)
        follow_edits(self._catalog)
        if not self.unreached and self.settings.limit is None and self.settings.shard is None:
            tidy(self._catalog)

    def _work(self) -> Iterator[Job]:
        for photo, known in self._stale():
            faces = tuple(self._catalog.boxes(photo.path)) if known and self._comparison.is_detected(known) else None
            is_hashed = known is None and not self.settings.force
            if known and not self.settings.force:
                photo = photo._replace(orientation=known.orientation)
            yield Job(photo, self._originals(photo.size) if is_hashed else {}, faces)

    def _read_originals(self, size: int) -> dict[str, Original]:
        """The pictures of so many bytes, by content hash; those of this catalog before those of the main one."""
        known = self._main.originals(size, self._fingerprint) if self._main else {}
        return known | originals(self._catalog, size, self._fingerprint)

    def _with_results(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Outcomes as they are recorded: this catalog must not need the main one."""
        if self._main is None:
            return outcomes
        return [self._main.with_result(outcome, self._catalog, self._fingerprint) for outcome in outcomes]

    def _stale(self) -> Iterator[tuple[Photo, Known | None]]:
        """The photos to examine, ``limit`` applied, each with what the catalog knows of this very file."""
        return islice(self._in_order(), self.settings.limit)

    def _in_order(self) -> Iterator[tuple[Photo, Known | None]]:
        """New and outdated photos as they are found; those that failed before last, so that a limit gets past them."""
        retried: list[tuple[Photo, Known | None]] = []
        for folder in self._walk():
            self.problems.extend(folder.problems)
            for photo, known in self._comparison.stale(folder):
                if known is not None and known.skipped_stage:
                    retried.append((photo, known))
                else:
                    yield photo, known
        yield from retried

    def info(self, device: str) -> ScanInfo:
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


def check_scan(paths: Iterable[str | Path], settings: ScanSettings) -> None:
    """Refuse what ``Scan`` would refuse, before a catalog is made for it.

    Raises:
        ModelError: As ``chosen_models``.
        RuntimeMissingError: The named device is not available.
        PhotogenderError: A pattern of ``exclude`` is not valid, or an absolute path outside all folders.
    """
    chosen_models(settings)
    roots, exclude = _places(paths, settings)
    parse_exclude(exclude, roots)


def _places(paths: Iterable[str | Path], settings: ScanSettings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folders and photos to scan without links, and the patterns of ``exclude`` that fit them."""
    texts = [os.fspath(path) for path in paths]
    named = [text if is_remote(text) else os.path.abspath(text) for text in texts]
    return tuple(map(absolute, named)), tuple(_without_link(pattern, named) for pattern in settings.exclude)


def _without_link(pattern: str, roots: Iterable[str]) -> str:
    """Rewrite an absolute pattern below a root that is a link to the folder that the link points to."""
    for root in roots:
        if pattern != root and is_in(pattern, root):
            return start_of(absolute(root)) + rest_in(pattern, root)
    return pattern
