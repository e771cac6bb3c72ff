"""Photos of people whom a small network can tell apart by colour."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

from tests.support.photos import face

COLOURS = {"red": (255, 90, 90), "blue": (90, 90, 255), "green": (90, 255, 90)}

_SPEC = """
task = "descriptor"
title = "mean colour"
licence = "none"
free = true
source = "made"
accuracy = "none"
[[nets]]
[nets.file]
path = "colour.onnx"
sha256 = "{sha256}"
size = {size}
[nets.input]
name = "data"
channels = "RGB"
mean = [0.0, 0.0, 0.0]
scale = 0.00392156862745098
size = [64, 64]
[nets.alignment]
template = [[0.32, 0.32], [0.68, 0.33], [0.49, 0.51], [0.35, 0.67], [0.64, 0.67]]
[nets.descriptor]
output = "descriptor"
size = 3
near = 0.15
"""


def install_descriptor(models: Path, name: str = "colour", remark: str = "") -> None:
    """Install a network that gives the mean colour of a face as its descriptor; a remark makes another file of it."""
    nodes = [helper.make_node("GlobalAveragePool", ["data"], ["mean"])]
    nodes.append(helper.make_node("Flatten", ["mean"], ["descriptor"]))
    given = helper.make_tensor_value_info("data", TensorProto.FLOAT, ["faces", 3, 64, 64])
    answer = helper.make_tensor_value_info("descriptor", TensorProto.FLOAT, ["faces", 3])
    graph = helper.make_graph(nodes, "colour", [given], [answer], doc_string=remark)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    home = models / name
    home.mkdir(parents=True)
    (home / "colour.onnx").write_bytes(data)
    (home / "spec.toml").write_text(_SPEC.format(sha256=hashlib.sha256(data).hexdigest(), size=len(data)))


def write_person(folder: Path, colour: str, *numbers: int) -> None:
    """A photo of 320 × 300 of one person for each number, ``COLOUR_NUMBER.jpg``, each a little different."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        tinted = np.asarray(face()) * (np.array(COLOURS[colour]) / 255)
        picture = Image.new("RGB", (320, 300))
        picture.paste(Image.fromarray(tinted.astype(np.uint8)), (number % 20, 0))
        picture.save(folder / f"{colour}_{number}.jpg", quality=92)
