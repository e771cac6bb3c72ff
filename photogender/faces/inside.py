"""Looking inside a network: its mean, the filters of its first layer, and its responses to a face, as pictures.

As the notebook of Levi & Hassner's repository showed it; ``examples/levi_hassner.ipynb`` does so with these.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import ModelError
from photogender.faces.preprocess import Chip, to_batch, views
from photogender.models.spec import Net
from photogender.runtime.graph import steps
from photogender.runtime.session import Session

_GAP = 1
"""White pixels between two tiles, before enlarging."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class InnerValue:
    """The result of one node of a network's graph."""

    name: str
    step: str
    """ONNX operator: ``Conv``, ``Relu``, ``MaxPool``, ``LRN``, ``Gemm``, ..."""


def inner_values(net: Net) -> list[InnerValue]:
    """All nodes of a network, in the order in which they run.

    Raises:
        ModelError: The file is missing, altered or no ONNX graph.
    """
    return [InnerValue(name, step) for name, step, _ in _steps(net)]


def responses(net: Net, chips: Sequence[Chip], names: Sequence[str]) -> dict[str, Array]:
    """Values inside a network for some faces.

    Args:
        net: Of a spec.
        chips: uint8, height × width × 3, RGB, as ``crop_face`` gives them for this net.
        names: Of ``inner_values``.

    Returns:
        float32 by name: faces × channels × height × width for the steps before the first fully connected one.

    Raises:
        ModelError: There is no such value.
    """
    known = {name for name, _, _ in _steps(net)}
    for name in names:
        if name not in known:
            raise ModelError(f"{net.file.name} has no inner value {name!r}.", f"It has {', '.join(sorted(known))}.")
    batch = to_batch(views(chips, net.input, oversample=False), net.input)
    return dict(zip(names, Session(net, "cpu", inner=names).run(batch, list(names)), strict=True))


def first_filters(net: Net) -> Array:
    """The weights of a network's first convolution.

    Returns:
        float32, filters × 3 × height × width, the channels in the order red, green, blue.

    Raises:
        ModelError: The net does not begin with a convolution of a picture.
    """
    for _, step, inputs in _steps(net):
        if step == "Conv":
            weights = _constant(net, inputs[1])
            if weights.ndim == 4 and weights.shape[1] == 3:
                return _as_rgb(weights, net)
            break
    raise ModelError(f"{net.file.name} does not begin with a convolution over three colours.")


def mean_image(net: Net) -> Array:
    """What a network subtracts from each picture: its mean image, or its mean colour.

    Returns:
        float32, height × width × 3, RGB, 0-255, of the net's input size.

    Raises:
        ModelError: The net's input has no fixed size.
    """
    if net.input.size is None:
        raise ModelError(f"{net.file.name} takes pictures of any size, so it has no mean image.")
    width, height = net.input.size
    mean = np.broadcast_to(np.array(net.input.mean, np.float32)[:, None, None], (3, height, width))
    for _, step, inputs in _steps(net):
        if step == "Sub" and inputs[0] == net.input.name:
            # The graph sees (pixel - mean) * scale and subtracts what is left of the mean.
            mean = mean + _constant(net, inputs[1]).reshape(-1, *mean.shape)[0] / net.input.scale
            break
    image: Array = _as_rgb(mean[None], net)[0].transpose(1, 2, 0)
    return image


def picture_of_filters(filters: Array, zoom: int = 4) -> Image.Image:
    """Filters as a square of colour tiles; grey is zero, and all share one scale.

    Args:
        filters: filters × 3 × height × width.
        zoom: Pixels of the picture to a weight.
    """
    most = float(np.abs(filters).max()) or 1.0
    return _tiles((filters / (2 * most) + 0.5).transpose(0, 2, 3, 1), zoom)


def picture_of_responses(values: Array, zoom: int = 2) -> Image.Image:
    """The responses to one face, one grey tile per channel; black is the smallest value of all, white the largest.

    Args:
        values: channels × height × width.
        zoom: Pixels of the picture to a value.
    """
    least, most = float(values.min()), float(values.max())
    scaled = (values - least) / ((most - least) or 1.0)
    return _tiles(np.repeat(scaled[..., None], 3, axis=3), zoom)


def _tiles(tiles: Array, zoom: int) -> Image.Image:
    """Pictures of the same size, 0 to 1, arranged row by row in a square; n × height × width × 3."""
    number, height, width, _ = tiles.shape
    columns = math.ceil(math.sqrt(number))
    rows = math.ceil(number / columns)
    sheet = np.ones((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3), np.float32)
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (height + _GAP), (index % columns) * (width + _GAP)
        sheet[top : top + height, left : left + width] = tile
    picture = Image.fromarray(np.rint(sheet * 255).astype(np.uint8))
    return picture.resize((picture.width * zoom, picture.height * zoom), Image.Resampling.NEAREST)


def _steps(net: Net) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name of the first result, operator and inputs of each node."""
    try:
        return steps(net.file.read())
    except ValueError as error:
        raise ModelError(f"{net.file.name} cannot be read: {error}.") from error


def _constant(net: Net, name: str) -> Array:
    """A value in the graph that does not depend on the input, however it is stored: float32."""
    width, height = net.input.size or (32, 32)
    (value,) = Session(net, "cpu", inner=[name]).run(np.zeros((1, 3, height, width), np.float32), [name])
    return value.astype(np.float32)


def _as_rgb(values: Array, net: Net) -> Array:
    """Reorder n × 3 × height × width from the network's channel order to RGB."""
    return values[:, ::-1] if net.input.channels == "BGR" else values
