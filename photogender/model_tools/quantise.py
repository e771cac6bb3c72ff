"""``photogender models quantise``: a model of age and gender, computing in 8 bits."""

import os
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError
from photogender.evaluation.datasets import Example
from photogender.evaluation.pictures import FaceCropper
from photogender.faces.detect.detector import Detector
from photogender.faces.preprocess import to_batch, views
from photogender.labels import DEFAULT_DETECTOR
from photogender.model_tools.add import add_model
from photogender.model_tools.eight_bits import in_eight_bits
from photogender.model_tools.installed import Say
from photogender.models.read import load_spec, spec_path
from photogender.models.spec import ModelSpec, Net
from photogender.records import FaceCrop
from photogender.stream import prefetch

PICTURES = 256
"""Enough to see which numbers occur within a net."""

_BATCH = 8


def quantise(model: str, pictures: Sequence[Example], pad: float, name: str, say: Say) -> ModelSpec:
    """Install a model's nets as the model ``name``, computing in 8 bits.

    Args:
        model: Of the task ``age-gender``.
        pictures: Each with a face in its middle; what occurs within the nets is measured on them. Their labels do not
            matter.
        pad: Repeated edge, as a fraction of a picture's longer side, see ``evaluation.pictures.FaceCropper``.
        name: Of the new model; this and ``say`` as for ``add.add_model``.
        say: Told where another process is waited for.

    Returns:
        The spec. What was measured of the model does not hold for it.

    Raises:
        ModelError: The model is not installed or finds faces, no picture shows one, or the name is taken.
        PhotogenderError: The models folder cannot be written.
    """
    spec, path = load_spec(model), spec_path(model)
    if spec.task != "age-gender" or path is None:
        raise ModelError(f"The model {model} finds faces.", "Only models of age and gender compute in 8 bits.")
    cropper = FaceCropper(spec.nets, Detector(load_spec(DEFAULT_DETECTOR), "cpu"), pad)
    seen = prefetch(cropper, (picture.path for picture in pictures), os.cpu_count() or 1, 4 * _BATCH)
    crops = [crop for crop in seen if isinstance(crop, FaceCrop)]
    if not crops:
        raise ModelError("None of these pictures shows a face in its middle.")
    with tempfile.TemporaryDirectory() as folder:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        files = []
        for index, net in enumerate(spec.nets):
            files.append(Path(folder, net.file.name))
            files[-1].write_bytes(_quantised(net, [crop.chips[index] for crop in crops]))
            table["nets"][index] |= {"file": {"path": net.file.name}}
            table["nets"][index]["input"].pop("make_dynamic", None)
        told = {"title": f"{spec.title}, in 8 bits", "accuracy": "not measured", "source": f"{model}: {spec.source}"}
        table = {key: value for key, value in table.items() if key not in ("measured", "tested")} | told
        return add_model(files, table, name, f"The spec of {model}", say)


def _quantised(net: Net, chips: Sequence[NDArray[np.uint8]]) -> bytes:
    from photogender.runtime.graph import freed

    def batches() -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(chips), _BATCH):
            yield to_batch(views(chips[start : start + _BATCH], net.input, oversample=False), net.input)

    data = net.file.read()
    return in_eight_bits(freed(data) if net.input.make_dynamic else data, batches())
