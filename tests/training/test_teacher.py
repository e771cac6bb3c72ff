"""The teacher: initial weights, predictions, and how the compact network learns from them."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from photogender.cli import main
from photogender.errors import PhotogenderError
from photogender.labels import AGE_GROUPS, age_group
from tests.support.photos import write_faces

torch = pytest.importorskip("torch")

from photogender.runtime.device import open_session  # noqa: E402
from photogender.training.data.faces import Faces  # noqa: E402
from photogender.training.data.labelled import Labelled  # noqa: E402
from photogender.training.distillation.targets import with_teachers  # noqa: E402
from photogender.training.distillation.teacher import TeacherPredictions, predict  # noqa: E402
from photogender.training.files.faceres_weights import start_from_faceres  # noqa: E402
from photogender.training.files.tfjs import read_graph  # noqa: E402
from photogender.training.nets.mobile import FEATURES_OUTPUT, Mobile, initialise  # noqa: E402
from photogender.training.run import load_best  # noqa: E402

OUTPUTS = {"years": 101, "gender": 2}


def write_faceres(folder: Path) -> str:
    """A MobileNet of TensorFlow.js with random weights; depthwise convolutions have factors as well."""
    rng = np.random.default_rng(0)
    consts: dict[str, np.ndarray] = {"six": np.array(6.0), "zero": np.array(0.0)}
    nodes: list[dict[str, object]] = [{"name": "x", "op": "Placeholder"}]
    last = "x"

    def add(name: str, op: str, inputs: list[str], **attributes: object) -> str:
        nodes.append({"name": name, "op": op, "input": inputs, "attr": attributes})
        return name

    for index, layer in enumerate(Mobile(OUTPUTS, 0.0).layers):
        outputs, inputs, high, wide = layer.weight.shape
        name, deep = f"layer{index}", layer.groups > 1
        kernel = rng.normal(0, 1.4 / np.sqrt(inputs * high * wide), (high, wide, inputs, outputs))
        consts[f"{name}/kernel"] = kernel.transpose(0, 1, 3, 2) if deep else kernel
        consts[f"{name}/shift"] = rng.normal(0.1, 0.2, outputs)
        settings = {
            "strides": {"list": {"i": ["1", *[str(layer.stride[0])] * 2, "1"]}},
            "padding": {"s": base64.b64encode(b"SAME").decode()},
        }
        last = add(name, "DepthwiseConv2dNative" if deep else "Conv2D", [last, f"{name}/kernel"], **settings)
        if deep:
            consts[f"{name}/factor"] = rng.normal(1, 0.2, outputs)
            last = add(f"{name}/scaled", "Mul", [last, f"{name}/factor"])
        last = add(f"{name}/shifted", "Add", [last, f"{name}/shift"])
        last = add(f"{name}/positive", "Relu", [last])
        last = add(f"{name}/low", "Minimum", [last, "six"])
        last = add(f"{name}/clipped", "Maximum", [last, "zero"])
    add(FEATURES_OUTPUT, "Mean", [last, "axes"])
    described = [{"name": name, "shape": list(values.shape), "dtype": "float32"} for name, values in consts.items()]
    (folder / "faceres.bin").write_bytes(b"".join(values.astype("<f4").tobytes() for values in consts.values()))
    graph = {
        "modelTopology": {"node": [{"name": name, "op": "Const"} for name in consts] + nodes},
        "weightsManifest": [{"paths": ["faceres.bin"], "weights": described}],
    }
    (folder / "faceres.json").write_text(json.dumps(graph))
    return str(folder / "faceres.json")


@pytest.fixture(scope="module")
def faceres(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_faceres(tmp_path_factory.mktemp("faceres"))


@pytest.mark.parametrize("side", [64, 75])
def test_it_starts_as_the_published_network(faceres: str, side: int) -> None:
    net = Mobile(OUTPUTS, 0.0).eval()
    initialise(net, 3)
    heads = {name: values.clone() for name, values in net.heads.state_dict().items()}
    start_from_faceres(net, faceres)
    assert all(torch.equal(heads[name], values) for name, values in net.heads.state_dict().items())
    pixels = torch.from_numpy(np.random.default_rng(1).uniform(0, 255, (2, 3, side, side)).astype(np.float32))
    with torch.no_grad():
        said = net.features(pixels).numpy()
    shown = (pixels - net.mean).numpy()
    (wanted,) = open_session(read_graph(faceres, [FEATURES_OUTPUT]), "cpu").run([FEATURES_OUTPUT], {"x": shown})
    assert wanted.std() > 0.01
    assert said == pytest.approx(wanted, abs=1e-4)


def test_another_network_is_refused(tmp_path: Path, faceres: str) -> None:
    described = json.loads(Path(faceres).read_text())
    nodes = described["modelTopology"]["node"]
    described["modelTopology"]["node"] = [node for node in nodes if not node["name"].startswith("layer26")]
    described["modelTopology"]["node"][-1]["input"][0] = "layer25/clipped"
    (tmp_path / "net.json").write_text(json.dumps(described))
    (tmp_path / "faceres.bin").write_bytes(Path(faceres).with_suffix(".bin").read_bytes())
    with pytest.raises(PhotogenderError, match="does not hold HSE-FaceRes"):
        start_from_faceres(Mobile(OUTPUTS, 0.0), str(tmp_path / "net.json"))


def test_its_predictions_are_mixed_with_the_labels() -> None:
    rng = np.random.default_rng(0)
    number = 30
    years = rng.dirichlet(np.full(101, 0.1), 2 * number).astype(np.float32)
    women = rng.random((2 * number, 1)).astype(np.float32)
    predictions = TeacherPredictions(
        rng.normal(0, 1, (2 * number, 2, 1024)).astype(np.float16),
        {"years": years, "gender": np.hstack([1 - women, women])},
    )
    chosen = rng.permutation(2 * number)[:number]
    labels = {
        "age": np.eye(8, dtype=np.float32)[rng.integers(0, 8, number)],
        "gender": np.eye(2, dtype=np.float32)[rng.integers(0, 2, number)],
    }
    labels["gender"][4] = 0  # unknown
    data = Labelled(np.zeros((1, 1, 1, 3), np.uint8), chosen, labels, np.zeros(number, np.float32), ("",) * number)
    mixed = with_teachers(data, [predictions], 0.25, seed=0, with_features=False).targets
    assert mixed["gender"][:4, 1] == pytest.approx(0.75 * labels["gender"][:4, 1] + 0.25 * women[chosen[:4], 0])
    assert mixed["gender"][4, 1] == pytest.approx(women[chosen[4], 0]), "without a label, the teacher alone"
    groups = np.zeros((number, 8))
    for year in range(101):
        groups[:, AGE_GROUPS.index(age_group(year))] += years[chosen, year]
    assert mixed["age"] == pytest.approx(0.75 * labels["age"] + 0.25 * groups, abs=1e-5)


def test_predictions_are_cached_for_the_same_faces_only(tmp_path: Path, faceres: str) -> None:
    """Another set with the same number of faces gets its own; the first set's are found again."""
    rng = np.random.default_rng(0)
    sets = [
        Faces((), rng.integers(0, 256, (3, 256, 256, 3), np.uint8), np.ones(3, np.bool_), digest * 32)
        for digest in ("0a", "0b")
    ]
    one, other, again = (
        predict(faces, faceres, str(tmp_path), progress)
        for faces, progress in (
            (sets[0], lambda done: None),
            (sets[1], lambda done: None),
            (sets[0], lambda done: pytest.fail("it was cached")),
        )
    )
    assert one.features.shape == (3, 2, 1024)
    assert np.abs(one.features - other.features).max() > 0.01
    assert np.array_equal(one.features, again.features)


@pytest.mark.slow
def test_a_teacher_is_trained_and_learned_from(tmp_path: Path, faceres: str) -> None:
    pictures, faces = write_faces(tmp_path / "pictures"), str(tmp_path / "faces")
    runner, run = CliRunner(), str(tmp_path / "teacher")
    common = ["--data", str(pictures), "--faces", faces, "--iterations", "1", "--threads", "1"]
    result = runner.invoke(main, ["train", "teacher", *common, "--out", run, "--start", faceres])
    assert result.exit_code == 0, result.output
    assert "mae " in result.stdout
    net = load_best(run)
    assert isinstance(net, Mobile)

    learner = ["train", "compact", *common, "--out", str(tmp_path / "compact"), "--teacher", run]
    result = runner.invoke(main, learner)
    assert result.exit_code == 0, result.output
    (kept,) = Path(faces).glob("teacher-*.npz")
    predictions = np.load(kept)
    assert predictions["features"].shape == (60, 2, 1024)
    from photogender.training.data.views import centre

    shown = torch.from_numpy(centre(np.load(Path(faces) / "faces.npy")[5:6], 160, 240)).permute(0, 3, 1, 2)
    with torch.no_grad():
        wanted = torch.stack([net(each)["gender"].softmax(1) for each in (shown, shown.flip(3))]).mean(0)
    assert predictions["gender"][5] == pytest.approx(wanted[0].numpy(), abs=1e-3)

    exported = runner.invoke(main, ["train", "export", run, "--out", str(tmp_path / "model")])
    assert (exported.exit_code, "trained a teacher" in exported.stderr) == (1, True)
    wrong = runner.invoke(main, [*learner[:-1], str(tmp_path / "compact"), "--out", str(tmp_path / "other")])
    assert (wrong.exit_code, "is not a teacher" in wrong.stderr) == (1, True)
