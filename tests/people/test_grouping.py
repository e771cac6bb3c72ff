"""Groups by likeness, of made-up descriptors: who belongs together, and who never does."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photogender.people import neighbours
from photogender.people.grouping import Known, grouped
from photogender.people.neighbours import near_pairs


def people(number: int, faces: int, seed: int = 0) -> NDArray[np.float32]:
    """Descriptors of some people, ``faces`` of each: 0.2 from the person's own centre, people are 1 apart or more."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(number, 64))
    spread = rng.normal(size=(number, faces, 64))
    spread *= 0.2 / np.linalg.norm(spread, axis=2, keepdims=True)
    return (centres[:, None] + spread).reshape(-1, 64).astype(np.float32)


def apart(number: int) -> list[Known]:
    return [Known(photo) for photo in range(number)]


def test_each_group_is_one_person() -> None:
    vectors = people(7, 5)
    order = np.random.default_rng(1).permutation(len(vectors))
    found = np.array(grouped(vectors[order], apart(35), 0.5))
    truth = order // 5
    assert ((found[:, None] == found) == (truth[:, None] == truth)).all()
    assert all(found[group] == group for group in found), "a group is known by its first face"


def test_a_chain_of_neighbours_is_not_one_person() -> None:
    line = np.arange(6, dtype=np.float32)[:, None] * 0.4
    found = grouped(line, apart(6), 0.5)
    assert len(set(found)) >= 3, "single linkage would make one group"


def test_distances_between_groups_are_means_of_squares() -> None:
    # 0 and 0.2 are one group; 0.6 is √((0.36 + 0.16) / 2) = 0.51 from it.
    line = np.array([[0.0], [0.2], [0.6]], np.float32)
    assert grouped(line, apart(3), 0.50) == [0, 0, 2]
    assert grouped(line, apart(3), 0.52) == [0, 0, 0]


def test_children_must_be_more_alike() -> None:
    line = np.array([[0.0], [0.4]], np.float32)

    def together(*ages: float) -> bool:
        found = grouped(line, [Known(photo, age=age) for photo, age in enumerate(ages)], 0.5)
        return len(set(found)) == 1

    assert together(20, 80)
    assert together(16, 12), "by the mean of both"
    assert not together(10, 10)
    assert not together(0, 5)
    near = np.array([[0.0], [0.32], [0.0], [0.34]], np.float32)  # 0.66 times 0.5 is 0.33
    photos = [Known(photo, age=3) for photo in (0, 1, 0, 1)]
    assert len(set(grouped(near[:2], photos[:2], 0.5))) == 1
    assert len(set(grouped(near[2:], photos[2:], 0.5))) == 2


def test_the_distance_of_children_and_adults_follows_from_all_pairs() -> None:
    # Two adults and a child: the squared limits are 0.25 and 0.1089, of both groups the mean, 0.17945 (0.4236).
    for distance, number in ((0.42, 1), (0.427, 2)):
        line = np.array([[0.0], [0.0], [distance]], np.float32)
        found = grouped(line, [Known(0), Known(1), Known(2, age=2)], 0.5)
        assert len(set(found)) == number


def test_two_faces_of_one_photo_are_two_people() -> None:
    vectors = people(1, 4)
    found = grouped(vectors, [Known(1), Known(1), Known(2), Known(3)], 0.5)
    assert found[0] != found[1]
    assert len(set(found)) == 2


def test_names_and_denials_keep_groups_apart() -> None:
    vectors = people(1, 4)
    named = [Known(0, "Ada"), Known(1), Known(2, "Ben"), Known(3)]
    found = grouped(vectors, named, 0.5)
    assert found[0] != found[2]
    assert len(set(found)) == 2
    denied = [Known(0, "Ada"), Known(1), Known(2), Known(3, None, frozenset({"Ada"}))]
    found = grouped(vectors, denied, 0.5)
    assert found[0] != found[3]
    sides = [Known(0, apart=frozenset({6})), Known(1), Known(2), Known(3, apart=frozenset({7}))]
    found = grouped(vectors, sides, 0.5)
    assert found[0] != found[3]
    same_side = [Known(0, apart=frozenset({6})), Known(1), Known(2), Known(3, apart=frozenset({6}))]
    assert grouped(vectors, same_side, 0.5) == [0, 0, 0, 0]


def test_new_faces_join_the_groups_there_are() -> None:
    vectors = people(3, 6)
    old = grouped(vectors[:12], apart(12), 0.5)
    found = grouped(vectors, apart(18), 0.5, [*old, *[-1] * 6])
    assert found == [0] * 6 + [6] * 6 + [12] * 6
    split = [0, 0, 0, 3, 3, 3]  # of one person, as a person said
    sides = [Known(index, apart=frozenset({2 * 5 + (index >= 3)})) for index in range(6)]
    found = grouped(vectors[:7], [*sides, Known(6)], 0.5, [*split, -1])
    assert found[:6] == split


def test_without_faces_there_are_no_groups() -> None:
    assert grouped(np.zeros((0, 3), np.float32), [], 0.5) == []


@given(st.integers(0, 40), st.integers(0, 10**6), st.floats(0.1, 2.0), st.integers(0, 40), st.integers(20, 4000))
def test_near_pairs_are_those_that_are_near(number: int, seed: int, within: float, first: int, block: int) -> None:
    vectors = np.random.default_rng(seed).normal(0, 0.4, (number, 6)).astype(np.float32)
    squares = ((vectors[:, None].astype(np.float64) - vectors) ** 2).sum(axis=2)
    first = min(first, number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_BLOCK", block)
        found = {tuple(pair) for pair in near_pairs(vectors, within, first).tolist()}
    for i in range(number):
        for j in range(max(i + 1, first), number):
            if abs(squares[i, j] - within**2) > 1e-4:
                assert ((i, j) in found) == (squares[i, j] < within**2)
    assert all(i < j and j >= first for i, j in found)


def test_of_many_neighbours_the_nearest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST", 2)
    line = np.array([[0.0], [0.1], [0.2], [0.3], [0.4], [9.0]], np.float32)
    assert near_pairs(line, 1.0).tolist() == [[0, 1], [0, 2], [1, 2], [2, 3], [2, 4], [3, 4]]


def test_of_very_many_faces_nearly_all_near_pairs_are_found() -> None:
    pytest.importorskip("faiss")
    vectors = people(900, 6, seed=3)
    exact = {tuple(pair) for pair in near_pairs(vectors, 0.5).tolist()}
    assert len(exact) == 900 * 15
    for first in (0, 5000):
        found = [tuple(pair) for pair in near_pairs(vectors, 0.5, first, most_compared=0).tolist()]
        wanted = {pair for pair in exact if pair[1] >= first}
        assert len(found) == len(set(found)), "each once"
        assert set(found) <= wanted
        assert len(found) > 0.99 * len(wanted)


def test_without_faiss_all_faces_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    vectors = people(20, 5)
    assert near_pairs(vectors, 0.5, most_compared=0).tolist() == near_pairs(vectors, 0.5).tolist()
