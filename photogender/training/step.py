"""One iteration: a piece of the batch for each thread, the sum of their gradients, one step of the optimiser."""

import copy
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from photogender.training.data.batches import Batch
from photogender.training.nets.choose import Net
from photogender.training.precision import autocast
from photogender.training.recipe import Recipe, learning_rate

FEATURES = "features"
"""The output that learns the features of a teacher."""

WEIGHTS = {"age": 1.0, "gender": 1.0, "years": 0.3, FEATURES: 1.0}
"""Weights of the outputs in the loss."""

_Piece = tuple[Tensor, dict[str, Tensor]]


class Stepper:
    """A network in training. Each thread runs a twin of the network, with shared weights and its own gradients.

    Torch itself spreads every single operation over all threads and waits for the last of them, which is half as fast
    on two shared cores.
    """

    def __init__(self, net: Net, recipe: Recipe, seed: int, threads: int) -> None:
        self.net, self.optimiser = net, _optimiser(net, recipe)
        self._recipe, self._seed = recipe, seed
        self._twins = [net, *(_twin(net) for _ in range(1, threads))]
        self._pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))

    def step(self, batch: Batch, iteration: int) -> float:
        """Learn from a batch; returns its loss. The result depends only on weights, batch, seed and iteration."""
        recipe = self._recipe
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(recipe, iteration) * group["factor"]
        known = {name: known_faces(name, torch.from_numpy(values)) for name, values in batch.targets.items()}
        work = [
            self._pool.submit(self._learn, number, piece, iteration, known)
            for number, piece in enumerate(_pieces(batch, len(self._twins)))
        ]
        loss = sum(each.result() for each in work)
        own = [values.grad for values in self.net.parameters() if values.grad is not None]
        for twin in self._twins[1 : len(work)]:
            torch._foreach_add_(own, [values.grad for values in twin.parameters() if values.grad is not None])
        if recipe.gradient_limit < math.inf:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), recipe.gradient_limit)
        self.optimiser.step()
        return loss

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _learn(self, number: int, piece: _Piece, iteration: int, known: dict[str, float]) -> float:
        """Compute the gradients of one piece of the batch in its twin; returns the piece's part of the loss."""
        twin = self._twins[number].train()
        twin.zero_grad(set_to_none=True)
        # From the iteration, so that a resumed run does not need to know what was drawn before.
        state = np.random.SeedSequence([self._seed, iteration, number, 2]).generate_state(1, np.uint64)[0]
        random = torch.Generator().manual_seed(int(state >> 1))
        with autocast(self._recipe.precision):
            logits = twin(piece[0], random)
        loss = loss_of(logits, piece[1], known)
        if self._recipe.expectation and "years" in logits:
            loss = loss + self._recipe.expectation * _age_error(logits["years"], piece[1]["years"]) / known["years"]
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())


def known_faces(name: str, targets: Tensor) -> float:
    """The number of faces whose target is known."""
    return float(len(targets)) if name == FEATURES else max(float(targets.sum()), 1.0)


def loss_of(logits: dict[str, Tensor], targets: dict[str, Tensor], known: dict[str, float]) -> Tensor:
    """Cross entropy of the outputs, and the negative cosine of features; each weighted and divided by ``known``."""
    total = torch.zeros(())
    for name, wanted in targets.items():
        like = functional.normalize if name == FEATURES else functional.log_softmax
        each = (wanted * like(logits[name], dim=1)).sum()
        total = total - WEIGHTS[name] / known[name] * each
    return total


def _age_error(logits: Tensor, wanted: Tensor) -> Tensor:
    """Sum over some faces of the difference in years between the expected age and the target's."""
    ages = torch.arange(logits.shape[1], dtype=torch.float32)
    known = wanted.sum(dim=1)
    error: Tensor = ((torch.softmax(logits, dim=1) @ ages) * known - wanted @ ages).abs().sum()
    return error


@contextmanager
def weights_of(net: Net, weights: dict[str, Tensor]) -> Iterator[None]:
    """A context in which a network has other weights; its own, if ``weights`` is empty."""
    own = {name: values.clone() for name, values in net.state_dict().items()} if weights else {}
    if weights:
        net.load_state_dict(weights)
    try:
        yield
    finally:
        if weights:
            net.load_state_dict(own)


def _pieces(batch: Batch, number: int) -> list[_Piece]:
    cuts = [part for part in np.array_split(np.arange(len(batch.pixels)), number) if len(part)]
    return [
        (
            torch.from_numpy(batch.pixels[part[0] : part[-1] + 1]).permute(0, 3, 1, 2),
            {name: torch.from_numpy(values[part[0] : part[-1] + 1]) for name, values in batch.targets.items()},
        )
        for part in cuts
    ]


def _twin(net: Net) -> Net:
    twin = copy.deepcopy(net)
    for mine, theirs in zip(twin.parameters(), net.parameters(), strict=True):
        mine.data = theirs.data
    return twin


def _optimiser(net: Net, recipe: Recipe) -> torch.optim.Optimizer:
    biases = [values for name, values in net.named_parameters() if name.endswith("bias")]
    others = [values for name, values in net.named_parameters() if not name.endswith("bias")]
    groups: list[dict[str, Any]] = [
        {"params": others, "weight_decay": recipe.weight_decay, "factor": 1.0},
        {"params": biases, "weight_decay": 0.0, "factor": recipe.bias_rate},
    ]
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(groups, recipe.learning_rate, recipe.momentum, fused=True)
    return torch.optim.AdamW(groups, recipe.learning_rate, fused=True)
