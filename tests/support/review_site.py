"""A small library with real photos, and the review page served by the real command, for tests."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from photogender.catalog.catalog import Catalog
from photogender.labels import Gender, age_group
from photogender.records import Face, FaceBox, Photo, PhotoFacts, Prediction, Tagged
from photogender.review.faces import faces as rows_of_faces
from tests.support.library import build
from tests.support.photos import make_library

ODD_FILE = "<img src=x onerror=document.title='pwned'>.jpg"
ODD_NAME = "<script>document.title='pwned'</script>"

# face id: gender, its confidence, age, its confidence; one face a photo but the last two, which share one.
FACES: tuple[tuple[Gender, float, float, float | None], ...] = (
    ("female", 0.95, 30.6, 0.8),
    ("male", 0.60, 8.2, 0.5),
    ("male", 0.80, 40.9, 0.9),
    ("female", 0.99, 62.0, 0.9),
    ("male", 0.90, 33.0, 0.7),
    ("female", 0.70, 25.0, None),
    ("male", 0.97, 71.0, 0.9),
    ("female", 0.85, 19.99, 0.9),
)
YEARS = (2018, 2018, 2019, 2019, 2020, None, 2020)
LEAST_CERTAIN = [2, 5, 6, 3, 1, 8, 7, 4]


def build_site(folder: Path) -> Path:
    """Seven photos with eight faces under ``folder/photos``, and the path of their catalog."""
    paths = make_library(folder / "photos", len(YEARS))
    odd = paths[0].with_name(ODD_FILE)
    paths[0].rename(odd)
    paths[0] = odd
    outcomes = []
    faces = [_face(*facts, left=20.0 + 140 * (number == 7)) for number, facts in enumerate(FACES)]
    for index, (path, year) in enumerate(zip(paths, YEARS, strict=True)):
        status = path.stat()
        photo = Photo(str(path), str(folder / "photos"), status.st_size, status.st_mtime_ns)
        taken = f"{year}-0{index + 1}-15T12:00:00" if year else None
        of_photo = faces[6:] if index == 6 else [faces[index]]
        outcomes.append(Tagged(photo, PhotoFacts(f"hash {index}", "JPEG", 320, 240, taken, "Canon"), tuple(of_photo)))
    build(folder / "catalog.db", outcomes)
    return folder / "catalog.db"


def _face(gender: Gender, sure: float, age: float, age_sure: float | None, left: float) -> Face:
    return Face(FaceBox(left, 40.0, left + 80, 140.0, 0.9), Prediction(gender, sure, age, age_group(age), age_sure))


def correct(catalog: Path, face: int, **said: object) -> None:
    """Say something of a face, as another program would while the page is open."""
    with Catalog(catalog, mode="write") as opened:
        opened.correct([face], author="test", **said)  # type: ignore[arg-type]


def seen(catalog: Path, *faces: int) -> list[dict[str, object]]:
    """What a page shows of some faces, as it sends it; of a face that is not there, what face 1 shows."""
    with Catalog(catalog) as opened:
        shown = {row["id"]: row for row in rows_of_faces(opened, (1, *faces))}
    return [
        {"id": face} | {key: shown.get(face, shown[1])[key] for key in ("correction", "gender", "age")}
        for face in faces
    ]


@dataclass
class Site:
    """The page, served."""

    address: str
    """With its token."""
    process: subprocess.Popen[str]
    cookie: str = field(default="")

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def base(self) -> str:
        """The path that everything is below."""
        return urlsplit(self.address).path.rstrip("/")

    @property
    def root(self) -> str:
        return self.origin + self.base

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send exactly this, below the page's own path: no path is tidied, and an empty header is left out."""
        return self.ask_exactly(self.base + path, method, body, **headers)

    def ask_exactly(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """The same of any path of the server."""
        connection = http.client.HTTPConnection(*self.host.split(":"), timeout=60)
        sent = {"Host": self.host, "Cookie": self.cookie} | {k.replace("_", "-"): v for k, v in headers.items()}
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(None if body is None else body.encode())
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer

    def log_in(self) -> None:
        """Exchange the token for the cookie."""
        parts = urlsplit(self.address)
        status, headers, _ = self.ask(f"/?{parts.query}", Cookie="")
        assert status == 200
        self.cookie = headers["set-cookie"].partition(";")[0]

    def read(self, path: str) -> dict[str, Any]:
        """The object that an address answers with."""
        status, _, body = self.ask(path)
        assert status == 200, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    def say(self, path: str, status: int = 200, **sent: object) -> dict[str, Any]:
        """Send an object to an address, which must answer with ``status``; the object of the answer."""
        got, _, body = self.post(path, json.dumps(sent))
        assert got == status, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    def correct(self, *faces: dict[str, object], **said: object) -> dict[str, Any]:
        """Say something of faces as they were ``seen``; the response."""
        return self.say("/api/corrections", faces=faces, **said)

    def undo(self, corrections: Sequence[int], *faces: int) -> dict[str, Any]:
        """Take corrections back; the response, with these faces."""
        return self.say("/api/undo", corrections=corrections, faces=faces)

    def post(self, path: str, body: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send what the page would."""
        return self.ask(path, "POST", body, **{"Origin": self.origin, "Content_Type": "application/json"} | headers)


@contextmanager
def serve(catalog: Path, cache: Path, *options: str) -> Iterator[Site]:
    """``photogender review`` in a process of its own, logged in, ended with Ctrl-C."""
    command = [sys.executable, "-m", "photogender", "review", "--catalog", str(catalog), "--no-browser", *options]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        if not address:
            raise AssertionError(process.communicate()[1])
        site = Site(address, process)
        site.log_in()
        yield site
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
