"""Pairs of faces that are alike: by blocks of matrix products, for very many faces by an inverted file of faiss."""

from collections.abc import Iterator
from math import isqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

MOST = 48
"""Neighbours of a face that are kept; the nearest ones."""

_BLOCK = 8_000_000
"""Products that are computed at once: 32 MB."""

MOST_COMPARED = 200_000**2
"""Pairs of faces, those of 200,000 faces."""

_SEARCHED = 10_000
"""Faces that are searched for at once: between two such blocks Ctrl-C ends it."""

_PROBED = 64
"""Lists of the inverted file that are searched for each face."""


def near_pairs(vectors: Floats, within: float, first: int = 0, most_compared: int = MOST_COMPARED) -> Integers:
    """Pairs of faces that are near each other; nearly all of them, where there are more than ``most_compared`` to see.

    Args:
        vectors: Descriptors, float32, faces × numbers.
        within: Largest Euclidean distance.
        first: Only pairs that have a face from this index on.
        most_compared: Pairs above which faiss searches, if it is installed.

    Returns:
        int64, pairs × 2, each once, the lower index first. Of each face from ``first`` on, the ``MOST`` nearest.
    """
    search = _searched if len(vectors) * (len(vectors) - first) > most_compared else _compared
    found = list(search(vectors, within, first))
    low, high = np.divmod(np.unique(np.concatenate([np.zeros(0, np.int64), *found])), max(len(vectors), 1))
    return np.stack([low, high], axis=1)


def _compared(vectors: Floats, within: float, first: int) -> Iterator[Integers]:
    """Pairs, each as one number, some more than once: every face is compared."""
    # |a - b|² = |a|² + |b|² - 2ab: the last column adds -|b|²/2 to the product, and near are products of at least
    # (|a|² - within²) / 2.
    halves = np.einsum("ij,ij->i", vectors, vectors)[:, None] / 2
    others = np.ascontiguousarray(np.hstack([vectors, -halves]).T)
    step = max(_BLOCK // max(len(vectors), 1), 1)
    for start in range(first, len(vectors), step):
        block = vectors[start : start + step]
        products = np.hstack([block, np.ones((len(block), 1), np.float32)]) @ others
        least = halves[start : start + step] - np.float32(within**2 / 2)
        index = np.flatnonzero(products >= least)
        rows, columns = np.divmod(index, len(vectors))
        near = _nearest(rows, products.ravel()[index], len(block))
        yield _pairs(rows[near] + start, columns[near], len(vectors))


def _searched(vectors: Floats, within: float, first: int) -> Iterator[Integers]:
    """The same of faces whose lists in an inverted file are near; without faiss all are compared.

    Sivic and Zisserman (2003), "Video Google", section 4, as in faiss: Douze et al. (2024), "The Faiss library".
    """
    try:
        import faiss
    except ImportError:  # an extra
        yield from _compared(vectors, within, first)
        return
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(vectors.shape[1]), vectors.shape[1], 4 * isqrt(len(vectors)))
    index.cp.niter, index.cp.max_points_per_centroid = 10, 64  # more cost minutes, and find nothing more
    index.train(vectors)
    index.add(vectors)
    index.nprobe = _PROBED
    for start in range(first, len(vectors), _SEARCHED):
        distances, columns = index.search(vectors[start : start + _SEARCHED], MOST + 1)
        rows, places = np.nonzero((distances <= within**2) & (columns >= 0))
        yield _pairs(rows + start, columns[rows, places], len(vectors))


def _pairs(rows: Integers, columns: Integers, number: int) -> Integers:
    """One number a pair, without those of a face and itself: sorting those is faster than sorting rows."""
    pairs: Integers = np.minimum(rows, columns) * number + np.maximum(rows, columns)
    kept: Integers = pairs[rows != columns]
    return kept


def _nearest(rows: Integers, products: Floats, number: int) -> Integers:
    """Which entries are among the ``MOST`` largest of their row, not counting the face itself; ``rows`` ascends."""
    counts = np.bincount(rows, minlength=number)
    if counts.max(initial=0) <= MOST:
        return np.arange(len(rows))
    order = np.lexsort((-products, rows))
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[place <= MOST]
