"""Reading the outputs of CenterFace.

CenterFace (Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019,
arXiv:1911.03599) marks every cell of a grid, 4 pixels wide, with the probability that a face has its
centre there, and beside it the face's size, the centre's place within the cell and five landmarks.
"""

import numpy as np

from photogender.errors import ModelError
from photogender.faces.detect.boxes import Array, Outputs

_CHANNELS = (1, 2, 2, 10)  # heat; log of height and width; offset y, x; five landmarks y, x

_STRIDE = 4  # input pixels per grid cell


def candidates(outputs: Outputs, size: tuple[int, int], floor: float) -> Array:
    """Every grid cell whose score is at least ``floor``, as a face; not suppressed yet.

    Args:
        outputs: Heat (1 × 1 × h × w), log size (2 channels: height, width, in cells), offset (2: y, x, in
            cells) and landmarks (10: five pairs y, x, as fractions of the box from its top left corner);
            float32. The centre is ``(cell + offset + 0.5) * 4`` and the size ``exp(log size) * 4``, as in
            the authors' own code, https://github.com/Star-Clouds/CenterFace.
        size: Width and height of the input in pixels.
        floor: Lowest score.

    Returns:
        float64, n × 15 (see ``boxes``); input pixels.

    Raises:
        ModelError: The outputs have other shapes.
    """
    grid = (size[1] // _STRIDE, size[0] // _STRIDE)
    if [output.shape for output in outputs] != [(1, channels, *grid) for channels in _CHANNELS]:
        raise ModelError(f"The detector's outputs {[output.shape for output in outputs]} are not CenterFace's.")
    heat, log_size, offset, points = (output[0] for output in outputs)
    cells = np.nonzero(heat[0] >= floor)
    extent = np.exp(log_size[:, *cells].astype(np.float64)) * _STRIDE  # 2 × n, y before x
    corner = (np.stack(cells) + offset[:, *cells] + 0.5) * _STRIDE - extent / 2
    marks = points[:, *cells].reshape(5, 2, -1) * extent + corner
    found = np.empty((extent.shape[1], 15))
    found[:, 0:2] = corner[::-1].T
    found[:, 2:4] = (corner + extent)[::-1].T
    found[:, 4] = heat[0][cells]
    found[:, 5:] = marks[:, ::-1].reshape(10, -1).T
    return found
