"""The worker's side on another machine: what it sees there, and what it finds in photos. Ray is not known here."""

import os
import time

from photogender.errors import PhotogenderError
from photogender.records import Photo, file_state
from photogender.runtime.device import choose_device
from photogender.scanning.engines.networks import Networks
from photogender.scanning.engines.wire import Wire, from_outcome, to_job, to_photo, to_settings
from photogender.scanning.settings import chosen_models, decided


def sees(photo: Photo) -> bool:
    """Whether a photo is here as it was found, and can be read."""
    try:
        with open(photo.path, "rb") as file:
            return file_state(photo.path, os.fstat(file.fileno()))[1:3] == (photo.size, photo.mtime_ns) and (
                photo.size == 0 or bool(file.read(1))
            )
    except OSError:
        return False


class RemoteWorker:
    """Examines photos on the machine where it is."""

    def hello(self, wire: Wire, fingerprint: str, roots: list[bytes], some: list[Wire], threads: int) -> Wire:
        """Load the models, and tell whether this machine can work.

        Args:
            wire: The settings of the scan.
            fingerprint: Of its models and settings.
            roots: What is scanned.
            some: Photos that everybody must see.
            threads: As for ``Networks.windows``.

        Returns:
            ``("ready", device)``, or ``("no", reason)``, where the reason continues a sentence that begins with the
            machine's name.
        """
        if reason := _blind(list(map(os.fsdecode, roots)), list(map(to_photo, some))):
            return ("no", reason)
        settings = to_settings(wire)
        try:
            if decided(settings, *chosen_models(settings)).fingerprint != fingerprint:
                return ("no", f"has other models than this machine for {settings.detector} and {settings.model}")
            device, _ = choose_device(settings.device)
            self._networks, self._threads = Networks(settings, device), threads
        except PhotogenderError as error:
            return ("no", f"cannot load the models: {str(error).rstrip('.')}")
        return ("ready", device)

    def examine(self, jobs: list[Wire]) -> tuple[list[Wire], float]:
        """The outcomes of some jobs, and how many seconds they took."""
        start = time.monotonic()
        windows = self._networks.windows(map(to_job, jobs), self._threads)
        outcomes = [from_outcome(outcome) for window in windows for outcome in window.outcomes]
        return outcomes, time.monotonic() - start

    def sees(self, job: Wire) -> bool:
        """Whether the photo of a job is here."""
        return sees(to_job(job).photo)


def is_empty(folder: str) -> bool:
    """Whether nothing is in a folder, as in a mount point without its drive, or it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def _blind(roots: list[str], some: list[Photo]) -> str:
    """What this machine does not see of the photos; empty if it sees them."""
    for root in roots:
        if not os.path.lexists(root):
            return f"sees no {root}"
        if os.path.isdir(root) and is_empty(root):
            return f"sees nothing in {root}"
    for photo in some:
        if not sees(photo):
            return f"sees another folder at {photo.root}: not the file {photo.path}"
    return ""
