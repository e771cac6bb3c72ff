"""Jobs and outcomes as plain tuples, numbers and bytes: what is sent between machines. No pixels, no classes.

A worker does not decide what became of a photo that the catalog knows: it tells its content hash, and the scan, which
knows the catalog, decides.
"""

import os
from dataclasses import astuple
from typing import Any

from photogender.catalog.pictures.places import Original
from photogender.records import (
    Copied,
    Face,
    FaceBox,
    Moved,
    Outcome,
    Photo,
    PhotoFacts,
    Prediction,
    Skipped,
    Tagged,
    Touched,
)
from photogender.scanning.settings import ScanSettings
from photogender.scanning.worker import Job, known_outcome

Wire = tuple[Any, ...]

_SENT = ("detector", "model", "device", "min_face", "confidence", "detector_size", "oversample", "half", "batch_size")
"""The settings that a worker needs."""


def from_settings(settings: ScanSettings) -> Wire:
    """The settings of a scan, as pairs."""
    return tuple((name, getattr(settings, name)) for name in _SENT)


def to_settings(wire: Wire) -> ScanSettings:
    """The opposite of ``from_settings``."""
    return ScanSettings(**dict(wire))


def from_photo(photo: Photo) -> Wire:
    """A photo that was found; its paths as bytes, since they need not be text."""
    return (os.fsencode(photo.path), os.fsencode(photo.root), photo.size, photo.mtime_ns, photo.ctime_ns)


def to_photo(wire: Wire) -> Photo:
    """The opposite of ``from_photo``."""
    path, root, *numbers = wire
    return Photo(os.fsdecode(path), os.fsdecode(root), *numbers)


def from_job(job: Job) -> Wire:
    """A job: the photo, the content hashes that the scan knows of its size, and its faces if they are known."""
    faces = None if job.faces is None else tuple(astuple(box) for box in job.faces)
    return (from_photo(job.photo), tuple(job.originals), faces)


def to_job(wire: Wire) -> Job:
    """The opposite of ``from_job``; where the originals are stays unknown."""
    photo, hashes, faces = wire
    boxes = None if faces is None else tuple(FaceBox(*box) for box in faces)
    return Job(to_photo(photo), dict.fromkeys(hashes, Original("", 0, 0)), boxes)


def from_outcome(outcome: Outcome) -> Wire:
    """An outcome without its photo: ``("t", facts, faces, thumbnail)``, ``("s", stage, reason)`` or ``("h", hash)``."""
    match outcome:
        case Tagged():
            faces = tuple((astuple(face.box), astuple(face.prediction)) for face in outcome.faces)
            return ("t", astuple(outcome.facts), faces, outcome.thumbnail)
        case Skipped():
            return ("s", outcome.stage, outcome.reason)
        case Moved() | Copied() | Touched():
            return ("h", outcome.content_hash)


def to_outcome(wire: Wire, job: Job) -> Outcome:
    """The outcome of a job, where the catalog and its files are: what became of a known photo is decided here."""
    match wire:
        case ("t", facts, faces, thumbnail):
            found = tuple(Face(FaceBox(*box), Prediction(*prediction)) for box, prediction in faces)
            return Tagged(job.photo, PhotoFacts(*facts), found, thumbnail)
        case ("s", stage, reason):
            return Skipped(job.photo, stage, reason)
        case ("h", content_hash):
            return known_outcome(job.photo, content_hash, job.originals[content_hash])
    raise ValueError(f"{wire!r} is no outcome")
