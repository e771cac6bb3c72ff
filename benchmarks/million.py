"""How long questions take of a catalog of a million photos and 1.7 million faces.

python -m benchmarks.million [PHOTOS] [--catalog FILE]

Makes the catalog once, as a scan does, and keeps it if it is given a place with ``--catalog``; the photos themselves
do not exist. Every command runs in a process of its own, three times. Printed for each: the goal, in seconds; the
median of the seconds, and whether it keeps the goal; CPU seconds, which other programs disturb least; the peak resident
memory. ``first rows``: until the first line of the answer arrives. The review page: everything that a browser requests
before it shows faces; and the faces and counts after a change of filters, the 95th percentile of 40. ``writing``: CPU
seconds of recording photos with the table ``shown`` and its triggers, in shares of the same without them.

The goals are those for a million photos; with fewer, the table tells less. Exit code 1 if a goal is missed.
"""

import argparse
import math
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from photogender.records import Skipped, Tagged

ROUNDS = 3
A_FOLDER = 500
FACES = (0, 0, 1, 1, 1, 2, 2, 2, 3, 5)
"""Faces of ten photos: 1.7 each."""
DAYS = 12_000
"""From the first photo to the last."""
NAMED = 20_000
NAMES = 50
CHANGES = 40
WRITTEN = 2_000
"""Photos of one round of ``writing``."""


class Asked(NamedTuple):
    """A command and its limit."""

    what: str
    arguments: tuple[str, ...]
    seconds: float | None = None
    """The limit."""
    first_rows: bool = False
    """Time until the first line, not until the end."""
    rows_a_second: int | None = None
    """The limit of an export."""


THREE = ("--gender", "female", "--age", "20-40", "--taken", "2015..2018")
COMMANDS = (
    Asked("query, 3 filters, first rows", ("query", *THREE, "--format", "csv"), 0.5, first_rows=True),
    Asked("query, 3 filters, --limit 100", ("query", *THREE, "--limit", "100"), 0.5),
    Asked("query, a name, --limit 100", ("query", "--name", "Person 07", "--limit", "100"), 0.5),
    Asked("query, a folder, --limit 100", ("query", "--folder", "/photos/2012", "--limit", "100"), 0.5),
    Asked("stats", ("stats",), 3),
    Asked("stats, 3 filters", ("stats", *THREE), 3),
    Asked("report", ("report", "{output}/report.html"), 10),
    Asked("export csv", ("export", "csv", "-o", "{output}/faces.csv"), rows_a_second=60_000),
    Asked("export parquet", ("export", "parquet", "-o", "{output}/faces.parquet"), rows_a_second=60_000),
)


def fill(file: Path, photos: int) -> float:
    """Make the catalog as a scan does; returns the seconds that it took."""
    # Not in this module: the peak memory of a child process begins at what its parent holds when it forks.
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.recorder import Recorder
    from photogender.scanning.engines.networks import WINDOW
    from photogender.scanning.scan import Scan

    rng = random.Random(0)
    began = time.perf_counter()
    with Catalog(file, mode="write") as catalog:
        recorder = Recorder(catalog, Scan(["/photos"], catalog).info("cpu"))
        face_ids: list[int] = []
        every = outcomes(rng, photos)
        while window := list(islice(every, WINDOW)):
            face_ids += [found for ids in recorder.save(window) for found in ids]
        seconds = time.perf_counter() - began
        for person in range(NAMES):
            chosen = rng.sample(face_ids, min(NAMED // NAMES, len(face_ids)))
            catalog.correct(chosen, author="benchmark", name=f"Person {person:02}")
    return seconds


def outcomes(rng: random.Random, photos: int) -> "Iterator[Tagged | Skipped]":
    """What a scan finds: folders of ``A_FOLDER`` photos below folders of a year, one photo of 500 damaged."""
    from benchmarks.review import face
    from photogender.records import Photo, PhotoFacts, Skipped, Tagged

    for index in range(photos):
        day = date(1990, 1, 1) + timedelta(days=index // A_FOLDER * A_FOLDER * DAYS // photos)
        photo = Photo(f"/photos/{day.year}/{day}/IMG_{index:07}.jpg", "/photos", 3_000_000 + index, index)
        if index % 500 == 499:
            yield Skipped(photo, "decode", "It is damaged.")
            continue
        taken = f"{day + timedelta(days=rng.randrange(6))}T12:00:00" if index % 10 else None
        facts = PhotoFacts(f"{index:064}", "JPEG", 4032, 3024, taken, "Pixel 9")
        yield Tagged(photo, facts, tuple(face(rng, rng.uniform(0, 3000)) for _ in range(rng.choice(FACES))))


def writing(folder: Path) -> float:
    """CPU seconds of recording photos, in shares of those without the table ``shown``: the median of eleven pairs."""
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.pictures.recorder import Recorder
    from photogender.scanning.engines.networks import WINDOW
    from photogender.scanning.scan import Scan

    def seconds(number: int, *, is_shown: bool) -> float:
        every = list(outcomes(random.Random(number), WRITTEN))
        with Catalog(folder / f"{number}-{is_shown}.db", mode="write") as catalog:
            if not is_shown:
                names = catalog.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%shown%'")
                for (name,) in names.fetchall():
                    catalog.fetch(f"DROP TRIGGER {name}")
            recorder = Recorder(catalog, Scan(["/photos"], catalog).info("cpu"))
            start = time.process_time()
            for first in range(0, WRITTEN, WINDOW):
                recorder.save(every[first : first + WINDOW])
            return time.process_time() - start

    pairs = [(seconds(each, is_shown=True), seconds(each, is_shown=False)) for each in range(11)]
    return statistics.median(shown / without for shown, without in pairs)


def measure(arguments: list[str], *, first_rows: bool) -> tuple[float, float, float]:
    """Run a command; seconds, CPU seconds and megabytes."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "photogender", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    if first_rows:
        process.stdout.readline()
        process.stdout.readline()
    else:
        while process.stdout.read(1 << 20):
            pass
    seconds = time.perf_counter() - start
    if first_rows:
        os.kill(process.pid, signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    process.stdout.close()
    if status and not first_rows:
        raise SystemExit(f"failed: {' '.join(arguments)}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def review(file: Path, cache: Path) -> list[tuple[str, float, float]]:
    """What is asked of the review page, the seconds that it takes, and the limit."""
    from benchmarks.review import Browser, both, filters, first_wall, milliseconds, server, static_files

    rng = random.Random(1)
    queries = [filters(rng, Path("/photos")) for _ in range(CHANGES)]
    with server(file, cache) as address, ThreadPoolExecutor(2) as pool:
        browsers = [Browser(address) for _ in range(2)]  # waits until the server responds
        wall = milliseconds(partial(first_wall, address, static_files(), pool)) / 1000
        changes = sorted(milliseconds(partial(both, pool, browsers, query)) / 1000 for query in queries)
    at_95 = changes[math.ceil(0.95 * CHANGES) - 1]
    return [("review: first wall", wall, 0.6), ("review: another filter, 95 %", at_95, 0.5)]


def main() -> int:
    """Print a row for each question; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--catalog", type=Path)
    options = parser.parse_args()
    exceeded = False
    with tempfile.TemporaryDirectory() as scratch:
        file = options.catalog or Path(scratch, "catalog.db")
        if not file.exists():
            with ProcessPoolExecutor(1) as process:
                seconds = process.submit(fill, file, options.photos).result()
            print(f"recorded {options.photos:,} photos: {options.photos / seconds:,.0f} photos/s")
        faces = sqlite3.connect(file).execute("SELECT count(*) FROM faces").fetchone()[0]
        print(f"{file.stat().st_size / 1e6:,.0f} MB, {faces:,} faces", flush=True)
        print(f"{'':32}{'goal':>9}{'measured':>10}{'':8}{'CPU':>8}{'MB':>7}")
        for asked in COMMANDS:
            rounds = []
            for _ in range(ROUNDS):
                with tempfile.TemporaryDirectory() as output:
                    arguments = [word.format(output=output) for word in asked.arguments]
                    rounds.append(measure([*arguments, "--catalog", str(file)], first_rows=asked.first_rows))
            seconds, cpu, memory = map(statistics.median, zip(*rounds, strict=True))
            limit = asked.seconds if asked.rows_a_second is None else faces / asked.rows_a_second
            assert limit is not None
            exceeded |= told(asked.what, seconds, limit, f"{cpu:8.2f}{memory:7.0f}")
        for what, seconds, limit in review(file, Path(scratch, "cache")):
            exceeded |= told(what, seconds, limit)
        exceeded |= told("writing, with and without shown", writing(Path(scratch)), 1.05)
    return int(exceeded)


def told(what: str, measured: float, goal: float, rest: str = "") -> bool:
    """Print a row of the table; whether the goal is missed."""
    print(f"{what:32}{goal:9.2f}{measured:10.2f}{'' if measured <= goal else '  missed':8}{rest}", flush=True)
    return measured > goal


if __name__ == "__main__":
    sys.exit(main())
