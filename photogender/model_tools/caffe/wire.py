"""Reading Caffe's files: definitions as text, weights and mean images as protobuf, in the old and new formats.

Only the fields that are used are declared, with the names and numbers of BVLC's ``caffe.proto``; whatever
else a file holds is passed over. Layers of the format of 2014 (``layers`` with a type in capitals) and of the
one that followed (``layer`` with a type in quotes) come out alike.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import DecodeError, Message
from numpy.typing import NDArray

from photogender.errors import ModelError
from photogender.models.file import MAX_NETWORK, read_file

_ENUMS = {
    "Phase": "TRAIN=0 TEST=1",
    "PoolMethod": "MAX=0 AVE=1 STOCHASTIC=2",
    "NormRegion": "ACROSS_CHANNELS=0 WITHIN_CHANNEL=1",
    "LayerType": "NONE=0 ACCURACY=1 BNLL=2 CONCAT=3 CONVOLUTION=4 DATA=5 DROPOUT=6 EUCLIDEAN_LOSS=7 FLATTEN=8 "
    "HDF5_DATA=9 HDF5_OUTPUT=10 IM2COL=11 IMAGE_DATA=12 INFOGAIN_LOSS=13 INNER_PRODUCT=14 LRN=15 "
    "MULTINOMIAL_LOGISTIC_LOSS=16 POOLING=17 RELU=18 SIGMOID=19 SOFTMAX=20 SOFTMAX_LOSS=21 SPLIT=22 TANH=23 "
    "WINDOW_DATA=24 ELTWISE=25 POWER=26 SIGMOID_CROSS_ENTROPY_LOSS=27 HINGE_LOSS=28 MEMORY_DATA=29 ARGMAX=30 "
    "THRESHOLD=31 DUMMY_DATA=32 SLICE=33 MVN=34 ABSVAL=35 SILENCE=36 CONTRASTIVE_LOSS=37 EXP=38 DECONVOLUTION=39",
}

_MESSAGES = {
    "BlobShape": "dim:1:int64*",
    "BlobProto": "num:1:int64 channels:2:int64 height:3:int64 width:4:int64 data:5:float* shape:7:BlobShape "
    "double_data:8:double*",
    "NetStateRule": "phase:1:Phase min_level:2:int32 max_level:3:int32 stage:4:string* not_stage:5:string*",
    "TransformationParameter": "scale:1:float=1 crop_size:3:uint32 mean_value:5:float*",
    "InputParameter": "shape:1:BlobShape*",
    "ConvolutionParameter": "num_output:1:uint32 bias_term:2:bool=true pad:3:uint32* kernel_size:4:uint32* "
    "group:5:uint32=1 stride:6:uint32* pad_h:9:uint32 pad_w:10:uint32 kernel_h:11:uint32 kernel_w:12:uint32 "
    "stride_h:13:uint32 stride_w:14:uint32 axis:16:int32=1 dilation:18:uint32*",
    "PoolingParameter": "pool:1:PoolMethod kernel_size:2:uint32* stride:3:uint32* pad:4:uint32* kernel_h:5:uint32 "
    "kernel_w:6:uint32 stride_h:7:uint32 stride_w:8:uint32 pad_h:9:uint32 pad_w:10:uint32 global_pooling:12:bool",
    "LRNParameter": "local_size:1:uint32=5 alpha:2:float=1 beta:3:float=0.75 norm_region:4:NormRegion k:5:float=1",
    "InnerProductParameter": "num_output:1:uint32 bias_term:2:bool=true axis:5:int32=1 transpose:6:bool",
    "ReLUParameter": "negative_slope:1:float",
    "SoftmaxParameter": "axis:2:int32=1",
    "LayerParameter": "name:1:string type:2:string bottom:3:string* top:4:string* blobs:7:BlobProto* "
    "include:8:NetStateRule* exclude:9:NetStateRule* transform_param:100:TransformationParameter "
    "convolution_param:106:ConvolutionParameter inner_product_param:117:InnerProductParameter "
    "lrn_param:118:LRNParameter pooling_param:121:PoolingParameter relu_param:123:ReLUParameter "
    "softmax_param:125:SoftmaxParameter input_param:143:InputParameter",
    "V1LayerParameter": "bottom:2:string* top:3:string* name:4:string type:5:LayerType blobs:6:BlobProto* "
    "convolution_param:10:ConvolutionParameter inner_product_param:17:InnerProductParameter "
    "lrn_param:18:LRNParameter pooling_param:19:PoolingParameter relu_param:30:ReLUParameter "
    "include:32:NetStateRule* exclude:33:NetStateRule* transform_param:36:TransformationParameter "
    "softmax_param:39:SoftmaxParameter",
    "NetParameter": "layers:2:V1LayerParameter* input:3:string* input_dim:4:int64* input_shape:8:BlobShape* "
    "layer:100:LayerParameter*",
}
"""Each message's fields as ``name:number:type``, with ``*`` where repeated and ``=`` before a default."""


def _message_types() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="photogender/caffe.proto", package="caffe", syntax="proto2")
    for name, values in _ENUMS.items():
        enum = file.enum_type.add(name=name)
        for value in values.split():
            label, _, number = value.partition("=")
            enum.value.add(name=label, number=int(number))
    scalar = descriptor_pb2.FieldDescriptorProto
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields.split():
            label, number, kind = field.split(":")
            kind, _, default = kind.partition("=")
            repeated, kind = kind.endswith("*"), kind.removesuffix("*")
            made = message.field.add(name=label, number=int(number))
            made.label = scalar.LABEL_REPEATED if repeated else scalar.LABEL_OPTIONAL
            if kind in _MESSAGES or kind in _ENUMS:
                made.type = scalar.TYPE_MESSAGE if kind in _MESSAGES else scalar.TYPE_ENUM
                made.type_name = f".caffe.{kind}"
            else:
                made.type = scalar.Type.Value(f"TYPE_{kind.upper()}")
                if repeated and kind != "string":
                    made.options.packed = True
            if default:
                made.default_value = default
    pool = descriptor_pool.DescriptorPool()  # a separate pool: another package may have registered Caffe's messages
    pool.AddSerializedFile(file.SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"caffe.{name}")) for name in _MESSAGES}


MESSAGES: Mapping[str, Any] = _message_types()
"""The classes of the messages, by their names in ``caffe.proto``."""


_MAX_DEFINITION = 2_000_000
"""Bytes; that of ResNet-152 has 0.1 million."""

_MOST_AXES = 32
"""Caffe's own limit, ``kMaxBlobAxes``."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of either format."""

    name: str
    type: str
    """As the file has it: ``InnerProduct`` or ``INNER_PRODUCT``."""
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    message: Any
    """``LayerParameter`` or ``V1LayerParameter``; the fields of parameters have the same names in both."""

    @property
    def kind(self) -> str:
        """The type without capitals and underscores, which both formats share: ``innerproduct``."""
        return self.type.replace("_", "").lower()


@dataclass(frozen=True, slots=True)
class Definition:
    """A network as its prototxt defines it, in the phase TEST."""

    path: Path
    inputs: dict[str, tuple[int, ...]]
    """Blobs declared at the top of the file and their dimensions, batch first; empty if not given."""
    layers: tuple[Layer, ...]


def read_definition(path: Path) -> Definition:
    """Read a network definition, without layers for training only.

    Raises:
        ModelError: The file cannot be read, is no definition, or has layers of both formats.
    """
    message = MESSAGES["NetParameter"]()
    try:
        text_format.Parse(_read(path, _MAX_DEFINITION).decode("utf-8"), message, allow_unknown_field=True)
        inputs = _declared(path, message)
        layers = tuple(_layer(each) for each in _layers(message) if _is_used(each))
    except (text_format.ParseError, ValueError, RecursionError) as error:
        reason = "it is not text" if isinstance(error, UnicodeDecodeError) else str(error).partition("\n")[0]
        raise ModelError(
            f"{path} is not a Caffe net definition: {reason[:200]}",
            "Give the deploy.prototxt first, then the .caffemodel.",
        ) from error
    if message.layer and message.layers:
        raise ModelError(f"{path} has both 'layer' and 'layers'; Caffe takes one or the other.")
    if not layers:
        raise ModelError(f"{path} defines no layers.", "Give the deploy.prototxt first, then the .caffemodel.")
    return Definition(path, inputs, layers)


def read_weights(path: Path) -> dict[str, list[Any]]:
    """The blobs of each layer with weights, by the layer's name: ``BlobProto`` messages for ``array``.

    Raises:
        ModelError: The file cannot be read, is truncated, or is no ``.caffemodel``.
    """
    message = _parse(path, "NetParameter", "a .caffemodel")
    try:
        return {each.name: list(each.blobs) for each in _layers(message) if each.blobs}
    except ValueError as error:  # a name that is not UTF-8
        raise ModelError(f"{path} is not a .caffemodel, or it is damaged: {error}") from error


def read_mean(path: Path) -> NDArray[np.float32]:
    """The mean image in a ``mean.binaryproto``: channels (BGR) × height × width, float32, 0-255.

    Raises:
        ModelError: The file cannot be read, is truncated, or holds no picture of three channels.
    """
    mean = array(_parse(path, "BlobProto", "a mean.binaryproto"), f"The mean image {path}")
    if mean.ndim == 4 and mean.shape[0] == 1:
        mean = mean[0]
    if mean.ndim != 3 or mean.shape[0] != 3 or not mean.size:
        raise ModelError(f"The mean image {path} has the shape {mean.shape}; it should be 3 × height × width.")
    return mean


def array(blob: Any, what: str) -> NDArray[np.float32]:  # noqa: ANN401 - made at run time, protobuf has no type for it
    """A blob's numbers in its shape, float32; four dimensions in the old format.

    Args:
        blob: A ``BlobProto``.
        what: How an error begins: "The weights of …".

    Raises:
        ModelError: It holds more or fewer numbers than its shape says, or some are not finite.
    """
    shape = tuple(blob.shape.dim) if blob.HasField("shape") else (blob.num, blob.channels, blob.height, blob.width)
    numbers = blob.data or blob.double_data
    if len(shape) > _MOST_AXES:
        raise ModelError(f"{what} should have {len(shape)} axes: the file is damaged.")
    if min(shape, default=1) < 0 or math.prod(shape) != len(numbers):
        raise ModelError(f"{what} should have {shape} numbers but has {len(numbers):,}: the file is damaged.")
    values = np.fromiter(numbers, np.float32, len(numbers)).reshape(shape)
    if not np.isfinite(values).all():
        raise ModelError(f"{what} has values that are not finite: the file is damaged.")
    return values


def _read(path: Path, most: int = MAX_NETWORK) -> bytes:
    try:
        return read_file(path, most)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error


def _parse(path: Path, name: str, what: str) -> Message:
    message: Message = MESSAGES[name]()
    try:
        message.ParseFromString(_read(path))
    except DecodeError as error:
        raise ModelError(f"{path} is not {what}, or it is cut short.", "Download it again.") from error
    return message


def _layers(message: Any) -> Iterable[Any]:  # noqa: ANN401 - as above
    return [*message.layers, *message.layer]


def _layer(message: Any) -> Layer:  # noqa: ANN401 - as above
    kind = message.type
    if not isinstance(kind, str):
        kind = message.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number[kind].name
    return Layer(message.name, kind, tuple(message.bottom), tuple(message.top), message)


def _is_used(message: Any) -> bool:  # noqa: ANN401 - as above
    """Whether a layer belongs to the network in the phase TEST, level 0, no stages (Caffe's ``StateMeetsRule``)."""
    if message.include:
        return any(map(_meets, message.include))
    return not any(map(_meets, message.exclude))


def _meets(rule: Any) -> bool:  # noqa: ANN401 - as above
    other_phase = rule.HasField("phase") and rule.phase != 1
    other_level = rule.min_level > 0 or (rule.HasField("max_level") and rule.max_level < 0)
    return not (other_phase or other_level or rule.stage)


def _declared(path: Path, message: Any) -> dict[str, tuple[int, ...]]:  # noqa: ANN401 - as above
    """``input`` with ``input_shape``, or with four ``input_dim`` each."""
    names, dims = list(message.input), list(message.input_dim)
    shapes = [tuple(shape.dim) for shape in message.input_shape]
    if not shapes:
        shapes = [tuple(dims[start : start + 4]) for start in range(0, len(dims), 4)]
    if len(shapes) != len(names) or (dims and len(dims) != 4 * len(names)):
        raise ModelError(f"{path} declares {len(names)} inputs, but not the dimensions of each.")
    return dict(zip(names, shapes, strict=True))
