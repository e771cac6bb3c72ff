"""What a model says where there is nothing to see: faces reduced to a few pixels, and noise.

python -m benchmarks.unseen --data UTKFACE [--model NAME]... [--faces N]

N faces of the test part, as many women as men, are found in the sharp picture, which is then reduced until the face is
so many pixels wide, and enlarged again. A model that takes women for men when it cannot see has a mean probability of
female far below 0.5; one that is honest has a mean confidence near the share that is right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import click
import numpy as np
from PIL import Image

from photogender.evaluation.datasets import Example
from photogender.evaluation.evaluate import pictures_of
from photogender.evaluation.pictures import padded, subject
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, PAD, Gender
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec
from photogender.photos.file import read_picture
from photogender.records import DecodedImage, FaceBox, PhotoFacts, Prediction

WIDTHS = (64, 32, 16, 12, 8, 6, 4)
"""Of a face, in pixels."""

Shown = tuple[DecodedImage, FaceBox]


def found_in(examples: Sequence[Example], detector: Detector) -> Iterator[tuple[Gender, Shown]]:
    """The face of each picture, if it is found."""
    for example in examples:
        image = padded(read_picture(example.path), PAD)
        box = subject(detector.detect(image.pixels), image.pixels.size)
        if example.gender and box:
            yield example.gender, (image, box)


def reduced(shown: Shown, width: int) -> Shown:
    """The picture with no more detail than one whose face is ``width`` pixels wide."""
    image, box = shown
    scale = width / box.width
    if scale >= 1:
        return shown
    small = image.pixels.resize([max(1, round(side * scale)) for side in image.pixels.size], Image.Resampling.BOX)
    return replace(image, pixels=small.resize(image.pixels.size, Image.Resampling.BICUBIC)), box


def noise(number: int, cells: int, seed: int = 0) -> Iterator[Shown]:
    """Pictures of random colours in so many cells a side, each with a face's box in its middle."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        pixels = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8)).resize((224, 224))
        yield DecodedImage(pixels, PhotoFacts("", "PNG", 224, 224)), FaceBox(56, 56, 168, 168, 1.0)


def answers(spec: ModelSpec, classifier: Classifier, faces: Iterator[Shown]) -> list[Prediction]:
    """What a model says of some faces."""
    return classifier.classify([crop_face(image, box, spec.nets) for image, box in faces])


def row(name: str, answers: Sequence[Prediction], truth: Sequence[Gender] | None) -> str:
    """A row of the table."""
    female = np.array([each.gender == "female" for each in answers])
    sure = np.array([each.gender_confidence for each in answers])
    mean = np.where(female, sure, 1 - sure).mean()
    right = (
        ""
        if truth is None
        else f"{np.mean([each.gender == own for each, own in zip(answers, truth, strict=True)]):.3f}"
    )
    return f"| {name} | {mean:.3f} | {female.mean():.3f} | {right} | {sure.mean():.3f} |"


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True), help="UTKFace, or pictures like it.")
@click.option("--model", "models", multiple=True, default=[DEFAULT_MODEL])
@click.option("--faces", default=600, show_default=True)
def main(data: str, models: tuple[str, ...], faces: int) -> None:
    """Print a table for each model, in Markdown."""
    examples = pictures_of(data, "test")
    genders: tuple[Gender, ...] = ("female", "male")
    chosen = [each for gender in genders for each in [e for e in examples if e.gender == gender][: faces // 2]]
    seen = list(found_in(chosen, Detector(load_spec(DEFAULT_DETECTOR), "cpu")))
    truth = [gender for gender, _ in seen]
    for model in models:
        spec = load_spec(model)
        ask = partial(answers, spec, Classifier(spec, "cpu"))
        click.echo(f"\n{model}\n\n| face | mean probability of female | called female | right | mean confidence |")
        click.echo("|---" * 5 + "|")
        click.echo(row("as it is", ask(shown for _, shown in seen), truth))
        for width in WIDTHS:
            click.echo(row(f"{width} px wide", ask(reduced(shown, width) for _, shown in seen), truth))
        for cells in (224, 28, 7):
            click.echo(row(f"noise, {cells} × {cells}", ask(noise(300, cells)), None))


if __name__ == "__main__":
    main()
