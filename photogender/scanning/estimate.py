"""Age and gender of a face that a person drew, estimated as in a scan."""

import math
import threading
from typing import TYPE_CHECKING

from photogender.catalog.said.drawn import Drawn, UsedModel
from photogender.errors import ModelError, PhotogenderError, RuntimeMissingError
from photogender.labels import DEFAULT_DETECTOR
from photogender.photos.file import open_scanned
from photogender.records import DecodedImage, Face, FaceBox, Photo

if TYPE_CHECKING:  # the review page works without them as long as nobody draws
    from photogender.faces.classify import Classifier
    from photogender.faces.detect.detector import Detector
    from photogender.models.spec import ModelSpec

_LOOKED_AT = 120
"""Pixels of the longer side of the drawn box when the detector looks at it: it sees faces of this size best."""

_FAINT = 0.1
"""Lowest score of a face there: that there is one, a person said."""

_SAME = 0.3
"""Least intersection over union of such a face with the drawn box, which may have been drawn in haste."""


class Estimator:
    """Estimates what was drawn. Thread-safe; the networks of the latest model stay loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: UsedModel | None = None
        self._classifier: Classifier | None = None
        self._detector: Detector | None = None

    def __call__(self, photo: Photo, long_side: int, box: FaceBox, model: UsedModel) -> Drawn:
        """A face that was drawn, with the estimates of the model that its photo was scanned with, made on the CPU.

        Where the default detector sees a face when it looks at the place alone, its box and landmarks are taken: they
        fit the networks better than what is drawn by hand.

        Args:
            photo: As it was scanned.
            long_side: Of the full-size photo, pixels.
            box: As it was drawn, in pixels of the upright full-size photo.
            model: That the photo was scanned with.

        Raises:
            PhotogenderError: The model or ONNX Runtime is not installed, or gives no number.
            DecodeError: The photo is missing, changed, or cannot be read.
        """
        try:
            from photogender.faces.align import crop_face, needed_scale
            from photogender.models.read import load_spec
            from photogender.scanning.edited import thumbnail
        except ModuleNotFoundError as error:
            raise RuntimeMissingError(
                f"To estimate a face, {error.name} is needed, which is not installed.",
                "Install it with: pip install 'photogender[cpu]'",
            ) from error
        spec = load_spec(model.name)
        if spec.sha256 != model.sha256:
            raise PhotogenderError(
                f"The photo was scanned with another version of {model.name} than the one installed.",
                "Scan it again with: photogender rescan",
            )
        scale = min(max(needed_scale(box, spec.nets), _LOOKED_AT / box.longer), 1.0)
        with open_scanned(photo) as file:
            image = file.decode(math.ceil(scale * long_side))
        with self._lock:
            self._load(spec, model)
            assert self._classifier  # noqa: S101 - it was just loaded
            box = self._seen(image, box) or box
            (prediction,) = self._classifier.classify([crop_face(image, box, spec.nets)])
        if not math.isfinite(prediction.age) or not math.isfinite(prediction.gender_confidence):
            raise PhotogenderError("The network gives no number for this face.", "Draw the box a little differently.")
        return Drawn(Face(box, prediction), thumbnail(image.pixels))

    def _load(self, spec: "ModelSpec", model: UsedModel) -> None:
        from photogender.faces.classify import Classifier
        from photogender.faces.detect.detector import Detector
        from photogender.models.read import load_spec
        from photogender.runtime.device import choose_device

        device, _ = choose_device("cpu")
        if self._model != model:
            self._classifier, self._model = Classifier(spec, device), model
        if self._detector is None:
            try:
                self._detector = Detector(load_spec(DEFAULT_DETECTOR), device, _FAINT)
            except ModelError:  # not installed: the box stays as it was drawn
                return

    def _seen(self, image: DecodedImage, box: FaceBox) -> FaceBox | None:
        """The face that the detector sees at a box of the full-size photo; None if it sees none."""
        if self._detector is None:
            return None
        near = box.scaled(*image.scale)
        space, zoom = near.longer, _LOOKED_AT / near.longer
        left, top = max(round(near.x1 - space), 0), max(round(near.y1 - space), 0)
        right = min(round(near.x2 + space), image.pixels.width)
        bottom = min(round(near.y2 + space), image.pixels.height)
        size = (max(round((right - left) * zoom), 1), max(round((bottom - top) * zoom), 1))
        part = image.pixels.resize(size, box=(left, top, right, bottom))
        x, y = image.scale
        found = (
            each.scaled((right - left) / size[0], (bottom - top) / size[1]).moved(left, top).scaled(1 / x, 1 / y)
            for each in self._detector.detect(part)
        )
        best = max(found, key=box.iou, default=None)
        if best is None or best.iou(box) < _SAME:
            return None
        return FaceBox(best.x1, best.y1, best.x2, best.y2, 1.0, best.landmarks)
