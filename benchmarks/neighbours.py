"""How many neighbours faiss finds of those that comparing all faces finds, and how long both take.

python -m benchmarks.neighbours [FACES]... [--descriptors FILE.npy]

Made-up descriptors, or real ones, float32, faces × 128. All faces are searched for; 2,000 are also compared with all,
which tells the share that is found. Printed are CPU seconds, which other programs disturb least; those of comparing all
faces are those of the 2,000, in proportion.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.people import crowd, descriptors
from photogender.people.grouping import SEARCHED
from photogender.people.neighbours import Floats, near_pairs

SAMPLE = 2_000

WITHIN = SEARCHED * 0.5
"""As people group looks for pairs with dlib's network."""


def row(vectors: Floats) -> str:
    """Compare, search, and tell both."""
    number = len(vectors)
    start = time.process_time()
    exact = near_pairs(vectors, WITHIN, number - SAMPLE, most_compared=number**2)
    compared = (time.process_time() - start) * number / SAMPLE
    start = time.process_time()
    found = near_pairs(vectors, WITHIN, most_compared=0)
    searched = time.process_time() - start
    one, other = (pairs[:, 0] * number + pairs[:, 1] for pairs in (exact, found))
    share = np.isin(one, other).mean()
    return f"{number:9,}{share:9.4f}{searched:10.1f}{compared:10.1f}"


def main() -> None:
    """Print a row for each number of faces."""
    parser = argparse.ArgumentParser()
    parser.add_argument("faces", nargs="*", type=int, default=[50_000, 250_000])
    parser.add_argument("--descriptors", type=Path)
    arguments = parser.parse_args()
    print(f"{'faces':>9}{'found':>9}{'searched':>10}{'compared':>10}  CPU seconds", flush=True)
    if arguments.descriptors:
        print(row(np.load(arguments.descriptors)))
        return
    for faces in arguments.faces:
        rng = np.random.default_rng(0)
        print(row(descriptors(rng, crowd(rng, faces)).astype(np.float32)), flush=True)


if __name__ == "__main__":
    main()
