"""The supported layers, each as ONNX nodes that compute the same numbers.

What differs between Caffe and ONNX is written out here: Caffe rounds the number of pooling windows up, drops the
last where it would begin beyond picture and padding, and divides an average by the window's part of the *padded*
picture (BVLC's ``pooling_layer.cpp``). Their LRN is the same: both divide alpha by the size of the window.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from photogender.model_tools.caffe.graph import Blob, Graph
from photogender.model_tools.caffe.wire import Layer


def is_computed(layer: Layer) -> bool:
    """Whether a layer takes part in inference; data layers, losses and the like do not."""
    return bool(layer.bottoms) and layer.kind not in ("accuracy", "silence") and not layer.kind.endswith("loss")


def add(graph: Graph, layer: Layer) -> None:
    """Add a layer to the graph.

    Raises:
        ModelError: Its type is not known here, it asks for what cannot be imported, or its weights do not fit.
    """
    write = _LAYERS.get(layer.kind)
    if write is None:
        raise graph.refusal(layer, "is of a type that cannot be imported")
    graph.set_top(layer, write(graph, layer, graph.bottom(layer)))


def _convolution(graph: Graph, layer: Layer, blob: Blob) -> Blob:
    param = layer.message.convolution_param
    channels, height, width = _picture(graph, layer, blob)
    group, number = param.group, param.num_output
    kernel, stride, pad = _geometry(graph, layer, param)
    dilation = _sides(graph, layer, param, "dilation", 1)
    if param.axis not in (1, -3):
        raise graph.refusal(layer, f"works along the axis {param.axis}; only 1 can be imported")
    if not (group and number) or channels % group or number % group:
        raise graph.refusal(layer, f"makes {number} channels of {channels} in {group} groups")
    sizes = [
        (size + 2 * space - step * (side - 1) - 1) // stride_ + 1
        for size, space, step, side, stride_ in zip((height, width), pad, dilation, kernel, stride, strict=True)
    ]
    if min(sizes) < 1:
        raise graph.refusal(layer, f"is larger than its input of {width} × {height}")
    shapes: list[tuple[int, ...]] = [(number, channels // group, *kernel), (number,)]
    value = graph.node(
        "Conv",
        [blob.value, *graph.trained(layer, shapes[: 1 + param.bias_term])],
        layer.tops[0],
        kernel_shape=kernel,
        strides=stride,
        pads=pad * 2,
        dilations=dilation,
        group=group,
    )
    return Blob(value, (number, *sizes))


def _pooling(graph: Graph, layer: Layer, blob: Blob) -> Blob:
    param = layer.message.pooling_param
    channels, height, width = _picture(graph, layer, blob)
    if param.pool not in (0, 1):
        raise graph.refusal(layer, "uses stochastic pooling; only MAX and AVE can be imported")
    whole = (height, width), (1, 1), (0, 0)
    kernel, stride, pad = whole if param.global_pooling else _geometry(graph, layer, param)
    sizes, beyond = [], []
    for size, side, step, space in zip((height, width), kernel, stride, pad, strict=True):
        number = -(-(size + 2 * space - side) // step) + 1  # rounded up
        if any(pad) and (number - 1) * step >= size + space:
            number -= 1
        if space >= side or number < 1 or (number - 1) * step >= size + space:
            raise graph.refusal(layer, f"has windows outside its input of {width} × {height}")
        sizes.append(number)
        beyond.append((number - 1) * step + side - size - 2 * space)
    value, top, end = blob.value, layer.tops[0], [max(0, more) for more in beyond]
    if param.pool == 0:
        # Padding is never the maximum here. The end of the last window decides how much there is.
        ends = [max(0, space + more) for space, more in zip(pad, beyond, strict=True)]
        value = graph.node("MaxPool", [value], top, kernel_shape=kernel, strides=stride, pads=[*pad, *ends])
    else:
        # Padding counts in an average, pixels beyond the padding do not: the padding is added as zeros, the rest is
        # left to ONNX.
        if any(pad):
            around = graph.tensor(f"{layer.name} pads", np.array([0, 0, *pad, 0, 0, *pad], np.int64))
            value = graph.node("Pad", [value, around], f"{top} padded")
        counted = {"pads": [0, 0, *end], "count_include_pad": 0}
        value = graph.node("AveragePool", [value], top, kernel_shape=kernel, strides=stride, **counted)
    return Blob(value, (channels, *sizes))


def _lrn(graph: Graph, layer: Layer, blob: Blob) -> Blob:
    param = layer.message.lrn_param
    _picture(graph, layer, blob)
    if param.norm_region:
        raise graph.refusal(layer, "normalises within a channel; only ACROSS_CHANNELS can be imported")
    if param.local_size % 2 == 0:
        raise graph.refusal(layer, f"has the local_size {param.local_size}, which must be odd")
    factors = {"size": param.local_size, "alpha": param.alpha, "beta": param.beta, "bias": param.k}
    return Blob(graph.node("LRN", [blob.value], layer.tops[0], **factors), blob.shape)


def _inner_product(graph: Graph, layer: Layer, blob: Blob) -> Blob:
    param = layer.message.inner_product_param
    if param.axis not in (1, -len(blob.shape)):
        raise graph.refusal(layer, f"works along the axis {param.axis}; only 1 can be imported")
    number, features = param.num_output, math.prod(blob.shape)
    if not number:
        raise graph.refusal(layer, "has no outputs")
    shapes: list[tuple[int, ...]] = [(features, number) if param.transpose else (number, features), (number,)]
    weights = graph.trained(layer, shapes[: 1 + param.bias_term])
    value, top = blob.value, layer.tops[0]
    if len(blob.shape) > 1:
        value = graph.node("Flatten", [value], f"{top} flat", axis=1)
    return Blob(graph.node("Gemm", [value, *weights], top, transB=int(not param.transpose)), (number,))


def _relu(graph: Graph, layer: Layer, blob: Blob) -> Blob:
    slope = layer.message.relu_param.negative_slope
    op, attributes = ("LeakyRelu", {"alpha": slope}) if slope else ("Relu", {})
    return Blob(graph.node(op, [blob.value], layer.tops[0], **attributes), blob.shape)


def _softmax(graph: Graph, layer: Layer, blob: Blob) -> Blob:
    axis = layer.message.softmax_param.axis
    if axis not in (1, -len(blob.shape)):
        raise graph.refusal(layer, f"works along the axis {axis}; only 1 can be imported")
    return Blob(graph.node("Softmax", [blob.value], layer.tops[0], axis=1), blob.shape)


def _dropout(_graph: Graph, _layer: Layer, blob: Blob) -> Blob:
    return blob  # Caffe scales during training, not here


_LAYERS: dict[str, Callable[[Graph, Layer, Blob], Blob]] = {
    "convolution": _convolution,
    "pooling": _pooling,
    "lrn": _lrn,
    "innerproduct": _inner_product,
    "relu": _relu,
    "softmax": _softmax,
    "dropout": _dropout,
}


def _picture(graph: Graph, layer: Layer, blob: Blob) -> tuple[int, int, int]:
    """Channels, height and width of a layer's input."""
    if len(blob.shape) != 3:
        raise graph.refusal(layer, f"needs channels, height and width; its input has the shape {blob.shape}")
    return blob.shape[0], blob.shape[1], blob.shape[2]


def _geometry(graph: Graph, layer: Layer, param: Any) -> tuple[tuple[int, int], ...]:  # noqa: ANN401 - see wire
    """Kernel, stride and padding, each as height and width."""
    given = (("kernel_size", None), ("stride", 1), ("pad", 0))
    return tuple(_sides(graph, layer, param, name, default) for name, default in given)


def _sides(graph: Graph, layer: Layer, param: Any, name: str, default: int | None) -> tuple[int, int]:  # noqa: ANN401
    """Height and width of one of them: two numbers, one for both, or two fields ``_h`` and ``_w``."""
    values, fields = list(getattr(param, name)), param.DESCRIPTOR.fields_by_name
    apart = [side for side in (f"{name.removesuffix('_size')}_{axis}" for axis in "hw") if side in fields]
    if any(map(param.HasField, apart)):
        values += [getattr(param, side) for side in apart]
    if not values and default is not None:
        values = [default]
    if len(values) not in (1, 2) or min(values) < (name != "pad"):
        raise graph.refusal(layer, f"has the {name} {values}")
    return values[0], values[-1]
