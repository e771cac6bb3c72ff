"""How a network is trained: the parameters of a recipe."""

import math
from dataclasses import dataclass
from typing import Literal

from photogender.training.task import Task

SIDE = 227
"""Side in pixels of what the paper's net sees of a face."""

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a face is varied beyond a random crop and mirroring. A value is the width of an even distribution."""

    zoom: float = 0.12
    """Natural logarithm of the size, up and down."""
    turn: float = 10.0
    """Degrees, either way."""
    light: float = 0.25
    """Factor of all channels, up and down; a third of it for each channel alone."""
    blur: float = 0.15
    """Part of the faces that lose half to three quarters of their pixels a side."""
    grey: float = 0.08
    """Part of the faces without colour."""
    shift: float = 0.0
    """Of the face, in parts of the view, either way."""
    stretch: float = 0.0
    """Natural logarithm of how much wider than high a face becomes, and the other way."""
    few: float = 0.0
    """Part of the faces that are shown from 14 pixels a side and up, as faces in the background of a photo are."""
    jpeg: float = 0.0
    """Part of the faces that went through JPEG at a quality from 15 to 80."""
    noise: float = 0.0
    """Greatest deviation of the noise of single pixels, in grey levels."""
    erase: float = 0.0
    """Part of the faces a rectangle of which is hidden, a fiftieth to a quarter of the view."""


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
    """Learning rate of biases, times that of weights; biases do not decay."""
    schedule: Literal["steps", "constant", "cosine"] = "steps"
    """Of the learning rate. ``steps``: divided by 10 every fifth of the run. ``cosine``: falls to zero at the end."""
    warm_up: int = 0
    """Iterations in which the learning rate rises from zero."""
    most_gradient: float = math.inf
    """Norm to which longer gradients are cut."""
    weights: Literal["gaussian", "kaiming"] = "gaussian"
    """Initial weights. ``gaussian``: deviation 0.01, fully connected 0.005. ``kaiming``: by the number of inputs."""
    dropout: float = 0.5
    input_scale: float = 1.0
    """Factor of the pixels while training; it is multiplied into the first layer of the net that is written."""
    sides: tuple[tuple[float, int], ...] = ((0.0, SIDE),)
    """From which part of the run on faces are shown so large, in pixels; 227 is what the net takes in the end."""
    average: float = 0.0
    """Of the weights that are kept, what stays from one iteration to the next; 0 keeps the last ones."""
    recent: int = 9
    """Before there were enough iterations for that, the average is over about this part of them: the last ninth."""
    augmentation: Augmentation | None = None
    window: int = SIDE
    """Side in pixels of the part of the 256 that is shown; for training, anywhere in them."""
    balance: float = 0.0
    """How often rare ages are shown: a face comes in proportion to the number of faces of about its age and of its
    gender, to the power of minus this; 0 shows each once an epoch."""
    mixup: float = 0.0
    """Part of the faces through which another one shines, as in Zhang et al. (2018), arXiv:1710.09412."""
    expectation: float = 0.0
    """Weight in the loss of the years by which the expected age is off, beside the distribution's cross entropy."""
    teacher: float = 0.0
    """Weight of a teacher's answers, where there is one, beside the labels."""
    soft_ages: bool = False
    """An age counts for groups (and years) as a bell about it, so that faces between two groups teach too;
    otherwise faces in no group are left out."""
    precision: Precision = "float32"
    """``bfloat16``: only where the CPU has instructions for it, otherwise in single precision."""


def learning_rate(recipe: Recipe, iteration: int) -> float:
    """Of one iteration, counted from 0."""
    done = iteration / recipe.iterations
    if recipe.schedule == "steps":
        return recipe.learning_rate * 0.1 ** math.floor(5 * done)
    rise = min(1.0, (iteration + 1) / max(1, recipe.warm_up))
    fall = (1 + math.cos(math.pi * done)) / 2 if recipe.schedule == "cosine" else 1.0
    return recipe.learning_rate * rise * fall


def side(recipe: Recipe, iteration: int) -> int:
    """Side in pixels at which faces are shown in one iteration, counted from 0."""
    return [pixels for start, pixels in recipe.sides if iteration >= start * recipe.iterations][-1]
