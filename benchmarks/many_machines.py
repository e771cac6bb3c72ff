"""What many machines cost the one that records.

python -m benchmarks.many_machines pool [JOBS] [--pool-alone]
python -m benchmarks.many_machines ray FOLDER... [--workers N] [--rounds N]

``pool``: so many made-up jobs (a million), done at once by workers of this process, pass the pool and the wire's tuples
and are recorded in a catalog of their own. Printed for each eighth: outcomes a second, CPU seconds and the resident
memory; then the most jobs that were taken ahead, and what a slow consumer leaves waiting.

``ray``: each folder is scanned plainly and with ``--ray local``, by turns. Printed are medians: CPU seconds
of all processes, of the driver alone, its peak memory, photos a second of wall time, and seconds until the first
photo was recorded. Other programs disturb wall times; CPU seconds hardly.
"""

import argparse
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.review import face
from photogender.catalog.catalog import Catalog
from photogender.catalog.recorder import Recorder, ScanInfo
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.records import Outcome, Photo, PhotoFacts, Tagged
from photogender.scanning.engines.pool import Answer, Lost, Pool
from photogender.scanning.engines.wire import Wire, from_job, from_outcome, to_job, to_outcome
from photogender.scanning.scan import model_info
from photogender.scanning.worker import Job

WORKERS = 8
"""Of the made-up crew."""


class MadeUpCrew:
    """Workers that answer at once, in the order in which they were asked."""

    def __init__(self) -> None:
        self._asked: deque[tuple[int, int, list[Job], list[Wire]]] = deque()
        self.done = 0

    def ready(self) -> dict[int, str]:
        """As ``Crew.ready``."""
        return {worker: f"node {worker % 4}" for worker in range(WORKERS)}

    def is_over(self) -> bool:
        """As ``Crew.is_over``."""
        return False

    def send(self, worker: int, batch: int, jobs: list[Job]) -> None:
        """As ``Crew.send``."""
        self._asked.append((worker, batch, jobs, [from_job(job) for job in jobs]))

    def wait(self, seconds: float) -> Answer[Outcome] | Lost | None:
        """As ``Crew.wait``."""
        worker, batch, jobs, sent = self._asked.popleft()
        answer = [from_outcome(_made_up(to_job(job))) for job in sent]
        self.done += len(answer)
        return Answer(worker, batch, [to_outcome(wire, job) for wire, job in zip(answer, jobs, strict=True)], 0.01)

    def sees(self, worker: int, job: Job) -> bool:
        """As ``Crew.sees``."""
        return True

    def dismiss(self, worker: int) -> None:
        """As ``Crew.dismiss``."""

    def drop(self, node: str) -> None:
        """As ``Crew.drop``."""


def _made_up(job: Job) -> Tagged:
    photo = job.photo
    facts = PhotoFacts(f"{photo.size:064x}", "JPEG", 4032, 3024, "2020-01-01T00:00:00", "A camera")
    rng = random.Random(photo.size)
    return Tagged(photo, facts, (face(rng, 10), face(rng, 2000)), bytes(1024))


def _jobs(number: int) -> Iterator[Job]:
    for index in range(number):
        yield Job(Photo(f"/photos/{index // 1000:05}/IMG_{index:08}.jpg", "/photos", index, index, index))


def pool(jobs: int, *, is_recorded: bool) -> None:
    """Run the made-up jobs and print what they cost."""
    detector, model = load_spec(DEFAULT_DETECTOR), load_spec(DEFAULT_MODEL)
    info = ScanInfo(("/photos",), "0", "cpu", {}, "f", "d", model_info(detector), model_info(model))
    with tempfile.TemporaryDirectory() as folder, Catalog(Path(folder, "catalog.db"), mode="write") as catalog:
        crew = MadeUpCrew()
        runs: Pool[Job, Outcome] = Pool(crew, lambda job: _made_up(job), lambda job, outcome: False, print)
        recorder, seen, ahead, eighth = Recorder(catalog, info), 0, 0, 1
        start, cpu = time.perf_counter(), time.process_time()
        for outcomes in runs.outcomes(_jobs(jobs)):
            ahead = max(ahead, crew.done - seen)
            if is_recorded:
                recorder.save(outcomes)
            seen += len(outcomes)
            if seen >= eighth * jobs // 8:
                now, used = time.perf_counter(), time.process_time()
                rate = jobs / 8 / (now - start)
                print(
                    f"{seen:>9,}  {rate:8,.0f}/s  {used - cpu:7.1f} s of CPU  {_resident() / 1e6:6.0f} MB", flush=True
                )
                start, cpu, eighth = now, used, eighth + 1
        print(f"jobs ahead: at most {ahead}, allowed {runs.limit}")
    crew, seen, ahead = MadeUpCrew(), 0, 0
    slow: Pool[Job, Outcome] = Pool(crew, lambda job: _made_up(job), lambda job, outcome: False, print)
    for outcomes in slow.outcomes(_jobs(5000)):
        ahead = max(ahead, crew.done - seen)
        time.sleep(len(outcomes) / 1000)
        seen += len(outcomes)
    print(f"with a consumer of 1,000/s: done and not recorded at most {ahead}")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Measured(NamedTuple):
    """One scan."""

    cpu: float
    """Seconds of all processes."""
    driver: float
    """Of it, of the process that records."""
    memory: float
    """MB, the driver's peak."""
    seconds: float
    """From the first photo in the catalog to the last."""
    first: float
    """Seconds until the first photo."""


def scan(folder: Path, options: list[str]) -> Measured:
    """Scan into a new catalog and watch."""
    with tempfile.TemporaryDirectory() as scratch:
        catalog = Path(scratch, "catalog.db")
        command = [sys.executable, "-m", "photogender", "scan", str(folder), "--catalog", str(catalog), *options]
        start, first, last, number = time.perf_counter(), 0.0, 0.0, 0
        process = subprocess.Popen([*command, "-q"], start_new_session=True)
        used: dict[int, float] = {}
        memory = 0.0
        while process.poll() is None:
            used |= _cpu_of(process.pid)
            with suppress(OSError, IndexError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                memory = max(memory, int(status.partition("VmHWM:")[2].split()[0]) / 1000)
            with suppress(sqlite3.Error):
                with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
                    (found,) = connection.execute("SELECT count(*) FROM places").fetchone()
                if found > number:
                    first, last, number = first or time.perf_counter(), time.perf_counter(), found
            time.sleep(0.1)
        if process.returncode:
            raise SystemExit(process.returncode)
        return Measured(sum(used.values()), used[process.pid], memory, last - first, first - start)


def _cpu_of(session: int) -> dict[int, float]:
    """CPU seconds of each process of a session so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found[int(entry.name)] = (int(fields[11]) + int(fields[12])) / ticks
    return found


def ray(folders: list[Path], workers: int | None, rounds: int) -> None:
    """Scan each folder in both ways and print medians."""
    options = ["--ray", "local", *(["--ray-workers", str(workers)] if workers else [])]
    for folder in folders:
        number = sum(1 for path in folder.rglob("*") if path.is_file())
        runs: dict[str, list[Measured]] = {"plain": [], "ray": []}
        for _ in range(rounds):
            runs["plain"].append(scan(folder, ["--workers", str(workers)] if workers else []))
            runs["ray"].append(scan(folder, options))
        for name, measured in runs.items():
            cpu, driver, memory, seconds, first = (statistics.median(each) for each in zip(*measured, strict=True))
            print(
                f"{folder} ({number:,} photos), {name}: {cpu:.1f} s of CPU, the driver {driver:.2f} s and "
                f"{memory:.0f} MB, {number / seconds:.1f} photos/s after the first one at {first:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    made_up = kinds.add_parser("pool")
    made_up.add_argument("jobs", nargs="?", type=int, default=1_000_000)
    made_up.add_argument("--pool-alone", action="store_true", help="do not record")
    real = kinds.add_parser("ray")
    real.add_argument("folders", nargs="+", type=Path)
    real.add_argument("--workers", type=int)
    real.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.kind == "pool":
        pool(given.jobs, is_recorded=not given.pool_alone)
    else:
        ray(given.folders, given.workers, given.rounds)
