"""Grouping faces by likeness: average linkage on the graph of near neighbours.

The mean squared distance between the faces of two groups follows from their sums of vectors and of squares alone, so
it is exact although only near pairs are searched. Why this method: docs/decisions/likeness.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from photogender.people.neighbours import Floats, near_pairs

SEARCHED = 1.25
"""Pairs of faces up to this many times the distance of one person's are looked at."""

SMALL, GROWN = 5.0, 20.0
"""Ages in years: children's faces are alike, so theirs must be nearer up to ``GROWN``, and nearest up to ``SMALL``."""

OF_CHILDREN = 0.66
"""How far apart two faces of one small child may be, as a share of the distance for adults."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a face beside its descriptor: who it can be."""

    photo: int
    """Its picture: two faces of one picture are two people."""
    name: str | None = None
    """As a person said; different names are different people."""
    not_names: frozenset[str] = frozenset()
    """Of whom a person said that it is not them."""
    apart: frozenset[int] = frozenset()
    """Marks from a person's statements that two sets of faces are two people: 2n of one side, 2n + 1 of the other."""
    age: float = GROWN
    """How old it looks, in years."""


def grouped(vectors: Floats, known: Sequence[Known], near: float, start: Sequence[int] | None = None) -> list[int]:
    """Group faces so that each group shows one person.

    The two nearest groups are merged as long as the root mean square of the distances between their faces is at most
    ``near``, less for children. Groups that cannot be one person are never merged.

    Args:
        vectors: Descriptors, float32, faces × numbers.
        known: Of each face.
        near: Euclidean distance of two adults, from the spec.
        start: The group of each face that has one already, which stay together, and -1 for new faces; the faces of
            groups come first. None: all are new.

    Returns:
        The group of each face: the lowest index of its faces.
    """
    first = 0 if start is None else next((index for index, group in enumerate(start) if group < 0), len(start))
    groups = _Groups(vectors, known, near, start)
    pairs = near_pairs(vectors, SEARCHED * near, first)
    groups.connect(zip(pairs[:, 0].tolist(), pairs[:, 1].tolist(), strict=True))
    del pairs
    groups.merge()
    return groups.of


class _Groups:
    """Groups while they are merged; a group is known by the lowest index of its faces at the start.

    ``_sums``, ``_squares`` and ``_limits`` are sums over the faces of a group: of vectors, of their squared lengths,
    and of the squared distances that are near at their ages. The limit of two groups is the mean over their pairs.
    """

    def __init__(self, vectors: Floats, known: Sequence[Known], near: float, start: Sequence[int] | None) -> None:
        ages = [min(max(face.age, SMALL), GROWN) for face in known]
        self._limits = np.interp(ages, [SMALL, GROWN], [OF_CHILDREN * near, near]) ** 2
        self._sums = vectors.astype(np.float32)
        self._squares = np.einsum("ij,ij->i", vectors, vectors).astype(np.float64)
        self._sizes = np.ones(len(vectors))
        self._faces = [[index] for index in range(len(vectors))]
        self._who = [_Who({face.photo}, face.name, face.not_names, face.apart) for face in known]
        self._near_to: list[set[int]] = [set() for _ in known]
        self._changed = [0] * len(vectors)
        self.of = list(range(len(vectors)))
        begun: dict[int, int] = {}
        for index, group in enumerate(start or ()):
            if group >= 0 and (first := begun.setdefault(group, index)) != index:
                self._add(first, index)

    def connect(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note which groups have faces that are near each other."""
        for one, other in pairs:
            one, other = self.of[one], self.of[other]
            if one != other:
                self._near_to[one].add(other)
                self._near_to[other].add(one)

    def merge(self) -> None:
        """Merge the nearest two that can be one person, as long as there are any."""
        queue = [entry for one, others in enumerate(self._near_to) for entry in self._ranked(one, others, after=one)]
        heapify(queue)
        while queue:
            _, one, other, *changed = heappop(queue)
            if [self._changed[one], self._changed[other]] != changed:
                continue
            if not self._who[one].can_be(self._who[other]):
                self._near_to[one].discard(other)  # and never again: what speaks against it stays in the group
                self._near_to[other].discard(one)
                continue
            one, other = min(one, other), max(one, other)
            self._add(one, other)
            for entry in self._ranked(one, self._near_to[one]):
                heappush(queue, entry)

    def _ranked(self, one: int, others: Iterable[int], after: int = -1) -> list[tuple[float, int, int, int, int]]:
        """Those of ``others`` that are near enough to be merged with ``one``, for the queue: nearest first."""
        index = np.fromiter((other for other in others if other > after), np.int64)
        if not len(index):
            return []
        sizes = self._sizes[index] * self._sizes[one]
        mean = self._squares[index] / self._sizes[index] + self._squares[one] / self._sizes[one]
        mean -= 2 * (self._sums[index] @ self._sums[one]) / sizes
        mean /= (self._limits[index] / self._sizes[index] + self._limits[one] / self._sizes[one]) / 2
        is_near = mean <= 1
        changed = self._changed
        return [
            (distance, one, other, changed[one], changed[other])
            for distance, other in zip(mean[is_near].tolist(), index[is_near].tolist(), strict=True)
        ]

    def _add(self, one: int, other: int) -> None:
        """Add the group ``other`` to the group ``one``."""
        self._sums[one] += self._sums[other]
        self._squares[one] += self._squares[other]
        self._limits[one] += self._limits[other]
        self._sizes[one] += self._sizes[other]
        for face in self._faces[other]:
            self.of[face] = one
        self._faces[one] += self._faces[other]
        self._who[one].add(self._who[other])
        self._changed[one] += 1
        self._changed[other] = -1  # it is no more
        beside = self._near_to[other]
        for third in beside:
            self._near_to[third].discard(other)
            if third != one:
                self._near_to[third].add(one)
        self._near_to[one] |= beside
        self._near_to[one] -= {one, other}
        self._faces[other], self._near_to[other] = [], set()


@dataclass(slots=True)
class _Who:
    """Who a group can be: what is known of all its faces."""

    photos: set[int]
    name: str | None
    not_names: frozenset[str]
    apart: frozenset[int]

    def can_be(self, other: "_Who") -> bool:
        """Whether two groups can be one person."""
        if self.name is not None and other.name is not None and self.name != other.name:
            return False
        if self.name in other.not_names or other.name in self.not_names:
            return False
        if self.apart and other.apart and not other.apart.isdisjoint(mark ^ 1 for mark in self.apart):
            return False
        return self.photos.isdisjoint(other.photos)

    def add(self, other: "_Who") -> None:
        """Take over what is known of another group."""
        self.photos |= other.photos
        self.name = other.name if self.name is None else self.name
        self.not_names |= other.not_names
        self.apart |= other.apart
