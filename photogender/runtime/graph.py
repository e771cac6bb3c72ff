"""Rewriting ONNX graphs: dynamic batch and size, half precision, floats for 8-bit networks, further outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Batch = NDArray[np.float32]

_TO_LAST = (0, 2, 3, 1)
"""Batch first, channels last."""


def probe() -> bytes:
    """A graph with one addition, to test whether a device starts."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "probe", value[:1], value[1:])
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def freed(data: bytes) -> bytes:
    """Make batch, height and width dynamic in a network where only the file's declarations fix them.

    - Old exporters list every weight as an input that a caller could replace, which stops ONNX Runtime from folding
      and repacking it. Without these inputs CenterFace runs 1.8 times as fast.
    - SCRFD and YuNet end in a transpose and a reshape that fold the batch into the rows, or assume a batch of 1.
      After the rewrite every output is batch × rows × columns.
    - A resize to a fixed size becomes a resize by the same factor.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    model = loaded(data)
    graph = model.graph
    weights = {value.name for value in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    constants = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    constants |= {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant" and node.attribute[0].name == "value"
    }
    _resize_by_factors(model, constants)
    _put_batch_first(graph, constants)
    for value in inputs:
        for axis, label in ((0, "batch"), (2, "height"), (3, "width")):
            value.type.tensor_type.shape.dim[axis].dim_param = label
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    del graph.input[:], graph.value_info[:]
    graph.input.extend(inputs)
    return bytes(model.SerializeToString())


def halved(data: bytes) -> bytes:
    """Convert a network to half precision; inputs and outputs stay in single precision.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = convert_float_to_float16(loaded(data), keep_io_types=True)
    # If several nodes need the same value in single precision (resizes that share a factor), the converter adds
    # several nodes with the same name, which no runtime accepts.
    nodes = {node.output[0]: node for node in model.graph.node}.values()
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def in_floats(data: bytes) -> bytes:
    """Convert an 8-bit network to single precision, for devices that support other integers or none.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    model = loaded(data)
    graph = model.graph
    rounded = {node.output[0]: node for node in graph.node if node.op_type == "QuantizeLinear"}
    if not rounded:
        return data
    constants = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    nodes, weights = [], []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            whole = _unpacked(node, constants)
            weights.append(numpy_helper.from_array(whole, node.output[0]))
        elif node.op_type == "DequantizeLinear" and node.input[0] in rounded:
            source = rounded[node.input[0]]
            zero = constants[source.input[2]] if len(source.input) > 2 else np.zeros((), np.uint8)
            # The range begins at zero, so negative values became zero: that is how the quantiser encodes a ReLU.
            kind = "Relu" if zero.dtype == np.uint8 and not zero.any() else "Identity"
            nodes.append(helper.make_node(kind, source.input[:1], node.output, name=node.name))
        elif node.op_type != "QuantizeLinear":
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    weights += [value for value in graph.initializer if value.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(weights)
    return bytes(model.SerializeToString())


def with_outputs(data: bytes, names: Sequence[str]) -> bytes:
    """Add values inside the graph to a network's outputs.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    model = loaded(data)
    known = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    return bytes(model.SerializeToString())


def is_whole(data: bytes) -> bool:
    """Whether all weights are in the file itself; otherwise they are in another file, which would not be copied.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    return all(weight.data_location != TensorProto.EXTERNAL for weight in loaded(data).graph.initializer)


def steps(data: bytes) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each node in the order in which they run: the name of its first output, its operator, its inputs.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    return [(node.output[0], node.op_type, tuple(node.input)) for node in loaded(data).graph.node]


def stored_weights(data: bytes) -> dict[str, NDArray[Any]]:
    """The weights by name, as they are stored.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    return {each.name: numpy_helper.to_array(each) for each in loaded(data).graph.initializer}


def loaded(data: bytes) -> Any:  # noqa: ANN401 - onnx has no types
    """The graph of a file as ``onnx`` has it.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    try:
        return onnx.load_from_string(data)
    except Exception as error:  # protobuf's own exceptions share no other base
        raise ValueError(f"it is not an ONNX file ({error})") from error


def _unpacked(node: Any, constants: dict[str, Any]) -> Batch:  # noqa: ANN401 - onnx has no types
    """The numbers that a ``DequantizeLinear`` makes of a constant."""
    values, scale = (constants[name] for name in node.input[:2])
    zero = constants[node.input[2]] if len(node.input) > 2 and node.input[2] else np.zeros((), np.int32)
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
    shape = [-1 if index == axis % values.ndim else 1 for index in range(values.ndim)] if scale.size > 1 else []
    scale, zero = (each.reshape(shape) for each in (scale, zero))
    whole: Batch = ((values.astype(np.int32) - zero) * scale).astype(np.float32)
    return whole


def _put_batch_first(graph: Any, constants: dict[str, Any]) -> None:  # noqa: ANN401 - onnx has no types
    producers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type != "Reshape" or node.input[1] not in constants:
            continue
        before = producers.get(node.input[0])
        shape = constants[node.input[1]].tolist()
        if before is None or before.op_type != "Transpose" or shape[:-1] not in ([-1], [1, -1]):
            continue
        (order,) = (attribute for attribute in before.attribute if attribute.name == "perm")
        if tuple(order.ints) not in (_TO_LAST, (2, 3, 0, 1)):
            continue
        order.ints[:] = _TO_LAST
        _replace(graph, node, 1, np.array([0, -1, shape[-1]], np.int64))  # 0: as it comes in


def _resize_by_factors(model: Any, constants: dict[str, Any]) -> None:  # noqa: ANN401
    fixed = [
        node
        for node in model.graph.node
        if node.op_type == "Resize" and len(node.input) == 4 and node.input[3] in constants
    ]
    if not fixed:
        return
    known = onnx.shape_inference.infer_shapes(model).graph
    sizes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*known.input, *known.value_info)
    }
    for node in fixed:
        factors = constants[node.input[3]] / np.array(sizes[node.input[0]])
        _replace(model.graph, node, 2, factors.astype(np.float32))
        del node.input[3]


def _replace(graph: Any, node: Any, index: int, value: np.ndarray[Any, Any]) -> None:  # noqa: ANN401
    name = f"{node.output[0]}_photogender_{index}"
    graph.initializer.append(numpy_helper.from_array(value, name))
    node.input[index] = name
