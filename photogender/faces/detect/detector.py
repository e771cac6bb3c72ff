"""A loaded detector: one picture at a time on a CPU's workers, or the tiles of many pictures batched on a device."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from PIL import Image

from photogender.errors import ModelError
from photogender.faces.detect import centerface, scrfd, yunet
from photogender.faces.detect.boxes import Array, Outputs, face_boxes
from photogender.faces.detect.passes import MULTIPLE, Passes, Tile, search_once, searched_side
from photogender.faces.detect.turns import search_turned
from photogender.faces.preprocess import to_batch
from photogender.models.spec import ModelSpec
from photogender.records import FaceBox
from photogender.runtime.device import Granted
from photogender.runtime.session import Session

KINDS: dict[str, Callable[[Outputs, tuple[int, int], float], Array]] = {
    "centerface": centerface.candidates,
    "scrfd": scrfd.candidates,
    "yunet": yunet.candidates,
}
"""How the outputs of each kind of detector are read; ``kind`` in a spec names one of them."""

_LARGE = 3 * 1024 * 768
"""Bytes of a tile's canvas above which it counts as large."""

_BYTES = 200
"""Memory that a network needs for each input pixel while it runs; measured with CenterFace, which needs most."""


_FARTHEST = 1e9
"""Pixels from the picture's corner beyond which a face counts as not a number: ``exp`` of an output may be huge."""


@dataclass(slots=True)
class Search:
    """A picture being searched: the tiles the network should see next, or the faces once it is done.

    Neither, if the network gave NaN, infinity or absurdly large numbers.
    """

    size: tuple[int, int]
    passes: Passes
    tiles: list[Tile]
    faces: Array | None = None

    def send(self, found: list[Array | None]) -> None:
        """Take the faces found in each tile, None where its numbers are not usable; ``tiles`` are the next ones."""
        usable = [each for each in found if each is not None]
        if len(usable) < len(found):
            self.tiles = []
            return
        try:
            self.tiles = self.passes.send(usable)
        except StopIteration as done:
            self.tiles, self.faces = [], done.value


def check_size(size: int | None) -> None:
    """Refuse a side in pixels at which no detector can search in one pass.

    Raises:
        ModelError: It is not a multiple of 32.
    """
    if size is not None and (size < MULTIPLE or size % MULTIPLE):
        raise ModelError(f"The detector's size must be a multiple of {MULTIPLE}, not {size}.")


class Detector:
    """A face detector as its spec describes it. All methods may be called from several threads at once."""

    def __init__(
        self,
        spec: ModelSpec,
        device: Granted,
        confidence: float | None = None,
        size: int | None = None,
        half: bool = False,
    ) -> None:
        """Load the network.

        Args:
            spec: A model with the task ``detect``.
            device: As granted by ``choose_device``.
            confidence: Lowest score that counts as a face; None: the spec's.
            size: Search in one pass, at a square of this side, a multiple of 32; None: the spec's passes.
            half: Compute in half precision.

        Raises:
            ModelError: The spec is not a detector's, is of an unknown kind, or its file is missing or altered.
            RuntimeMissingError: The device was not granted.
        """
        if spec.detector is None:
            raise ModelError(f"The model {spec.name} does not detect faces.", "Choose one whose task is detect.")
        if spec.detector.kind not in KINDS:
            message = f"The model {spec.name} is a detector of the unknown kind {spec.detector.kind!r}."
            raise ModelError(message, f"Known: {', '.join(KINDS)}")
        check_size(size)
        self._settings = spec.detector
        self._confidence = spec.detector.confidence if confidence is None else confidence
        self._size = size
        self._input = spec.nets[0].input
        self._session = Session(spec.nets[0], device, half)
        self._candidates = KINDS[spec.detector.kind]
        self._large_tile = threading.Lock()
        self.detect(Image.new("RGB", (MULTIPLE, MULTIPLE)))  # fail now rather than at the first photo

    def decode_side(self, width: int, height: int) -> int:
        """Long side in pixels to which a photo of this size should be decoded at least, if the file has that many."""
        if self._size is not None:
            return max(self._settings.decode_side, 2 * self._size)
        return round(self._settings.decode_side * max(width, height) / searched_side(width, height))

    def pictures_in(self, memory: int) -> int:
        """How many pictures' first passes fit into so many bytes of memory; at least 1."""
        side = self._size or max(self._settings.sides[:2])
        return max(1, memory // (_BYTES * side * side))

    def detect(self, picture: Image.Image) -> list[FaceBox]:
        """All faces of one RGB picture, best score first, in the picture's pixels, clipped to its edges.

        Raises:
            ModelError: The network's outputs do not fit the spec's kind, or are not finite.
        """
        (faces,) = self.finish([self.begin(picture)])
        if faces is None:
            raise ModelError("The detector gave numbers that are not finite (NaN or infinity).")
        return faces

    def begin(self, picture: Image.Image) -> Search:
        """Prepare the first pass over an RGB picture; the network does not run yet."""
        if self._size is None:
            passes = search_turned(picture, self._settings, self._confidence)
        else:
            passes = search_once(picture, self._settings, self._confidence, self._size)
        return Search(picture.size, passes, next(passes))

    def finish(self, searches: Sequence[Search]) -> list[list[FaceBox] | None]:
        """The faces of each picture whose search was begun, with all tiles batched; otherwise as ``detect``.

        None stands for a picture for which the network gave numbers that are not finite.

        Raises:
            ModelError: The network's outputs do not fit the spec's kind.
        """
        while waiting := [each for each in searches if each.tiles]:
            found = iter(self._find([tile for each in waiting for tile in each.tiles]))
            for each in waiting:
                each.send([next(found) for _ in each.tiles])
        return [None if each.faces is None else face_boxes(each.faces, each.size) for each in searches]

    def _find(self, tiles: Sequence[Tile]) -> list[Array | None]:
        """The candidates in each tile, in pixels of its picture; None where the network's numbers are not usable."""
        by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, tile in enumerate(tiles):
            by_shape[tile.canvas.shape].append(index)
        floor = min(self._settings.hint, self._confidence, self._settings.faint if self._settings.window_side else 1.0)
        found: dict[int, Array | None] = {}
        for (height, width, _), indices in by_shape.items():
            canvases = [tiles[index].canvas for index in indices]
            # On a CPU every worker runs the network; large tiles go one at a time to bound the memory.
            with self._large_tile if height * width * 3 > _LARGE else nullcontext():
                outputs = self._session.run(to_batch(canvases, self._input))
            for row, index in enumerate(indices):
                own = [output[row : row + 1] for output in outputs]
                with np.errstate(all="ignore"):  # checked below
                    faces = tiles[index].in_picture(self._candidates(own, (width, height), floor))
                # A score that is NaN is no candidate: without a look at all outputs its face would be missing.
                is_usable = all(np.isfinite(output).all() for output in own) and (np.abs(faces) < _FARTHEST).all()
                found[index] = faces if is_usable else None
        return [found[index] for index in range(len(tiles))]
