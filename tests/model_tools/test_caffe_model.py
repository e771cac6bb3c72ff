"""Imported nets as a model: its spec, its labels, its folder, and the command."""

import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from onnxruntime import InferenceSession
from PIL import Image

from photogender.cli import main
from photogender.cli.commands.models_import_caffe import import_caffe
from photogender.errors import ModelError, PhotogenderError
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import AGE_GROUPS
from photogender.model_tools.caffe.convert import convert
from photogender.model_tools.caffe.model import Part, install, spec_table, task_of
from photogender.models.read import load_spec, read_spec
from photogender.models.toml import to_toml
from photogender.records import DecodedImage, FaceBox, FaceCrop, PhotoFacts
from tests.support.caffe_nets import L, Net, blob_proto, caffemodel, definition, levi_hassner
from tests.support.photos import face, rows

AGE, GENDER = levi_hassner(8, 67, 4, 16), levi_hassner(2, 67, 5, 16)


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder, not made yet."""
    folder = tmp_path / "models"
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(folder))
    return folder


def put(folder: Path, name: str, net: Net) -> list[str]:
    """The two files of a net; for the command line."""
    paths = [folder / f"deploy_{name}.prototxt", folder / f"{name}_net.caffemodel"]
    paths[0].write_text(definition(net, "v1"))
    paths[1].write_bytes(caffemodel(net, "v1"))
    return list(map(str, paths))


def mean_image(folder: Path, size: tuple[int, int]) -> str:
    image = np.random.RandomState(0).uniform(60, 180, (3, *size)).astype(np.float32)
    (folder / "mean.binaryproto").write_bytes(blob_proto(image, "v1").SerializeToString())
    return str(folder / "mean.binaryproto")


def call(*arguments: str) -> Result:
    """The command; our errors stay exceptions here, which the group of commands prints."""
    return CliRunner().invoke(import_caffe, list(arguments))


def failed(*arguments: str) -> ModelError:
    result = call(*arguments)
    assert isinstance(result.exception, ModelError), result.output
    assert result.stdout == ""
    return result.exception


def constant(outputs: int, best: int) -> Net:
    """A net that sees nothing and always gives most to one of its outputs."""
    return Net(
        (3, 4, 4), (L("InnerProduct", "fc", "data", {"num_output": outputs}, "", ((outputs, 48), (outputs,))),), best
    )


def test_both_nets_become_a_model_that_runs(tmp_path: Path, models: Path, astronaut: Path) -> None:
    mean = mean_image(tmp_path, (80, 80))
    age, gender = put(tmp_path, "age", AGE), put(tmp_path, "gender", GENDER)
    result = call(*age, *gender, "--mean", mean, "--name", "mine")
    assert result.exit_code == 0, result.output
    assert sorted(os.listdir(models)) == [".lock", "mine"]
    assert sorted(os.listdir(models / "mine")) == ["age.onnx", "gender.onnx", "spec.toml"]
    assert result.stdout == (models / "mine" / "spec.toml").read_text()
    assert "photogender scan PATH --model mine" in result.stderr
    spec = load_spec("mine")
    assert "age_net.caffemodel and gender_net.caffemodel" in spec.source
    assert [(net.input.size, net.input.chip, net.input.channels) for net in spec.nets] == [
        ((67, 67), (80, 80), "BGR")
    ] * 2
    pixels = Image.open(astronaut).convert("RGB")
    image = DecodedImage(pixels, PhotoFacts("", "", *pixels.size))
    (box,) = Detector(load_spec("centerface"), "cpu").detect(pixels)
    crop = crop_face(image, box, spec.nets)
    (got,) = Classifier(spec, "cpu").classify([crop])
    # The same by hand: the centre of the chip, blue first, less the centre of the mean image.
    pictures = crop.chips[0][6:73, 6:73, ::-1].transpose(2, 0, 1).astype(np.float32)
    shift = np.random.RandomState(0).uniform(60, 180, (3, 80, 80)).astype(np.float32)[:, 6:73, 6:73]
    shares = []
    for files in (age, gender):
        plain = convert(Path(files[0]), Path(files[1]))
        shares.append(InferenceSession(plain.onnx).run(None, {"data": (pictures - shift)[None]})[0][0])
    assert got.age_group == AGE_GROUPS[int(shares[0].argmax())]
    assert got.age_confidence == pytest.approx(float(shares[0].max()), abs=1e-5)
    assert got.gender == ("male", "female")[int(shares[1].argmax())]
    assert got.gender_confidence == pytest.approx(float(shares[1].max()), abs=1e-5)


def test_a_library_is_scanned_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    face().save("head.png")
    files = [*put(tmp_path, "gender", GENDER), *put(tmp_path, "age", AGE)]
    for command in (
        ["models", "import-caffe", *files, "--mean", mean_image(tmp_path, (80, 80)), "--name", "mine"],
        ["models", "verify", "mine"],
        ["scan", "head.png", "--model", "mine", "--catalog", "catalog.db", "--strict"],
    ):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    ((gender, age_group, sure),) = rows(tmp_path / "catalog.db", "SELECT gender, age_group, age_confidence FROM faces")
    assert gender in ("female", "male")
    assert age_group in AGE_GROUPS
    assert isinstance(sure, float)
    result = CliRunner().invoke(main, ["models", "import-caffe", *files[::-1], "--name", "other"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "is not a Caffe net definition: it is not text" in result.stderr


def test_labels_are_those_of_the_published_nets(tmp_path: Path) -> None:
    """'(0, 2)', '(4, 6)', … '(60, 100)'; 'Male', 'Female'."""
    crop = FaceCrop(FaceBox(0, 0, 1, 1, 1), (np.zeros((4, 4, 3), np.uint8),) * 2)
    for genders, order in ((("male", "female"), ("male", "female")), (("female", "male"), ("female", "male"))):
        for index, group in enumerate(AGE_GROUPS):
            parts = []
            for task, outputs, best in (("age", 8, index), ("gender", 2, index % 2)):
                net = constant(outputs, best)
                text, weights = (Path(file) for file in put(tmp_path, task, net))
                weights.write_bytes(_peak(net, best))
                parts.append(Part(f"{task}.onnx", task, convert(text, weights), weights.name))  # type: ignore[arg-type]
            name = f"made-{genders[0]}-{index}"
            install(name, parts, genders, print)  # type: ignore[arg-type]
            (answer,) = Classifier(load_spec(name), "cpu").classify([crop])
            assert (answer.age_group, answer.gender) == (group, order[index % 2])
            assert answer.gender_confidence > 0.99
            low, high = (float(year or 100) for year in group.split("-"))
            assert low <= answer.age <= high


def _peak(net: Net, best: int) -> bytes:
    """Weights of nothing, and a bias that is large in one place."""
    from photogender.model_tools.caffe.wire import MESSAGES

    message = MESSAGES["NetParameter"].FromString(caffemodel(net, "new"))
    weights, bias = message.layer[0].blobs
    for blob, top in ((weights, 0.0), (bias, 20.0)):
        values = np.zeros(len(blob.data))
        values[best] = top
        del blob.data[:]
        blob.data.extend(values)
    return bytes(message.SerializeToString())


def test_one_net_becomes_a_file_and_a_printed_spec(tmp_path: Path, models: Path) -> None:
    out = tmp_path / "out" / "age.onnx"
    out.parent.mkdir()
    result = call(*put(tmp_path, "age", AGE), "--mean", "104,117,123.5", "--task", "age", "--out", str(out))
    assert result.exit_code == 0, result.output
    (out.parent / "spec.toml").write_text(result.stdout)
    (net,) = read_spec(out.parent / "spec.toml", "any").nets
    assert net.file.read() == out.read_bytes()
    assert (net.input.mean, net.input.chip, net.gender) == ((104, 117, 123.5), None, None)
    assert net.age is not None
    assert (net.age.groups, net.age.softmax, net.age.output) == (AGE_GROUPS, False, "prob")
    assert net.age.years == (1, 5, 10, 17.5, 28.5, 40.5, 50.5, 70)
    assert not models.exists()


def test_the_chip_is_what_such_nets_were_trained_on(tmp_path: Path) -> None:
    """As large as the mean image; 256 pixels for inputs of 224 to 255; else there is none."""
    for side, mean, chip in ((227, None, (256, 256)), (60, None, None), (60, (61, 64), (64, 61)), (256, None, None)):
        layers = (L("InnerProduct", "fc", "data", {"num_output": 2}, "", ((2, 3 * side**2), (2,))),)
        more = ["--mean", mean_image(tmp_path, mean)] if mean else []
        result = call(*put(tmp_path, "g", Net((3, side, side), layers)), *more, "--out", str(tmp_path / "g.onnx"))
        (tmp_path / "spec.toml").write_text(result.stdout)
        (net,) = read_spec(tmp_path / "spec.toml", "any").nets
        assert net.input.chip == chip
        assert net.gender is not None
        assert (net.gender.kind, net.gender.labels) == ("logits", ("male", "female"))


def test_the_years_from_0_to_100(tmp_path: Path) -> None:
    result = call(*put(tmp_path, "years", constant(101, 3)), "--out", str(tmp_path / "years.onnx"))
    (tmp_path / "spec.toml").write_text(result.stdout)
    (net,) = read_spec(tmp_path / "spec.toml", "any").nets
    assert net.age is not None
    assert (net.age.kind, net.age.years, net.age.softmax) == ("distribution", tuple(range(101)), True)


def test_names_of_any_kind_are_kept(tmp_path: Path) -> None:
    odd = 'a "b" \\ \x1b ü 😀'
    files = put(tmp_path, "odd", constant(2, 0))
    text = Path(files[0]).read_text().replace('"data"', "'" + odd.replace("\\", "\\\\") + "'")
    Path(files[0]).write_text(text)
    net = convert(Path(files[0]), Path(files[1]))
    assert net.input == odd
    (tmp_path / "spec.toml").write_text(to_toml(spec_table(odd, [Part("x.onnx", "gender", net, "caf\udce9")])))
    spec = read_spec(tmp_path / "spec.toml", "any")
    assert spec.nets[0].input.name == odd
    assert "\\udce9" in spec.source


def test_what_a_net_tells(tmp_path: Path) -> None:
    files = put(tmp_path, "g", constant(2, 0))
    assert "that is gender, not age" in failed(*files, "--task", "age", "--out", str(tmp_path / "g.onnx")).message
    assert not (tmp_path / "g.onnx").exists()
    files = put(tmp_path, "g", constant(7, 0))
    error = failed(*files, "--out", str(tmp_path / "g.onnx"))
    assert "gives 7 numbers a face; 2 would be a gender, 8 the age groups, 101" in error.message
    pooled = Net((3, 4, 4), (L("Pooling", "p", "data", {"kernel_size": 2}),))
    with pytest.raises(ModelError, match="gives 3 × 3 × 3 numbers a face"):
        task_of(convert(*map(Path, put(tmp_path, "p", pooled))), Path("p"))


def test_a_model_has_both_nets(tmp_path: Path, models: Path) -> None:
    age = put(tmp_path, "age", AGE)
    for files in (age, age * 2):
        assert "one net for the age and one for the gender" in failed(*files, "--name", "mine").message
    assert not models.exists()


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", ".hidden", "a b", "a\nb"])
def test_names_that_cannot_be(tmp_path: Path, models: Path, name: str) -> None:
    files = [*put(tmp_path, "age", AGE), *put(tmp_path, "gender", GENDER)]
    assert "cannot be a model's name" in failed(*files, f"--name={name}").message
    assert not models.exists()


def test_a_name_that_is_taken(tmp_path: Path, models: Path) -> None:
    files = [*put(tmp_path, "age", AGE), *put(tmp_path, "gender", GENDER)]
    assert "already" in failed(*files, "--name", "dlib").message
    assert call(*files, "--name", "mine").exit_code == 0
    before = sorted((path, path.read_bytes()) for path in models.rglob("*.*"))
    error = failed(*files, "--mean", "1,2,3", "--name", "mine")
    assert "photogender models remove mine" in error.hint
    assert sorted((path, path.read_bytes()) for path in models.rglob("*.*")) == before


def test_a_folder_that_cannot_be_written(tmp_path: Path, models: Path) -> None:
    models.write_text("a file")
    files = [*put(tmp_path, "age", AGE), *put(tmp_path, "gender", GENDER)]
    result = call(*files, "--name", "mine")
    assert isinstance(result.exception, PhotogenderError)
    assert "PHOTOGENDER_MODELS" in result.exception.hint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        (["a"], "Give a DEPLOY and a CAFFEMODEL"),
        (["a", "b", "c"], "Give a DEPLOY and a CAFFEMODEL"),
        (["a", "b"], "either --name NAME or --out FILE"),
        (["a", "b", "--name", "x", "--out", "y"], "either --name NAME or --out FILE"),
        (["a", "b", "c", "d", "--out", "y"], "--out takes one net"),
        (["a", "b", "c", "d", "--name", "y", "--task", "age"], "--task once for each net"),
        (["a", "b", "--out", "y", "--mean", "1,2"], "give three numbers"),
        (["a", "b", "--out", "y", "--mean", "1,2,nan"], "give three numbers"),
    ],
)
def test_wrong_command_lines(arguments: list[str], message: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    files = put(tmp_path, "age", AGE)
    assert "nowhere.prototxt cannot be read" in failed("nowhere.prototxt", files[1], "--out", "y").message
    error = failed(*files, "--mean", "nowhere.binaryproto", "--out", str(tmp_path / "y"))
    assert "nowhere.binaryproto cannot be read" in error.message
