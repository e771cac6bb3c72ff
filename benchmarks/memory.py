"""Peak memory of a scan: with the size of the library, and on 24-megapixel photos.

python -m benchmarks.memory [SMALL] [LARGE]

A 0 leaves a library out. Each scan is a process of its own; its peak resident memory is what the kernel says of it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from benchmarks.photos import make_photos

Made = TypeVar("Made")


def peak_megabytes(folder: Path, catalog: Path) -> float:
    """Scan a folder in a process of its own; its peak resident memory in megabytes."""
    process = subprocess.Popen([sys.executable, "-m", "photogender", "scan", folder, "--catalog", catalog, "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("the scan failed")
    return usage.ru_maxrss / 1024  # kilobytes on Linux


def elsewhere(make: Callable[..., Made], *arguments: object) -> Made:
    """Call in another process: a child's peak begins at what its parent holds when it forks."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(make, *arguments).result()


def main(small: int, large: int) -> None:
    """Print a row for each library."""
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        originals = elsewhere(make_photos, base / "originals", 20, (320, 240))
        for number in filter(None, (small, large)):
            for index in range(number):
                path = base / f"{number}" / f"{index // 500:03}" / f"IMG_{index:05}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                os.link(originals[index % len(originals)], path)
            peak = peak_megabytes(base / f"{number}", base / f"{number}.db")
            print(f"{number:6,} photos of 320 × 240    {peak:6.0f} MB")
        elsewhere(make_photos, base / "24mp", 24, (6000, 4000))
        print(f"{24:6,} photos of 6000 × 4000  {peak_megabytes(base / '24mp', base / '24mp.db'):6.0f} MB")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given or (1_000, 20_000)))
