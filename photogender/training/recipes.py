"""The recipes. A new one is added here; the command line offers what is in ``RECIPES``."""

from dataclasses import replace

from photogender.training.recipe import Augmentation, Recipe
from photogender.training.task import Task

_PAPERS_NETWORK: tuple[Task, ...] = ("age", "gender", "both")

PAPER = Recipe("paper", _PAPERS_NETWORK)

MODERN = Recipe(
    "modern",
    _PAPERS_NETWORK,
    iterations=2_500,
    batch_size=64,
    optimiser="adamw",
    learning_rate=3e-4,
    weight_decay=0.02,
    bias_rate=1.0,
    schedule="constant",
    warm_up=250,
    gradient_limit=5.0,
    weights="kaiming",
    input_scale=1 / 64,
    sides=((0.0, 131),),
    average=0.998,
    augmentation=Augmentation(),
    teacher=0.5,
    soft_ages=True,
    precision="bfloat16",
)
"""The same network by later methods, for two CPU cores: faces are small, at a third of the cost, until ``MIDDLE`` and
``FINISH`` continue. It can be stopped early, since the learning rate is constant."""

MIDDLE = replace(
    MODERN,
    name="middle",
    iterations=1_200,
    learning_rate=2e-4,
    schedule="cosine",
    warm_up=50,
    sides=((0.0, 163), (0.35, 227)),
)
"""Continues ``MODERN``: faces grow to full size, to which the network has to adapt."""

FINISH = replace(MIDDLE, name="finish", iterations=800, sides=((0.0, 227),))
"""Continues ``MIDDLE``, at full size only."""

COMPACT = Recipe(
    "compact",
    ("compact",),
    iterations=7_800,
    batch_size=64,
    optimiser="adamw",
    learning_rate=4e-4,
    weight_decay=0.05,
    bias_rate=1.0,
    schedule="cosine",
    warm_up=200,
    gradient_limit=2.0,
    dropout=0.2,
    input_scale=1 / 256,
    sides=((0.0, 112),),
    window=240,
    average=0.998,
    augmentation=Augmentation(
        zoom=0.16,
        rotation=18.0,
        light=0.3,
        blur=0.0,
        grey=0.1,
        shift=0.05,
        stretch=0.12,
        low_resolution=0.3,
        jpeg=0.25,
        noise=8.0,
        erase=0.15,
    ),
    balance=0.5,
    mixup=0.2,
    expectation=0.05,
    teacher=0.6,
    soft_ages=True,
    precision="bfloat16",
)
"""For the compact network: faces as they are in photos, small, rotated, partly hidden and badly compressed."""

SETTLE = replace(
    COMPACT,
    name="settle",
    iterations=3_500,
    learning_rate=1.5e-4,
    schedule="constant",
    warm_up=100,
    average=0.9999,
    recent=2,
    augmentation=Augmentation(
        zoom=0.08,
        rotation=8.0,
        light=0.2,
        blur=0.0,
        grey=0.05,
        shift=0.02,
        stretch=0.05,
        low_resolution=0.3,
        jpeg=0.25,
        noise=6.0,
        erase=0.05,
    ),
    mixup=0.1,
)
"""Continues ``COMPACT``: faces as a scan crops them, and the mean of the weights over many iterations (Izmailov et al.
(2018), arXiv:1803.05407)."""

_ORDINARY = Augmentation(
    zoom=0.12,
    rotation=14.0,
    light=0.3,
    blur=0.0,
    grey=0.1,
    shift=0.04,
    stretch=0.08,
    low_resolution=0.35,
    jpeg=0.25,
    noise=8.0,
    erase=0.12,
)

ORDINARY = replace(
    COMPACT,
    name="ordinary",
    iterations=900,
    learning_rate=1.5e-4,
    warm_up=60,
    average=0.995,
    augmentation=_ORDINARY,
    mixup=0.0,
    teacher=0.25,
    only_found=True,
    stays=0.25,
)
"""Continues ``SETTLE`` with faces from ordinary photos, of which some labels are not known. Each data set is in a
folder of its own; ``compact`` and ``dlib`` are the teachers."""

SMALL = Recipe(
    "small",
    ("small",),
    iterations=1_200,
    batch_size=128,
    optimiser="adamw",
    learning_rate=2e-4,
    weight_decay=0.01,
    bias_rate=1.0,
    schedule="cosine",
    warm_up=100,
    gradient_limit=2.0,
    input_scale=1 / 256,
    sides=((0.0, 32),),
    window=256,
    average=0.997,
    augmentation=_ORDINARY,
    balance=0.5,
    teacher=0.5,
    only_found=True,
    stays=0.25,
)
"""For the small gender network, from dlib's weights, with the same pictures as ``ORDINARY``."""

CONTEXT = replace(
    SMALL,
    name="context",
    tasks=("context",),
    iterations=600,
    batch_size=64,
    learning_rate=6e-4,
    weight_decay=0.05,
    warm_up=50,
    dropout=0.3,
    input_scale=1 / 128,
    sides=((0.0, 48),),
    window=220,
    average=0.99,
    augmentation=replace(_ORDINARY, zoom=0.2, neighbour=0.15, erase=0.25),
    sets=0.0,
    teacher=0.0,
    stays=0.0,
)
"""For the context network, from weights trained on ImageNet, with pictures that show more than the face; each data set
is drawn equally often."""

TEACHER = replace(
    COMPACT,
    name="teacher",
    tasks=("teacher",),
    iterations=1_600,
    learning_rate=3e-4,
    warm_up=100,
    input_scale=1.0,
    sides=((0.0, 160),),
    average=0.995,
    augmentation=Augmentation(
        zoom=0.12,
        rotation=15.0,
        light=0.3,
        blur=0.0,
        grey=0.1,
        shift=0.04,
        stretch=0.08,
        low_resolution=0.15,
        jpeg=0.15,
        noise=6.0,
        erase=0.1,
    ),
    balance=0.3,
    teacher=0.5,
)
"""For the larger network that the compact one learns from: six epochs, from weights that were trained on faces."""

RECIPES = {
    recipe.name: recipe
    for recipe in (PAPER, MODERN, MIDDLE, FINISH, COMPACT, SETTLE, ORDINARY, SMALL, CONTEXT, TEACHER)
}
"""All of them by name."""


def recipes_for(task: Task) -> list[str]:
    """Names of the recipes for a task."""
    return [name for name, recipe in RECIPES.items() if task in recipe.tasks]
