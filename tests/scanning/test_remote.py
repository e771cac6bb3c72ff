"""Photos in a bucket, on a real server of this machine: scanned, shown, moved, gone and out of reach."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.review.cache import FaceCache
from photogender.review.pictures import Pictures, source_of_face, source_of_photo
from tests.support.photos import make_library, rows

pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'photogender[remote]'")
boto3 = pytest.importorskip("boto3", reason="moto's server is not installed: pip install 'moto[server]'")
pytest.importorskip("moto.server", reason="moto's server is not installed: pip install 'moto[server]'")

FACES = "SELECT path, x1, y1, gender, age, taken, camera, name FROM tags ORDER BY path, x1"
NEVER = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}


class Bucket:
    """The bucket ``photos`` of a server of this test."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._log = folder / "server.log"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(600):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
        self._client = boto3.client("s3", endpoint_url=self.address, **keys)
        self._client.create_bucket(Bucket="photos")

    def put(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket="photos", Key=key, Body=content)

    def rename(self, key: str, new: str) -> None:
        self._client.copy_object(Bucket="photos", CopySource=f"photos/{key}", Key=new)
        self.remove(key)

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket="photos", Key=key)

    def reads(self) -> list[str]:
        """The keys of the objects that were read so far."""
        return re.findall(r'"GET /photos/([^ ?]+) HTTP', self._log.read_text())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    from s3fs import S3FileSystem

    from photogender import source

    made = Bucket(tmp_path)
    for name, value in (NEVER | {"AWS_ENDPOINT_URL": made.address}).items():
        monkeypatch.setenv(name, value)
    source._store.cache_clear()
    S3FileSystem.clear_instance_cache()
    yield made
    made.close()


@pytest.fixture
def library(bucket: Bucket, tmp_path: Path) -> Path:
    """A folder, and the same in the bucket below ``2019/``."""
    library = tmp_path / "library"
    make_library(library, 6)
    shutil.copy2(min(library.rglob("*.jpg")), library / "copy.jpg")
    (library / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (library / "film.mp4").write_bytes(b"not read")
    for path in library.rglob("*.*"):
        bucket.put(f"2019/{path.relative_to(library)}", path.read_bytes())
    return library


def run(catalog: Path, *arguments: object, expect: int = 0) -> Result:
    command = [*map(str, arguments), "--catalog", str(catalog)]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result


def keys(library: Path) -> list[str]:
    return sorted(f"2019/{path.relative_to(library)}" for path in library.rglob("IMG*.jpg"))


@pytest.fixture
def scanned(library: Path, tmp_path: Path) -> Path:
    catalog = tmp_path / "s3.db"
    run(catalog, "scan", "s3://photos/2019/")
    return catalog


def test_the_rows_are_those_of_a_folder(bucket: Bucket, library: Path, scanned: Path, tmp_path: Path) -> None:
    assert sorted(bucket.reads()) == sorted([*keys(library), "2019/broken.jpg", "2019/copy.jpg"]), "each read once"
    plain = tmp_path / "plain.db"
    run(plain, "scan", library)
    expected = [(str(row[0]).replace(str(library), "s3://photos/2019"), *row[1:]) for row in rows(plain, FACES)]
    assert expected
    assert rows(scanned, FACES) == expected
    assert rows(scanned, "SELECT path, skipped_stage FROM photos WHERE skipped_stage IS NOT NULL") == [
        ("s3://photos/2019/broken.jpg", "decode")
    ]
    assert "Scanned 0 photos" in run(scanned, "scan", "s3://photos/2019").stderr
    assert "1 unchanged" in run(scanned, "scan", f"s3://photos/{keys(library)[0]}").stderr
    assert len(bucket.reads()) == 8, "unchanged objects are not read again"


def test_objects_that_were_renamed_or_replaced(bucket: Bucket, library: Path, scanned: Path) -> None:
    first, second, *_ = keys(library)
    face = rows(scanned, f"SELECT min(face_id) FROM tags WHERE path = 's3://photos/{second}'")[0][0]
    run(scanned, "correct", face, "--name", "Ada")
    bucket.rename(second, "2019/new/name.jpg")
    size = (library / first.removeprefix("2019/")).stat().st_size
    bucket.put(first, bytes(size))  # of the same size, so that the ETag tells
    assert "1 moved" in run(scanned, "scan", "s3://photos/2019").stderr
    assert rows(scanned, "SELECT path FROM tags WHERE name = 'Ada'") == [("s3://photos/2019/new/name.jpg",)]
    assert (f"s3://photos/{first}",) in rows(scanned, "SELECT path FROM photos WHERE skipped_stage = 'decode'")


def test_pictures_come_from_the_bucket(scanned: Path, tmp_path: Path) -> None:
    with Catalog(scanned) as catalog:
        face = catalog.fetch("SELECT min(face_id) FROM tags").fetchone()[0]
        of_face = source_of_face(catalog, face)
        assert of_face is not None
        of_photo = source_of_photo(catalog, catalog.fetch("SELECT photo_id FROM tags LIMIT 1").fetchone()[0])
        assert of_photo is not None
    pictures = Pictures(FaceCache(tmp_path / "faces"))
    assert pictures.face(of_face, face).startswith(b"\xff\xd8")
    assert pictures.photo(of_photo).startswith(b"\xff\xd8")
    run(scanned, "report", "--with-crops", tmp_path / "report.html")
    assert "data:image/jpeg" in (tmp_path / "report.html").read_text()
    photo = of_photo.photo.path
    assert "320 × 240 px, JPEG, 1 face" in run(scanned, "show", photo, "--save", tmp_path / "drawn.jpg").stdout
    assert (tmp_path / "drawn.jpg").stat().st_size > 1000
    found = run(scanned, "query", "--folder", "s3://photos/2019/1/", "--format", "paths").stdout.splitlines()
    assert found
    assert all(path.startswith("s3://photos/2019/1/") for path in found)


def test_nothing_is_written_to_a_bucket(scanned: Path) -> None:
    said = run(scanned, "export", "xmp", "--strict", expect=1).stderr
    assert "it is in a store, where nothing is written" in said
    if shutil.which("exiftool"):
        assert "where nothing is written" in run(scanned, "export", "xmp", "--embed", "--strict", expect=1).stderr


def test_gone_is_told_from_out_of_reach(bucket: Bucket, library: Path, scanned: Path) -> None:
    lost = keys(library)[-1]
    bucket.remove(lost)
    assert run(scanned, "prune", "--yes").stdout.split() == [f"s3://photos/{lost}"]
    before = rows(scanned, "SELECT count(*) FROM photos")
    bucket.close()
    said = run(scanned, "scan", "s3://photos/2019", expect=1).stderr
    assert "s3://photos/2019 cannot be reached: " in said
    said = " ".join(run(scanned, "prune", "--yes", expect=1).stderr.split())
    assert "of s3://photos/2019 cannot be seen now" in said
    assert rows(scanned, "SELECT count(*) FROM photos") == before


def test_what_cannot_be_scanned_is_a_sentence(bucket: Bucket, tmp_path: Path) -> None:
    catalog = tmp_path / "c.db"
    assert "s3://photos/none is not there." in run(catalog, "scan", "s3://photos/none", expect=1).stderr
    assert "s3://other is not there." in run(catalog, "scan", "s3://other", expect=1).stderr
    assert "nosuch:// cannot be read" in run(catalog, "scan", "nosuch://x", expect=1).stderr
    assert "cannot be scanned with --ray" in run(catalog, "scan", "s3://photos", "--ray", "local", expect=2).stderr
    assert not os.path.exists(catalog)
