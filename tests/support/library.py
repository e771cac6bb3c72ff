"""A small catalog for tests, written by the same code that scans use."""

import os
from collections.abc import Sequence
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.recorder import Recorder, ScanInfo
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, Gender, age_group
from photogender.models.read import load_spec
from photogender.records import Face, FaceBox, Outcome, Photo, PhotoFacts, Prediction, Skipped, Tagged
from photogender.scanning.scan import model_info


def face(gender: Gender, age: float, *, sure: float = 0.9, age_sure: float = 0.6, x: float = 10.0) -> Face:
    """A face of 40 × 50 pixels whose left side is at ``x``."""
    prediction = Prediction(gender, sure, age, age_group(age), age_sure)
    return Face(FaceBox(x, 20.0, x + 40.0, 70.0, 0.95), prediction)


def tagged(
    path: str, faces: Sequence[Face], taken: str | None = None, camera: str | None = None, root: str = "/p"
) -> Tagged:
    """A photo of 640 × 480 pixels."""
    facts = PhotoFacts(f"hash of {os.fsencode(path)!r}", "JPEG", 640, 480, taken, camera)
    return Tagged(Photo(path, root, 1000, 1), facts, tuple(faces))


def skipped(path: str, reason: str) -> Skipped:
    """A file that is no picture."""
    return Skipped(Photo(path, "/p", 10, 1), "decode", reason)


def build(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write a catalog as a scan does."""
    info = ScanInfo(
        roots=("/p",),
        version="0",
        device="cpu",
        settings={},
        fingerprint="f",
        detection="d",
        detector=model_info(load_spec(DEFAULT_DETECTOR)),
        model=model_info(load_spec(DEFAULT_MODEL)),
    )
    with Catalog(path, mode="write") as catalog:
        recorder = Recorder(catalog, info)
        recorder.save(outcomes)
        recorder.end("complete")


# Faces 1, 2 | 3 | none | 4, 5, 6 | 7 | 8
ODD = "/p/odd/caf\udce9 \x1b[31m[bold]\n\"a\",'b' 😀.jpg"
"""A name with a byte that is not UTF-8, an escape sequence, markup, a newline, quotes and an emoji."""
LIBRARY: tuple[Outcome, ...] = (
    tagged(
        "/p/2019/a.jpg", [face("female", 30.6, sure=0.97), face("male", 8.2, sure=0.6, x=200)], "2019-05-01T12:00:00"
    ),
    tagged(
        "/p/2019/sub/b.jpg", [face("male", 40.9, sure=0.8, age_sure=0.3)], "2020-12-31T23:59:59", "=cmd|' /C calc'!A1"
    ),
    tagged("/p/2019_/none.jpg", [], "2021-01-01T00:00:00", "Canon EOS"),
    tagged("/p/2020/crowd.jpg", [face("female", 5), face("female", 62, x=100), face("male", 1.5, x=200)]),
    tagged(ODD, [face("female", 19.99)], "2018-02-03T04:05:06", "-1+1"),
    tagged("/p/20%9/c.jpg", [face("male", 112.5)]),
    skipped("/p/2019/broken.jpg", "The file ends too early."),
)
"""Six photos with eight faces, and a file that was skipped."""


def build_corrected(path: Path) -> Path:
    """A catalog of ``LIBRARY`` in which a person said that face 6 is a woman of 33."""
    build(path, LIBRARY)
    with Catalog(path, mode="write") as catalog:
        catalog.correct([6], gender="female", age=33, author="me")
    return path


LATIN_FOLDER = "/p/\udce9t\udce9"
"""A folder whose name is not UTF-8."""


def build_reviewed(path: Path) -> Path:
    """A catalog of ``LIBRARY`` and faces 9 and 10 in ``LATIN_FOLDER``; face 6 is corrected, 8 is confirmed."""
    more = [
        tagged(f"{LATIN_FOLDER}/a.jpg", [face("female", 50)], "2022-06-01T00:00:00"),
        tagged(f"{LATIN_FOLDER}/b/a.jpg", [face("female", 50)], "2022-06-01T00:00:00"),
    ]
    build(path, [*LIBRARY, *more])
    with Catalog(path, mode="write") as catalog:
        catalog.correct([6], gender="female", age=33, author="me")
        catalog.correct([8], author="me")
    return path
