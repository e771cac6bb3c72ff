"""The compact network: initial weights, training, calibration, and its ONNX file."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photogender.cli import main
from photogender.errors import ModelError, PhotogenderError
from photogender.evaluation.datasets import Example
from photogender.evaluation.measures import inside
from photogender.faces.heads import INTERVAL, interval
from photogender.labels import true_group
from photogender.models.folders import SHIPPED
from photogender.models.read import load_spec, read_spec
from tests.support.photos import rows, write_faces

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from photogender.runtime.device import open_session  # noqa: E402
from photogender.training.calibrate import calibrate  # noqa: E402
from photogender.training.data.batches import batches  # noqa: E402
from photogender.training.data.labelled import Labelled, labelled  # noqa: E402
from photogender.training.data.views import view  # noqa: E402
from photogender.training.distillation.targets import with_teachers  # noqa: E402
from photogender.training.distillation.teacher import TeacherPredictions  # noqa: E402
from photogender.training.files import onnx_file  # noqa: E402
from photogender.training.files.compact_onnx import OUTPUTS, compact_to_onnx, start_from_onnx  # noqa: E402
from photogender.training.files.dlib_weights import start_from_dlib  # noqa: E402
from photogender.training.files.onnx_file import Storage  # noqa: E402
from photogender.training.files.tfjs import read_graph  # noqa: E402
from photogender.training.nets.compact import INPUT_SCALE, MEAN_BGR, SIDE, Block, Compact, initialise  # noqa: E402
from photogender.training.recipe import Augmentation  # noqa: E402
from photogender.training.recipes import COMPACT, MODERN, SETTLE, SMALL  # noqa: E402
from photogender.training.scores import score  # noqa: E402
from photogender.training.step import FEATURES, Stepper, known_faces, loss_of  # noqa: E402

EVEN = {"years": 1.0, "gender": 1.0}


def fresh(outputs: dict[str, int] = OUTPUTS, seed: int = 1) -> Compact:
    net = Compact(outputs, torch.tensor(MEAN_BGR)[:, None, None], 0.2, INPUT_SCALE)
    initialise(net, seed)
    return net.eval()


@pytest.fixture(scope="module")
def net() -> Compact:
    return fresh()


@pytest.fixture(scope="module")
def faces() -> Labelled:
    """Faces of noise of many ages."""
    chips = np.random.default_rng(0).integers(0, 256, (24, 256, 256, 3), dtype=np.uint8)
    examples = tuple(
        Example(f"{age}", float(age), "male" if age % 2 else "female", None, true_group(age)) for age in range(0, 72, 3)
    )
    return labelled(examples, chips, list(range(24)), "compact", soft_ages=True)


# The network


def test_a_block_halves_odd_and_even_sides_and_adds_channels() -> None:
    block = Block(4, 6, halves=True)
    for side, half in ((13, 6), (26, 13)):
        assert block(torch.zeros(2, 4, side, side)).shape == (2, 6, half, half)
    with torch.no_grad():
        for layer in (block.conv1, block.conv2):
            layer.weight.zero_()
            layer.bias.zero_()
        x = torch.rand(1, 4, 8, 8)
        assert torch.allclose(block(x)[:, :4], functional.avg_pool2d(x, 2)), "the way round is the mean"
        assert not block(x)[:, 4:].any()


def test_it_gives_years_and_gender_and_follows_its_seed(net: Compact) -> None:
    x = torch.rand(2, 3, SIDE, SIDE) * 255
    with torch.no_grad():
        answers = net(x)
    assert {name: tuple(values.shape) for name, values in answers.items()} == {"years": (2, 101), "gender": (2, 2)}
    assert all(values.abs().max() < 10 for values in answers.values()), "no sum over the blocks runs away"
    same, other = fresh().state_dict(), fresh(seed=2).state_dict()
    mine = net.state_dict()
    assert all(torch.equal(mine[name], same[name]) for name in mine)
    assert not torch.equal(mine["stem.weight"], other["stem.weight"])


# Initial weights


def serialized(values: np.ndarray) -> bytes:
    """A tensor as dlib writes it: version 2, then four dimensions, then the values."""

    def whole(number: int) -> bytes:
        data = number.to_bytes((number.bit_length() + 7) // 8 or 1, "little")
        return bytes([len(data)]) + data

    return whole(2) + whole(values.size) + whole(1) * 3 + values.astype("<f4").tobytes()


def dlib_file(path: Path, net: Compact) -> list[np.ndarray]:
    """A file of dlib's network with random numbers: weights and biases of each convolution, then factors and shifts."""
    rng = np.random.default_rng(0)
    layers = [net.stem, *(layer for block in net.blocks for layer in (block.conv1, block.conv2))]
    tensors = []
    for layer in layers:
        tensors.append(rng.normal(0, 0.1, layer.weight.numel() + layer.out_channels))
        tensors.append(rng.normal(1, 0.1, 2 * layer.out_channels))
    tensors.append(rng.normal(0, 0.1, 256 * 128))
    path.write_bytes(b"\x01\x02\x01\x07noise".join(map(serialized, tensors)))
    return tensors


def test_it_starts_from_the_convolutions_of_dlibs_network(tmp_path: Path) -> None:
    net = fresh()
    before = net.heads["years"].weight.clone()
    tensors = dlib_file(tmp_path / "net.dat", net)
    start_from_dlib(net, str(tmp_path / "net.dat"))
    assert torch.equal(net.heads["years"].weight, before)
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.normal(0, 1, (1, 3, 20, 20)).astype(np.float32))
    # By hand: the convolution of an RGB picture, then times a factor, plus a shift.
    weights, after = (torch.from_numpy(tensor.astype(np.float32)) for tensor in tensors[:2])
    plain = functional.conv2d(x.flip(1), weights[:-32].view(32, 3, 7, 7), weights[-32:], stride=2)
    wanted = plain * after[:32, None, None] + after[32:, None, None]
    with torch.no_grad():
        assert torch.allclose(net.stem(x), wanted, atol=1e-5)
    last = net.blocks[-1].conv2
    weights, after = (torch.from_numpy(tensor.astype(np.float32)) for tensor in tensors[-3:-1])
    assert torch.allclose(last.weight, weights[:-256].view_as(last.weight) * after[:256, None, None, None])


def test_a_file_that_is_not_dlibs_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.dat").write_bytes(serialized(np.zeros(100)) * 3)
    with pytest.raises(PhotogenderError, match="does not hold dlib's face recognition network"):
        start_from_dlib(fresh(), str(tmp_path / "net.dat"))
    with pytest.raises(PhotogenderError, match="cannot be read"):
        start_from_dlib(fresh(), str(tmp_path / "missing.dat"))


# Views of faces


def test_every_kind_of_damage_keeps_the_shape_and_follows_the_seed(faces: Labelled) -> None:
    chip = faces.chips[0]
    whole = Augmentation(0, 0, 0, 0, 0)
    plain = view(chip, SIDE, replace(COMPACT, augmentation=whole), np.random.default_rng(3))
    for name in ("shift", "stretch", "low_resolution", "jpeg", "erase"):
        recipe = replace(COMPACT, augmentation=replace(whole, **{name: 1.0 if name != "shift" else 0.1}))
        one, again = (view(chip, SIDE, recipe, np.random.default_rng(3)) for _ in range(2))
        assert one.shape == plain.shape == (SIDE, SIDE, 3)
        assert np.array_equal(one, again)
        assert not np.array_equal(one, plain), name


def test_low_resolution_removes_small_details() -> None:
    chip = np.indices((256, 256)).sum(0)[..., None].repeat(3, 2).astype(np.uint8) % 2 * 255  # a fine chessboard
    sharp = replace(COMPACT, window=256, sides=((0.0, 256),), augmentation=Augmentation(0, 0, 0, 0, 0))
    spoilt = replace(sharp, augmentation=replace(sharp.augmentation or Augmentation(), low_resolution=1.0))
    rng = np.random.default_rng(0)
    assert view(chip, 256, sharp, rng).std() > 100
    assert view(chip, 256, spoilt, rng).std() < 60


def test_rare_ages_are_drawn_more_often_and_targets_of_mixed_faces_add_up_to_one(faces: Labelled) -> None:
    many = np.array([0] * 90 + list(range(10)))
    targets = {name: values[many % 24] for name, values in faces.targets.items()}
    uneven = replace(faces, rows=many % 24, targets=targets, ages=many * 1.0, folders=("",) * 100)
    recipe = replace(COMPACT, iterations=20, batch_size=50, augmentation=None, sides=((0.0, 16),), balance=1.0)
    shown = np.concatenate([batch.targets["years"] for batch in batches(uneven, recipe, 0, 0)])
    assert np.allclose(shown.sum(axis=1), 1, atol=1e-5)
    babies = (shown[:, 0] > 0.2).mean()
    assert babies < 0.75, "nine of ten were asked for evenly"
    first, second = (next(batches(uneven, recipe, seed, 3)).pixels for seed in (0, 0))
    assert np.array_equal(first, second)


# Training


def test_the_loss_of_features_is_their_angle() -> None:
    wanted = functional.normalize(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    same = loss_of({FEATURES: wanted * 7}, {FEATURES: wanted}, {FEATURES: known_faces(FEATURES, wanted)})
    across = loss_of({FEATURES: wanted.flip(1)}, {FEATURES: wanted}, {FEATURES: 2.0})
    assert (float(same), float(across)) == (-1, 0)


def test_it_learns_what_it_is_shown() -> None:
    """Ages and genders of dark and light faces."""
    chips = np.stack([np.full((256, 256, 3), 40 if index % 2 else 210, np.uint8) for index in range(16)])
    examples = tuple(
        Example(str(index), 60.0 if index % 2 else 10.0, "male" if index % 2 else "female") for index in range(16)
    )
    data = labelled(examples, chips, list(range(16)), "compact", soft_ages=True)
    recipe = replace(
        COMPACT,
        iterations=40,
        batch_size=16,
        warm_up=1,
        augmentation=None,
        mixup=0.0,
        learning_rate=2e-3,
        dropout=0.0,
        sides=((0.0, 80),),
    )
    net = fresh()
    stepper = Stepper(net, recipe, 0, threads=2)
    losses = [stepper.step(batch, number) for number, batch in enumerate(batches(data, recipe, 0, 0))]
    stepper.close()
    assert losses[-1] < losses[0] - 0.8
    scores = score(net, data, 80, window=COMPACT.window)
    assert scores["gender"] == 1
    assert scores["mae"] < 10
    assert set(scores) == {"loss", "gender", "mae", "age", "one_off"}


def test_predictions_of_a_teacher_are_mixed_with_the_labels(faces: Labelled) -> None:
    """Features that determine the gender: predictions follow them, and a wrong label gets less weight."""
    rng = np.random.default_rng(0)
    number = 400
    woman = rng.random(number) < 0.5
    features = rng.normal(0, 0.3, (number, 2, 1024)).astype(np.float32)
    features[:, :, :40] += np.where(woman, 1.5, -1.5)[:, None, None]
    said = woman.copy()
    said[:10] = ~said[:10]
    targets = {
        "years": np.eye(101, dtype=np.float32)[rng.integers(20, 60, number)],
        "gender": np.eye(2, dtype=np.float32)[said.astype(int)],
    }
    ages, folders = np.zeros(number, np.float32), ("",) * number
    data = Labelled(np.zeros((number, 1, 1, 3), np.uint8), np.arange(number), targets, ages, folders)
    predictions = TeacherPredictions(features.astype(np.float16), {})
    learnt = with_teachers(data, [predictions], 0.5, seed=3, with_features=True)
    assert np.allclose(np.linalg.norm(learnt.targets["features"], axis=1), 1, atol=1e-4)
    right = learnt.targets["gender"][np.arange(number), woman.astype(int)]
    assert (right[10:] > 0.9).mean() > 0.95
    assert (abs(right[:10] - 0.5) < 0.1).mean() > 0.7
    assert np.allclose(learnt.targets["years"].sum(axis=1), 1, atol=1e-4)
    again = with_teachers(data, [predictions], 0.5, seed=3, with_features=True)
    assert all(np.array_equal(learnt.targets[name], again.targets[name]) for name in learnt.targets)
    kept = with_teachers(data, [predictions], 0.0, seed=3, with_features=False)
    assert set(kept.targets) == {"years", "gender"}
    assert np.array_equal(kept.targets["gender"], targets["gender"])


def encoded(text: str) -> dict[str, str]:
    return {"s": base64.b64encode(text.encode()).decode()}


def write_tfjs(folder: Path, weights: dict[str, np.ndarray], nodes: list[dict[str, object]]) -> str:
    """A graph model of TensorFlow.js; the first weight is stored as bytes, the others as halves or singles."""
    described, data = [], b""
    for index, (name, values) in enumerate(weights.items()):
        entry: dict[str, object] = {"name": name, "shape": list(values.shape), "dtype": "float32"}
        if index == 0:
            low, step = float(values.min()), float(values.max() - values.min()) / 255
            entry["quantization"] = {"dtype": "uint8", "min": low, "scale": step}
            data += np.rint((values - low) / step).astype(np.uint8).tobytes()
        elif index == 1:
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            data += values.astype("<f2").tobytes()
        else:
            data += values.astype("<f4").tobytes()
        described.append(entry)
    (folder / "net.bin").write_bytes(data)
    consts = [{"name": name, "op": "Const"} for name in weights]
    graph = {
        "modelTopology": {"node": consts + nodes},
        "weightsManifest": [{"paths": ["net.bin"], "weights": described}],
    }
    (folder / "net.json").write_text(json.dumps(graph))
    return str(folder / "net.json")


def test_a_network_for_tensorflow_js_gives_the_same_as_onnx(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = {
        "kernel": rng.normal(0, 1, (3, 3, 3, 4)),
        "deep": rng.normal(0, 1, (3, 3, 4, 1)),
        "shift": rng.normal(0, 1, 4),
        "six": np.array(6.0),
        "matrix": rng.normal(0, 1, (4, 5)),
        "bias": rng.normal(0, 1, 5),
    }
    strides = {"list": {"i": ["1", "2", "2", "1"]}}
    path = write_tfjs(
        tmp_path,
        weights,
        [
            {"name": "x", "op": "Placeholder"},
            {
                "name": "conv",
                "op": "Conv2D",
                "input": ["x", "kernel"],
                "attr": {"strides": strides, "padding": encoded("SAME")},
            },
            {"name": "sum", "op": "Add", "input": ["conv", "shift"]},
            {"name": "relu", "op": "Relu", "input": ["sum"]},
            {"name": "clip", "op": "Minimum", "input": ["relu", "six"]},
            {
                "name": "deep2",
                "op": "DepthwiseConv2dNative",
                "input": ["clip", "deep"],
                "attr": {"strides": {"list": {"i": ["1", "1", "1", "1"]}}, "padding": encoded("SAME")},
            },
            {"name": "mean", "op": "Mean", "input": ["deep2", "axes"]},
            {
                "name": "full",
                "op": "_FusedMatMul",
                "input": ["mean", "matrix", "bias"],
                "attr": {"fused_ops": {"list": {"s": [encoded("BiasAdd")["s"], encoded("Relu")["s"]]}}},
            },
        ],
    )
    x = rng.normal(0, 1, (2, 3, 8, 8)).astype(np.float32)
    found, mean = open_session(read_graph(path, ["full", "mean"]), "cpu").run(["full", "mean"], {"x": x})
    step = (weights["kernel"].max() - weights["kernel"].min()) / 255
    stored = weights["kernel"].min() + np.rint((weights["kernel"] - weights["kernel"].min()) / step) * step
    one, two = (torch.from_numpy(each.astype(np.float32)) for each in (stored, weights["deep"].astype(np.float16)))
    y = functional.pad(torch.from_numpy(x), (0, 1, 0, 1))  # even side, stride 2: more padding at the end
    y = functional.conv2d(y, one.permute(3, 2, 0, 1), stride=2)
    y = (y + torch.from_numpy(weights["shift"].astype(np.float32))[:, None, None]).clamp(0, 6)
    y = functional.conv2d(y, two.permute(2, 3, 0, 1), padding=1, groups=4).mean((2, 3))
    assert mean == pytest.approx(y.numpy(), abs=1e-4)
    wanted = functional.relu(
        y @ torch.from_numpy(weights["matrix"]).float() + torch.from_numpy(weights["bias"]).float()
    )
    assert found == pytest.approx(wanted.numpy(), abs=1e-3)
    with pytest.raises(PhotogenderError, match="cannot be read as a network"):
        read_graph(write_tfjs(tmp_path, weights, [{"name": "x", "op": "Unheard"}]), ["x"])


# Calibration


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 8))
def test_an_interval_contains_its_share_and_no_year_too_many(seed: int, sharp: float) -> None:
    logits = np.random.default_rng(seed).normal(0, sharp, (5, 101))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    years = np.arange(101.0)
    low, high = interval(shares, years)
    assert (low <= high).all()
    for share, first, last in zip(shares, low.astype(int), high.astype(int), strict=True):
        assert share[first : last + 1].sum() >= INTERVAL - 1e-9
        assert share[:first].sum() <= 0.1 + 1e-9
        assert share[last + 1 :].sum() <= 0.1 + 1e-9


@pytest.mark.slow
def test_calibration_finds_the_right_factors(faces: Labelled) -> None:
    """A network with the same logits for each face; ages and genders are distributed as by half of these logits."""
    net = fresh()
    rng = np.random.default_rng(0)
    logits = -(((np.arange(101) - 40) / 10) ** 2)
    with torch.no_grad():
        for name, values in (("years", logits), ("gender", np.array([0.0, 2.4]))):
            net.heads[name].weight.zero_()
            net.heads[name].bias.copy_(torch.from_numpy(values))
    number = 600
    shares = np.exp(logits / 2) / np.exp(logits / 2).sum()
    ages = rng.choice(101, number, p=shares).astype(np.float32)
    gender = np.eye(2, dtype=np.float32)[(rng.random(number) < 1 / (1 + np.exp(-1.2))).astype(int)]
    data = Labelled(faces.chips[:1], np.zeros(number, np.intp), {"gender": gender}, ages, ("",) * number)
    found = calibrate(net, data, COMPACT)
    assert found["gender"] == pytest.approx(0.5, abs=0.12)
    assert found["years"] == pytest.approx(0.5, abs=0.15)
    blunt = np.exp(logits * found["years"]) / np.exp(logits * found["years"]).sum()
    ends = interval(np.tile(blunt, (number, 1)), np.arange(101.0))
    assert inside(ages.astype(np.float64), *ends).mean() == pytest.approx(INTERVAL, abs=0.05)


# Its file


@pytest.mark.parametrize("storage", ["float32", "small"])
def test_the_file_predicts_the_same_as_the_network(net: Compact, storage: Storage) -> None:
    data = compact_to_onnx(net, {"years": 2.0, "gender": 0.5}, storage)
    x = torch.from_numpy(np.random.default_rng(0).uniform(0, 255, (3, 3, SIDE, SIDE)).astype(np.float32))
    given_ = ((x - net.mean) * net.input_scale).numpy()
    found = dict(zip(OUTPUTS, open_session(data, "cpu").run(list(OUTPUTS), {"data": given_}), strict=True))
    with torch.no_grad():
        logits = net(x)
    for name, sharp in (("years", 2.0), ("gender", 0.5)):
        wanted = torch.softmax(logits[name] * sharp, dim=1).numpy()
        assert found[name] == pytest.approx(wanted, abs=1e-5 if storage == "float32" else 5e-3)
    assert len(data) < (23e6 if storage == "float32" else 6e6)


def test_a_file_that_predicts_something_else_is_not_written(net: Compact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MAX_DIFFERENCE", -1.0)
    with pytest.raises(ModelError, match="nothing was written"):
        compact_to_onnx(net, EVEN)


@pytest.mark.parametrize("storage", ["float32", "small"])
def test_a_network_starts_from_its_file(net: Compact, storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(compact_to_onnx(net, EVEN, storage))
    other = fresh({**OUTPUTS, FEATURES: 7}, seed=2)
    before = other.heads[FEATURES].weight.clone()
    start_from_onnx(other, str(path))
    x = torch.rand(3, 3, SIDE, SIDE) * 255
    with torch.no_grad():
        wanted, found = net(x), other(x)
    for name in OUTPUTS:
        assert torch.allclose(found[name], wanted[name], atol=1e-5 if storage == "float32" else 2e-2)
    assert torch.equal(other.heads[FEATURES].weight, before), "what the file lacks stays"


def test_a_file_without_a_compact_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_text("not a net")
    with pytest.raises(PhotogenderError, match="cannot be read as an ONNX file"):
        start_from_onnx(fresh(), str(tmp_path / "net.onnx"))
    with pytest.raises(PhotogenderError, match="does not hold a compact network"):
        start_from_onnx(fresh(), str(SHIPPED / "levi_hassner_age.onnx"))


@pytest.mark.slow
def test_from_a_folder_to_a_model(tmp_path: Path) -> None:
    pictures = write_faces(tmp_path / "pictures")
    dlib_file(tmp_path / "net.dat", fresh())
    place, kernel = "global_pooling/Mean", np.random.default_rng(0).normal(0, 0.1, (1, 1, 3, 1024))
    teacher = write_tfjs(
        tmp_path,
        {"kernel": kernel},
        [
            {"name": "x", "op": "Placeholder"},
            {
                "name": "conv",
                "op": "Conv2D",
                "input": ["x", "kernel"],
                "attr": {"strides": {"list": {"i": ["1", "32", "32", "1"]}}, "padding": encoded("VALID")},
            },
            {"name": place, "op": "Mean", "input": ["conv", "axes"]},
        ],
    )
    runner, run = CliRunner(), str(tmp_path / "run")
    command = ["train", "compact", "--data", str(pictures), "--out", run, "--iterations", "2", "--threads", "1"]
    command += ["--start", str(tmp_path / "net.dat"), "--teacher", teacher]
    result = runner.invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "mae " in result.stdout
    (kept_features,) = (tmp_path / "run" / "faces").glob("teacher-*.npz")
    features = np.load(kept_features)["features"]
    assert features.shape == (60, 2, 1024)
    chip = Image.fromarray(np.load(tmp_path / "run" / "faces" / "faces.npy")[7]).resize((224, 224))
    shown = np.asarray(chip).astype(np.float32)[..., ::-1] - (103.939, 116.779, 123.68)
    for seen, pixels in zip(features[7], (shown, shown[:, ::-1]), strict=True):
        wanted = pixels[::32, ::32].mean(axis=(0, 1)) @ kernel[0, 0]
        assert seen == pytest.approx(wanted, abs=0.1)
    assert runner.invoke(main, command).stdout == result.stdout, "all is kept"
    unfinished = tmp_path / "run" / "calibration.json"
    kept = unfinished.read_text()
    unfinished.unlink()
    exported = ["train", "export", run, "--out", str(tmp_path / "model"), "--name", "mine"]
    failed = runner.invoke(main, exported)
    assert (failed.exit_code, "is not finished" in failed.stderr) == (1, True)
    unfinished.write_text(kept)
    result = runner.invoke(main, exported)
    assert result.exit_code == 0, result.output
    spec = read_spec(tmp_path / "model" / "mine.toml", "mine")
    assert [net.file.name for net in spec.nets] == ["mine.onnx"]
    further = ["train", "compact", "--data", str(pictures), "--recipe", "settle", "--iterations", "1", "--threads", "1"]
    further += ["--start", str(tmp_path / "model" / "mine.onnx"), "--faces", str(tmp_path / "run" / "faces")]
    result = runner.invoke(main, [*further, "--out", str(tmp_path / "further")])
    assert result.exit_code == 0, result.output
    with open(tmp_path / "further" / "log.jsonl") as file:
        assert [json.loads(line)["learning_rate"] for line in file] == [pytest.approx(SETTLE.learning_rate / 100)]

    environment = {"PHOTOGENDER_MODELS": str(tmp_path / "models")}
    added = ["models", "add", str(tmp_path / "model" / "mine.onnx"), "--spec", str(tmp_path / "model" / "mine.toml")]
    result = runner.invoke(main, [*added, "--name", "mine"], env=environment)
    assert result.exit_code == 0, result.output
    catalog = str(tmp_path / "c.db")
    scanned = ["scan", str(pictures), "--model", "mine", "--catalog", catalog, "--limit", "3"]
    assert runner.invoke(main, scanned, env=environment).exit_code == 0
    for age, low, high in rows(Path(catalog), "SELECT age, age_low, age_high FROM faces"):
        assert 0 <= low <= high <= 100
        assert 0 < age < 100


def test_a_scan_crops_faces_as_in_training(faces: Labelled, tmp_path: Path) -> None:
    """The centre of the cached chip, and the chip that a scan crops by the template of the spec, are the same."""
    from photogender.faces.align import crop_face
    from photogender.records import DecodedImage, FaceBox, PhotoFacts
    from photogender.training.data.faces import TEMPLATE, _net
    from photogender.training.data.views import centre

    spec = load_spec("compact")
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)).resize(
        (1200, 800)
    )
    marks = ((500.0, 300.0), (640.0, 310.0), (560.0, 380.0), (510.0, 450.0), (620.0, 455.0))
    box = FaceBox(440, 200, 700, 520, 0.9, marks)
    image = DecodedImage(picture, PhotoFacts("", "PNG", 1200, 800))
    (kept,) = crop_face(image, box, (_net(TEMPLATE),)).chips
    seen, small = crop_face(image, box, spec.nets).chips
    middle = centre(kept[None], SIDE, COMPACT.window)[0, ..., ::-1]
    assert np.abs(middle - seen.astype(np.float32)).mean() < 2
    whole = centre(kept[None], small.shape[0], SMALL.window)[0, ..., ::-1]
    assert np.abs(whole - small.astype(np.float32)).mean() < 4
    assert MODERN.window == 227
