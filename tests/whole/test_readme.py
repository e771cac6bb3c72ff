"""What the README, the pages of docs/ and the examples say works, as they say it."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from tests.support.caffe_nets import blob_proto, caffemodel, definition, levi_hassner
from tests.support.photos import write_faces

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
TAKE_HOURS = [REPOSITORY / "docs" / name for name in ("levi-hassner.md", "model-card.md")]
"""How the shipped models were trained: these commands are read but not run."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


LINES = [
    line
    for page in PAGES
    if page not in TAKE_HOURS
    for block in blocks(page, "sh")
    for line in block.replace("\\\n", "").splitlines()
]
COMMANDS = [line for line in LINES if line.startswith("photogender ")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    run(folder, [sys.executable, str(REPOSITORY / "examples" / "copy_demo_photos.py"), "Pictures"])
    (folder / "Pictures" / "t1.jpg").rename(folder / "Pictures" / "team.jpg")
    for name, outputs in (("age", 8), ("gender", 2)):
        net = levi_hassner(outputs, 67, outputs, 16)
        (folder / f"deploy_{name}.prototxt").write_text(definition(net, "v1"))
        (folder / f"{name}_net.caffemodel").write_bytes(caffemodel(net, "v1"))
    write_faces(folder / "faces")
    mean = blob_proto(np.full((3, 80, 80), 100, np.float32), "v1")
    (folder / "mean.binaryproto").write_bytes(mean.SerializeToString())
    return folder


def run(home: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    for name in ("PHOTOGENDER_CATALOG", "PHOTOGENDER_MODELS"):
        environment.pop(name, None)
    result = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{command}: {result.stderr}"
    return result


def look_at_the_page(home: Path, words: list[str]) -> None:
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "BROWSER": "true"}
    environment.pop("PHOTOGENDER_CATALOG", None)
    command = [sys.executable, "-m", *words]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as page:
        assert page.stdout
        address = page.stdout.readline().strip()
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"Review faces" in answer.read()
        page.send_signal(signal.SIGINT)
        assert page.wait(60) == 130


@pytest.mark.slow
def test_commands_of_the_pages_run_in_order(home: Path) -> None:
    assert len(COMMANDS) > 30
    for line in COMMANDS:
        words = shlex.split(line.replace("~", str(home)), comments=True)
        if words[1:3] == ["train", "levi-hassner"]:
            words += ["--iterations", "1"]  # what it learns is not the question
        if words[1] == "review":  # serves until Ctrl-C
            look_at_the_page(home, words)
            continue
        result = run(home, [sys.executable, "-m", *words])
        assert "Traceback" not in result.stderr
    assert (home / "faces.csv").read_text().count("\n") == 8
    assert (home / "photos.csv").read_text().count("\n") == 3
    assert (home / "boxes.jpg").stat().st_size > 10_000
    assert "7</strong> faces" in (home / "library.html").read_text(encoding="utf-8")
    assert "data:image/jpeg" in (home / "Ada.html").read_text(encoding="utf-8")


@pytest.mark.slow  # it asks the catalog of the test before
def test_the_questions_in_sql_find_something(home: Path) -> None:
    questions = [shlex.split(line) for line in COMMANDS if " --sql " in line]
    assert len(questions) > 5
    for words in questions:
        result = run(home, [sys.executable, "-m", *words, *([] if "paths" in words else ["--format", "ndjson"])])
        # The demo has no child.
        assert bool(result.stdout) == ("age < 13" not in words[-1]), words


def test_the_datasette_command_names_what_is_there() -> None:
    (line,) = [line for line in LINES if line.startswith("datasette ")]
    assert (REPOSITORY / shlex.split(line)[-1]).is_file()


def test_no_line_of_a_block_is_left_untried() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for line in LINES:
        match shlex.split(line, comments=True):
            case ["photogender" | "datasette", *_]:
                pass
            case ["make", target]:
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), line
            case ["pip", "install", what]:
                name, _, extras = what.strip("]").partition("[")
                assert name == project["name"], line
                assert set(extras.split(",")) <= set(project["optional-dependencies"]), line
            case _:
                raise AssertionError(f"nothing tries {line!r}")


@pytest.mark.parametrize("page", TAKE_HOURS, ids=lambda page: page.name)
def test_commands_that_take_hours_name_what_there_is(page: Path, home: Path) -> None:
    """Click refuses unknown options before it shows the help."""
    (block,) = blocks(page, "sh")
    assert "photogender train" in block
    others = "".join(f"{name}() {{ :; }}\n" for name in ("pip", "npm", "tar"))
    ours = f'photogender() {{ "{sys.executable}" -m photogender "$@" --help; }}\n'
    run(home, ["bash", "-euc", others + ours + block])


def test_benchmarks_of_the_pages_are_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"python -m benchmarks\.(\w+)", page.read_text("utf-8"))}
    assert len(named) > 5
    for name in named:
        assert (REPOSITORY / "benchmarks" / f"{name}.py").is_file(), name


def test_the_library_example_of_the_page_runs(home: Path) -> None:
    (program,) = [block for page in PAGES for block in blocks(page, "python")]
    result = run(home, [sys.executable, "-c", program])
    assert result.stdout.count("Pictures") == 2
    assert len(re.findall(r"^(?:fe)?male \d+", result.stdout, re.MULTILINE)) >= 4


def test_the_library_example_file_runs(home: Path) -> None:
    shutil.rmtree(home / "example", ignore_errors=True)
    example = REPOSITORY / "examples" / "scan_and_list.py"
    result = run(home, [sys.executable, str(example), "Pictures", str(home / "example" / "catalog.db")])
    assert "team.jpg: 6 faces" in result.stdout
    assert len(result.stdout.splitlines()) == 9


def test_every_command_is_in_the_readme() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "photogender", "--help"], capture_output=True, text=True, check=True
    ).stdout
    listed = re.findall(r"^  (\w+)  ", shown.partition("Commands:")[2], re.MULTILINE)
    assert len(listed) >= 8
    for name in listed:
        assert f"| `{name}" in README, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_and_paths_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("https://"):
            continue
        file, _, heading = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        if heading:
            assert heading in anchors(target.read_text(encoding="utf-8")), link
    for path in re.findall(r"`((?:\w+/)+\w+\.\w+)`", text):
        assert "NAME" in path or any((top / path).exists() for top in (REPOSITORY, REPOSITORY / "photogender")), path


def anchors(text: str) -> list[str]:
    """The headings of a page as GitHub names them in an address."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
