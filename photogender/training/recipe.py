"""How a network is trained: the parameters of a recipe."""

import math
from dataclasses import dataclass
from typing import Literal

from photogender.training.task import Task

SIDE = 227
"""Side in pixels of the input of the paper's network."""

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes to a face in addition to cropping and mirroring. Each range is uniform."""

    zoom: float = 0.12
    """Most change of the natural logarithm of the size."""
    rotation: float = 10.0
    """Most rotation in degrees."""
    light: float = 0.25
    """Most change of the natural logarithm of all channels; a third of it for each channel alone."""
    blur: float = 0.15
    """Share of the faces that are reduced to a half, a third or a quarter of their side."""
    grey: float = 0.08
    """Share of the faces without colour."""
    shift: float = 0.0
    """Most movement, as a fraction of the view."""
    stretch: float = 0.0
    """Most change of the natural logarithm of width over height."""
    low_resolution: float = 0.0
    """Share of the faces that are reduced to 14 pixels a side and up, like faces in the background of a photo."""
    jpeg: float = 0.0
    """Share of the faces that are compressed as JPEG at a quality from 15 to 80."""
    noise: float = 0.0
    """Greatest standard deviation of noise in grey levels; three of ten faces get some."""
    neighbour: float = 0.0
    """Share of the faces beside which a part of another picture is shown, as in a photo of several people."""
    erase: float = 0.0
    """Share of the faces of which a rectangle is hidden, a fiftieth to a quarter of the view."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train; the defaults are those of Levi & Hassner (2015), section 3.2, and their published solver."""

    name: str
    tasks: tuple[Task, ...]
    """What it is for."""
    iterations: int = 50_000
    batch_size: int = 50
    optimiser: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 5e-4
    bias_rate: float = 2.0
    """Learning rate of biases, as a multiple of that of weights; biases do not decay."""
    schedule: Literal["steps", "constant", "cosine"] = "steps"
    """Of the learning rate. ``steps``: divided by 10 after every fifth of the run. ``cosine``: falls to zero."""
    warm_up: int = 0
    """Iterations in which the learning rate rises from zero."""
    gradient_limit: float = math.inf
    """Norm to which longer gradients are clipped."""
    weights: Literal["gaussian", "kaiming"] = "gaussian"
    """Initial weights. ``gaussian``: deviation 0.01, fully connected 0.005. ``kaiming``: by the number of inputs."""
    dropout: float = 0.5
    input_scale: float = 1.0
    """Factor of the pixels during training; an export multiplies it into the first layer."""
    sides: tuple[tuple[float, int], ...] = ((0.0, SIDE),)
    """Side of the faces in pixels, with the part of the run (0 to 1) from which it applies."""
    average: float = 0.0
    """Decay of the moving average of the weights, which is what is kept; 0: the last weights are kept."""
    recent: int = 9
    """Until the average has had enough iterations, it covers about the last ``1 / (1 + recent)`` of them."""
    augmentation: Augmentation | None = None
    window: int = SIDE
    """Side in pixels of the part of a chip (256 × 256) that is shown: at a random place, or the middle to predict."""
    balance: float = 0.0
    """How much more often rare ages are drawn: the weight of a face is the number of faces of about its age and of its
    gender, to the power of minus this. 0: each once an epoch."""
    sets: float = 0.5
    """With ``balance``, a data set is drawn as often as its number of faces to this power."""
    mixup: float = 0.0
    """Share of the faces that are mixed with another one, as in Zhang et al. (2018), arXiv:1710.09412."""
    expectation: float = 0.0
    """Weight in the loss of the expected age's error in years, in addition to the cross entropy of the distribution."""
    teacher: float = 0.0
    """Weight of the teachers' predictions against the labels, 0 to 1; it has no effect without a teacher."""
    soft_ages: bool = False
    """The target of an age is a normal distribution about it, so that faces between two groups are used as well;
    otherwise they are left out."""
    only_found: bool = False
    """Leave out pictures in which the detector found no face; otherwise the whole picture is taken for one."""
    stays: float = 0.0
    """Share of the first weights in the result: those between the first and the trained ones lose less on pictures of
    other kinds, Wortsman et al. (2022), arXiv:2109.01903."""
    precision: Precision = "float32"
    """``bfloat16`` falls back to single precision if the CPU has no instructions for it."""


def learning_rate(recipe: Recipe, iteration: int) -> float:
    """The learning rate of an iteration, counted from 0."""
    done = iteration / recipe.iterations
    if recipe.schedule == "steps":
        return recipe.learning_rate * 0.1 ** math.floor(5 * done)
    rise = min(1.0, (iteration + 1) / max(1, recipe.warm_up))
    fall = (1 + math.cos(math.pi * done)) / 2 if recipe.schedule == "cosine" else 1.0
    return recipe.learning_rate * rise * fall


def side(recipe: Recipe, iteration: int) -> int:
    """Side of the faces in pixels in an iteration, counted from 0."""
    return [pixels for start, pixels in recipe.sides if iteration >= start * recipe.iterations][-1]
