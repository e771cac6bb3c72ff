"""How fast Levi & Hassner's nets are, and what they lose and gain as integers of eight bits.

python -m benchmarks.levi_hassner [--model NAME] [--data DIR] [--limit N] [--save DIR]

Speed is faces a second of each net by itself, at batch 32, by the CPU time of its one thread, which other
programs on the machine disturb least: the median of the rounds. The integer nets are quantised statically (per
channel, activations calibrated on 200 faces of the training part) and judged, like the nets themselves, on N
faces of the test part. With --save they are written to DIR with a spec; as a folder of the models folder it is
a model.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import thread_seconds
from photogender.classify import Classifier
from photogender.datasets import Example
from photogender.detect import Detector
from photogender.errors import DecodeError
from photogender.evaluate import pictures_of, some
from photogender.labelled import Look
from photogender.measures import Estimate
from photogender.preprocess import to_batch, views
from photogender.records import FaceCrop
from photogender.scoring import Case, score
from photogender.session import Session
from photogender.spec import DEFAULT_DETECTOR, ModelSpec, Net, load_spec, spec_path
from photogender.stream import prefetch

BATCH = 32
ROUNDS = 15
CALIBRATION = 200
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


class Calibration:
    """Batches for ONNX Runtime's quantiser, by its protocol."""

    def __init__(self, net: Net, chips: Sequence[NDArray[np.uint8]]) -> None:
        self._batches = self._each(net, chips)

    @staticmethod
    def _each(net: Net, chips: Sequence[NDArray[np.uint8]]) -> Iterator[dict[str, NDArray[np.float32]]]:
        for start in range(0, len(chips), BATCH):
            seen = views(chips[start : start + BATCH], net.input, oversample=False)
            yield {net.input.name: to_batch(seen, net.input)}

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next batch, None at the end."""
        return next(self._batches, None)


def quantised(net: Net, chips: Sequence[NDArray[np.uint8]], folder: Path) -> Net:
    """The same net with weights and activations of eight bits, its file in ``folder``."""
    import onnxruntime
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    name = net.file.name.replace(".onnx", "_int8.onnx")
    folded = folder / f"folded_{net.file.name}"
    options = onnxruntime.SessionOptions()
    # Folds the casts of weights that are stored as halves; quantisation wants them as single floats.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(net.file.read(), options, providers=["CPUExecutionProvider"])
    quantize_static(
        folded,
        folder / name,
        Calibration(net, chips),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Gemm", "MatMul", "MaxPool", "Relu"],
    )
    folded.unlink()
    data = (folder / name).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return replace(net, file=replace(net.file, path=name, sha256=digest, size=len(data), beside=folder, download=None))


def judged(model: ModelSpec, chosen: Judged) -> dict[str, Estimate]:
    """Gender, exact and 1-off accuracy."""
    answers = iter(Classifier(model, "cpu").classify([crop for _, crop in chosen if crop]))
    cases = [
        Case(next(answers) if crop else None, each.gender, each.age, each.group, each.race) for each, crop in chosen
    ]
    total = score(cases).total
    return {"gender": total.gender, "age group": total.exact, "1-off": total.one_off}


def save(model: ModelSpec, small: ModelSpec, made: Path, folder: Path) -> None:
    """Write the integer nets and a spec for them."""
    text = (spec_path(model.name) or Path()).read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for old, new in zip(model.nets, small.nets, strict=True):
        text = text.replace(old.file.path, new.file.path).replace(old.file.sha256, new.file.sha256)
        text = text.replace(f"size = {old.file.size}\n", f"size = {new.file.size}\n")
        (folder / new.file.path).write_bytes((made / new.file.path).read_bytes())
    (folder / "spec.toml").write_text(text, encoding="utf-8")


@click.command(help=__doc__)
@click.option("--model", default="levi-hassner")
@click.option("--data", type=click.Path(exists=True), help="Labelled close-ups; without it only the speed is measured.")
@click.option("--limit", default=1000, help="Faces of the test part.")
@click.option("--save", "target", type=click.Path(path_type=Path), help="Write the integer nets there.")
def main(model: str, data: str | None, limit: int, target: Path | None) -> None:
    """Run it."""
    spec = load_spec(model)
    for net in spec.nets:
        click.echo(f"{net.file.name}: {net.file.size / 1e6:.1f} MB, {speed(net):.1f} faces/s")
    if not data:
        return
    train = faces(some(pictures_of(data, "train"), CALIBRATION), spec)
    chosen = faces(some(pictures_of(data, "test"), limit), spec)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nets = tuple(
            quantised(net, [crop.chips[index] for _, crop in train if crop], folder)
            for index, net in enumerate(spec.nets)
        )
        small = replace(spec, nets=nets)
        for net in nets:
            click.echo(f"{net.file.name}: {net.file.size / 1e6:.1f} MB, {speed(net):.1f} faces/s")
        before, after = judged(spec, chosen), judged(small, chosen)
        click.echo(f"{len(chosen)} faces of the test part")
        for measure, given in before.items():
            lost = 100 * (given.value - after[measure].value)
            click.echo(f"{measure}: {given.value:.1%}, int8 {after[measure].value:.1%}, {lost:+.2f} points lost")
        if target:
            save(spec, small, folder, target)
            click.echo(f"Written to {target}.")


if __name__ == "__main__":
    main()
