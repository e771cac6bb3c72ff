"""Caffe nets of our own making: definitions and weights in both formats, from one description and a seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from photogender.model_tools.caffe.wire import MESSAGES

Format = Literal["v1", "new"]
FORMATS: tuple[Format, ...] = ("v1", "new")
V1_TYPES = {"InnerProduct": "INNER_PRODUCT", "SoftmaxWithLoss": "SOFTMAX_LOSS"}
PARAMS = {
    "Convolution": "convolution_param",
    "InnerProduct": "inner_product_param",
    "LRN": "lrn_param",
    "Pooling": "pooling_param",
    "ReLU": "relu_param",
    "Softmax": "softmax_param",
    "Dropout": "dropout_param",
}
Value = int | float | str | list[int]


@dataclass(frozen=True)
class L:
    """A layer: reads ``bottom``, writes ``top`` (its own name where none is given)."""

    type: str
    name: str
    bottom: str
    param: Mapping[str, Value] = field(default_factory=dict)
    top: str = ""
    blobs: tuple[tuple[int, ...], ...] = ()
    gain: float = 1.0
    """Of its weights."""


@dataclass(frozen=True)
class Net:
    """A net with the size of its input: channels, height, width."""

    size: tuple[int, int, int]
    layers: tuple[L, ...]
    seed: int = 0
    reach: int = 128

    def blobs(self) -> dict[str, list[NDArray[np.float32]]]:
        """Weights as He et al. scale them, and small biases; RandomState's numbers are the same for ever."""
        random = np.random.RandomState(self.seed)
        made = {}
        for layer in self.layers:
            scales = [layer.gain * np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1 for shape in layer.blobs]
            made[layer.name] = [
                (random.standard_normal(shape) * scale).astype(np.float32)
                for shape, scale in zip(layer.blobs, scales, strict=True)
            ]
        return made

    def pictures(self, number: int = 2) -> NDArray[np.float32]:
        """What to feed it: batch × channels × height × width, whole numbers from -reach to reach."""
        random = np.random.RandomState(self.seed + 1000)
        return random.randint(-self.reach, self.reach + 1, (number, *self.size)).astype(np.float32)


def definition(net: Net, form: Format) -> str:
    """The net as prototxt."""
    lines = ['name: "made"', 'input: "data"']
    lines += [f"input_dim: {size}" for size in (1, *net.size)]
    for layer in net.layers:
        kind = V1_TYPES.get(layer.type, layer.type.upper()) if form == "v1" else f'"{layer.type}"'
        lines += [f"{'layers' if form == 'v1' else 'layer'} {{", f'  name: "{layer.name}"', f"  type: {kind}"]
        lines += [f'  bottom: "{layer.bottom}"', f'  top: "{layer.top or layer.name}"']
        if layer.param:
            lines.append(f"  {PARAMS[layer.type]} {{")
            for key, value in layer.param.items():
                lines += [f"    {key}: {each}" for each in (value if isinstance(value, list) else [value])]
            lines.append("  }")
        lines.append("}")
    return "\n".join(lines) + "\n"


def caffemodel(net: Net, form: Format) -> bytes:
    """The net's weights as Caffe saves them."""
    message, weights = MESSAGES["NetParameter"](input=["data"]), net.blobs()
    for layer in net.layers:
        blobs = [blob_proto(values, form) for values in weights[layer.name]]
        given: dict[str, Any] = {"name": layer.name, "blobs": blobs, "bottom": [layer.bottom], "top": [layer.name]}
        if form == "v1":
            numbers = MESSAGES["V1LayerParameter"].DESCRIPTOR.fields_by_name["type"].enum_type.values_by_name
            message.layers.add(type=numbers[V1_TYPES.get(layer.type, layer.type.upper())].number, **given)
        else:
            message.layer.add(type=layer.type, **given)
    return bytes(message.SerializeToString())


def blob_proto(values: NDArray[np.float32], form: Format) -> Any:  # noqa: ANN401 - made at run time
    """Numbers as ``BlobProto``: the old format has four dimensions always, the new one any."""
    if form == "new":
        message = MESSAGES["BlobProto"](shape={"dim": values.shape})
    else:
        sides = (1,) * (4 - values.ndim) + values.shape
        message = MESSAGES["BlobProto"](**dict(zip(("num", "channels", "height", "width"), sides, strict=True)))
    length, size = [], values.nbytes
    while size > 127:
        length.append(size % 128 + 128)
        size //= 128
    # Field 5, packed: its numbers one by one would take seconds for the large nets.
    message.MergeFromString(bytes([5 << 3 | 2, *length, size]) + values.astype("<f4").tobytes())
    return message


def write(folder: Path, net: Net, text: Format = "v1", weights: Format = "v1") -> tuple[Path, Path]:
    """Both files; where they lie."""
    paths = folder / f"{text}.prototxt", folder / f"{weights}.caffemodel"
    paths[0].write_text(definition(net, text))
    paths[1].write_bytes(caffemodel(net, weights))
    return paths


def levi_hassner(outputs: int, size: int = 227, seed: int = 1, thin: int = 1) -> Net:
    """The network of Levi & Hassner (2015), section 3; ``thin`` divides its channels, for quick tests."""
    one, two, three, hidden = 96 // thin, 256 // thin, 384 // thin, 512 // thin
    side = (size - 7) // 4 + 1
    for _ in range(3):
        side = -(-(side - 3) // 2) + 1  # of 227: 56, 28, 14, 7
    flat = three * side**2
    pool, lrn = {"pool": "MAX", "kernel_size": 3, "stride": 2}, {"local_size": 5, "alpha": 0.0001, "beta": 0.75}
    return Net(
        (3, size, size),
        (
            L(
                "Convolution",
                "conv1",
                "data",
                {"num_output": one, "kernel_size": 7, "stride": 4},
                "",
                ((one, 3, 7, 7), (one,)),
            ),
            L("ReLU", "relu1", "conv1", {}, "conv1"),
            L("Pooling", "pool1", "conv1", pool),
            L("LRN", "norm1", "pool1", lrn),
            L(
                "Convolution",
                "conv2",
                "norm1",
                {"num_output": two, "pad": 2, "kernel_size": 5},
                "",
                ((two, one, 5, 5), (two,)),
            ),
            L("ReLU", "relu2", "conv2", {}, "conv2"),
            L("Pooling", "pool2", "conv2", pool),
            L("LRN", "norm2", "pool2", lrn),
            L(
                "Convolution",
                "conv3",
                "norm2",
                {"num_output": three, "pad": 1, "kernel_size": 3},
                "",
                ((three, two, 3, 3), (three,)),
            ),
            L("ReLU", "relu3", "conv3", {}, "conv3"),
            L("Pooling", "pool5", "conv3", pool),
            L("InnerProduct", "fc6", "pool5", {"num_output": hidden}, "", ((hidden, flat), (hidden,))),
            L("ReLU", "relu6", "fc6", {}, "fc6"),
            L("Dropout", "drop6", "fc6", {"dropout_ratio": 0.5}, "fc6"),
            L("InnerProduct", "fc7", "fc6", {"num_output": hidden}, "", ((hidden, hidden), (hidden,))),
            L("ReLU", "relu7", "fc7", {}, "fc7"),
            L("Dropout", "drop7", "fc7", {"dropout_ratio": 0.5}, "fc7"),
            L("InnerProduct", "fc8", "fc7", {"num_output": outputs}, "", ((outputs, hidden), (outputs,)), 0.005),
            L("Softmax", "prob", "fc8"),
        ),
        seed,
    )
