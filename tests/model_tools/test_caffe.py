"""Caffe nets become ONNX that computes the same; files that are no nets are refused with a sentence."""

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from photogender.errors import ModelError
from photogender.model_tools.caffe.convert import Converted, convert, fit_mean
from photogender.model_tools.caffe.wire import MESSAGES, read_mean
from tests.support.caffe_cases import CASES
from tests.support.caffe_nets import FORMATS, Format, L, Net, blob_proto, caffemodel, definition, levi_hassner, write

OPENCV = np.load(Path(__file__).parents[1] / "fixtures" / "caffe_outputs.npz")
"""What another importer computes, OpenCV 4's; see the script beside it."""
LARGE = ("levi_hassner_age", "levi_hassner_gender")
THIN = levi_hassner(8, 67, 4, 16)


def run(net: Converted, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    values: NDArray[np.float32] = InferenceSession(net.onnx).run([net.output], {net.input: pictures})[0]
    return values


@pytest.mark.parametrize("name", [name for name in CASES if name not in LARGE])
def test_every_layer_computes_what_opencv_computes(tmp_path: Path, name: str) -> None:
    net, wanted = CASES[name], OPENCV[name]
    for text in FORMATS:
        for weights in FORMATS:
            got = run(convert(*write(tmp_path, net, text, weights)), net.pictures())
            assert got.size == wanted.size
            np.testing.assert_allclose(got.reshape(wanted.shape), wanted, rtol=1e-6, atol=5e-5)


@pytest.mark.parametrize(
    ("name", "text", "weights"),
    [(LARGE[0], "v1", "v1"), (LARGE[0], "new", "v1"), (LARGE[0], "v1", "new"), (LARGE[1], "new", "new")],
)
def test_the_published_nets_compute_what_opencv_computes(
    tmp_path: Path, name: str, text: Format, weights: Format
) -> None:
    net = CASES[name]
    converted = convert(*write(tmp_path, net, text, weights))
    assert (converted.input, converted.size, converted.output) == ("data", (227, 227), "prob")
    assert converted.is_softmax
    assert converted.shape == OPENCV[name].shape[1:]
    got = run(converted, net.pictures())
    np.testing.assert_allclose(got, OPENCV[name], atol=1e-6)
    assert 0.01 < got.std() < 0.3  # they are not all 0, 1 or the same


@pytest.mark.shared
@pytest.mark.parametrize("name", LARGE)
def test_the_published_definitions_themselves(tmp_path: Path, shared: Path, name: str) -> None:
    net = CASES[name]
    deploy = shared / "data" / "adience-folds" / f"deploy_{name.rpartition('_')[2]}.prototxt"
    got = run(convert(deploy, write(tmp_path, net)[1]), net.pictures())
    np.testing.assert_allclose(got, OPENCV[name], atol=1e-6)


def test_the_batch_is_free(tmp_path: Path) -> None:
    converted, pictures = convert(*write(tmp_path, THIN)), THIN.pictures(5)
    together = run(converted, pictures)
    assert together.shape == (5, 8)
    for index in range(5):
        np.testing.assert_allclose(run(converted, pictures[index : index + 1]), together[index : index + 1], atol=1e-6)


# Cases small enough to be worked out by hand, for what OpenCV does not know or might share with us.


def alone(tmp_path: Path, layer: L, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a net of one layer makes of one picture: channels × height × width."""
    net = Net((picture.shape[0], picture.shape[1], picture.shape[2]), (layer,))
    made: NDArray[np.float32] = run(convert(*write(tmp_path, net, "new")), picture[None])[0]
    return made


def test_lrn_by_hand(tmp_path: Path) -> None:
    picture = np.array([1, 2, 3], np.float32).reshape(3, 1, 1)
    layer = L("LRN", "norm", "data", {"local_size": 3, "alpha": 3, "beta": 1, "k": 2})
    # Each is divided by k + alpha / size * the sum of the squares of itself and its neighbours.
    wanted = [1 / (2 + 1 + 4), 2 / (2 + 1 + 4 + 9), 3 / (2 + 4 + 9)]
    np.testing.assert_allclose(alone(tmp_path, layer, picture).ravel(), wanted, rtol=1e-6)
    layer = L("LRN", "norm", "data", {"local_size": 5, "alpha": 0.0001, "beta": 0.75})
    wanted = [value / (1 + 0.0001 / 5 * 14) ** 0.75 for value in (1, 2, 3)]  # all three are within two of each other
    np.testing.assert_allclose(alone(tmp_path, layer, picture).ravel(), wanted, rtol=1e-6)
    layer = L("LRN", "norm", "data")  # Caffe's defaults: 5, 1, 0.75, 1
    wanted = [value / (1 + 14 / 5) ** 0.75 for value in (1, 2, 3)]
    np.testing.assert_allclose(alone(tmp_path, layer, picture).ravel(), wanted, rtol=1e-6)


SIXTEEN = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]


@pytest.mark.parametrize(
    ("pool", "window", "picture", "wanted"),
    [
        # Two windows, not one: the second has two columns and rows only.
        ("MAX", (3, 2, 0), SIXTEEN, [[10, 11], [14, 15]]),
        ("AVE", (3, 2, 0), SIXTEEN, [[5, 6.5], [11, 12.5]]),
        # The padding is never the greatest, and counts in an average.
        ("MAX", (2, 2, 1), [[-1, -2], [-3, -4]], [[-1, -2], [-3, -4]]),
        ("AVE", (2, 2, 1), [[1, 2], [3, 4]], [[0.25, 0.5], [0.75, 1]]),
        # Rounded up there would be three windows, the last in the padding alone: it is dropped.
        ("MAX", (2, 2, 1), [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 3], [7, 9]]),
        ("AVE", (2, 2, 1), [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[0.25, 1.25], [2.75, 7]]),
        # Padding and an incomplete last window: it begins at row 2 and ends with the padding, at row 3.
        ("AVE", (4, 3, 1), [[1, 1, 1], [1, 1, 1], [1, 1, 1]], [[9 / 16, 3 / 8], [3 / 8, 1 / 4]]),
        ("MAX", (1, 2, 0), SIXTEEN, None),
    ],
)
def test_pooling_by_hand(
    tmp_path: Path,
    pool: str,
    window: tuple[int, int, int],
    picture: list[list[float]],
    wanted: list[list[float]] | None,
) -> None:
    kernel, stride, pad = window
    layer = L("Pooling", "pool", "data", {"pool": pool, "kernel_size": kernel, "stride": stride, "pad": pad})
    pixels = np.array([picture] * 3, np.float32)
    if wanted is None:  # the third window of one pixel would be the fifth pixel of four
        with pytest.raises(ModelError, match=r"'pool' \(Pooling\) has windows outside its input of 4 × 4"):
            alone(tmp_path, layer, pixels)
        return
    for channel in alone(tmp_path, layer, pixels):
        np.testing.assert_allclose(channel, wanted, rtol=1e-6)


def test_inner_product_transposed(tmp_path: Path) -> None:
    net = Net(
        (3, 2, 2), (L("InnerProduct", "fc", "data", {"num_output": 5, "transpose": "true"}, "", ((12, 5), (5,))),)
    )
    weights, bias = net.blobs()["fc"]
    pictures = net.pictures()
    got = run(convert(*write(tmp_path, net, "new", "new")), pictures)
    np.testing.assert_allclose(got, pictures.reshape(2, 12) @ weights + bias, rtol=1e-4, atol=1e-4)


def test_a_net_that_ends_in_maps_of_one_pixel_gives_a_list(tmp_path: Path) -> None:
    layers = (
        L("Convolution", "conv", "data", {"num_output": 8, "kernel_size": 1}, "", ((8, 3, 1, 1), (8,))),
        L("Pooling", "pool", "conv", {"pool": "AVE", "global_pooling": "true"}),
        L("Softmax", "prob", "pool"),
    )
    converted = convert(*write(tmp_path, Net((3, 5, 6), layers)))
    assert converted.shape == (8,)
    assert converted.is_softmax
    np.testing.assert_allclose(run(converted, np.ones((2, 3, 5, 6), np.float32)).sum(axis=1), 1, rtol=1e-6)


# The heads of definitions.


def reworded(tmp_path: Path, net: Net, *changes: tuple[str, str]) -> tuple[Path, Path]:
    """The net in the new format after some changes of its text."""
    text = definition(net, "new")
    for old, new in changes:
        assert re.search(old, text)
        text = re.sub(old, new, text)
    paths = write(tmp_path, net, "new")
    paths[0].write_text(text)
    return paths


HEAD = r'(?s)input: "data".*?(?=layer)'


@pytest.mark.parametrize(
    "head",
    [
        'input: "data" input_dim: 10 input_dim: 3 input_dim: 67 input_dim: 67 ',
        'input: "data" input_shape { dim: 1 dim: 3 dim: 67 dim: 67 } ',
        'layer { name: "in" type: "Input" top: "data" input_param { shape: { dim: [ 1, 3, 67, 67 ] } } } ',
        'layer { name: "in" type: "Data" top: "data" top: "label" transform_param { crop_size: 67 mirror: true } '
        "include { phase: TEST } data_param { source: '/x' backend: LMDB } } "
        'layer { name: "in" type: "Data" top: "data" transform_param { crop_size: 9 } include { phase: TRAIN } } ',
        'input: "data" input_dim: 1 input_dim: 3 input_dim: 67 input_dim: 67 something_new { of: [ "later" ] } ',
    ],
)
def test_every_way_to_declare_the_input(tmp_path: Path, head: str) -> None:
    converted = convert(*reworded(tmp_path, THIN, (HEAD, head)))
    assert (converted.size, converted.mean, converted.scale) == ((67, 67), (0, 0, 0), 1)
    wanted = run(convert(*write(tmp_path, THIN)), THIN.pictures())
    np.testing.assert_array_equal(run(converted, THIN.pictures()), wanted)


@pytest.mark.parametrize(("values", "mean"), [([5], (5, 5, 5)), ([1, 2, 3], (1, 2, 3))])
def test_mean_values_and_scale_of_the_definition(tmp_path: Path, values: list[int], mean: tuple[int, ...]) -> None:
    given = " ".join(f"mean_value: {value}" for value in values)
    head = f'layer {{ name: "in" type: "Data" top: "data" transform_param {{ crop_size: 67 scale: 0.5 {given} }} }} '
    files = reworded(tmp_path, THIN, (HEAD, head))
    assert (convert(*files).mean, convert(*files).scale) == (mean, 0.5)
    assert convert(*files, (7.0, 8.0, 9.0)).mean == (7, 8, 9)


def test_a_mean_image_comes_before_the_scale(tmp_path: Path) -> None:
    image = np.random.RandomState(0).uniform(0, 255, (3, 67, 67)).astype(np.float32)
    path = binaryproto(tmp_path, image)
    head = 'layer { name: "in" type: "Data" top: "data" transform_param { crop_size: 67 scale: 0.5 } } '
    converted = convert(*reworded(tmp_path, THIN, (HEAD, head)), path)
    assert converted.scale == 0.5
    pictures = THIN.pictures()
    wanted = run(convert(*write(tmp_path, THIN)), (pictures - image) * np.float32(0.5))
    np.testing.assert_allclose(run(converted, pictures * np.float32(0.5)), wanted, atol=1e-5)


def test_a_definition_for_training_gives_logits(tmp_path: Path) -> None:
    """What belongs to training and testing is left out: loss, accuracy, labels, layers of other phases."""
    tail = """
      layer { name: "acc" type: "Accuracy" bottom: "fc8" bottom: "label" top: "acc" include { phase: TEST } }
      layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc8" bottom: "label" top: "loss" }
      layer { name: "not" type: "Strange" bottom: "fc8" top: "odd" exclude { phase: TEST } }
      layer { name: "odd" type: "Strange" bottom: "fc8" top: "odd" include { phase: TRAIN } }
      layer { name: "staged" type: "Strange" bottom: "fc8" top: "odd" include { stage: "deep" } }
      layer { name: "level" type: "Strange" bottom: "fc8" top: "odd" include { min_level: 1 } }
      layer { name: "quiet" type: "Silence" bottom: "label" }"""
    head = 'layer { name: "in" type: "Data" top: "data" top: "label" transform_param { crop_size: 67 } } '
    last = r'(?s)layer \{\s*name: "prob".*'
    converted = convert(*reworded(tmp_path, THIN, (HEAD, head), (last, tail)))
    assert (converted.output, converted.is_softmax) == ("fc8", False)
    logits = run(converted, THIN.pictures()).astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, run(convert(*write(tmp_path, THIN)), THIN.pictures()), atol=1e-6)


# The mean image.


def binaryproto(folder: Path, image: NDArray[np.float32]) -> Path:
    path = folder / "mean.binaryproto"
    path.write_bytes(blob_proto(image, "v1").SerializeToString())
    return path


def test_a_mean_image_is_subtracted(tmp_path: Path) -> None:
    image = np.random.RandomState(0).uniform(0, 255, (3, 80, 90)).astype(np.float32)
    path = binaryproto(tmp_path, image)
    files, pictures = write(tmp_path, THIN), THIN.pictures()
    plain = convert(*files)
    for fit in ("crop", "resize"):
        converted = convert(*files, path, fit)
        assert (converted.picture, converted.mean) == ((90, 80), (0, 0, 0))
        wanted = run(plain, pictures - fit_mean(image, (67, 67), fit, path))
        np.testing.assert_allclose(run(converted, pictures), wanted, atol=1e-6)
        assert np.abs(run(plain, pictures) - wanted).max() > 1e-3
    np.testing.assert_array_equal(fit_mean(image, (67, 67), "crop", path), image[:, 6:73, 11:78])
    assert plain.picture is None


def test_a_mean_image_is_resized_as_pycaffe_did(tmp_path: Path) -> None:
    """pycaffe used scikit-image's ``resize`` of 2014: bilinear, nothing smoothed before."""
    from skimage.transform import resize

    image = np.random.RandomState(0).uniform(0, 255, (3, 80, 90)).astype(np.float32)
    got = fit_mean(image, (67, 50), "resize", tmp_path)
    wanted = resize(image.transpose(1, 2, 0), (50, 67), order=1, anti_aliasing=False, preserve_range=True)
    np.testing.assert_allclose(got, wanted.transpose(2, 0, 1), atol=1e-3)


@pytest.mark.shared
def test_the_published_mean_image(shared: Path) -> None:
    image = read_mean(shared / "data" / "adience-folds" / "mean.binaryproto")
    assert image.shape == (3, 256, 256)
    np.testing.assert_allclose(image.mean(axis=(1, 2)), [78.4, 87.8, 114.9], atol=0.05)  # blue, green, red
    crop, small = (fit_mean(image, (227, 227), fit, Path()) for fit in ("crop", "resize"))
    apart = np.abs(crop - small)
    assert (round(float(apart.mean()), 1), round(float(apart.max()))) == (4.9, 37)


# What is refused, and how.

ONE = Net((3, 9, 9), (L("Convolution", "conv", "data", {"num_output": 4, "kernel_size": 3}, "", ((4, 3, 3, 3), (4,))),))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('type: "Convolution"', 'type: "Deconvolution"', r"'conv' \(Deconvolution\) is of a type that cannot"),
        ("num_output: 4", "num_output: 5", r"the weights of the layer 'conv' is \(4, 3, 3, 3\).*be \(5, 3, 3, 3\)"),
        ("kernel_size: 3", "kernel_size: 5", r"it should be \(4, 3, 5, 5\)"),
        ("kernel_size: 3", "kernel_size: 10", "'conv'.*is larger than its input of 9 × 9"),
        ("kernel_size: 3", "kernel_size: 0", r"has the kernel_size \[0\]"),
        ("kernel_size: 3", "", r"has the kernel_size \[\]"),
        ("kernel_size: 3", "kernel_size: 3 kernel_h: 3", "has the kernel_size"),
        ("kernel_size: 3", "kernel_size: 3 kernel_size: 3 kernel_size: 3", "has the kernel_size"),
        ("kernel_size: 3", "kernel_size: 3 stride: 0", r"has the stride \[0\]"),
        ("kernel_size: 3", "kernel_size: 3 axis: 2", "along the axis 2"),
        ("kernel_size: 3", "kernel_size: 3 group: 2", "makes 4 channels of 3 in 2 groups"),
        ("kernel_size: 3", "kernel_size: 3 group: 0", "in 0 groups"),
        ("kernel_size: 3", "kernel_size: 3 bias_term: false", "has 2 blobs for the layer 'conv'.* should be 1"),
        ("kernel_size: 3", "kernel_size: 3 pad: 4000000000", "numbers a face"),
        ("kernel_size: 3", "kernel_size: -3", "is not a Caffe net definition"),
        ('name: "conv"', 'name: "other"', "has no weights for the layer 'other'"),
        ('bottom: "data"', 'bottom: "nothing"', "must have one input; found none"),
        ('bottom: "data"', 'bottom: "data" bottom: "data"', "should have one bottom and one top"),
        ('top: "conv"', "", "should have one bottom and one top"),
        ("input_dim: 3", "input_dim: 1", r"the input 'data' has the shape \(1, 9, 9\)"),
        ("input_dim: 3", "", "declares 1 inputs, but not the dimensions of each"),
        ("input_dim: 9", "input_dim: 900000000", "it should be 3 × height × width"),
        ("input_dim: 9", "input_dim: -9", "it should be 3 × height × width"),
        (HEAD, 'layer { name: "d" type: "Data" top: "data" } ', "does not say how large .* 'data' is"),
        (HEAD, 'layer { name: "i" type: "Input" top: "data" } ', "does not say how large .* 'data' is"),
        (
            HEAD,
            'layer { name: "d" type: "Data" top: "data" transform_param { crop_size: 9 mean_value: nan } } ',
            "the mean values",
        ),
        (r"\Z", 'layer { name: "r" type: "ReLU" bottom: "later" top: "r" }', "'r'.*uses the blob 'later'"),
        (r"\Z", 'layer { name: "r" type: "ReLU" bottom: "data" top: "r" }', "must have one output; found 'conv', 'r'"),
        (r"\Z", 'layer { name: "r" type: "ReLU" bottom: "data" top: "conv" }', "makes the blob 'conv', which another"),
        (r"\Z", 'layer { name: "p" type: "Pooling" bottom: "conv" top: "p" }', r"'p'.*has the kernel_size \[\]"),
        (
            r"\Z",
            'layer { name: "p" type: "Pooling" bottom: "conv" top: "p" pooling_param { kernel_size: 2 pad: 2 } }',
            "windows outside",
        ),
        (
            r"\Z",
            'layer { name: "p" type: "Pooling" bottom: "conv" top: "p" pooling_param { pool: STOCHASTIC } }',
            "stochastic pooling",
        ),
        (
            r"\Z",
            'layer { name: "n" type: "LRN" bottom: "conv" top: "n" lrn_param { norm_region: WITHIN_CHANNEL } }',
            "normalises within a channel",
        ),
        (r"\Z", 'layer { name: "n" type: "LRN" bottom: "conv" top: "n" lrn_param { local_size: 4 } }', "must be odd"),
        (r"\Z", 'layer { name: "s" type: "Softmax" bottom: "conv" top: "s" softmax_param { axis: 2 } }', "the axis 2"),
        (r"\Z", 'layer { name: "f" type: "InnerProduct" bottom: "conv" top: "f" }', "has no outputs"),
        (
            r"\Z",
            'layer { name: "f" type: "InnerProduct" bottom: "conv" top: "f" inner_product_param { axis: 2 } }',
            "the axis 2",
        ),
        (r"\Z", "layers { name: 'old' type: RELU }", "has both 'layer' and 'layers'"),
        (r"\Z", "layers { name: 'old' type: NOVEL }", 'is not a Caffe net definition.*"caffe.LayerType" .* NOVEL'),
        (r"\Z", "layer {", "is not a Caffe net definition"),
        ('type: "Convolution"', 'type: "Dropout"', "must have one output; found 'data'"),
        (r"(?s).*", "", "defines no layers"),
        (r"(?s).*", "net: " + "{ a " * 5000, "is not a Caffe net definition"),
    ],
)
def test_definitions_that_cannot_be_used(tmp_path: Path, old: str, new: str, message: str) -> None:
    files = write(tmp_path, ONE, "new")
    files[0].write_text(re.sub(old, lambda _: new, definition(ONE, "new"), count=1))
    with pytest.raises(ModelError, match=message) as caught:
        convert(*files)
    assert str(tmp_path) in caught.value.message


def test_layers_of_pictures_do_not_follow_lists(tmp_path: Path) -> None:
    fully = L("InnerProduct", "fc", "data", {"num_output": 2}, "", ((2, 27), (2,)))
    for layer in (L("LRN", "n", "fc"), L("Pooling", "n", "fc", {"kernel_size": 1}), L("Convolution", "n", "fc")):
        with pytest.raises(ModelError, match=r"'n'.*needs channels, height and width; its input has the shape \(2,\)"):
            convert(*write(tmp_path, Net((3, 3, 3), (fully, layer))))


def test_an_old_layer_of_a_type_not_known_is_named(tmp_path: Path) -> None:
    files = write(tmp_path, ONE)
    files[0].write_text(definition(ONE, "v1").replace("type: CONVOLUTION", "type: SIGMOID"))
    with pytest.raises(ModelError, match=r"the layer 'conv' \(SIGMOID\) is of a type that cannot be imported"):
        convert(*files)


def test_damaged_weights(tmp_path: Path) -> None:
    text, weights = write(tmp_path, ONE, "new", "new")
    whole = weights.read_bytes()
    for part in (whole[:-1], whole[: len(whole) // 2], b"\xff" * 40, text.read_bytes()):
        weights.write_bytes(part)
        with pytest.raises(ModelError, match=r"new\.caffemodel is not a \.caffemodel, or it is cut short"):
            convert(text, weights)
    weights.write_bytes(b"")
    with pytest.raises(ModelError, match="has no weights for the layer 'conv'"):
        convert(text, weights)
    for change, message in (("nan", "not finite"), ("few", r"should have \(4, 3, 3, 3\) numbers but has 107")):
        net = MESSAGES["NetParameter"].FromString(whole)
        data = net.layer[0].blobs[0].data
        data[5] = float("nan")
        if change == "few":
            del data[5]
        weights.write_bytes(net.SerializeToString())
        with pytest.raises(ModelError, match=message):
            convert(text, weights)
    weights.unlink()
    with pytest.raises(ModelError, match=r"new\.caffemodel cannot be read: No such file"):
        convert(text, weights)
    with pytest.raises(ModelError, match="cannot be read"):
        convert(tmp_path, weights)


def test_files_in_the_wrong_order(tmp_path: Path) -> None:
    text, weights = write(tmp_path, ONE)
    with pytest.raises(ModelError, match=r"v1\.caffemodel is not a Caffe net definition: it is not text") as caught:
        convert(weights, text)
    assert "deploy.prototxt first" in caught.value.hint


def test_double_precision_weights(tmp_path: Path) -> None:
    text, weights = write(tmp_path, ONE, "new", "new")
    wanted = run(convert(text, weights), ONE.pictures())
    net = MESSAGES["NetParameter"].FromString(weights.read_bytes())
    for blob in net.layer[0].blobs:
        blob.double_data.extend(blob.data)
        blob.ClearField("data")
    weights.write_bytes(net.SerializeToString())
    np.testing.assert_array_equal(run(convert(text, weights), ONE.pictures()), wanted)


def test_damaged_mean_images(tmp_path: Path) -> None:
    files = write(tmp_path, ONE)
    path = binaryproto(tmp_path, np.zeros((3, 9, 9), np.float32))
    whole = path.read_bytes()
    many_axes = blob_proto(np.zeros((3, 9, 9), np.float32), "new")
    many_axes.shape.dim[:] = [1] * 62 + [3, 9, 9]
    cases = [
        (whole[:-3], "is not a mean.binaryproto, or it is cut short"),
        (b"", r"has the shape \(0, 0, 0, 0\)|holds"),
        (blob_proto(np.zeros((1, 9, 9), np.float32), "v1").SerializeToString(), "3 × height × width"),
        (blob_proto(np.zeros((3, 8, 9), np.float32), "v1").SerializeToString(), "9 × 8, is smaller .* 9 × 9"),
        (files[1].read_bytes(), "mean.binaryproto"),
        (many_axes.SerializeToString(), "should have 65 axes"),
    ]
    for content, message in cases:
        path.write_bytes(content)
        with pytest.raises(ModelError, match=message):
            convert(*files, path)
    path.write_bytes(blob_proto(np.zeros((3, 9, 9), np.float32), "new").SerializeToString())
    assert convert(*files, path).picture == (9, 9)


# Whatever is done to the files, there is a net or a sentence.

SMALL = levi_hassner(2, 67, 4, 32)


def holds(text: Path, weights: Path) -> bool:
    """Whether the files convert, to a graph that is one."""
    try:
        converted = convert(text, weights)
    except ModelError:
        return False
    onnx.checker.check_model(onnx.load_from_string(converted.onnx), full_check=True)
    return True


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(
    form=st.sampled_from(FORMATS),
    where=st.floats(0, 1, exclude_max=True),
    change=st.binary(max_size=8),
    cut=st.booleans(),
)
def test_mutated_weights(tmp_path: Path, form: Format, where: float, change: bytes, cut: bool) -> None:
    data = caffemodel(SMALL, form)
    at = int(where * len(data))
    text, weights = write(tmp_path, SMALL)
    weights.write_bytes(data[:at] + change + (b"" if cut else data[at + len(change) :]))
    if holds(text, weights):
        assert not cut or at + len(change) >= len(data) - 1000


@quick
@given(data=st.data(), form=st.sampled_from(FORMATS))
def test_mutated_bytes_of_definitions(tmp_path: Path, form: Format, data: st.DataObject) -> None:
    text, weights = write(tmp_path, SMALL, form)
    content = bytearray(text.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    text.write_bytes(content)
    holds(text, weights)


@quick
@given(data=st.data(), form=st.sampled_from(FORMATS))
def test_mutated_words_of_definitions(tmp_path: Path, form: Format, data: st.DataObject) -> None:
    """Changes that leave the text readable: other numbers, words moved about, lines twice or not at all."""
    text, weights = write(tmp_path, SMALL, form)
    lines = text.read_text().splitlines()
    numbers = st.sampled_from(["0", "1", "2", "3", "7", "-1", "4294967295", "1e9", "nan", "true", "MAX", '"conv1"'])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["number", "twice", "none", "swap"]))
        other = data.draw(st.integers(0, len(lines) - 1))
        if kind == "number":
            lines[at] = re.sub(r": .*", f": {data.draw(numbers)}", lines[at])
        elif kind == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at : at + 1] = [lines[at]] * 2 if kind == "twice" else []
        if not lines:
            break
    text.write_text("\n".join(lines))
    holds(text, weights)
