"""What a model of age and gender gains and loses in 8 bits (``photogender models quantise``).

python -m benchmarks.eight_bits --data DIR [--model NAME] [--limit N]

Speed is faces per second of each network alone, in batches of 32, by the CPU time of its one thread, which other
programs on the machine disturb least: the median of the rounds. The 8-bit networks are made again, from pictures of
the training part. Both kinds are evaluated on N faces of the test part.
"""

import os
import tempfile
from collections.abc import Sequence

import click
import numpy as np

from benchmarks.timing import thread_seconds
from photogender.evaluation.datasets import Example
from photogender.evaluation.evaluate import EvaluationSettings, on_pictures, pictures_of, sample
from photogender.evaluation.scoring import Row
from photogender.model_tools.quantise import PICTURES, quantise
from photogender.models.read import load_spec
from photogender.models.spec import Net
from photogender.runtime.session import Session

BATCH = 32
ROUNDS = 15
PAD = 0.5
"""How far the edges of UTKFace's close-ups are repeated, as a fraction of the side."""


def speed(net: Net, rounds: int = ROUNDS) -> float:
    """Faces per second on one thread."""
    session = Session(net, "cpu")
    width, height = net.input.size or (227, 227)
    batch = np.random.default_rng(0).uniform(0, 255, (BATCH, 3, height, width)).astype(np.float32)
    return BATCH / thread_seconds(lambda: session.run(batch), rounds)


def measured(model: str, pictures: Sequence[Example]) -> Row:
    """The accuracy of a model, as ``photogender evaluate`` measures it."""
    settings = EvaluationSettings(model=model, pad=PAD, device="cpu")
    return on_pictures(pictures, settings, lambda judged, _: judged, {}).scores[model].total


@click.command(help=__doc__)
@click.option("--model", default="levi-hassner", show_default=True)
@click.option("--data", required=True, type=click.Path(exists=True), help="Labelled close-ups.")
@click.option("--limit", default=1000, show_default=True, help="Faces of the test part.")
def main(model: str, data: str, limit: int) -> None:
    """Print size, speed and accuracy of both kinds."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PHOTOGENDER_MODELS"] = folder
        before = load_spec(model)
        after = quantise(model, sample(pictures_of(data, "train"), PICTURES), PAD, f"{model}-int8", click.echo)
        for spec in (before, after):
            for net in spec.nets:
                click.echo(f"{spec.name}, {net.file.name}: {net.file.size / 1e6:.1f} MB, {speed(net):.1f} faces/s")
        pictures = sample(pictures_of(data, "test"), limit)
        old, new = measured(before.name, pictures), measured(after.name, pictures)
    click.echo(f"{old.faces} faces of the test part")
    both = {
        "gender": (old.gender, new.gender),
        "age group": (old.exact, new.exact),
        "1-off": (old.one_off, new.one_off),
    }
    for measure, (given, small) in both.items():
        lost = 100 * (given.value - small.value)
        click.echo(f"{measure}: {given.value:.1%}, in 8 bits {small.value:.1%}, {lost:+.2f} points lost")


if __name__ == "__main__":
    main()
