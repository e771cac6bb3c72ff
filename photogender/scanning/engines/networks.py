"""The loaded networks of a scan: what a machine does with photos, whoever asked for it."""

from collections.abc import Generator, Iterable
from contextlib import closing
from itertools import islice

from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.records import Outcome
from photogender.runtime.device import Granted
from photogender.scanning.batches import examined_photos, photos_at_once
from photogender.scanning.engines.engine import Window
from photogender.scanning.settings import ScanSettings, chosen_models
from photogender.scanning.worker import Cropped, Examined, Examiner, Job

WINDOW = 8
"""Photos; small, so that inference overlaps with decoding the next photos; on a CPU larger batches gain nothing."""


class Networks:
    """The detector and the classifier of a scan on one device."""

    def __init__(self, settings: ScanSettings, device: Granted) -> None:
        """Load them.

        Raises:
            ModelError: A model's file is missing or altered.
            RuntimeMissingError: ONNX Runtime or the device is not available.
        """
        detector, model = chosen_models(settings)
        self._classifier = Classifier(model, device, oversample=settings.oversample, half=settings.half)
        found = Detector(detector, device, settings.confidence, settings.detector_size, settings.half)
        self._examine = Examiner(
            detector=found, nets=model.nets, min_face=settings.min_face, with_portraits=settings.crops is not None
        )
        self._batch = settings.batch_size or (1 if device == "cpu" else photos_at_once(found, device))

    def windows(self, jobs: Iterable[Job], threads: int) -> Generator[Window, None, None]:
        """Examine photos, in order.

        Args:
            jobs: Read on the calling thread, which classifies.
            threads: That read, decode, detect and crop; 0: the calling thread does that, too, and nothing is ahead.
        """
        with closing(self._examined(jobs, threads)) as examined:
            while window := list(islice(examined, max(WINDOW, self._batch))):
                yield self._classified(window)

    def _examined(self, jobs: Iterable[Job], threads: int) -> Generator[Examined, None, None]:
        if threads:
            return examined_photos(self._examine, jobs, threads, self._batch)
        return (self._examine(job) for job in jobs)

    def _classified(self, window: list[Examined]) -> Window:
        crops = [crop for item in window if isinstance(item, Cropped) for crop in item.crops]
        predictions = iter(self._classifier.classify(crops))
        outcomes: list[Outcome] = [item.tagged(predictions) if isinstance(item, Cropped) else item for item in window]
        return Window(outcomes, [item.portraits if isinstance(item, Cropped) else () for item in window])
