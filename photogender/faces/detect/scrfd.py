"""Reading the outputs of SCRFD, all of InsightFace's detection files.

SCRFD (Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021,
arXiv:2105.04714) gives a score to one or two anchors on every cell of three or five grids, the distances
from the cell's corner to the sides of the face, and in some files five landmarks.
"""

import numpy as np

from photogender.errors import ModelError
from photogender.faces.detect.boxes import Array, Outputs

_LAYOUTS = {6: (3, 2, False), 9: (3, 2, True), 10: (5, 1, False), 15: (5, 1, True)}
"""By the number of outputs: grids, anchors a cell, and whether there are landmarks; as in the authors' code,
https://github.com/deepinsight/insightface/tree/master/detection/scrfd."""


def candidates(outputs: Outputs, size: tuple[int, int], floor: float) -> Array:
    """Every anchor whose score is at least ``floor``, as a face; not suppressed yet.

    Args:
        outputs: The scores of each grid, then the distances, then the landmarks, if any: 1 × cells·anchors ×
            1, 4 and 10, float32, in units of the grid's stride (8, 16, 32, 64 and 128 pixels).
        size: Width and height of the input in pixels.
        floor: Lowest score.

    Returns:
        float64, n × 15, or n × 5 without landmarks (see ``boxes``); input pixels.

    Raises:
        ModelError: The outputs have other shapes.
    """
    shapes = [output.shape for output in outputs]
    grids, anchors, has_landmarks = _LAYOUTS.get(len(outputs), (0, 0, False))
    strides = [8 << level for level in range(grids)]
    rows = [(size[0] // stride) * (size[1] // stride) * anchors for stride in strides]
    widths = (1, 4, 10) if has_landmarks else (1, 4)
    if not grids or shapes != [(1, count, width) for width in widths for count in rows]:
        raise ModelError(f"The detector's outputs {shapes} are not SCRFD's.")
    found = []
    for level, stride in enumerate(strides):
        scores, distances, *points = (output[0].astype(np.float64) for output in outputs[level::grids])
        (best,) = np.nonzero(scores[:, 0] >= floor)
        cells = best // anchors
        corner = np.stack([cells % (size[0] // stride), cells // (size[0] // stride)], axis=1) * stride
        near, far = distances[best, :2] * stride, distances[best, 2:] * stride
        marks = [(points[0][best].reshape(-1, 5, 2) * stride + corner[:, None]).reshape(-1, 10)] if points else []
        found.append(np.hstack([corner - near, corner + far, scores[best], *marks]))
    return np.concatenate(found)
