"""Sessions, devices and graphs: batches that do not fit, half precision, names of devices."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from photogender.errors import ModelError, RuntimeMissingError
from photogender.models.file import ModelFile
from photogender.models.spec import Net, NetInput
from photogender.runtime.device import available_providers, choose_device, devices, free_memory
from photogender.runtime.graph import freed, halved, probe
from photogender.runtime.session import Session, ports


def net(folder: Path, model: onnx.ModelProto, *, make_dynamic: bool = False) -> Net:
    """A net whose file holds a graph with the input x."""
    data = model.SerializeToString()
    (folder / "net.onnx").write_bytes(data)
    file = ModelFile("net.onnx", hashlib.sha256(data).hexdigest(), len(data), beside=folder)
    return Net(file, NetInput("x", "RGB", (0.0, 0.0, 0.0), 1.0, make_dynamic=make_dynamic))


def graph(nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], shape: list[object]) -> onnx.ModelProto:
    values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    made = helper.make_graph(nodes, "made", values, outputs, constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def means() -> onnx.ModelProto:
    """The mean of each channel."""
    return graph([helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)], [], ["n", 3, "h", "w"])


HUNGRY = """
import resource, sys
import numpy as np
from pathlib import Path
from photogender.runtime.session import Session
from tests.runtime.test_session import hungry, net

session = Session(net(Path(sys.argv[1]), hungry()), "cpu")
if sys.argv[3:]:
    session.run(np.zeros((1, 3, 2, 2), np.float32))  # now one picture fits in any case
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]) * 2**20,) * 2)
batch = np.arange(8 * 12, dtype=np.float32).reshape(8, 3, 2, 2)
try:
    (answer,) = session.run(batch)
except Exception as error:
    print(type(error).__name__, error)
else:
    print(np.array_equal(answer, batch.max(axis=(2, 3))), session._most)
"""


def hungry() -> onnx.ModelProto:
    """The largest value of each channel, by way of 48 MB a picture."""
    scale = numpy_helper.from_array(np.array([1.0, 1.0, 1024.0, 1024.0], np.float32), "scale")
    nodes = [
        helper.make_node("Resize", ["x", "", "scale"], ["large"], mode="nearest"),
        helper.make_node("ReduceMax", ["large"], ["y"], axes=[2, 3], keepdims=0),
    ]
    return graph(nodes, [scale], ["n", 3, "h", "w"])


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS")
@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (("4000",), "True None"),
        (("250", "warm"), "True 4|True 2|True 1"),
        (("20",), "ModelError ONNX Runtime cannot run net.onnx"),
    ],
)
def test_a_batch_that_does_not_fit_is_halved(tmp_path: Path, limits: tuple[str, ...], told: str) -> None:
    """A process whose address space is limited, so that ONNX Runtime really fails to allocate."""
    command = [sys.executable, "-c", HUNGRY, str(tmp_path), *limits]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert any(result.stdout.startswith(each) for each in told.split("|")), result.stdout + result.stderr


def test_other_failures_are_not_tried_again(tmp_path: Path) -> None:
    session = Session(net(tmp_path, means()), "cpu")
    with pytest.raises(ModelError, match=r"cannot run net\.onnx"):
        session.run(np.zeros((4, 3), np.float32))
    with pytest.raises(ModelError, match=r"cannot run net\.onnx"):
        session.run(np.zeros((4, 3, 2, 2), np.float32), ["no such output"])
    assert session._most is None


def test_what_is_no_graph_is_said(tmp_path: Path) -> None:
    made = net(tmp_path, means(), make_dynamic=True)
    for data in (b"no graph at all", (tmp_path / "net.onnx").read_bytes()[:-9]):
        (tmp_path / "net.onnx").write_bytes(data)
        file = ModelFile("net.onnx", hashlib.sha256(data).hexdigest(), len(data), beside=tmp_path)
        with pytest.raises(ModelError, match=r"cannot load net\.onnx"):
            Session(Net(file, made.input), "cpu")


# Graphs


def folded(batch_last: bool) -> onnx.ModelProto:
    """A picture's channels as rows, folded as SCRFD's and YuNet's exporters fold them, for one picture of 4 × 4."""
    order = [2, 3, 0, 1] if batch_last else [0, 2, 3, 1]
    shape = np.array([-1, 3] if batch_last else [1, -1, 3], np.int64)
    sizes = np.array([1, 3, 8, 8], np.int64)
    nodes = [
        helper.make_node("Resize", ["x", "", "", "sizes"], ["large"], mode="nearest"),
        helper.make_node("Transpose", ["large"], ["turned"], perm=order),
        helper.make_node("Reshape", ["turned", "shape"], ["y"]),
    ]
    constants = [numpy_helper.from_array(shape, "shape"), numpy_helper.from_array(sizes, "sizes")]
    return graph(nodes, constants, [1, 3, 4, 4])


@pytest.mark.parametrize("batch_last", [False, True])
def test_freed_graphs_take_any_number_of_any_size(tmp_path: Path, batch_last: bool) -> None:
    (fixed := tmp_path / "fixed").mkdir()
    one = Session(net(fixed, folded(batch_last)), "cpu")
    many = Session(net(tmp_path, folded(batch_last), make_dynamic=True), "cpu")
    batch = np.random.default_rng(0).normal(size=(5, 3, 4, 4)).astype(np.float32)
    (together,) = many.run(batch)
    assert together.shape == (5, 64, 3)
    for index in range(5):
        (alone,) = one.run(batch[index : index + 1])
        np.testing.assert_array_equal(together[index], alone.reshape(64, 3))
    assert many.run(np.zeros((2, 3, 6, 2), np.float32))[0].shape == (2, 48, 3)


def test_names_that_are_not_utf8_are_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    whole = probe()
    assert ports(whole, "net.onnx")
    for name in (b"\x01x", b"\x01y", b"\x03Add"):
        with pytest.raises(ModelError, match=r"cannot load net\.onnx: .*utf-8"):
            ports(whole.replace(name, name[:1] + b"\xff" * (len(name) - 1)), "net.onnx")
    assert capfd.readouterr() == ("", "")


def test_weights_among_the_inputs_are_taken_out() -> None:
    model = graph([helper.make_node("Add", ["x", "w"], ["y"])], [helper.make_tensor("w", 1, [1], [2.0])], [1, 3, 4, 4])
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [1]))
    assert [value.name for value in onnx.load_from_string(freed(model.SerializeToString())).graph.input] == ["x"]


def test_half_precision_computes_in_half(tmp_path: Path) -> None:
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0002])
    model = graph([helper.make_node("Mul", ["x", "w"], ["y"])], [weight], ["n", 3, "h", "w"])
    halved_weights = onnx.load_from_string(halved(model.SerializeToString())).graph.initializer
    assert {value.data_type for value in halved_weights} == {TensorProto.FLOAT16}
    x = np.full((1, 3, 1, 1), 1000.0, np.float32)
    whole, half = (Session(net(tmp_path, model), "cpu", half=each).run(x)[0] for each in (False, True))
    assert (whole.dtype, half.dtype) == (np.float32, np.float32)
    assert whole.max() == pytest.approx(1000.2, abs=0.01)
    assert half.max() == 1000.0, "1.0002 is 1 in half precision"


def test_resizes_that_share_their_factors_are_halved(tmp_path: Path) -> None:
    """As SCRFD's do."""
    factors = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "factors")
    nodes = [
        helper.make_node("Constant", [], ["factors"], value=factors),
        helper.make_node("Resize", ["x", "", "factors"], ["large"], mode="nearest"),
        helper.make_node("Resize", ["large", "", "factors"], ["y"], mode="nearest"),
    ]
    session = Session(net(tmp_path, graph(nodes, [], ["n", 3, "h", "w"])), "cpu", half=True)
    x = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2)
    np.testing.assert_array_equal(session.run(x)[0], x.repeat(4, axis=2).repeat(4, axis=3))


# Devices


def test_devices_are_known_by_short_names() -> None:
    assert "cpu" in devices()
    assert "CPUExecutionProvider" in available_providers()
    assert choose_device("cpu") == ("cpu", "")


@pytest.mark.parametrize(
    ("device", "message", "hint"),
    [
        ("cuda", "CUDA is not available", "pip uninstall -y onnxruntime"),
        ("tensorrt", "TensorRT is not available", "photogender[gpu]"),
        ("webgpu", "There is no device webgpu", "pip install onnxruntime-ep-webgpu"),
        ("../x", "There is no device ../x", "Known: auto, cpu, cuda, tensorrt"),
        ("gpu", "There is no device gpu", "Known: auto, cpu, cuda, tensorrt"),
    ],
)
def test_a_device_that_is_not_there_is_not_replaced_in_silence(device: str, message: str, hint: str) -> None:
    if device in devices():
        pytest.skip(f"{device} is installed here")
    with pytest.raises(RuntimeMissingError) as caught:
        choose_device(device)
    assert message in caught.value.message
    assert "offers cpu" in caught.value.message
    assert hint in caught.value.hint


def test_a_plugin_is_found_by_its_package(tmp_path: Path) -> None:
    """By ONNX Runtime's convention; this one's library is no library, so the device does not start."""
    package = tmp_path / "onnxruntime_ep_abacus"
    package.mkdir()
    (package / "__init__.py").write_text(
        "def get_ep_name(): return 'AbacusExecutionProvider'\n"
        f"def get_library_path(): return {str(tmp_path / 'abacus.so')!r}\n"
    )
    program = "from photogender.runtime.device import choose_device\nchoose_device('abacus')"
    environment = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "PATH": ""}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )
    assert "ONNX Runtime could not start abacus" in result.stderr


def test_free_memory_is_of_nvidia_alone() -> None:
    assert free_memory("cpu") is None
