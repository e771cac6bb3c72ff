"""What many machines cost the one that records, and whether their rows are those of one.

python -m benchmarks.many_machines pool [JOBS] [--pool-alone]
python -m benchmarks.many_machines ray [SCRATCH] [--photos N,N,...] [--workers N] [--rounds N]
python -m benchmarks.many_machines equal [SCRATCH] [--large N] [--small N]

``pool``: so many made-up jobs (a million), done at once by workers of this process, pass the pool and the wire's tuples
and are recorded in a catalog of their own. Printed for each eighth: outcomes a second, CPU seconds and the resident
memory; then, with a goal each: the memory at the end and the rate of the last eighth, in shares of those of the first;
the most jobs that were taken ahead; and how fast the workers are, of a consumer that takes 1,000 outcomes a second.

``ray``: so many photos of 12 megapixels (200, 400 and 5,000) are scanned plainly and with ``--ray local``, by turns.
Printed are medians: CPU seconds of all processes, of the driver alone, its peak memory, photos a second of wall time,
and seconds until the first photo was recorded; then, with a goal each: the CPU that Ray adds to the second folder, in
shares of what it adds to the first; the steady rate and the driver's CPU, in shares of the plain scan's; and the
driver's memory for the last folder, in shares of that for the first. Other programs disturb wall times; CPU hardly.

``equal``: 200 photos of 12 megapixels and 1,500 small ones, some of them twice, are scanned plainly, with ``--ray
local``, by a cluster of three nodes in network namespaces where root may make them, and by three shards that are
merged. Printed for each: whether all rows are those of the plain scan, ids included and times left out, and how many
photos a second scan examines.

Photos are made in SCRATCH once, and kept there if it is given. Exit code 1 if a goal is missed.
"""

import argparse
import math
import os
import random
import resource
import shutil
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

from benchmarks.photos import make_photos
from benchmarks.review import face
from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.recorder import Recorder, ScanInfo
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.records import Outcome, Photo, PhotoFacts, Tagged
from photogender.scanning.engines.pool import IN_FLIGHT, MOST, Answer, Lost, Pool
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


def _jobs(number: int, taken: list[int]) -> Iterator[Job]:
    """Jobs, and in ``taken`` how many were taken."""
    for index in range(number):
        taken[0] += 1
        yield Job(Photo(f"/photos/{index // 1000:05}/IMG_{index:08}.jpg", "/photos", index, index, index))


def goal(what: str, measured: float, least: float = -math.inf, most: float = math.inf) -> bool:
    """Print a measured value beside its goal; whether it is kept."""
    wanted = f"at most {most:,.4g}" if most < math.inf else f"at least {least:,.4g}"
    is_kept = least <= measured <= most
    print(f"{what:62}{wanted:>16}{measured:>10,.4g}{'' if is_kept else '  missed'}", flush=True)
    return is_kept


def pool(jobs: int, *, is_recorded: bool) -> bool:
    """Run the made-up jobs and print what they cost; whether all goals are kept."""
    detector, model = load_spec(DEFAULT_DETECTOR), load_spec(DEFAULT_MODEL)
    info = ScanInfo(("/photos",), "0", "cpu", {}, "f", "d", model_info(detector), model_info(model))
    with tempfile.TemporaryDirectory() as folder, Catalog(Path(folder, "catalog.db"), mode="write") as catalog:
        crew = MadeUpCrew()
        runs: Pool[Job, Outcome] = Pool(crew, lambda job: _made_up(job), lambda job, outcome: False, print)
        recorder, seen, ahead, eighth, taken = Recorder(catalog, info), 0, 0, 1, [0]
        eighths: list[tuple[float, float]] = []
        start, cpu = time.perf_counter(), time.process_time()
        for outcomes in runs.outcomes(_jobs(jobs, taken)):
            ahead = max(ahead, taken[0] - seen)
            if is_recorded:
                recorder.save(outcomes)
            seen += len(outcomes)
            if seen >= eighth * jobs // 8:
                now, used = time.perf_counter(), time.process_time()
                eighths.append((used - cpu, _resident() / 1e6))
                rate = jobs / 8 / (now - start)
                print(f"{seen:>9,}  {rate:8,.0f}/s  {used - cpu:7.1f} s of CPU  {eighths[-1][1]:6.0f} MB", flush=True)
                start, cpu, eighth = now, used, eighth + 1
    (first_cpu, first_memory), (last_cpu, last_memory) = eighths[0], eighths[-1]
    kept = [
        goal("memory at the end, of that at an eighth", last_memory / first_memory, most=1.05),
        goal("rate of the last eighth, by CPU, of the first", first_cpu / last_cpu, least=0.8),
        goal("jobs ahead: workers x 2 x batch and a window", ahead, most=WORKERS * IN_FLIGHT * MOST + MOST),
    ]
    crew, seen, ahead, taken, start = MadeUpCrew(), 0, 0, [0], time.perf_counter()
    slow: Pool[Job, Outcome] = Pool(crew, lambda job: _made_up(job), lambda job, outcome: False, print)
    for outcomes in slow.outcomes(_jobs(5000, taken)):
        ahead = max(ahead, taken[0] - seen)
        time.sleep(len(outcomes) / 1000)
        seen += len(outcomes)
    kept += [
        goal("jobs ahead of a slow consumer", ahead, most=WORKERS * IN_FLIGHT * MOST + MOST),
        goal("jobs done a second for a consumer of 1,000", crew.done / (time.perf_counter() - start), most=1_000),
    ]
    return all(kept)


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


def ray(scratch: Path, numbers: list[int], workers: int | None, rounds: int) -> bool:
    """Scan folders of so many photos in both ways and print medians; whether all goals are kept."""
    options = ["--ray", "local", *(["--ray-workers", str(workers)] if workers else [])]
    plain: list[Measured] = []
    other: list[Measured] = []
    for number in numbers:
        folder = large_photos(scratch, number)
        runs: dict[str, list[Measured]] = {"plain": [], "ray": []}
        for _ in range(rounds):
            runs["plain"].append(scan(folder, ["--workers", str(workers)] if workers else []))
            runs["ray"].append(scan(folder, options))
        for name, measured in runs.items():
            found = Measured(*(statistics.median(each) for each in zip(*measured, strict=True)))
            (plain if name == "plain" else other).append(found)
            print(
                f"{number:,} photos, {name}: {found.cpu:.1f} s of CPU, the driver {found.driver:.2f} s and "
                f"{found.memory:.0f} MB, {number / found.seconds:.1f} photos/s after the first one at "
                f"{found.first:.1f} s",
                flush=True,
            )
    kept = [goal("steady rate, of the plain scan's", plain[-1].seconds / other[-1].seconds, least=0.9)]
    if len(numbers) > 1:
        added = [with_ray.cpu - without.cpu for without, with_ray in zip(plain, other, strict=True)]
        what = f"CPU that Ray adds at {numbers[1]:,} photos, of that at {numbers[0]:,}"
        kept.append(goal(what, added[1] / added[0], most=1.3))
        # A part of the driver's CPU is the start of Ray, which does not grow.
        driver = (other[-1].driver - other[0].driver) / (plain[-1].cpu - plain[0].cpu)
        kept.append(goal("driver's CPU for one more photo, of the plain scan's", driver, most=0.05))
        what = f"driver's memory at {numbers[-1]:,} photos, of that at {numbers[0]:,}"
        kept.append(goal(what, other[-1].memory / other[0].memory, most=1.1))
    return all(kept)


def large_photos(scratch: Path, number: int) -> Path:
    """A folder of so many photos of 12 megapixels; at most 200 different pictures, each file with an end of its own."""
    folder = scratch / f"large-{number}"
    if not folder.exists():
        unfinished = scratch / f"large-{number}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        made = make_photos(unfinished, min(number, 200))
        for index in range(len(made), number):
            content = made[index % len(made)].read_bytes()
            (unfinished / f"IMG_{index:05}.jpg").write_bytes(content + index.to_bytes(4, "big"))
        unfinished.rename(folder)
    return folder


def equal(scratch: Path, large: int, small: int) -> bool:
    """Scan one library in every way; whether all rows are the plain scan's, and nothing is left to do."""
    from tests.support import ray_cluster

    library = scratch / f"library-{large}-{small}"
    if not library.exists():
        make_photos(library / "large", large)
        for index, path in enumerate(make_photos(library / "small", small, (640, 480), seed=1)[::50]):
            shutil.copy2(path, library / "large" / f"copy{index}.jpg")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "plain.db")
        examine(plain, library)
        kept = []

        def compare(what: str, catalog: Path, options: list[str], environment: dict[str, str] | None = None) -> None:
            is_same = contents(catalog) == contents(plain)
            again = examine(catalog, library, *options, environment=environment)
            kept.append(is_same and again == 0)
            rows = "those of the plain scan" if is_same else "NOT those of the plain scan"
            print(f"{what:28}rows are {rows}; a second scan examines {again} photos", flush=True)

        catalog, local = Path(folder, "ray.db"), ["--ray", "local"]
        examine(catalog, library, *local)
        compare("--ray local", catalog, local)
        if reason := ray_cluster.why_not():
            print(f"a cluster of three nodes was not tried: {reason}")
        else:
            (place := Path(folder, "cluster")).mkdir()
            with ray_cluster.cluster(place) as cluster:
                for _ in range(3):
                    cluster.add()
                catalog, options = Path(folder, "cluster.db"), ["--ray", cluster.address]
                examine(catalog, library, *options, environment=cluster.environment)
                compare("a cluster of three nodes", catalog, options, cluster.environment)
        parts, merged = [Path(folder, f"part{number}.db") for number in (1, 2, 3)], Path(folder, "merged.db")
        for number, part in enumerate(parts, 1):
            examine(part, library, "--shard", f"{number}/3")
        subprocess.run([*PROGRAM, "catalog", "merge", str(merged), *map(str, parts), "-q"], check=True)
        compare("three shards, merged", merged, [])
    return all(kept)


def examine(catalog: Path, library: Path, *options: str, environment: dict[str, str] | None = None) -> int:
    """Scan; how many photos were examined."""
    command = [*PROGRAM, "scan", str(library), "--catalog", str(catalog), *options, "-q"]
    before = examined(catalog) if catalog.exists() else 0
    subprocess.run(command, check=True, env=environment)
    return examined(catalog) - before


def examined(catalog: Path) -> int:
    """How many photos all scans of a catalog examined."""
    with closing(sqlite3.connect(catalog)) as connection:
        return int(connection.execute("SELECT coalesce(sum(tagged + skipped), 0) FROM runs").fetchone()[0])


def contents(catalog: Path) -> list[list[tuple[object, ...]]]:
    """Every row of pictures, places, faces and thumbnails with its ids, but for times and numbers of runs."""
    with closing(sqlite3.connect(catalog)) as connection:
        return [connection.execute(sql).fetchall() for sql in EVERYTHING]


EVERYTHING = (
    "SELECT id, path, folder, root, size, mtime_ns, fingerprint, detection, content_hash, format, width, height, "
    "orientation, taken, camera, note, skipped_stage, skipped_reason, former_path FROM pictures ORDER BY id",
    "SELECT id, path, photo_id, folder, root, size, mtime_ns, ctime_ns FROM places ORDER BY id",
    "SELECT id, photo_id, x1, y1, x2, y2, detector_score, landmarks, turn, gender, gender_confidence, age, age_group, "
    "age_confidence, age_low, age_high FROM faces ORDER BY id",
    "SELECT photo_id, pixels FROM thumbnails ORDER BY photo_id",
)

PROGRAM = (sys.executable, "-m", "photogender")


def main() -> int:
    """Run what is asked for; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    made_up = kinds.add_parser("pool")
    made_up.add_argument("jobs", nargs="?", type=int, default=1_000_000)
    made_up.add_argument("--pool-alone", action="store_true", help="do not record")
    real, every = kinds.add_parser("ray"), kinds.add_parser("equal")
    for each in (real, every):
        each.add_argument("scratch", nargs="?", type=Path)
    real.add_argument("--photos", type=lambda text: [int(each) for each in text.split(",")], default=[200, 400, 5000])
    real.add_argument("--workers", type=int)
    real.add_argument("--rounds", type=int, default=3)
    every.add_argument("--large", type=int, default=200)
    every.add_argument("--small", type=int, default=1500)
    given = parser.parse_args()
    if given.kind == "pool":
        return int(not pool(given.jobs, is_recorded=not given.pool_alone))
    with tempfile.TemporaryDirectory() as made:
        scratch = given.scratch or Path(made)
        if given.kind == "ray":
            return int(not ray(scratch, given.photos, given.workers, given.rounds))
        return int(not equal(scratch, given.large, given.small))


if __name__ == "__main__":
    sys.exit(main())
