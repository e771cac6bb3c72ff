"""Views of a face: its centre to predict, random variations to train."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.training.data.faces import CHIP
from photogender.training.recipe import SIDE, Augmentation, Recipe

Floats = NDArray[np.float32]

_SMALLEST = 14
"""Side in pixels of the smallest faces in training; a scan leaves out faces below 20."""


def centre(chips: NDArray[np.uint8], pixels: int = SIDE, window: int = SIDE) -> Floats:
    """The centre of some chips, as for a prediction: n × pixels × pixels × 3, BGR, 0 to 255."""
    first = (CHIP - window) // 2
    middle = chips[:, first : first + window, first : first + window]
    if pixels != window:
        middle = np.stack([np.asarray(Image.fromarray(chip).resize((pixels, pixels))) for chip in middle])
    return middle[..., ::-1].astype(np.float32)


def view(chip: NDArray[np.uint8], pixels: int, recipe: Recipe, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One random view of a chip: uint8, pixels × pixels × 3, BGR."""
    window = recipe.window
    x, y = rng.integers(0, CHIP - window + 1, 2)
    mirrored = rng.random() < 0.5
    if recipe.augmentation is None and pixels == window:
        seen = chip[y : y + window, x : x + window]
        return np.ascontiguousarray((seen[:, ::-1] if mirrored else seen)[..., ::-1])
    varied = recipe.augmentation or Augmentation(0, 0, 0, 0, 0)
    zoom, turn = rng.uniform(-1, 1, 2) * (varied.zoom, math.radians(varied.rotation))
    shrink = int(rng.integers(2, 5)) if rng.random() < varied.blur else 1
    if varied.shift:
        x, y = (x, y) + rng.uniform(-1, 1, 2) * varied.shift * window
    stretch = rng.uniform(-1, 1) * varied.stretch / 2 if varied.stretch else 0.0
    picture = Image.fromarray(chip)
    if shrink == 1 and window >= 2 * pixels:
        shrink = max(2, window // (2 * pixels))  # avoids aliasing; the view has no more pixels anyway
    picture = picture.reduce(shrink) if shrink > 1 else picture
    step = window / pixels * math.exp(zoom)
    wide, high = step * math.exp(stretch), step * math.exp(-stretch)
    a, b, c, d = wide * math.cos(turn), -high * math.sin(turn), wide * math.sin(turn), high * math.cos(turn)
    if mirrored:
        a, c = -a, -c
    half = pixels / 2
    left, top = x + window / 2 - half * (a + b), y + window / 2 - half * (c + d)
    numbers = [value / shrink for value in (a, b, left, c, d, top)]
    turned = picture.transform((pixels, pixels), Image.Transform.AFFINE, numbers, Image.Resampling.BILINEAR)
    return np.asarray(_degraded(turned, varied, rng))[..., ::-1]


def with_neighbour(
    chip: NDArray[np.uint8], other: NDArray[np.uint8], varied: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A chip of head and shoulders, perhaps with the middle of another one at its left or right edge."""
    if rng.random() >= varied.neighbour:
        return chip
    width, first = int(rng.integers(CHIP // 8, CHIP // 4 + 1)), int(rng.integers(CHIP // 4, CHIP // 2 + 1))
    place = slice(0, width) if rng.random() < 0.5 else slice(CHIP - width, CHIP)
    joined = chip.copy()
    joined[:, place] = other[:, first : first + width]
    return joined


def _degraded(picture: Image.Image, varied: Augmentation, rng: np.random.Generator) -> Image.Image:
    """A face as photos have them: partly hidden, of low resolution, compressed."""
    side = picture.width
    if varied.erase and rng.random() < varied.erase:
        part, ratio = rng.uniform(0.02, 0.25), math.exp(rng.uniform(-1, 1))
        width, height = (min(side, round(side * math.sqrt(part * each))) for each in (ratio, 1 / ratio))
        x, y = (int(rng.integers(0, side - each + 1)) for each in (width, height))
        grain = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)  # smooth, like a hand or a hat
        picture.paste(Image.fromarray(grain).resize((width, height), Image.Resampling.BILINEAR), (x, y))
    if varied.low_resolution and rng.random() < varied.low_resolution:
        small = round(math.exp(rng.uniform(math.log(_SMALLEST), math.log(0.9 * side))))
        kind = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)[int(rng.integers(3))]
        picture = _compressed(picture.resize((small, small), kind), varied, rng)
        return picture.resize((side, side), Image.Resampling.BILINEAR)
    return _compressed(picture, varied, rng)


def _compressed(picture: Image.Image, varied: Augmentation, rng: np.random.Generator) -> Image.Image:
    if not varied.jpeg or rng.random() >= varied.jpeg:
        return picture
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(rng.integers(15, 81)))
    return Image.open(file)


def relight(pixels: Floats, varied: Augmentation, rng: np.random.Generator) -> None:
    """Change the light, colour and noise of a batch of views, n × side × side × 3, 0 to 255, in place."""
    number = len(pixels)
    factor = rng.uniform(-1, 1, (number, 1)) * varied.light + rng.uniform(-1, 1, (number, 3)) * varied.light / 3
    shift = rng.uniform(-1, 1, (number, 1)) * varied.light * 60
    grey = rng.random(number) < varied.grey
    pixels[grey] = pixels[grey].mean(axis=3, keepdims=True)
    pixels *= np.exp(factor)[:, None, None].astype(np.float32)
    pixels += shift[:, None, None].astype(np.float32)
    if varied.noise:
        strength = rng.uniform(0, varied.noise, number).astype(np.float32) * (rng.random(number) < 0.3)
        noisy = strength > 0
        grain = rng.standard_normal((int(noisy.sum()), *pixels.shape[1:]), np.float32)
        pixels[noisy] += grain * strength[noisy][:, None, None, None]
    np.clip(pixels, 0, 255, out=pixels)
