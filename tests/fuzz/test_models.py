"""Specs, ONNX files and Caffe's files."""

import tomllib
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from photogender.errors import ModelError
from photogender.model_tools.caffe.convert import convert
from photogender.models.folders import SHIPPED
from photogender.models.read import read_spec
from photogender.runtime.graph import freed, in_floats, probe
from photogender.runtime.session import ports
from tests.fuzz.damage import damaged, fuzzed, scratch
from tests.support.caffe_nets import FORMATS, blob_proto, caffemodel, definition
from tests.support.caffe_nets import levi_hassner as caffe_net
from tests.support.nets import levi_hassner as onnx_net

SPECS = [path.read_bytes() for path in sorted(SHIPPED.glob("*.toml"))]


@fuzzed
@given(damaged(SPECS, text=True))
def test_a_damaged_spec_is_a_spec_or_a_sentence(content: bytes) -> None:
    path = scratch() / "spec.toml"
    path.write_bytes(content)
    try:
        spec = read_spec(path, "name")
    except ModelError as error:
        assert str(path) in error.message
        return
    assert spec.nets
    assert tomllib.loads(content.decode())["task"] == spec.task


SMALL = caffe_net(2, 67, 4, 32)
DEFINITIONS = [definition(SMALL, form).encode() for form in FORMATS]
WEIGHTS = [caffemodel(SMALL, form) for form in FORMATS]
MEANS = [blob_proto(SMALL.pictures(1)[0], form).SerializeToString() for form in FORMATS]


@fuzzed
@given(
    st.sampled_from(DEFINITIONS) | damaged(DEFINITIONS, text=True),
    st.sampled_from(WEIGHTS) | damaged(WEIGHTS),
    st.none() | damaged(MEANS),
)
def test_damaged_caffe_files_convert_or_say_why(text: bytes, weights: bytes, mean: bytes | None) -> None:
    paths = [scratch() / name for name in ("deploy.prototxt", "net.caffemodel", "mean.binaryproto")]
    for path, content in zip(paths, (text, weights, mean or b""), strict=True):
        path.write_bytes(content)
    try:
        converted = convert(paths[0], paths[1], None if mean is None else paths[2])
    except ModelError as error:
        assert error.message
        return
    assert len(converted.size) == 2
    assert all(side > 0 for side in converted.shape)
    ports(converted.onnx, "net.onnx")


NETS = [probe(), onnx_net(2)]


@fuzzed
@given(damaged(NETS))
def test_a_damaged_network_loads_or_says_why(content: bytes) -> None:
    try:
        inputs, outputs = ports(content, "net.onnx")
    except ModelError as error:
        assert "net.onnx" in error.message
    else:
        assert all(map(str, [*inputs, *outputs]))
    for change in (freed, in_floats):
        with suppress(Exception):  # a session turns all of them into a sentence
            change(content)
