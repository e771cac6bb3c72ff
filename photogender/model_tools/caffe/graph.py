"""Building the ONNX graph of a Caffe network: names, blobs, weights, input and output."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from photogender.errors import ModelError
from photogender.model_tools.caffe.wire import Layer, array

_MOST = 2**28
"""Most numbers in one blob: a definition that needs more than a gigabyte per face is damaged."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A Caffe blob at this point of the network."""

    value: str
    """Its name in the graph, where each name is written once; in Caffe a layer may overwrite its input."""
    shape: tuple[int, ...]
    """Shape without the batch."""


class Graph:
    """Nodes and weights, added in the order of the network's layers."""

    def __init__(self, definition: Path, weights_path: Path, weights: dict[str, list[Any]]) -> None:
        """Begin with nothing.

        Args:
            definition: Named in errors.
            weights_path: Named in errors.
            weights: As ``read_weights`` gives them.
        """
        self.input = self.output = ""
        self._definition, self._weights_path, self._weights = definition, weights_path, weights
        self._blobs: dict[str, Blob] = {}
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self._names = {""}
        self._consumed: set[str] = set()
        self._shape: tuple[int, ...] = ()

    def begin(self, name: str, shape: tuple[int, ...]) -> None:
        """Declare ``name`` as the input: a picture of ``shape``, 3 × height × width."""
        if len(shape) != 3 or shape[0] != 3 or min(shape) < 1 or math.prod(shape) > _MOST:
            raise ModelError(
                f"{self._definition}: the input {name!r} has the shape {shape}; it should be 3 × height × width."
            )
        self.input, self._shape = self._fresh(name), shape
        self._blobs[name] = Blob(self.input, shape)

    def subtract(self, mean: NDArray[np.float32]) -> None:
        """Subtract a mean image from the input, before all layers: 3 × height × width."""
        ((name, blob),) = self._blobs.items()
        value = self.node("Sub", [blob.value, self.tensor("mean", mean[None])], f"{name} less mean")
        self._blobs[name] = Blob(value, blob.shape)

    def bottom(self, layer: Layer) -> Blob:
        """The input blob of a layer."""
        if len(layer.bottoms) != 1 or len(layer.tops) != 1 or not layer.tops[0]:
            raise self.refusal(layer, "should have one bottom and one top")
        if layer.bottoms[0] not in self._blobs:
            raise self.refusal(layer, f"uses the blob {layer.bottoms[0]!r}, which no earlier layer makes")
        return self._blobs[layer.bottoms[0]]

    def set_top(self, layer: Layer, blob: Blob) -> None:
        """Record the output blob of a layer."""
        (bottom,), (top,) = layer.bottoms, layer.tops
        if top in self._blobs and top != bottom:
            raise self.refusal(layer, f"makes the blob {top!r}, which another layer makes too")
        if math.prod(blob.shape) > _MOST:
            raise self.refusal(layer, f"gives {blob.shape} numbers a face")
        self._blobs[top] = blob

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401 - as onnx takes
        """Add a node; returns the name of its output: ``output``, or a variant if that is taken."""
        name = self._fresh(output)
        self._consumed.update(inputs)
        self._nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def tensor(self, name: str, values: NDArray[Any]) -> str:
        """Add constants; returns their name."""
        fresh = self._fresh(name)
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), fresh))
        return fresh

    def trained(self, layer: Layer, shapes: list[tuple[int, ...]]) -> list[str]:
        """Add a layer's weights and, if there are two shapes, its bias; returns their names.

        Raises:
            ModelError: The file has none for this layer, or of other shapes.
        """
        blobs = self._weights.get(layer.name)
        advice = "Take both files from the same net."
        if blobs is None:
            message = f"{self._weights_path} has no weights for the layer {layer.name!r} of {self._definition}."
            raise ModelError(message, advice)
        if len(blobs) != len(shapes):
            counts = (
                f"{len(blobs)} blobs for the layer {layer.name!r}; by {self._definition} it should be {len(shapes)}"
            )
            raise ModelError(f"{self._weights_path} has {counts}.", advice)
        names = []
        for blob, shape, what in zip(blobs, shapes, ("weights", "bias"), strict=False):
            whose = f"{what} of the layer {layer.name!r}"
            values = array(blob, f"{self._weights_path}: the {whose}")
            if _bare(values.shape) != _bare(shape):
                shapes_told = f"is {values.shape}; by {self._definition} it should be {shape}"
                raise ModelError(f"{self._weights_path}: the shape of the {whose} {shapes_told}.", advice)
            names.append(self.tensor(f"{layer.name} {what}", values.reshape(shape)))
        return names

    def end(self) -> tuple[bytes, tuple[int, ...], bool]:
        """Finish: the output is the blob that no layer uses.

        Returns:
            The model, opset 17, for any batch; the shape of its output for a face; whether these are probabilities.

        Raises:
            ModelError: There is no output, or more than one.
        """
        left = {blob.value: blob for blob in self._blobs.values() if blob.value not in self._consumed}
        if len(left) != 1 or self.input in left:
            found = ", ".join(map(repr, left)) or "none"
            raise ModelError(f"{self._definition}: the net must have one output; found {found}.")
        ((self.output, blob),) = left.items()
        shape = blob.shape
        is_softmax = any(node.op_type == "Softmax" for node in self._nodes if blob.value in node.output)
        if len(shape) > 1 and math.prod(shape) == shape[0]:  # Caffe keeps two sides of 1
            self.output, shape = self.node("Flatten", [self.output], f"{self.output} flat", axis=1), shape[:1]
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *sides])
            for name, sides in ((self.input, self._shape), (self.output, shape))
        ]
        graph = helper.make_graph(self._nodes, "caffe", ends[:1], ends[1:], self._tensors)
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8, producer_name="photogender")
        return bytes(model.SerializeToString()), shape, is_softmax

    def refusal(self, layer: Layer, what: str) -> ModelError:
        """An error about a layer, with its file."""
        return ModelError(f"{self._definition}: the layer {layer.name!r} ({layer.type}) {what}.")

    def _fresh(self, name: str) -> str:
        wanted, number = name, 1
        while name in self._names:
            number += 1
            name = f"{wanted} {number}"
        self._names.add(name)
        return name


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without leading ones, with which the old format pads it to four dimensions."""
    first = next((index for index, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]
