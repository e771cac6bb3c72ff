"""Corrections of a catalog as truth, compared with the estimates of its models."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from photogender.catalog.catalog import Catalog
from photogender.evaluation.scoring import Case
from photogender.records import Prediction

_SAID = {
    False: "faces.correction_id",
    True: "(SELECT max(id) FROM corrections AS said WHERE said.face_id = faces.id AND said.blind)",
}
"""The correction of a face that counts, in SQL; by whether only those of random samples do."""

_SQL = """
SELECT
    models.name AS model,
    faces.gender AS said_gender,
    faces.gender_confidence AS gender_confidence,
    faces.age AS said_age,
    faces.age_group AS said_group,
    faces.age_confidence AS age_confidence,
    faces.age_low AS age_low,
    faces.age_high AS age_high,
    corrections.gender AS gender,
    corrections.age AS age,
    corrections.age_group AS age_group,
    corrections.not_a_face AS not_a_face
FROM faces
JOIN photos ON photos.id = faces.photo_id
JOIN models ON models.id = faces.model_id
JOIN corrections ON corrections.id = {said}
WHERE photos.skipped_stage IS NULL
ORDER BY models.name, faces.id
"""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The faces whose gender or age a person corrected or confirmed."""

    cases: dict[str, list[Case]]
    """By the name of the model; what the person did not correct or confirm is unknown."""
    not_faces: int
    """Detections that the person marked as not a face."""


def has_sample(catalog: Catalog) -> bool:
    """Whether somebody answered faces of a random sample without seeing the estimates.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return catalog.fetch("SELECT 1 FROM corrections WHERE blind LIMIT 1").fetchone() is not None


def corrected(catalog: Catalog, *, blind: bool = False) -> Corrected:
    """The latest correction of each face as truth, and the ``faces`` table as estimates; a confirmed one is right.

    With ``blind``, only what was said of a random sample without seeing the estimates counts.

    Only faces that were found can be corrected, so missed faces do not count. The true age group is the one in
    ``tags``: the nearest to the age, even if the age is between two groups.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    cases: defaultdict[str, list[Case]] = defaultdict(list)
    not_faces = 0
    for row in catalog.rows(_SQL.format(said=_SAID[blind])):
        if row["not_a_face"]:
            not_faces += 1
        elif row["gender"] is not None or row["age"] is not None:
            cases[str(row["model"])].append(_case(row))
    return Corrected(dict(cases), not_faces)


def _case(row: dict[str, Any]) -> Case:
    names = ("said_gender", "gender_confidence", "said_age", "said_group", "age_confidence", "age_low", "age_high")
    prediction = Prediction(*(row[name] for name in names))
    return Case(prediction, row["gender"], row["age"], row["age_group"])
