"""Reading the outputs of YuNet.

YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023)
gives every cell of three grids the probability of a face and of an object, the place and size of the
face, and five landmarks.
"""

import numpy as np

from photogender.errors import ModelError
from photogender.faces.detect.boxes import Array, Outputs

_STRIDES = (8, 16, 32)  # input pixels per grid cell


def candidates(outputs: Outputs, size: tuple[int, int], floor: float) -> Array:
    """Every grid cell whose score is at least ``floor``, as a face; not suppressed yet.

    Args:
        outputs: Class, object, box (offset x, y and log width, height, in cells) and landmarks (five pairs
            x, y from the cell), each for the three grids: 1 × cells × 1, 1, 4 and 10; float32. The score is the
            geometric mean of the two probabilities, as in OpenCV's ``FaceDetectorYN``.
        size: Width and height of the input in pixels.
        floor: Lowest score.

    Returns:
        float64, n × 15 (see ``boxes``); input pixels.

    Raises:
        ModelError: The outputs have other shapes.
    """
    shapes = [output.shape for output in outputs]
    rows = [(size[0] // stride) * (size[1] // stride) for stride in _STRIDES]
    if shapes != [(1, count, width) for width in (1, 1, 4, 10) for count in rows]:
        raise ModelError(f"The detector's outputs {shapes} are not YuNet's.")
    found = []
    for level, stride in enumerate(_STRIDES):
        of_class, of_object, boxes, points = (output[0].astype(np.float64) for output in outputs[level::3])
        scores = np.sqrt(of_class.clip(0, 1) * of_object.clip(0, 1))
        (best,) = np.nonzero(scores[:, 0] >= floor)
        across = size[0] // stride
        cells = np.stack([best % across, best // across], axis=1)
        centre = (cells + boxes[best, :2]) * stride
        extent = np.exp(boxes[best, 2:]) * stride
        marks = ((points[best].reshape(-1, 5, 2) + cells[:, None]) * stride).reshape(-1, 10)
        found.append(np.hstack([centre - extent / 2, centre + extent / 2, scores[best], marks]))
    return np.concatenate(found)
