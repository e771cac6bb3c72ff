"""Boxes that a person draws on a photo of the page, checked."""

from collections.abc import Callable
from typing import NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.drawn import Drawn, UsedModel, check_free, used_model
from photogender.records import FaceBox, Photo
from photogender.review.body import as_object
from photogender.review.pictures import Source, source_of_photo
from photogender.review.question import BadRequestError

_LEAST_SIDE = 8.0
"""Pixels of the full-size photo: shorter sides are no face that could be estimated, but a slip of the mouse."""


Estimate = Callable[[Photo, int, FaceBox, UsedModel], Drawn]
"""Estimates age and gender of a face in a photo: its longer side in pixels, the box in it, and with which model."""


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
        ConflictError: There is a face already.
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
