"""Tables in terminals of every width: no number and no id is lost, columns go by their rank."""

import io
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from photogender import Catalog
from photogender.cli.table import Column, write_table
from tests.support.library import ODD, build, face, tagged
from tests.support.terminal import in_terminal

FOLDER = "/home/maria/Pictures/2019/Summer holidays in Brittany"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wide") / "catalog.db"
    faces = [face("female", 34, sure=0.9999), face("male", 7), face("female", 71)]
    build(path, [tagged(f"{FOLDER}/IMG_{number:04}.jpg", faces, "2019-05-01T12:00:00") for number in range(2)])
    with Catalog(path, mode="write") as opened:
        opened.correct([1], author="me", gender="female", age=34, name="Ada Lovelace")
        opened.correct([2], author="me", gender="female", age=8)
    return path


def write(
    columns: list[Column | str], rows: list[list[object]], width: int | None
) -> tuple[list[str], tuple[str, ...]]:
    stream = io.BytesIO()
    hidden = write_table(columns, rows, stream, width)
    return stream.getvalue().decode().splitlines(), hidden


def test_columns_are_left_out_by_their_rank_then_texts_are_shortened_then_rows_become_blocks() -> None:
    columns = [Column("id"), Column("path", least=10), Column("size", rank=1), Column("note", rank=2)]
    rows: list[list[object]] = [[1234567, "/a/long/path/to.jpg", 12, "word word"]]
    assert write(columns, rows, 46) == (
        ["     id  path                 size  note", "1234567  /a/long/path/to.jpg    12  word word"],
        (),
    )
    assert write(columns, rows, 38) == (
        ["     id  path          size  note", "1234567  …path/to.jpg    12  word word"],
        (),
    )
    assert write(columns, rows, 30) == (["     id  path             size", "1234567  …ng/path/to.jpg    12"], ("note",))
    assert write(columns, rows, 20) == (["     id  path", "1234567  …ath/to.jpg"], ("size", "note"))
    lines, hidden = write(columns, rows, 18)
    assert lines == ["  id  1234567", "path  /a/long/path/to.jpg", "size  12", "note  word word", ""]
    assert hidden == ()


def test_numbers_of_later_rows_are_whole() -> None:
    rows: list[list[object]] = [[number, "x" * 60] for number in (*range(600), 12_345_678)]
    lines, _ = write(["id", "text"], rows, 40)
    assert lines[-1].startswith("12345678  ")
    lines, _ = write([Column("id", room=8), "text"], rows, 40)
    assert len({line.index("x") for line in lines[1:]}) == 1


def test_ids_are_whole_and_aligned_beyond_the_rows_that_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    build(path, [tagged(f"/p/{number:05}.jpg", [face("male", 30)]) for number in range(1200)])
    with Catalog(path, mode="write") as opened, opened.transaction():
        opened.fetch("PRAGMA defer_foreign_keys = ON")
        opened.fetch("UPDATE faces SET id = id + 7760000 WHERE id > 600")
        opened.fetch("UPDATE shown SET face_id = face_id + 7760000 WHERE face_id > 600")
    code, text = in_terminal("query", "--catalog", path, columns=60)
    assert code == 0
    lines = [line for line in text.splitlines() if "/p/" in line]
    assert [int(line.split()[0]) for line in lines] == [*range(1, 601), *range(7760601, 7761201)]
    assert len({line.index("/p/") for line in lines}) == 1


def test_query_at_60_80_and_120_columns(catalog: Path) -> None:
    for columns, hidden in ((60, "group, taken, reviewed"), (80, "group"), (140, "")):
        code, text = in_terminal("query", "--catalog", catalog, columns=columns, environment={"NO_COLOR": "1"})
        assert code == 0
        lines, found, narrow = text.partition("6 faces in 2 photos\n")
        assert found
        assert narrow == (f"No room for: {hidden}. A wider terminal shows them.\n" if hidden else "")
        lines = lines.splitlines()
        assert max(map(len, lines)) <= columns
        assert "…" not in re.sub(r"…\S*IMG_000\d\.jpg", "", text)  # nothing but paths is shortened
        assert lines[1].split()[0] == "1"
        assert "IMG_0001.jpg  female  90%   71" in text
    assert "Ada Lovelace" in lines[1]
    assert re.search(r"jpg  female\s+34  25-32\s+2019-05-01  yes       Ada", lines[1])
    assert "female  99%   34" in lines[4]  # which no person said


def test_show_at_60_80_and_120_columns(catalog: Path) -> None:
    boxes = []
    for columns in (60, 80, 120):
        photo = f"{FOLDER}/IMG_0000.jpg"
        code, text = in_terminal("show", photo, "--catalog", catalog, columns=columns, environment={"NO_COLOR": "1"})
        assert code == 0
        assert "…" not in text
        assert text.count("Ada Lovelace") == 1
        boxes.append(re.findall(r"\b(?:10|20|50|70)\b", text))
    assert boxes[0] == boxes[1] == boxes[2]
    assert "score" in text


def test_the_list_of_models_at_60_80_and_120_columns() -> None:
    for columns in (60, 80, 120):
        code, text = in_terminal("models", "list", columns=columns, environment={"NO_COLOR": "1"})
        assert code == 0
        lines = {words[0]: line for line in reversed(text.splitlines()) if (words := line.split())}
        if columns > 60:  # a table for each task, in which a column is of one test set
            assert lines["age-gender"].split()[-3:] == ["UTKFace", "ordinary", "photos"]
            assert "  0.945, 4.51  " in lines["compact"]
            assert "group photos" in lines["detect"]
        assert "0.945, 4.51" in text
        assert "of 1,205" in text


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
