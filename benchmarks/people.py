"""How long grouping takes, and how much memory: made-up descriptors of 100,000 faces, and a new scan of 1,000; and what
people cost the view ``tags``.

python -m benchmarks.people [FACES]

The catalog and its file of likeness are real; photos and network are left out, so this is what comes after the
descriptors. A few people have most of the faces, as in a family's photos. Every step runs in a process of its own;
printed are seconds, CPU seconds, which other programs disturb least, and the peak resident memory, each with its limit.

Then the largest 300 people get a name and a birth. Questions to ``tags`` are compared with the same questions to a view
that is like it but knows nothing of people: medians of the CPU time of ``ROUNDS`` rounds, taken by turns.

Exit code 1 if a limit is exceeded, or if the groups are not the people.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEW = 1_000
LIMITS = {"all faces": 600.0, "new faces": 10.0}
MEMORY = 2_000
"""Megabytes."""

ROUNDS = 9

SLOWER = 1.2
"""How much longer a question to ``tags`` may take."""

_LARGEST = 300

_NUMBERS = 128


def fill(file: Path, faces: int) -> None:
    """Make the catalog, and a descriptor of each face but the last ``NEW``."""
    import numpy as np

    from benchmarks.million import fill as fill_catalog
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.likeness import Likeness

    fill_catalog(file, round(faces / 1.7 * 1.05))
    rng = np.random.default_rng(0)
    with Catalog(file, mode="change") as catalog, Likeness(catalog, create=True) as likeness:
        catalog.fetch("DELETE FROM corrections")
        catalog.fetch("UPDATE faces SET age = max(age, 20)")  # the made-up descriptors are those of adults
        likeness.use_model("made up", "0" * 64, 0.5)
        photos = likeness.wanted()
        chosen = [(face, made_of, photo.path) for photo in photos for face, made_of, _ in photo.faces][:faces]
        people = _people(rng, [path for _, _, path in chosen])
        vectors = descriptors(rng, people).astype("<f2")
        likeness.store([(face, made, row.tobytes()) for (face, made, _), row in zip(chosen, vectors, strict=True)])
        late = [(face,) for face, _, _ in chosen[-NEW:]]
        likeness.connection.executemany("UPDATE descriptors SET made_of = 'later ' || made_of WHERE face_id = ?", late)
    np.save(file.with_suffix(".npy"), np.stack([[face for face, _, _ in chosen], people]))


def descriptors(rng: "np.random.Generator", people: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """A descriptor for each face, given its person; as far apart as those of dlib's network."""
    import numpy as np

    centres = rng.normal(size=(people.max() + 1, _NUMBERS))
    centres *= 0.6 / np.linalg.norm(centres, axis=1, keepdims=True)
    spread = rng.normal(size=(len(people), _NUMBERS))
    spread *= 0.3 / np.linalg.norm(spread, axis=1, keepdims=True)
    return centres[people] + spread


def crowd(rng: "np.random.Generator", faces: int) -> "NDArray[np.int64]":
    """A person for each face: a few have most of them."""
    import numpy as np

    sizes: list[int] = []
    while sum(sizes) < faces:
        sizes.append(int(min(rng.pareto(1.0) * 2 + 1, faces / 50)))
    people = np.repeat(np.arange(len(sizes)), sizes)[:faces]
    rng.shuffle(people)
    return people


def _people(rng: "np.random.Generator", photos: list[str]) -> "NDArray[np.int64]":
    """A person for each face, given its photo; nobody is in a photo twice."""
    people = crowd(rng, len(photos))
    seen: set[tuple[str, int]] = set()
    for index, photo in enumerate(photos):
        if (photo, int(people[index])) in seen:
            people[index] = people.max() + 1
        seen.add((photo, int(people[index])))
    return people


def regroup(file: Path) -> tuple[float, float, float]:
    """Group; returns seconds, CPU seconds and megabytes."""
    import resource

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.likeness import Likeness
    from photogender.people.groups import regroup as group

    start, cpu = time.perf_counter(), time.process_time()
    with Catalog(file) as catalog, Likeness(catalog) as likeness:
        group(likeness)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return time.perf_counter() - start, time.process_time() - cpu, peak


def arrive(file: Path) -> None:
    """The faces that were left out are there now."""
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.likeness import Likeness

    with Catalog(file) as catalog, Likeness(catalog) as likeness:
        likeness.connection.execute("UPDATE descriptors SET made_of = substr(made_of, 7) WHERE made_of LIKE 'later %'")


def quality(file: Path) -> tuple[int, float, float]:
    """Groups, B-cubed precision and recall."""
    import numpy as np

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.likeness import Likeness
    from photogender.evaluation.people import agreement

    faces, people = np.load(file.with_suffix(".npy"))
    truth = dict(zip(faces.tolist(), people.tolist(), strict=True))
    with Catalog(file) as catalog, Likeness(catalog) as likeness:
        members = likeness.connection.execute("SELECT face_id, group_id FROM members").fetchall()
    found = agreement([(truth[face], group) for face, group in members])
    return found.groups, found.bcubed_precision, found.bcubed_recall


def name(file: Path) -> int:
    """Name the largest people and say when they were born; the number of faces of which something follows."""
    import numpy as np

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.lifetimes import Days
    from photogender.catalog.said.persons import Facts, say

    faces, people = np.load(file.with_suffix(".npy"))
    with Catalog(file, mode="change") as catalog:
        for person in np.argsort(-np.bincount(people))[:_LARGEST].tolist():
            catalog.correct(faces[people == person].tolist(), name=f"Person {person}", author="benchmark")
            say(catalog, f"Person {person}", Facts(born=Days.read("1970..1975")), author="benchmark")
        (known,) = catalog.fetch("SELECT count(*) FROM deductions").fetchone()
    return int(known)


def ask(file: Path) -> list[tuple[str, float, float]]:
    """Milliseconds of each question without people and with them."""
    import re
    import statistics

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.sqlite.views import FACE_COLUMNS

    questions = {
        "all faces": f"SELECT {', '.join(FACE_COLUMNS)} FROM tags WHERE path >= '' ORDER BY path, face_id",
        "counts": "SELECT CAST(age / 10 AS INTEGER), age_group, gender, count(*) FROM tags GROUP BY 1, 2, 3",
        "two filters": "SELECT face_id FROM tags WHERE gender = 'female' AND age BETWEEN 20 AND 40",
    }
    with Catalog(file, mode="change") as catalog:
        (view,) = catalog.fetch("SELECT sql FROM sqlite_master WHERE name = 'tags'").fetchone()
        before = re.sub(r"LEFT JOIN deductions ON .*", "", view).replace("VIEW tags", "TEMP VIEW before")
        catalog.fetch(re.sub(r"deductions\.\w+", "NULL", before))
        answers: list[tuple[str, float, float]] = []
        for what, sql in questions.items():
            seconds: dict[str, list[float]] = {"before": [], "tags": []}
            for _ in range(ROUNDS):
                for table, found in seconds.items():
                    start = time.thread_time()
                    catalog.fetch(sql.replace("FROM tags", f"FROM {table}")).fetchall()
                    found.append(1000 * (time.thread_time() - start))
            answers.append((what, statistics.median(seconds["before"]), statistics.median(seconds["tags"])))
    return answers


def main() -> int:
    """Print a row for each step; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser()
    parser.add_argument("faces", nargs="?", type=int, default=100_000)
    faces = parser.parse_args().faces
    exceeded = False
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "catalog.db")
        with ProcessPoolExecutor(1, max_tasks_per_child=1) as process:
            process.submit(fill, file, faces).result()
            print(f"{'':12}{'seconds':>9}{'CPU':>8}{'MB':>7}  limits", flush=True)
            for step, limit in LIMITS.items():
                seconds, cpu, memory = process.submit(regroup, file).result()
                exceeded |= seconds > limit or memory > MEMORY
                print(f"{step:12}{seconds:9.1f}{cpu:8.1f}{memory:7.0f}  {limit:.0f} s, {MEMORY} MB", flush=True)
                if step == "all faces":
                    process.submit(arrive, file).result()
            groups, precision, recall = process.submit(quality, file).result()
            print(f"{groups:,} groups, B-cubed precision {precision:.4f}, recall {recall:.4f}\n", flush=True)
            known = process.submit(name, file).result()
            print(f"{'tags, ms CPU':14}{'without':>8}{'people':>8}  limit; people decide {known:,} faces", flush=True)
            for question, without, people in process.submit(ask, file).result():
                exceeded |= people > SLOWER * without
                print(f"{question:14}{without:8.1f}{people:8.1f}  {SLOWER * without:.1f}", flush=True)
    return int(exceeded or min(precision, recall) < 0.99)


if __name__ == "__main__":
    sys.exit(main())
