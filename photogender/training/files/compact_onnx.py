"""The compact network as an ONNX file: writing and reading."""

import torch

from photogender.errors import PhotogenderError
from photogender.training.calibrate import Sharpness
from photogender.training.files.onnx_file import INPUT, Graph, Storage, unpacked
from photogender.training.files.probabilities import check_twin, sharpened
from photogender.training.nets.compact import SIDE, Block, Compact
from photogender.training.task import HEADS

OUTPUTS = HEADS["compact"]


def compact_to_onnx(net: Compact, sharpness: Sharpness, storage: Storage = "small") -> bytes:
    """A network as an ONNX file.

    Args:
        net: On the CPU.
        sharpness: By output, the factor of its logits, which is multiplied into the weights.
        storage: ``small``: convolutions in 8 bits, each output with its own scale.

    Returns:
        The file. Input: ``data``, float32, batch × 3 × 112 × 112, (BGR - ``MEAN_BGR``) / 256, which its spec states.
        Outputs: ``years``, batch × 101, and ``gender``, batch × 2, probabilities.

    Raises:
        ModelError: ONNX Runtime and torch differ in what the network with the rounded weights predicts.
    """
    graph = Graph(storage)
    weights = sharpened(net, OUTPUTS, sharpness)

    def convolution(x: str, layer: str, **settings: list[int]) -> str:
        return graph.add(
            "Conv",
            [x, graph.in_bytes(f"{layer}.weight", weights[f"{layer}.weight"]), graph.bias(layer, weights)],
            layer,
            **settings,
        )

    x = graph.add("Relu", [convolution(INPUT, "stem", strides=[2, 2])], "stem.relu")
    x = graph.add("MaxPool", [x], "pool", kernel_shape=[3, 3], strides=[2, 2])
    side = ((SIDE - 7) // 2 + 1 - 3) // 2 + 1
    for index, block in enumerate(net.blocks):
        assert isinstance(block, Block)  # noqa: S101
        name, around = f"blocks.{index}", x
        if block.halves:
            room = 1 - side % 2
            first = convolution(x, f"{name}.conv1", strides=[2, 2], pads=[0, 0, room, room])
            around = graph.add("AveragePool", [x], f"{name}.mean", kernel_shape=[2, 2], strides=[2, 2])
            side //= 2
        else:
            first = convolution(x, f"{name}.conv1", pads=[1] * 4)
        if block.more:
            pads = graph.integers(f"{name}.pads", [0, 0, 0, 0, 0, block.more, 0, 0])
            around = graph.add("Pad", [around, pads], f"{name}.around")
        x = graph.add("Relu", [first], f"{name}.relu1")
        x = graph.add("Add", [convolution(x, f"{name}.conv2", pads=[1] * 4), around], f"{name}.sum")
        x = graph.add("Relu", [x], f"{name}.relu2")
    x = graph.add("Flatten", [graph.add("GlobalAveragePool", [x], "mean")], "features")
    for name in OUTPUTS:
        graph.probabilities(x, name, weights)
    data = graph.file("compact", SIDE, OUTPUTS)
    check_twin(data, Compact(OUTPUTS, net.mean, 0.0, net.input_scale), graph.rounded, SIDE)
    return data


def start_from_onnx(net: Compact, path: str) -> None:
    """Load the weights of a file that ``compact_to_onnx`` wrote; outputs that it lacks stay as they are.

    Raises:
        PhotogenderError: The file cannot be read, or holds another network.
    """
    try:
        with open(path, "rb") as file:
            weights = unpacked(file.read())
    except (OSError, ValueError) as error:
        raise PhotogenderError(f"{path} cannot be read as an ONNX file: {error}.") from error
    known, missing = net.state_dict(), [name for name, _ in net.named_parameters() if not name.startswith("heads.")]
    given = {name: torch.from_numpy(values.copy()) for name, values in weights.items() if name in known}
    if any(name not in given for name in missing) or any(given[name].shape != known[name].shape for name in given):
        raise PhotogenderError(
            f"{path} does not hold a compact network.", "Give a file that photogender train export wrote."
        )
    net.load_state_dict({**known, **given})
