"""``photogender models verify --against insightface``: InsightFace's models here and in its own package."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from photogender.models.folders import SHIPPED
from tests.support.nets import genderage_like


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder, and no packs that insightface downloaded."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def run(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["models", *map(str, words)])
    assert result.exit_code == code, result.output
    return result


def compare(*names: str, code: int = 0) -> str:
    result = run("verify", "--against", "insightface", *names, code=code)
    return result.stdout or result.stderr


def altered(folder: Path, shared: Path, name: str, old: str, new: str) -> None:
    """A model of its own with the file of scrfd-500m, whose spec differs from that one's."""
    (folder / name).mkdir(parents=True)
    shutil.copyfile(shared / "models-thirdparty" / "scrfd_500m.onnx", folder / name / "det_500m.onnx")
    text = (SHIPPED / "scrfd-500m.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / name / "spec.toml").write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.shared
def test_scrfd_finds_here_what_it_finds_there(folder: Path, shared: Path) -> None:
    file = shared / "models-thirdparty" / "scrfd_500m.onnx"
    run("pull", "scrfd-500m", "--accept-licence", "--from", file)
    told = compare()
    assert re.match(r"scrfd-500m: the same as in insightface \d\S*: 6 faces, and 6 there; boxes and ", told)
    # A spec that feeds or reads the network in another way is told from a right one.
    altered(folder, shared, "fed-wrongly", "mean = [127.5, 127.5, 127.5]", "mean = [0.0, 0.0, 0.0]")
    assert compare("scrfd-500m", "fed-wrongly", code=1).splitlines()[1].startswith("fed-wrongly: not the same as in ")
    altered(folder, shared, "read-wrongly", 'channels = "RGB"', 'channels = "BGR"')
    assert "pixels, scores by 0.0" in (told := compare("read-wrongly", code=1))
    assert "not the same" in told


@pytest.mark.shared
def test_age_and_gender_are_estimated_as_there(folder: Path, shared: Path, tmp_path: Path) -> None:
    file = genderage_like(tmp_path / "genderage.onnx")
    # insightface finds no normalisation inside this network, and so normalises itself.
    normal = ("--mean", "127.5", "--scale", "0.0078125")
    run("add", file, "--like", "insightface-genderage", "--name", "normal", *normal)
    run("add", file, "--like", "insightface-genderage", "--name", "raw")
    assert "Get one with: photogender models pull scrfd-500m" in compare("normal", code=1)
    scrfd = shared / "models-thirdparty" / "scrfd_500m.onnx"
    run("pull", "scrfd-500m", "--accept-licence", "--from", scrfd)
    assert "normal: the same as in insightface" in (told := compare("normal"))
    assert "6 of 6 genders are the same" in told
    assert "raw: not the same as in insightface" in compare("raw", code=1)


def test_what_cannot_be_compared_is_told() -> None:
    told = run("verify", "--against", "insightface", code=1).stderr
    assert told.startswith("Error: No model of InsightFace is installed.\nGet one with: photogender models pull ")
    assert "compact is not a model that the insightface package can run." in compare("compact", code=1)


@pytest.mark.shared
def test_an_insightface_that_cannot_be_loaded_is_told(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("pull", "scrfd-500m", "--accept-licence", "--from", shared / "models-thirdparty" / "scrfd_500m.onnx")
    monkeypatch.setitem(sys.modules, "insightface.app", None)
    assert compare(code=1).startswith("Error: insightface cannot be loaded: ")
