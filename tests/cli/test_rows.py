"""Which rows ``query`` and ``export`` give, in which order, and what they say of filters that name nothing."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from tests.support.library import LIBRARY, build, build_corrected, face, tagged


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_corrected(tmp_path_factory.mktemp("library") / "catalog.db")


def run(path: Path, *args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [*args, "--catalog", str(path)], catch_exceptions=False)
    assert result.exit_code == code, result.stderr
    return result


def values(path: Path, column: str, *args: str) -> list[object]:
    lines = run(path, "query", "--format", "ndjson", *args).stdout.splitlines()
    return [json.loads(line)[column] for line in lines]


def test_rows_are_sorted_by_any_column_ties_by_path_and_empty_values_last(path: Path) -> None:
    assert values(path, "age", "--sort", "age") == [5, 8.2, 19.99, 30.6, 33, 40.9, 62, 112.5]
    assert values(path, "age", "--sort", "age", "--reverse") == [112.5, 62, 40.9, 33, 30.6, 19.99, 8.2, 5]
    assert values(path, "face_id", "--sort", "camera") == [7, 3, 8, 1, 2, 4, 5, 6]
    assert values(path, "face_id", "--sort", "camera", "--reverse")[:2] == [3, 7]
    assert values(path, "face_id", "--reverse") == list(reversed(values(path, "face_id")))
    assert values(path, "faces", "--per", "photo", "--sort", "faces", "--reverse") == [3, 2, 1, 1, 1, 0]


def test_a_limit_is_of_the_sorted_rows(path: Path) -> None:
    assert values(path, "age", "--sort", "age", "--limit", "2") == [5, 8.2]
    assert values(path, "age", "--limit", "0") == []
    result = run(path, "query", "--sort", "age", "--limit", "3")
    assert result.stderr == "3 faces in 3 photos\n"
    assert run(path, "query", "--sort", "age").stderr == "8 faces in 5 photos\n"  # though photos come in turns


def test_columns_in_the_order_given(path: Path) -> None:
    lines = run(path, "query", "--columns", "age,face_id", "--sort", "age", "--limit", "1").stdout.splitlines()
    assert lines == ["age  face_id", "  5        4"]
    rows = list(csv.reader(io.StringIO(run(path, "export", "csv", "--columns", "name,path", "--limit", "1").stdout)))
    assert rows == [["name", "path"], ["", "/p/20%9/c.jpg"]]
    parquet = run(path, "export", "parquet", "--columns", "face_id,age").stdout_bytes
    assert pq.read_table(io.BytesIO(parquet)).column_names == ["face_id", "age"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--columns", "age,ages"], "A face has no column ages. It has: path, face_id"),
        (["--sort", "faces"], "A face has no column faces"),
        (["--sort", "age", "--per", "photo"], "A photo has no column age"),
        (["--seed", "1"], "--seed goes with --random"),
        (["--sql", "SELECT 1", "--limit", "0"], "--sql goes without filters"),
        (["--sql", "SELECT 1", "--sort", "age"], "--sql goes without filters"),
        (["--format", "paths", "--columns", "path"], "goes without --columns"),
    ],
)
def test_what_does_not_go_together_is_refused(path: Path, args: list[str], words: str) -> None:
    assert words in run(path, "query", *args, code=2).stderr


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "catalog.db"
    two = [face("female", 30), face("male", 40, x=100)]
    build(path, [tagged(f"/p/{number:03}.jpg", two if number % 2 else two[:1]) for number in range(200)])
    return path


def test_a_draw_is_repeated_by_its_seed(many: Path) -> None:
    drawn = values(many, "face_id", "--random", "40", "--seed", "7")
    assert len(set(drawn)) == 40
    assert drawn == values(many, "face_id", "--random", "40", "--seed", "7")
    assert drawn != values(many, "face_id", "--random", "40", "--seed", "8")
    assert set(values(many, "face_id", "--random", "9", "--seed", "1", "--gender", "male")) <= set(
        values(many, "face_id", "--gender", "male")
    )
    assert len(values(many, "face_id", "--random", "999")) == 300
    assert len(values(many, "path", "--random", "5", "--per", "photo")) == 5
    assert values(many, "age", "--random", "50", "--sort", "age", "--seed", "3")[0] == 30


def test_every_row_has_the_same_chance(many: Path) -> None:
    often = [0] * 301
    for seed in range(60):
        for face_id in values(many, "face_id", "--random", "100", "--seed", str(seed)):
            often[int(str(face_id))] += 1
    # 60 draws of a third: 20 times each; five standard deviations are 18.
    assert min(often[1:]) >= 2
    assert max(often) <= 38


def test_a_seed_that_was_not_given_is_printed_and_repeats_the_draw(many: Path) -> None:
    first = run(many, "query", "--random", "10", "--columns", "face_id")
    seed = first.stderr.partition("--seed ")[2].split()[0]
    assert first.stdout == run(many, "query", "--random", "10", "--columns", "face_id", "--seed", seed).stdout


def test_a_byte_order_mark_on_request(path: Path, tmp_path: Path) -> None:
    plain = run(path, "export", "csv").stdout_bytes
    assert run(path, "export", "csv", "--bom").stdout_bytes == b"\xef\xbb\xbf" + plain
    run(path, "export", "csv", "--bom", "--out", str(tmp_path / "faces.csv"))
    assert (tmp_path / "faces.csv").read_bytes() == b"\xef\xbb\xbf" + plain
    run(path, "export", "json", "--bom", code=2)


@pytest.mark.parametrize("command", ["query", "stats", "export csv", "report OUT.html", "export xmp --dry-run"])
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--folder", "/p/2018"], "The catalog has no photos in /p/2018."),
        (["--name", "ada"], "No face is named ada. Did you mean Ada L.?"),
        (["--name", "Zaphod"], "No face is named Zaphod."),
        (["--model", "dlib"], "The catalog has no estimates of the model dlib, only of compact."),
    ],
)
def test_a_filter_that_names_nothing_says_so(tmp_path: Path, command: str, args: list[str], words: str) -> None:
    path = tmp_path / "c.db"
    build(path, LIBRARY)
    run(path, "correct", "1", "--name", "Ada L.")
    result = run(path, *command.replace("OUT", str(tmp_path / "out")).split(), *args)
    assert words in result.stderr.splitlines()


def test_an_import_from_a_folder_that_is_not_in_the_catalog_says_so(path: Path) -> None:
    result = run(path, "import", "xmp", "--dry-run", "--folder", "/p/2018")
    assert "The catalog has no photos in /p/2018." in result.stderr.splitlines()


def test_filters_that_name_something_say_nothing_more(path: Path) -> None:
    assert run(path, "query", "--folder", "/p/2019_", "--gender", "male").stderr == "0 faces in 0 photos\n"
    assert "named" not in run(path, "query", "--age", "120+").stderr
