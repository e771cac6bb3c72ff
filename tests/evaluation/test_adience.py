"""The benchmark's lists: labels, counts, and splits that keep people apart."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photogender.errors import PhotogenderError
from photogender.evaluation.adience import Fold, ListedFace, Lists, fold, read_lists
from tests.support.adience import HEADER, write_lists


def everyone(given_fold: Fold) -> list[set[str]]:
    return [{face.user for face in part} for part in (given_fold.train, given_fold.validation, given_fold.test)]


def test_a_line_becomes_a_face_and_its_picture(tmp_path: Path) -> None:
    row = ("1@N03", '"two".jpg', "12", "(25, 32)", "f")
    write_lists(tmp_path, [[row], [], [], [], []])
    ((face,), *others) = read_lists(str(tmp_path))
    assert others == [()] * 4
    assert face == ListedFace(*row)
    assert face.picture == 'aligned/1@N03/landmark_aligned_face.12."two".jpg'


@pytest.mark.parametrize(
    ("label", "ours", "published"),
    [
        ("(0, 2)", "0-2", "0-2"),
        ("(60, 100)", "60-", "60-"),
        ("(25, 23)", "25-32", None),
        ("(27, 32)", "25-32", None),
        ("(38, 42)", "38-43", None),
        ("2", "0-2", None),
        ("29", "25-32", None),
        ("42", "38-43", None),
        *((label, None, None) for label in ("None", "", "3", "13", "35", "45", "46", "58", "(8, 23)", "(38, 48)")),
    ],
)
def test_age_labels(label: str, ours: str | None, published: str | None) -> None:
    face = ListedFace("u", "i.jpg", "1", label, "m")
    assert (face.age_group(), face.age_group(published=True)) == (ours, published)


def test_gender_labels() -> None:
    assert [ListedFace("u", "i", "1", "", label).gender for label in ("f", "m", "u", "")] == [
        "female",
        "male",
        None,
        None,
    ]


def test_lists_that_are_not_there_or_are_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotogenderError, match=r"fold_0_data\.txt cannot be read: No such file"):
        read_lists(str(tmp_path))
    write_lists(tmp_path, [[], [], [], [], []])
    (tmp_path / "fold_2_data.txt").write_text("user_id\toriginal_image\n")
    with pytest.raises(PhotogenderError, match=r"fold_2_data\.txt has no column face_id"):
        read_lists(str(tmp_path))
    (tmp_path / "fold_2_data.txt").write_text("\t".join(HEADER) + "\n1@N03\ti.jpg\t1\n")
    with pytest.raises(PhotogenderError, match=r"fold_2_data\.txt, line 2, cannot be used: it has too few columns"):
        read_lists(str(tmp_path))
    (tmp_path / "fold_2_data.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PhotogenderError, match=r"fold_2_data\.txt cannot be read"):
        read_lists(str(tmp_path))


def test_a_fold_that_is_not_there_is_refused() -> None:
    with pytest.raises(PhotogenderError, match="There is no fold 5"):
        fold(((),) * 5, 5)


sizes = st.lists(st.lists(st.integers(1, 12), max_size=6), min_size=5, max_size=5)


def made_up(users: list[list[int]]) -> Lists:
    """Lists in which each user has so many faces."""
    return tuple(
        tuple(
            ListedFace(f"{number}-{user}", f"{index}.jpg", "1", "(0, 2)", "f")
            for user, faces in enumerate(owners)
            for index in range(faces)
        )
        for number, owners in enumerate(users)
    )


@given(sizes, st.integers(0, 4), st.integers(0, 3))
def test_no_user_is_in_two_parts_and_no_face_is_lost(users: list[list[int]], number: int, seed: int) -> None:
    lists = made_up(users)
    found = fold(lists, number, seed=seed)
    train, validation, test = everyone(found)
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert Counter(found.train + found.validation + found.test) == Counter(face for faces in lists for face in faces)
    assert found.test == lists[number]
    assert len(found.validation) <= (len(found.train) + len(found.validation)) / 10
    assert found == fold(lists, number, seed=seed)


@given(sizes, st.integers(0, 4))
def test_the_published_rule_validates_on_a_tenth_and_loses_one_face(users: list[list[int]], number: int) -> None:
    lists = made_up(users)
    found = fold(lists, number, published=True)
    rest = sum(len(faces) for other, faces in enumerate(lists) if other != number)
    assert len(found.validation) == rest // 10
    assert len(found.train) == max(rest - rest // 10 - 1, 0)
    assert not set(found.train) & set(found.validation)


def test_repeated_lines_count_once_and_as_published_as_often_as_they_are_there() -> None:
    face = ListedFace("0", "i.jpg", "1", "(0, 2)", "f")
    lists: Lists = ((face, face), (), (), (), ())
    assert fold(lists, 0).test == (face,)
    assert fold(lists, 0, published=True).test == (face, face)
    assert fold(lists, 1).train == (face,)


@pytest.mark.shared
def test_the_real_lists_have_the_known_counts(shared: Path) -> None:
    lists = read_lists(str(shared / "data" / "adience-folds"))
    lines = [face for faces in lists for face in faces]
    assert len(lines) == 19_487
    assert sum(face.age_group(published=True) is not None for face in lines) == 17_424
    assert sum(face.gender is not None for face in lines) == 17_603
    faces = set(lines)
    assert len(faces) == 19_370
    assert len({face.picture for face in faces}) == 19_370
    assert sum(face.age_group() is not None for face in faces) == 17_534
    assert sum(face.gender is not None for face in faces) == 17_492
    assert sum(face.age_label == "(25, 23)" for face in faces) == 72
    users = [{face.user for face in each} for each in lists]
    assert sum(map(len, users)) == len(set.union(*users)) == 168


@pytest.mark.shared
def test_the_real_splits(shared: Path) -> None:
    lists = read_lists(str(shared / "data" / "adience-folds"))
    for number in range(5):
        train, validation, test = everyone(fold(lists, number))
        assert not train & validation | train & test | validation & test
        ours = fold(lists, number)
        assert 0.09 < len(ours.validation) / (len(ours.train) + len(ours.validation)) <= 0.1
        train, validation, test = everyone(fold(lists, number, published=True))
        assert len(train & validation) > 100  # which is why ours differs
        assert not (train | validation) & test
