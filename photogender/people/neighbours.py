"""Pairs of faces that are alike, by blocks of matrix products."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

MOST = 48
"""Neighbours of a face that are kept; the nearest ones."""

_BLOCK = 8_000_000
"""Products that are computed at once: 32 MB."""


def near_pairs(vectors: Floats, within: float, first: int = 0) -> Integers:
    """Pairs of faces that are near each other.

    Args:
        vectors: Descriptors, float32, faces × numbers.
        within: Largest Euclidean distance.
        first: Only pairs that have a face from this index on.

    Returns:
        int64, pairs × 2, each once, the lower index first. Of each face from ``first`` on, the ``MOST`` nearest.
    """
    # |a - b|² = |a|² + |b|² - 2ab: the last column adds -|b|²/2 to the product, and near are products of at least
    # (|a|² - within²) / 2.
    halves = np.einsum("ij,ij->i", vectors, vectors)[:, None] / 2
    others = np.ascontiguousarray(np.hstack([vectors, -halves]).T)
    found = [np.zeros(0, np.int64)]
    step = max(_BLOCK // max(len(vectors), 1), 1)
    for start in range(first, len(vectors), step):
        block = vectors[start : start + step]
        products = np.hstack([block, np.ones((len(block), 1), np.float32)]) @ others
        least = halves[start : start + step] - np.float32(within**2 / 2)
        index = np.flatnonzero(products >= least)
        rows, columns = np.divmod(index, len(vectors))
        near = _nearest(rows, products.ravel()[index], len(block))
        rows, columns = rows[near] + start, columns[near]
        # One number a pair: sorting those is faster than sorting rows.
        pairs = np.minimum(rows, columns) * len(vectors) + np.maximum(rows, columns)
        found.append(pairs[rows != columns])
    low, high = np.divmod(np.unique(np.concatenate(found)), max(len(vectors), 1))
    return np.stack([low, high], axis=1)


def _nearest(rows: Integers, products: Floats, number: int) -> Integers:
    """Which entries are among the ``MOST`` largest of their row, not counting the face itself; ``rows`` ascends."""
    counts = np.bincount(rows, minlength=number)
    if counts.max(initial=0) <= MOST:
        return np.arange(len(rows))
    order = np.lexsort((-products, rows))
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[place <= MOST]
