"""``photogender show``."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from tests.support.library import ODD, build_reviewed


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reviewed(tmp_path_factory.mktemp("library") / "catalog.db")


def run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--catalog", str(path)], catch_exceptions=False)


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
