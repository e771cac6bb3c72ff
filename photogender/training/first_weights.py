"""First weights from elsewhere: another run, an exported model, or a published network."""

import os

from photogender.errors import PhotogenderError
from photogender.training.files.compact_onnx import start_from_onnx
from photogender.training.files.dlib_gender_weights import start_from_dlib_gender
from photogender.training.files.dlib_weights import start_from_dlib
from photogender.training.files.efficientnet_weights import start_from_efficientnet
from photogender.training.files.faceres_weights import start_from_faceres
from photogender.training.nets.choose import Net
from photogender.training.nets.compact import Compact
from photogender.training.nets.context import Context
from photogender.training.nets.mobile import Mobile
from photogender.training.nets.small import Small
from photogender.training.run import load_best


def start_from(net: Net, place: str) -> None:
    """Load the weights at ``place`` into ``net``, as ``TrainingSettings.start`` describes.

    Raises:
        PhotogenderError: They cannot be read, or belong to another network.
    """
    if isinstance(net, Compact) and os.path.isfile(place):
        start_from_onnx(net, place) if place.endswith(".onnx") else start_from_dlib(net, place)
        return
    if isinstance(net, Mobile) and os.path.isfile(place):
        start_from_faceres(net, place)
        return
    if isinstance(net, Small) and os.path.isfile(place):
        start_from_dlib_gender(net, place)
        return
    if isinstance(net, Context) and os.path.isfile(place):
        start_from_efficientnet(net, place)
        return
    found = load_best(place)
    if found.input_scale != net.input_scale:
        raise PhotogenderError(f"The network in {place} was trained with another input scale.", "Use its recipe.")
    weights = {name: values for name, values in found.state_dict().items() if name in net.state_dict()}
    net.load_state_dict({**net.state_dict(), **weights})
