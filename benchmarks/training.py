"""The speed of training compared with a bare torch loop over random tensors, which needs no loader.

python -m benchmarks.training [--recipe NAME] [--blocks N] [--threads N]

The bare loop has the same layers from torch (its ``LocalResponseNorm`` and ``Dropout``), the same optimiser, batch size
and picture size, on one constant tensor with torch's own threads, in single precision. Blocks of ten iterations
alternate; the output is the median of each in pictures per second.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

import click
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from photogender.evaluation.datasets import Example
from photogender.training.data.batches import batches
from photogender.training.data.labelled import labelled
from photogender.training.nets.layers import NORM_ALPHA, NORM_BETA, NORM_SIZE
from photogender.training.nets.levi_hassner import LeviHassner, initialise
from photogender.training.recipe import Recipe, side
from photogender.training.recipes import RECIPES, recipes_for
from photogender.training.step import Stepper

BLOCK = 10


class Bare(nn.Module):
    """The paper's network in plain torch."""

    def __init__(self, recipe: Recipe, pixels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, kernel, stride, padding in ((3, 96, 7, 4, 0), (96, 256, 5, 1, 2), (256, 384, 3, 1, 1)):
            layers += [
                nn.Conv2d(inputs, outputs, kernel, stride, padding),
                nn.ReLU(),
                nn.MaxPool2d(3, 2, ceil_mode=True),
            ]
            if outputs != 384:
                layers.append(nn.LocalResponseNorm(NORM_SIZE, NORM_ALPHA, NORM_BETA))
        self.features = nn.Sequential(*layers)
        grid = self.features(torch.zeros(1, 3, pixels, pixels)).shape[-1]
        drop = nn.Dropout(recipe.dropout)
        fully = [nn.Linear(384 * grid * grid, 512), nn.ReLU(), drop, nn.Linear(512, 512), nn.ReLU(), drop]
        self.classifier = nn.Sequential(nn.Flatten(), *fully, nn.Linear(512, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        with torch.autocast("cpu", enabled=False):  # its normalisation cannot run in bfloat16
            answer: torch.Tensor = self.classifier(self.features(x))
        return answer


def bare(recipe: Recipe, threads: int) -> Iterator[None]:
    """Iterations of the bare loop."""
    torch.set_num_threads(threads)
    pixels = side(recipe, 0)
    net = Bare(recipe, pixels)
    x, y = torch.randn(recipe.batch_size, 3, pixels, pixels), torch.randint(8, (recipe.batch_size,))
    kind: Callable[..., torch.optim.Optimizer] = torch.optim.SGD if recipe.optimiser == "sgd" else torch.optim.AdamW
    optimiser = kind(net.parameters(), lr=1e-4)
    while True:
        optimiser.zero_grad()
        functional.cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        yield


def ours(recipe: Recipe, threads: int) -> Iterator[None]:
    """Iterations of ``photogender train``, from faces to weights."""
    chips = np.random.default_rng(0).integers(0, 256, (500, 256, 256, 3), dtype=np.uint8)
    examples = tuple(Example("", 25.0 + index % 7, "female", None, "25-32") for index in range(len(chips)))
    faces = labelled(examples, chips, list(range(len(chips))), "age", recipe.soft_ages)
    net = LeviHassner("age", torch.full((3, 227, 227), 120.0), recipe.dropout, recipe.input_scale)
    initialise(net, recipe.weights, 0)
    stepper = Stepper(net.to(memory_format=torch.channels_last), recipe, 0, threads)  # type: ignore[call-overload]
    for iteration, batch in enumerate(batches(faces, recipe, 0, 0)):
        stepper.step(batch, iteration)
        yield


@click.command(help=__doc__)
@click.option("--recipe", type=click.Choice(recipes_for("age")), default="paper")
@click.option("--blocks", default=5)
@click.option("--threads", default=os.cpu_count() or 1)
def main(recipe: str, blocks: int, threads: int) -> None:
    """Print the rates."""
    chosen = replace(RECIPES[recipe], iterations=(blocks + 1) * BLOCK + 5)
    running = {"bare torch": bare(chosen, threads), "photogender": ours(chosen, threads)}
    rates: dict[str, list[float]] = {name: [] for name in running}
    for block in range(blocks + 1):
        for name, iterations in running.items():
            if name == "bare torch":
                torch.set_num_threads(threads)
            started = time.perf_counter()
            for _ in range(BLOCK):
                next(iterations)
            if block:  # the first block warms up
                rates[name].append(chosen.batch_size * BLOCK / (time.perf_counter() - started))
    for name, each in rates.items():
        click.echo(f"{name}: {median(each):.1f} pictures/s ({min(each):.1f} to {max(each):.1f})")
    click.echo(
        f"photogender: {median(rates['photogender']) / median(rates['bare torch']):.2f} times the rate of bare torch"
    )


if __name__ == "__main__":
    main()
