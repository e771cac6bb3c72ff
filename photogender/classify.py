"""Batched age and gender inference over face chips, with labels and ages from the spec alone."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError
from photogender.preprocess import to_batch
from photogender.records import AGE_GROUPS, FaceCrop, Gender, Prediction, age_group
from photogender.session import Granted, Session
from photogender.spec import ModelSpec


class Classifier:
    """The nets of one age/gender model, loaded; each may have one head or both."""

    def __init__(self, spec: ModelSpec, device: Granted, batch_size: int = 64) -> None:
        """Load the nets, and see on one grey chip that their outputs fit the spec.

        Args:
            spec: A model of the task ``age-gender``.
            device: As granted by ``choose_device``.
            batch_size: Most faces to feed a net at once.

        Raises:
            ModelError: A file is missing or altered, or an output has not the width its head needs.
            RuntimeMissingError: ONNX Runtime is not installed.
        """
        heads = [(net.gender is not None, net.age is not None) for net in spec.nets]
        if [sum(column) for column in zip(*heads, strict=True)] != [1, 1]:
            raise ModelError(f"The model {spec.name} must have one gender head and one age head.")
        self._spec = spec
        self._batch_size = batch_size
        self._sessions = [Session(net, device) for net in spec.nets]
        years = next(net.age.years for net in spec.nets if net.age)
        self._years = np.array(years, np.float64)
        self._groups = np.array([AGE_GROUPS.index(age_group(year)) for year in years])
        self._labels = next(net.gender.labels for net in spec.nets if net.gender)
        sizes = [net.input.size or (64, 64) for net in spec.nets]
        self._run([[np.full((height, width, 3), 128, np.uint8)] for width, height in sizes])

    def classify(self, crops: Sequence[FaceCrop]) -> list[Prediction]:
        """One prediction per crop, in order; a face's answer does not depend on its batch.

        Raises:
            ModelError: An output has not the shape its head needs.
        """
        predictions: list[Prediction] = []
        for start in range(0, len(crops), self._batch_size):
            batch = crops[start : start + self._batch_size]
            gender, age = self._run([[crop.chips[index] for crop in batch] for index in range(len(self._sessions))])
            predictions.extend(map(self._predict, gender, age))
        return predictions

    def _run(self, chips: list[list[NDArray[np.uint8]]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities of the two genders (faces × 2) and of the ages (faces × years), from each net's chips."""
        gender = age = np.empty((0, 0))
        for net, session, own in zip(self._spec.nets, self._sessions, chips, strict=True):
            heads = [(net.gender.output, 2)] if net.gender else []
            heads += [(net.age.output, len(net.age.years))] if net.age else []
            outputs = session.run(to_batch(own, net.input), [name for name, _ in heads])
            for (name, width), values in zip(heads, outputs, strict=True):
                if values.shape != (len(own), width):
                    raise ModelError(
                        f"{net.file.path} gives {name!r} in the shape {values.shape} for {len(own)} face(s); "
                        f"by the spec of {self._spec.name} it should be {(len(own), width)}."
                    )
            answers = [values.astype(np.float64) for values in outputs]
            gender = answers[0] if net.gender else gender
            age = answers[-1] if net.age else age
        return gender, age

    def _predict(self, gender: NDArray[np.float64], age: NDArray[np.float64]) -> Prediction:
        years = float(age @ self._years)
        group = age_group(years)
        best = int(gender.argmax())
        return Prediction(
            gender=cast(Gender, self._labels[best]),
            gender_confidence=float(gender[best]),
            age=years,
            age_group=group,
            age_confidence=float(age[self._groups == AGE_GROUPS.index(group)].sum()),
        )
