"""The small gender network as an ONNX file."""

from photogender.training.calibrate import Sharpness
from photogender.training.files.onnx_file import INPUT, Graph, Storage
from photogender.training.files.probabilities import check_twin, sharpened
from photogender.training.nets.small import SIDE, Small
from photogender.training.task import HEADS

OUTPUTS = HEADS["small"]


def small_to_onnx(net: Small, sharpness: Sharpness, storage: Storage = "small") -> bytes:
    """A network as an ONNX file.

    Args:
        net: On the CPU.
        sharpness: By output, the factor of its logits, which is multiplied into the weights.
        storage: ``small``: weights in 8 bits, each output with its own scale.

    Returns:
        The file. Input: ``data``, float32, batch × 3 × 32 × 32, (BGR - ``MEAN_BGR``) / 256, which its spec states.
        Output: ``gender``, batch × 2, probabilities.

    Raises:
        ModelError: ONNX Runtime and torch differ in what the network with the rounded weights predicts.
    """
    graph = Graph(storage)
    weights = sharpened(net, OUTPUTS, sharpness)
    x = INPUT
    for place in range(len(net.convolutions)):
        layer = f"convolutions.{place}"
        given = [x, graph.in_bytes(f"{layer}.weight", weights[f"{layer}.weight"]), graph.bias(layer, weights)]
        x = graph.add("Relu", [graph.add("Conv", given, layer, pads=[1] * 4)], f"{layer}.relu")
        if place % 2:
            x = graph.add("AveragePool", [x], f"{layer}.mean", kernel_shape=[2, 2], strides=[2, 2])
    given = [graph.add("Flatten", [x], "flat"), graph.in_bytes("hidden.weight", weights["hidden.weight"])]
    x = graph.add("Relu", [graph.add("Gemm", [*given, graph.bias("hidden", weights)], "hidden")], "hidden.relu")
    graph.probabilities(x, "gender", weights)
    data = graph.file("small", SIDE, OUTPUTS)
    check_twin(data, Small(net.mean, 0.0, net.input_scale), graph.rounded, SIDE)
    return data
