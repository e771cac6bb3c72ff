"""Nets that compute in 8 bits: what is lost is little, other devices get single precision, models are models."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from photogender.cli import main
from photogender.faces.classify import Classifier
from photogender.model_tools.eight_bits import in_eight_bits
from photogender.models.read import load_spec
from photogender.runtime.device import open_session
from photogender.runtime.graph import in_floats
from photogender.runtime.session import Session
from tests.support.nets import install, levi_hassner
from tests.support.photos import face, rows


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def kinds(data: bytes) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(data).graph.node}


def answers(data: bytes, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = open_session(data, "cpu").run(["prob"], {"data": batch})[0]
    return found


@pytest.fixture(scope="module")
def batches() -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    return [rng.uniform(0, 255, (8, 3, 227, 227)).astype(np.float32) for _ in range(3)]


@pytest.fixture(scope="module")
def small(batches: list[NDArray[np.float32]]) -> bytes:
    return in_eight_bits(levi_hassner(8), batches[:2])


def test_integers_say_nearly_what_floats_say(small: bytes, batches: list[NDArray[np.float32]]) -> None:
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds(small)
    before, after = answers(levi_hassner(8), batches[2]), answers(small, batches[2])
    assert 0 < np.abs(before - after).max() < 0.05
    assert (before.argmax(axis=1) == after.argmax(axis=1)).mean() > 0.8


def test_every_face_is_answered_for_by_itself(small: bytes, batches: list[NDArray[np.float32]]) -> None:
    alone = np.concatenate([answers(small, batches[2][index : index + 1]) for index in range(8)])
    np.testing.assert_allclose(answers(small, batches[2]), alone, atol=1e-6)


def test_in_floats_again_only_the_rounding_of_weights_is_left(small: bytes, batches: list[NDArray[np.float32]]) -> None:
    """The rectifiers, too, which the quantiser takes out where rounding clips at zero anyway."""
    whole = in_floats(small)
    assert not kinds(whole) & {"QuantizeLinear", "DequantizeLinear"}
    assert "Relu" in kinds(whole)
    before, again = answers(levi_hassner(8), batches[2]), answers(whole, batches[2])
    assert 0 < np.abs(before - again).max() < 0.02
    assert in_floats(whole) == whole
    twice = in_eight_bits(small, batches[:2])
    assert np.abs(answers(twice, batches[2]) - before).max() < 0.05


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Thirty labelled close-ups, all of one person, lit differently."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    with face() as picture:
        for index in range(30):
            picture.point(lambda value, by=index: min(255, value + 3 * by)).save(folder / f"30_1_0_{index}.png")
    return folder


def test_a_model_in_eight_bits_is_a_model(
    data: Path, six_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    install(tmp_path / "models")
    install(tmp_path / "models", "own")
    result = run("models", "quantise", "own", "--data", str(data))
    assert result.exit_code == 0, result.output
    assert "scan --model own-int8" in result.stderr
    spec = load_spec("own-int8")
    assert [net.file.home.parent.name for net in spec.nets] == ["own-int8"] * 2
    assert (spec.accuracy, spec.measured, spec.licence) == ("not measured", (), "none")
    assert spec.nets[0].input == load_spec("own").nets[0].input
    assert all("QuantizeLinear" in kinds(net.file.read()) for net in spec.nets)
    catalog = tmp_path / "c.db"
    assert run("scan", str(six_faces), "--model", "own-int8", "--catalog", str(catalog)).exit_code == 0
    assert len(rows(catalog, "SELECT 1 FROM tags WHERE model = 'own-int8'")) == 6


def test_half_precision_takes_no_integers(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: list[NDArray[np.float32]]
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    install(tmp_path / "models", "own")
    assert run("models", "quantise", "own", "--data", str(data), "--name", "little").exit_code == 0
    (own, *_), (little, *_) = load_spec("own").nets, load_spec("little").nets
    whole, half = (Session(net, "cpu", half).run(batches[2])[0] for net, half in ((own, False), (little, True)))
    np.testing.assert_allclose(half, whole, atol=0.03)
    assert Classifier(load_spec("little"), "cpu", half=True)


def test_what_cannot_be_quantised(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    empty = tmp_path / "labels.csv"
    empty.write_text("file,age,gender\nnobody.png,30,f\n")
    for arguments, sentence in {
        ("centerface", "--data", str(data)): "The model centerface finds faces.",
        ("nothing", "--data", str(data)): "There is no model called nothing.",
        ("compact", "--data", str(data), "--name", "dlib"): "There is already a model called dlib",
    }.items():
        result = run("models", "quantise", *arguments)
        assert (result.exit_code, sentence in result.stderr) == (1, True), result.output
    assert not list((tmp_path / "models").glob("*/*.onnx"))
