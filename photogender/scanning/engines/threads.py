"""The engine of this machine: threads decode, detect and crop, the calling thread classifies."""

import os
from collections.abc import Generator, Iterable

from photogender.runtime.device import choose_device
from photogender.scanning.engines.engine import Task, Tell, Window
from photogender.scanning.engines.networks import Networks
from photogender.scanning.worker import Job


class Threads:
    """Examines photos in this process."""

    def start(self, task: Task, tell: Tell) -> str:
        """Load the models.

        Raises:
            ModelError: A model's file is missing or altered.
            RuntimeMissingError: ONNX Runtime or the device is not available.
        """
        device, remark = choose_device(task.settings.device)
        if remark:
            tell(remark)
        self._networks = Networks(task.settings, device)
        self._threads = task.settings.workers or os.cpu_count() or 1
        return device

    def windows(self, jobs: Iterable[Job]) -> Generator[Window, None, None]:
        """As ``Engine.windows``."""
        return self._networks.windows(jobs, self._threads)

    def close(self) -> None:
        """Nothing is left open."""
