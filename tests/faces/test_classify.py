"""Age and gender from chips: the batch does not matter, the spec decides, wrong nets are refused."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image

from photogender.errors import ModelError
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.faces.heads import Age, ages, answers
from photogender.faces.preprocess import to_batch, views
from photogender.labels import AGE_GROUPS, age_group
from photogender.models.file import ModelFile
from photogender.models.read import load_spec
from photogender.models.spec import AgeHead, GenderHead, ModelSpec, Net, NetInput
from photogender.records import DecodedImage, FaceBox, FaceCrop, PhotoFacts, Prediction

DLIB = load_spec("dlib")
BOX = FaceBox(0, 0, 1, 1, 0.9)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(DLIB, "cpu")


@pytest.fixture(scope="module")
def crops() -> list[FaceCrop]:
    """150 different chips: smooth noise, so that answers differ."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(150):
        picture = Image.fromarray(rng.integers(0, 255, (9, 9, 3), dtype=np.uint8))
        chips = tuple(np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC)) for side in (64, 32))
        made.append(FaceCrop(BOX, chips))
    return made


def close(one: Prediction, other: Prediction) -> bool:
    numbers = [dataclasses.astuple(each) for each in (one, other)]
    return all(a == b if isinstance(a, str) else a == pytest.approx(b, abs=1e-5) for a, b in zip(*numbers, strict=True))


def test_a_face_answers_the_same_in_any_batch(classifier: Classifier, crops: list[FaceCrop]) -> None:
    together = classifier.classify(crops)  # 64, 64 and a part batch of 22
    assert len(together) == len(crops)
    assert len({prediction.age for prediction in together}) > 100
    for index in (0, 1, 63, 64, 127, 128, 149):
        assert close(classifier.classify([crops[index]])[0], together[index])
    assert all(map(close, classifier.classify(crops[::-1])[::-1], together))
    for number in (2, 65):
        assert all(map(close, classifier.classify(crops[-number:]), together[-number:]))


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_the_batch_size_changes_nothing(classifier: Classifier, crops: list[FaceCrop], batch_size: int) -> None:
    some = crops[:16]
    assert all(map(close, Classifier(DLIB, "cpu", batch_size).classify(some), classifier.classify(some)))


def test_no_faces(classifier: Classifier) -> None:
    assert classifier.classify([]) == []


def test_answers_are_within_their_bounds(classifier: Classifier, crops: list[FaceCrop]) -> None:
    for prediction in classifier.classify(crops):
        assert prediction.gender in ("female", "male")
        assert 0.5 <= prediction.gender_confidence <= 1.00001
        assert 0 <= prediction.age <= 80
        assert prediction.age_group == age_group(prediction.age)
        assert 0 <= prediction.age_confidence <= 1.00001


def test_known_faces(classifier: Classifier, astronaut: Path, six_faces: Path) -> None:
    detector = Detector(load_spec("centerface"), "cpu")
    found = []
    for path in (astronaut, six_faces):
        pixels = Image.open(path).convert("RGB")
        image = DecodedImage(pixels, PhotoFacts("", "", *pixels.size))
        faces = sorted(detector.detect(pixels), key=lambda box: box.x1)
        found.append(classifier.classify([crop_face(image, box, DLIB.nets) for box in faces]))
    (collins,), friends = found
    assert collins.gender == "female"
    assert 28 < collins.age < 50  # 36 when it was taken
    sure = [face.gender for face in friends if face.gender_confidence > 0.9]
    assert sure == ["female", "female", "male", "male", "female"]  # the fifth, in profile, is a toss-up
    assert all(18 < face.age < 45 for face in friends)


# Nets of our own making, so that the right answer is known: a chip's mean colour becomes the output.


def tiny(folder: Path, name: str, widths: dict[str, int], gender: bool, age: tuple[float, ...] = ()) -> Net:
    """A net that puts out, for each name, the given number of means of the chip's first channels."""
    values = [helper.make_tensor_value_info("chips", TensorProto.FLOAT, ["batch", 3, 2, 2])]
    nodes = [helper.make_node("ReduceMean", ["chips"], ["means"], axes=[2, 3], keepdims=0)]
    outputs, fixed = [], []
    for output, width in widths.items():
        # Repeat the channels until there are enough, then cut.
        nodes.append(helper.make_node("Concat", ["means"] * -(-width // 3), [f"{output}_all"], axis=1))
        nodes.append(helper.make_node("Slice", [f"{output}_all", "zero", f"{output}_end", "one"], [output]))
        fixed.append(helper.make_tensor(f"{output}_end", TensorProto.INT64, [1], [width]))
        outputs.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
    fixed += [helper.make_tensor(key, TensorProto.INT64, [1], [value]) for key, value in (("zero", 0), ("one", 1))]
    graph = helper.make_graph(nodes, "tiny", values, outputs, fixed)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    data = model.SerializeToString()
    (folder / name).write_bytes(data)
    file = ModelFile(name, hashlib.sha256(data).hexdigest(), len(data), beside=folder)
    return Net(
        file=file,
        input=NetInput("chips", "RGB", (0.0, 0.0, 0.0), 1 / 255, (2, 2)),
        gender=GenderHead("gender", ("male", "female")) if gender else None,
        age=AgeHead("age", years=age) if age else None,
    )


def model(*nets: Net) -> ModelSpec:
    return ModelSpec("tiny", "age-gender", "", "", True, "", "", nets)


def chip(red: float, green: float, blue: float) -> NDArray[np.uint8]:
    return np.full((2, 2, 3), [red * 255, green * 255, blue * 255], np.float64).astype(np.uint8)


def test_one_joint_net_with_labels_and_ages_of_its_own(tmp_path: Path) -> None:
    net = tiny(tmp_path, "joint.onnx", {"age": 3, "gender": 2}, gender=True, age=(10.0, 30.0, 31.0))
    (answer,) = Classifier(model(net), "cpu").classify([FaceCrop(BOX, (chip(0.2, 0.4, 0.4),))])
    assert answer.gender == "female"  # the second label here
    assert answer.gender_confidence == pytest.approx(0.4 / (0.2 + 0.4), abs=1e-6)
    assert answer.age == pytest.approx(0.2 * 10 + 0.4 * 30 + 0.4 * 31, abs=1e-4)
    assert answer.age_group == "25-32"
    assert answer.age_confidence == pytest.approx(0.8, abs=1e-6)
    assert (answer.age_low, answer.age_high) == (10, 31), "less than a tenth lies on neither side"


@pytest.mark.parametrize(("weights", "female"), [((1.0, 1.0), 0.75 * 0.6), ((0.5, 2.0), 0.75**0.5 * 0.6**2)], ids=str)
def test_the_log_odds_of_several_nets_are_added(tmp_path: Path, weights: tuple[float, float], female: float) -> None:
    """Each net gives its own chip's red as male and green as female: 1 to 3, and 2 to 3."""
    nets = []
    for index, weight in enumerate(weights):
        net = tiny(tmp_path, f"{index}.onnx", {"gender": 2}, gender=True)
        assert net.gender
        nets.append(dataclasses.replace(net, gender=dataclasses.replace(net.gender, weight=weight)))
    age = tiny(tmp_path, "age.onnx", {"age": 3}, gender=False, age=(1.0, 5.0, 70.0))
    chips = (chip(0.25, 0.75, 0), chip(0.4, 0.6, 0), chip(1, 0, 0))
    (answer,) = Classifier(model(*nets, age), "cpu").classify([FaceCrop(BOX, chips)])
    male = 0.25 ** weights[0] * 0.4 ** weights[1]
    assert answer.gender == "female"
    assert answer.gender_confidence == pytest.approx(female / (female + male), abs=0.01)


def test_two_nets_each_get_their_own_chip(tmp_path: Path) -> None:
    gender = tiny(tmp_path, "gender.onnx", {"gender": 2}, gender=True)
    age = tiny(tmp_path, "age.onnx", {"age": 3}, gender=False, age=(1.0, 5.0, 70.0))
    chips = (chip(0, 0, 1), chip(1, 0, 0))
    for nets, own in (((age, gender), chips), ((gender, age), chips[::-1])):
        (answer,) = Classifier(model(*nets), "cpu").classify([FaceCrop(BOX, own)])
        assert (answer.age, answer.age_group, answer.age_confidence) == (70.0, "60-", 1.0)
        assert (answer.gender, answer.gender_confidence) == ("male", 1.0)


@pytest.mark.parametrize("widths", [{"age": 4, "gender": 2}, {"age": 3, "gender": 3}, {"age": 3, "gender": 1}], ids=str)
def test_an_output_of_the_wrong_width_is_refused_when_loading(tmp_path: Path, widths: dict[str, int]) -> None:
    net = tiny(tmp_path, "wrong.onnx", widths, gender=True, age=(10.0, 30.0, 31.0))
    with pytest.raises(ModelError, match=r"wrong\.onnx gives '(age|gender)' in the shape \(1, [134]\).*asks for"):
        Classifier(model(net), "cpu")


def test_an_output_that_is_not_there_is_refused_when_loading(tmp_path: Path) -> None:
    net = tiny(tmp_path, "less.onnx", {"gender": 2}, gender=True, age=(1.0, 2.0))
    with pytest.raises(ModelError, match=r"cannot run .*less\.onnx"):
        Classifier(model(net), "cpu")


def test_a_model_has_each_head_once(tmp_path: Path) -> None:
    gender = tiny(tmp_path, "gender.onnx", {"gender": 2}, gender=True)
    age = tiny(tmp_path, "age.onnx", {"age": 3}, gender=False, age=(1.0, 5.0, 70.0))
    for nets in ((), (gender,), (gender, gender), (age, age, gender), (age,)):
        with pytest.raises(ModelError, match="one age head, and one gender head or more"):
            Classifier(model(*nets), "cpu")
    with pytest.raises(ModelError, match="one age head, and one gender head or more"):
        Classifier(load_spec("centerface"), "cpu")


def test_groups_of_the_spec_are_those_of_the_records() -> None:
    age = DLIB.nets[0].age
    assert age is not None
    assert {age_group(year) for year in age.years} == set(AGE_GROUPS)


@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_to_batch(channels: str) -> None:
    picture = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    given = NetInput("x", channels, (1.0, 2.0, 3.0), 0.5)  # type: ignore[arg-type]
    batch = to_batch(list(picture), given)
    assert (batch.dtype, batch.shape, batch.flags.c_contiguous) == (np.float32, (2, 3, 3, 4), True)
    for index, source in enumerate((0, 1, 2) if channels == "RGB" else (2, 1, 0)):
        np.testing.assert_array_equal(batch[:, index], (picture[..., source] - (index + 1.0)) * 0.5)
    np.testing.assert_array_equal(picture.ravel(), np.arange(72))  # the chips are as they were


# Heads


def test_pairs_count_how_often_older_wins() -> None:
    """100 questions "older than n?": yes up to 33, with certainty falling from 30 on."""
    head = AgeHead("x", kind="pairs", pairs=100)
    logits = np.zeros((1, 100, 2))
    logits[0, :34, 1], logits[0, 34:, 0] = 2.0, 2.0
    (said,) = ages(answers(logits.reshape(1, 200), head), head)
    assert (said.years, said.group, said.low) == (34.0, "25-32", None)
    yes, no = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))
    assert said.sure == pytest.approx(yes - no), "older than 22, not older than 34"


@pytest.mark.parametrize("years", [0, 100])
def test_pairs_at_both_ends(years: int) -> None:
    head = AgeHead("x", kind="pairs", pairs=100)
    logits = np.where(np.arange(100)[:, None] < years, [-30.0, 30.0], [30.0, -30.0])
    (said,) = ages(answers(logits.reshape(1, 200), head), head)
    assert (said.years, said.group) == (years, "60-" if years else "0-2")
    assert said.sure == pytest.approx(1)


def test_a_regression_gives_years_alone() -> None:
    head = AgeHead("x", kind="regression", factor=100)
    one, other = ages(answers(np.array([[0.345], [-0.2]]), head), head)
    assert (one.years, one.group, one.sure) == (pytest.approx(34.5), "25-32", None)
    assert other == Age(0.0, "0-2")


def test_groups_answer_for_themselves() -> None:
    """The likeliest group counts, also where the mean of the years falls into another."""
    head = AgeHead("x", kind="groups", groups=("4-6", "60-", "0-2"), years=(5.0, 70.0, 1.0), softmax=True)
    (said,) = ages(answers(np.log([[0.5, 0.3, 0.2]]), head), head)
    assert (said.group, said.sure) == ("4-6", pytest.approx(0.5))
    assert said.years == pytest.approx(0.5 * 5 + 0.3 * 70 + 0.2 * 1)


def test_genders_from_logits_and_from_one_number() -> None:
    two = answers(np.array([[0.0, np.log(3)]]), GenderHead("x", ("male", "female"), "logits"))
    one = answers(np.array([[0.75]]), GenderHead("x", ("male", "female"), "sigmoid"))
    assert two == pytest.approx(np.array([[0.25, 0.75]]))
    assert one == pytest.approx(two)


def test_one_output_for_both_heads(tmp_path: Path) -> None:
    net = tiny(tmp_path, "shared.onnx", {"gender": 3}, gender=True)
    assert net.gender is not None
    gender = dataclasses.replace(net.gender, columns=(0, 2))
    age = AgeHead("gender", kind="regression", factor=100, columns=(2, 3))
    spec = model(dataclasses.replace(net, gender=gender, age=age))
    (answer,) = Classifier(spec, "cpu").classify([FaceCrop(BOX, (chip(0.8, 0.2, 0.4),))])
    assert (answer.gender, answer.gender_confidence) == ("male", pytest.approx(0.8))
    assert (answer.age, answer.age_confidence) == (pytest.approx(40.0, abs=0.1), None)
    beyond = dataclasses.replace(age, columns=(3, 4))
    with pytest.raises(ModelError, match=r"in the shape \(1, 3\).*asks for 1 in its columns \(3, 4\)"):
        Classifier(model(dataclasses.replace(net, gender=gender, age=beyond)), "cpu")


# Views


def test_the_ten_views() -> None:
    chip_ = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    given = NetInput("x", "RGB", (0.0, 0.0, 0.0), 1.0, size=(2, 3), chip=(4, 5))
    (centre,) = views([chip_], given, oversample=False)
    np.testing.assert_array_equal(centre, chip_[1:4, 1:3])
    seen = views([chip_, chip_ + 100], given, oversample=True)
    assert len(seen) == 20
    assert {view.shape for view in seen} == {(3, 2, 3)}
    places = {(int(view[0, 0, 0]), int(view[0, -1, 0])) for view in seen[:10]}
    assert len(places) == 10
    for straight, mirrored in zip(seen[0::2], seen[1::2], strict=True):
        np.testing.assert_array_equal(straight, mirrored[:, ::-1])
    np.testing.assert_array_equal(seen[10], centre + 100)


def test_oversampling_averages_the_answers(tmp_path: Path) -> None:
    """A chip whose corner alone is red: one view of five, and its mirror image, sees it."""
    net = tiny(tmp_path, "joint.onnx", {"age": 3, "gender": 2}, gender=True, age=(10.0, 30.0, 31.0))
    net = dataclasses.replace(net, input=dataclasses.replace(net.input, chip=(6, 6)))
    picture = np.zeros((6, 6, 3), np.uint8)
    picture[..., 1] = 255
    picture[:2, :2] = [255, 0, 0]
    (one,) = Classifier(model(net), "cpu").classify([FaceCrop(BOX, (picture,))])
    (ten,) = Classifier(model(net), "cpu", oversample=True).classify([FaceCrop(BOX, (picture,))])
    assert (one.gender, one.gender_confidence) == ("female", 1.0)
    assert (ten.gender, ten.gender_confidence) == ("female", pytest.approx(0.8))
