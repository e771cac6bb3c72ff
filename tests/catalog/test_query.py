"""Filters, the tables people see, free SQL, and ``show``."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from photogender.catalog.catalog import Catalog
from photogender.catalog.columns import FACE_COLUMNS, PHOTO_COLUMNS
from photogender.catalog.filters import Filters
from photogender.catalog.questions import photos, tags
from photogender.cli import main
from photogender.cli.filters import filter_options
from photogender.cli.table import write_table
from photogender.cli.types import DateRange, NumberRange
from photogender.labels import AGE_GROUPS
from tests.support.library import LIBRARY, ODD, build, face, tagged

LATIN_FOLDER = "/p/\udce9t\udce9"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "catalog.db"
    more = [
        tagged(f"{LATIN_FOLDER}/a.jpg", [face("female", 50)], "2022-06-01T00:00:00"),
        tagged(f"{LATIN_FOLDER}/b/a.jpg", [face("female", 50)], "2022-06-01T00:00:00"),
    ]
    build(path, [*LIBRARY, *more])
    with Catalog(path, mode="write") as catalog:
        catalog.correct([6], gender="female", age=33, author="me")
        catalog.correct([8], author="me")
    return path


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with Catalog(path) as catalog:
        yield catalog


BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""An environment in which stdout still holds bytes when writing them fails, as it usually does."""


def run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--catalog", str(path)], catch_exceptions=False)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [8, 1, 2, 3, 4, 5, 6, 7, 9, 10]),  # text before bytes, then by path
        ({"gender": "male"}, [8, 2, 3]),  # face 6 was corrected
        ({"gender": "female", "faces": (3, 3)}, [4, 5, 6]),
        ({"age": (30, 40)}, [1, 3, 6]),  # 40.9 is still 40
        ({"age": (30, 39)}, [1, 6]),
        ({"age": (41, None)}, [8, 5, 9, 10]),
        ({"age": (0, 1)}, []),  # face 6 was 1.5 before it was corrected
        ({"age_group": "25-32"}, [1, 6]),
        ({"gender": "male", "min_confidence": 0.8}, [8]),  # 3 is sure of its gender only
        ({"gender": "male", "min_confidence": 0.3}, [8, 2, 3]),
        ({"age_group": "38-43", "min_confidence": 0.5}, []),
        ({"age": (20, 40), "min_confidence": 0.7}, [6]),  # a correction is sure
        ({"min_confidence": 0.55}, [8, 1, 2, 4, 5, 6, 7, 9, 10]),  # 3 is sure of its gender, not of its age
        ({"min_confidence": 0.65}, [8, 6]),  # 8 was confirmed, which is as sure as a correction
        ({"reviewed": True}, [8, 6]),
        ({"reviewed": True, "not_reviewed": True}, []),
        ({"model": "compact", "gender": "male"}, [8, 2, 3]),
        ({"model": "other"}, []),
        ({"not_reviewed": True, "faces": (1, 3), "age": (60, None)}, [5]),
        ({"folder": "/p/2019"}, [1, 2, 3]),  # not 2019_, which LIKE would take
        ({"folder": "/p/20%9"}, [8]),
        ({"folder": "/p/2019/"}, [1, 2, 3]),
        ({"folder": "/"}, [8, 1, 2, 3, 4, 5, 6, 7, 9, 10]),
        ({"folder": "/p/odd"}, [7]),
        ({"folder": LATIN_FOLDER}, [9, 10]),
        ({"folder": f"{LATIN_FOLDER}/b"}, [10]),
        ({"folder": "/p/201"}, []),
        ({"taken": ("2019", "2019")}, [1, 2]),
        ({"taken": ("2019-05-01", "2019-05-01")}, [1, 2]),
        ({"taken": ("2019", "2020")}, [1, 2, 3]),  # to the last second of 2020
        ({"taken": (None, "2019-04")}, [7]),
        ({"taken": ("2019-06", None)}, [3, 9, 10]),
        ({"faces": (0, 0)}, []),
        ({"faces": (2, None)}, [1, 2, 4, 5, 6]),
    ],
)
def test_tags_match_what_is_asked(catalog: Catalog, filters: dict[str, Any], ids: list[int]) -> None:
    found = list(tags(catalog, Filters(**filters)))
    assert [row["face_id"] for row in found] == ids
    assert all(tuple(row) == FACE_COLUMNS for row in found)


def test_a_correction_wins(catalog: Catalog) -> None:
    (row,) = [row for row in tags(catalog, Filters()) if row["face_id"] == 6]
    assert (row["gender"], row["age"], row["age_group"]) == ("female", 33, "25-32")
    assert (row["gender_confidence"], row["age_confidence"], row["reviewed"]) == (1, 1, True)


def test_photos_count_all_their_faces(catalog: Catalog) -> None:
    found = {row["path"]: row for row in photos(catalog, Filters())}
    assert list(found) == [
        "/p/20%9/c.jpg",
        "/p/2019/a.jpg",
        "/p/2019/sub/b.jpg",
        "/p/2019_/none.jpg",
        "/p/2020/crowd.jpg",
        ODD,
        f"{LATIN_FOLDER}/a.jpg",
        f"{LATIN_FOLDER}/b/a.jpg",
    ]
    crowd = found["/p/2020/crowd.jpg"]
    assert tuple(crowd) == PHOTO_COLUMNS
    assert list(crowd.values())[1:12] == [3, 3, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    none = found["/p/2019_/none.jpg"]
    assert list(none.values())[1:] == [0] * 11 + ["2021-01-01T00:00:00", "Canon EOS", 640, 480]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"faces": (0, 0)}, ["none.jpg"]),
        ({"faces": (0, 1), "taken": ("2020-12-31", "2021")}, ["b.jpg", "none.jpg"]),
        ({"gender": "male"}, ["c.jpg", "a.jpg", "b.jpg"]),
        ({"gender": "male", "folder": "/p/2019"}, ["a.jpg", "b.jpg"]),
        ({"gender": "male", "age": (20, 35)}, []),  # one face must meet both
    ],
)
def test_photos_match_by_any_one_face(catalog: Catalog, filters: dict[str, Any], names: list[str]) -> None:
    assert [os.path.basename(str(row["path"])) for row in photos(catalog, Filters(**filters))] == names


SPAN = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted)


@given(SPAN)
def test_number_ranges_come_back(span: list[int]) -> None:
    low, high = span
    convert = NumberRange().convert
    assert convert(f"{low}-{high}", None, None) == (low, high)
    assert convert(f"{low}+", None, None) == convert(f"{low}-", None, None) == (low, None)
    assert convert(f"-{high}", None, None) == (0, high)
    assert convert(str(low), None, None) == (low, low)


@pytest.mark.parametrize("text", ["", "-", "+", "a", "20-10", "1-2-3", "+5", "2.5", "5+6", "٣", "9" * 30, "20 40"])
def test_what_is_no_number_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        NumberRange().convert(text, None, None)


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_date_ranges_come_back(one: date, two: date, exact: int, other: int) -> None:
    first, last = (str(day)[:size] for day, size in zip(sorted([one, two]), (exact, other), strict=True))
    convert = DateRange().convert
    assert convert(f"{first}..{last}", None, None) == (first, last)
    assert convert(first, None, None) == (first, first)
    assert convert(f"{first}..", None, None) == (first, None)
    assert convert(f"..{last}", None, None) == (None, last)


@pytest.mark.parametrize(
    "text",
    ["", "..", "19", "2019-13", "2019-02-30", "2019-5", "2021..2019", "2019-2021", "2019..2020..2021", "yesterday"],
)
def test_what_is_no_date_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        DateRange().convert(text, None, None)


@given(st.text(max_size=12))
def test_ranges_refuse_politely_or_are_in_order(text: str) -> None:
    for kind in (NumberRange(), DateRange()):
        try:
            low, high = kind.convert(text, None, None)
        except click.BadParameter:
            continue
        assert low is None or high is None or low[: len(str(high))] <= high if isinstance(low, str) else True


def test_the_options_are_the_fields_of_filters() -> None:
    command = click.command()(filter_options(lambda **_: None))
    assert [option.name for option in command.params] == [
        "gender", "age", "age_group", "min_confidence", "not_reviewed", "reviewed", "model", "name", "folder",
        "taken", "faces",
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


def table(rows: list[list[object]], width: int | None) -> list[str]:
    stream = io.BytesIO()
    write_table([f"title{number}" for number in range(len(rows[0]))], rows, stream, width)
    return stream.getvalue().decode().splitlines()


NAME = "/home/maria/Bilder/夏天/" + "Sommer " * 30 + "/IMG_2019 照片.jpg"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_is_no_wider_than_the_terminal(width: int) -> None:
    lines = table([[1, NAME, "female  97%"], [23456, ODD, None], [7, "/p/照片.jpg", "words " * 40]], width)
    assert len(lines) == 4
    assert max(map(cell_len, lines)) <= width
    assert lines[1].startswith("     1  …")
    assert "照片.jpg  female" in lines[1]  # of a path the end says most
    assert "words" in lines[3]
    assert lines[3].endswith("…")


def test_a_table_that_goes_to_a_file_is_not_shortened() -> None:
    lines = table([[1, "/p", None]] * 1000 + [[1, NAME, None]], None)
    assert lines[1] == "     1  /p"
    assert lines[-1] == f"     1  {NAME}"  # the columns were measured on the first rows


def test_too_many_columns_stand_below_each_other() -> None:
    lines = table([[f"value {number}" for number in range(15)]], 80)
    assert lines[:2] == [" title0  value 0", " title1  value 1"]
    assert len(lines) == 16


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


# Free SQL

LEVEL = ", t{0} AS (SELECT x.id FROM t{1} x JOIN t{1} y)"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO corrections (face_id, author, created_at) VALUES (1, 'x', 'x')",
        "UPDATE photos SET camera = 'x'",
        "DELETE FROM faces",
        "DROP VIEW tags",
        "CREATE TEMP TABLE x (y)",
        "WITH x AS (SELECT 1) DELETE FROM faces",
        "ATTACH '{folder}/other.db' AS other",
        "VACUUM INTO '{folder}/other.db'",
        "VACUUM",
        "PRAGMA writable_schema = 1",
        "PRAGMA query_only = 0",
        "PRAGMA journal_mode = DELETE",
        "UPDATE sqlite_master SET sql = 'x'",
        "SELECT load_extension('x')",
        "BEGIN IMMEDIATE",
        "SELECT 1; DELETE FROM faces",
        "SELECT fts3_tokenizer('simple')",
        "SELECT fts3_tokenizer('simple', x'4141414141414141')",
        "SELECT FTS3_Tokenizer('simple')",
        "SELECT * FROM fts3tokenize('simple', 'a b')",
        "SELECT count(*) FROM FTS3Tokenize('simple', 'a b')",
        "SELECT * FROM dbstat",
        "SELECT * FROM pragma_function_list",
        "SELECT sqlite_log(1, 'x')",
        "SELECT length(zeroblob(2000000000))",
        "SELECT hex(zeroblob(800000))",
        "SELECT group_concat(hex(zeroblob(10000))) FROM faces a, faces b, faces c",
        "SELECT {columns}",
        "SELECT 1 WHERE 'a' LIKE '{columns}'",
        "WITH a AS (SELECT * FROM faces), {levels} SELECT count(*) FROM t40",
        "SELECT json_extract('x', '$')",
        "SELECT nothing FROM tags",
        "SELECT ?",
        "SELEC",
        "",
        "-- only a remark",
        "SELECT '\udce9'",
    ],
)
def test_sql_that_does_more_than_read_is_refused(path: Path, sql: str) -> None:
    before = path.read_bytes()
    sql = sql.replace("{folder}", str(path.parent)).replace("{columns}", ",".join("1" * 3000))
    sql = sql.replace("{levels}", "t0 AS (SELECT * FROM a)" + "".join(LEVEL.format(n, n - 1) for n in range(1, 41)))
    result = run(path, "query", "--sql", sql)
    assert result.exit_code == 1
    assert "damaged" not in result.stderr
    assert result.stderr.startswith("Error: ")
    assert not result.stdout
    assert path.read_bytes() == before
    assert not (path.parent / "other.db").exists()


def test_free_sql_reads(path: Path) -> None:
    def rows(sql: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(run(path, "query", "--format", "json", "--sql", sql).stdout)
        return found

    assert rows("SELECT gender, count(*) AS n FROM tags GROUP BY 1") == [
        {"gender": "female", "n": 7},
        {"gender": "male", "n": 3},
    ]
    assert rows("SELECT 1 AS a, 2 AS a, 9e999 AS big") == [{"a": 1, "a_2": 2, "big": None}]
    assert rows("SELECT 1 AS a, 2 AS a_2, 3 AS a, 4 AS a, 5 AS a_2") == [
        {"a": 1, "a_2": 2, "a_3": 3, "a_4": 4, "a_2_2": 5}
    ]
    (wide,) = rows("SELECT " + ", ".join(f"{number} AS a" for number in range(2000)))
    assert list(wide.values()) == list(range(2000))
    assert rows("SELECT upper(group_concat(Gender, '+')) AS g FROM tags WHERE face_id < 3") == [{"g": "FEMALE+MALE"}]
    assert rows("WITH n AS (SELECT 1 UNION ALL SELECT 2) SELECT count(*) AS n FROM n") == [{"n": 2}]
    assert rows("SELECT count(*) AS n FROM (SELECT 1 FROM Tags t, json_each('[1]')), json_tree('1')") == [{"n": 10}]
    assert rows("SELECT json_group_array(round(sqrt(16) ->> '$', 1)) AS j") == [{"j": "[4.0]"}]
    assert rows("SELECT row_number() OVER (ORDER BY face_id DESC) AS n FROM tags LIMIT 1") == [{"n": 1}]
    assert rows("SELECT count(*) AS n FROM json_each('[1, 2]')") == [{"n": 2}]
    assert rows("SELECT count(*) AS n FROM pragma_table_info('photos') WHERE name = 'path'") == [{"n": 1}]
    assert rows("SELECT path || '' AS p FROM tags WHERE face_id = 7") == [{"p": ODD.replace("\udce9", r"\xe9")}]
    assert rows("SELECT path FROM tags WHERE FALSE") == []


def test_sql_that_fails_on_a_later_row_is_a_sentence(path: Path) -> None:
    result = run(path, "query", "--sql", "SELECT abs(CASE face_id WHEN 3 THEN -9223372036854775808 END) FROM tags")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: SQLite cannot run that SQL: integer overflow.")


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(x) AS x FROM n"


def stopped(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """The program after Ctrl-C, one second after it began."""
    command = [sys.executable, "-m", "photogender", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        time.sleep(1)
        assert program.poll() is None, "it ended by itself"
        program.send_signal(signal.SIGINT)
        try:
            stdout, stderr = program.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            program.kill()
            pytest.fail("It did not obey Ctrl-C.")
    return subprocess.CompletedProcess(command, program.returncode, stdout, stderr)


def test_ctrl_c_ends_sql_that_takes_long(path: Path) -> None:
    result = stopped("query", "--catalog", path, "--sql", ENDLESS)
    assert result.returncode == 130
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_ctrl_c_ends_a_question_that_takes_long(path: Path, tmp_path: Path) -> None:
    """Also one of the program itself, as through a view that never ends."""
    program = (
        "from photogender import Catalog\n"
        f"with Catalog({str(path)!r}) as catalog:\n"
        f"    try: list(catalog.rows({ENDLESS!r}))\n"
        "    except KeyboardInterrupt: print('stopped')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "stopped\n"


def test_sql_can_give_paths(path: Path) -> None:
    result = run(path, "query", "--format", "paths", "--sql", "SELECT path FROM photos WHERE skipped_stage IS NOT NULL")
    assert result.stdout == "/p/2019/broken.jpg\n"


def test_a_missing_catalog_is_a_sentence(tmp_path: Path) -> None:
    for command in (["query"], ["export", "csv"], ["stats"], ["show", "x.jpg"]):
        result = run(tmp_path / "none.db", *command)
        assert result.exit_code == 1
        assert "There is no catalog at" in result.stderr


# show


def test_show_lists_a_photo(path: Path) -> None:
    result = run(path, "show", "/p/2019/a.jpg")
    assert result.stdout.splitlines() == [
        "/p/2019/a.jpg",
        "640 × 480 px, JPEG, taken 2019-05-01 12:00:00, 2 faces",
        "face   x1  y1   x2  y2  gender       age  group       score  reviewed  name",
        "   1   10  20   50  70  female  97%   30  25-32  60%   0.95  no",
        "   2  200  20  240  70  male    60%    8  8-12   60%   0.95  no",
    ]


def test_show_says_that_there_is_no_face(path: Path) -> None:
    result = run(path, "show", "/p/2019_/none.jpg")
    assert result.stdout.splitlines()[1].endswith("Canon EOS, no face found")


def test_show_finds_names_that_are_not_utf8(path: Path) -> None:
    result = run(path, "show", ODD)
    assert result.exit_code == 0
    assert "   7  10" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        ("/p/2019/broken.jpg", "was skipped: The file ends too early."),
        ("/p/2019/nope.jpg", "is not in the catalog."),
    ],
)
def test_show_says_why_it_cannot(path: Path, photo: str, sentence: str) -> None:
    result = run(path, "show", photo)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: {photo} {sentence}" in result.stderr
