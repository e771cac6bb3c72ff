"""The library in numbers, in the terminal and as a picture."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.stats import Bar, summarize
from photogender.cli import main
from photogender.labels import AGE_GROUPS
from tests.support.library import build, build_corrected


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_corrected(tmp_path_factory.mktemp("library") / "catalog.db")


def run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["stats", *args, "--catalog", str(path)], catch_exceptions=False)


def test_everything_is_counted_once(path: Path) -> None:
    with Catalog(path) as catalog:
        summary = summarize(catalog, Filters())
    assert (summary.photos, summary.with_faces, summary.skipped) == (6, 5, 1)
    assert (summary.faces, summary.female, summary.male, summary.reviewed) == (8, 5, 3, 1)
    assert [bar for bar in summary.decades if bar.female or bar.male] == [
        Bar("0-9", 1, 1),
        Bar("10-19", 1, 0),  # 19.99 is still 19
        Bar("30-39", 2, 0),  # the corrected one is here
        Bar("40-49", 0, 1),
        Bar("60-69", 1, 0),
        Bar("100+", 0, 1),
    ]
    assert len(summary.decades) == 11
    assert [bar.label for bar in summary.groups] == list(AGE_GROUPS)
    assert [(bar.female, bar.male) for bar in summary.groups] == [
        (0, 0), (1, 0), (0, 1), (1, 0), (2, 0), (0, 1), (0, 0), (1, 1),
    ]  # fmt: skip


def test_filters_count(path: Path) -> None:
    with Catalog(path) as catalog:
        summary = summarize(catalog, Filters(folder="/p/2019", gender="male"))
        nothing = summarize(catalog, Filters(folder="/elsewhere"))
    assert (summary.photos, summary.with_faces, summary.skipped, summary.faces) == (2, 2, 1, 2)
    assert [bar.label for bar in summary.decades] == ["0-9", "10-19", "20-29", "30-39", "40-49"]
    assert (nothing.photos, nothing.faces, nothing.skipped, nothing.decades) == (0, 0, 0, ())


def test_the_pyramid_in_the_terminal(path: Path) -> None:
    result = run(path)
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        "Apparent age and gender",
        "8 faces: 3 male, 5 female; 1 reviewed",
        "6 photos, 5 of them with faces; 1 file skipped",
    ]
    bar, half = "█" * 33, "█" * 16
    assert f"{'0 ':>35}  30-39  {bar} 2" in lines
    assert f"{'1 ' + half:>35}  40-49   0" in lines
    assert lines.index(next(line for line in lines if "100+" in line)) == 5  # the oldest on top
    assert max(map(len, lines)) <= 80
    middles = {line.index(label) for line in lines for label in ("10-19", "30-39", "40-49") if label in line}
    assert len(middles) == 1


def test_an_empty_library_has_totals_only(tmp_path: Path) -> None:
    build(tmp_path / "c.db", [])
    result = run(tmp_path / "c.db")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "0 faces: 0 male, 0 female; 0 reviewed",
        "0 photos, 0 of them with faces; 0 files skipped",
    ]


def test_a_plot_is_a_picture_with_the_numbers(path: Path, tmp_path: Path) -> None:
    for name in ("pyramid.svg", "pyramid.PNG"):
        assert run(path, "--plot", str(tmp_path / name)).exit_code == 0
    with Image.open(tmp_path / "pyramid.PNG") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width >= 1000
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or ()}
    assert {(0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)} <= colours
    drawing = (tmp_path / "pyramid.svg").read_text(encoding="utf-8")
    for text in ("Apparent age and gender, 8 faces in 5 photos", "male (3)", "female (5)", "often wrong", "100+"):
        assert f"<!-- {text}" in drawing or text in drawing
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pyramid.PNG", "pyramid.svg"]


def test_a_plot_of_another_kind_is_a_usage_error(path: Path, tmp_path: Path) -> None:
    result = run(path, "--plot", str(tmp_path / "pyramid.gif"))
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_plot_of_nothing_is_a_sentence(path: Path, tmp_path: Path) -> None:
    result = run(path, "--age", "120+", "--plot", str(tmp_path / "pyramid.png"))
    assert result.exit_code == 1
    assert "There are no faces to draw." in result.stderr
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_it_says_what_to_install(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = run(path, "--plot", str(tmp_path / "pyramid.png"))
    assert result.exit_code == 1
    assert "pip install 'photogender[plot]'" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_plot_that_cannot_be_written_is_a_sentence(path: Path, tmp_path: Path) -> None:
    result = run(path, "--plot", str(tmp_path / "none" / "pyramid.png"))
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory." in result.stderr
