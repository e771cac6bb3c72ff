"""Feeding photos through the workers: on a CPU each worker does everything, on a device detection is batched."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice

from photogender.faces.detect.detector import Detector
from photogender.records import FaceBox
from photogender.runtime.device import Granted, free_memory
from photogender.scanning.worker import Examined, Examiner, Job, Seen
from photogender.stream import prefetch

AHEAD = 4
"""Photos in progress per worker, so that none is idle while the calling thread classifies."""

MOST = 64
"""Most photos whose faces are found at once on a device, if its memory allows."""


def examined_photos(
    examine: Examiner, jobs: Iterable[Job], workers: int, batch: int
) -> Generator[Examined, None, None]:
    """Examine photos, in order; ``jobs`` is read on the calling thread.

    Args:
        examine: What is done with each.
        jobs: The photos.
        workers: Threads that decode and crop.
        batch: Photos whose faces are found at once, on the calling thread; with 1 each worker finds its own.
    """
    ahead = AHEAD * workers
    if batch == 1:
        return prefetch(examine, jobs, workers, ahead)
    return _in_batches(examine, prefetch(examine.look, jobs, workers, batch + ahead), workers, batch)


def photos_at_once(detector: Detector, device: Granted) -> int:
    """How many photos half of a device's free memory holds; a small number if that is unknown."""
    memory = free_memory(device)
    return min(MOST, detector.pictures_in(memory // 2)) if memory else 8


def _in_batches(
    examine: Examiner, seen: Generator[Seen | Examined, None, None], workers: int, batch: int
) -> Generator[Examined, None, None]:
    def found() -> Iterator[tuple[Seen | Examined, list[FaceBox] | None]]:
        while together := list(islice(seen, batch)):
            boxes = iter(examine.detector.finish([item.search for item in together if isinstance(item, Seen)]))
            yield from ((item, next(boxes) if isinstance(item, Seen) else []) for item in together)

    with closing(seen), closing(prefetch(examine.crop, found(), workers, AHEAD * workers)) as cropped:
        yield from cropped
