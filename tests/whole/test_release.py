"""What a release is made with: workflows, images, lowest versions and the changelog name what there is."""

import fnmatch
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from photogender import __version__
from photogender.cli import main

REPOSITORY = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_workflows_and_ci_make_what_the_makefile_has() -> None:
    scripts = [(REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")]
    for path in WORKFLOWS:
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        scripts += [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    made = {name for script in scripts for name in re.findall(r"^ *make (\w+)", script, re.MULTILINE)}
    assert made >= {"lint", "fast", "lowest", "test", "wheel", "docs"}
    assert made <= targets()


def test_workflows_try_every_python_that_the_package_names() -> None:
    checks = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8"))
    tried = checks["jobs"]["fast"]["strategy"]["matrix"]["python"]
    named = [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"] if re.search(r"3\.\d+$", name)]
    assert tried == named
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"


def test_the_lowest_versions_are_those_of_the_package() -> None:
    program = [sys.executable, str(REPOSITORY / ".ci" / "lowest.py")]
    said = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = {*PROJECT["project"]["dependencies"], *(line for lines in extras for line in lines)}
    assert {line.replace(">=", "==") for line in wanted} == set(said)


def test_the_changelog_begins_with_what_is_unreleased_and_then_this_version() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased, newest, *_ = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    assert unreleased == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d", newest)


def test_the_image_copies_what_there_is_and_what_is_not_ignored() -> None:
    folder = REPOSITORY / "docker"
    ignored = (folder / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", (folder / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    sources = [source for line in lines for source in line.split()]
    assert len(sources) > 3
    for source in sources:
        assert (REPOSITORY / source).exists()
        assert any(fnmatch.fnmatch(source, pattern) for pattern in kept), source
    # What the package is built from is there.
    assert set(PROJECT["project"]["license-files"]) <= {*sources, "models/LICENSE"}
    assert PROJECT["project"]["readme"] in sources


def services() -> dict[str, list[str]]:
    composed = yaml.safe_load((REPOSITORY / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    return {name: service["command"] for name, service in composed["services"].items()}


@pytest.mark.parametrize("name", services())
def test_the_commands_of_the_services_are_understood(name: str) -> None:
    """Click refuses unknown options before it shows the help."""
    result = CliRunner().invoke(main, [*services()[name], "--help"])
    assert result.exit_code == 0, result.output


def test_commands_of_the_guide_for_contributors_are_there() -> None:
    guide = (REPOSITORY / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    commands = [
        shlex.split(line) for block in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL) for line in block.split("\n")
    ]
    assert {words[1] for words in commands if words} <= targets()
    for link in re.findall(r"\]\(([^)#]+)", guide):
        assert (REPOSITORY / ".github" / link).exists(), link
