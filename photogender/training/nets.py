"""Which net belongs to which task."""

import torch
from torch import Tensor

from photogender.training import compact
from photogender.training.compact import Compact
from photogender.training.net import LeviHassner, Task, initialise
from photogender.training.recipe import Recipe

Net = LeviHassner | Compact


def first_net(task: Task, mean: Tensor, recipe: Recipe, seed: int) -> Net:
    """A net before its training."""
    if task == "joint":
        small = Compact(task, torch.tensor(compact.MEAN_BGR)[:, None, None], recipe.dropout, recipe.input_scale)
        compact.initialise(small, seed)
        return small
    net = LeviHassner(task, mean, recipe.dropout, recipe.input_scale)
    initialise(net, recipe.weights, seed)
    return net


def same_net(task: Task, mean: Tensor, input_scale: float) -> Net:
    """A net whose weights are still to be filled in, ready for predictions."""
    kind = Compact if task == "joint" else LeviHassner
    return kind(task, mean, 0.0, input_scale).eval()
