"""``photogender models add``: tiny networks that fit their specs, and each way not to."""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from photogender.cli import main
from photogender.errors import ModelError
from photogender.faces.classify import Classifier
from photogender.model_tools import apart
from photogender.model_tools.installed import is_installed
from photogender.models.read import load_spec
from photogender.models.toml import to_toml
from photogender.records import FaceBox, FaceCrop

JOINT = {"gender": (2, "Softmax"), "age": (1, None)}
FLAGS = (
    "--channels RGB --mean 0 --scale 0.00392157 --box 1.5 --gender-output gender --labels female,male "
    "--age-output age --age-kind regression --factor 50"
).split()
SPEC = """
[[nets]]
[nets.input]
channels = "BGR"
mean = [104.0, 117.0, 123.0]
scale = 1.0

[nets.alignment]
box = 1.5

[nets.gender]
output = "gender"
labels = ["male", "female"]

[nets.age]
output = "age"
kind = "regression"
"""


def network(
    path: Path,
    outputs: dict[str, tuple[int, str | None]] = JOINT,
    *,
    shape: tuple[int | str, ...] = ("N", 3, 8, 8),
    kind: int = TensorProto.FLOAT,
    name: str = "data",
    further_input: bool = False,
    reshape: int | None = None,
    axes: tuple[int, int] = (2, 3),
) -> Path:
    """A network of the mean of each channel, a matrix and an activation for each output."""
    rng = np.random.default_rng(0)
    inputs = [helper.make_tensor_value_info(name, kind, shape)]
    nodes = [helper.make_node("ReduceMean", [name], ["means"], axes=axes, keepdims=0)]
    weights = []
    if kind != TensorProto.FLOAT:
        nodes = [helper.make_node("Cast", [name], ["cast"], to=TensorProto.FLOAT), *nodes]
        nodes[1].input[0] = "cast"
    if further_input:
        inputs.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, ["N", 3]))
        nodes.append(helper.make_node("Add", ["means", "more"], ["sum"]))
    if reshape is not None:
        weights.append(numpy_helper.from_array(np.array([reshape, 3], np.int64), "to"))
        nodes.append(helper.make_node("Reshape", ["means", "to"], ["shaped"]))
    means = "sum" if further_input else "shaped" if reshape is not None else "means"
    for output, (width, activation) in outputs.items():
        matrix = rng.normal(0, 2, (3, width)).astype(np.float32)
        weights.append(numpy_helper.from_array(matrix, f"{output} matrix"))
        nodes.append(
            helper.make_node("MatMul", [means, f"{output} matrix"], [f"{output} raw" if activation else output])
        )
        if activation:
            nodes.append(helper.make_node(activation, [f"{output} raw"], [output]))
    values = [helper.make_tensor_value_info(each, TensorProto.FLOAT, None) for each in outputs]
    graph = helper.make_graph(nodes, "tiny", inputs, values, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder."""
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def add(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["models", "add", *map(str, words)])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(folder: Path, *words: object) -> str:
    """What ``add`` says against it; nothing of it stays."""
    before = installed(folder)
    said = add(*words, code=1).stderr
    assert installed(folder) == before
    return said


def installed(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name != ".lock") if folder.exists() else []


def test_a_network_with_flags_is_added_and_used(folder: Path, tmp_path: Path) -> None:
    result = add(network(tmp_path / "Mine.onnx"), *FLAGS, "--title", 'My "net" \\', "--licence", "mine")
    assert result.stdout == f"{folder}/mine/Mine.onnx\n"
    assert "Use it with: photogender scan --model mine PATH" in result.stderr
    spec = load_spec("mine")
    assert is_installed(spec)
    assert (spec.title, spec.licence, spec.accuracy) == ('My "net" \\', "mine", "not measured")
    (net,) = spec.nets
    assert (net.input.name, net.input.size, net.input.mean) == ("data", (8, 8), (0.0, 0.0, 0.0))
    assert net.alignment is not None
    assert net.alignment.box == 1.5
    chip = np.full((8, 8, 3), 255, np.uint8)
    (prediction,) = Classifier(spec, "cpu").classify([FaceCrop(FaceBox(0, 0, 1, 1, 1), (chip,))])
    rng = np.random.default_rng(0)
    gender, age = (rng.normal(0, 2, (3, width)).astype(np.float32).sum(axis=0) for width in (2, 1))
    share = np.exp(gender) / np.exp(gender).sum()
    assert prediction.gender == ("female", "male")[int(share.argmax())]
    assert prediction.gender_confidence == pytest.approx(share.max(), abs=1e-4)
    assert prediction.age == pytest.approx(max(0.0, float(age[0]) * 50), rel=1e-4)
    listed = CliRunner().invoke(main, ["models", "list"]).stdout
    assert [line.split()[0] for line in listed.splitlines() if line].count("mine") == 1


def test_a_network_with_a_spec(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "age.toml").write_text(SPEC)
    add(network(tmp_path / "x.onnx"), "--spec", tmp_path / "age.toml")
    spec = load_spec("age")
    assert spec.nets[0].gender is not None
    assert spec.nets[0].gender.labels == ("male", "female")
    assert spec.nets[0].input.channels == "BGR"
    assert sorted(os.listdir(folder / "age")) == ["spec.toml", "x.onnx"]


def test_two_files_with_a_spec(folder: Path, tmp_path: Path) -> None:
    parts = {"age": {"kind": "distribution", "years": [10.0, 50.0]}, "gender": {"labels": ["female", "male"]}}
    nets = [
        {
            "file": {"path": f"{head}.onnx"},
            "input": {"channels": "RGB", "mean": [0, 0, 0], "scale": 0.01},
            "alignment": {"box": 1.2},
            head: part,
        }
        for head, part in parts.items()
    ]
    (tmp_path / "both.toml").write_text(to_toml({"title": "Two", "nets": nets}))
    files = [network(tmp_path / f"{head}.onnx", {"out": (2, "Softmax")}) for head in ("gender", "age")]
    add(*files, "--spec", tmp_path / "both.toml", "--name", "pair")
    assert [net.file.name for net in load_spec("pair").nets] == ["age.onnx", "gender.onnx"]
    nets[0]["file"] = {"path": "elsewhere.onnx"}
    (tmp_path / "both.toml").write_text(to_toml({"nets": nets}))
    said = refused(folder, *files, "--spec", tmp_path / "both.toml")
    assert "'elsewhere.onnx', which is not among gender.onnx, age.onnx" in said


HEADS = {
    "logits": (
        {"out": (5, None)},
        "--gender-kind logits --gender-columns 0,2 --age-kind regression --age-columns 2,3",
    ),
    "sigmoid": (
        {"g": (1, "Sigmoid"), "a": (1, None)},
        "--gender-output g --gender-kind sigmoid --age-output a --age-kind regression",
    ),
    "years": (
        {"g": (2, "Softmax"), "a": (101, "Softmax")},
        "--gender-output g --age-output a --age-kind distribution --years 0-100",
    ),
    "logits of years": (
        {"g": (2, "Softmax"), "a": (3, None)},
        "--gender-output g --age-output a --years 10,30,50 --softmax",
    ),
    "pairs": (
        {"out": (202, None)},
        "--gender-kind logits --gender-columns 0,2 --age-kind pairs --pairs 100 --age-columns 2,202",
    ),
    "groups": (
        {"g": (2, "Softmax"), "a": (8, "Softmax")},
        "--gender-output g --age-output a --age-kind groups --groups 0-2,4-6,8-12,15-20,25-32,38-43,48-53,60-",
    ),
}


@pytest.mark.parametrize("kind", HEADS)
def test_every_kind_of_head(folder: Path, tmp_path: Path, kind: str) -> None:
    outputs, flags = HEADS[kind]
    add(network(tmp_path / "x.onnx", outputs), "--labels", "male,female", *FLAGS[:8], *flags.split())
    assert load_spec("x").nets[0].age is not None


def test_a_batch_that_is_fixed_is_freed(folder: Path, tmp_path: Path) -> None:
    add(network(tmp_path / "x.onnx", shape=(1, 3, 8, 8)), *FLAGS)
    assert load_spec("x").nets[0].input.make_dynamic
    said = refused(folder, network(tmp_path / "y.onnx", shape=(1, 3, 8, 8), reshape=1), *FLAGS)
    assert "cannot run y.onnx" in said
    assert "y.onnx has the input 'data' (float, 1 × 3 × 8 × 8)" in said


def changed(flags: list[str], **others: str) -> list[str]:
    """Flags with other values."""
    flags = list(flags)
    for key, value in others.items():
        flags[flags.index(f"--{key.replace('_', '-')}") + 1] = value
    return flags


WRONG: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "input name": ({}, [*FLAGS, "--input", "image"], "x.onnx has no input 'image'"),
    "output name": ({}, changed(FLAGS, gender_output="sex"), "x.onnx has no output 'sex'"),
    "size": ({}, [*FLAGS, "--size", "16x12"], "takes pictures of 8 × 8 pixels, but its spec says [16, 12]"),
    "label count": ({"outputs": {"gender": (3, "Softmax"), "age": (1, None)}}, FLAGS, "asks for (1, 2)"),
    "labels": (
        {},
        changed(FLAGS, labels="f,m"),
        "['f', 'm'], which is not a list of 2 items, each one of female, male",
    ),
    "one label": ({}, changed(FLAGS, labels="male,male"), "both labels of the gender are 'male'"),
    "box": ({}, changed(FLAGS, box="0"), "the box of the alignment is 0.0, not above 0"),
    "years": ({}, [*changed(FLAGS, age_kind="distribution"), "--years", "0-9"], "asks for (1, 10)"),
    "no years": ({}, changed(FLAGS, age_kind="distribution"), "does not say what its numbers mean"),
    "groups": (
        {"outputs": {"gender": (2, "Softmax"), "age": (2, "Softmax")}},
        [*changed(FLAGS, age_kind="groups"), "--groups", "young,old"],
        "the age groups must be among 0-2",
    ),
    "columns": ({}, [*FLAGS, "--gender-columns", "1,3"], "asks for 2 in its columns (1, 3)"),
    "channels last": (
        {"shape": ("N", 8, 8, 3), "axes": (1, 2)},
        FLAGS,
        "does not accept photogender's input: float, batch × 3 ×",
    ),
    "bytes": ({"kind": TensorProto.UINT8}, FLAGS, "does not accept photogender's input: float"),
    "two inputs": ({"further_input": True}, FLAGS, "has 2 inputs"),
    "no size": ({"shape": ("N", 3, "H", "W")}, FLAGS, "no input size"),
    "logits": ({"outputs": {"gender": (2, None), "age": (1, None)}}, FLAGS, "is not probabilities"),
    "no logits": ({}, [*FLAGS, "--gender-kind", "logits"], "is already probabilities"),
    "no sigmoid": (
        {"outputs": {"gender": (1, "Exp"), "age": (1, None)}},
        [*FLAGS, "--gender-kind", "sigmoid"],
        "is not probabilities",
    ),
    "no channels": ({}, FLAGS[2:], "does not say channels"),
    "no mean": ({}, [*FLAGS[:2], *FLAGS[4:]], "does not say mean"),
    "no alignment": ({}, [*FLAGS[:6], *FLAGS[8:]], "no [nets.alignment]"),
    "no gender": ({}, [*FLAGS[:8], *FLAGS[12:]], "one age head, and one gender head or more"),
    "not a number": ({"outputs": {"gender": (2, "Softmax"), "age": (1, "Log")}}, FLAGS, "not finite (NaN or infinity)"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_does_not_fit_is_told_with_what_the_file_has(folder: Path, tmp_path: Path, kind: str) -> None:
    network_of, flags, sentence = WRONG[kind]
    said = refused(folder, network(tmp_path / "x.onnx", **network_of), *flags)
    assert sentence in said
    assert "x.onnx has the input" in said
    assert "and the outputs 'gender' (float" in said
    assert ".x-" not in said
    assert "Traceback" not in said


def endless(path: Path, kind: str) -> Path:
    """A network of gender and age with a loop that does not end, one that takes minutes, or one of 4 GB."""
    square = numpy_helper.from_array(np.full((2000, 2000), 0.001, np.float32), "square")
    parts = {
        "one": np.float32(1),
        "true": np.array(True),
        "many": np.array(2**62),
        "column": np.array([-1, 1]),
        "large": np.array([32_000, 32_000]),
    }
    nodes = [helper.make_node("ReduceMean", ["data"], ["mean"], axes=[1, 2, 3], keepdims=0)]
    if kind == "loop":
        names = (("x", TensorProto.FLOAT), ("go", TensorProto.BOOL), ("turn", TensorProto.INT64))
        x, go, turn = (helper.make_tensor_value_info(name, of, []) for name, of in names)
        more, still = (helper.make_tensor_value_info(f"{name}'", of, []) for name, of in names[:2])
        steps = [helper.make_node("Identity", ["go"], ["go'"]), helper.make_node("Add", ["x", "one"], ["x'"])]
        body = helper.make_graph(steps, "body", [turn, go, x], [still, more])
        nodes.append(helper.make_node("Loop", ["many", "true", "mean"], ["out"], body=body))
    elif kind == "slow":
        nodes += [helper.make_node("ReduceMean", ["mean"], ["m"]), helper.make_node("Mul", ["square", "m"], ["s0"])]
        nodes += [helper.make_node("MatMul", [f"s{n}", f"s{n}"], [f"s{n + 1}"]) for n in range(1000)]
        nodes += [helper.make_node("ReduceMean", ["s1000"], ["all"], keepdims=0)]
        nodes += [helper.make_node("Add", ["all", "mean"], ["out"])]
    else:
        nodes += [helper.make_node("ConstantOfShape", ["large"], ["huge"])]
        nodes += [helper.make_node("ReduceMean", ["huge"], ["all"], keepdims=0)]
        nodes += [helper.make_node("Add", ["all", "mean"], ["out"])]
    nodes += [
        helper.make_node("Reshape", ["out", "column"], ["age"]),
        helper.make_node("Concat", ["age", "age"], ["both"], axis=1),
        helper.make_node("Softmax", ["both"], ["gender"]),
    ]
    graph = helper.make_graph(
        nodes,
        "endless",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", n]) for name, n in (("gender", 2), ("age", 1))],
        [square, *(numpy_helper.from_array(value, name) for name, value in parts.items())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("loop", "x.onnx has the operator Loop, which may never end: it is not run."),
        ("slow", "The trial of x did not end within 3 s."),
        ("huge", "ONNX Runtime cannot "),  # load it or run it, by its version
    ],
)
def test_a_network_that_does_not_end_is_stopped(
    folder: Path, tmp_path: Path, kind: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "slow":
        monkeypatch.setattr(apart, "_SECONDS", 3)
    assert sentence in add(endless(tmp_path / "x.onnx", kind), *FLAGS, code=1).stderr
    assert installed(folder) == []


def test_the_loop_of_an_installed_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    """Its files were put into the folder by hand."""
    file = network(tmp_path / "x.onnx")
    add(file, *FLAGS)
    data = endless(tmp_path / "loop.onnx", "loop").read_bytes()
    spec = folder / "x" / "spec.toml"
    table = tomllib.loads(spec.read_text())
    table["nets"][0]["file"] |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    spec.write_text(to_toml(table))
    (folder / "x" / "x.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="operator Loop"):
        Classifier(load_spec("x"), "cpu")


def test_ctrl_c_during_the_trial_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "photogender", "models", "add", endless(tmp_path / "x.onnx", "slow"), *FLAGS]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PHOTOGENDER_MODELS": str(folder)}) as it:
        while it.poll() is None and not list(folder.glob(".x-*/new.toml")):
            time.sleep(0.01)
        time.sleep(1)  # in the middle of the trial, or of its start
        it.send_signal(signal.SIGINT)
        assert it.wait() == 130
    assert installed(folder) == []
    assert list(folder.glob(".x-*")) == []


def test_what_is_no_network(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"no network")
    assert "ONNX Runtime cannot load x.onnx" in add(tmp_path / "x.onnx", *FLAGS, code=1).stderr
    assert "cannot be read: No such file" in add(tmp_path / "y.onnx", *FLAGS, code=1).stderr
    assert not folder.exists()


def test_specs_that_say_something_wrong(folder: Path, tmp_path: Path) -> None:
    file = network(tmp_path / "x.onnx")
    spec = tmp_path / "s.toml"
    for text, sentence in {
        "task =": f"The model spec {spec} cannot be read",
        "title = 'x'": "no [[nets]]",
        f"title = {'9' * 5000}": "cannot be read: Exceeds the limit",
        f"title = {'[' * 3000}": "cannot be read: it is nested too deeply",
        SPEC.replace("[nets.input]", f'[nets.file]\nsha256 = "{"0" * 64}"\n[nets.input]'): "its spec says 0000",
    }.items():
        spec.write_text(text)
        assert sentence in add(file, "--spec", spec, code=1).stderr
    assert "cannot be read: No such file or directory." in add(file, "--spec", tmp_path / "no", code=1).stderr
    assert installed(folder) == []


AGES = 'kind = "groups"\ngroups = ["0-2", "60-"]'
FIVE = [[0.3, 0.3], [0.7, 0.3], [0.5, 0.5], [0.35, 0.7], [0.65, 0.7]]
ODD = [
    ("scale = 1.0", "scale = 1.0\ndetail = 0.0", "the detail of the input is 0.0, not above 0"),
    ("scale = 1.0", 'scale = 1.0\ndetail = "0.5"', "[nets.input] says detail = '0.5', which is not a number"),
    ("scale = 1.0", "scale = 1.0\ndetail = inf", "[nets.input] says detail = inf, which is not a number"),
    ("scale = 1.0", "scale = 1.0\ndetail = true", "[nets.input] says detail = True, which is not a number"),
    ("scale = 1.0", "scale = 0", "the scale of the input is 0"),
    ("scale = 1.0", 'scale = "1/255"', "scale = '1/255', which is not a number"),
    ("scale = 1.0", "scale = 1.0\ncolour = 1", "[nets.input] says 'colour', which means nothing there"),
    ("scale = 1.0", "scale = 1.0\nsize = 8", "its spec says 8"),
    ("scale = 1.0", "scale = 1.0\nsize = [8.0, 8.0]", "size = [8.0, 8.0], which is not a list of 2 whole numbers"),
    ("scale = 1.0", "scale = 1.0\nchip = [4, 16]", "the chip, [4, 16] pixels, is smaller than the size"),
    ("scale = 1.0", "scale = 1.0\nchip = [20000, 20000]", "an input of 20000 × 20000 pixels is not 1 to 2048"),
    ("scale = 1.0", f"scale = {10**400}", "which is not a number"),
    ("scale = 1.0", "scale = 1.0\nmake_dynamic = 1", "make_dynamic = 1, which is not true or false"),
    ("[104.0, 117.0, 123.0]", "[1.0, 2.0]", "mean = [1.0, 2.0], which is not a list of 3 numbers"),
    ("[104.0, 117.0, 123.0]", "0", "mean = 0, which is not a list of 3 numbers"),
    ('"BGR"', '"GBR"', "channels = 'GBR', which is not one of RGB, BGR"),
    ("box = 1.5", "box = -1", "the box of the alignment is -1, not above 0"),
    ("box = 1.5", "", "needs a template or a box"),
    ("box = 1.5", f"template = {FIVE[:4]}", "must be five different points"),
    ("box = 1.5", f"template = {FIVE[:1] * 5}", "must be five different points"),
    ("box = 1.5", f"template = {FIVE[0]}", "which is not a list of items, each a list of 2 numbers"),
    ("box = 1.5", f"template = {[[100 * x, 100 * y] for x, y in FIVE]}", "fractions of the chip's width and height"),
    ("box = 1.5", 'box = 1.5\nsampling = "cubic"', "which is not one of smooth, opencv"),
    ('kind = "regression"', 'kind = "guess"', "kind = 'guess', which is not one of distribution, regression, pairs"),
    ('kind = "regression"', 'kind = "regression"\nfactor = 0', "the factor of the age is 0, not above 0"),
    ('kind = "regression"', 'kind = "regression"\ncolumns = [1, 0]', "the columns [1, 0] are wrong"),
    ('kind = "regression"', 'kind = "regression"\ncolumns = "0,1"', "which is not a list of 2 whole numbers"),
    ('kind = "regression"', "years = [50.0, 10.0]", "the years of the age do not ascend"),
    ('kind = "regression"', "years = [-500.0, 10.0]", "the years of the age must be between 0 and 130"),
    ('kind = "regression"', "years = ['a', 'b']", "years = ['a', 'b'], which is not a list of numbers"),
    ('kind = "regression"', AGES, "there are 2 age groups but 0 years; give one for each"),
    ("[[nets]]", "licence = ['mine']\n[[nets]]", "the spec says licence = ['mine'], which is not a text"),
    ("[[nets]]", "title = 2020-01-01\n[[nets]]", "which is not a text"),
    ("[[nets]]", "free = 'no'\n[[nets]]", "the spec says free = 'no', which is not true or false"),
    ("[[nets]]", "task = 'age'\n[[nets]]", "task = 'age', which is not one of detect, age-gender"),
    ("[[nets]]", "task = 'detect'\n[[nets]]", "a [detector] belongs to the task 'detect'"),
    ("[[nets]]", "detector = 'scrfd'\n[[nets]]", "[detector] is 'scrfd', not a table"),
    ("[[nets]]", "colour = 1\n[[nets]]", "the spec says 'colour', which means nothing there"),
    ("[[nets]]", "[[nets]]\nfile = 'x.onnx'", "[nets.file] is 'x.onnx', not a table"),
    ("[[nets]]", "[nets]", "no [[nets]]"),
    ("[nets.alignment]\nbox", "[nets.cut]\nbox", "[[nets]] says 'cut', which means nothing there"),
]
"""What is changed in a spec, and what is said to that."""


@pytest.mark.parametrize(("old", "new", "sentence"), ODD, ids=[new[:60] for _, new, _ in ODD])
def test_specs_with_odd_values(folder: Path, tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert SPEC.count(old) == 1
    (tmp_path / "s.toml").write_text(SPEC.replace(old, new))
    said = refused(folder, network(tmp_path / "x.onnx"), "--spec", tmp_path / "s.toml")
    assert sentence in said
    assert "x.onnx has the input 'data'" in said


def test_how_much_detail_a_net_wants_is_kept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SPEC.replace("scale = 1.0", "scale = 1.0\ndetail = 0.5"))
    add(network(tmp_path / "x.onnx"), "--spec", tmp_path / "s.toml")
    assert load_spec("s").nets[0].input.detail == 0.5


@pytest.mark.parametrize(("licence", "free"), [("", False), ('licence = "MIT"', True)])
def test_a_model_without_a_licence_is_not_free(folder: Path, tmp_path: Path, licence: str, free: bool) -> None:
    (tmp_path / "s.toml").write_text(f"free = true\n{licence}\n{SPEC}")
    add(network(tmp_path / "x.onnx"), "--spec", tmp_path / "s.toml")
    assert load_spec("s").free == free


def test_a_network_whose_weights_are_elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = onnx.load(network(tmp_path / "x.onnx"))
    onnx.save(whole, tmp_path / "x.onnx", save_as_external_data=True, location="x.data", size_threshold=0)
    monkeypatch.chdir(tmp_path)  # where ONNX Runtime finds them, but no scan from elsewhere would
    said = add("x.onnx", *FLAGS, code=1).stderr
    assert "x.onnx stores its weights in another file.\nSave it as one file" in said


def test_two_files_of_one_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SPEC)
    (tmp_path / "sub").mkdir()
    files = network(tmp_path / "x.onnx"), network(tmp_path / "sub" / "x.onnx")
    assert "Several files have the same name" in add(*files, "--spec", tmp_path / "s.toml", code=1).stderr


def test_names(folder: Path, tmp_path: Path) -> None:
    file = network(tmp_path / "x.onnx")
    said = add(file, *FLAGS, "--name", "dlib", code=1).stderr
    assert said == "Error: There is already a model called dlib.\nChoose another name with --name\n"
    for name in ("../out", "", ".hidden", "A b", "x" * 65):
        assert "cannot be a model's name" in add(file, *FLAGS, "--name", name, code=1).stderr
    add(file, *FLAGS)
    assert "photogender models remove x" in add(file, *FLAGS, code=1).stderr
    CliRunner().invoke(main, ["models", "remove", "x", "--yes"])
    add(file, *FLAGS)


def test_two_that_add_the_same_name(folder: Path, tmp_path: Path) -> None:
    file = network(tmp_path / "x.onnx")
    folder.mkdir()
    command = [sys.executable, "-m", "photogender", "models", "add", str(file), *FLAGS]
    with open(folder / ".lock", "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for process in processes:
            assert process.stderr
            assert process.stderr.readline().startswith("Another photogender process is changing")
    said = sorted(process.communicate(timeout=60)[1] for process in processes)
    assert said[0].startswith("Added x.")
    assert said[1].startswith("Error: There is already a model called x.")
    assert installed(folder) == ["x"]


def test_flags_that_do_not_go_together(folder: Path, tmp_path: Path) -> None:
    file = network(tmp_path / "x.onnx")
    (tmp_path / "s.toml").write_text(SPEC)
    assert "--spec takes no other option" in add(file, "--spec", tmp_path / "s.toml", *FLAGS, code=2).stderr
    assert "need a --spec" in add(file, file, *FLAGS, code=2).stderr
    assert "not both" in add(file, *FLAGS, "--template", "dlib", code=2).stderr
    assert "not a size" in add(file, *FLAGS, "--size", "big", code=2).stderr
    assert "list of numbers" in add(file, *FLAGS, "--mean", "1;2", code=2).stderr
    assert (
        "does not align faces by five points"
        in add(file, *FLAGS[:6], *FLAGS[8:], "--template", "insightface-genderage", code=2).stderr
    )
    assert "ten numbers" in add(file, *FLAGS[:6], *FLAGS[8:], "--template", "0.1,0.2", code=2).stderr
    assert "dlib has several networks" in add(file, "--like", "dlib", code=2).stderr
    assert "no model called nothing" in add(file, "--like", "nothing", code=1).stderr


def test_templates_and_likeness(folder: Path, tmp_path: Path) -> None:
    file = network(tmp_path / "x.onnx")
    rest = [*FLAGS[:6], *FLAGS[8:]]
    add(file, *rest, "--template", "insightface-2019")
    known = load_spec("insightface-2019").nets[0].alignment
    assert load_spec("x").nets[0].alignment == known
    points = "0.3,0.3,0.7,0.3,0.5,0.5,0.35,0.7,0.65,0.7"
    add(file, *rest, "--template", points, "--name", "y")
    alignment = load_spec("y").nets[0].alignment
    assert alignment is not None
    assert alignment.template[2] == (0.5, 0.5)
    like = network(tmp_path / "z.onnx", {"fc1": (202, None)}, shape=("N", 3, 112, 112))
    add(like, "--like", "insightface-2019", "--mean", "127.5", "--scale", "0.0078125")
    spec = load_spec("z")
    assert spec.nets[0].age == load_spec("insightface-2019").nets[0].age
    assert spec.nets[0].input.mean == (127.5, 127.5, 127.5)
    assert spec.licence == "not said"


@pytest.mark.shared
def test_a_detector_like_another(folder: Path, tmp_path: Path, shared: Path) -> None:
    file = shared / "models-thirdparty" / "scrfd_2.5g.onnx"
    result = add(file, "--like", "scrfd-500m", "--name", "mine")
    assert "photogender scan --detector mine PATH" in result.stderr
    assert load_spec("mine").detector == load_spec("scrfd-500m").detector
    said = refused(folder, file, "--like", "yunet", "--input", "input.1", "--name", "other")
    assert "scrfd_2.5g.onnx has the input 'input.1'" in said


def test_a_full_disk_keeps_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    file = network(tmp_path / "x.onnx")
    monkeypatch.setattr(os, "fsync", full)
    said = refused(folder, file, *FLAGS)
    assert (
        "cannot be written: No space left on device.\nFree some space, or set PHOTOGENDER_MODELS to another folder"
        in said
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUE = st.one_of(
    TEXT, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
KEY = st.from_regex(r"[a-z_0-9]+", fullmatch=True)
PART = st.dictionaries(KEY, st.one_of(VALUE, st.lists(st.lists(st.floats(0, 1))), st.lists(TEXT)), max_size=4)


@given(
    st.dictionaries(
        KEY,
        st.one_of(VALUE, PART, st.lists(st.dictionaries(KEY, st.one_of(VALUE, PART), max_size=3), min_size=1)),
        max_size=5,
    )
)
@example({"title": '\x00\n\x1f\x7f\x80"\\é😀'})
def test_specs_are_written_as_they_are_read(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table)) == table
