"""Predictions for labelled pictures: their order, whole pictures as faces, repeated edges."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageFilter

from photogender.evaluation.datasets import Example
from photogender.evaluation.evaluate import EvaluationSettings, on_pictures
from photogender.evaluation.pictures import FaceCropper, Unreadable, classify_pictures, padded, subject
from photogender.evaluation.scoring import Case
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.photos.file import read_picture
from photogender.records import DecodedImage, FaceBox, FaceCrop, PhotoFacts
from tests.support.nets import install
from tests.support.photos import face


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(load_spec(DEFAULT_DETECTOR), "cpu")


def test_each_picture_gets_its_own_prediction(detector: Detector, six_faces: Path, tmp_path: Path) -> None:
    with Image.open(six_faces) as photo:
        boxes = sorted(detector.detect(photo.convert("RGB")), key=lambda box: box.x1)
        for number, box in enumerate(boxes):
            side = 0.9 * max(box.width, box.height)
            x, y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
            photo.crop((int(x - side), int(y - side), int(x + side), int(y + side))).save(tmp_path / f"{number}.png")
    Image.new("RGB", (300, 300), "green").save(tmp_path / "nobody.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    names = ["0.png", "nobody.png", "1.png", "broken.png", "2.png", "gone.png", "3.png", "4.png", "5.png"]
    examples = [Example(str(tmp_path / name), age=float(index), race=name) for index, name in enumerate(names)]
    model = load_spec(DEFAULT_MODEL)
    cropper, classifier = FaceCropper(model.nets, detector), Classifier(model, "cpu")
    together = list(classify_pictures(examples, cropper, classifier, workers=2))
    assert [each.race for each in together if isinstance(each, Case)] == [names[i] for i in (0, 1, 2, 4, 6, 7, 8)]
    assert [Path(each.path).name for each in together if isinstance(each, Unreadable)] == ["broken.png", "gone.png"]
    assert together[1] == Case(None, None, 1.0, None, "nobody.png")
    answers = set()
    for example, judged in zip(examples, together, strict=True):
        (alone,) = classify_pictures([example], cropper, classifier, workers=1)
        if isinstance(judged, Case) and isinstance(alone, Case) and judged.prediction and alone.prediction:
            assert judged.prediction.age == pytest.approx(alone.prediction.age, abs=1e-3)
            answers.add(round(judged.prediction.age, 3))
    assert len(answers) == 6


def test_a_whole_picture_becomes_the_chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path))
    install(tmp_path, "small")
    picture = face().resize((512, 512))
    picture.save(tmp_path / "face.png")
    crop = FaceCropper(load_spec("small").nets, None)(str(tmp_path / "face.png"))
    assert not isinstance(crop, Exception)
    assert crop is not None
    assert np.array_equal(crop.chips[0], np.asarray(picture.reduce(2)))


def test_repeated_edges_and_the_middle() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    wider = padded(DecodedImage(Image.fromarray(pixels), PhotoFacts("", "PNG", 60, 40)), 0.5)
    assert wider.pixels.size == (wider.facts.width, wider.facts.height) == (120, 100)
    found = np.asarray(wider.pixels)
    assert np.array_equal(found[30:70, 30:90], pixels)
    assert (found[:30, 30] == pixels[0, 0]).all()
    left, middle = FaceBox(0, 0, 50, 50, 0.9), FaceBox(50, 40, 80, 60, 0.5)
    assert subject([left, middle], wider.pixels.size) == middle
    assert subject([left], wider.pixels.size) == left, "the only one"
    assert subject([left, FaceBox(90, 0, 100, 10, 0.4)], wider.pixels.size) is None


def test_if_edges_hide_the_face_the_picture_is_used_as_it_is(detector: Detector, tmp_path: Path) -> None:
    picture = face()
    side = picture.width
    part = picture.crop((side // 3, side // 3, 2 * side // 3, 2 * side // 3)).resize((200, 200))
    part.filter(ImageFilter.GaussianBlur(6)).save(tmp_path / "close.png")
    image = read_picture(str(tmp_path / "close.png"))
    wide = padded(image, 2.0)
    assert subject(detector.detect(wide.pixels), wide.pixels.size) is None
    nets = load_spec(DEFAULT_MODEL).nets
    plain, padded_first = (FaceCropper(nets, detector, pad)(str(tmp_path / "close.png")) for pad in (0.0, 2.0))
    assert isinstance(plain, FaceCrop)
    assert isinstance(padded_first, FaceCrop)
    assert padded_first.box == plain.box
    assert np.array_equal(padded_first.chips[0], plain.chips[0])


@pytest.fixture
def one_sided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model with a low confidence in "female" if the left of a face is bright, otherwise a higher one in "male"."""
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    install(tmp_path / "models", "one-sided")
    home = tmp_path / "models" / "one-sided"
    constants = {
        "start": np.array([0], np.int64),
        "end": np.array([50], np.int64),
        "axis": np.array([3], np.int64),
        "slope": np.tile(np.array([[-0.01, 0.01]], np.float32), (3, 1)),
        "bias": np.array([1.0, 0.0], np.float32),
    }
    nodes = [
        helper.make_node("Slice", ["data", "start", "end", "axis"], ["left"]),
        helper.make_node("GlobalAveragePool", ["left"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "slope", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["prob"]),
    ]
    graph = helper.make_graph(
        nodes,
        "one_sided",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["faces", 3, 227, 227])],
        [helper.make_tensor_value_info("prob", TensorProto.FLOAT, ["faces", 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    file = home / "levi_hassner_gender.onnx"
    spec = (home / "spec.toml").read_text()
    before = file.read_bytes()
    spec = spec.replace(hashlib.sha256(before).hexdigest(), hashlib.sha256(data).hexdigest())
    (home / "spec.toml").write_text(spec.replace(f"size = {len(before)}", f"size = {len(data)}"))
    file.write_bytes(data)
    return "one-sided"


def test_oversampling_uses_the_mirrored_face_too(one_sided: str, tmp_path: Path) -> None:
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[:, :128] = 20
    Image.fromarray(pixels).save(tmp_path / "half.png")
    assert read_picture(str(tmp_path / "half.png")).pixels.size == (256, 256)
    settings = EvaluationSettings(model=one_sided, detector=None)
    pictures = [Example(str(tmp_path / "half.png"), gender="female")]
    right = [
        on_pictures(pictures, replace(settings, oversample=oversample), lambda judged, _: judged, {})
        .scores[one_sided]
        .total.gender.value
        for oversample in (False, True)
    ]
    assert right == [1.0, 0.0]
