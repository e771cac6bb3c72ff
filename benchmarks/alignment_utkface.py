"""The detector's landmarks in UTKFace's own pictures: the template with which Levi & Hassner's network is trained.

python -m benchmarks.alignment_utkface [--shared DIR] [--number N]

The mean over N pictures of the training part, as fractions of the picture; it is in
``photogender/training/data/faces.py`` and ``models/levi-hassner.toml``.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import click
import numpy as np

from photogender.evaluation.datasets import read_folder, split
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR
from photogender.models.read import load_spec
from photogender.training.data.faces import landmarks


@click.command(help=__doc__)
@click.option("--shared", type=click.Path(path_type=Path), default="../shared", envvar="PHOTOGENDER_SHARED")
@click.option("--number", default=1500)
def main(shared: Path, number: int) -> None:
    """Print the template."""
    train = split(read_folder(str(shared / "data" / "utkface")))["train"]
    chosen = [train[index].path for index in np.random.default_rng(0).permutation(len(train))[:number]]
    detector = Detector(load_spec(DEFAULT_DETECTOR), "cpu")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [each for each in pool.map(partial(landmarks, detector=detector), chosen) if each]
    click.echo(f"{len(found)} of {len(chosen)} pictures; x, y of eye, eye, nose, mouth, mouth")
    click.echo(", ".join(f"[{x:.3f}, {y:.3f}]" for x, y in np.mean(found, axis=0).tolist()))


if __name__ == "__main__":
    main()
