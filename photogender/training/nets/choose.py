"""The network for each task."""

import torch
from torch import Tensor

from photogender.training.nets import compact, context, mobile, small
from photogender.training.nets.compact import Compact
from photogender.training.nets.context import Context
from photogender.training.nets.levi_hassner import LeviHassner, initialise
from photogender.training.nets.mobile import Mobile
from photogender.training.nets.small import Small
from photogender.training.recipe import Recipe
from photogender.training.task import Task

Net = LeviHassner | Compact | Mobile | Small | Context


def new_net(task: Task, outputs: dict[str, int], mean: Tensor, recipe: Recipe, seed: int) -> Net:
    """A network before its training.

    Args:
        task: Decides which network it is.
        outputs: By name, their widths; the paper's network has those of its task.
        mean: The mean face, which the paper's network subtracts.
        recipe: Decides about initial weights, dropout and input scale.
        seed: The same seed gives the same weights.
    """
    net: Net
    if task == "compact":
        net = Compact(outputs, torch.tensor(compact.MEAN_BGR)[:, None, None], recipe.dropout, recipe.input_scale)
        compact.initialise(net, seed)
        return net
    if task == "small":
        net = Small(torch.tensor(small.MEAN_BGR)[:, None, None], recipe.dropout, recipe.input_scale)
        small.initialise(net, seed)
        return net
    if task == "context":
        net = Context(torch.tensor(context.MEAN_BGR)[:, None, None], recipe.dropout, recipe.input_scale)
        context.initialise(net, seed)
        return net
    if task == "teacher":
        net = Mobile(outputs, recipe.dropout)
        mobile.initialise(net, seed)
        return net
    net = LeviHassner(task, mean, recipe.dropout, recipe.input_scale)
    initialise(net, recipe.weights, seed)
    return net


def restored_net(task: Task, weights: dict[str, Tensor], input_scale: float) -> Net:
    """A network with saved weights, ready to predict."""
    net: Net
    heads = [name.split(".")[1] for name in weights if name.startswith("heads.") and name.endswith(".bias")]
    outputs = {name: len(weights[f"heads.{name}.bias"]) for name in heads}
    if task == "compact":
        net = Compact(outputs, weights["mean"], 0.0, input_scale)
    elif task == "small":
        net = Small(weights["mean"], 0.0, input_scale)
    elif task == "context":
        net = Context(weights["mean"], 0.0, input_scale)
    elif task == "teacher":
        net = Mobile(outputs, 0.0)
    else:
        net = LeviHassner(task, weights["mean"], input_scale=input_scale)
    net.load_state_dict(weights)
    return net.eval()
