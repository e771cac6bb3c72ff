"""InsightFace's models in its own code, the package ``insightface``: do they find and estimate the same there?"""

import contextlib
import importlib.metadata
import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photogender.errors import ModelError, RuntimeMissingError
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.model_tools.installed import is_installed
from photogender.models.spec import ModelSpec
from photogender.records import DecodedImage, FaceBox, PhotoFacts

SIDE = 640
"""Pixels of the square in which both look for faces, as ``scan --detector-size`` does."""

PIXELS, SCORE, YEARS = 0.1, 1e-3, 1.0
"""Largest differences that count as the same: of boxes and landmarks in pixels, of scores, of ages."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model here and in insightface."""

    model: str
    same: bool
    told: str
    """What was compared, and the largest differences."""


def is_comparable(spec: ModelSpec) -> bool:
    """Whether ``FaceAnalysis`` reads the model's file: an SCRFD, or one like the packs' genderage.onnx."""
    if spec.detector:
        return spec.detector.kind == "scrfd"
    alignment = spec.nets[0].alignment
    return len(spec.nets) == 1 and bool(alignment and alignment.box) and spec.nets[0].input.size == (96, 96)


def compare(specs: list[ModelSpec], detectors: list[ModelSpec]) -> list[Comparison]:
    """Run models on the sample photo of the insightface package, here and in its ``FaceAnalysis``.

    Args:
        specs: The models to compare; each ``is_comparable``.
        detectors: Where to look for an SCRFD that shows the faces to a model of age and gender.

    Raises:
        ModelError: A file is missing or altered, or there is no SCRFD to show faces to a model of age and gender.
        RuntimeMissingError: insightface or ONNX Runtime is not installed.
    """
    with Image.open(_sample()) as file:
        picture = file.convert("RGB")
    compared = []
    for spec in specs:
        if spec.detector:
            compared.append(_detector(spec, picture))
            continue
        finder = next((one for one in detectors if one.detector and is_comparable(one) and is_installed(one)), None)
        if finder is None:
            raise ModelError(
                f"{spec.name} needs faces to look at, and no detector of InsightFace is installed.",
                "Get one with: photogender models pull scrfd-500m",
            )
        compared.append(_classifier(spec, finder, picture))
    return compared


def _detector(spec: ModelSpec, picture: Image.Image) -> Comparison:
    ours = [_numbers(face) for face in Detector(spec, "cpu", size=SIDE).detect(picture)]
    edge = np.array([*picture.size, *picture.size])
    theirs = [
        np.array([*np.clip(face.bbox, 0, edge), *np.ravel([] if face.kps is None else face.kps), face.det_score])
        for face in _analysis(picture, spec)
    ]
    pixels, score = 0.0, 0.0
    for face in ours if len(ours) == len(theirs) else []:
        best = min(theirs, key=lambda other: float(np.abs(face - other)[:-1].max()))
        pixels = max(pixels, float(np.abs(face - best)[:-1].max()))
        score = max(score, float(abs(face[-1] - best[-1])))
    told = f"{len(ours)} faces, and {len(theirs)} there"
    if len(ours) == len(theirs):
        told += f"; boxes and landmarks differ by up to {pixels:.3f} pixels, scores by {score:.5f}"
    return Comparison(spec.name, len(ours) == len(theirs) and pixels <= PIXELS and score <= SCORE, told)


def _classifier(spec: ModelSpec, finder: ModelSpec, picture: Image.Image) -> Comparison:
    theirs = _analysis(picture, finder, spec)
    image = DecodedImage(picture, PhotoFacts("", "JPEG", *picture.size, None, None))
    corners = [tuple(map(float, face.bbox)) for face in theirs]
    boxes = [FaceBox(x1, y1, x2, y2, 1.0, ()) for x1, y1, x2, y2 in corners]
    ours = Classifier(spec, "cpu").classify([crop_face(image, box, spec.nets) for box in boxes])
    pairs = list(zip(ours, theirs, strict=True))
    genders = sum(one.gender == ("female", "male")[int(other.gender)] for one, other in pairs)
    years = max((abs(one.age - max(other.age, 0)) for one, other in pairs), default=0.0)
    told = f"{genders} of {len(pairs)} genders are the same, ages differ by up to {years:.1f} years"
    return Comparison(spec.name, genders == len(pairs) and years <= YEARS, told)


def _numbers(face: FaceBox) -> Any:  # noqa: ANN401 - a numpy array, of which mypy knows too much to compare
    return np.array([face.x1, face.y1, face.x2, face.y2, *np.ravel(face.landmarks), face.score])


def version() -> str:
    """The version of the installed insightface package.

    Raises:
        RuntimeMissingError: It is not installed.
    """
    return _distribution().version


def _sample() -> Path:
    """insightface's sample photo, with six faces."""
    return Path(str(_distribution().locate_file("insightface/data/images/t1.jpg")))


def _distribution() -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution("insightface")
    except importlib.metadata.PackageNotFoundError as error:
        raise RuntimeMissingError(
            "insightface is not installed.", "Install it with: pip install 'photogender[insightface]'"
        ) from error


def _analysis(picture: Image.Image, *specs: ModelSpec) -> list[Any]:
    """The faces that insightface finds with the files of some models."""
    try:
        from insightface.app import FaceAnalysis
    except ImportError as error:  # OpenCV's wheel needs libraries that small systems lack
        raise RuntimeMissingError(f"insightface cannot be loaded: {error}.") from error

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for spec in specs:
            file = spec.nets[0].file
            file.read()  # checks it
            shutil.copyfile(str(file.find()), Path(folder) / f"{spec.task}.onnx")
        analysis = FaceAnalysis(folder, providers=["CPUExecutionProvider"])
        analysis.prepare(ctx_id=-1, det_size=(SIDE, SIDE), det_thresh=specs[0].detector.confidence)  # type: ignore[union-attr]
        faces: list[Any] = analysis.get(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
    return faces
