"""How long a command takes that has little to do, and how much memory: ``--help``, and ``query`` on two catalogs.

python -m benchmarks.startup [FACES]

The small catalog has 10 faces, the large one FACES (100,000); each query asks for one folder of 10 photos. Every
command runs in a process of its own, in turn with an empty Python program, round after round. Printed are medians: the
seconds, how many more these are than those of the empty program, the CPU seconds, which other programs disturb least,
and the peak resident memory. Install all extras first: nothing that is installed may slow these commands down. Exit
code 1 if a limit is exceeded.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photogender.records import Tagged

ROUNDS = 15
A_FOLDER = 10
LIMITS = {"--help": 0.15, "query, 10 faces": 0.3, "query, {:,} faces": 0.3}
"""Seconds that the median may take."""


def fill(file: Path, faces: int) -> None:
    """Make a catalog of photos with one face each, as a scan does; the photos themselves do not exist."""
    # Not in this module: the peak memory of a child process begins at what its parent holds when it forks.
    from benchmarks.review import face
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.recorder import Recorder
    from photogender.records import Photo, PhotoFacts, Tagged
    from photogender.scanning.scan import Scan

    rng = random.Random(0)

    def photos() -> "Iterator[Tagged]":
        for index in range(faces):
            photo = Photo(f"/photos/{index // A_FOLDER:05}/{index:06}.jpg", "/photos", 3_000_000, index)
            facts = PhotoFacts(f"{index:064}", "JPEG", 4032, 3024, "2020-05-17T12:00:00", "Pixel 9")
            yield Tagged(photo, facts, (face(rng, 200.0),))

    with Catalog(file, mode="write") as catalog:
        Recorder(catalog, Scan(["/photos"], catalog).info("cpu")).save(photos())


def measure(command: Sequence[str]) -> tuple[float, float, float]:
    """Run a command; seconds, CPU seconds, and its peak resident memory in megabytes."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024  # kilobytes on Linux


def main(faces: int) -> int:
    """Print a row for each command; 1 if a limit is exceeded."""
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch, "small.db"), Path(scratch, "large.db")
        with ProcessPoolExecutor(1) as pool:
            for file, number in ((small, 10), (large, faces)):
                pool.submit(fill, file, number).result()
        query = ["-m", "photogender", "query", "--folder", "/photos/00000", "--catalog"]
        ours = (["-m", "photogender", "--help"], [*query, str(small)], [*query, str(large)])
        commands = dict(zip(LIMITS, ours, strict=True))
        results: dict[str, list[tuple[float, ...]]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                empty, *_ = measure(["-c", ""])
                seconds, *others = measure(command)
                results[name].append((seconds, seconds - empty, *others))
    broken = 0
    for name, rounds in results.items():
        seconds, more, cpu, memory = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"{name.format(faces):24} {seconds:5.3f} s, {more:5.3f} more than Python, CPU {cpu:5.3f} s, {memory:.0f} MB"
        )
        broken |= seconds > LIMITS[name]
    return broken


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
