"""Trying out a model: does it do what its spec says?"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import ModelError
from photogender.faces.classify import Classifier
from photogender.faces.describe import Describer
from photogender.faces.detect.detector import Detector
from photogender.faces.preprocess import to_batch, views
from photogender.models.spec import AgeHead, GenderHead, ModelSpec, Net
from photogender.records import FaceBox, FaceCrop
from photogender.runtime.session import Session

_LEAST_DIFFERENCE = 1e-6
"""Of the descriptors of pictures that differ."""


def try_out(spec: ModelSpec) -> None:
    """Run a model as a scan does, on a grey picture or on three chips.

    Raises:
        ModelError: It cannot be run like this, or its outputs do not fit the spec.
    """
    if spec.detector:
        Detector(spec, "cpu").detect(Image.new("RGB", (640, 480), (128, 128, 128)))
        return
    for net in spec.nets:
        _check_use(net)
    if spec.task == "descriptor":
        _try_descriptor(spec)
        return
    classifier = Classifier(spec, "cpu")
    crops = list(map(FaceCrop, [FaceBox(0, 0, 1, 1, 1)] * 3, zip(*map(_chips, spec.nets), strict=True)))
    try:
        classifier.classify(crops)
    except (ValueError, IndexError, TypeError) as error:
        raise ModelError(f"The outputs of {spec.name} cannot be read as its spec says: {error}.") from error
    for index, net in enumerate(spec.nets):
        heads = [head for head in (net.gender, net.age) if head]
        batch = to_batch(views([crop.chips[index] for crop in crops], net.input, False), net.input)
        names = list(dict.fromkeys(head.output for head in heads))
        outputs = dict(zip(names, Session(net, "cpu").run(batch, names), strict=True))
        for head in heads:
            values = outputs[head.output]
            _check_numbers(net, head, values[:, slice(*head.columns)] if head.columns else values)


def _try_descriptor(spec: ModelSpec) -> None:
    chips = _chips(spec.nets[0])
    found = Describer(spec, "cpu").describe(chips)
    if float(np.abs(found - found[0]).max()) < _LEAST_DIFFERENCE:
        raise ModelError(f"{spec.nets[0].file.name} gives the same numbers whatever the picture.")


def _chips(net: Net) -> list[NDArray[np.uint8]]:
    """A black chip, a white one and noise: different enough to reveal most mistakes."""
    width, height = net.input.crop or (1, 1)
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return [np.zeros_like(noise), np.full_like(noise, 255), noise]


def _check_use(net: Net) -> None:
    if net.alignment is None:
        raise ModelError("The spec has no [nets.alignment], which says how a face is cropped: by a template or a box.")


def _check_numbers(net: Net, head: GenderHead | AgeHead, values: NDArray[np.float32]) -> None:
    """Probabilities exactly where the spec says so: a second softmax would make every face look uncertain."""
    if not np.isfinite(values).all():
        raise ModelError(f"The outputs of {net.file.name} are not finite (NaN or infinity).")
    within = bool((values >= -1e-3).all() and (values <= 1 + 1e-3).all())
    are = within and bool(np.allclose(values.sum(axis=1), 1, atol=1e-2))
    plain = head.kind in ("probabilities", "distribution", "groups") and not getattr(head, "softmax", False)
    some = ", ".join(f"{value:.3g}" for value in values[0, :4])
    if (plain and not are) or (head.kind == "sigmoid" and not within):
        other = "logits" if isinstance(head, GenderHead) else "softmax = true"
        raise ModelError(f"{head.output!r} of {net.file.name} is not probabilities ({some}, …): perhaps {other}.")
    if are and (head.kind == "logits" or getattr(head, "softmax", False)):
        raise ModelError(f"{head.output!r} of {net.file.name} is already probabilities ({some}, …), not logits.")
