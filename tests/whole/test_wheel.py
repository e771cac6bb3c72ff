"""What is inside the wheel, and that it says the terms of all of it."""

import email
import re
import subprocess
import sys
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
            assert f"Model:    {spec.name}" in SECTIONS[name]
            (terms,) = re.findall(r"^Terms: +(.*)$", SECTIONS[name], re.MULTILINE)
            assert spec.licence.startswith(terms)


def test_the_terms_are_told_where_models_are_chosen() -> None:
    listed = CliRunner().invoke(main, ["models", "list"]).stderr
    assert f"compact and levi-hassner come with photogender, for non-commercial research only: {TERMS}" in listed
    for name in ("compact", "levi-hassner"):
        assert f"terms  {TERMS}" in CliRunner().invoke(main, ["models", "show", name]).stdout
    assert "terms" not in CliRunner().invoke(main, ["models", "show", "dlib"]).stdout
    assert str(TERMS) in CliRunner().invoke(main, ["doctor"]).stdout
