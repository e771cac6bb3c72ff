"""Age and gender on pictures from elsewhere: ordinary photos, children, relatives, portraits.

python -m benchmarks.ordinary --data UTKFACE --others DIR [--model NAME]...

DIR has a ``labels.csv`` (file, gender, age, person, note) of the sets that ``compact`` was trained with, each in a
folder of its own. Only their validation and test parts are used, from which no weights were learnt: ``datasets.split``
of all pictures together with UTKFace's, as for the training, so that copies of one photo are in one part. The
validation parts chose among the weights of ``compact``.

A picture goes through the stages of a scan as it is; of several faces the largest counts. Many faces in ordinary photos
are turned away, so that shares are of the faces found.
"""

import csv
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from photogender.evaluation.datasets import Example, read_examples, split
from photogender.evaluation.pictures import FaceCropper, Unreadable, classify_pictures
from photogender.evaluation.scoring import Case, Scores, score
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, MIN_FACE
from photogender.models.read import load_spec
from photogender.records import DecodedImage, FaceCrop

ADULT = 18
"""Years from which ages count: those of FFHQ are a machine's, which is weak for children."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Which pictures make a row of the table."""

    title: str
    folders: tuple[str, ...]
    note: str = ""
    """Only pictures of which this is noted; empty: all."""


ORDINARY = Kind("Flickr 8k and 1k: ordinary photos of one person", ("flickr8k", "flickr1k"))

KINDS = (
    ORDINARY,
    Kind("LAG: young", ("lag",), "young"),
    Kind("LAG: the same people as adults", ("lag",), "adult"),
    Kind("KinFaceW: parents", ("kinface",), "parent"),
    Kind("KinFaceW: their children, of any age", ("kinface",), "child"),
    Kind("FFHQ", ("ffhq1100",)),
    Kind("Pixabay: portraits", ("pixabay",)),
)


class LargestFace(FaceCropper):
    """Crops the largest face of a picture."""

    def crop(self, image: DecodedImage) -> FaceCrop | None:
        """The largest face that a scan keeps; None if there is none."""
        assert self.detector is not None
        boxes = [box for box in self.detector.detect(image.pixels) if min(box.width, box.height) >= MIN_FACE]
        largest = max(boxes, key=lambda box: box.width * box.height, default=None)
        return crop_face(image, largest, self.nets) if largest else None


def held_out(utkface: str, others: str) -> dict[str, list[Example]]:
    """The pictures of each kind that are in no training part."""
    mine = read_examples(others)
    parts = split([*read_examples(utkface), *mine])
    kept = {each.path for part in ("validation", "test") for each in parts[part]}
    with Path(others, "labels.csv").open(newline="", encoding="utf-8") as file:
        notes = {os.path.join(others, row["file"]): row["note"] for row in csv.DictReader(file)}

    def of(kind: Kind, example: Example) -> bool:
        folder = os.path.relpath(example.path, others).split(os.sep)[0]
        return folder in kind.folders and kind.note in notes[example.path]

    return {kind.title: [each for each in mine if each.path in kept and of(kind, each)] for kind in KINDS}


def measure(pictures: Mapping[str, Sequence[Example]], model: str) -> dict[str, Scores]:
    """What a model reaches on each kind, over the faces found; the ages are those of adults."""
    spec = load_spec(model)
    cropper = LargestFace(spec.nets, Detector(load_spec(DEFAULT_DETECTOR), "cpu"))
    classifier = Classifier(spec, "cpu")
    scores = {}
    for title, examples in pictures.items():
        cases = []
        for case in classify_pictures(examples, cropper, classifier, os.cpu_count() or 1):
            if isinstance(case, Unreadable):
                raise click.ClickException(f"{case.path}: {case.reason}")
            if case.prediction:
                age = case.age if case.age is not None and case.age >= ADULT else None
                cases.append(Case(case.prediction, case.gender, age))
        scores[title] = score(cases)
    return scores


def table(pictures: Mapping[str, Sequence[Example]], results: Mapping[str, Mapping[str, Scores]]) -> list[str]:
    """A row for each kind and a column for each model, in Markdown."""
    lines = ["| pictures | faces found, with women + men | " + " | ".join(results) + " |"]
    lines.append("|---" * (2 + len(results)) + "|")
    for title, examples in pictures.items():
        first = next(iter(results.values()))[title]
        both = " + ".join(str(row.gender.faces) for row in first.by_gender)
        cells = [shown(scores[title]) for scores in results.values()]
        lines.append(f"| {title} | {first.total.faces} of {len(examples)}, {both} | " + " | ".join(cells) + " |")
    return lines


def shown(scores: Scores) -> str:
    """The share of right genders give or take half its interval, those of women and men, and the error in years."""
    gender = scores.total.gender
    shares = ", ".join(f"{row.gender.value:.3f}" for row in scores.by_gender)
    age = scores.total.mae
    years = f"; {age.value:.1f} years" if age.faces else ""
    width = "" if math.isnan(gender.low) else f" ± {(gender.high - gender.low) / 2:.3f}"
    return f"{gender.value:.3f}{width}: {shares}{years}"


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True), help="UTKFace.")
@click.option("--others", required=True, type=click.Path(exists=True, file_okay=False), help="The other sets.")
@click.option("--model", "models", multiple=True, default=[DEFAULT_MODEL])
def main(data: str, others: str, models: tuple[str, ...]) -> None:
    """Print the table."""
    pictures = held_out(data, others)
    click.echo("\n".join(table(pictures, {model: measure(pictures, model) for model in models})))


if __name__ == "__main__":
    main()
