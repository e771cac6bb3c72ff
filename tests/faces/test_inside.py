"""What a net has learnt, against the weights it was made of."""

from pathlib import Path

import numpy as np
import pytest

from photogender.errors import ModelError
from photogender.faces.inside import (
    first_filters,
    inner_values,
    mean_image,
    picture_of_filters,
    picture_of_responses,
    responses,
)
from photogender.labels import DEFAULT_DETECTOR
from photogender.models.read import load_spec
from photogender.models.spec import Net
from tests.support.nets import MEAN, install, weights


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Net, ...]:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    install(tmp_path / "models", "small")
    return load_spec("small").nets


def test_filters_are_the_first_weights_in_rgb_though_stored_in_halves(nets: tuple[Net, ...]) -> None:
    filters = first_filters(nets[0])
    assert np.array_equal(filters, weights(8, 0)["w1"].astype(np.float16).astype(np.float32)[:, ::-1])


def test_the_mean_is_that_of_the_graph_in_rgb(nets: tuple[Net, ...]) -> None:
    mean = mean_image(nets[0])
    assert mean.shape == (227, 227, 3)
    assert np.array_equal(mean, MEAN[::-1].transpose(1, 2, 0))


def test_the_mean_of_a_net_without_an_image_is_its_colour() -> None:
    mean = mean_image(load_spec("dlib").nets[0])
    assert mean.shape == (64, 64, 3)
    assert np.allclose(mean, [122.782, 117.001, 104.298])
    with pytest.raises(ModelError, match="no mean image"):
        mean_image(load_spec(DEFAULT_DETECTOR).nets[0])


def test_responses_are_the_convolution_by_hand(nets: tuple[Net, ...]) -> None:
    chip = np.random.default_rng(3).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    found = responses(nets[0], [chip, chip[::-1]], ["conv1", "relu1", "prob"])
    assert found["conv1"].shape == (2, 12, 56, 56)
    seen = chip[14:241, 14:241, ::-1].transpose(2, 0, 1) - MEAN
    kernel = first_filters(nets[0])[5, ::-1]
    by_hand = (seen[:, 4 * 9 : 4 * 9 + 7, 4 * 30 : 4 * 30 + 7] * kernel).sum()
    assert found["conv1"][0, 5, 9, 30] == pytest.approx(by_hand, rel=1e-3)
    assert np.array_equal(found["relu1"], np.maximum(found["conv1"], 0))
    assert found["prob"].sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_the_steps_are_named_in_order(nets: tuple[Net, ...]) -> None:
    steps = [value.step for value in inner_values(nets[1]) if value.step != "Cast"]
    assert steps[:6] == ["Sub", "Conv", "Relu", "MaxPool", "LRN", "Conv"]
    assert steps[-2:] == ["Gemm", "Softmax"]


def test_what_is_not_there_is_named(nets: tuple[Net, ...]) -> None:
    with pytest.raises(ModelError, match="no inner value 'pool9'") as caught:
        responses(nets[0], [np.zeros((256, 256, 3), np.uint8)], ["pool9"])
    assert "conv1" in caught.value.hint


def test_a_file_that_is_no_onnx_is_named(nets: tuple[Net, ...], tmp_path: Path) -> None:
    import hashlib
    from dataclasses import replace

    (tmp_path / "text.onnx").write_bytes(b"no graph at all")
    digest = hashlib.sha256(b"no graph at all").hexdigest()
    net = replace(nets[0], file=replace(nets[0].file, path="text.onnx", sha256=digest, beside=tmp_path))
    with pytest.raises(ModelError, match=r"text\.onnx"):
        inner_values(net)


def test_pictures_have_a_tile_for_each_and_a_white_gap() -> None:
    filters = np.zeros((5, 3, 7, 7), np.float32)
    filters[4, 0] = 2.0  # red
    filters[3] = -2.0
    picture = np.asarray(picture_of_filters(filters, zoom=1))
    assert picture.shape == (2 * 8 - 1, 3 * 8 - 1, 3)
    assert picture[0, 0].tolist() == [128, 128, 128]
    assert picture[8, 8].tolist() == [255, 128, 128]  # second row, second column
    assert picture[8, 0].tolist() == [0, 0, 0]
    assert (picture[7] == 255).all()
    assert picture_of_filters(filters, zoom=3).size == (69, 45)


def test_responses_span_black_to_white_and_a_flat_one_is_no_error() -> None:
    values = np.arange(4 * 6, dtype=np.float32).reshape(4, 2, 3)
    picture = np.asarray(picture_of_responses(values, zoom=1))
    assert picture.shape == (5, 7, 3)
    assert picture[0, 0].tolist() == [0, 0, 0]
    assert picture[-1, -1].tolist() == [255, 255, 255]
    with np.errstate(all="raise"):
        assert np.asarray(picture_of_responses(np.zeros((4, 2, 3), np.float32), zoom=1)).min() == 0
