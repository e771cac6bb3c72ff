"""Resizing and warping exactly as OpenCV does, for networks whose results must equal their authors' code.

OpenCV samples bilinearly at single points, without averaging. All other code uses Pillow.
"""

from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import RuntimeMissingError


def resized(picture: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """``cv2.resize``, bilinear: height × width × 3, uint8, RGB.

    Raises:
        RuntimeMissingError: OpenCV is not installed.
    """
    answer: NDArray[np.uint8] = _cv2().resize(np.asarray(picture), size)
    return answer


def warped(picture: Image.Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    """``cv2.warpAffine``, bilinear, with black beyond the picture: height × width × 3, uint8, RGB.

    Args:
        picture: Mode RGB.
        matrix: 2 × 3, from pixels of the picture to pixels of the result.
        size: Width and height of the result.

    Raises:
        RuntimeMissingError: OpenCV is not installed.
    """
    answer: NDArray[np.uint8] = _cv2().warpAffine(np.asarray(picture), matrix, size, borderValue=0.0)
    return answer


def _cv2() -> ModuleType:
    try:
        import cv2
    except ImportError as error:
        raise RuntimeMissingError(
            "This model, or --detector-size, needs OpenCV, which is not installed.",
            "Install it with: pip install opencv-python-headless",
        ) from error
    cv2.setNumThreads(1)  # parallelism is across photos
    module: ModuleType = cv2
    return module
