"""What a model of age and gender gains and loses by computing in 8 bits (``photogender models quantise``).

python -m benchmarks.eight_bits --data DIR [--model NAME] [--limit N]

Speed is faces a second of each net by itself, at batch 32, by the CPU time of its one thread, which other
programs on the machine disturb least: the median of the rounds. The integer nets are made anew, from pictures of
the training part, and judged, like the nets themselves, on N faces of the test part.
"""

import os
import tempfile
from collections.abc import Sequence

import click
import numpy as np

from benchmarks.timing import thread_seconds
from photogender.classify import Classifier
from photogender.datasets import Example
from photogender.detect import Detector
from photogender.eight_bits import PICTURES, quantise
from photogender.errors import DecodeError
from photogender.evaluate import pictures_of, some
from photogender.labelled import Look
from photogender.measures import Estimate
from photogender.records import FaceCrop
from photogender.scoring import Case, score
from photogender.session import Session
from photogender.spec import DEFAULT_DETECTOR, ModelSpec, Net, load_spec
from photogender.stream import prefetch

BATCH = 32
ROUNDS = 15
PAD = 0.5
"""Repeated edge of UTKFace's close-ups."""

Judged = list[tuple[Example, FaceCrop | None]]


def speed(net: Net, rounds: int = ROUNDS) -> float:
    """Faces a second of the one thread that runs the net."""
    session = Session(net, "cpu")
    width, height = net.input.size or (227, 227)
    batch = np.random.default_rng(0).uniform(0, 255, (BATCH, 3, height, width)).astype(np.float32)
    return BATCH / thread_seconds(lambda: session.run(batch), rounds)


def faces(pictures: Sequence[Example], spec: ModelSpec) -> Judged:
    """Each picture with its face as the nets want it; None where it was not found."""
    look = Look(spec.nets, Detector(load_spec(DEFAULT_DETECTOR), "cpu"), PAD)
    found = prefetch(look, (picture.path for picture in pictures), os.cpu_count() or 1, 64)
    return [(picture, crop) for picture, crop in zip(pictures, found, strict=True) if not isinstance(crop, DecodeError)]


def judged(model: ModelSpec, chosen: Judged) -> dict[str, Estimate]:
    """Gender, exact and 1-off accuracy."""
    answers = iter(Classifier(model, "cpu").classify([crop for _, crop in chosen if crop]))
    cases = [
        Case(next(answers) if crop else None, each.gender, each.age, each.group, each.race) for each, crop in chosen
    ]
    total = score(cases).total
    return {"gender": total.gender, "age group": total.exact, "1-off": total.one_off}


@click.command(help=__doc__)
@click.option("--model", default="levi-hassner", show_default=True)
@click.option("--data", required=True, type=click.Path(exists=True), help="Labelled close-ups.")
@click.option("--limit", default=1000, show_default=True, help="Faces of the test part.")
def main(model: str, data: str, limit: int) -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PHOTOGENDER_MODELS"] = folder
        before = load_spec(model)
        after = quantise(model, some(pictures_of(data, "train"), PICTURES), PAD, f"{model}-int8", click.echo)
        for spec in (before, after):
            for net in spec.nets:
                click.echo(f"{spec.name}, {net.file.name}: {net.file.size / 1e6:.1f} MB, {speed(net):.1f} faces/s")
        chosen = faces(some(pictures_of(data, "test"), limit), before)
        old, new = judged(before, chosen), judged(after, chosen)
    click.echo(f"{len(chosen)} faces of the test part")
    for measure, given in old.items():
        lost = 100 * (given.value - new[measure].value)
        click.echo(f"{measure}: {given.value:.1%}, in 8 bits {new[measure].value:.1%}, {lost:+.2f} points lost")


if __name__ == "__main__":
    main()
