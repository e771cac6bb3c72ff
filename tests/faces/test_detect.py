"""Faces in real pictures of all sizes, and the geometry behind them."""

import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from PIL import Image

from benchmarks.accuracy_utkface import close_up, samples
from benchmarks.detector_recall import FACELESS, annotated, tally
from photogender.errors import ModelError
from photogender.evaluation.pictures import subject
from photogender.faces.detect.boxes import strongest, suppress, surroundings
from photogender.faces.detect.centerface import candidates
from photogender.faces.detect.detector import Detector
from photogender.faces.detect.passes import searched_side
from photogender.faces.detect.turns import turned_back
from photogender.models.file import ModelFile
from photogender.models.read import load_spec
from photogender.records import FaceBox
from tests.conftest import packaged

SPEC = load_spec("centerface")
SMALL = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(SPEC, "cpu")


@pytest.fixture(scope="module")
def portrait(astronaut: Path) -> Image.Image:
    return Image.open(astronaut).convert("RGB")


def inside(boxes: list[FaceBox], size: tuple[int, int]) -> bool:
    return all(0 <= b.x1 < b.x2 <= size[0] and 0 <= b.y1 < b.y2 <= size[1] and 0 <= b.score <= 1 for b in boxes)


def test_the_astronaut(detector: Detector, portrait: Image.Image) -> None:
    (box,) = detector.detect(portrait)
    assert box.iou(FaceBox(180, 63, 270, 178, 1)) > 0.7
    assert box.score > 0.7
    left_eye, right_eye, nose, left_mouth, right_mouth = box.landmarks
    for found, drawn in (
        (left_eye, (204, 102)),
        (right_eye, (247, 105)),
        (nose, (225, 126)),
        (left_mouth, (208, 144)),
        (right_mouth, (243, 146)),
    ):
        assert np.hypot(found[0] - drawn[0], found[1] - drawn[1]) < 9


def test_six_friends(detector: Detector, six_faces: Path) -> None:
    picture = Image.open(six_faces).convert("RGB")
    boxes = detector.detect(picture)
    assert len(boxes) == 6
    assert inside(boxes, picture.size)
    assert [box.score for box in boxes] == sorted((box.score for box in boxes), reverse=True)
    for box in boxes:
        assert all(box.x1 < x < box.x2 and box.y1 < y < box.y2 for x, y in box.landmarks)


@pytest.mark.parametrize("size", [(256, 256), (700, 700), (1100, 1100), (512, 300), (300, 512)], ids=str)
def test_boxes_are_in_the_pictures_own_pixels(detector: Detector, portrait: Image.Image, size: tuple[int, int]) -> None:
    """The same face, whatever the size; a picture that is not square is padded, not stretched."""
    factor = min(size) / 512
    canvas = Image.new("RGB", size)
    canvas.paste(portrait.resize((min(size), min(size)), Image.Resampling.LANCZOS))
    (box,) = detector.detect(canvas)
    assert box.iou(FaceBox(180, 63, 270, 178, 1).scaled(factor, factor)) > 0.65


def test_a_small_face_in_a_large_picture(detector: Detector, portrait: Image.Image) -> None:
    """50 pixels of 1,600."""
    scene = Image.open(packaged("scikit-image", "skimage/data/coffee.png")).convert("RGB").resize((1600, 1067))
    scene.paste(portrait.crop((110, 0, 340, 230)).resize((130, 130), Image.Resampling.LANCZOS), (900, 300))
    boxes = detector.detect(scene)
    assert any(box.iou(FaceBox(940, 333, 990, 400, 1)) > 0.4 for box in boxes)


def test_small_faces_in_a_part_are_looked_at_closer(detector: Detector, six_faces: Path) -> None:
    """Six faces of 40 pixels in a corner of 2,016: a first look alone finds fewer."""
    scene = Image.new("RGB", (2016, 1512), (90, 120, 150))
    scene.paste(Image.open(six_faces).convert("RGB").resize((512, 354), Image.Resampling.LANCZOS), (1400, 1000))
    settings = SPEC.detector
    assert settings is not None
    once = dataclasses.replace(SPEC, detector=dataclasses.replace(settings, sides=(384, 384)))
    assert len(Detector(once, "cpu").detect(scene)) < 6
    boxes = detector.detect(scene)
    assert len(boxes) == 6
    assert all(box.x1 > 1400 and box.y1 > 1000 for box in boxes)


@SMALL
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 600), st.integers(1, 80)), min_size=1, max_size=12))
def test_surroundings_hold_every_face_and_do_not_overlap(squares: list[tuple[int, int, int]]) -> None:
    size = (1000, 700)
    faces = np.array([[x, y, min(x + side, 1000), min(y + side, 700)] for x, y, side in squares], float)
    parts = surroundings(faces, size)
    for x1, y1, x2, y2 in faces.tolist():
        assert sum(a <= x1 and b <= y1 and x2 <= c and y2 <= d for a, b, c, d in parts) == 1
    assert all(0 <= a < c <= size[0] and 0 <= b < d <= size[1] for a, b, c, d in parts)
    assert sum((c - a) * (d - b) for a, b, c, d in parts) <= size[0] * size[1]


def test_a_face_that_fills_the_picture(detector: Detector, portrait: Image.Image) -> None:
    close = portrait.crop((178, 60, 272, 180)).resize((940, 1200), Image.Resampling.BICUBIC)
    (box,) = detector.detect(close)
    assert box.width > 600
    assert inside([box], close.size)


def test_a_face_larger_than_the_picture(detector: Detector, portrait: Image.Image) -> None:
    """Eyes to mouth alone: the first look scores it 0.30, only the one at ``close_side`` sees a face."""
    close = portrait.crop((185, 80, 265, 160)).resize((2000, 2000), Image.Resampling.BICUBIC)
    (box,) = detector.detect(close)
    assert box.width > 1200
    assert inside([box], close.size)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_face_at_the_edge(detector: Detector, portrait: Image.Image, edge: str) -> None:
    """A fifth of the face is outside."""
    window = {
        "left": (198, 0, 498, 300),
        "right": (0, 0, 252, 252),
        "top": (100, 85, 400, 385),
        "bottom": (100, 0, 255, 155),
    }[edge]
    picture = portrait.crop(window)
    boxes = detector.detect(picture)
    assert len(boxes) == 1
    assert inside(boxes, picture.size)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (3, 500), (500, 3), (31, 33), (5000, 20)], ids=str)
def test_tiny_and_narrow_pictures(detector: Detector, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    for picture in (Image.new("RGB", size, "white"), Image.fromarray(noise)):
        assert inside(detector.detect(picture), size)


@pytest.mark.parametrize("name", FACELESS[:6])
def test_no_face(detector: Detector, name: str) -> None:
    assert detector.detect(Image.open(packaged("scikit-image", f"skimage/data/{name}")).convert("RGB")) == []


def test_confidence_can_be_set(portrait: Image.Image, detector: Detector) -> None:
    (box,) = detector.detect(portrait)
    assert Detector(SPEC, "cpu", confidence=min(box.score + 0.03, 1.0)).detect(portrait) == []
    crowd = Image.open(packaged("insightface", "insightface/data/images/t1.jpg")).convert("RGB")
    scores = sorted(box.score for box in detector.detect(crowd))
    assert len(Detector(SPEC, "cpu", confidence=scores[2]).detect(crowd)) == len(scores) - 2


def test_threads_get_the_same(detector: Detector, portrait: Image.Image, six_faces: Path) -> None:
    pictures = [portrait, Image.open(six_faces).convert("RGB"), Image.new("RGB", (300, 200))] * 3
    alone = [detector.detect(picture) for picture in pictures[:3]]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(detector.detect, pictures)) == alone * 3


def test_decode_side_is_served_by_half_scale_of_12_megapixels_and_a_quarter_of_24(detector: Detector) -> None:
    assert 1008 < detector.decode_side(4032, 3024) <= 1500
    assert 1008 < detector.decode_side(3024, 4032) <= 1500


def apart(portrait: Image.Image, size: tuple[int, int], columns: int, rows: int, face: int) -> Image.Image:
    """A page with the same head again and again, its face ``face`` pixels wide."""
    head = portrait.crop((96, 0, 366, 270)).resize((round(face * 3.2),) * 2)
    page = Image.new("RGB", size, (128, 120, 110))
    for row in range(rows):
        for column in range(columns):
            x, y = (
                (2 * at + 1) * side // (2 * n) for at, side, n in ((column, size[0], columns), (row, size[1], rows))
            )
            page.paste(head, (x - head.width // 2, y - head.height // 2))
    return page


@pytest.mark.parametrize(
    ("size", "columns", "rows", "face"),
    [((2016, 1512), 8, 6, 40), ((1240, 1754), 6, 8, 30), ((6000, 750), 12, 1, 65), ((750, 6000), 1, 12, 65)],
    ids=["contact sheet", "album page", "panorama", "upright panorama"],
)
def test_small_faces_apart_from_each_other(
    detector: Detector, portrait: Image.Image, size: tuple[int, int], columns: int, rows: int, face: int
) -> None:
    page = apart(portrait, size, columns, rows, face)
    assert len(detector.detect(page)) == columns * rows


def test_a_lone_small_face(detector: Detector, portrait: Image.Image) -> None:
    (box,) = detector.detect(apart(portrait, (2016, 1512), 1, 1, 42))
    assert box.iou(FaceBox(987, 725, 1029, 779, 1.0)) > 0.4


@pytest.mark.parametrize(
    ("scene", "place"), [("coins.png", (300, 300)), ("grass.png", (900, 600)), ("rocket.jpg", (900, 600))]
)
def test_a_lone_small_face_in_a_busy_photo(
    detector: Detector, portrait: Image.Image, scene: str, place: tuple[int, int]
) -> None:
    """40 pixels of 2,016, as in a photo of 12 megapixels: 8 in the first pass, where other things score as high."""
    photo = Image.open(packaged("scikit-image", f"skimage/data/{scene}")).convert("RGB").resize((2016, 1512))
    photo.paste(portrait.crop((96, 0, 366, 270)).resize((128, 128), Image.Resampling.LANCZOS), place)
    x, y = place
    assert any(box.iou(FaceBox(x + 41, y + 30, x + 81, y + 83, 1.0)) > 0.4 for box in detector.detect(photo))


CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@pytest.mark.parametrize("turn", CLOCKWISE)
def test_scans_on_their_side_and_upside_down(detector: Detector, six_faces: Path, turn: int) -> None:
    """All six as in the upright picture, boxes and landmarks in the frame of the scan."""
    upright = Image.open(six_faces).convert("RGB")
    scan = upright.transpose(CLOCKWISE[turn])
    boxes = detector.detect(scan)
    assert [box.turn for box in boxes] == [360 - turn] * 6
    assert inside(boxes, scan.size)
    assert all(scan_box(box, upright.size, turn) in boxes for box in detector.detect(upright))


def scan_box(box: FaceBox, size: tuple[int, int], turn: int) -> FaceBox:
    """Where a face is once the picture, of that size, is turned clockwise."""
    width, height = size
    moved = {
        90: lambda x, y: (height - y, x),
        180: lambda x, y: (width - x, height - y),
        270: lambda x, y: (y, width - x),
    }[turn]
    (x1, x2), (y1, y2) = map(sorted, zip(moved(box.x1, box.y1), moved(box.x2, box.y2), strict=True))
    return FaceBox(x1, y1, x2, y2, box.score, tuple(moved(*point) for point in box.landmarks))


@SMALL
@given(
    st.sampled_from(list(CLOCKWISE)),
    st.lists(st.floats(0, 40), min_size=14, max_size=14),
    st.sampled_from([(40, 60), (60, 40)]),
)
def test_faces_of_a_turned_picture_come_back(turn: int, numbers: list[float], size: tuple[int, int]) -> None:
    x, y, w, h, *marks = numbers
    row = np.array([[x, y, x + w, y + h, 0.5, *marks]])
    box = FaceBox(x, y, x + w, y + h, 0.5, tuple(zip(marks[0::2], marks[1::2], strict=True)))
    there = scan_box(box, size, turn)
    turned = np.array([[there.x1, there.y1, there.x2, there.y2, 0.5, *np.ravel(there.landmarks)]])
    turned_size = size if turn == 180 else size[::-1]
    np.testing.assert_allclose(turned_back(turned, turned_size, turn), row, atol=1e-9)


@SMALL
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 600), st.floats(0, 1)), max_size=30),
    st.integers(1, 5),
    st.sampled_from([(1000, 700), (1000, 90)]),
)
@example([(0, 0, 0.0), (0, 121, 0.0)], 2, (1000, 700))
def test_windows_hold_the_best_candidates(
    places: list[tuple[int, int, float]], most: int, size: tuple[int, int]
) -> None:
    found = np.array([[x, y, x + 8, y + 8, score] for x, y, score in places], float).reshape(-1, 5)
    found = found[found[:, 1] + 8 <= size[1]]
    windows = strongest(found, 128.0, most, size)
    assert len(windows) <= most
    assert all(a >= 0 and b >= 0 and c <= size[0] and d <= size[1] for a, b, c, d in windows)
    assert {(c - a, d - b) for a, b, c, d in windows} <= {(128, min(128, size[1]))}

    def holds(window: tuple[int, int, int, int], face: np.ndarray) -> bool:
        return bool(window[0] <= face[0] and window[1] <= face[1] and face[2] <= window[2] and face[3] <= window[3])

    if len(found):
        assert any(holds(windows[0], face) for face in found[found[:, 4] == found[:, 4].max()])
    if len(windows) < most:
        assert all(any(holds(window, face) for window in windows) for face in found)


@given(st.integers(1, 65_000), st.integers(1, 65_000))
def test_a_panorama_is_decoded_large_enough_and_within_bounds(width: int, height: int) -> None:
    side = searched_side(width, height)
    assert min(width, height) <= side <= max(width, height)
    assert side >= max(width, height) / 8
    if max(width, height) <= 2 * min(width, height):
        assert side == max(width, height)


# The maps: a face drawn into them comes out again.


@SMALL
@given(
    st.integers(0, 31),
    st.integers(0, 47),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
    st.floats(4, 300),
    st.floats(4, 300),
    st.lists(st.floats(-0.2, 1.2), min_size=10, max_size=10),
)
def test_a_face_in_the_maps_comes_out(
    row: int, column: int, down: float, right: float, height: float, width: float, marks: list[float]
) -> None:
    maps = [np.zeros((1, channels, 32, 48), np.float32) for channels in (1, 2, 2, 10)]
    maps[0][0, 0, row, column] = 0.75
    maps[1][0, :, row, column] = np.log([height / 4, width / 4])
    maps[2][0, :, row, column] = down, right
    maps[3][0, :, row, column] = marks
    (found,) = candidates(maps, (4 * maps[0].shape[3], 4 * maps[0].shape[2]), 0.5)
    x, y = (column + right + 0.5) * 4 - width / 2, (row + down + 0.5) * 4 - height / 2
    wanted = [x, y, x + width, y + height, 0.75]
    for down_mark, right_mark in zip(marks[::2], marks[1::2], strict=True):
        wanted += [x + right_mark * width, y + down_mark * height]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-3)
    assert len(candidates(maps, (4 * maps[0].shape[3], 4 * maps[0].shape[2]), 0.8)) == 0


coordinates = st.floats(0, 100)
faces = st.lists(
    st.tuples(coordinates, coordinates, st.floats(1, 60), st.floats(1, 60), st.sampled_from([0.4, 0.5, 0.6, 0.9])),
    max_size=25,
    unique=True,
).map(lambda rows: np.array([[x, y, x + w, y + h, s] for x, y, w, h, s in rows]).reshape(-1, 5))


@SMALL
@given(faces, st.sampled_from([0.1, 0.3, 0.6]), st.randoms(use_true_random=False))
def test_suppression(found: np.ndarray, overlap: float, random: object) -> None:
    kept = suppress(found, overlap)
    boxes = [FaceBox(*row) for row in kept.tolist()]
    every = [FaceBox(*row) for row in found.tolist()]
    assert set(boxes) <= set(every)
    assert [box.score for box in boxes] == sorted((box.score for box in boxes), reverse=True)
    for index, box in enumerate(boxes):  # no two that are left overlap
        assert all(box.iou(other) <= overlap + 1e-9 for other in boxes[:index])
    for box in set(every) - set(boxes):  # and who is gone overlaps one at least as good
        assert any(box.iou(other) > overlap - 1e-9 and other.score >= box.score for other in boxes)
    np.testing.assert_array_equal(suppress(kept, overlap), kept)
    shuffled = found[random.sample(range(len(found)), len(found))]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(suppress(shuffled, overlap), kept)


@SMALL
@given(coordinates, coordinates, st.floats(1, 50), st.floats(0.1, 10), st.floats(0.1, 10))
def test_frames_round_trip(x: float, y: float, side: float, horizontal: float, vertical: float) -> None:
    box = FaceBox(x, y, x + side, y + side, 0.5, ((x, y), (x + side, y)))
    back = box.scaled(horizontal, vertical).scaled(1 / horizontal, 1 / vertical)
    np.testing.assert_allclose(
        [back.x1, back.y1, back.x2, back.y2], [box.x1, box.y1, box.x2, box.y2], rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(back.landmarks, box.landmarks, rtol=1e-9, atol=1e-9)


# Models that do not fit.


def test_a_model_of_another_task() -> None:
    with pytest.raises(ModelError, match="dlib does not detect"):
        Detector(load_spec("dlib"), "cpu")


@pytest.mark.parametrize("channels", [(1, 2, 2, 8), (1, 4, 2, 10), (2, 2, 2, 10)], ids=str)
def test_outputs_of_another_width(tmp_path: Path, channels: tuple[int, ...]) -> None:
    """A graph with CenterFace's names whose maps have other channels."""
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("537", "538", "539", "540")]
    values = [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [1, 3, 32, 32])]
    nodes, weights = [], []
    for output, number in zip(outputs, channels, strict=True):
        weights.append(helper.make_tensor(f"w{output.name}", TensorProto.FLOAT, [number, 3, 4, 4], [0.0] * number * 48))
        nodes.append(helper.make_node("Conv", ["input.1", f"w{output.name}"], [output.name], strides=[4, 4]))
    graph = helper.make_graph(nodes, "wrong", values, outputs, weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    data = made.SerializeToString()
    path = tmp_path / "wrong.onnx"
    path.write_bytes(data)
    file = ModelFile(path.name, hashlib.sha256(data).hexdigest(), len(data), beside=tmp_path)
    spec = dataclasses.replace(SPEC, nets=(dataclasses.replace(SPEC.nets[0], file=file),))
    with pytest.raises(ModelError, match="not CenterFace's"):
        Detector(spec, "cpu").detect(Image.new("RGB", (64, 64)))


def test_the_batch_follows_from_the_memory(detector: Detector) -> None:
    """200 bytes for each pixel of the larger of the first two looks."""
    assert detector.pictures_in(0) == 1
    assert detector.pictures_in(200 * 640 * 640 * 5) == 5
    assert Detector(SPEC, "cpu", size=1280).pictures_in(200 * 1280 * 1280 * 3 + 1) == 3


@pytest.mark.parametrize("size", [0, 16, 100, 650])
def test_sizes_the_nets_cannot_halve(size: int) -> None:
    with pytest.raises(ModelError, match=f"multiple of 32, not {size}"):
        Detector(SPEC, "cpu", size=size)


# Recall, on data from outside.


@pytest.mark.shared
def test_all_annotated_faces(detector: Detector, shared: Path) -> None:
    result = tally(list(annotated(shared)), detector)
    assert (result.faces, result.found) == (43, 43)
    assert result.extra <= 4


@pytest.mark.shared
@pytest.mark.parametrize("pad", [0, 50, 100])
def test_close_ups(detector: Detector, shared: Path, pad: int) -> None:
    pictures = [close_up(sample, pad / 200) for sample in samples(shared, seed=1)[:60]]
    assert sum(subject(detector.detect(picture), picture.size) is not None for picture in pictures) >= 58


@pytest.mark.shared
@pytest.mark.parametrize("side", [400, 800, 1000, 1400])
def test_a_close_up_of_any_size_is_one_face(detector: Detector, shared: Path, side: int) -> None:
    """The net splits a face of more than some 400 pixels; the smaller look answers for it."""
    pictures = [
        close_up(sample, 0).resize((side, side), Image.Resampling.BICUBIC) for sample in samples(shared, seed=1)[:30]
    ]
    assert sum(len(detector.detect(picture)) for picture in pictures) == 30


def test_a_detector_of_an_unknown_kind_is_refused() -> None:
    spec = load_spec("centerface")
    assert spec.detector
    odd = dataclasses.replace(spec, detector=dataclasses.replace(spec.detector, kind="abacus"))
    with pytest.raises(ModelError, match=r"unknown kind 'abacus'.\nKnown: centerface, scrfd, yunet"):
        Detector(odd, "cpu")
