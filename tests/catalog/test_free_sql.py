"""Free SQL reads the catalog and can do nothing else."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender import Catalog
from photogender.catalog.queries.free_sql import free_sql
from photogender.cli import main
from photogender.errors import CatalogError
from tests.support.library import ODD, build_reviewed


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reviewed(tmp_path_factory.mktemp("library") / "catalog.db")


def run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--catalog", str(path)], catch_exceptions=False)


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
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT randomblob(90000) FROM n) SELECT x FROM n ORDER BY x",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT randomblob(90000) FROM n) SELECT count(*) FROM n",
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


@pytest.mark.parametrize("sql", ["SELECT 1 AS a", "nothing"])
def test_the_limit_of_memory_goes_with_the_answer(path: Path, sql: str) -> None:
    with Catalog(path) as catalog, Catalog(path) as other:  # the limit is that of the process
        with suppress(CatalogError), free_sql(catalog, sql) as answer:
            assert list(answer.rows) == [(1,)]
            assert other.fetch("PRAGMA hard_heap_limit").fetchone() == (500_000_000,)
        assert other.fetch("PRAGMA hard_heap_limit").fetchone() == (0,)


def test_sql_that_fails_on_a_later_row_is_a_sentence(path: Path) -> None:
    result = run(path, "query", "--sql", "SELECT abs(CASE face_id WHEN 3 THEN -9223372036854775808 END) FROM tags")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: SQLite cannot run that SQL: integer overflow.")


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(x) AS x FROM n"


HEAVY = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT randomblob(900000) FROM n, faces) SELECT count(*) AS x FROM n"
)
"""Endless as well: each of its steps takes a thousand times as long."""


def wait_until_at_work(program: "subprocess.Popen[str]") -> None:
    """Return when a program has computed for longer than it needs to start."""
    spent = 0.0
    while program.poll() is None and spent < 0.5:
        time.sleep(0.05)
        fields = Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
        spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # in user mode and in the kernel


def stopped(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """The program after Ctrl-C, when it has been at work for a while."""
    command = [sys.executable, "-m", "photogender", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        wait_until_at_work(program)
        assert program.poll() is None, "it ended by itself"
        program.send_signal(signal.SIGINT)
        try:
            stdout, stderr = program.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            program.kill()
            pytest.fail("It did not obey Ctrl-C.")
    return subprocess.CompletedProcess(command, program.returncode, stdout, stderr)


@pytest.mark.parametrize("sql", [ENDLESS, HEAVY])
def test_ctrl_c_ends_sql_that_takes_long(path: Path, sql: str) -> None:
    result = stopped("query", "--catalog", path, "--sql", sql)
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
        wait_until_at_work(process)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "stopped\n"
