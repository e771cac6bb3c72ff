"""The context network as an ONNX file."""

from torch import nn

from photogender.training.calibrate import Sharpness
from photogender.training.files.onnx_file import INPUT, Graph, Storage
from photogender.training.files.probabilities import check_twin, sharpened
from photogender.training.nets.context import SIDE, Block, Context
from photogender.training.nets.layers import padding
from photogender.training.task import HEADS

OUTPUTS = HEADS["context"]


def context_to_onnx(net: Context, sharpness: Sharpness, storage: Storage = "small") -> bytes:
    """A network as an ONNX file.

    Args:
        net: On the CPU.
        sharpness: By output, the factor of its logits, which is multiplied into the weights.
        storage: ``small``: weights in 8 bits, each output with its own scale.

    Returns:
        The file. Input: ``data``, float32, batch × 3 × 48 × 48, (BGR - ``MEAN_BGR``) / 128, which its spec states.
        Output: ``gender``, batch × 2, probabilities.

    Raises:
        ModelError: ONNX Runtime and torch differ in what the network with the rounded weights predicts.
    """
    graph = Graph(storage)
    weights = sharpened(net, OUTPUTS, sharpness)
    limits = [graph.number("zero", 0.0), graph.number("six", 6.0)]

    def convolution(x: str, layer: nn.Conv2d, name: str, limited: bool = True) -> str:
        before, after = padding(layer, SIDE)  # of every even side, and of stride 1, the same
        given = [x, graph.in_bytes(f"{name}.weight", weights[f"{name}.weight"]), graph.bias(name, weights)]
        pads, strides = [before, before, after, after], list(layer.stride)
        x = graph.add("Conv", given, name, pads=pads, strides=strides, group=layer.groups)
        return graph.add("Clip", [x, *limits], f"{name}.relu6") if limited else x

    x = convolution(INPUT, net.stem, "stem")
    for index, block in enumerate(net.blocks):
        assert isinstance(block, Block)  # noqa: S101
        around = x
        for place, layer in enumerate(block.layers):
            assert isinstance(layer, nn.Conv2d)  # noqa: S101
            x = convolution(x, layer, f"blocks.{index}.layers.{place}", place < len(block.layers) - 1)
        if block.around:
            x = graph.add("Add", [x, around], f"blocks.{index}.sum")
    graph.probabilities(graph.add("Flatten", [x], "flat"), "gender", weights)
    data = graph.file("context", SIDE, OUTPUTS)
    check_twin(data, Context(net.mean, 0.0, net.input_scale), graph.rounded, SIDE)
    return data
