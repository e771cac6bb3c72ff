"""A detector, loaded: pictures one at a time on a CPU's workers, or the looks of many at once on a device."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from PIL import Image

from photogender.errors import ModelError
from photogender.faces.detect import centerface, scrfd, yunet
from photogender.faces.detect.boxes import Array, face_boxes
from photogender.faces.detect.looks import MULTIPLE, Look, Looking, looking, looking_once
from photogender.faces.preprocess import to_batch
from photogender.models.spec import ModelSpec
from photogender.records import FaceBox
from photogender.runtime.device import Granted
from photogender.runtime.session import Session

_CANDIDATES = {"centerface": centerface.candidates, "scrfd": scrfd.candidates, "yunet": yunet.candidates}

_LARGE = 3 * 1024 * 768  # bytes of a look's canvas

_BYTES = 200  # that a net needs for each pixel while it runs (CenterFace, the hungriest)


@dataclass(slots=True)
class Search:
    """A picture that is being looked at: what is wanted of the net next, or the faces."""

    size: tuple[int, int]
    steps: Looking
    looks: list[Look]
    faces: Array | None = None

    def go_on(self, found: list[Array]) -> None:
        """Take what the looks showed, and ask for the next ones, or be done."""
        try:
            self.looks = self.steps.send(found)
        except StopIteration as done:
            self.looks, self.faces = [], done.value


class Detector:
    """A face detector as its spec says. All methods may be called from several threads at once."""

    def __init__(
        self,
        spec: ModelSpec,
        device: Granted,
        confidence: float | None = None,
        size: int | None = None,
        half: bool = False,
    ) -> None:
        """Load the net.

        Args:
            spec: A model of the task ``detect``.
            device: As granted by ``choose_device``.
            confidence: Lowest score that counts as a face; None: the spec's.
            size: Look once, at a square of this side, a multiple of 32, instead of as often as it pays.
            half: Compute in half precision.

        Raises:
            ModelError: The spec is not a detector's, or its file is missing, altered or of another kind.
            RuntimeMissingError: The device was not granted.
        """
        if spec.detector is None:
            raise ModelError(f"The model {spec.name} does not detect faces.", "Choose one whose task is detect.")
        if size is not None and (size < MULTIPLE or size % MULTIPLE):
            raise ModelError(f"The detector's size must be a multiple of {MULTIPLE}, not {size}.")
        self._settings = spec.detector
        self._confidence = spec.detector.confidence if confidence is None else confidence
        self._size = size
        self._input = spec.nets[0].input
        self._session = Session(spec.nets[0], device, half)
        self._candidates = _CANDIDATES[spec.detector.kind]
        self._large_look = threading.Lock()
        self.detect(Image.new("RGB", (MULTIPLE, MULTIPLE)))  # or fail now

    @property
    def decode_side(self) -> int:
        """Long side in pixels a picture should at least be decoded to, where the file has as many."""
        return max(self._settings.decode_side, 2 * (self._size or 0))

    def pictures_in(self, memory: int) -> int:
        """How many pictures' first looks fit into so many bytes, at least one."""
        side = self._size or max(self._settings.sides[:2])
        return max(1, memory // (_BYTES * side * side))

    def detect(self, picture: Image.Image) -> list[FaceBox]:
        """All faces of one RGB picture, best score first, in its own pixels; boxes end at its edges.

        Raises:
            ModelError: The net's outputs are not of the spec's kind.
        """
        return self.finish([self.begin(picture)])[0]

    def begin(self, picture: Image.Image) -> Search:
        """Prepare the first look at an RGB picture; no net is run."""
        if self._size is None:
            steps = looking(picture, self._settings, self._confidence)
        else:
            steps = looking_once(picture, self._settings, self._confidence, self._size)
        return Search(picture.size, steps, next(steps))

    def finish(self, searches: Sequence[Search]) -> list[list[FaceBox]]:
        """The faces of each picture that was begun, all their looks batched; as ``detect``.

        Raises:
            ModelError: As ``detect``.
        """
        while waiting := [search for search in searches if search.faces is None]:
            found = iter(self._find([look for search in waiting for look in search.looks]))
            for search in waiting:
                search.go_on([next(found) for _ in search.looks])
        return [face_boxes(search.faces, search.size) for search in searches if search.faces is not None]

    def _find(self, looks: Sequence[Look]) -> list[Array]:
        """The candidates that each look shows, in pixels of its picture."""
        by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, look in enumerate(looks):
            by_shape[look.canvas.shape].append(index)
        floor = min(self._settings.hint, self._confidence)
        found: dict[int, Array] = {}
        for (height, width, _), indices in by_shape.items():
            canvases = [looks[index].canvas for index in indices]
            # Of the largest looks one at a time on a CPU, where every worker has its own.
            with self._large_look if height * width * 3 > _LARGE else nullcontext():
                outputs = self._session.run(to_batch(canvases, self._input))
            for row, index in enumerate(indices):
                own = [output[row : row + 1] for output in outputs]
                found[index] = looks[index].in_picture(self._candidates(own, (width, height), floor))
        return [found[index] for index in range(len(looks))]
