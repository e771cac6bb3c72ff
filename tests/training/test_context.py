"""The context network: EfficientNet's weights as its start, its file, and what it sees and learns from."""

from pathlib import Path

import numpy as np
import pytest

from photogender import Classifier, load_spec
from photogender.errors import PhotogenderError
from photogender.models.read import read_spec
from photogender.training import RECIPES, TrainingSettings, train
from photogender.training.data.faces import CHIP, TEMPLATE, WIDE_TEMPLATE, template_for
from photogender.training.recipe import Augmentation
from tests.support.photos import write_faces
from tests.training.test_small import run

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from photogender.runtime.device import open_session  # noqa: E402
from photogender.training.data.batches import _weights  # noqa: E402
from photogender.training.data.labelled import Labelled  # noqa: E402
from photogender.training.data.views import with_neighbour  # noqa: E402
from photogender.training.files.context_onnx import context_to_onnx  # noqa: E402
from photogender.training.files.efficientnet_weights import start_from_efficientnet  # noqa: E402
from photogender.training.nets.context import BLOCKS, MEAN_BGR, STEM, Context, initialise  # noqa: E402

Weights = dict[str, "torch.Tensor"]


def context() -> Context:
    net = Context(torch.tensor(MEAN_BGR)[:, None, None], 0.5, 1 / 128)
    initialise(net, 0)
    return net.eval()


class Published(nn.Module):
    """The first blocks as they are published: RGB, with normalisations."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = nn.Conv2d(3, STEM, 3, 2, bias=False), nn.BatchNorm2d(STEM, eps=1e-3)
        self._blocks, inputs = nn.ModuleList(), STEM
        for outputs, expansion, kernel, stride in BLOCKS:
            block, inner = nn.Module(), inputs * expansion
            if expansion > 1:
                block._expand_conv = nn.Conv2d(inputs, inner, 1, bias=False)
                block._bn0 = nn.BatchNorm2d(inner, eps=1e-3)
            block._depthwise_conv = nn.Conv2d(inner, inner, kernel, stride, groups=inner, bias=False)
            block._bn1 = nn.BatchNorm2d(inner, eps=1e-3)
            block._project_conv = nn.Conv2d(inner, outputs, 1, bias=False)
            block._bn2 = nn.BatchNorm2d(outputs, eps=1e-3)
            self._blocks.append(block)
            inputs = outputs
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)
            elif isinstance(layer, nn.BatchNorm2d):
                nn.init.uniform_(layer.running_mean, -0.2, 0.2)
                nn.init.uniform_(layer.running_var, 0.5, 1.5)

    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        x = nn.functional.pad(x, (0, 1, 0, 1))
        x = self._bn0(self._conv_stem(x)).clamp(0, 6)
        for block, (outputs, expansion, kernel, stride) in zip(self._blocks, BLOCKS, strict=True):
            y = block._bn0(block._expand_conv(x)).clamp(0, 6) if expansion > 1 else x
            around = (kernel - stride) // 2
            y = nn.functional.pad(y, (around, kernel - stride - around) * 2)
            y = block._bn1(block._depthwise_conv(y)).clamp(0, 6)
            y = block._bn2(block._project_conv(y))
            x = x + y if stride == 1 and x.shape[1] == outputs else y
        return x


def test_it_starts_as_the_published_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    published, net = Published().eval(), context()
    torch.save(published.state_dict(), tmp_path / "published.pth")
    start_from_efficientnet(net, str(tmp_path / "published.pth"))
    nn.init.normal_(net.heads["gender"].weight)
    pixels = torch.rand(4, 3, 48, 48) * 255
    with torch.no_grad():
        features = published(((pixels - net.mean) / 128).flip(1)).flatten(1)
        wanted = net.heads["gender"](features)
        assert net(pixels)["gender"].numpy() == pytest.approx(wanted.numpy(), rel=1e-3, abs=1e-3)
    assert wanted.std(0).min() > 0.1  # pictures differ


def test_another_file_is_refused(tmp_path: Path) -> None:
    net, other = context(), tmp_path / "other.pth"
    before = {name: values.clone() for name, values in net.state_dict().items()}
    torch.save({"fc.weight": torch.zeros(2, 2)}, other)
    with pytest.raises(PhotogenderError, match="does not hold EfficientNet-Lite0"):
        start_from_efficientnet(net, str(other))
    other.write_bytes(b"nonsense")
    with pytest.raises(PhotogenderError, match="cannot be read as weights of torch"):
        start_from_efficientnet(net, str(other))
    assert all(torch.equal(values, before[name]) for name, values in net.state_dict().items())


def test_its_file_gives_the_same_probabilities() -> None:
    net = context()
    data = context_to_onnx(net, {"gender": 0.5})
    assert len(data) < 230_000
    pixels = torch.rand(4, 3, 48, 48, generator=torch.Generator().manual_seed(1)) * 255
    (found,) = open_session(data, "cpu").run(["gender"], {"data": ((pixels - net.mean) / 128).numpy()})
    with torch.no_grad():
        wanted = (net(pixels)["gender"] * 0.5).softmax(1).numpy()
    assert found == pytest.approx(wanted, abs=0.03)  # weights in 8 bits
    assert wanted.std() > 0.05


def test_it_is_trained_from_the_command_line_and_exported_with_a_compact_network(tmp_path: Path) -> None:
    pictures = write_faces(tmp_path / "pictures", 40)
    common = ["--data", pictures, "--iterations", 2, "--threads", 1, "--evaluate-every", 1]
    for _ in range(2):  # the second time it is finished already
        assert "Best of 2" in run("train", "context", *common, "--out", tmp_path / "w")
    start = load_spec("compact").nets[0].file.find()
    run("train", "compact", *common, "--recipe", "ordinary", "--start", start, "--out", tmp_path / "c")
    run("train", "export", tmp_path / "w", tmp_path / "c", "--name", "two", "--out", tmp_path / "two")
    spec = read_spec(tmp_path / "two" / "two.toml", "two")
    assert [net.file.path for net in spec.nets] == ["two.onnx", "two_context.onnx"]
    near, wide = (net.alignment.template for net in spec.nets if net.alignment)
    assert wide[1][0] - wide[0][0] < 0.5 * (near[1][0] - near[0][0])
    Classifier(spec, "cpu")


def test_teachers_are_refused(tmp_path: Path) -> None:
    settings = TrainingSettings("context", RECIPES["context"], teachers=("compact",))
    with pytest.raises(PhotogenderError, match="learns from labels alone"):
        train(str(tmp_path), str(tmp_path / "run"), settings)
    assert not (tmp_path / "run").exists()


def test_its_chips_show_more_around_the_face() -> None:
    eyes = {task: template_for(task)[1][0] - template_for(task)[0][0] for task in ("small", "context")}
    assert (template_for("small"), template_for("context")) == (TEMPLATE, WIDE_TEMPLATE)
    assert 2 < eyes["small"] / eyes["context"] < 3


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_part_of_another_picture_is_shown_beside_the_face(share: float) -> None:
    chip, other = np.zeros((CHIP, CHIP, 3), np.uint8), np.full((CHIP, CHIP, 3), 9, np.uint8)
    seen = [
        with_neighbour(chip, other, Augmentation(neighbour=share), np.random.default_rng(seed)) for seed in range(20)
    ]
    shown = np.stack([(each == 9).any(axis=(0, 2)) for each in seen])
    assert not shown[:, CHIP // 4 : -CHIP // 4].any()
    assert set(shown.any(axis=1)) == {bool(share)}
    assert {bool(each) for each in shown[:, 0]} == ({True, False} if share else {False})
    assert not chip.any()


def test_each_data_set_is_drawn_equally_often() -> None:
    folders = ("large",) * 400 + ("little",) * 100
    targets = {"gender": np.tile(np.eye(2, dtype=np.float32), (250, 1))}
    data = Labelled(
        np.zeros((1, 1, 1, 3), np.uint8), np.arange(500), targets, np.full(500, np.nan, np.float32), folders
    )
    weights = _weights(data, 0.5, 0.0)
    assert weights[:400].sum() == pytest.approx(0.5)
