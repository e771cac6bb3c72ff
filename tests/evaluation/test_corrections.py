"""Corrections as truth: the latest one counts, a confirmation is right, the rest is unknown."""

from dataclasses import replace
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.evaluation.corrections import corrected
from photogender.evaluation.scoring import score
from photogender.records import Face
from tests.support.library import LIBRARY, build, face, tagged


def test_only_corrections_count_and_the_latest_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    build(path, LIBRARY)  # 1 f 30.6, 2 m 8.2, 3 m 40.9, 4 f 5, 5 f 62, 6 m 1.5, 7 f 19.99, 8 m 112.5
    with Catalog(path, mode="write") as catalog:
        catalog.correct([1], author="me", name="Ann")  # a name is not a correction of gender or age
        catalog.correct([2], author="me")  # right
        catalog.correct([3], author="me", age=50)
        catalog.correct([3], author="me", age=44)  # the gender does not count
        catalog.correct([4], author="me", gender="male", age=3)  # 3 is in no group of the benchmark, 4-6 is nearest
        catalog.correct([5], author="me", gender="female")
        catalog.correct([6], author="me", not_a_face=True)
        catalog.correct([7], author="me", gender="male")
        catalog.undo_correction([7])
    with Catalog(path) as catalog:
        found = corrected(catalog)
    assert found.not_faces == 1
    ((model, cases),) = found.cases.items()
    assert model == "compact"
    assert [(case.gender, case.age, case.age_group) for case in cases] == [
        ("male", 8.2, "8-12"),
        (None, 44, "38-43"),
        ("male", 3, "4-6"),
        ("female", None, None),
    ]
    total = score(cases).total
    assert (total.gender.value, total.gender.faces) == (2 / 3, 3)
    assert (total.exact.value, total.exact.faces) == (1, 3)
    assert total.mae.value == (0 + (44 - 40.9) + 2) / 3


def test_a_confirmed_face_is_right_even_if_its_age_is_nearer_to_another_group(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    odd = face("female", 30)
    build(path, [tagged("/p/a.jpg", [Face(odd.box, replace(odd.prediction, age_group="38-43"))])])
    with Catalog(path, mode="write") as catalog:
        catalog.correct([1], author="me")
    with Catalog(path) as catalog:
        (cases,) = corrected(catalog).cases.values()
    total = score(cases).total
    assert (total.gender.value, total.exact.value, total.mae.value) == (1, 1, 0)


def test_faces_of_skipped_photos_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    build(path, [tagged("/p/a.jpg", [face("female", 30)])])
    with Catalog(path, mode="write") as catalog:
        catalog.correct([1], author="me")
        catalog.fetch("UPDATE pictures SET skipped_stage = 'decode', skipped_reason = 'damaged'")
    with Catalog(path) as catalog:
        assert corrected(catalog).cases == {}
