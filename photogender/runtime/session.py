"""A loaded network: batches in, outputs out, on any device."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError, RuntimeMissingError
from photogender.models.spec import Net
from photogender.runtime.device import Granted, open_session

_LOOP = re.compile(rb"(?:\x22|\xa2\x80*\x00)(?:\x04|\x84\x80*\x00)Loop")
"""The operator of a node as protobuf writes it: field 4, of four bytes; tag and length may be longer than needed."""


class Session:
    """A loaded network. ``run`` may be called from several threads at once."""

    def __init__(self, net: Net, device: Granted, half: bool = False, inner: Sequence[str] = ()) -> None:
        """Load a network onto a device.

        Args:
            net: From a model's spec.
            device: As granted by ``choose_device``.
            half: Compute in half precision; inputs and outputs stay float32.
            inner: Names of values inside the graph that ``run`` can return too.

        Raises:
            ModelError: The file is missing or altered, or does not fit the spec.
            RuntimeMissingError: ONNX Runtime or the package onnx is not installed.
        """
        data = net.file.read()
        self._name = net.file.name
        check_ends(data, self._name)
        try:
            if net.file.format == "dlib":
                from photogender.runtime.dlib_file import to_onnx

                data = to_onnx(data)
            if net.input.make_dynamic:
                from photogender.runtime.graph import freed

                data = freed(data)
            if half or device != "cpu":
                from photogender.runtime.graph import in_floats

                data = in_floats(data)
            if half:
                from photogender.runtime.graph import halved

                data = halved(data)
            if inner:
                from photogender.runtime.graph import with_outputs

                data = with_outputs(data, inner)
            self._session = open_session(data, device, half)
            inputs = [value.name for value in self._session.get_inputs()]
            self._outputs = [value.name for value in self._session.get_outputs()]
        except ModuleNotFoundError as error:
            raise RuntimeMissingError(
                f"{self._name} needs the package {error.name}, which is not installed.",
                f"Install it with: pip install {error.name}",
            ) from error
        except Exception as error:  # ONNX Runtime's own exceptions share no other base
            raise ModelError(f"ONNX Runtime cannot load {self._name}: {error}") from error
        self._input = net.input.name
        if inputs != [self._input]:
            raise ModelError(f"{self._name} has the inputs {inputs}, but its spec says {self._input!r}.")
        self._most: int | None = None

    def run(self, batch: NDArray[np.float32], outputs: list[str] | None = None) -> list[NDArray[np.float32]]:
        """The named outputs (None: all, in the file's order) for one batch.

        If a batch does not fit into memory, it is halved until it does; later batches are no larger.

        Args:
            batch: float32, batch × channels × height × width.
            outputs: Names of outputs whose first axis is the batch.

        Raises:
            ModelError: The network has no such output, or does not accept the batch.
        """
        most = self._most or len(batch)
        if len(batch) > most:
            parts = [self.run(batch[start : start + most], outputs) for start in range(0, len(batch), most)]
            return [np.concatenate(values) for values in zip(*parts, strict=True)]
        try:
            return self._run(batch, outputs or self._outputs)
        except Exception as error:  # as above
            if len(batch) > 1 and _is_out_of_memory(error):
                self._most = len(batch) // 2
                return self.run(batch, outputs)
            raise ModelError(f"ONNX Runtime cannot run {self._name}: {error}") from error

    def _run(self, batch: NDArray[np.float32], outputs: list[str]) -> list[NDArray[np.float32]]:
        """Run with I/O binding, so that outputs stay on the device until all of them are done."""
        binding = self._session.io_binding()
        binding.bind_cpu_input(self._input, batch)
        for name in outputs:
            binding.bind_output(name)
        self._session.run_with_iobinding(binding)
        values: list[NDArray[np.float32]] = binding.copy_outputs_to_cpu()
        return values


def check_ends(data: bytes, name: str) -> None:
    """Check that a network has no loop, which might never end, and which nothing could stop.

    Raises:
        ModelError: It has one.
    """
    if _LOOP.search(data):
        raise ModelError(f"{name} has the operator Loop, which may never end: it is not run.")


def _is_out_of_memory(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(
        sign in text for sign in ("failed to allocate", "out of memory", "bad_alloc", "alloc_failed")
    )


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output that a network's file declares."""

    name: str
    type: str
    """ONNX Runtime's name, such as ``float``."""
    shape: tuple[int | None, ...]
    """None: any length."""

    def __str__(self) -> str:
        lengths = " × ".join("any" if length is None else str(length) for length in self.shape)
        return f"{self.name!r} ({self.type}, {lengths or 'one number'})"


def ports(data: bytes, name: str) -> tuple[list[Port], list[Port]]:
    """The inputs and outputs of the network in ``data``, whose file is called ``name``.

    Raises:
        ModelError: It is not an ONNX network that ONNX Runtime can run, has a loop, or its weights are in another file.
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    from photogender.runtime.graph import is_whole

    check_ends(data, name)
    try:
        if not is_whole(data):
            raise ModelError(
                f"{name} stores its weights in another file.",
                "Save it as one file: onnx.save_model(onnx.load('net.onnx'), 'whole.onnx')",
            )
        session = open_session(data, "cpu", as_it_is=True)
        return [_port(value) for value in session.get_inputs()], [_port(value) for value in session.get_outputs()]
    except (ModelError, RuntimeMissingError):
        raise
    except Exception as error:  # as above
        raise ModelError(f"ONNX Runtime cannot load {name}: {error}") from error


def _port(value: Any) -> Port:  # noqa: ANN401 - ONNX Runtime has no types
    lengths = tuple(length if isinstance(length, int) else None for length in value.shape)
    return Port(value.name, value.type.removeprefix("tensor(").removesuffix(")"), lengths)
