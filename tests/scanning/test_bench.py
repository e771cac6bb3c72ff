"""``photogender bench``: every stage has a time, nothing is kept, and the advice fits."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from photogender.cli.commands.bench import _report
from photogender.scanning.bench import STAGES, Bench
from tests.support.photos import make_library


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bench", *arguments], catch_exceptions=False)


def test_the_table_adds_up_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOGENDER_CATALOG", str(tmp_path / "catalog.db"))
    folder = tmp_path / "Pictures"
    make_library(folder, 9)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    before = sorted(tmp_path.rglob("*"))
    result = run(str(folder), "--photos", "20")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "9 photos of 0.1 megapixels on average, 7 faces"
    assert lines[1].startswith("centerface and compact, ")
    times = dict(re.findall(r"^(\w+) +([\d.]+) +\d+%$", result.stdout, re.MULTILINE))
    assert tuple(times) == STAGES
    assert float(times["detect"]) > float(times["record"])
    assert float(times["decode"]) > 0
    assert re.search(r"^scan: [\d.]+ photos/s; the stages together allow [\d.]+$", result.stdout, re.MULTILINE)
    assert "Finding the faces takes the most time" in result.stdout, "small pictures decode in no time"
    assert sorted(tmp_path.rglob("*")) == before


def test_photos_are_taken_from_all_over(tmp_path: Path) -> None:
    make_library(tmp_path, 9)
    result = run(str(tmp_path), "--photos", "3", "--workers", "1")
    assert result.stdout.startswith("3 photos of")
    assert "1 worker, device cpu" in result.stdout


SETTINGS = {"detector": "centerface", "model": "compact", "oversample": False}
ADVICE = [
    ("read", {}, "cpu", "Reading the files takes the most time: a faster drive helps"),
    ("decode", {}, "cpu", "Decoding takes the most time. No option avoids it"),
    (
        "detect",
        {},
        "cpu",
        "faces takes the most time: "
        "--detector yunet (several times as fast) or an NVIDIA GPU with --device cuda would help.",
    ),
    ("detect", {"detector": "yunet"}, "cpu", "faces takes the most time: an NVIDIA GPU with --device cuda would help."),
    ("detect", {"detector": "yunet"}, "cuda", "faces takes the most time, and no option avoids it."),
    ("crop", {}, "cpu", "a larger --min-face leaves them out"),
    (
        "classify",
        {"oversample": True},
        "cpu",
        "leaving out --oversample or a smaller --model or an NVIDIA GPU with --device cuda would help.",
    ),
    ("classify", {}, "cuda", "Estimating age and gender takes the most time: a smaller --model would help."),
    ("record", {}, "cpu", "put it on a local drive with --catalog"),
]


@pytest.mark.parametrize(("stage", "given", "device", "advice"), ADVICE)
def test_the_bottleneck_gets_its_advice(stage: str, given: dict[str, object], device: str, advice: str) -> None:
    stages = dict.fromkeys(STAGES, 0.1) | {stage: 0.5}
    result = Bench(photos=2, faces=3, megapixels=12.0, stages=stages, seconds=0.25, workers=2, device=device)
    assert (result.rate, result.bound, result.bottleneck) == (8.0, pytest.approx(4.0), stage)
    told = _report(result, SETTINGS | given)
    assert advice in told
    assert "far below" not in told


def test_a_busy_machine_is_told() -> None:
    stages = dict.fromkeys(STAGES, 0.1)
    result = Bench(photos=2, faces=3, megapixels=12.0, stages=stages, seconds=10, workers=2, device="cpu")
    assert "this machine is busy" in _report(result, SETTINGS)


def test_no_photos(tmp_path: Path) -> None:
    result = run(str(tmp_path))
    assert (result.exit_code, "no photos there" in result.stderr) == (1, True)
    (tmp_path / "text.jpg").write_text("no picture")
    result = run(str(tmp_path))
    assert (result.exit_code, "None of these files is a picture" in result.stderr) == (1, True)
