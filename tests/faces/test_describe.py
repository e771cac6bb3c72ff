"""InsightFace's recognition networks: the shipped specs, with small networks of the same interface."""

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from photogender.catalog.said.likeness import likeness_path
from photogender.cli import main
from photogender.faces.align import crop_face
from photogender.faces.describe import Describer
from photogender.models.folders import SHIPPED
from photogender.models.read import load_spec
from photogender.records import DecodedImage, FaceBox, PhotoFacts
from tests.support.people import write_person
from tests.support.photos import rows

PLACES = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
"""Where eyes, nose and corners of the mouth are in a chip of 112 × 112: Deng et al. (2019), "ArcFace", its code."""

ARCFACE = ["arcface-mbf", "arcface-r50"]


def network(output: str) -> bytes:
    """As the packs have it, the output declared for one face: here, the mean colours of 8 × 8 parts and zeros."""
    weights = np.zeros((192, 512), np.float32)
    weights[:192, :192] = np.eye(192)
    nodes = [
        helper.make_node("AveragePool", ["input.1"], ["parts"], kernel_shape=[14, 14], strides=[14, 14]),
        helper.make_node("Flatten", ["parts"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], [output]),
    ]
    given = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, ["None", 3, 112, 112])
    answer = helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, 512])
    graph = helper.make_graph(nodes, "arcface", [given], [answer], [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture(params=ARCFACE)
def installed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model of the user that differs from the shipped one by its file alone."""
    text = (SHIPPED / f"{request.param}.toml").read_text(encoding="utf-8")
    spec = tomllib.loads(text)["nets"][0]
    data = network(spec["descriptor"]["output"])
    for before, after in (
        (spec["file"]["sha256"], hashlib.sha256(data).hexdigest()),
        (f"size = {spec['file']['size']}", f"size = {len(data)}"),
    ):
        assert before in text
        text = text.replace(before, after)
    home = tmp_path / "models" / "mine"
    home.mkdir(parents=True)
    (home / "spec.toml").write_text(text, encoding="utf-8")
    (home / spec["file"]["path"]).write_bytes(data)
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    return "mine"


def test_descriptors_have_the_length_1_and_do_not_depend_on_the_batch(
    installed: str, capfd: pytest.CaptureFixture[str]
) -> None:
    describer = Describer(load_spec(installed), "cpu", batch_size=2)
    rng = np.random.default_rng(0)
    chips = [rng.integers(0, 256, (112, 112, 3), np.uint8) for _ in range(3)]
    found = describer.describe(chips)
    assert found.shape == (3, 512)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    for chip, descriptor in zip(chips, found, strict=True):
        assert np.allclose(describer.describe([chip])[0], descriptor, atol=1e-6)
        parts = (chip.reshape(8, 14, 8, 14, 3).mean(axis=(1, 3)) - 127.5) / 127.5
        expected = ((parts + parts[:, ::-1]) / 2).transpose(2, 0, 1).ravel()  # RGB, and its mirror image
        assert np.allclose(descriptor[:192], expected / np.linalg.norm(expected), atol=1e-5)
    assert "shape" not in capfd.readouterr().err, "ONNX Runtime has nothing to warn of"


@pytest.mark.parametrize("name", ARCFACE)
def test_a_face_is_aligned_as_these_networks_want_it(name: str) -> None:
    picture = Image.new("RGB", (400, 400))
    landmarks = tuple((100.0 + 2 * x, 80.0 + 2 * y) for x, y in PLACES)
    for x, y in landmarks:
        picture.paste("white", (round(x) - 3, round(y) - 3, round(x) + 4, round(y) + 4))
    facts = PhotoFacts("", "JPEG", 400, 400)
    box = FaceBox(110, 100, 300, 330, 0.9, landmarks)
    (chip,) = crop_face(DecodedImage(picture, facts), box, load_spec(name).nets).chips
    assert chip.shape == (112, 112, 3)
    for x, y in PLACES:
        part = chip[round(y) - 5 : round(y) + 6, round(x) - 5 : round(x) + 6, 0].astype(float)
        down, right = np.mgrid[-5:6, -5:6]
        assert abs((part * right).sum() / part.sum() + round(x) - x) < 0.5
        assert abs((part * down).sum() / part.sum() + round(y) - y) < 0.5


def test_faces_are_grouped_with_such_a_network(installed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOGENDER_CATALOG", str(tmp_path / "catalog.db"))
    write_person(tmp_path / "lib", "red", 1, 2, 3)
    write_person(tmp_path / "lib", "blue", 1, 2)
    run = CliRunner()
    assert run.invoke(main, ["scan", str(tmp_path / "lib"), "-q"]).exit_code == 0
    told = run.invoke(main, ["people", "group", "--yes", "--descriptor", installed]).output
    assert "512 numbers that tell how alike two faces are" in told
    assert "2 groups of two or more faces, 0 single faces" in told
    write_person(tmp_path / "lib", "red", 4)
    run.invoke(main, ["scan", str(tmp_path / "lib"), "-q"])
    assert "Described 1 face." in run.invoke(main, ["people", "group"]).output, "by the same network"
    assert rows(likeness_path(tmp_path / "catalog.db"), "SELECT DISTINCT length(descriptor) FROM descriptors") == [
        (1024,)
    ]


@pytest.mark.parametrize("name", ARCFACE)
def test_without_the_file_it_says_how_to_get_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PHOTOGENDER_MODELS", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("PHOTOGENDER_CATALOG", str(tmp_path / "catalog.db"))
    write_person(tmp_path / "lib", "red", 1)
    run = CliRunner()
    run.invoke(main, ["scan", str(tmp_path / "lib"), "-q"])
    result = run.invoke(main, ["people", "group", "--yes", "--descriptor", name])
    assert result.exit_code == 1
    assert f"photogender models pull {name}" in result.output
    assert not likeness_path(tmp_path / "catalog.db").exists()
