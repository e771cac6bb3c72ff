"""Response times of the review page's server with a large catalog, over loopback, in a process of its own.

python -m benchmarks.review [FACES]

First wall: everything a browser requests before it shows faces, after a start of the server: the page, its files, the
settings, then the first faces and the counts. Filter change: the faces and the counts, requested at the same time,
until both have arrived, each time with new filters. Both in milliseconds. Then the pictures of one wall of 60 faces
over six connections, as browsers do: made from 12-megapixel photos, and again from the cache. Exit code 1 if a limit
is exceeded.
"""

import http.client
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks.photos import make_photos
from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.recorder import Recorder
from photogender.labels import age_group
from photogender.records import Face, FaceBox, Photo, PhotoFacts, Prediction, Tagged
from photogender.scanning.scan import Scan

REAL_PHOTOS = 12
A_FOLDER = 25
CORRECTED = 2_000
STARTS = 5
CHANGES = 200
FIRST_WALL, FILTER_CHANGE = 300, 150
"""The limits in milliseconds: of the median, and of the 95th percentile."""


def fill(folder: Path, file: Path, number: int) -> None:
    """Make a catalog of ``number`` faces, two per photo, as a scan does; the photos are links to a few real ones."""
    rng = random.Random(0)
    real = make_photos(folder / "real", REAL_PHOTOS)
    status = [path.stat() for path in real]

    def photos() -> Iterator[Tagged]:
        for index in range(number // 2):
            album = folder / f"{2000 + index // A_FOLDER % 25}" / f"album {index // A_FOLDER:04}"
            album.mkdir(parents=True, exist_ok=True)
            path = album / f"IMG_{index:06}.jpg"
            os.link(real[index % REAL_PHOTOS], path)
            found = status[index % REAL_PHOTOS]
            day = f"{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            taken = f"{album.parent.name}-{day}T12:00:00" if index % 10 else None
            photo = Photo(str(path), str(folder), found.st_size, found.st_mtime_ns)
            faces = (face(rng, 200.0), face(rng, 2200.0))
            yield Tagged(photo, PhotoFacts(f"{index:064}", "JPEG", 4032, 3024, taken, "Pixel 9"), faces)

    with Catalog(file, mode="write") as catalog:
        face_ids = [
            face for ids in Recorder(catalog, Scan([folder], catalog).info("cpu")).save(photos()) for face in ids
        ]
        catalog.correct(rng.sample(face_ids, min(CORRECTED, number // 10)), author="benchmark")


def face(rng: random.Random, left: float) -> Face:
    """A face of 800 × 1000 pixels with random tags."""
    age = min(max(rng.gauss(35, 20), 0), 95)
    prediction = Prediction(
        rng.choice(("female", "male")), rng.betavariate(8, 1) / 2 + 0.5, age, age_group(age), rng.betavariate(2, 2)
    )
    return Face(FaceBox(left, 1000.0, left + 800, 2000.0, 0.9), prediction)


class Browser:
    """A persistent connection with the cookie."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        self._base = parts.path.rstrip("/")
        self._connection.request("GET", f"{parts.path}?{parts.query}")
        response = self._connection.getresponse()
        self._cookie = response.headers["set-cookie"].partition(";")[0]
        response.read()

    def get(self, path: str) -> bytes:
        """The body of a response."""
        self._connection.request("GET", self._base + path, headers={"Cookie": self._cookie})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {body[:200]!r}")
        return body


@contextmanager
def server(catalog: Path, cache: Path) -> Iterator[str]:
    """Run the review page in a process of its own; yields its address."""
    command = [sys.executable, "-m", "photogender", "review", "--catalog", str(catalog), "--no-browser"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def both(pool: ThreadPoolExecutor, browsers: Sequence[Browser], query: str) -> bytes:
    """Request faces and counts for some filters at the same time; returns the faces."""
    numbers = pool.submit(browsers[1].get, f"/api/overview?{query}")
    faces = browsers[0].get(f"/api/faces?{query}")
    numbers.result()
    return faces


def static_files() -> list[str]:
    """The addresses of the page's files."""
    static = Path(__file__).parents[1] / "photogender" / "review" / "static"
    return [f"/static/{file.name}" for file in static.iterdir() if file.suffix != ".html"]


def first_wall(address: str, files: Sequence[str], pool: ThreadPoolExecutor) -> None:
    """Request everything until the first faces are there."""
    browsers = (Browser(address), Browser(address))
    for path in (*files, "/api/settings"):
        browsers[0].get(path)
    both(pool, browsers, "")


def filters(rng: random.Random, folder: Path) -> str:
    """One to three random filters and a sort order, as a query string."""
    low = rng.randint(0, 70)
    year = rng.randint(2000, 2024)
    choices: list[dict[str, object]] = [
        {"gender": rng.choice(("female", "male"))},
        {"age_from": low, "age_to": low + rng.randint(1, 40)},
        {"taken_from": year, "taken_to": year + rng.randint(0, 6)},
        {"taken_from": f"{year}-{rng.randint(1, 12):02}", "taken_to": f"{year}-12"},
        {"confidence": rng.randint(30, 95)},
        {"reviewed": rng.choice(("yes", "no"))},
        {"folder": folder / str(year)},
    ]
    chosen = rng.sample(choices, rng.randint(1, 3))
    asked: dict[str, object] = {"sort": rng.choice(("certain", "newest", "youngest", "oldest"))}
    for one in chosen:
        asked |= one
    return urlencode(asked)


def milliseconds(work: Callable[[], object]) -> float:
    """Duration of some work."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main(number: int) -> None:
    """Print a row for each measurement; exit with 1 if a limit is exceeded."""
    files = static_files()
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(6) as pool:
        folder, file, cache = Path(scratch, "library"), Path(scratch, "catalog.db"), Path(scratch, "cache")
        fill(folder, file, number)
        first = []
        for _ in range(STARTS):
            with server(file, cache) as address:
                Browser(address)  # wait until the server responds
                first.append(milliseconds(partial(first_wall, address, files, pool)))
        with server(file, cache) as address:
            browsers = [Browser(address) for _ in range(6)]
            rng = random.Random(1)
            queries = [filters(rng, folder) for _ in range(CHANGES)]
            changes = sorted(milliseconds(partial(both, pool, browsers, query)) for query in queries)
            wall = [face["id"] for face in json.loads(both(pool, browsers, ""))["faces"]]

            def pictures() -> None:
                lots = [wall[at::6] for at in range(6)]
                list(pool.map(lambda browser, ids: [browser.get(f"/faces/{i}.jpg") for i in ids], browsers, lots))

            browsers = [Browser(address) for _ in range(6)]
            made, kept = milliseconds(pictures), milliseconds(pictures)
    at_95 = changes[math.ceil(0.95 * len(changes)) - 1]
    table: list[tuple[str, list[float]]] = [
        (f"first wall (median within {FIRST_WALL})", [statistics.median(first), max(first)]),
        (f"filter change (95 % within {FILTER_CHANGE})", [statistics.median(changes), changes[-1], at_95]),
        (f"pictures of {len(wall)} faces, made", [made]),
        (f"pictures of {len(wall)} faces, kept", [kept]),
    ]
    print(f"{f'{number:,} faces in {number // 2:,} photos, ms':40}    median       max      95 %")
    for title, values in table:
        print(f"{title:40}" + "".join(f"{value:10.0f}" for value in values))
    if statistics.median(first) > FIRST_WALL or at_95 > FILTER_CHANGE:
        raise SystemExit("A limit is exceeded.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
