"""Two people who answered the same faces: agreement on gender and age."""

import math
from pathlib import Path

import pytest

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.corrections import record
from photogender.catalog.said.statement import Statement
from photogender.evaluation.corrections import corrected
from photogender.evaluation.evaluate import on_catalog
from photogender.evaluation.raters import Pair, agreement, cohens_kappa
from photogender.labels import Gender
from tests.support.library import LIBRARY, build


def answer(catalog: Catalog, face: int, author: str, gender: Gender, age: float) -> None:
    record(catalog, [face], Statement(gender, age), author=author, blind=True)


def test_kappa_is_what_remains_after_chance() -> None:
    grants = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert cohens_kappa(grants) == pytest.approx(0.4)  # 35 of 50 agree, 25 by chance
    assert cohens_kappa([("f", "m"), ("m", "f")]) == -1
    assert math.isnan(cohens_kappa([("f", "f")] * 3))
    assert math.isnan(cohens_kappa([]))


def test_two_authors_are_compared_on_what_both_answered_unseen(tmp_path: Path) -> None:
    build(tmp_path / "c.db", LIBRARY)
    with Catalog(tmp_path / "c.db", mode="write") as catalog:
        for face, gender, age in ((1, "female", 30.0), (2, "male", 8.0), (3, "male", 40.0), (4, "female", 5.0)):
            answer(catalog, face, "Ada", gender, age)  # type: ignore[arg-type]
        answer(catalog, 1, "Bo", "female", 33)
        answer(catalog, 2, "Bo", "female", 9)
        answer(catalog, 3, "Bo", "male", 70)
        answer(catalog, 3, "Bo", "male", 44)  # on second thoughts
        catalog.correct([3], author="Bo", age=12)  # on the wall, the estimate in sight
        catalog.correct([4], author="Bo", gender="male", age=90)
        answer(catalog, 8, "Cy", "male", 90)
        (pair,) = agreement(catalog)
    assert pair == Pair("Ada", "Bo", 3, pytest.approx(2 / 3), pytest.approx(0.4), pytest.approx((3 + 1 + 4) / 3))


def test_what_was_answered_unseen_is_the_truth_even_if_somebody_looked_later(tmp_path: Path) -> None:
    build(tmp_path / "c.db", LIBRARY)  # 1 f 30.6, 2 m 8.2, 3 m 40.9, 4 f 5
    with Catalog(tmp_path / "c.db", mode="write") as catalog:
        catalog.correct([4], author="me", gender="male")
        assert [note for note in on_catalog(catalog).notes if "not a random sample" in note]
        answer(catalog, 1, "me", "male", 31)
        catalog.correct([1], author="me", gender="female", age=30.6)
        answer(catalog, 2, "me", "male", 8)
        record(catalog, [3], Statement(not_a_face=True), author="me", blind=True)
        found = corrected(catalog, blind=True)
        report, reviewed = on_catalog(catalog), on_catalog(catalog, "reviewed")
    ((_, cases),) = found.cases.items()
    assert [(case.gender, case.age) for case in cases] == [("male", 31), ("male", 8)]
    assert found.not_faces == 1
    assert report.facts["faces"] == "sample"
    assert [note for note in report.notes if "drawn at random" in note]
    assert {name: scores.total.gender.value for name, scores in report.scores.items()} == {"compact": 0.5}
    assert reviewed.scores["compact"].total.faces == 3
