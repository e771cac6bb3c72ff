"""How long a scan of an unchanged library takes, against a plain walk that reads the keys.

python -m benchmarks.rescan [FILES]

No scan can do without the plain walk: listing and stat-ing every file, and reading every key from SQLite. Both run
in turn in one process, five times, by CPU time; the median of the ratios is printed.
"""

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.recorder import Recorder
from photogender.records import PhotoFacts, Tagged
from photogender.scanning.scan import Scan

ROUNDS = 5
A_FOLDER = 500


def make_library(folder: Path, files: int) -> None:
    """Make ``files`` tiny files named like photos, ``A_FOLDER`` in each folder."""
    for index in range(files):
        path = folder / f"{index // A_FOLDER:04}" / f"IMG_{index:06}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xff\xd8")


def fill_catalog(folder: Path, file: Path) -> None:
    """Record every photo as tagged, with the scan's own recorder; no picture is decoded."""
    with Catalog(file, mode="write") as catalog:
        job = Scan([folder], catalog)
        recorder = Recorder(catalog, job.info("cpu"))
        recorder.save(
            Tagged(photo, PhotoFacts(content_hash=f"{index:064}", format="JPEG", width=1, height=1), ())
            for index, photo in enumerate(job.photos())
        )
        job.settle()


def plain(folder: str, file: Path) -> int:
    """List and stat everything, then read every key."""
    number = 0
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                else:
                    number += entry.stat().st_size > 0
    connection = sqlite3.connect(file)
    keys = connection.execute("SELECT path, size, mtime_ns, fingerprint FROM photos").fetchall()
    connection.close()
    if len(keys) != number:
        raise SystemExit(f"{number} files, {len(keys)} keys")
    return number


def rescan(folder: str, file: Path) -> int:
    """Do what ``photogender scan`` does if nothing changed."""
    with Catalog(file, mode="write") as catalog:
        survey = Scan([folder], catalog).survey()
    if survey.photos:
        raise SystemExit(f"{survey.photos} photos are not current")
    return survey.unchanged


def main(files: int) -> None:
    """Print a row for each way, and the ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, file = Path(scratch, "library"), Path(scratch, "catalog.db")
        folder.mkdir()
        make_library(folder, files)
        fill_catalog(folder, file)
        times: dict[str, list[float]] = {"plain walk and keys": [], "rescan": []}
        for _ in range(ROUNDS):
            for name, work in zip(times, (plain, rescan), strict=True):
                start = time.process_time()
                work(str(folder), file)
                times[name].append(time.process_time() - start)
    for name, seconds in times.items():
        print(f"{name:20} {statistics.median(seconds):6.3f} s for {files:,} files (median of {ROUNDS})")
    ratios = [b / a for a, b in zip(*times.values(), strict=True)]
    print(f"{'ratio':20} {statistics.median(ratios):6.2f}   ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
