"""Face descriptors: numbers that are nearly the same for two faces of one person."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.errors import ModelError
from photogender.faces.preprocess import to_batch
from photogender.models.spec import ModelSpec
from photogender.runtime.device import Granted
from photogender.runtime.session import Session


class Describer:
    """A loaded network that describes faces."""

    def __init__(self, spec: ModelSpec, device: Granted, batch_size: int = 32) -> None:
        """Load the network, and check with one grey chip that its output fits the spec.

        Args:
            spec: A model with the task ``descriptor``.
            device: As granted by ``choose_device``.
            batch_size: Most faces in a batch.

        Raises:
            ModelError: The file is missing or altered, the model has another task, or the output another width.
            RuntimeMissingError: ONNX Runtime is not installed.
        """
        self.net = spec.nets[0]
        if self.net.descriptor is None or self.net.input.crop is None:
            raise ModelError(f"The model {spec.name} does not describe faces: its task is {spec.task}.")
        self.head = self.net.descriptor
        self._batch_size = batch_size
        self._session = Session(self.net, device)
        width, height = self.net.input.crop
        self.describe([np.full((height, width, 3), 128, np.uint8)])

    def describe(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """The descriptor of each chip: the mean of those of the chip and of its mirror image.

        Args:
            chips: uint8, height × width × 3, RGB, as ``crop_face`` makes them.

        Returns:
            float32, chips × ``head.size``; each of the length 1 if the spec says ``unit``.

        Raises:
            ModelError: The output has another shape than the spec says, or is not finite.
        """
        found = [np.zeros((0, self.head.size), np.float32)]
        for start in range(0, len(chips), self._batch_size):
            batch = to_batch(chips[start : start + self._batch_size], self.net.input)
            both = np.concatenate([batch, batch[..., ::-1]])
            (values,) = self._session.run(both, [self.head.output])
            if values.shape != (len(both), self.head.size) or not np.isfinite(values).all():
                raise ModelError(
                    f"{self.net.file.name} gives {self.head.output!r} in the shape {values.shape} for {len(both)} "
                    f"picture(s); the spec asks for {self.head.size} finite numbers of each."
                )
            found.append((values[: len(batch)] + values[len(batch) :]) * np.float32(0.5))
        described = np.concatenate(found)
        if self.head.unit:
            described /= np.maximum(np.linalg.norm(described, axis=1, keepdims=True), 1e-12)
        return described
