"""How well two people agree who answered the same faces of a random sample."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from photogender.catalog.catalog import Catalog

_SQL = """
SELECT author, face_id, corrections.gender, corrections.age
FROM corrections JOIN faces ON faces.id = face_id JOIN photos ON photos.id = photo_id
WHERE corrections.id IN (SELECT max(id) FROM corrections WHERE blind GROUP BY face_id, author)
AND NOT not_a_face AND corrections.gender IS NOT NULL AND corrections.age IS NOT NULL
AND photos.skipped_stage IS NULL ORDER BY author, face_id
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people, and the faces that both answered without seeing the estimate."""

    one: str
    other: str
    faces: int
    same_gender: float
    """Share of these faces of which both say the same gender."""
    kappa: float
    """Cohen's kappa of the genders; NaN if both always say the same one."""
    years_apart: float
    """Mean absolute difference of the ages, years."""


def agreement(catalog: Catalog) -> tuple[Pair, ...]:
    """Each pair of authors with common faces, by name.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    answers: dict[str, dict[int, tuple[str, float]]] = {}
    for author, face, gender, age in catalog.fetch(_SQL):
        answers.setdefault(author, {})[face] = gender, age
    pairs = (_pair(one, other, answers[one], answers[other]) for one, other in combinations(sorted(answers), 2))
    return tuple(pair for pair in pairs if pair.faces)


def cohens_kappa(answers: Sequence[tuple[str, str]]) -> float:
    """Agreement of two raters beyond chance: 1 is full agreement, 0 what chance gives.

    Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20(1).

    Args:
        answers: Of each case what one and what the other says.

    Returns:
        NaN without a case, or if both give one and the same answer to all, so that chance explains everything.
    """
    total = len(answers)
    if not total:
        return math.nan
    observed = sum(one == other for one, other in answers) / total
    ones, others = Counter(one for one, _ in answers), Counter(other for _, other in answers)
    expected = sum(number * others[answer] for answer, number in ones.items()) / total**2
    return math.nan if expected == 1 else (observed - expected) / (1 - expected)


def _pair(one: str, other: str, ones: Mapping[int, tuple[str, float]], others: Mapping[int, tuple[str, float]]) -> Pair:
    both = [(ones[face], others[face]) for face in ones if face in others]
    genders = [(first[0], second[0]) for first, second in both]
    number = len(both) or 1
    return Pair(
        one,
        other,
        len(both),
        sum(first == second for first, second in genders) / number,
        cohens_kappa(genders),
        sum(abs(first[1] - second[1]) for first, second in both) / number,
    )
