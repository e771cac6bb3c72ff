"""Faces that a person draws on the page: the box is checked, and age and gender are estimated as in a scan."""

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.drawn import UsedModel, check_free, used_model
from photogender.errors import PhotogenderError, RuntimeMissingError
from photogender.photos.file import open_scanned
from photogender.records import Face, FaceBox
from photogender.review.body import as_object
from photogender.review.pictures import Source, source_of_photo
from photogender.review.question import BadRequestError

if TYPE_CHECKING:
    from photogender.faces.classify import Classifier

_LEAST_SIDE = 8.0
"""Pixels of the full-size photo: shorter sides are no face that could be estimated, but a slip of the mouse."""


class Sketch(NamedTuple):
    """A box on a photo, before it is a face."""

    source: Source
    model: UsedModel
    box: FaceBox
    """Pixels of the upright full-size photo."""


def read_box(body: bytes) -> tuple[float, float, float, float]:
    """Parse the JSON of a box: ``box`` is [x1, y1, x2, y2], as shares of the upright photo's width and height.

    Raises:
        BadRequestError: It is not JSON, or no such box.
    """
    box = as_object(body, {"box"}).get("box")
    if not isinstance(box, list) or len(box) != 4 or not all(type(side) in (int, float) for side in box):
        raise BadRequestError("box must be a list of four numbers.")
    x1, y1, x2, y2 = box
    if not (0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1):  # NaN compares as false
        raise BadRequestError("box must have its sides within the photo, from 0 to 1.")
    return x1, y1, x2, y2


def sketch(catalog: Catalog, photo_id: int, sides: tuple[float, float, float, float]) -> Sketch | None:
    """What is drawn on a photo; None if the catalog does not have it.

    Raises:
        BadRequestError: The box is too small.
        PhotogenderError: There is a face already.
        CatalogError: The catalog cannot be read.
    """
    source, model = source_of_photo(catalog, photo_id), used_model(catalog, photo_id)
    if source is None or model is None:
        return None
    width, height = catalog.fetch("SELECT width, height FROM photos WHERE id = ?", [photo_id]).fetchone()
    box = FaceBox(*sides, score=1.0).scaled(width, height)
    if min(box.width, box.height) < _LEAST_SIDE:
        raise BadRequestError("The box is too small for a face.")
    check_free(list(source.boxes.values()), box)
    return Sketch(source, model, box)


class Estimator:
    """Estimates what was drawn. Thread-safe; the networks of the latest model stay loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: UsedModel | None = None
        self._classifier: Classifier | None = None

    def face(self, drawn: Sketch) -> Face:
        """The face, with the estimates of the model that the photo was scanned with, made on the CPU.

        Raises:
            PhotogenderError: The model or ONNX Runtime is not installed, or gives no number.
            DecodeError: The photo is missing, changed, or cannot be read.
        """
        try:  # the page works without them as long as nobody draws
            from photogender.faces.align import crop_face, needed_scale
            from photogender.faces.classify import Classifier
            from photogender.models.read import load_spec
            from photogender.runtime.device import choose_device
        except ModuleNotFoundError as error:
            raise RuntimeMissingError(
                f"To estimate a face, {error.name} is needed, which is not installed.",
                "Install it with: pip install 'photogender[cpu]'",
            ) from error
        spec = load_spec(drawn.model.name)
        if spec.sha256 != drawn.model.sha256:
            raise PhotogenderError(
                f"The photo was scanned with another version of {drawn.model.name} than the one installed.",
                "Scan it again with: photogender rescan",
            )
        scale = min(needed_scale(drawn.box, spec.nets), 1.0)
        with open_scanned(drawn.source.photo) as file:
            crop = crop_face(file.decode(math.ceil(scale * drawn.source.long_side)), drawn.box, spec.nets)
        with self._lock:
            if self._classifier is None or self._model != drawn.model:
                device, _ = choose_device("cpu")
                self._classifier, self._model = Classifier(spec, device), drawn.model
            (prediction,) = self._classifier.classify([crop])
        if not math.isfinite(prediction.age) or not math.isfinite(prediction.gender_confidence):
            raise PhotogenderError("The network gives no number for this face.", "Draw the box a little differently.")
        return Face(drawn.box, prediction)
