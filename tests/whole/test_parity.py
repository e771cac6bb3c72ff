"""The same nets in other people's code: boxes, landmarks and attributes must be the same."""

import contextlib
import dataclasses
import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from insightface.app import FaceAnalysis
from insightface.app.common import Face
from insightface.model_zoo.attribute import Attribute
from insightface.utils.face_align import norm_crop
from numpy.typing import NDArray
from PIL import Image, ImageOps

from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.faces.detect.scrfd import candidates
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec
from photogender.records import DecodedImage, FaceBox, PhotoFacts
from tests.support.nets import genderage_like


def of_file(model: str, path: Path) -> ModelSpec:
    """A spec with another file in place of its own."""
    spec = load_spec(model)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    file = dataclasses.replace(spec.nets[0].file, path=path.name, sha256=digest, beside=path.parent)
    return dataclasses.replace(spec, nets=(dataclasses.replace(spec.nets[0], file=file),))


@pytest.fixture(scope="module")
def pictures(shared: Path, six_faces: Path) -> list[Image.Image]:
    paths = [*sorted((shared / "data" / "photos").glob("*/*.jpg")), six_faces]
    assert len(paths) > 30
    return [ImageOps.exif_transpose(Image.open(path)).convert("RGB") for path in paths]


def bgr(picture: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def numbers(box: FaceBox) -> list[float]:
    return [box.x1, box.y1, box.x2, box.y2, *np.ravel(box.landmarks), box.score]


def same_faces(
    ours: list[FaceBox], theirs: list[tuple[Any, Any, float]], size: tuple[int, int], pixels: float, score: float
) -> None:
    """Boxes (theirs cut at the picture's edges), landmarks and scores, best face first."""
    assert len(ours) == len(theirs)
    edge = np.array([*size, *size])
    wanted = [[*np.clip(box, 0, edge), *np.ravel(marks), sure] for box, marks, sure in theirs]
    for face in ours:
        found = np.array(numbers(face))
        best = min(wanted, key=lambda row: float(np.abs(found - row).max()))
        assert np.abs(found - best)[:-1].max() <= pixels
        assert abs(found[-1] - best[-1]) <= score
        wanted.remove(best)


@pytest.fixture
def analysis(tmp_path: Path) -> Callable[[Path, int], FaceAnalysis]:
    def make(file: Path, size: int) -> FaceAnalysis:
        folder = tmp_path / "models" / file.stem
        folder.mkdir(parents=True)
        (folder / "det.onnx").write_bytes(file.read_bytes())
        with contextlib.redirect_stdout(io.StringIO()):
            app = FaceAnalysis(name=file.stem, root=str(tmp_path), providers=["CPUExecutionProvider"])
            app.prepare(ctx_id=-1, det_size=(size, size))
        return app

    return make


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "size"), [("scrfd_500m", 640), ("scrfd_500m_bnkps", 640), ("scrfd_2.5g", 640), ("scrfd_500m", 320)]
)
def test_scrfd_is_insightfaces(
    shared: Path,
    pictures: list[Image.Image],
    analysis: Callable[[Path, int], FaceAnalysis],
    name: str,
    size: int,
) -> None:
    file = shared / "models-thirdparty" / f"{name}.onnx"
    detector, app = Detector(of_file("scrfd-500m", file), "cpu", size=size), analysis(file, size)
    faces = 0
    for picture in pictures[:: 1 if size == 640 else 4]:
        theirs = [(face.bbox, face.kps, face.det_score) for face in app.get(bgr(picture))]
        same_faces(detector.detect(picture), theirs, picture.size, pixels=0.1, score=1e-3)
        faces += len(theirs)
    assert faces > (700 if size == 640 else 90)


@pytest.mark.shared
def test_yunet_is_opencvs(shared: Path, pictures: list[Image.Image]) -> None:
    """OpenCV is shown the picture as our detector shows it to its net: 640 × 640, black to the right and below."""
    file = shared / "models-thirdparty" / "face_detection_yunet_2023mar.onnx"
    detector = Detector(of_file("yunet", file), "cpu", confidence=0.5, size=640)
    overlap = load_spec("yunet").detector
    assert overlap is not None
    theirs = cv2.FaceDetectorYN.create(str(file), "", (640, 640), 0.5, overlap.overlap, 5000)
    faces = 0
    for picture in pictures:
        scale = min(640 / picture.width, 640 / picture.height)
        near = (int(picture.width * scale), int(picture.height * scale))
        canvas = np.zeros((640, 640, 3), np.uint8)
        canvas[: near[1], : near[0]] = cv2.resize(bgr(picture), near)
        shown = Image.fromarray(canvas[:, :, ::-1])
        found = theirs.detect(canvas)[1]
        rows = [] if found is None else found
        other = [([x, y, x + w, y + h], row[4:14], row[14]) for row in rows for x, y, w, h in [row[:4]]]
        same_faces(detector.detect(shown), other, shown.size, pixels=0.05, score=1e-4)
        faces += len(other)
    assert faces > 500


@pytest.mark.shared
@pytest.mark.parametrize("name", ["scrfd_500m", "scrfd_500m_bnkps", "scrfd_2.5g"])
def test_scrfd_in_half_precision(shared: Path, pictures: list[Image.Image], name: str) -> None:
    spec = of_file("scrfd-500m", shared / "models-thirdparty" / f"{name}.onnx")
    whole, half = (Detector(spec, "cpu", half=each).detect(pictures[0]) for each in (False, True))
    assert len(whole) > 2
    theirs = [((face.x1, face.y1, face.x2, face.y2), face.landmarks, face.score) for face in whole]
    same_faces(half, theirs, pictures[0].size, pixels=1.5, score=1e-2)


@pytest.mark.shared
@pytest.mark.parametrize("model", ["centerface", "scrfd", "yunet"])
def test_eight_pictures_at_once_are_as_one_at_a_time(shared: Path, pictures: list[Image.Image], model: str) -> None:
    files = {"scrfd": ("scrfd-500m", "scrfd_500m"), "yunet": ("yunet", "face_detection_yunet_2023mar")}
    spec = load_spec(model) if model not in files else None
    if spec is None:
        name, stem = files[model]
        spec = of_file(name, shared / "models-thirdparty" / f"{stem}.onnx")
    detector = Detector(spec, "cpu")
    for start in range(0, 16, 8):
        eight = [picture.resize((1024, 768)) for picture in pictures[start : start + 8]]
        together = detector.finish([detector.begin(picture) for picture in eight])
        for picture, faces in zip(eight, together, strict=True):
            alone = detector.detect(picture)
            assert len(alone) == len(faces)
            assert all(
                numbers(one) == pytest.approx(numbers(two), abs=1e-3) for one, two in zip(alone, faces, strict=True)
            )


# Attributes


def faces_in(pictures: list[Image.Image], detector: Detector) -> Iterator[tuple[Image.Image, FaceBox]]:
    for picture in pictures:
        for box in detector.detect(picture):
            if min(box.width, box.height) >= 24:
                yield picture, box


def whole(picture: Image.Image) -> DecodedImage:
    return DecodedImage(picture, PhotoFacts("", "JPEG", *picture.size, None, None))


@pytest.fixture(scope="module")
def scrfd(shared: Path) -> Detector:
    return Detector(of_file("scrfd-500m", shared / "models-thirdparty" / "scrfd_500m.onnx"), "cpu", size=640)


@pytest.mark.shared
def test_the_net_of_2019_is_fed_and_read_as_insightface_does(
    shared: Path, pictures: list[Image.Image], scrfd: Detector
) -> None:
    """Its own code: ``norm_crop``, the two gender logits, and the pairs counted."""
    file = shared / "models-thirdparty" / "insightface_genderage_2019_112.onnx"
    spec = of_file("insightface-2019", file)
    classifier = Classifier(spec, "cpu")
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    number = 0
    for picture, box in faces_in(pictures, scrfd):
        chip = norm_crop(np.asarray(picture), np.array(box.landmarks, np.float32))
        (out,) = session.run(None, {"data": chip.transpose(2, 0, 1)[None].astype(np.float32)})
        crop = crop_face(whole(picture), box, spec.nets)
        assert np.abs(crop.chips[0].astype(int) - chip).max() <= 8  # OpenCV rounds places to 1/32 pixel
        (ours,) = classifier.classify([crop])
        pairs = out[0, 2:].reshape(100, 2)
        female = 1 / (1 + np.exp(out[0, 1] - out[0, 0]))
        said = ours.gender_confidence if ours.gender == "female" else 1 - ours.gender_confidence
        assert abs(said - female) < 0.02  # not the label: of a face near 0.5 it hangs on the last digit
        assert abs(ours.age - (pairs[:, 1] > pairs[:, 0]).sum()) <= 1
        number += 1
    assert number > 300


@pytest.mark.shared
def test_genderage_is_insightfaces_attribute(tmp_path: Path, pictures: list[Image.Image], scrfd: Detector) -> None:
    file = genderage_like(tmp_path / "genderage.onnx")
    spec = of_file("insightface-genderage", file)
    net = spec.nets[0]
    attribute = Attribute(str(file))
    # Attribute looks for the net's own normalisation by the names of its nodes; this one has none.
    given = dataclasses.replace(net.input, mean=(127.5, 127.5, 127.5), scale=1 / 128)
    spec = dataclasses.replace(spec, nets=(dataclasses.replace(net, input=given),))
    classifier = Classifier(spec, "cpu")
    answers = set()
    for picture, box in faces_in(pictures[:12], scrfd):
        face = Face(bbox=np.array([box.x1, box.y1, box.x2, box.y2]))
        gender, age = attribute.get(bgr(picture), face)
        (ours,) = classifier.classify([crop_face(whole(picture), box, spec.nets)])
        assert ours.gender == ("female", "male")[int(gender)]
        assert max(age, 0) == pytest.approx(ours.age, abs=0.51)
        answers.add((int(gender), age))
    assert len(answers) > 20


# SCRFD's other layouts, which no file here has: outputs made by hand.


@pytest.mark.parametrize("outputs", [6, 9, 10, 15])
def test_every_layout_of_scrfd(outputs: int) -> None:
    """One face in one cell of one grid: corner of the cell, distances and landmarks in strides."""
    grids, anchors = {6: (3, 2), 9: (3, 2), 10: (5, 1), 15: (5, 1)}[outputs]
    width, height = 256, 128
    rows = [(width >> 3 >> level) * (height >> 3 >> level) * anchors for level in range(grids)]
    widths = (1, 4, 10)[: outputs // grids]
    made = [np.zeros((1, count, each), np.float32) for each in widths for count in rows]
    level, column, row = 1, 5, 3
    at = (row * (width >> 4) + column) * anchors + anchors - 1
    made[level][0, at] = 0.75
    made[grids + level][0, at] = [1, 2, 3, 4]
    if outputs // grids == 3:
        made[2 * grids + level][0, at] = np.arange(10) / 10
    (found,) = candidates(made, (width, height), 0.5)
    assert found[:5].tolist() == [5 * 16 - 16, 3 * 16 - 32, 5 * 16 + 48, 3 * 16 + 64, 0.75]
    if outputs // grids == 3:
        marks = np.arange(10).reshape(5, 2) * 1.6 + [80, 48]
        np.testing.assert_allclose(found[5:], marks.ravel(), rtol=1e-6)
    assert len(found) == (15 if outputs // grids == 3 else 5)
