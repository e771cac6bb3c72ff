"""What all commands have in common: suggestions, Ctrl-C, refusals before anything is written."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from tests.support.photos import make_library
from tests.support.terminal import in_terminal


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    make_library(folder, 6)
    return folder


@pytest.fixture(scope="module")
def catalog(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalog") / "catalog.db"
    assert run("scan", library, "--catalog", path).exit_code == 0
    return path


def test_every_command_that_is_listed_has_its_help() -> None:
    listed = re.findall(r"^  (\w+)  +\S", run("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert len(listed) >= 17
    for name in listed:
        result = run(name, "--help")
        assert result.exit_code == 0, name
        assert f"Usage: main {name} " in result.stdout


def test_a_misspelt_command_gets_a_suggestion() -> None:
    result = run("scna")
    assert result.exit_code == 2
    assert "There is no command scna. Did you mean scan?" in result.stderr
    assert "Did you mean" not in run("xyzzy").stderr


@pytest.mark.parametrize("paths", [["nope"], ["nope", "also-nope"]])
def test_a_scan_of_what_is_not_there_makes_no_catalog(tmp_path: Path, paths: list[str]) -> None:
    result = run("scan", *(tmp_path / path for path in paths), "--catalog", tmp_path / "new" / "c.db")
    assert result.exit_code == 1
    for path in paths:
        assert f"{tmp_path / path} is not there." in result.stderr
    assert list(tmp_path.iterdir()) == []


NOT_THERE = [
    (("--device", "fpga"), "There is no device fpga"),
    (("--model", "nosuch"), "There is no model called nosuch."),
    (("--model", "centerface"), "The model centerface is not an age/gender model."),
    (("--detector", "compact"), "The model compact is not a detector."),
    (("--detector-size", "33"), "The detector's size must be a multiple of 32, not 33."),
    (("--detector", "yunet"), "face_detection_yunet_2023mar.onnx is not installed."),
]


@pytest.mark.parametrize("command", ["scan", "rescan"])
@pytest.mark.parametrize(("options", "message"), NOT_THERE, ids=[" ".join(options) for options, _ in NOT_THERE])
def test_what_is_not_there_fails_with_nothing_to_do(
    library: Path,
    catalog: Path,
    command: str,
    options: tuple[str, str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path))
    paths = [library] if command == "scan" else []
    result = run(command, *paths, *options, "--catalog", catalog)
    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [*NOT_THERE, (("--exclude", "[z-a]"), "[z-a] has a range that runs backwards")],
)
def test_a_scan_that_cannot_begin_makes_no_catalog(
    library: Path, options: tuple[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path))
    result = run("scan", library, *options, "--catalog", tmp_path / "new" / "c.db")
    assert result.exit_code == 1
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_quiet_rescan_that_need_not_ask_prints_nothing(catalog: Path) -> None:
    result = run("rescan", "--yes", "--quiet", "--catalog", catalog)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_limit_is_what_is_announced(library: Path, catalog: Path) -> None:
    result = run("scan", library, "--limit", "1", "--force", "--dry-run", "--catalog", catalog)
    assert "1 unchanged photo will be scanned again" in result.stderr
    assert len(result.stdout.splitlines()) == 1


LONG = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000000000) SELECT count(*) FROM n"


@pytest.mark.parametrize(
    ("arguments", "at"),
    [
        (["rescan", "--oversample"], "Continue?"),
        (["review", "--no-browser"], "Ctrl-C"),
        (["models", "remove", "mine"], "Remove these?"),
        (["prune"], "from the catalog?"),
        (["scan", "--force", "."], "photos"),
    ],
)
def test_ctrl_c_is_130(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], at: str
) -> None:
    catalog = tmp_path / "c.db"
    make_library(tmp_path / "photos", 80 if arguments[0] == "scan" else 6)  # a scan must not end before the key
    monkeypatch.chdir(tmp_path / "photos")
    run("scan", ".", "--catalog", catalog)
    next(tmp_path.glob("photos/*/*.jpg")).unlink()
    (tmp_path / "models" / "mine").mkdir(parents=True)
    spec = Path(__file__).parents[2] / "models" / "yunet.toml"
    (tmp_path / "models" / "mine" / "spec.toml").write_bytes(spec.read_bytes())
    where = {"PHOTOGENDER_MODELS": str(tmp_path / "models"), "PHOTOGENDER_CATALOG": str(catalog)}
    code, text = in_terminal(*arguments, environment=where, interrupt_after=at)
    assert code == 130, text
    assert "Traceback" not in text


def test_ctrl_c_in_sql_is_130(catalog: Path) -> None:
    code, text = in_terminal("query", "--sql", LONG, "--catalog", catalog, interrupt_after=1.5)
    assert code == 130, text
    assert "Stopped." in text
