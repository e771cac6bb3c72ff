"""What the Tab key offers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from photogender import Catalog
from photogender.cli import main
from tests.support.library import LIBRARY, build


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "catalog.db"
    build(path, LIBRARY)
    with Catalog(path, mode="write") as catalog:
        catalog.correct([1], author="me", name="Ada Lovelace")
        catalog.correct([3], author="me", name="Zoë")
    return path


def offered(*words: str) -> list[str]:
    *before, incomplete = words
    completion = ShellComplete(main, {}, "photogender", "_PHOTOGENDER_COMPLETE")
    return [item.value for item in completion.get_completions(before, incomplete)]


def test_commands_and_options() -> None:
    assert offered("re") == ["rescan", "report", "review"]
    assert offered("query", "--rev") == ["--reviewed", "--reverse"]


def test_models_by_their_task() -> None:
    assert offered("scan", "--detector", "") == ["centerface", "scrfd-10g", "scrfd-2.5g", "scrfd-500m", "yunet"]
    assert offered("scan", "--model", "d") == ["dlib"]
    assert {"yunet", "dlib"} <= set(offered("models", "show", ""))
    assert offered("models", "quantise", "y") == []


def test_what_the_catalog_has(path: Path) -> None:
    query = ("query", "--catalog", str(path))
    assert offered(*query, "--name", "") == ["Ada Lovelace", "Zoë"]
    assert offered(*query, "--name", "ada") == ["Ada Lovelace"]
    assert offered(*query, "--model", "") == ["compact"]
    assert offered(*query, "--folder", "/p/2") == ["/p/20%9/", "/p/2019/", "/p/2019_/", "/p/2020/"]
    assert offered(*query, "--folder", "/p/2019/") == ["/p/2019/", "/p/2019/sub/"]
    assert offered("export", "csv", "--catalog", str(path), "--name", "z") == ["Zoë"]
    assert offered("stats", "--catalog", str(path), "--name", "z") == ["Zoë"]


def test_columns() -> None:
    assert offered("query", "--sort", "age_") == ["age_group", "age_confidence", "age_low", "age_high", "age_from"]
    assert "age_0_2" in offered("query", "--per", "photo", "--sort", "age_")


def test_without_a_catalog_nothing_is_offered(tmp_path: Path) -> None:
    assert offered("query", "--catalog", str(tmp_path / "none.db"), "--name", "") == []
    assert list(tmp_path.iterdir()) == []


def test_bash_itself(path: Path) -> None:
    environment = {
        **os.environ,
        "_PHOTOGENDER_COMPLETE": "bash_complete",
        "COMP_WORDS": "photogender query --name ",
        "COMP_CWORD": "3",
        "PHOTOGENDER_CATALOG": str(path),
    }
    command = [sys.executable, "-c", "from photogender.cli import main; main(prog_name='photogender')"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["plain,Ada Lovelace", "plain,Zoë"]
