"""Converting a Caffe network (definition, weights, mean) to ONNX; the outputs are the same, for any batch size."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import ModelError
from photogender.model_tools.caffe.graph import Graph
from photogender.model_tools.caffe.layers import add, is_computed
from photogender.model_tools.caffe.wire import Definition, Layer, read_definition, read_mean, read_weights

MeanFit = Literal["crop", "resize"]


@dataclass(frozen=True, slots=True)
class Converted:
    """A network as ONNX, and what is needed to use it."""

    onnx: bytes
    input: str
    """Name of the input: batch × 3 (blue, green, red) × height × width."""
    size: tuple[int, int]
    """Width and height of the input in pixels."""
    mean: tuple[float, float, float]
    """To subtract from the input, in channel order; zeros if a mean image is part of the graph."""
    scale: float
    """To multiply by after that."""
    picture: tuple[int, int] | None
    """Width and height of the mean image, which are those of the pictures whose crops the network was trained on."""
    output: str
    """Name of the output: batch × shape."""
    shape: tuple[int, ...]
    is_softmax: bool
    """Whether the output is already probabilities."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The blob through which pictures enter."""

    shape: tuple[int, ...]
    """Batch, channels, height, width; empty if the file does not say."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0


def convert(
    definition: Path, weights: Path, mean: Path | tuple[float, float, float] | None = None, fit: MeanFit = "crop"
) -> Converted:
    """Read a network and convert it to ONNX.

    A mean image larger than the input becomes a ``Sub`` of the graph in one of two ways. ``crop`` takes its
    centre: Caffe's DataTransformer subtracts from each crop the mean of the same place, so that is what the
    net was trained on, and what ``caffe test`` does. ``resize`` shrinks all of it, bilinearly and without
    antialiasing, as pycaffe's ``set_mean`` did in 2014, and with it the notebook that Levi & Hassner published:
    the mean face then lies a little beside the faces. With their mean image the two differ by 4.9 grey levels on
    the average, and by 37 at most.

    Args:
        definition: ``deploy.prototxt``; a train_val.prototxt will do where its data layer has a ``crop_size``.
        weights: ``.caffemodel``; its layers are matched by name and may be of the other format.
        mean: ``mean.binaryproto``, or three numbers (blue, green, red), or None for what the definition says.
        fit: As above.

    Raises:
        ModelError: A file cannot be read or is damaged, the weights do not fit the definition, or the net has a
            layer that is not known here.
    """
    net = read_definition(definition)
    computed = [layer for layer in net.layers if is_computed(layer)]
    name, source = _source(net, {bottom for layer in computed for bottom in layer.bottoms})
    graph = Graph(definition, weights, read_weights(weights))
    graph.begin(name, source.shape[1:])
    size = source.shape[3], source.shape[2]
    picture = None
    if isinstance(mean, Path):
        image = read_mean(mean)
        picture = image.shape[2], image.shape[1]
        # The spec applies the scale, before the graph.
        graph.subtract(fit_mean(image, size, fit, mean) * np.float32(source.scale))
        mean = (0.0, 0.0, 0.0)
    for layer in computed:
        add(graph, layer)
    onnx, shape, is_softmax = graph.end()
    return Converted(
        onnx=onnx,
        input=graph.input,
        size=size,
        mean=source.mean if mean is None else mean,
        scale=source.scale,
        picture=picture,
        output=graph.output,
        shape=shape,
        is_softmax=is_softmax,
    )


def fit_mean(image: NDArray[np.float32], size: tuple[int, int], fit: MeanFit, path: Path) -> NDArray[np.float32]:
    """A mean image in the size of a net's input (see ``convert``): 3 × height × width, float32.

    Args:
        image: 3 × height × width, float32.
        size: Width and height wanted, in pixels.
        fit: ``crop`` or ``resize``.
        path: Named in the error.

    Raises:
        ModelError: The image is smaller than that.
    """
    (width, height), (_, rows, columns) = size, image.shape
    if rows < height or columns < width:
        raise ModelError(
            f"The mean image {path}, {columns} × {rows}, is smaller than the net's input, {width} × {height}."
        )
    if fit == "crop":
        top, left = (rows - height) // 2, (columns - width) // 2
        return image[:, top : top + height, left : left + width]
    steps = (columns / width, 0, 0, 0, rows / height, 0)
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in image]
    method, how = Image.Transform.AFFINE, Image.Resampling.BILINEAR
    return np.stack([np.asarray(plane.transform(size, method, steps, how)) for plane in planes])


def _source(net: Definition, wanted: set[str]) -> tuple[str, _Source]:
    """The one blob that layers use and no layer makes."""
    sources = {name: _Source(shape) for name, shape in net.inputs.items()}
    for layer in net.layers:
        if not layer.bottoms:
            sources |= _brought(net, layer)
    used = [name for name in sources if name in wanted]
    if len(used) != 1:
        found = ", ".join(map(repr, used)) or "none"
        raise ModelError(f"{net.path}: the net must have one input; found {found}.")
    source = sources[used[0]]
    if len(source.shape) != 4:
        raise ModelError(
            f"{net.path} does not say how large the net's input {used[0]!r} is.",
            "Use the deploy.prototxt, not the definition for training.",
        )
    return used[0], source


def _brought(net: Definition, layer: Layer) -> dict[str, _Source]:
    """The blobs that a layer without bottoms provides: ``Input``, or a layer that reads training data."""
    transform, shapes = layer.message.transform_param, []
    means = list(transform.mean_value) or [0.0]
    if len(means) not in (1, 3) or not all(map(math.isfinite, [*means, transform.scale])):
        raise ModelError(
            f"{net.path}: the layer {layer.name!r} has the mean values {means} and the scale {transform.scale}; "
            "1 or 3 numbers are wanted, and one."
        )
    if layer.kind == "input":
        shapes = [tuple(shape.dim) for shape in layer.message.input_param.shape]
    elif transform.crop_size:
        shapes = [(1, 3, transform.crop_size, transform.crop_size)]
    mean = means[0], means[len(means) // 2], means[-1]
    return {
        top: _Source(shapes[min(index, len(shapes) - 1)] if shapes else (), mean, transform.scale)
        for index, top in enumerate(layer.tops)
    }
