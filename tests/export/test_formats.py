"""What export writes: that other programs read it, and that a file is whole or not there."""

import csv
import errno
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from photogender.catalog.catalog import Cells, Row
from photogender.catalog.sqlite.views import FACE_COLUMNS, PHOTO_COLUMNS
from photogender.cli import main
from photogender.errors import PhotogenderError
from photogender.export.formats import write_csv, write_json, write_ndjson, write_parquet, write_paths
from photogender.labels import NOTICE
from photogender.output import output
from photogender.text import as_utf8
from tests.support.library import ODD, build_corrected

ISSUE_COLUMNS = (
    "path,face_id,x1,y1,x2,y2,gender,gender_confidence,age,age_group,age_confidence,detector_score,model".split(",")
)
FORMATS = ("csv", "json", "ndjson", "parquet")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_corrected(tmp_path_factory.mktemp("library") / "catalog.db")


def run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["export", *args, "--catalog", str(path)], catch_exceptions=False)


def read(form: str, data: bytes) -> list[Row]:
    """The rows of a file, as the usual programs read them."""
    stream = io.BytesIO(data)
    match form:
        case "csv":
            frame = pd.read_csv(stream)
        case "parquet":
            frame = pq.read_table(stream).to_pandas()
            bytes_of = dict(zip(frame["path"], frame.pop("path_bytes"), strict=True))
            assert bytes_of == {path: os.fsencode(ODD) if "\\xe9" in path else None for path in frame["path"]}
        case "json":
            return json.loads(data)
        case _:
            return [json.loads(line) for line in data.splitlines()]
    return [{name: None if pd.isna(cell) else cell for name, cell in row.items()} for row in frame.to_dict("records")]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_the_same_of_each_face(path: Path, form: str, tmp_path: Path) -> None:
    target = tmp_path / f"tags.{form}"
    result = run(path, form, "--out", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"8 faces in 5 photos written to {target}. {NOTICE}\n"
    rows = read(form, target.read_bytes())
    assert list(rows[0])[:13] == ISSUE_COLUMNS
    assert tuple(rows[0]) == FACE_COLUMNS
    assert [row["face_id"] for row in rows] == [8, 1, 2, 3, 4, 5, 6, 7]
    camera = "=cmd|' /C calc'!A1"
    expected = [
        "/p/2019/sub/b.jpg", 3, 10, 20, 50, 70, "male", 0.8, 40.9, "38-43", 0.3, 0.95, "compact",
        "centerface", False, None, "2020-12-31T23:59:59", f"'{camera}" if form == "csv" else camera, 640, 480,
        None, None, "estimate", "estimate", "male", 40.9, 0, None,
    ]  # fmt: skip
    assert list(rows[3].values()) == expected
    corrected = rows[6]
    assert (corrected["gender"], corrected["age"], corrected["age_group"]) == ("female", 33, "25-32")
    assert corrected["reviewed"] in (True, "true")
    assert rows[7]["path"] == ODD.replace("\udce9", r"\xe9")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_counts_per_photo(path: Path, form: str) -> None:
    result = run(path, form, "--per", "photo")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = read(form, result.stdout_bytes)
    assert tuple(rows[0]) == PHOTO_COLUMNS
    assert list(rows[4].values())[:12] == ["/p/2020/crowd.jpg", 3, 3, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    assert len(rows) == 6


@pytest.mark.parametrize("form", FORMATS)
def test_no_rows_are_still_a_file(path: Path, form: str) -> None:
    data = run(path, form, "--age", "120+").stdout_bytes
    assert read(form, data) == []
    if form == "csv":
        assert data == ",".join(FACE_COLUMNS).encode() + b"\r\n"
    if form == "parquet":
        assert pq.read_table(io.BytesIO(data)).column_names == [*FACE_COLUMNS, "path_bytes"]


def test_filters_reach_the_export(path: Path) -> None:
    rows = read("ndjson", run(path, "ndjson", "--gender", "male", "--folder", "/p/2019").stdout_bytes)
    assert [row["face_id"] for row in rows] == [2, 3]


def test_parquet_has_types_and_the_notice(path: Path) -> None:
    table = pq.read_table(io.BytesIO(run(path, "parquet").stdout_bytes))
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["path"], types["face_id"], types["age"], types["reviewed"]) == ("string", "int64", "double", "bool")
    assert table.schema.metadata[b"notice"] == NOTICE.encode()


def test_csv_escapes_the_bytes_of_a_name_and_quotes_it(path: Path) -> None:
    data = run(path, "csv").stdout_bytes
    assert b'"' + ODD.replace("\udce9", r"\xe9").replace('"', '""').encode() + b'",7,' in data
    assert data.count(b"\r\n") == 9


# Cells, whatever they hold

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@\t\r\n'\", ＝\udce9\udcff"), max_size=9)


def taken_off(cell: str) -> str:
    """What ``--help`` says: take the apostrophe off where it stands before what a spreadsheet would run."""
    rest = cell.lstrip("'")
    runs = rest.lstrip()[:1] in tuple("=+-@＝＋－＠") or rest[:1] in ("\t", "\r", "\n")
    return cell[1:] if cell.startswith("'") and rest and runs else cell


@given(st.lists(st.tuples(TEXT, st.none() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False))))
def test_csv_round_trip(cells: list[tuple[str, int | float | None]]) -> None:
    stream = io.BytesIO()
    write_csv(("text", "number"), cells, stream)
    text = stream.getvalue().decode()
    _, *rows = csv.reader(io.StringIO(text, newline=""))
    assert [(taken_off(text), number) for text, number in rows] == [
        (as_utf8(text), "" if number is None else str(number)) for text, number in cells
    ]
    assert not any(text.lstrip()[:1] in tuple("=+-@＝＋－＠") or text[:1] in ("\t", "\r", "\n") for text, _ in rows)


@given(st.lists(TEXT))
def test_json_round_trip(texts: list[str]) -> None:
    rows = [(text,) for text in texts]
    array, lines = io.BytesIO(), io.BytesIO()
    write_json(("text",), rows, array)
    write_ndjson(("text",), rows, lines)
    expected = [{"text": as_utf8(text)} for text in texts]
    assert json.loads(array.getvalue().decode()) == expected
    assert [json.loads(line) for line in lines.getvalue().decode().split("\n")[:-1]] == expected


def test_json_is_readable_as_it_is() -> None:
    stream = io.BytesIO()
    write_ndjson(("text",), [("Zoë 😀",)], stream)
    assert stream.getvalue() == '{"text": "Zoë 😀"}\n'.encode()


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, "-5"), (-0.5, "-0.5"), (1e-9, "1e-09"), (None, ""), (True, "true"), ("-5", "'-5"), ("=1", "'=1"),
        ("'=1", "''=1"), ("'a", "'a"), (" =1", "' =1"), ("＝1", "'＝1"), ("@x", "'@x"), ("a=1", "a=1"), ("60-", "60-"),
    ],
)  # fmt: skip
def test_only_text_is_neutralised(value: object, cell: str) -> None:
    stream = io.BytesIO()
    write_csv(("a", "b"), [(value, 0)], stream)
    assert stream.getvalue().decode() == f"a,b\r\n{cell},0\r\n"


def test_paths_come_once_each() -> None:
    stream = io.BytesIO()
    write_paths(["/a", "/a", ODD], stream, b"\0")
    assert stream.getvalue() == b"/a\0" + os.fsencode(ODD) + b"\0"


def test_parquet_is_written_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photogender.export.formats._ROW_GROUP", 10)
    held: list[int] = []
    stream = io.BytesIO()

    def rows() -> Iterator[Cells]:
        for number in range(25):
            held.append(number)
            yield f"/{number}", number

    write_parquet(("path", "face_id"), rows(), stream)
    file = pq.ParquetFile(stream)
    assert [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)] == [10, 10, 5]


@pytest.mark.parametrize("package", ["pyarrow", "pyarrow.parquet"])
def test_without_pyarrow_it_says_what_to_install(path: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    result = run(path, "parquet")
    assert (result.exit_code, result.stdout_bytes) == (1, b"")
    assert "pip install 'photogender[parquet]'" in result.stderr


# Whole or not at all


@pytest.mark.parametrize("failure", [RuntimeError(), KeyboardInterrupt(), PhotogenderError("x")])
def test_a_failure_midway_leaves_the_old_file(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "tags.csv"
    target.write_text("old")

    def fail() -> None:
        with output(str(target)) as stream:
            stream.write(b"half")
            stream.flush()
            assert len(list(tmp_path.iterdir())) == 2
            assert target.read_text() == "old"
            raise failure

    with pytest.raises(type(failure)):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("form", FORMATS)
def test_rows_that_fail_leave_the_old_file(
    path: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> Iterator[Cells]:
        yield (None,) * len(FACE_COLUMNS)
        raise PhotogenderError("The drive is gone.")

    monkeypatch.setattr("photogender.catalog.queries.questions.tags", failing)
    target = tmp_path / "tags"
    target.write_text("old")
    result = run(path, form, "--out", str(target))
    assert (result.exit_code, result.stderr) == (1, "Error: The drive is gone.\n")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("nowhere/tags.csv", "No such file or directory"),
        ("file/tags.csv", "Not a directory"),
        ("folder", "Is a directory"),
    ],
)
def test_a_place_that_cannot_be_written_is_a_sentence(path: Path, tmp_path: Path, out: str, sentence: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    target = os.path.join(tmp_path, out)
    result = run(path, "csv", "--out", target)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {target} cannot be written: {sentence}")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_a_sentence(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "tags.csv"
    target.write_text("old")
    tmp_path.chmod(0o555)
    result = run(path, "csv", "--out", str(target))
    tmp_path.chmod(0o755)
    assert result.exit_code == 1
    assert "Permission denied" in result.stderr
    assert target.read_text() == "old"


def test_no_space_left_is_a_sentence(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by --out /dev/full: a broken build that root runs would put a file in the device's place.
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    target = tmp_path / "tags.csv"
    target.write_text("old")
    result = run(path, "csv", "--out", str(target))
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {target} cannot be written: No space left on device.\nFree some space, or choose another disk.\n"
    )
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_fills_up_leaves_the_old_file(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "tags.csv"
    target.write_text("old")
    script = f"ulimit -f 0; exec {sys.executable} -m photogender export csv --out {target} --catalog {path}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {target} cannot be written: File too large.")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_has_usual_permissions_and_an_old_one_keeps_its_own(path: Path, tmp_path: Path) -> None:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    old.write_text("old")
    old.chmod(0o640)
    umask = os.umask(0o022)
    try:
        run(path, "csv", "--out", str(new))
        run(path, "csv", "--out", str(old))
    finally:
        os.umask(umask)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (new, old)] == [0o644, 0o640]
    assert new.read_bytes() == old.read_bytes()


def test_a_pipe_is_written_to_and_stays_a_pipe(path: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        try:
            assert run(path, "csv", "--out", str(pipe)).exit_code == 0
            assert stat.S_ISFIFO(pipe.stat().st_mode)
            assert reader.stdout is not None
            assert reader.stdout.read().startswith(b"path,")
        finally:
            reader.kill()


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "tags.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    assert run(path, "csv", "--out", str(link)).exit_code == 0
    assert link.is_symlink()
    assert target.read_bytes().startswith(b"path,")


def test_the_catalog_is_not_overwritten(path: Path) -> None:
    before = path.read_bytes()
    result = run(path, "csv", "--out", str(path))
    assert result.exit_code == 2
    assert path.read_bytes() == before


def test_export_does_not_hold_the_rows(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from photogender.export.formats import WRITERS\n"
        "from photogender.catalog.sqlite.views import FACE_COLUMNS\n"
        "rows = lambda n: (('/x' * 200, *[1.5] * (len(FACE_COLUMNS) - 1)) for _ in range(n))\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "out = open('/dev/null', 'wb')\n"
        "for form in ('csv', 'json', 'ndjson'):\n"
        "    WRITERS[form].write(FACE_COLUMNS, rows(10), out)\n"
        "    before = peak()\n"
        "    WRITERS[form].write(FACE_COLUMNS, rows(20_000), out)\n"
        "    assert peak() - before < 4_000, (form, peak() - before)  # KB; the rows are 25 MB\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
