"""Evaluating a model on labelled pictures, on the folds of Adience, or on corrections of a catalog."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from photogender.catalog.catalog import Catalog
from photogender.errors import PhotogenderError
from photogender.evaluation.adience import examples, fold, read_lists
from photogender.evaluation.corrections import corrected, has_sample
from photogender.evaluation.datasets import Example, Part, read_examples, split
from photogender.evaluation.pictures import FaceCropper, Unreadable, classify_pictures
from photogender.evaluation.raters import Pair, agreement
from photogender.evaluation.scoring import NO_GROUP, Case, FoldScores, Scores, score, score_folds
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec
from photogender.runtime.device import Device, choose_device
from photogender.text import count

FOLD_MARK = "{fold}"
"""In a model's name, stands for the number of the fold that was not used for its training."""

Faces = Literal["sample", "reviewed"]
"""Which faces of a catalog count: those of random samples, or all that were reviewed."""

_CHOSEN: dict[Faces, str] = {
    "sample": "These faces were drawn at random and answered with the estimates hidden, so the numbers hold for all "
    "faces of the catalog. If several people answered a face, the latest answer counts. Other reviewed faces do not "
    "count; see them with --faces reviewed.",
    "reviewed": "These are the faces that you chose to review, not a random sample: the review page shows the least "
    "certain faces first, so these numbers are probably lower than for all faces of the catalog. A random sample: "
    "photogender review --sample 200",
}

Evaluated = Case | Unreadable

Follow = Callable[[Iterable[Evaluated], int], Iterable[Evaluated]]
"""Passes on the results for this number of pictures, and may show the progress."""


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """How faces are found and classified."""

    model: str = DEFAULT_MODEL
    detector: str | None = DEFAULT_DETECTOR
    """None: each picture is an aligned face."""
    pad: float = 0.0
    """Width of repeated edges, as a fraction of a picture's longer side."""
    oversample: bool = False
    device: Device = "auto"
    workers: int | None = None
    """Threads that decode, detect and crop; None: one for each core."""


@dataclass(frozen=True, slots=True)
class Report:
    """The results of an evaluation, and how to read them."""

    facts: dict[str, object]
    """Model, pictures and settings, as written into JSON."""
    notes: tuple[str, ...]
    """Sentences that explain the numbers."""
    scores: dict[str, Scores]
    """By the name of the model."""
    folds: FoldScores | None = None
    unreadable: tuple[Unreadable, ...] = field(default=())
    agreement: tuple[Pair, ...] = field(default=())
    """Of people who answered the same faces of a random sample."""


def on_pictures(
    pictures: Sequence[Example], settings: EvaluationSettings, follow: Follow, facts: dict[str, object]
) -> Report:
    """Evaluate a model on labelled pictures.

    Args:
        pictures: With their labels.
        settings: How faces are found and classified.
        follow: Passes on each result.
        facts: About the pictures, for the report.

    Raises:
        PhotogenderError: There is no picture, or none can be read.
        ModelError: A model is not installed, or does not match its spec.
        RuntimeMissingError: ONNX Runtime or the device is not available.
    """
    model, cases, unreadable = _evaluate(pictures, settings, follow)
    facts = {**facts, **_facts(settings), "model_sha256": model.sha256}
    return Report(facts, _notes(model, settings, cases), {model.name: score(cases)}, unreadable=unreadable)


def on_adience(
    folds: Sequence[Sequence[Example]], settings: EvaluationSettings, follow: Follow, facts: dict[str, object]
) -> Report:
    """Evaluate a model on each fold of Adience; with ``{fold}`` in the name, each fold has its own model.

    Args:
        folds: From ``adience_folds``.
        settings: How faces are found and classified.
        follow: Passes on each result, fold by fold.
        facts: About the pictures, for the report.

    Raises:
        PhotogenderError: A fold has no picture, or none that can be read.
        ModelError: A model is not installed, or does not match its spec.
        RuntimeMissingError: ONNX Runtime or the device is not available.
    """
    cases: dict[str, list[Case]] = {}
    unreadable: list[Unreadable] = []
    models = []
    for number, pictures in enumerate(folds):
        own = replace(settings, model=settings.model.replace(FOLD_MARK, str(number)))
        model, cases[f"fold {number}"], lost = _evaluate(pictures, own, follow)
        models.append(model)
        unreadable += lost
    measured = score_folds(cases)
    everyone = [case for each in cases.values() for case in each]
    hashes = list(dict.fromkeys(model.sha256 for model in models))
    facts = {**facts, **_facts(settings), "model_sha256": hashes[0] if len(hashes) == 1 else hashes}
    notes = _notes(models[0], settings, everyone)
    return Report(facts, notes, {settings.model: measured.pooled}, measured, tuple(unreadable))


def on_catalog(catalog: Catalog, faces: Faces | None = None) -> Report:
    """Evaluate the models of a catalog on what a person corrected or confirmed.

    Args:
        catalog: Open for reading.
        faces: ``sample``: the faces of random samples, as they were answered with the estimates hidden. ``reviewed``:
            all that were corrected or confirmed. None: the sample if there is one.

    Raises:
        PhotogenderError: Nothing was corrected or confirmed, or no sample was answered.
        CatalogError: The catalog cannot be read.
    """
    chosen = faces or ("sample" if has_sample(catalog) else "reviewed")
    found = corrected(catalog, blind=chosen == "sample")
    if not found.cases and chosen == "sample":
        raise PhotogenderError(
            "No face of a random sample was answered yet.", "Draw one: photogender review --sample 200"
        )
    if not found.cases:
        raise PhotogenderError(
            "No face of the catalog was corrected or confirmed yet.",
            "Find some with photogender query, then: photogender correct FACE --age YEARS, or --confirm",
        )
    notes = (
        "The truth is what you said. An age between two groups counts as the nearest one, as in query.",
        _CHOSEN[chosen],
        "Faces that were not found are not in the catalog, so missed faces do not count.",
        f"Left out: {count(found.not_faces, 'detection')} that you marked as not a face.",
    )
    facts: dict[str, object] = {"catalog": str(catalog.path), "faces": chosen, "not_faces": found.not_faces}
    scores = {name: score(cases) for name, cases in found.cases.items()}
    return Report(facts, notes, scores, agreement=agreement(catalog) if chosen == "sample" else ())


def pictures_of(data: str, part: Part | Literal["all"]) -> list[Example]:
    """The labelled pictures of a folder or its list; see ``photogender.evaluation.datasets``.

    Raises:
        PhotogenderError: There are none, or the list cannot be used.
    """
    found = read_examples(data)
    return found if part == "all" else split(found)[part]


def sample(pictures: Sequence[Example], limit: int | None) -> list[Example]:
    """At most ``limit`` of the pictures, in their order; drawn at random, but always the same. None: all."""
    if limit is None or limit >= len(pictures):
        return list(pictures)
    drawn = np.random.default_rng(0).choice(len(pictures), limit, replace=False)
    return [pictures[index] for index in sorted(drawn.tolist())]


def adience_folds(folder: str, published: bool = False) -> list[list[Example]]:
    """The five test folds of Adience: the faces whose age group or gender is known.

    Args:
        folder: With the fold lists and ``aligned/``.
        published: Treat the labels as the original script does; see ``photogender.evaluation.adience``.

    Raises:
        PhotogenderError: A fold list is missing or cannot be used.
    """
    lists = read_lists(folder)
    folds = [examples(folder, fold(lists, number, published).test, published) for number in range(len(lists))]
    return [[face for face in faces if face.gender or face.group] for faces in folds]


def _evaluate(
    pictures: Sequence[Example], settings: EvaluationSettings, follow: Follow
) -> tuple[ModelSpec, list[Case], tuple[Unreadable, ...]]:
    model = load_spec(settings.model)
    device, _ = choose_device(settings.device)
    detector = Detector(load_spec(settings.detector), device) if settings.detector else None
    cropper = FaceCropper(model.nets, detector, settings.pad)
    classifier = Classifier(model, device, oversample=settings.oversample)
    results = classify_pictures(pictures, cropper, classifier, settings.workers or os.cpu_count() or 1)
    evaluated = list(follow(results, len(pictures)))
    cases = [each for each in evaluated if isinstance(each, Case)]
    unreadable = tuple(each for each in evaluated if isinstance(each, Unreadable))
    if unreadable and not cases:
        first = unreadable[0]
        raise PhotogenderError(f"None of the {len(pictures):,} pictures can be read. {first.path}: {first.reason}.")
    if not cases:
        raise PhotogenderError("There is no picture to evaluate.", "Choose another --part, or other --data.")
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
        ages = f"{model.name} gives age groups; its age is the mean of their ages, weighted by probability."
    else:
        ages = f"{model.name} gives years; its age group is the nearest of the eight."
    found = (
        "A face that was not found counts as wrong in gender, age group and CS@5; the MAE is over the faces found."
        if settings.detector
        else "Each picture counts as an aligned face; no detector was used."
    )
    between = sum(case.age is not None and case.age_group is None for case in cases)
    left_out = f"True age between two groups ({NO_GROUP}), counted only for errors in years: {count(between, 'face')}."
    return (ages, found, *([left_out] if between else []))
