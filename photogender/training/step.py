"""One iteration: the batch cut into one piece a thread, the gradients added up, one step of the optimiser."""

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
from photogender.training.precision import computing
from photogender.training.recipe import Recipe, learning_rate

FEATURES = "features"
"""The output that is to be like a teacher's features."""

WEIGHTS = {"age": 1.0, "gender": 1.0, "years": 0.3, FEATURES: 1.0}
"""How much each output counts in the loss."""

_Piece = tuple[Tensor, dict[str, Tensor]]


class Stepper:
    """A net in training. Each thread runs a twin of the net, with the same weights and its own gradients.

    Torch would rather give each single operation to all threads, and wait for the last of them; on two shared cores
    that does half the work.
    """

    def __init__(self, net: Net, recipe: Recipe, seed: int, threads: int) -> None:
        self.net, self.optimiser = net, _optimiser(net, recipe)
        self._recipe, self._seed = recipe, seed
        self._twins = [net, *(_twin(net) for _ in range(1, threads))]
        self._pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))

    def step(self, batch: Batch, iteration: int) -> float:
        """Learn from a batch; its loss. Depends on the weights, the batch, the seed and the iteration alone."""
        recipe = self._recipe
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(recipe, iteration) * group["factor"]
        known = {name: known_of(name, torch.from_numpy(values)) for name, values in batch.targets.items()}
        work = [
            self._pool.submit(self._learn, number, piece, iteration, known)
            for number, piece in enumerate(_pieces(batch, len(self._twins)))
        ]
        loss = sum(each.result() for each in work)
        own = [values.grad for values in self.net.parameters() if values.grad is not None]
        for twin in self._twins[1 : len(work)]:
            torch._foreach_add_(own, [values.grad for values in twin.parameters() if values.grad is not None])
        if recipe.most_gradient < math.inf:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), recipe.most_gradient)
        self.optimiser.step()
        return loss

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _learn(self, number: int, piece: _Piece, iteration: int, known: dict[str, float]) -> float:
        """Gradients of one piece of the batch, in its twin; the piece's part of the loss."""
        twin = self._twins[number].train()
        twin.zero_grad(set_to_none=True)
        # By the iteration, so that a run that goes on needs not know what was drawn before.
        drawn = np.random.SeedSequence([self._seed, iteration, number, 2]).generate_state(1, np.uint64)[0]
        random = torch.Generator().manual_seed(int(drawn >> 1))
        with computing(self._recipe.precision):
            answers = twin(piece[0], random)
        loss = loss_of(answers, piece[1], known)
        if self._recipe.expectation and "years" in answers:
            loss = loss + self._recipe.expectation * _years_off(answers["years"], piece[1]["years"]) / known["years"]
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())


def known_of(name: str, targets: Tensor) -> float:
    """Of how many faces something is known."""
    return float(len(targets)) if name == FEATURES else max(float(targets.sum()), 1.0)


def loss_of(answers: dict[str, Tensor], targets: dict[str, Tensor], known: dict[str, float]) -> Tensor:
    """Cross entropy of the outputs, each weighted and divided by ``known``, the faces of which something is known.

    Of features the negative cosine.
    """
    total = torch.zeros(())
    for name, wanted in targets.items():
        like = functional.normalize if name == FEATURES else functional.log_softmax
        each = (wanted * like(answers[name], dim=1)).sum()
        total = total - WEIGHTS[name] / known[name] * each
    return total


def _years_off(logits: Tensor, wanted: Tensor) -> Tensor:
    """Sum over some faces of the years between the expected age and the wanted one."""
    ages = torch.arange(logits.shape[1], dtype=torch.float32)
    known = wanted.sum(dim=1)
    off: Tensor = ((torch.softmax(logits, dim=1) @ ages) * known - wanted @ ages).abs().sum()
    return off


@contextmanager
def weights_of(net: Net, weights: dict[str, Tensor]) -> Iterator[None]:
    """Put other weights into a net for a while; none: its own."""
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
