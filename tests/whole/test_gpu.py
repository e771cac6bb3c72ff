"""What needs an NVIDIA card: skipped, with the reason, where ONNX Runtime does not get one."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from photogender.cli import main
from photogender.errors import RuntimeMissingError
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.models.read import load_spec
from photogender.records import DecodedImage, PhotoFacts
from photogender.runtime.device import choose_device, free_memory
from photogender.scanning.batches import photos_at_once
from tests.support.photos import CONTENT, make_library, rows

pytestmark = pytest.mark.gpu


@pytest.fixture(params=["cuda", "tensorrt"], scope="module")
def device(request: pytest.FixtureRequest) -> str:
    try:
        return choose_device(request.param)[0]
    except RuntimeMissingError as error:
        pytest.skip(error.message)


@pytest.mark.parametrize("half", [False, True])
def test_the_card_says_what_the_processor_says(device: str, six_faces: Path, half: bool) -> None:
    picture = Image.open(six_faces).convert("RGB")
    spec, model = load_spec("centerface"), load_spec("dlib")
    ours, theirs = (Detector(spec, where, half=half and where != "cpu").detect(picture) for where in (device, "cpu"))
    assert len(ours) == len(theirs) == 6
    pixels = 3.0 if half else 0.5
    for one, other in zip(sorted(ours, key=lambda box: box.x1), sorted(theirs, key=lambda box: box.x1), strict=True):
        assert (
            np.abs(np.subtract([one.x1, one.y1, one.x2, one.y2], [other.x1, other.y1, other.x2, other.y2])).max()
            < pixels
        )
    image = DecodedImage(picture, PhotoFacts("", "JPEG", *picture.size, None, None))
    crops = [crop_face(image, box, model.nets) for box in theirs]
    said, wanted = (Classifier(model, where, half=half and where != "cpu").classify(crops) for where in (device, "cpu"))
    for one, other in zip(said, wanted, strict=True):
        assert one.gender == other.gender
        assert one.age == pytest.approx(other.age, abs=2.0 if half else 0.1)


def test_a_scan_on_the_card_writes_the_same_rows(device: str, tmp_path: Path) -> None:
    make_library(tmp_path / "Pictures", 40)
    for where in (device, "cpu"):
        command = ["scan", str(tmp_path / "Pictures"), "--device", where, "--catalog", str(tmp_path / f"{where}.db")]
        assert CliRunner().invoke(main, command, catch_exceptions=False).exit_code == 0
    assert rows(tmp_path / f"{device}.db", "SELECT device FROM runs") == [(device,)]
    for ours, theirs in zip(rows(tmp_path / f"{device}.db", CONTENT), rows(tmp_path / "cpu.db", CONTENT), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            if isinstance(other, float):
                assert one == pytest.approx(other, abs=0.6)


def test_the_batch_is_chosen_by_the_cards_memory(device: str) -> None:
    memory = free_memory(device)
    assert memory is not None
    assert memory > 0
    assert photos_at_once(Detector(load_spec("centerface"), device), device) >= 1
