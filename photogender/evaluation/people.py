"""People of a catalog as truth: groups against names, and a person's pooled gender against that of each face."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.deduction import female_odds
from photogender.catalog.said.likeness import Likeness, likeness_path
from photogender.errors import PhotogenderError
from photogender.people.groups import blind_groups

_SQL = """
SELECT said.name, coalesce(persons.gender, said.gender), faces.gender, faces.gender_confidence
FROM faces JOIN corrections AS said ON said.id = faces.correction_id
JOIN pictures AS photos ON photos.id = faces.photo_id LEFT JOIN persons ON persons.name = said.name
WHERE said.name IS NOT NULL AND NOT said.not_a_face AND photos.path IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well groups agree with people; shares are 0 to 1."""

    faces: int
    people: int
    groups: int
    pair_precision: float
    """Share of the pairs in one group that are of one person; 1 if there is no pair."""
    pair_recall: float
    """Share of the pairs of one person that are in one group; 1 if there is no pair."""
    bcubed_precision: float
    """For each face the share of its group that is its person, itself included; the mean over faces."""
    bcubed_recall: float
    """For each face the share of its person's faces that are in its group; the mean over faces."""


@dataclass(frozen=True, slots=True)
class Genders:
    """Faces of people whose gender was said, of them or of one of their faces: how often the estimate is right."""

    least: int
    """Fewest faces of a person that counts."""
    people: int
    faces: int
    single: float
    """Share of the faces whose own estimate is right; NaN without faces."""
    pooled: float
    """Share of the faces of which the pooled estimate of their person is right."""


@dataclass(frozen=True, slots=True)
class PeopleReport:
    """What ``evaluate --people`` measures."""

    groups: Agreement | None
    """None: faces were not grouped."""
    without_descriptor: int
    """Named faces that are in no group, since they are too small or blurred; they do not count in ``groups``."""
    genders: tuple[Genders, ...]


def on_people(catalog: Catalog) -> PeopleReport:
    """Measure groups against the names given, and pooled against single genders.

    Groups are made anew from the descriptors without the names and what was rejected, which would give the answer away.

    Raises:
        PhotogenderError: No face has a name.
        CatalogError: The catalog or the file of likeness cannot be read.
    """
    rows = catalog.fetch(_SQL).fetchall()
    if not rows:
        raise PhotogenderError("No face of the catalog has a name yet.", "Name some: photogender correct, or people")
    groups, left = None, 0
    if likeness_path(catalog.path).exists():
        with Likeness(catalog) as likeness:
            named = [(face.name, group) for face, group in blind_groups(likeness) if face.name]
        groups, left = agreement(named), len(rows) - len(named)
    people: defaultdict[str, list[tuple[str | None, str, float]]] = defaultdict(list)
    for name, said, estimated, confidence in rows:
        people[name].append((said, estimated, confidence))
    return PeopleReport(groups, left, tuple(_genders(list(people.values()), least) for least in (1, 3)))


def agreement(faces: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """Compare groups with people.

    Bagga and Baldwin (1998), "Entity-based cross-document coreferencing using the vector space model", section 5.

    Args:
        faces: Of each face its person and its group.
    """
    both = Counter(faces)
    people, groups = Counter(person for person, _ in faces), Counter(group for _, group in faces)
    pairs, of_people, in_groups = (
        sum(number * (number - 1) // 2 for number in counts.values()) for counts in (both, people, groups)
    )
    total = len(faces) or 1
    return Agreement(
        len(faces),
        len(people),
        len(groups),
        pairs / in_groups if in_groups else 1.0,
        pairs / of_people if of_people else 1.0,
        sum(number**2 / groups[group] for (_, group), number in both.items()) / total,
        sum(number**2 / people[person] for (person, _), number in both.items()) / total,
    )


def _genders(people: Sequence[Sequence[tuple[str | None, str, float]]], least: int) -> Genders:
    """Single against pooled estimates: the log-odds of a person's faces are added up."""
    counted = faces = single = pooled = 0
    for person in people:
        said = Counter(gender for gender, _, _ in person if gender)
        if len(person) < least or not said:
            continue
        truth = said.most_common(1)[0][0]
        odds = sum(female_odds(estimated, confidence) for _, estimated, confidence in person)
        odds *= 1 if truth == "female" else -1
        single += sum(estimated == truth for _, estimated, _ in person)
        counted += 1
        faces += len(person)
        pooled += len(person) * (odds > 0)
    shares = (single / faces, pooled / faces) if faces else (math.nan, math.nan)
    return Genders(least, counted, faces, *shares)
