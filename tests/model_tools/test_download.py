"""Downloads from a server that behaves, and from servers that do not."""

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from photogender.errors import ModelError
from photogender.model_tools.download import download
from tests.support.http_files import Served, Server, serve

DATA = random.Random(1).randbytes(1_000_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def fetch(url: str, target: Path, *, size: int | None = len(DATA), timeout: float = 10) -> list[tuple[int, int | None]]:
    """Download; what was told of the progress."""
    told: list[tuple[int, int | None]] = []
    download(
        url, target, sha256=SHA256, size=size, progress=lambda done, all_: told.append((done, all_)), timeout=timeout
    )
    assert target.read_bytes() == DATA
    assert os.listdir(target.parent) == [target.name]
    return told


def left(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_arrives_whole_and_says_how_far_it_is(server: Server, tmp_path: Path) -> None:
    served = Served(DATA)
    told = fetch(server.add("x.onnx", served), tmp_path / "x.onnx")
    assert told[0] == (0, len(DATA))
    assert told[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert served.requests[0]["User-Agent"].startswith("photogender/")
    assert "Range" not in served.requests[0]


@pytest.mark.parametrize("size", [None, len(DATA)])
def test_the_length_need_not_be_known(server: Server, tmp_path: Path, size: int | None) -> None:
    told = fetch(server.add("x.onnx", Served(DATA, chunked=True)), tmp_path / "x.onnx", size=size)
    assert told[-1] == (len(DATA), size)


def test_a_redirect_is_followed_and_the_range_goes_with_it(server: Server, tmp_path: Path) -> None:
    served = Served(DATA, stop_after=400_000)
    server.add("there", served)
    server.redirects["/here"] = f"{server.address}/there"
    with pytest.raises(ModelError, match="ended early"):
        fetch(f"{server.address}/here", tmp_path / "x.onnx")
    served.stop_after = None
    fetch(f"{server.address}/here", tmp_path / "x.onnx")
    assert served.requests[1]["Range"] == "bytes=400000-"


@pytest.mark.parametrize("scheme", ["file", "ftp"])
def test_neither_an_address_nor_a_redirect_leads_to_the_machines_own_files(
    server: Server, tmp_path: Path, scheme: str
) -> None:
    (tmp_path / "secret").write_bytes(DATA)
    (tmp_path / "to").mkdir()
    secret = f"{scheme}://{tmp_path / 'secret'}"
    with pytest.raises(ModelError, match=f"unknown url type: {scheme}"):
        fetch(secret, tmp_path / "to" / "x.onnx")
    server.redirects["/here"] = secret
    with pytest.raises(ModelError):
        fetch(f"{server.address}/here", tmp_path / "to" / "x.onnx")
    assert left(tmp_path / "to") == {}


def test_what_is_not_there_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"404 Not Found.\n.*no longer there"):
        fetch(f"{server.address}/x.onnx", tmp_path / "x.onnx")
    assert left(tmp_path) == {}


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match="Connection refused"):
        fetch(f"http://127.0.0.1:{port}/x.onnx", tmp_path / "x.onnx")
    with pytest.raises(ModelError, match="cannot be downloaded"):
        fetch("http://no-such-host.invalid/x.onnx", tmp_path / "x.onnx")
    with pytest.raises(ModelError, match="cannot be downloaded"):
        fetch("http:///x.onnx", tmp_path / "x.onnx")
    assert left(tmp_path) == {}


def test_a_silent_server_is_given_up(server: Server, tmp_path: Path) -> None:
    url = server.add("x.onnx", Served(DATA, hang_after=1000))
    begin = time.monotonic()
    with pytest.raises(ModelError, match=r"sent nothing for 0.2 seconds"):
        fetch(url, tmp_path / "x.onnx", timeout=0.2)
    assert time.monotonic() - begin < 5
    assert left(tmp_path) == {"x.onnx.part": DATA[:1000], "x.onnx.part-etag": b'"1"'}


def test_a_server_that_accepts_and_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ModelError, match=r"sent nothing for 0.2 seconds"):
            fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", tmp_path / "x.onnx", timeout=0.2)


def test_what_broke_off_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    served = Served(DATA, stop_after=300_001)
    url = server.add("x.onnx", served)
    with pytest.raises(ModelError, match=r"got 300,001 of 1,000,000 bytes.\n.*resumes where it stopped"):
        fetch(url, tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()
    served.stop_after = 300_000
    with pytest.raises(ModelError, match=r"600,001 of 1,000,000"):
        fetch(url, tmp_path / "x.onnx")
    served.stop_after = None
    told = fetch(url, tmp_path / "x.onnx")
    assert told[0] == (600_001, len(DATA))
    assert [request.get("Range") for request in served.requests] == [None, "bytes=300001-", "bytes=600001-"]
    assert served.requests[1]["If-Range"] == '"1"'


@pytest.mark.parametrize(
    ("later", "asked"),
    [
        ({"ranges": False}, [None, "bytes=300000-"]),
        ({"etag": '"2"'}, [None, "bytes=300000-"]),
        ({"wrong_range": True}, [None, "bytes=300000-", None]),
    ],
    ids=["a server without ranges", "another version", "another range than was asked for"],
)
def test_what_cannot_go_on_begins_again(
    server: Server, tmp_path: Path, later: dict[str, object], asked: list[str | None]
) -> None:
    served = Served(bytes(len(DATA)), stop_after=300_000)
    url = server.add("x.onnx", served)
    with pytest.raises(ModelError, match="ended early"):
        fetch(url, tmp_path / "x.onnx")
    served.data, served.stop_after = DATA, None
    for name, value in later.items():
        setattr(served, name, value)
    told = fetch(url, tmp_path / "x.onnx")
    assert told[0] == (0, len(DATA))
    assert [request.get("Range") for request in served.requests] == asked


@pytest.mark.parametrize("etag", ["", 'W/"1"'])
def test_without_a_strong_etag_it_begins_again(server: Server, tmp_path: Path, etag: str) -> None:
    served = Served(DATA, stop_after=300_000, etag=etag)
    url = server.add("x.onnx", served)
    with pytest.raises(ModelError, match="ended early"):
        fetch(url, tmp_path / "x.onnx")
    served.stop_after = None
    fetch(url, tmp_path / "x.onnx")
    assert "Range" not in served.requests[1]


def test_a_rest_that_the_server_does_not_have_begins_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.onnx.part").write_bytes(bytes(len(DATA) + 5))
    (tmp_path / "x.onnx.part-etag").write_text('"1"')
    served = Served(DATA)
    fetch(server.add("x.onnx", served), tmp_path / "x.onnx", size=None)
    assert [request.get("Range") for request in served.requests] == ["bytes=1000005-", None]


def test_a_part_that_is_whole_is_only_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.onnx.part").write_bytes(DATA)
    (tmp_path / "x.onnx.part-etag").write_text('"1"')
    fetch(f"{server.address}/gone", tmp_path / "x.onnx")


def test_another_file_is_refused_and_nothing_stays(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"before")
    other = server.add("other", Served(bytes(len(DATA))))
    with pytest.raises(ModelError, match=f"expected {SHA256[:12]}"):
        fetch(other, tmp_path / "x.onnx")
    longer = server.add("longer", Served(DATA + b"x"))
    with pytest.raises(ModelError, match="has 1,000,001 bytes, expected 1,000,000"):
        fetch(longer, tmp_path / "x.onnx")
    endless = server.add("endless", Served(DATA * 3, chunked=True))
    with pytest.raises(ModelError, match="sends more than the expected 1,000,000 bytes"):
        fetch(endless, tmp_path / "x.onnx")
    assert left(tmp_path) == {"x.onnx": b"before"}


def test_a_full_disk_is_seen_before_it_is_filled(server: Server, tmp_path: Path) -> None:
    url = server.add("x.onnx", Served(DATA, claims=1 << 60))
    with pytest.raises(ModelError, match=r"too full: 1,152,921,504,607 MB are needed.*\nFree some space"):
        fetch(url, tmp_path / "x.onnx", size=1 << 60)
    assert left(tmp_path) == {}


PROGRAM = """
import resource, sys
from pathlib import Path
from photogender.model_tools.download import download
from photogender.errors import ModelError
url, target, limit, sha256 = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    download(url, Path(target), sha256=sha256, size=None, progress=lambda done, total: print(done, flush=True))
except ModelError as error:
    sys.exit(str(error))
"""


def test_a_disk_that_fills_up_is_a_sentence_and_given_back(server: Server, tmp_path: Path) -> None:
    url = server.add("x.onnx", Served(DATA))
    target = tmp_path / "x.onnx"
    command = [sys.executable, "-c", PROGRAM, url, str(target), "300000", SHA256]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{target} cannot be written: File too large.\nFree some space")
    assert left(tmp_path) == {}


def test_ctrl_c_keeps_what_came_and_the_next_call_goes_on(server: Server, tmp_path: Path) -> None:
    served = Served(DATA, hang_after=500_000)
    url = server.add("x.onnx", served)
    target = tmp_path / "x.onnx"
    command = [sys.executable, "-c", PROGRAM, url, str(target), "0", SHA256]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    while process.stdout.readline() != "500000\n":
        pass
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate()[1]
    assert left(tmp_path) == {"x.onnx.part": DATA[:500_000], "x.onnx.part-etag": b'"1"'}
    served.hang_after = None
    assert fetch(url, target)[0] == (500_000, len(DATA))
