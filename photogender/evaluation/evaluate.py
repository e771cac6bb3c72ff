"""How right a model is on labelled pictures, on Adience's folds, or on what a person corrected."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from photogender.catalog.catalog import Catalog
from photogender.errors import PhotogenderError
from photogender.evaluation.adience import examples, fold, read_lists
from photogender.evaluation.corrections import corrected
from photogender.evaluation.datasets import Example, Part, read_examples, split
from photogender.evaluation.pictures import Look, Unreadable, judge
from photogender.evaluation.scoring import NO_GROUP, Case, FoldScores, Scores, score, score_folds
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec
from photogender.runtime.device import Device, choose_device
from photogender.text import count

FOLD_MARK = "{fold}"
"""Stands in a model's name for the number of the fold that the model did not learn from."""

Judged = Case | Unreadable

Follow = Callable[[Iterable[Judged], int], Iterable[Judged]]
"""Passes on what was judged, of so many pictures, and may show how it goes."""


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """How the pictures are looked at."""

    model: str = DEFAULT_MODEL
    detector: str | None = DEFAULT_DETECTOR
    """None: each picture is as a whole the aligned face."""
    pad: float = 0.0
    """Repeated edge, as a fraction of a picture's longer side."""
    oversample: bool = False
    device: Device = "auto"
    workers: int | None = None
    """Threads that decode, detect and crop; None: one a core."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured, and how it is to be read."""

    facts: dict[str, object]
    """What was judged: names and settings, as they are written into JSON."""
    notes: tuple[str, ...]
    """Sentences for whoever reads the numbers."""
    scores: dict[str, Scores]
    """By the name of the model."""
    folds: FoldScores | None = None
    unreadable: tuple[Unreadable, ...] = field(default=())


def on_pictures(
    pictures: Sequence[Example], settings: EvaluationSettings, follow: Follow, facts: dict[str, object]
) -> Report:
    """Judge a model by labelled pictures.

    Args:
        pictures: Paths and truths.
        settings: How they are looked at.
        follow: Sees each picture pass.
        facts: What the pictures are.

    Raises:
        PhotogenderError: There is no picture, or none can be read.
        ModelError: A model is not installed, or not what its spec says.
        RuntimeMissingError: ONNX Runtime or the device cannot be had.
    """
    model, cases, unreadable = _judged(pictures, settings, follow)
    facts = {**facts, **_facts(settings), "model_sha256": model.sha256}
    return Report(facts, _notes(model, settings, cases), {model.name: score(cases)}, unreadable=unreadable)


def on_adience(
    folds: Sequence[Sequence[Example]], settings: EvaluationSettings, follow: Follow, facts: dict[str, object]
) -> Report:
    """Judge a model by each of Adience's folds; ``{fold}`` in the model's name names a model a fold.

    Args:
        folds: As ``adience_folds`` gives them.
        settings: How the pictures are looked at.
        follow: Sees each picture pass, fold by fold.
        facts: What the pictures are.

    Raises:
        PhotogenderError: A fold has no picture, or none that can be read.
        ModelError: A model is not installed, or not what its spec says.
        RuntimeMissingError: ONNX Runtime or the device cannot be had.
    """
    judged: dict[str, list[Case]] = {}
    unreadable: list[Unreadable] = []
    models = []
    for number, pictures in enumerate(folds):
        own = replace(settings, model=settings.model.replace(FOLD_MARK, str(number)))
        model, judged[f"fold {number}"], lost = _judged(pictures, own, follow)
        models.append(model)
        unreadable += lost
    measured = score_folds(judged)
    everyone = [case for cases in judged.values() for case in cases]
    hashes = list(dict.fromkeys(model.sha256 for model in models))
    facts = {**facts, **_facts(settings), "model_sha256": hashes[0] if len(hashes) == 1 else hashes}
    notes = _notes(models[0], settings, everyone)
    return Report(facts, notes, {settings.model: measured.pooled}, measured, tuple(unreadable))


def on_catalog(catalog: Catalog) -> Report:
    """Judge the models of a catalog by what a person corrected or confirmed.

    Raises:
        PhotogenderError: Nobody corrected or confirmed anything.
        CatalogError: The catalog cannot be read.
    """
    found = corrected(catalog)
    if not found.cases:
        raise PhotogenderError(
            "No face of the catalog was corrected or confirmed yet.",
            "Look at some with photogender query, then: photogender correct FACE --age YEARS, or --confirm",
        )
    notes = (
        "The truth is what you said. An age between two groups counts as the nearest one, as in query.",
        "These are the faces that you chose to review, not a random sample: the review page shows the least certain "
        "faces first, so these numbers are probably lower than for all faces of the catalog.",
        "Faces that were not found are not in the catalog, so none counts as missed.",
        f"Left out: {count(found.not_faces, 'face')} that you said to be none.",
    )
    facts: dict[str, object] = {"catalog": str(catalog.path), "not_faces": found.not_faces}
    return Report(facts, notes, {name: score(cases) for name, cases in found.cases.items()})


def pictures_of(data: str, part: Part | Literal["all"]) -> list[Example]:
    """The labelled pictures of a folder or its list; see ``photogender.evaluation.datasets``.

    Raises:
        PhotogenderError: There is none, or the list is not as it should be.
    """
    found = read_examples(data)
    return found if part == "all" else split(found)[part]


def some(pictures: Sequence[Example], limit: int | None) -> list[Example]:
    """At most ``limit`` of the pictures, drawn at random but always the same, in their order; None: all."""
    if limit is None or limit >= len(pictures):
        return list(pictures)
    drawn = np.random.default_rng(0).choice(len(pictures), limit, replace=False)
    return [pictures[index] for index in sorted(drawn.tolist())]


def adience_folds(folder: str, published: bool = False) -> list[list[Example]]:
    """The five test folds of an Adience folder: the faces whose age group or gender is known.

    Args:
        folder: Holds the fold lists and ``aligned/``.
        published: Judge the faces as the original script does; see ``photogender.evaluation.adience``.

    Raises:
        PhotogenderError: A fold list is missing or is none.
    """
    lists = read_lists(folder)
    folds = [examples(folder, fold(lists, number, published).test, published) for number in range(len(lists))]
    return [[face for face in faces if face.gender or face.group] for faces in folds]


def _judged(
    pictures: Sequence[Example], settings: EvaluationSettings, follow: Follow
) -> tuple[ModelSpec, list[Case], tuple[Unreadable, ...]]:
    model = load_spec(settings.model)
    device, _ = choose_device(settings.device)
    detector = Detector(load_spec(settings.detector), device) if settings.detector else None
    look = Look(model.nets, detector, settings.pad)
    classifier = Classifier(model, device, oversample=settings.oversample)
    answers = judge(pictures, look, classifier, settings.workers or os.cpu_count() or 1)
    judged = list(follow(answers, len(pictures)))
    cases = [each for each in judged if isinstance(each, Case)]
    unreadable = tuple(each for each in judged if isinstance(each, Unreadable))
    if unreadable and not cases:
        first = unreadable[0]
        raise PhotogenderError(f"None of the {len(pictures):,} pictures can be read. {first.path}: {first.reason}.")
    if not cases:
        raise PhotogenderError("There is no picture to judge by.", "Choose another --part, or other --data.")
    return model, cases, unreadable


def _facts(settings: EvaluationSettings) -> dict[str, object]:
    return {
        "model": settings.model,
        "detector": settings.detector,
        "pad": settings.pad if settings.detector else 0.0,
        "oversample": settings.oversample,
    }


def _notes(model: ModelSpec, settings: EvaluationSettings, cases: Sequence[Case]) -> tuple[str, ...]:
    if any(net.age and net.age.kind == "groups" for net in model.nets):
        ages = f"{model.name} gives age groups; its age is the mean of theirs by probability."
    else:
        ages = f"{model.name} gives years; as an age group they count as the nearest of the eight."
    found = (
        "A face that was not found is wrong in gender, age group and CS@5; the MAE is over the faces found."
        if settings.detector
        else "Each picture counts as the aligned face; nothing was detected."
    )
    between = sum(case.age is not None and case.age_group is None for case in cases)
    left_out = f"{count(between, 'face')} whose true age is between two groups ({NO_GROUP}) count only for years."
    return (ages, found, *([left_out] if between else []))
