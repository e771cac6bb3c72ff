"""Catalogs from somewhere else: what was altered is refused before it does anything, what is damaged is a sentence."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from photogender import Catalog
from photogender.catalog.sqlite.cells import are_faces, wrong_face
from photogender.cli import main
from photogender.doctor import examine
from photogender.errors import CatalogError
from tests.support.library import build_corrected
from tests.support.photos import rows

COMMANDS = (
    ["query"],
    ["query", "--sql", "SELECT * FROM tags"],
    ["query", "--faces", "0"],
    ["stats"],
    ["show", "/p/2019/a.jpg"],
    ["correct", "1", "--age", "3"],
    ["correct", "6", "--undo"],
    ["prune", "--yes", "--missing-root"],
    ["export", "csv"],
    ["export", "json", "--per", "photo"],
    ["rescan"],
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_corrected(tmp_path_factory.mktemp("original") / "c.db")


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "c.db"))


def run(path: Path, *arguments: str) -> Result:
    """A command that must end with a sentence or do its work: no exception comes through."""
    result = CliRunner().invoke(main, [*arguments, "--catalog", str(path)], catch_exceptions=False)
    assert result.exit_code in (0, 1, 2), result.output
    return result


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT"
PLANTED = {
    "a view that never ends": (
        f"DROP VIEW tags; CREATE VIEW tags AS {ENDLESS} x AS face_id, 'female' AS gender, x AS path FROM n",
        "view tags",
    ),
    "a view in place of a table": (
        f"ALTER TABLE models RENAME TO mine; CREATE VIEW models AS {ENDLESS} x AS id FROM n",
        "view models",
    ),
    "a view in other letters": (
        f"DROP VIEW tags; CREATE VIEW TAGS AS {ENDLESS} x AS face_id FROM n",
        "view TAGS",
    ),
    "a view of the migrations": (
        "ALTER TABLE _sqlite_migrations RENAME TO mine;"
        f"CREATE VIEW _sqlite_migrations AS {ENDLESS} 'photogender' AS migration_set, x AS name FROM n",
        "",
    ),
    "a trigger that deletes": (
        "CREATE TRIGGER helpful AFTER INSERT ON corrections BEGIN DELETE FROM faces; END",
        "trigger helpful",
    ),
    "a trigger of ours that does something else": (
        "DROP TRIGGER corrections_made;"
        "CREATE TRIGGER corrections_made AFTER INSERT ON corrections BEGIN DELETE FROM pictures; END",
        "trigger corrections_made",
    ),
    "an index that computes": ("CREATE INDEX mine ON corrections(hex(zeroblob(10000000)))", "index mine"),
    "a column that computes": ("ALTER TABLE pictures ADD COLUMN x AS (hex(zeroblob(400000000)))", "table pictures"),
    "a missing trigger": ("DROP TRIGGER corrections_taken_back", "no corrections_taken_back"),
    "a missing table": ("DROP TABLE corrections", "no corrections"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_planted_is_refused_before_it_does_anything(path: Path, planted: str) -> None:
    sql, named = PLANTED[planted]
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()
    counts = "SELECT (SELECT count(*) FROM faces), (SELECT count(*) FROM photos), (SELECT seq FROM sqlite_sequence)"
    before = rows(path, counts)
    for command in COMMANDS:
        result = run(path, *command)
        assert result.exit_code == 1, command
        assert named in result.stderr
        if named:
            assert "was altered by another program" in result.stderr
            assert "photogender corrections export FILE" in result.stderr
    assert rows(path, counts) == before


def test_a_table_and_a_view_of_ones_own_are_no_harm(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE mine (id INTEGER); CREATE VIEW women AS SELECT * FROM tags; ANALYZE")
    connection.close()
    for command in COMMANDS[:-1]:
        assert run(path, *command).exit_code == 0, command
    assert run(path, "query", "--sql", "SELECT count(*) FROM women").stdout.split()[-1].isdigit()


def test_the_file_cannot_call_functions_with_side_effects(path: Path) -> None:
    with Catalog(path) as catalog:
        assert catalog.fetch("PRAGMA trusted_schema").fetchone() == (0,)


def test_damage_anywhere_is_a_sentence(original: Path, tmp_path: Path) -> None:
    """Every page in turn is overwritten: what every command says is a result or a sentence."""
    content = original.read_bytes()
    size = int.from_bytes(content[16:18], "big")
    told = 0
    for page in range(size, len(content), size):
        for number, filling in enumerate(
            (b"\0" * size, b"\xff" * size, content[page : page + 60] + b"\x5a" * (size - 60))
        ):
            path = tmp_path / f"{page}-{number}.db"
            path.write_bytes(content[:page] + filling + content[page + size :])
            for command in COMMANDS[:-1]:
                result = run(path, *command)
                told += "the file is damaged" in result.stderr
    assert told > len(content) / size, "few commands noticed"


def test_a_row_that_cannot_be_read_is_a_sentence(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        catalog.fetch("UPDATE pictures SET path = CAST(x'ff41' AS TEXT) WHERE id = 1")
        with pytest.raises(CatalogError, match="damaged"):
            list(catalog.rows("SELECT path FROM photos ORDER BY id"))
        for read in ("fetchone", "fetchall", "__next__"):
            with pytest.raises(CatalogError, match="damaged"):
                getattr(catalog.fetch("SELECT path FROM photos ORDER BY id"), read)()


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        (["forget", "/p/2019", "--yes"], "UPDATE pictures SET path = NULL"),
        (["exclude"], "INSERT INTO roots (path, exclude) VALUES ('/p', '[1]')"),
        (["exclude"], "INSERT INTO roots (path, exclude) VALUES ('/p', '[')"),
        (["show", "/p/2019/a.jpg"], "UPDATE pictures SET taken = x'80'"),
        (["doctor"], "UPDATE pictures SET camera = x'80'"),
        (["report", "/nowhere/out.html"], "UPDATE pictures SET skipped_stage = 0"),
        (["stats"], "UPDATE faces SET age = -1e18"),
        (["stats"], "UPDATE faces SET age = 'x', gender = 3"),
        (["doctor"], "INSERT INTO roots (path, exclude) VALUES ('/p', 'null')"),
        (["rescan", "--yes"], "UPDATE OR IGNORE places SET photo_id = 999"),
        (["people", "undo"], "INSERT INTO changes VALUES (1, 'set', '[', '[]', '[]', 'me', '2026')"),
        (["people", "undo"], "INSERT INTO changes VALUES (1, 'set', '[]', '[[1]]', '[]', 'me', '2026')"),
        (["people", "undo"], "INSERT INTO changes VALUES (1, 'set', '[]', '[]', '3', 'me', '2026')"),
        (["export", "xmp"], "UPDATE pictures SET orientation = 99"),
    ],
)
def test_a_cell_that_cannot_be_right_is_a_sentence(path: Path, command: list[str], damage: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(damage)
    connection.commit()
    connection.close()
    result = run(path, *command)
    assert result.exit_code == 1
    assert "damaged" in result.output


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE faces SET landmarks = '[[['",
        f"UPDATE faces SET landmarks = '{'[' * 5000}'",
        """UPDATE faces SET landmarks = '[[1,2],[3,4],[5,6],[7,8],[9,"x"]]'""",
        "UPDATE runs SET roots = '{{'",
        "UPDATE runs SET roots = '{}'",
        "UPDATE runs SET settings = '['",
        "DELETE FROM models",
    ],
)
def test_a_damaged_part_is_not_merged(path: Path, tmp_path: Path, damage: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(damage)
    connection.commit()
    connection.close()
    result = CliRunner().invoke(main, ["catalog", "merge", str(tmp_path / "new.db"), str(path)], catch_exceptions=False)
    assert result.exit_code == 1
    assert "damaged" in result.output
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("line", ["junk", "[" * 50_000, "{}"])
def test_what_was_never_imported_is_not_exported(path: Path, line: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO imported (content_hash, line) VALUES ('x', ?)", [line])
    connection.commit()
    connection.close()
    result = run(path, "corrections", "export", "-")
    assert result.exit_code == 0
    assert line not in result.stdout.splitlines()
    assert "Wrote " in result.stderr


def test_a_value_of_gigabytes_is_a_sentence(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE places SET path = zeroblob(60000000) WHERE id = 1")
    connection.execute("UPDATE pictures SET path = zeroblob(60000000) WHERE id = 1")
    connection.commit()
    connection.close()
    for command in (["query"], ["prune", "--yes"], ["export", "csv"], ["forget", "/x", "--yes"]):
        result = run(path, *command)
        assert result.exit_code == 1, command
        assert "longer than photogender writes: the file is damaged" in result.stderr
        assert "photogender corrections export FILE" in result.stderr
    assert "1 correction of 1 face" in run(path, "corrections", "export", "-").stderr


@pytest.mark.parametrize("landmarks", ["", "[]x", "[[1]]", "[[1, 2]]", "{}", "[[1e999, 1]]", "[" * 5000])
def test_landmarks_that_are_none_are_a_sentence(path: Path, landmarks: str) -> None:
    with Catalog(path, mode="change") as catalog:
        assert len(catalog.boxes("/p/2019/a.jpg")) == 2
        catalog.fetch("PRAGMA ignore_check_constraints = ON")
        catalog.fetch("UPDATE faces SET landmarks = ?", [landmarks])
        with pytest.raises(CatalogError, match="damaged"):
            catalog.boxes("/p/2019/a.jpg")


def test_an_error_that_quotes_damaged_text_is_a_sentence(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE VIEW tags AS\n", b"CREATE VIEW tags AS\xff"))
    for command in (["query"], ["doctor"]):
        assert "the file is damaged" in run(path, *command).output
    assert run(path, "query").exit_code == 1


def test_a_path_with_nul_does_not_end_prune(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE places SET path = path || char(0)")
    connection.close()
    assert run(path, "prune", "--dry-run", "--missing-root").exit_code in (0, 1)


def test_errors_are_told_apart_by_their_code(path: Path) -> None:
    with Catalog(path) as catalog:
        with pytest.raises(CatalogError, match="malformed JSON") as caught:
            catalog.fetch("SELECT json_extract('x', '$')").fetchall()
        assert "damaged" not in str(caught.value)
        with pytest.raises(CatalogError, match="no such table: locked_disk_is_full"):
            catalog.fetch("SELECT * FROM locked_disk_is_full")


COLUMNS = (
    *(f"pictures.{name}" for name in "path root size format width taken content_hash".split()),
    *("faces.x1 faces.y2 faces.landmarks faces.gender faces.gender_confidence faces.age faces.age_group".split()),
    *("faces.age_confidence faces.age_low faces.model_id faces.correction_id faces.photo_id".split()),
    *("corrections.gender corrections.age corrections.age_group corrections.name corrections.not_a_face".split()),
    *("corrections.author corrections.created_at corrections.face_id models.name models.title runs.tagged".split()),
)
VALUES = ("'nonsense'", "x'ff00'", "CAST(x'ff41' AS TEXT)", "-5", "9e999", "-9223372036854775808", "0.5", "''", "NULL")
PAIRS = [(cell, value) for place, cell in enumerate(COLUMNS) for value in (VALUES * 2)[place % 9 :: 3][:3]]
PAIRS.append(("pictures.taken", "0.0"))
"""Each column with three of the values, each value with eight of the columns."""


@pytest.mark.parametrize(("cell", "value"), PAIRS)
def test_cells_of_wrong_types_and_values_are_a_sentence_or_shown(path: Path, cell: str, value: str) -> None:
    table, column = cell.split(".")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        with connection:
            connection.execute(f"UPDATE {table} SET {column} = {value} WHERE id = 1 OR id = 6")
    except sqlite3.IntegrityError:  # NULL, or the same path twice
        pass
    connection.close()
    for command in (["query"], ["stats"], ["show", "/p/2019/a.jpg"], ["export", "json"], ["report", "/dev/null.html"]):
        run(path, *command)
    saved = run(path, "corrections", "export", "-").stdout.splitlines()
    assert all(set(json.loads(line)) == {"photo", "content_hash", "box", "corrections"} for line in saved)
    assert len(saved) == 1


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("faces.gender = 'nonsense'", "of face 1, gender is 'nonsense', gender_confidence is 0.97"),
        ("faces.age = 9e999", "age is inf"),
        ("faces.x1 = 'nonsense'", "x1 is 'nonsense'"),
        ("pictures.path = 'a' || char(0)", "path is 'a\\x00'"),
        ("pictures.width = x'00'", "width is b'\\x00'"),
    ],
)
def test_what_a_cell_holds_is_said(path: Path, cell: str, named: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(f"UPDATE {cell.replace('.', ' SET ')} WHERE id = 1")
    connection.commit()
    connection.close()
    result = run(path, "export", "xmp", "--dry-run")
    assert result.exit_code == 1
    assert "the file is damaged: " in result.stderr
    assert named in result.stderr
    assert "photogender corrections export FILE" in result.stderr


def test_doctor_says_what_is_wrong_and_what_can_be_saved(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TRIGGER t AFTER INSERT ON corrections BEGIN DELETE FROM faces; END")
    (check,) = [each for each in examine(path) if each.subject == "catalog"]
    assert check.state == "problem"
    assert "trigger t" in check.text
    assert "1 correction can be saved" in check.text
    assert f"photogender corrections export FILE --catalog {path}" in check.fix
    connection.executescript("DROP TRIGGER t; PRAGMA ignore_check_constraints = ON; UPDATE faces SET age = -5")
    connection.close()
    (check,) = [each for each in examine(path) if each.subject == "catalog"]
    assert (check.state, "is damaged: row 1 of faces holds what it cannot hold." in check.text) == ("problem", True)
    assert "1 correction can be saved" in check.text


_RIGHT: dict[str, object] = {
    **dict.fromkeys(("gender_confidence", "age_confidence", "detector_score"), 0.5),
    **{"gender": "male", "age": 30.0, "age_group": "25-32", "age_low": 20.0, "age_high": 40.0, "path": "/p/a.jpg"},
    **{"x1": 1.0, "y1": 1.0, "x2": 2.0, "y2": 2.0, "turn": 90},
}
_CELLS = st.sampled_from(sorted(_RIGHT)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.sampled_from([None, "male", "0-2", ""])
        if isinstance(_RIGHT[name], str)
        else st.sampled_from([None, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 90, 1e9, 2e9, 130.0]),
    )
)


@given(st.lists(st.lists(_CELLS, max_size=3), min_size=1, max_size=5))
def test_faces_are_right_by_column_as_they_are_one_by_one(changes: list[list[tuple[str, object]]]) -> None:
    rows = [_RIGHT | dict(each) for each in changes]
    columns = {name: [row[name] for row in rows] for name in _RIGHT}
    assert are_faces(columns) == (not any(map(wrong_face, rows)))
