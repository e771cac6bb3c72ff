"""Batched age and gender inference on face chips. Labels and ages come from the spec alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError
from photogender.faces.heads import Age, ages, answers, genders
from photogender.faces.preprocess import to_batch, views
from photogender.models.spec import AgeHead, GenderHead, ModelSpec, Net
from photogender.records import FaceCrop, Prediction
from photogender.runtime.device import Granted
from photogender.runtime.session import Session

_Chips = Sequence[NDArray[np.uint8]]


class Classifier:
    """The loaded networks of one age/gender model: one gives the age, and one or several the gender."""

    def __init__(
        self, spec: ModelSpec, device: Granted, batch_size: int = 64, oversample: bool = False, half: bool = False
    ) -> None:
        """Load the networks, and check with one grey chip that their outputs fit the spec.

        Args:
            spec: A model with the task ``age-gender``.
            device: As granted by ``choose_device``.
            batch_size: Most faces in a batch.
            oversample: Average over several views of each face (see ``preprocess.views``).
            half: Compute in half precision.

        Raises:
            ModelError: A file is missing or altered, or an output does not have the width that its head needs.
            RuntimeMissingError: ONNX Runtime is not installed.
        """
        if sum(net.age is not None for net in spec.nets) != 1 or not any(net.gender for net in spec.nets):
            raise ModelError(
                f"The model {spec.name} must have one age head, and one gender head or more.",
                "They may be in two files: give both files, and one spec with a [[nets]] table for each.",
            )
        for net in spec.nets:
            if net.input.size is None:
                raise ModelError(f"The spec {spec.name} gives no input size for {net.file.name}.")
        self._name = spec.name
        self._batch_size = batch_size
        self._oversample = oversample
        self._nets = [(net, Session(net, device, half)) for net in spec.nets]
        for net, session in self._nets:
            width, height = net.input.crop or (1, 1)
            predicted_heads(net, session, [np.full((height, width, 3), 128, np.uint8)], spec.name)

    def classify(self, crops: Sequence[FaceCrop]) -> list[Prediction]:
        """One prediction per crop, in order; it does not depend on the batch. Numbers may be NaN if a network's are.

        Raises:
            ModelError: An output does not have the shape that its head needs.
        """
        predictions: list[Prediction] = []
        for start in range(0, len(crops), self._batch_size):
            batch = crops[start : start + self._batch_size]
            of_gender: list[tuple[GenderHead, NDArray[np.float64]]] = []
            years: list[Age] = []
            for index, (net, session) in enumerate(self._nets):
                chips = [crop.chips[index] for crop in batch]
                for head, given in predicted_heads(net, session, chips, self._name, self._oversample):
                    if isinstance(head, GenderHead):
                        of_gender.append((head, given))
                    else:
                        years = ages(given, head)
            predictions += [
                Prediction(gender, sure, age.years, age.group, age.sure, age.low, age.high)
                for (gender, sure), age in zip(genders(of_gender), years, strict=True)
            ]
        return predictions


def predicted_heads(
    net: Net, session: Session, chips: _Chips, model: str, oversample: bool = False
) -> list[tuple[GenderHead | AgeHead, NDArray[np.float64]]]:
    """Each head of a network with its answers to some chips, averaged over their views (see ``heads.answers``).

    Raises:
        ModelError: An output does not have the shape that its head needs, or is not finite.
    """
    heads = [head for head in (net.gender, net.age) if head]
    seen = views(chips, net.input, oversample)
    names = list(dict.fromkeys(head.output for head in heads))
    outputs = dict(zip(names, session.run(to_batch(seen, net.input), names), strict=True))
    found = []
    for head in heads:
        values = outputs[head.output]
        part = values[:, slice(*head.columns)] if head.columns and values.ndim == 2 else values
        if part.shape != (len(seen), head.width):
            wanted = f"{head.width} in its columns {head.columns}" if head.columns else f"{(len(seen), head.width)}"
            raise ModelError(
                f"{net.file.name} gives {head.output!r} in the shape {values.shape} for {len(seen)} face(s); "
                f"the spec of {model} asks for {wanted}."
            )
        each = answers(part.astype(np.float64), head)
        found.append((head, each.reshape(len(chips), -1, each.shape[1]).mean(axis=1)))
    return found
