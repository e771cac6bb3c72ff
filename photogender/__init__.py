"""photogender: tag photo libraries with faces and their apparent age and gender.

As a library: ``scan`` and ``Catalog`` (``examples/scan_and_list.py``) with ``ScanSettings`` and the records a
scan yields; the stages of a scan one by one (``examples/own_model.py``); ``evaluate``'s parts
(``examples/own_evaluation.py``); and what a net has learnt, as pictures (``examples/levi_hassner.ipynb``).
"""

import os
from typing import TYPE_CHECKING

# Official builds of ONNX Runtime report to Microsoft what they run unless this is set before they are loaded
# (1.29 and later, https://github.com/microsoft/onnxruntime/pull/27379). Nothing leaves this machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"

if TYPE_CHECKING:
    from photogender.catalog.catalog import Catalog
    from photogender.errors import PhotogenderError
    from photogender.evaluation.scoring import Case, score
    from photogender.faces.align import crop_face
    from photogender.faces.classify import Classifier
    from photogender.faces.detect.detector import Detector
    from photogender.faces.inside import (
        first_filters,
        inner_values,
        mean_image,
        picture_of_filters,
        picture_of_responses,
        responses,
    )
    from photogender.faces.preprocess import views
    from photogender.labels import AGE_GROUPS, age_group, true_group
    from photogender.models.read import load_spec
    from photogender.photos.file import read_picture
    from photogender.records import Copied, Face, Moved, Prediction, Skipped, Tagged, Touched
    from photogender.scanning.scan import scan
    from photogender.scanning.settings import ScanSettings

_HOMES = {
    "AGE_GROUPS": "labels",
    "Case": "evaluation.scoring",
    "Catalog": "catalog.catalog",
    "Classifier": "faces.classify",
    "Detector": "faces.detect.detector",
    "Face": "records",
    "Copied": "records",
    "Moved": "records",
    "Touched": "records",
    "PhotogenderError": "errors",
    "Prediction": "records",
    "ScanSettings": "scanning.settings",
    "Skipped": "records",
    "Tagged": "records",
    "age_group": "labels",
    "crop_face": "faces.align",
    "first_filters": "faces.inside",
    "inner_values": "faces.inside",
    "load_spec": "models.read",
    "mean_image": "faces.inside",
    "picture_of_filters": "faces.inside",
    "picture_of_responses": "faces.inside",
    "read_picture": "photos.file",
    "responses": "faces.inside",
    "scan": "scanning.scan",
    "score": "evaluation.scoring",
    "true_group": "labels",
    "views": "faces.preprocess",
}
__all__ = [
    "AGE_GROUPS",
    "Case",
    "Catalog",
    "Classifier",
    "Copied",
    "Detector",
    "Face",
    "Moved",
    "PhotogenderError",
    "Prediction",
    "ScanSettings",
    "Skipped",
    "Tagged",
    "Touched",
    "age_group",
    "crop_face",
    "first_filters",
    "inner_values",
    "load_spec",
    "mean_image",
    "picture_of_filters",
    "picture_of_responses",
    "read_picture",
    "responses",
    "scan",
    "score",
    "true_group",
    "views",
]


def __getattr__(name: str) -> object:
    """Import the public names when they are first used, so that ``photogender --help`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
