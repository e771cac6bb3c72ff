"""``photogender query``: tables, paths, refusals."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from photogender.catalog.queries.filters import Filters
from photogender.cli import main
from photogender.cli.filters import filter_options
from photogender.labels import AGE_GROUPS
from tests.support.library import ODD, build, build_reviewed, face, tagged


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reviewed(tmp_path_factory.mktemp("library") / "catalog.db")


BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""An environment in which stdout still holds bytes when writing them fails, as it usually does."""


def run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--catalog", str(path)], catch_exceptions=False)


def test_the_options_are_the_fields_of_filters() -> None:
    command = click.command()(filter_options(lambda **_: None))
    assert [option.name for option in command.params] == [
        "gender", "age", "age_group", "min_confidence", "not_reviewed", "reviewed", "model", "name", "folder",
        "taken", "undated", "faces", "with_people", "alone", "people", "person_age", "children", "unnamed",
    ]  # fmt: skip
    assert {option.name for option in command.params} == set(Filters.__dataclass_fields__)
    (group,) = [option for option in command.params if option.name == "age_group"]
    assert isinstance(group.type, click.Choice)
    assert tuple(group.type.choices) == AGE_GROUPS


@pytest.mark.parametrize(
    "args",
    [
        ["--age", "40-30"],
        ["--taken", "2019-13"],
        ["--faces", "some"],
        ["--min-confidence", "1.5"],
        ["--gender", "x"],
        ["--age-group", "3-4"],
        ["--sql", "SELECT 1", "--age", "3"],
        ["--sql", "SELECT 1", "--min-confidence", "0"],
        ["--sql", "SELECT 1", "--format", "paths"],
        ["-0", "--format", "csv"],
    ],
)
def test_nonsense_is_a_usage_error(path: Path, args: list[str]) -> None:
    result = run(path, "query", *args)
    assert result.exit_code == 2
    assert not result.stdout
    assert "Error:" in result.stderr


def test_the_table_is_lines_that_align(path: Path) -> None:
    result = run(path, "query", "--folder", "/p/2019")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "face  photo              gender       age  group       taken       reviewed  name",
        "   1  /p/2019/a.jpg      female  97%   30  25-32  60%  2019-05-01  no",
        "   2  /p/2019/a.jpg      male    60%    8  8-12   60%  2019-05-01  no",
        "   3  /p/2019/sub/b.jpg  male    80%   40  38-43  30%  2020-12-31  no",
    ]
    assert result.stderr == "3 faces in 2 photos\n"


def test_nothing_found_is_fine(path: Path) -> None:
    result = run(path, "query", "--age", "120+")
    assert (result.exit_code, result.stderr) == (0, "0 faces in 0 photos\n")
    assert len(result.stdout.splitlines()) == 1
    assert json.loads(run(path, "query", "--age", "120+", "--format", "json").stdout) == []


def test_odd_names_leave_the_terminal_alone(path: Path) -> None:
    result = run(path, "query", "--folder", "/p/odd")
    _, line = result.stdout.splitlines()
    assert "\x1b" not in line
    assert r"\x1b[31m[bold]\n" in line


def test_faces_zero_asks_for_photos(path: Path) -> None:
    result = run(path, "query", "--faces", "0")
    assert "/p/2019_/none.jpg" in result.stdout
    assert result.stderr == "1 photo\n"


def test_paths_keep_their_bytes_and_come_once(path: Path) -> None:
    result = run(path, "query", "--age", "0-40", "-0")
    photos = result.stdout_bytes.split(b"\0")
    assert photos == [b"/p/2019/a.jpg", b"/p/2019/sub/b.jpg", b"/p/2020/crowd.jpg", os.fsencode(ODD), b""]
    assert not result.stderr


def test_a_relative_folder_is_where_you_are(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    result = run(path, "query", "--folder", "p/2019", "--format", "ndjson")
    assert [json.loads(line)["face_id"] for line in result.stdout.splitlines()] == [1, 2, 3]


def test_a_reader_that_leaves_early_hears_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    build(path, [tagged(f"/p/{number:05}.jpg", [face("male", 30)]) for number in range(3000)])
    command = f"{sys.executable} -m photogender"
    for question in ("query", "query --format csv", "export ndjson", "query --format paths"):
        script = f"{command} {question} --catalog {path} | head -n 1; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, env=BUFFERED, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.count(b"\n") == 1


def test_a_full_disk_is_a_sentence(path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "photogender", "query", "--catalog", path],
            stdout=full,
            env=BUFFERED,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: The output cannot be written: No space left")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_sql_can_give_paths(path: Path) -> None:
    result = run(path, "query", "--format", "paths", "--sql", "SELECT path FROM photos WHERE skipped_stage IS NOT NULL")
    assert result.stdout == "/p/2019/broken.jpg\n"


def test_a_missing_catalog_is_a_sentence(tmp_path: Path) -> None:
    for command in (["query"], ["export", "csv"], ["stats"], ["show", "x.jpg"]):
        result = run(tmp_path / "none.db", *command)
        assert result.exit_code == 1
        assert "There is no catalog at" in result.stderr
