"""dlib's face recognition network, read from its own file."""

import os
from pathlib import Path

import numpy as np
import pytest

from photogender.evaluation.pictures import padded, subject
from photogender.faces.align import crop_face
from photogender.faces.describe import Describer
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR
from photogender.models.read import load_spec
from photogender.photos.file import read_picture
from photogender.runtime.dlib_file import convolutions, to_onnx


@pytest.fixture(scope="module")
def file() -> Path:
    path = load_spec("dlib-face").nets[0].file.find()
    if path is None:
        pytest.skip("the extra people is not installed")
    return path


def test_the_graph_gives_what_dlib_gives(file: Path) -> None:
    dlib = pytest.importorskip("dlib")
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(to_onnx(file.read_bytes()))
    theirs = dlib.face_recognition_model_v1(str(file))
    rng = np.random.default_rng(0)
    for spread in (0, 30, 90):
        chip = rng.normal(120, spread, (150, 150, 3)).clip(0, 255).astype(np.uint8)
        given = ((chip - np.array([122.782, 117.001, 104.298])) / 256).astype(np.float32)
        (found,) = session.run(None, {"data": given.transpose(2, 0, 1)[None]})
        assert np.abs(found[0] - np.array(theirs.compute_face_descriptor(chip))).max() < 1e-5


def test_another_file_is_refused(file: Path) -> None:
    data = file.read_bytes()
    for other in (b"", b"\x01\x02\x01\x07noise", data[: len(data) // 2]):
        with pytest.raises(ValueError, match="not dlib's"):
            convolutions(other)


def test_faces_of_one_person_are_nearer_than_those_of_two(file: Path) -> None:
    folder = Path(os.environ.get("PHOTOGENDER_SHARED", "../shared")) / "data" / "more"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    rows = (line.split(",") for line in (folder / "labels.csv").read_text().splitlines())
    adults: dict[str, list[str]] = {}
    for row in rows:
        if row[0].startswith("lag/") and row[6] == "adult":
            adults.setdefault(row[5], []).append(row[0])
    detector = Detector(load_spec(DEFAULT_DETECTOR), "cpu")
    describer = Describer(load_spec("dlib-face"), "cpu")
    found: list[np.ndarray] = []
    for pair in [paths[:2] for paths in adults.values() if len(paths) > 1][:6]:
        chips = []
        for path in pair:
            picture = padded(read_picture(str(folder / path)), 0.5)
            box = subject(detector.detect(picture.pixels), picture.pixels.size)
            assert box
            chips.append(crop_face(picture, box, (describer.net,)).chips[0])
        found.append(describer.describe(chips))
    vectors = np.stack(found)
    own = np.linalg.norm(vectors[:, 0] - vectors[:, 1], axis=1)
    other = np.linalg.norm(vectors[:, None, 0] - vectors[None, :, 1], axis=2)[~np.eye(len(vectors), dtype=bool)]
    assert (own < 0.6).all(), own
    assert (other > 0.6).mean() > 0.95
    mirrored = describer.describe([chip[:, ::-1] for chip in chips])
    assert np.allclose(mirrored, found[-1], atol=1e-5), "a face and its mirror image are one"
