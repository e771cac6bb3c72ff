"""The paper's network: shapes, Caffe's normalisation and pooling by hand, and the same results in ONNX Runtime."""

import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photogender.errors import ModelError
from photogender.faces.preprocess import to_batch, views
from photogender.models.spec import NetInput

torch = pytest.importorskip("torch")

from photogender.runtime.device import open_session  # noqa: E402
from photogender.training.files import levi_hassner_onnx as writing  # noqa: E402
from photogender.training.files.levi_hassner_onnx import to_onnx  # noqa: E402
from photogender.training.nets.layers import local_response_norm, pool  # noqa: E402
from photogender.training.nets.levi_hassner import LeviHassner, initialise  # noqa: E402
from photogender.training.precision import autocast  # noqa: E402
from photogender.training.recipe import Precision  # noqa: E402
from photogender.training.task import YEARS  # noqa: E402


@pytest.fixture(scope="module")
def net() -> LeviHassner:
    """Random weights, and a mean face with a gradient."""
    mean = torch.arange(3 * 227 * 227, dtype=torch.float32).reshape(3, 227, 227) % 251
    made = LeviHassner("both", mean, input_scale=1 / 64)
    initialise(made, "kaiming", seed=1)
    for layer in made.fc8.values():
        torch.nn.init.normal_(layer.weight, 0, 0.2, torch.Generator().manual_seed(2))
    return made.eval()


def test_the_layers_are_the_papers(net: LeviHassner) -> None:
    shapes = {name: tuple(values.shape) for name, values in net.state_dict().items() if name.endswith("weight")}
    assert shapes == {
        "conv1.weight": (96, 3, 7, 7),
        "conv2.weight": (256, 96, 5, 5),
        "conv3.weight": (384, 256, 3, 3),
        "fc6.weight": (512, 384 * 7 * 7),
        "fc7.weight": (512, 512),
        "fc8.age.weight": (8, 512),
        "fc8.gender.weight": (2, 512),
        "fc8.years.weight": (101, 512),
    }
    sizes = []
    hooks = [
        getattr(net, f"conv{n}").register_forward_hook(lambda m, i, o: sizes.append(o.shape[2])) for n in (1, 2, 3)
    ]
    net(torch.zeros(1, 3, 227, 227))
    for hook in hooks:
        hook.remove()
    assert sizes == [56, 28, 14]


def test_normalisation_by_hand() -> None:
    """Caffe: each value over (1 + 1e-4 / 5 * squares of the five channels about it) to the power 0.75."""
    values = [100.0, -200.0, 300.0, 50.0, 0.0, 400.0, 10.0]
    expected = []
    for channel, value in enumerate(values):
        near = values[max(channel - 2, 0) : channel + 3]
        expected.append(value / (1 + 1e-4 / 5 * sum(one * one for one in near)) ** 0.75)
    found = local_response_norm(torch.tensor(values).reshape(1, 7, 1, 1)).flatten().tolist()
    assert found == pytest.approx(expected, rel=1e-5)
    assert expected[0] == pytest.approx(100 / (1 + 2e-5 * 140_000) ** 0.75)
    theirs = torch.nn.functional.local_response_norm(torch.tensor(values).reshape(1, 7, 1, 1), 5, 1e-4, 0.75, 1.0)
    assert theirs.flatten().tolist() == pytest.approx(expected, rel=1e-5)


def test_the_gradient_of_the_normalisation() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 9, 3, 2, dtype=torch.float64, generator=generator) * 150
    assert torch.autograd.gradcheck(local_response_norm, (x.requires_grad_(),), eps=1e-3, atol=1e-6, rtol=1e-4)


def test_pooling_rounds_up_by_hand() -> None:
    """Caffe: with 4 pixels a side, windows of 3 start at 0 and 2; the second reaches over the edge."""
    grid = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert pool(grid).tolist() == [[[[10, 11], [14, 15]]]]
    assert [pool(torch.zeros(1, 1, side, side)).shape[2] for side in (56, 28, 14, 5)] == [28, 14, 7, 2]


@pytest.mark.parametrize("storage", ["float32", "small"])
@pytest.mark.parametrize("head", ["age", "gender"])
def test_the_file_predicts_the_same_as_the_network(net: LeviHassner, head: str, storage: writing.Storage) -> None:
    data = to_onnx(net, head, storage)
    rng = np.random.default_rng(3)
    chips = [rng.integers(0, 256, (256, 256, 3), dtype=np.uint8) for _ in range(3)]
    given = NetInput("data", "BGR", (0.0, 0.0, 0.0), 1.0, (227, 227), (256, 256))
    batch = to_batch(views(chips, given, oversample=False), given)
    (found,) = open_session(data, "cpu").run(["prob"], {"data": batch})
    with torch.no_grad():
        wanted = torch.softmax(net(torch.from_numpy(batch))[head], 1).numpy()
    assert found.shape == (3, {"age": 8, "gender": 2}[head])
    assert np.abs(found - wanted).max() < (1e-4 if storage == "float32" else 0.1)
    assert len(data) < {"float32": 50e6, "small": 20e6}[storage]
    middle = np.stack(chips)[:, 14:241, 14:241, ::-1].transpose(0, 3, 1, 2)
    assert np.array_equal(batch, middle)


def test_the_file_has_the_published_names(net: LeviHassner) -> None:
    graph = onnx.load_from_string(to_onnx(net, "age")).graph
    names = [node.name for node in graph.node if node.op_type not in ("Cast", "Mul", "Flatten")]
    assert names == (
        "centred conv1 relu1 pool1 norm1 conv2 relu2 pool2 norm2 conv3 relu3 pool5 fc6 relu6 fc7 relu7 fc8 prob".split()
    )
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_a_file_that_predicts_something_else_is_not_written(net: LeviHassner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "NORM_ALPHA", 0.5)
    with pytest.raises(ModelError, match="differ by"):
        to_onnx(net, "age")


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**31), st.sampled_from(["gaussian", "kaiming"]))
def test_first_weights_follow_the_seed(seed: int, kind: str) -> None:
    made = LeviHassner("age", torch.zeros(3, 227, 227))
    initialise(made, kind, seed)  # type: ignore[arg-type]
    other = LeviHassner("age", torch.zeros(3, 227, 227))
    initialise(other, kind, seed)  # type: ignore[arg-type]
    assert all(map(torch.equal, made.state_dict().values(), other.state_dict().values()))
    if kind == "gaussian":
        layers = ("conv1", "conv2", "fc6", "fc7")
        deviations = {name: float(getattr(made, name).weight.detach().std()) for name in layers}
        assert deviations == pytest.approx({"conv1": 0.01, "conv2": 0.01, "fc6": 0.005, "fc7": 0.005}, rel=0.05)
        biases = {name: set(getattr(made, name).bias.tolist()) for name in ("conv1", "conv2", "conv3", "fc6", "fc7")}
        assert biases == {"conv1": {0.0}, "conv2": {1.0}, "conv3": {0.0}, "fc6": {1.0}, "fc7": {1.0}}
    else:
        assert float(made.conv2.weight.detach().std()) == pytest.approx(math.sqrt(2 / (96 * 25)), rel=0.05)


def test_smaller_faces_give_the_same_outputs(net: LeviHassner) -> None:
    for side in (131, 163, 227):
        assert {name: tuple(values.shape) for name, values in net(torch.zeros(2, 3, side, side)).items()} == {
            "age": (2, 8),
            "gender": (2, 2),
            "years": (2, YEARS),
        }


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="the kernel does not say what the CPU has")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_bfloat16_only_if_the_cpu_has_instructions_for_it(precision: Precision) -> None:
    has = "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    with autocast(precision):
        answer = torch.nn.functional.linear(torch.ones(1, 4), torch.ones(2, 4))
    assert (answer.dtype == torch.bfloat16) == (has and precision == "bfloat16")
