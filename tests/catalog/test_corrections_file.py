"""``corrections export`` and ``import``: everything said comes back, once, also of a damaged catalog."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from photogender import Catalog
from photogender.catalog.said.corrections import State, add
from photogender.catalog.said.history import Entry, merged
from photogender.catalog.said.statement import Statement
from photogender.cli import main
from tests.support.library import LIBRARY, ODD, build, face, tagged
from tests.support.photos import make_library, rows

SAID = (
    "SELECT path, x1, corrections.gender, corrections.age, corrections.age_group, name, not_a_face, author, created_at "
    "FROM corrections JOIN faces ON faces.id = face_id JOIN photos ON photos.id = photo_id "
    "ORDER BY 1, 2, corrections.id"
)
TAGS = "SELECT path, x1, gender, age, age_group, name, reviewed, age_low, gender_confidence FROM tags ORDER BY 1, 2"


def run(*arguments: str | Path, stdin: bytes = b"", expect: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result


def export(path: Path, expect: int = 0) -> list[dict[str, Any]]:
    lines = run("corrections", "export", "-", "--catalog", path, expect=expect).stdout.splitlines()
    return [json.loads(line) for line in lines]


def take_in(path: Path, lines: list[Any], expect: int = 0) -> str:
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return run("corrections", "import", "-", "--catalog", path, stdin=content.encode(), expect=expect).stderr


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalog in which people said a lot."""
    path = tmp_path / "c.db"
    build(path, LIBRARY)
    with Catalog(path, mode="change") as catalog:
        catalog.fetch("UPDATE faces SET age_group = '38-43' WHERE id = 1")  # a model's own group
        catalog.correct([1, 2, 7], author="Zoë", name="Ada")
        catalog.correct([1], author="me")
        catalog.correct([2], author="me", gender="female", age=0)
        catalog.correct([2], author="you", name="")
        catalog.correct([3, 4], author="me", not_a_face=True)
        catalog.correct([4], author="me", age=130)
    return path


def test_everything_is_back_after_a_scan_into_a_new_catalog(path: Path, tmp_path: Path) -> None:
    file, new = tmp_path / "said.jsonl", tmp_path / "new.db"
    assert "9 corrections of 5 faces" in run("corrections", "export", file, "--catalog", path).stderr
    build(new, LIBRARY[::-1])  # other ids
    assert rows(new, "SELECT id FROM faces") != []
    assert run("corrections", "import", file, "--catalog", new).stderr == "9 new corrections of 5 faces.\n"
    assert rows(new, SAID) == rows(path, SAID)
    assert [row[:4] + row[5:] for row in rows(new, TAGS)] == [row[:4] + row[5:] for row in rows(path, TAGS)]
    before = rows(new, "SELECT * FROM corrections")
    for catalog in (new, path):
        assert "0 new corrections of 5 faces" in run("corrections", "import", file, "--catalog", catalog).stderr
    assert rows(new, "SELECT * FROM corrections") == before
    assert sorted(line["photo"] for line in export(new)) == sorted(line["photo"] for line in export(path))
    assert ODD in [line["photo"] for line in export(new)]


def test_what_was_said_in_both_places_is_merged_by_time(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    build(other, LIBRARY)
    file = export(path)
    with Catalog(path, mode="change") as catalog:
        catalog.fetch("UPDATE corrections SET created_at = '2026-01-01T00:00:00+00:00'")
    with Catalog(other, mode="change") as catalog:
        catalog.correct([7], author="other", age=44)
    take_in(other, export(path))
    found = "SELECT age, name, author FROM corrections WHERE face_id = 7 ORDER BY id"
    assert rows(other, found) == [(None, "Ada", "Zoë"), (44.0, "Ada", "other")]
    assert rows(other, "SELECT age, name FROM tags WHERE face_id = 7") == [(44.0, "Ada")]
    assert len(file) == 5


def test_a_face_found_a_little_beside_is_the_same_and_each_gets_its_own(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    build(old, [tagged("/p/a.jpg", [face("male", 30), face("male", 40, x=40)])])
    with Catalog(old, mode="change") as catalog:
        catalog.correct([1], author="me", name="Left")
        catalog.correct([2], author="me", name="Right")
    # Each overlaps both: the best pairs count, not the first ones.
    build(new, [tagged("/p/a.jpg", [face("male", 40, x=33), face("male", 30, x=13), face("male", 9, x=500)])])
    take_in(new, export(old))
    assert rows(new, "SELECT x1, name FROM tags ORDER BY 1") == [(13.0, "Left"), (33.0, "Right"), (500.0, None)]


def test_what_fits_no_face_waits_and_the_rest_comes_in(path: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    build(new, [LIBRARY[0], tagged("/p/2019/sub/b.jpg", [face("male", 40.9, x=300)])])
    told = take_in(new, export(path))
    assert "5 new corrections of 2 faces." in told
    assert "3 faces are not in the catalog yet; what was said of them waits for a scan." in told
    assert take_in(new, export(path)).splitlines()[0] == "0 new corrections of 2 faces."
    listed = run("corrections", "waiting", "--catalog", new)
    assert "3 corrections waiting." in listed.stderr
    assert "a face, /p/2019/sub/b.jpg: not a face\n" in listed.stdout
    assert "Ada" in listed.stdout.split("\\udce9")[1].splitlines()[0]
    assert len(export(new)) == len(export(path))


def test_imported_corrections_wait_for_the_scan_that_finds_their_face(tmp_path: Path) -> None:
    old, new, photos = tmp_path / "old.db", tmp_path / "new.db", tmp_path / "photos"
    make_library(photos, 5)
    run("scan", photos, "--catalog", old)
    (face_id,) = rows(old, "SELECT face_id FROM tags ORDER BY 1 LIMIT 1")[0]
    run("correct", str(face_id), "--name", "Ada", "--age", "40", "--catalog", old)
    saved = tmp_path / "said.jsonl"
    run("corrections", "export", saved, "--catalog", old)
    run("scan", tmp_path / "said.jsonl", "--catalog", new)  # makes a catalog without a photo
    for _ in range(2):
        run("corrections", "import", saved, "--catalog", new)
    assert rows(new, "SELECT count(*) FROM imported") == [(1,)]
    again = tmp_path / "again.jsonl"
    run("corrections", "export", again, "--catalog", new)
    assert json.loads(again.read_text()) == json.loads(saved.read_text())
    run("scan", photos, "--catalog", new)
    assert rows(new, SAID) == rows(old, SAID)
    assert rows(new, "SELECT count(*) FROM imported") == [(0,)]
    run("corrections", "import", saved, "--catalog", new)
    assert rows(new, SAID) == rows(old, SAID)


def test_what_was_imported_can_be_forgotten(path: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    build(new, LIBRARY[2:3])
    take_in(new, export(path))
    told = run("forget", "/p/2020", "--yes", "--catalog", new).stderr
    assert told == "Forgot 1 imported correction.\n"
    told = run("forget", "--person", "Ada", "--yes", "--catalog", new).stderr
    assert told == "Forgot 3 imported corrections.\n"
    assert rows(new, "SELECT count(*) FROM imported WHERE line LIKE '%Ada%'") == [(0,)]


LINE = {
    "photo": "/p/a.jpg",
    "content_hash": "x",
    "box": [0, 0, 1, 1],
    "corrections": [
        {
            **{"gender": "male", "age": 3, "age_group": "4-6", "name": "A", "not_a_face": False},
            **{"author": "me", "created_at": "2026-01-01"},
        }
    ],
}


def said(**values: object) -> dict[str, Any]:
    (entry,) = LINE["corrections"]
    return LINE | {"corrections": [{**entry, **values}]}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", "3", '"text"', "[" * 100_000, "\ufeff{}", '{"box": ' + "9" * 5000 + "}", "{}", "nonsense"),
        {**LINE, "more": 1},
        {"photo": ""},
        *(LINE | {"content_hash": value} for value in (3, ["x"])),
        *(LINE | {"photo": value} for value in (3, None)),
        *(
            LINE | {"box": value}
            for value in ([], [1, 1, 0, 0], [0, 0, 0, 0], ["0", 0, 1, 1], [True, 0, 1, 1], "0011", {})
        ),
        LINE | {"box": [float("nan"), 0, float("nan"), 1]},
        LINE | {"box": [-(10**400), 0, -(10**399), 1]},
        *(LINE | {"corrections": value} for value in (None, {}, [3], [{}], [{"age": 3}])),
        *(said(gender=value) for value in ("x", 1, ["male"])),
        *(said(age=value) for value in (-1, 131, float("nan"), float("inf"), "3", True, 10**400, None)),
        *(said(age_group=value) for value in ("5", 4, None)),
        *(said(name=value) for value in ("x" * 201, 3, "\ud83d")),
        *(said(not_a_face=value) for value in ("yes", None, 2)),
        *(said(author=value) for value in ("", None, "\n", 7)),
        *(said(created_at=value) for value in (None, 3, "x" * 41, "\x1b[31m")),
    ],
    ids=lambda line: repr(line)[-40:],
)
def test_a_line_that_is_not_understood_is_named_and_the_others_come_in(path: Path, tmp_path: Path, line: Any) -> None:  # noqa: ANN401
    new = tmp_path / "new.db"
    build(new, LIBRARY)
    first, *rest = export(path)
    told = take_in(new, [first, line, "", *rest], expect=1)
    assert told.startswith("Line 2 is not understood: ")
    assert "\n9 new corrections of 5 faces.\n" in told
    assert rows(new, "SELECT count(*) FROM corrections") == [(9,)]


def test_names_from_a_file_are_as_if_typed(tmp_path: Path) -> None:
    build(tmp_path / "c.db", LIBRARY)
    place = {"content_hash": "hash of b'/p/2019/a.jpg'", "box": [10 / 640, 20 / 480, 50 / 640, 70 / 480]}
    take_in(tmp_path / "c.db", [said(name="Zoe\u0308\x00 L.", created_at="") | place])
    assert rows(tmp_path / "c.db", "SELECT name FROM tags WHERE face_id = 1") == [("Zoë L.",)]


# Merging

STATEMENTS = st.builds(
    Statement,
    gender=st.sampled_from([None, "female", "male"]),
    age=st.sampled_from([None, 3.0, 40.0]),
    name=st.sampled_from([None, "", "Ada", "Bo"]),
    not_a_face=st.booleans(),
)


@st.composite
def histories(draw: st.DrawFn, days: st.SearchStrategy[int], author: str) -> list[Entry]:
    state, entries = State(), []
    for day in sorted(draw(st.lists(days, max_size=6))):
        statement = draw(STATEMENTS)
        state = add(state, statement)
        entries.append(Entry(state, statement.not_a_face, author, f"2026-01-{day:02}", draw(st.booleans())))
    return entries


@given(histories(st.integers(1, 3), "me"), st.integers(0, 6))
def test_a_history_takes_in_its_own_beginning_without_a_change(history: list[Entry], length: int) -> None:
    assert merged(history, history[:length]) == history
    assert merged(history[:length], history) == history


@given(histories(st.integers(1, 9), "me"), histories(st.integers(10, 19), "you"))
def test_two_histories_become_one_whichever_comes_first(mine: list[Entry], yours: list[Entry]) -> None:
    one = merged(mine, yours)
    assert one == merged(yours, mine)
    assert len(one) == len(mine) + len(yours)
    for part in (mine, yours, one):
        assert merged(one, part) == one
    for earlier in (mine, yours):
        if (
            earlier
            and earlier[-1].said.name
            and not any(entry.said.name for entry in (yours if earlier is mine else mine))
        ):
            assert one[-1].said.name == earlier[-1].said.name, "a name is not lost to an entry that says nothing of it"


@given(histories(st.integers(1, 3), "me"), histories(st.integers(1, 3), "me"))
def test_merging_again_changes_nothing(one: list[Entry], other: list[Entry]) -> None:
    both = merged(one, other)
    assert merged(both, other) == merged(both, one) == both


# Damage


def many(path: Path, number: int) -> None:
    build(path, [tagged(f"/p/{index:04}.jpg", [face("male", 30)]) for index in range(number)])
    with Catalog(path, mode="change") as catalog:
        for index in range(number):
            catalog.correct([index + 1], author="me", name=f"Person {index}")
        catalog.fetch("PRAGMA journal_mode = DELETE")


def pages(path: Path, table: str) -> list[int]:
    """The leaves of a table's tree, from the first to the last: what dbstat calls pages."""
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", [table])
    leaves = [page for (page,) in found]
    connection.close()
    return leaves


def overwrite(path: Path, page: int, filling: bytes) -> None:
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    content[(page - 1) * size : page * size] = filling * size
    path.write_bytes(content)


@pytest.mark.parametrize("filling", [b"\0", b"\xff"])
@pytest.mark.parametrize("which", [0, 2, -1])
def test_what_can_be_read_of_damaged_corrections_is_saved(tmp_path: Path, which: int, filling: bytes) -> None:
    path, new = tmp_path / "c.db", tmp_path / "new.db"
    many(path, 600)
    leaves = pages(path, "corrections")
    assert len(leaves) > 5
    overwrite(path, leaves[which], filling)
    assert run("query", "--catalog", path, expect=1).stderr.startswith("Error: The catalog")
    saved = [line["corrections"][0]["name"] for line in export(path)]
    lost = sorted({f"Person {index}" for index in range(600)} - {*saved}, key=lambda name: int(name.split()[1]))
    assert 0 < len(lost) <= 600 / len(leaves) * 2, "one page's at most"
    assert int(lost[-1].split()[1]) - int(lost[0].split()[1]) == len(lost) - 1, "and no other's"
    build(new, [tagged(f"/p/{index:04}.jpg", [face("male", 30)]) for index in range(600)])
    take_in(new, export(path))
    assert rows(new, "SELECT count(name) FROM tags") == [(len(saved),)]


def test_what_was_said_is_saved_if_the_pictures_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    many(path, 300)
    overwrite(path, pages(path, "faces")[1], b"\0")
    lines = export(path, expect=1)
    assert [line["corrections"][0]["name"] for line in lines] != []
    assert {line["corrections"][0]["name"] for line in lines} == {f"Person {index}" for index in range(300)}
    without = [line for line in lines if line["box"] is None]
    assert 0 < len(without) < 100


def test_a_catalog_of_which_nothing_can_be_read_says_so(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:200] + b"\xff" * (len(content) - 200))
    told = run("corrections", "export", tmp_path / "said.jsonl", "--catalog", path, expect=1).stderr
    assert "the file is damaged" in told
    assert "take your last backup" in told
    assert not (tmp_path / "said.jsonl").exists()


def test_an_altered_catalog_is_saved_but_not_used(path: Path, tmp_path: Path) -> None:
    before = export(path)
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TRIGGER t AFTER INSERT ON corrections BEGIN DELETE FROM faces; END; DROP VIEW tags;"
        "CREATE VIEW tags AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    )
    assert "was altered by another program" in run("query", "--catalog", path, expect=1).stderr
    assert export(path) == before
    connection.executescript(
        "ALTER TABLE corrections RENAME TO c; CREATE VIEW corrections AS "
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id, x AS face_id FROM n"
    )
    connection.close()
    assert "has no table corrections" in run("corrections", "export", "-", "--catalog", path, expect=1).stderr


def test_a_device_or_pipe_is_no_file_of_corrections(path: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for file in ("/dev/zero", pipe):
        result = run("corrections", "import", file, "--catalog", path, expect=2)
        assert f"'{file}' is not a file. To read a stream, write - for stdin." in result.stderr
    result = run("corrections", "import", "/proc/self/mem", "--catalog", path, expect=1)
    assert result.stderr == "Error: /proc/self/mem cannot be read: Input/output error.\n"


@pytest.mark.parametrize("data", [b"\0" * 40_000_000, b"no\n" * 20_000], ids=["one line", "many lines"])
def test_a_stream_of_something_else_ends(path: Path, data: bytes) -> None:
    before = rows(path, "SELECT count(*) FROM corrections")
    good = json.dumps(LINE).encode() + b"\n"
    result = run("corrections", "import", "-", "--catalog", path, stdin=good + data, expect=1)
    assert "This is no file of corrections: up to line " in result.stderr
    assert rows(path, "SELECT count(*) FROM corrections") == before
