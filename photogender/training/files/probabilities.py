"""What ONNX files of networks share whose outputs are probabilities: the weights, and the comparison with torch."""

from collections.abc import Iterable

import numpy as np
import torch

from photogender.training.calibrate import Sharpness
from photogender.training.files.onnx_file import Floats, check_file, noise
from photogender.training.nets.compact import Compact
from photogender.training.nets.context import Context
from photogender.training.nets.small import Small


def sharpened(net: Compact | Small | Context, outputs: Iterable[str], sharpness: Sharpness) -> dict[str, Floats]:
    """The weights of a network by name, those of each output's head times its sharpness."""
    weights = {name: values.detach().numpy().astype(np.float32) for name, values in net.state_dict().items()}
    for name in outputs:
        for kind in ("weight", "bias"):
            weights[f"heads.{name}.{kind}"] = weights[f"heads.{name}.{kind}"] * np.float32(sharpness[name])
    return weights


def check_twin(data: bytes, twin: Compact | Small | Context, rounded: dict[str, Floats], side: int) -> None:
    """Compare a file with torch on noise of several strengths.

    Args:
        data: The file.
        twin: A new network of the same kind; gets the rounded weights.
        rounded: The weights that the file has, by name.
        side: Of the input, in pixels.

    Raises:
        ModelError: They differ.
    """
    known = {name: torch.from_numpy(values) for name, values in rounded.items() if name in twin.state_dict()}
    twin.load_state_dict({**twin.state_dict(), **known})
    pixels = torch.from_numpy(noise(side))
    with torch.no_grad():
        expected = {name: torch.softmax(logits, dim=1).numpy() for name, logits in twin.eval()(pixels).items()}
    check_file(data, ((pixels - twin.mean) * twin.input_scale).numpy(), expected)
