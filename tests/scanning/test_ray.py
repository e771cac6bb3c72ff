"""``scan --ray``: workers on a real Ray cluster of this machine, killed in every way; the rows are a plain scan's."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from photogender.cli import main
from tests.support import ray_cluster
from tests.support.badfiles import make_bad_files
from tests.support.nets import install
from tests.support.photos import CONTENT, face, make_library, rows

pytest.importorskip("ray", reason="Ray is not installed: pip install 'photogender[ray]'")

pytestmark = [pytest.mark.ray, pytest.mark.slow]

IDS = "SELECT path, photo_id, face_id, x1, gender, age, name FROM tags ORDER BY face_id"
PLACES = "SELECT path, root, size, mtime_ns, photo_id FROM places ORDER BY id"
PROGRAM = [sys.executable, "-m", "photogender"]
REPOSITORY = Path(__file__).parents[2]

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

DIES = """
import os, signal, sys
if sys.argv and sys.argv[0].endswith("default_worker.py"):
    def hook(event, args):
        if event == "open" and str(args[0]).endswith("killer.jpg"):
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
"""
"""A worker process is killed when it opens a certain photo, as by a decoder that crashes."""


def plain(catalog: Path, *arguments: object) -> Path:
    result = CliRunner().invoke(main, ["scan", *map(str, arguments), "--catalog", str(catalog), "-q"])
    assert result.exit_code == 0, result.output
    return catalog


def scan(
    catalog: Path, *arguments: object, expect: int = 0, environment: dict[str, str] | None = None, ray: str = "local"
) -> str:
    """Scan with Ray in a process of its own; what it says."""
    command = [*PROGRAM, "scan", *map(str, arguments), "--catalog", str(catalog), "--ray", ray, "--progress", "log"]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment or ENVIRONMENT, timeout=300
    )
    assert result.returncode == expect, result.stderr
    return result.stderr


def start(catalog: Path, *arguments: object, ray: str = "local", environment: dict[str, str] | None = None) -> "Scan":
    command = [*PROGRAM, "scan", *map(str, arguments), "--catalog", str(catalog), "--ray", ray, "--progress", "log"]
    return Scan(
        command, stderr=subprocess.PIPE, text=True, env=environment or ENVIRONMENT, start_new_session=True
    ).until(catalog)


class Scan(subprocess.Popen[str]):
    """A scan that runs."""

    def until(self, catalog: Path, least: int = 20) -> "Scan":
        """Wait until so many photos are in the catalog."""
        for _ in range(1200):
            with suppress(sqlite3.OperationalError):
                if catalog.exists() and rows(catalog, "SELECT count(*) FROM places")[0][0] >= least:  # type: ignore[operator]
                    return self
            assert self.poll() is None, self.communicate()
            time.sleep(0.05)
        raise AssertionError("the scan does not begin")

    def end(self, expect: int = 0) -> str:
        """Wait for the end; what it said."""
        said = self.communicate(timeout=300)[1]
        assert self.returncode == expect, said
        return said


def same(catalog: Path, other: Path) -> None:
    for sql in (CONTENT, IDS, PLACES):
        assert rows(catalog, sql) == rows(other, sql)


def workers(session: int) -> list[int]:
    """The processes that examine photos for a driver: below it, or left over from it."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            stat = (folder / "stat").read_text()
            name = (folder / "cmdline").read_text()
            is_own = int(stat.rpartition(")")[2].split()[3]) == session
            if is_own and "ray::" in name and "Agent" not in name:  # Ray's two agents end a minute after their driver
                found.append(int(folder.name))
    return found


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return make_library(tmp_path / "library", 250)[0].parents[1]


def test_the_rows_are_those_of_a_plain_scan(tmp_path: Path) -> None:
    library = tmp_path / "library"
    paths = make_library(library / "b", 40)
    (library / "bad").mkdir()
    make_bad_files(library / "bad", face())
    for number in range(5):
        shutil.copy2(paths[number], library / "b" / f"copy{number}.jpg")
    os.rename(os.fsencode(paths[7]), os.fsencode(library / "b") + b"/caf\xe9.jpg")
    expected, found = plain(tmp_path / "plain.db", library), tmp_path / "ray.db"
    scan(found, library, "--ray-workers", 3)
    same(found, expected)
    assert "Scanned 0 photos" in scan(found, library)
    (library / "a").mkdir()
    for number, path in enumerate(paths[10:30]):
        path.rename(library / "a" / f"{number}.jpg")
        for copy in range(number % 3):
            shutil.copy2(library / "a" / f"{number}.jpg", library / "b" / f"again{number}-{copy}.jpg")
    plain(expected, library)
    assert "Scanned 0 photos" in scan(found, library)  # all are known
    same(found, expected)


def test_a_photo_that_kills_its_worker_is_one_skip(library: Path, tmp_path: Path) -> None:
    expected, found = plain(tmp_path / "plain.db", library), tmp_path / "ray.db"
    killer = library / "1" / "killer.jpg"
    shutil.copy(make_library(tmp_path / "other", 2, seed=9)[1], killer)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(DIES)
    environment = {**ENVIRONMENT, "PYTHONPATH": f"{tmp_path / 'site'}:{REPOSITORY}"}
    said = scan(found, library, environment=environment)
    assert "its worker process was killed twice" in said
    assert rows(found, "SELECT path, skipped_stage FROM photos WHERE skipped_stage IS NOT NULL") == [
        (str(killer), "decode")
    ]
    without = CONTENT.replace("ORDER BY", "WHERE skipped_stage IS NULL ORDER BY")
    assert rows(found, without) == rows(expected, CONTENT)
    assert "Scanned 1 photo" in scan(found, library, "--retry-skipped")  # here it kills nobody


def test_killed_workers_lose_nothing(library: Path, tmp_path: Path) -> None:
    expected, found = plain(tmp_path / "plain.db", library), tmp_path / "ray.db"
    process = start(found, library, "--ray-workers", 2)
    victims = workers(process.pid)
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    said = process.end()
    lost = re.findall(r"A worker on \S+ was lost \(its process died\): (\d+) photos will be done again", said)
    assert len(lost) == 1
    assert 0 < int(lost[0]) <= 2 * 64
    same(found, expected)
    assert rows(found, "SELECT ended, tagged FROM runs") == [("complete", 250)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_stopped_scan_is_resumed_and_leaves_no_worker(library: Path, tmp_path: Path, number: signal.Signals) -> None:
    expected, found = plain(tmp_path / "plain.db", library), tmp_path / "ray.db"
    process = start(found, library)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    if number == signal.SIGKILL:
        process.end(-number)
    else:
        assert "Stopped. To resume, run the same command again." in process.end(128 + number)
        assert rows(found, "SELECT ended FROM runs") == [("interrupted",)]
    for _ in range(20):
        if not workers(process.pid):
            break
        time.sleep(0.5)
    assert workers(process.pid) == []
    known = rows(found, "SELECT count(*) FROM places")[0][0]
    assert 0 < int(str(known)) < 250
    assert f"{known} unchanged" in scan(found, library)
    same(found, expected)


def test_nothing_answers(library: Path, tmp_path: Path) -> None:
    said = scan(tmp_path / "c.db", library, ray="127.0.0.1:1", expect=1)
    assert "Nothing answers at 127.0.0.1:1: Connection refused." in said


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ray_cluster.Cluster]:
    if reason := ray_cluster.why_not():
        pytest.skip(reason)
    with ray_cluster.cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def test_nodes_that_cannot_work_are_left_out(
    library: Path, tmp_path: Path, cluster: ray_cluster.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, none, other = tmp_path / "models", tmp_path / "none", tmp_path / "other"
    install(own, "mine")
    for folder in (none, other):
        folder.mkdir()
    (other / "sitecustomize.py").write_text("import photogender\nphotogender.__version__ = '0.0.1'\n")
    (tmp_path / "elsewhere" / "0").mkdir(parents=True)
    models = {"PHOTOGENDER_MODELS": str(own)}
    cluster.add(environment=models)
    cluster.add(f"mount -t tmpfs none {library}", models)
    cluster.add(f"mount --bind {tmp_path / 'elsewhere'} {library}", models)
    cluster.add(environment={"PHOTOGENDER_MODELS": str(none)})
    cluster.add(environment=models | {"PYTHONPATH": f"{other}:{REPOSITORY}"})
    environment = cluster.environment | models
    found = tmp_path / "ray.db"
    wrong = environment | {"RAY_AUTH_TOKEN": "f" * 64}
    assert "refuses the token" in scan(found, library, ray=cluster.address, environment=wrong, expect=1)
    said = " ".join(
        scan(found, library, "--model", "mine", ray=cluster.address, environment=environment).split()
    ).replace("- ", "-")
    assert f"Paths of photos go to the Ray cluster at {cluster.address}" in said
    for text in ("sees nothing in", "sees another folder at", "cannot load the models", "has photogender 0.0.1"):
        assert said.count(text) == 1, said
    assert said.count("the scan goes on without it") == 4
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(own))
    same(found, plain(tmp_path / "plain.db", library, "--model", "mine"))


@pytest.mark.parametrize("what", ["killed", "blinded"])
def test_a_node_that_fails_in_the_middle_loses_nothing(
    library: Path, tmp_path: Path, cluster: ray_cluster.Cluster, what: str
) -> None:
    pids = [cluster.add() for _ in range(2)]
    found = tmp_path / "ray.db"
    process = start(found, library, ray=cluster.address, environment=cluster.environment)
    deleted = sorted(library.rglob("*.jpg"))[-1]
    if what == "killed":
        cluster.kill(pids[0])
    else:
        mount = ["mount", "-t", "tmpfs", "none", str(library)]
        subprocess.run(["nsenter", "-t", str(pids[0]), "-m", *mount], check=True)
    deleted.unlink()
    said = process.end(1)  # since one photo was deleted
    assert "1 photo that was counted" in " ".join(said.split())
    if what == "blinded":
        assert said.count("does not see the photos any more") == 1
    same(found, plain(tmp_path / "plain.db", library))


def test_no_node_can_work(library: Path, tmp_path: Path, cluster: ray_cluster.Cluster) -> None:
    found = tmp_path / "ray.db"
    said = scan(found, library, ray=cluster.address, environment=cluster.environment, expect=1)
    assert "No node of the cluster has a CPU for a worker" in said
    cluster.add(f"mount -t tmpfs none {library}")
    said = scan(found, library, ray=cluster.address, environment=cluster.environment, expect=1)
    assert "No node of the cluster can work." in said
