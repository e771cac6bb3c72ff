"""``photogender evaluate``: real pictures, the real command, and its numbers."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender.cli import main
from photogender.evaluation.adience import fold, read_lists
from tests.support.adience import Line, save_picture, write_lists
from tests.support.library import build_corrected
from tests.support.nets import install
from tests.support.photos import face

NO_FACE = Image.new("RGB", (300, 300), (90, 120, 60))


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, args)], catch_exceptions=False)


def as_json(*args: str | Path) -> dict[str, Any]:
    result = run(*args, "--format", "json")
    assert result.exit_code == 0, result.stderr
    content: dict[str, Any] = json.loads(result.stdout)
    return content


@pytest.fixture(scope="module")
def adience(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of one woman of about thirty and two without a face; two users, repeated lines, odd labels."""
    folder = tmp_path_factory.mktemp("adience")
    lists: list[list[Line]] = [
        [("a@N0", "1.jpg", "1", "(25, 32)", "f"), ("a@N0", "1.jpg", "1", "(25, 32)", "f")],
        [("b@N0", "2.jpg", "2", "(25, 23)", "f"), ("b@N0", "3.jpg", "2", "(0, 2)", "m")],
        [("c@N0", "4.jpg", "3", "35", "f"), ("c@N0", "5.jpg", "3", "None", "u")],
        [("d@N0", "6.jpg", "4", "(38, 43)", "u")],
        [("e@N0", "empty.jpg", "5", "(25, 32)", "f")],
    ]
    write_lists(folder, lists)
    for lines in lists:
        for line in lines:
            save_picture(folder, line, NO_FACE if line[1] == "empty.jpg" else face())
    return folder


def test_adience_counts_and_scores_each_fold(adience: Path) -> None:
    report = as_json("--adience", adience)
    folds = report["folds"]
    assert [(row["faces"], row["found"]) for row in folds["folds"]] == [(1, 1), (2, 2), (1, 1), (1, 1), (1, 0)]
    # The default model estimates a woman of about thirty, also for the picture that is labelled as a boy of one.
    assert [row["gender"]["value"] for row in folds["folds"]] == [1, 0.5, 1, None, 0]
    assert [row["exact"]["faces"] for row in folds["folds"]] == [1, 2, 0, 1, 1]
    exact = [row["exact"]["value"] for row in folds["folds"] if row["exact"]["faces"]]
    assert folds["exact"]["mean"] == pytest.approx(np.mean(exact))
    assert folds["exact"]["standard_error"] == pytest.approx(np.std(exact, ddof=1) / 2)
    assert folds["gender"] == {"mean": 0.625, "standard_error": pytest.approx(0.2394, abs=1e-4), "folds": 4}
    assert report["scores"]["compact"]["total"]["mae"]["faces"] == 0  # Adience has no ages in years
    assert sum(map(sum, report["scores"]["compact"]["ages"])) == 5
    assert report["published_lists"] is False


def test_adience_as_published_drops_the_misprint_and_keeps_the_repetition(adience: Path) -> None:
    folds = as_json("--adience", adience, "--published-lists")["folds"]
    assert [(row["faces"], row["exact"]["faces"]) for row in folds["folds"]] == [(2, 2), (2, 1), (1, 0), (1, 1), (1, 1)]


def test_one_model_for_each_fold_and_whole_pictures_as_faces(
    adience: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path))
    for number in range(5):
        install(tmp_path, f"own-{number}", seed=number)
    report = as_json("--adience", adience, "--model", "own-{fold}", "--whole")
    assert [row["found"] for row in report["folds"]["folds"]] == [1, 2, 1, 1, 1]
    assert len(set(report["model_sha256"])) == 5
    assert report["detector"] is None
    assert "gives age groups" in " ".join(report["notes"])
    sampled = as_json("--adience", adience, "--model", "own-{fold}", "--whole", "--oversample")
    assert sampled["oversample"] is True
    missing = run("--adience", adience, "--model", "other-{fold}")
    assert missing.exit_code == 1
    assert "There is no model called other-0" in missing.stderr


def test_adience_as_a_table_and_charts(adience: Path, tmp_path: Path) -> None:
    result = run("--adience", adience, "--plots", tmp_path / "charts")
    assert result.exit_code == 0
    assert "mean of the folds ± standard error" in result.stdout
    assert "62.5 ± 23.9" in result.stdout
    assert re.search(r"66\.7 \(\d+\.\d-100\.0\)", result.stdout)
    assert "100.0 (100.0" not in result.stdout
    assert "MAE" not in result.stdout.partition("In brackets")[0].partition("\n\n")[2].partition("A face")[0]
    drawn = sorted(path.name for path in (tmp_path / "charts").iterdir())
    assert drawn == [
        "accuracy_by_age_group.png",
        "accuracy_by_gender.png",
        "confusion_age.png",
        "confusion_gender.png",
    ]
    for name in drawn:
        with Image.open(tmp_path / "charts" / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 10


def test_pictures_that_cannot_be_read_are_left_out_and_named(adience: Path, tmp_path: Path) -> None:
    lists = [[(f"{number}@N0", "1.jpg", "1", "(25, 32)", "f")] for number in range(5)]
    lists[0].append(("0@N0", "gone.jpg", "1", "(25, 32)", "f"))
    write_lists(tmp_path, lists)
    for line, *_ in lists:
        save_picture(tmp_path, line, face())
    result = run("--adience", tmp_path)
    assert result.exit_code == 0
    assert "gone.jpg: the file is gone" in result.stderr
    assert "Left out: 1 picture that cannot be read" in result.stdout
    for path in (tmp_path / "aligned").rglob("*.jpg"):
        path.write_bytes(b"no picture")
    result = run("--adience", tmp_path)
    assert result.exit_code == 1
    assert "None of the 2 pictures can be read" in result.stderr


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve different pictures with a list: a woman of 30, once labelled as a man of 41; one without a face."""
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "images").mkdir()
    lines = ["file,age,gender,race_code"]
    rng = np.random.default_rng(5)
    for number in range(12):
        picture = np.asarray(NO_FACE if number == 11 else face().resize((200, 200)))
        noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / "images" / f"{number:02}.png")
        lines.append(f"{number:02}.png," + ("41,m,2" if number == 10 else "30,f,0"))
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_labelled_folder_is_scored_by_age_gender_and_race(labelled: Path, tmp_path: Path) -> None:
    report = as_json("--data", labelled, "--part", "all", "--plots", tmp_path)
    scores = report["scores"]["compact"]
    assert (scores["total"]["faces"], scores["total"]["found"]) == (12, 11)
    assert scores["total"]["gender"]["value"] == pytest.approx(10 / 12)
    assert scores["genders"] == [[10, 0, 1], [1, 0, 0]]
    assert [(row["name"], row["faces"]) for row in scores["by_race"]] == [("asian", 1), ("white", 11)]
    assert [(row["name"], row["faces"]) for row in scores["by_age_group"]] == [("25-32", 11), ("38-43", 1)]
    assert scores["total"]["mae"]["faces"] == 11
    assert report["pad"] == 0.5
    assert report["model_sha256"]
    assert (tmp_path / "accuracy_by_race.png").stat().st_size > 10_000


def test_the_list_alone_names_the_pictures_and_parts_divide_them(labelled: Path, tmp_path: Path) -> None:
    (labelled / "images" / "own.csv").write_text((labelled / "labels.csv").read_text())
    everyone = as_json("--data", labelled / "images" / "own.csv", "--part", "all", "--limit", 5)
    assert everyone["scores"]["compact"]["total"]["faces"] == 5
    faces = 0
    for part in ("test", "validation", "train"):
        result = run("--data", labelled, "--part", part, "--format", "json")
        if result.exit_code:
            assert "There is no picture to evaluate" in result.stderr
        else:
            faces += json.loads(result.stdout)["scores"]["compact"]["total"]["faces"]
    assert faces == 12


def test_a_folder_without_labels_says_what_it_needs(tmp_path: Path) -> None:
    result = run("--data", tmp_path)
    assert result.exit_code == 1
    assert "labels.csv" in result.stderr


def test_corrections_of_a_catalog_are_truth(tmp_path: Path) -> None:
    path = build_corrected(tmp_path / "catalog.db")  # face 6, estimated as a man of 1.5, is a woman of 33
    report = as_json("--catalog", path)
    total = report["scores"]["compact"]["total"]
    assert (total["faces"], total["gender"]["value"], total["exact"]["value"]) == (1, 0, 0)
    assert total["mae"]["value"] == 31.5
    assert (total["gender"]["low"], total["gender"]["high"]) == (None, None)
    result = run("--catalog", path)
    assert "The truth is what you said" in result.stdout
    assert "not a random sample: the review page shows the least certain faces first" in result.stdout
    assert "31.50" in result.stdout
    assert "31.50 (" not in result.stdout


def test_a_catalog_without_corrections_says_what_to_do(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["scan", str(tmp_path), "--catalog", str(tmp_path / "catalog.db")])
    result = run("--catalog", tmp_path / "catalog.db")
    assert result.exit_code == 1
    assert "photogender correct FACE" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--data", ".", "--adience", "."], "Give one of"),
        (["--data", ".", "--catalog", "c.db"], "Give one of"),
        (["--part", "all"], "--part goes with --data"),
        (["--data", ".", "--published-lists"], "--published-lists goes with --adience"),
        (["--oversample"], "--oversample goes with --adience or --data"),
        (["--catalog", "c.db", "--model", "dlib"], "--model goes with --adience or --data"),
        (["--data", ".", "--whole", "--detector", "centerface"], "give one of --whole and --detector"),
        (["--data", "nowhere"], "does not exist"),
    ],
)
def test_options_without_effect_are_refused(args: list[str], message: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.shared
def test_adience_shape_from_real_faces_end_to_end(shared: Path, tmp_path: Path) -> None:
    """Fold lists and aligned pictures made of UTKFace with made-up users: counted, split and scored."""
    with (shared / "data" / "utkface" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = np.random.default_rng(7).permutation(len(rows))[:150]
    labels = ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
    lists: list[list[Line]] = [[] for _ in range(5)]
    for number, index in enumerate(chosen):
        row = rows[index]
        age = int(row["age"])
        label = next((f"({low}, {high})" for low, high in labels if low <= age <= high), str(age))
        line = (f"{number % 30}@N0", f"{number}_o.jpg", str(number), label, row["gender"])
        lists[number % 5].append(line)
        with Image.open(shared / "data" / "utkface" / "images" / row["file"]) as picture:
            pixels = np.pad(np.asarray(picture.convert("RGB")), ((60, 60), (60, 60), (0, 0)), "edge")
        save_picture(tmp_path, line, Image.fromarray(pixels))
    write_lists(tmp_path, lists)
    for number in range(5):
        parts = fold(read_lists(str(tmp_path)), number)
        assert len(parts.train) + len(parts.validation) + len(parts.test) == 150
    command = [sys.executable, "-m", "photogender", "evaluate", "--adience", str(tmp_path), "--format", "json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(result.stdout)
    total = report["scores"]["compact"]["total"]
    assert total["faces"] == 150
    assert total["found"] >= 145
    assert total["gender"]["value"] > 0.8
    assert total["exact"]["value"] > 0.4
    assert total["one_off"]["value"] > 0.75
    assert total["gender"]["low"] < total["gender"]["value"] < total["gender"]["high"]
    assert report["folds"]["gender"]["folds"] == 5
    assert "Fold" not in result.stdout
