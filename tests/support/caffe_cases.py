"""The nets whose outputs OpenCV's Caffe importer computed once, for tests/fixtures/caffe_outputs.npz."""

from tests.support.caffe_nets import Format, L, Net, levi_hassner


def _pooling() -> dict[str, Net]:
    """Where rounding up, the dropped last window and the divisor of averages matter."""
    made = {}
    shapes = [(6, 6), (7, 8), (13, 9)]
    windows = [(2, 2, 0), (3, 2, 0), (3, 2, 1), (2, 2, 1), (3, 3, 1), (3, 1, 1), (5, 3, 2), (4, 3, 1)]
    for pool in ("MAX", "AVE"):
        for height, width in shapes:
            for kernel, stride, pad in windows:
                param = {"pool": pool, "kernel_size": kernel, "stride": stride, "pad": pad}
                name = f"pool_{pool}_{height}x{width}_k{kernel}s{stride}p{pad}"
                made[name] = Net((3, height, width), (L("Pooling", "pool", "data", param),))
        apart = {"kernel_h": 3, "kernel_w": 2, "stride_h": 2, "stride_w": 3, "pad_h": 1, "pad_w": 0}
        made[f"pool_{pool}_apart"] = Net((3, 9, 8), (L("Pooling", "pool", "data", {"pool": pool, **apart}),))
        whole = {"pool": pool, "global_pooling": "true"}
        made[f"pool_{pool}_global"] = Net((3, 5, 7), (L("Pooling", "pool", "data", whole),))
    return made


def _convolution(param: dict[str, int | float | str | list[int]], *blobs: tuple[int, ...], channels: int = 4) -> Net:
    """A convolution of what another made, which has the four channels that groups need."""
    first = L(
        "Convolution",
        "first",
        "data",
        {"num_output": channels, "kernel_size": 1},
        "",
        ((channels, 3, 1, 1), (channels,)),
    )
    return Net((3, 11, 13), (first, L("Convolution", "second", "first", param, "", blobs)), 5, 8)


CASES: dict[str, Net] = {
    "levi_hassner_age": levi_hassner(8, seed=1),
    "levi_hassner_gender": levi_hassner(2, seed=2),
    "levi_hassner_thin": levi_hassner(8, 99, 3, 8),
    **_pooling(),
    "conv_group": _convolution({"num_output": 6, "kernel_size": 3, "group": 2}, (6, 2, 3, 3), (6,)),
    "conv_depthwise": _convolution({"num_output": 4, "kernel_size": 3, "pad": 1, "group": 4}, (4, 1, 3, 3), (4,)),
    "conv_dilated": _convolution({"num_output": 2, "kernel_size": 3, "dilation": 2, "pad": 2}, (2, 4, 3, 3), (2,)),
    "conv_apart": _convolution(
        {"num_output": 2, "kernel_h": 3, "kernel_w": 5, "stride_h": 2, "stride_w": 1, "pad_h": 0, "pad_w": 2},
        (2, 4, 3, 5),
        (2,),
    ),
    "conv_no_bias": _convolution({"num_output": 2, "kernel_size": 2, "stride": 2, "bias_term": "false"}, (2, 4, 2, 2)),
    "lrn_3": Net((3, 4, 5), (L("LRN", "norm", "data", {"local_size": 3, "alpha": 0.5, "beta": 0.6}),)),
    "lrn_5": Net((3, 4, 5), (L("LRN", "norm", "data", {"local_size": 5, "alpha": 0.0001, "beta": 0.75}),)),
    "leaky": Net((3, 4, 5), (L("ReLU", "relu", "data", {"negative_slope": 0.1}),)),
    "inner_no_bias": Net(
        (3, 4, 5), (L("InnerProduct", "fc", "data", {"num_output": 7, "bias_term": "false"}, "", ((7, 60),)),)
    ),
    "softmax_of_maps": Net((3, 2, 2), (L("Softmax", "prob", "data"),)),
}


def opencv_format(name: str) -> Format:
    """In which format OpenCV was given a case."""
    return "v1" if name.startswith(("levi", "pool")) and name != "levi_hassner_thin" else "new"
