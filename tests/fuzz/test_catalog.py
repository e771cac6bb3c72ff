"""Catalogs with damaged pages and cells of wrong types, and free SQL."""

import sqlite3
from itertools import islice
from pathlib import Path

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from photogender import Catalog
from photogender.catalog.queries.free_sql import free_sql
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import Facts, rename, say
from photogender.cli import main
from photogender.errors import CatalogError
from tests.fuzz.damage import fuzzed, scratch
from tests.fuzz.page import Page
from tests.support.library import build_reviewed

SOUND = build_reviewed(scratch() / "sound.db")
with Catalog(SOUND, mode="change") as _catalog:
    _catalog.correct([1, 3, 4], name="Ann", author="you")
    _catalog.correct([2, 7], name="Ben", author="you")
    say(_catalog, "Ann", Facts("female", Days.read("about 1990"), Days.read("2025-03")), author="you")
    rename(_catalog, "Ben", "Bob", author="you")
CONTENT = SOUND.read_bytes()

COMMANDS = (
    ["query"],
    ["query", "--per", "photo", "--name", "a", "--format", "json"],
    ["query", "--sql", "SELECT * FROM tags"],
    ["stats"],
    ["show", "/p/2019/a.jpg"],
    ["correct", "1", "--age", "3"],
    ["correct", "6", "--undo"],
    ["prune", "--yes"],
    ["forget", "/p/2019", "--yes"],
    ["export", "csv"],
    ["export", "xmp", "--dry-run"],
    ["import", "xmp", "--dry-run"],
    ["corrections", "export", "-"],
    ["exclude"],
    ["report", str(scratch() / "report.html")],
    ["rescan", "--yes"],
    ["query", "--with", "Ann", "--person-age", "3", "--people", "1 child"],
    ["people", "list"],
    ["people", "show", "Ann"],
    ["people", "set", "Ann", "--born", "1990-02-03"],
    ["people", "rename", "Ann", "Eve"],
    ["people", "merge", "Bob", "Ann"],
    ["people", "undo"],
    ["people", "check"],
    ["people", "date"],
)
"""Each must end with its work or a sentence."""


def fresh(content: bytes) -> Path:
    """A catalog file with nothing of an earlier one beside it."""
    path = scratch() / "c.db"
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    path.write_bytes(content)
    return path


def run(path: Path, command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--catalog", str(path)], catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    assert result.output or not result.exit_code


places = st.integers(100, len(CONTENT) - 1)
damages = st.lists(
    st.tuples(places, st.binary(min_size=1, max_size=40) | st.sampled_from([b"\0" * 4096, b"\xff" * 64])), min_size=1
)


@fuzzed
@given(damages, st.integers(4096, len(CONTENT)), st.sampled_from(COMMANDS))
def test_a_damaged_catalog_is_a_sentence(changes: list[tuple[int, bytes]], end: int, command: list[str]) -> None:
    content = bytearray(CONTENT)
    for at, new in changes:
        content[at : at + len(new)] = new
    run(fresh(content[: end if end % 2 else None]), command)


def _columns() -> list[tuple[str, str]]:
    connection = sqlite3.connect(SOUND)
    tables = ("roots", "pictures", "places", "folders", "thumbnails", "faces", "corrections", "models", "runs")
    tables += ("persons", "deductions", "changes", "stale", "catalog", "shown", "tallies")
    found = [(table, row[1]) for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]
    connection.close()
    return found


values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=20),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(["female", "0-2", "nan", "2019-01-01", "/p/2019/a.jpg", b"\xff/a", "\x1b[2J", "a\0b"]),
    st.sampled_from([0, 1, -1, 1e308]),
)


@fuzzed
@given(st.lists(st.tuples(st.sampled_from(_columns()), values), min_size=1, max_size=3), st.sampled_from(COMMANDS))
def test_cells_of_wrong_types_are_a_sentence(cells: list[tuple[tuple[str, str], object]], command: list[str]) -> None:
    run(with_cells(cells), command)


def with_cells(cells: list[tuple[tuple[str, str], object]]) -> Path:
    """A catalog in which all cells of some columns hold something else."""
    path = fresh(CONTENT)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for (table, column), value in cells:
        try:
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", [value])
        except sqlite3.Error:  # an id that is not a number, null where it cannot be
            continue
    connection.commit()
    connection.close()
    return path


PAGES = ("choices", "faces", "matching", "overview", "overview?taken_from=2019&taken_to=2019", "waiting", "photos/1")


@fuzzed
@given(st.lists(st.tuples(st.sampled_from(_columns()), values), min_size=1, max_size=3), st.sampled_from(PAGES))
def test_the_page_of_a_catalog_with_wrong_cells(cells: list[tuple[tuple[str, str], object]], page: str) -> None:
    try:
        opened = Page(with_cells(cells))
    except CatalogError:
        return
    try:
        route, _, query = page.partition("?")
        assert opened.ask("GET", f"/api/{route}", query, opened.cookie()) in (200, 404, 503)
    finally:
        opened.close()


WORDS = (
    "SELECT FROM WHERE tags photos faces corrections * , ( ) ' \" ; -- 1 -1 9e999 x'00' NULL 'a' AND OR NOT IN AS a b "
    "UNION ALL EXCEPT GROUP BY ORDER LIMIT OFFSET OVER WITH RECURSIVE JOIN LEFT USING VALUES DISTINCT EXISTS CASE WHEN "
    "THEN END LIKE GLOB || + - / % << = < > age gender path face_id count(*) hex( zeroblob(9) randomblob(9) printf( "
    "substr( group_concat( json_each( json_extract( pragma_table_info( sqlite_master fts3tokenize( fts3_tokenizer( "
    "load_extension( dbstat ATTACH DETACH PRAGMA query_only writable_schema INSERT INTO UPDATE SET DELETE DROP TABLE "
    "CREATE VIEW TEMP TRIGGER VACUUM BEGIN COMMIT REINDEX ANALYZE EXPLAIN QUERY PLAN ? :a @b"
).split()


@fuzzed
@given(
    st.sampled_from(["", "SELECT ", "SELECT * FROM tags ", "WITH a AS (SELECT 1 b) "]),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=20).map(" ".join),
)
def test_free_sql_answers_or_is_a_sentence_and_changes_nothing(beginning: str, words: str) -> None:
    with Catalog(SOUND) as catalog:
        try:
            with free_sql(catalog, beginning + words) as answer:
                for row in islice(answer.rows, 100):
                    assert len(row) == len(answer.columns)
        except CatalogError as error:
            assert error.message
            assert "damaged" not in error.message
    assert SOUND.read_bytes() == CONTENT
