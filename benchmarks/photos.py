"""Photos for benchmarks: phone-sized JPEGs with real faces, made from pictures in installed packages."""

import importlib.metadata
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HEADS = (
    # Heads in insightface's t1.jpg and scikit-image's astronaut.png: left, top, right, bottom in pixels.
    ("insightface", "insightface/data/images/t1.jpg", (20, 230, 195, 440)),
    ("insightface", "insightface/data/images/t1.jpg", (255, 95, 420, 290)),
    ("insightface", "insightface/data/images/t1.jpg", (450, 210, 615, 425)),
    ("insightface", "insightface/data/images/t1.jpg", (735, 285, 885, 490)),
    ("insightface", "insightface/data/images/t1.jpg", (880, 0, 1065, 225)),
    ("insightface", "insightface/data/images/t1.jpg", (1115, 230, 1260, 420)),
    ("scikit-image", "skimage/data/astronaut.png", (150, 20, 300, 205)),
)
SCENES = ("coffee.png", "motorcycle_left.png", "rocket.jpg", "brick.png")


def packaged(distribution: str, path: str) -> Image.Image:
    """A picture from an installed distribution, as RGB."""
    file = importlib.metadata.distribution(distribution).locate_file(path)
    with Image.open(str(file)) as picture:
        return picture.convert("RGB")


def make_photos(folder: Path, number: int, size: tuple[int, int] = (4032, 3024), seed: int = 0) -> list[Path]:
    """Make ``number`` JPEGs of ``size`` pixels with one to six faces each, 7 to 30 % of the photo's height.

    Grain is added so that a 12-megapixel photo has 3 to 8 MB, as a phone's has.
    """
    rng = np.random.default_rng(seed)
    people = heads()
    scenes = [packaged("scikit-image", f"skimage/data/{name}") for name in SCENES]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(number):
        picture = scenes[index % len(scenes)].resize(size, Image.Resampling.BICUBIC)
        columns = rng.permutation(6)[: 1 + index % 6]
        for column in columns:
            head = people[int(rng.integers(len(people)))]
            height = int(size[1] * rng.uniform(0.09, 0.30))
            width = min(height * head.width // head.height, size[0] // 6)
            height = width * head.height // head.width
            left = int(column * size[0] / 6)
            paste(picture, head, (left, int(rng.integers(0, size[1] - height))), width)
        path = folder / f"IMG_{index:05}.jpg"
        grainy(picture, rng).save(path, quality=92)
        paths.append(path)
    return paths


def heads() -> list[Image.Image]:
    """Heads of seven people."""
    return [packaged(distribution, path).crop(box) for distribution, path, box in HEADS]


def paste(picture: Image.Image, head: Image.Image, corner: tuple[int, int], width: int) -> None:
    """Paste a head so wide, with soft edges."""
    head = head.resize((width, width * head.height // head.width), Image.Resampling.BICUBIC)
    picture.paste(head, corner, _soft_edge(head.size))


def grainy(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The picture with the grain of a camera."""
    grain = rng.normal(0, rng.uniform(4, 8), (picture.height, picture.width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(picture, np.float32) + grain, 0, 255).astype(np.uint8))


def _soft_edge(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    edge = min(size) // 12
    ImageDraw.Draw(mask).rectangle((edge, edge, size[0] - edge, size[1] - edge), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(edge / 2))
