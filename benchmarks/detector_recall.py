"""How many faces a detector finds, how many extra boxes it returns, and how long it takes.

python -m benchmarks.detector_recall [--shared DIR] [--detector NAME] [--limit N] [--seed N]

Compares the passes that ship with single passes of one size on

- annotated: 9 photos with 43 boxes; a face is found at IoU >= 0.4, every other box is extra (some are real faces);
- close-ups: UTKFace pictures as they are, and with the edges repeated by a quarter and a half of their side;
- crowds: group photos against SCRFD-2.5G at 1280 and 640 pixels, score 0.5 (not a truth: extra boxes may be real);
- pasted: faces 20, 30 and 40 full-size pixels wide in a 1600 × 1200 photo, given to the detector at 1600 pixels;
- lone, sheets: one face, or 35 apart from each other, of 80 pixels in a photo of 12 megapixels, as it is decoded;
- faceless: scikit-image's pictures without a face.

Milliseconds are medians on one thread.
"""

import dataclasses
import importlib.metadata
import statistics
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
from PIL import Image

from benchmarks.accuracy_utkface import close_up, samples
from photogender.evaluation.datasets import Example
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR
from photogender.models.read import load_spec
from photogender.records import FaceBox

FACELESS = (
    "brick.png cell.png chelsea.png coffee.png coins.png grass.png gravel.png hubble_deep_field.jpg ihc.png "
    "motorcycle_left.png page.png retina.jpg rocket.jpg text.png moon.png clock_motion.png horse.png"
).split()
DECODED = (2016, 1512)
"""What a photo of 12 megapixels is decoded to."""
SINGLE = (256, 320, 384, 512, 640, 800, 1024)


@dataclass(frozen=True, slots=True)
class Case:
    """A picture and the faces in it."""

    picture: Image.Image
    truth: list[FaceBox]


@dataclass(slots=True)
class Tally:
    """The detector's results on some cases."""

    faces: int = 0
    found: int = 0
    extra: int = 0
    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        share = f"{self.found}/{self.faces} + {self.extra}" if self.faces else f"{self.extra} extra"
        return f"{share}, {statistics.median(self.seconds) * 1000:.0f} ms"


def tally(cases: list[Case], detector: Detector, overlap: float = 0.4) -> Tally:
    """Detect in all cases; a face is found if a box has at least this IoU with it."""
    result = Tally()
    for case in cases:
        start = time.perf_counter()
        boxes = detector.detect(case.picture)
        result.seconds.append(time.perf_counter() - start)
        hits = [[index for index, box in enumerate(boxes) if box.iou(face) >= overlap] for face in case.truth]
        result.faces += len(case.truth)
        result.found += sum(map(bool, hits))
        result.extra += len(boxes) - len({index for hit in hits for index in hit})
    return result


def open_rgb(path: Path) -> Image.Image:
    """Open a picture as RGB."""
    with Image.open(path) as picture:
        return picture.convert("RGB")


def annotated(shared: Path) -> Iterator[Case]:
    """The photos with boxes drawn by people (dlib's XML)."""
    folder = shared / "data" / "photos" / "annotated"
    for path in sorted(folder.glob("*.xml")):
        for image in ET.parse(path).iter("image"):
            boxes = []
            for box in image.iter("box"):
                left, top, width, height = (float(box.attrib[key]) for key in ("left", "top", "width", "height"))
                boxes.append(FaceBox(left, top, left + width, top + height, 1.0))
            yield Case(open_rgb(folder / image.attrib["file"]), boxes)


def close_ups(shared: Path, limit: int, seed: int, pad: int) -> Iterator[Case]:
    """UTKFace: the face fills the middle of the picture, 200 × 200 pixels before padding."""
    for sample in samples(shared, seed)[:limit]:
        yield Case(close_up(sample, pad / 200), [FaceBox(pad + 40, pad + 30, pad + 160, pad + 180, 1.0)])


def crowds(shared: Path) -> Iterator[Case]:
    """The group photos, with a large detector's boxes as the truth."""
    import cv2
    import onnxruntime
    from insightface.model_zoo.scrfd import SCRFD

    file = str(shared / "models-thirdparty" / "scrfd_2.5g.onnx")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    reference = SCRFD(file, session=session)
    reference.prepare(-1)
    for path in sorted((shared / "data" / "photos" / "group").glob("*.jpg")):
        pixels = cv2.imread(str(path))
        truth: list[FaceBox] = []
        for side in (1280, 640):
            for row in reference.detect(pixels, input_size=(side, side))[0].tolist():
                face = FaceBox(*row)
                if face.score >= 0.5 and all(face.iou(other) < 0.3 for other in truth):
                    truth.append(face)
        yield Case(open_rgb(path), truth)


def faceless() -> Iterator[Case]:
    """Pictures without faces."""
    for name in FACELESS:
        file = importlib.metadata.distribution("scikit-image").locate_file(f"skimage/data/{name}")
        if Path(str(file)).is_file():
            yield Case(open_rgb(Path(str(file))), [])


def scenes(size: tuple[int, int]) -> list[Image.Image]:
    """The pictures without faces, stretched to a size."""
    return [case.picture.resize(size, Image.Resampling.BICUBIC) for case in faceless()]


def paste(picture: Image.Image, sample: Example, corner: tuple[int, int], side: int) -> FaceBox:
    """Paste a UTKFace head whose face is ``side`` pixels wide; returns the face."""
    (x, y), whole = corner, head(side)
    picture.paste(close_up(sample, 0).resize((whole, whole), Image.Resampling.LANCZOS), corner)
    return FaceBox(x + 0.2 * whole, y + 0.15 * whole, x + 0.8 * whole, y + 0.9 * whole, 1.0)


def head(side: int) -> int:
    """Side in pixels of a UTKFace picture whose face is ``side`` pixels wide: 0.6 of it."""
    return round(side / 0.6)


def pasted(shared: Path, limit: int, seed: int, side: int, size: tuple[int, int] = (1600, 1200)) -> Iterator[Case]:
    """One head at a random place in a picture without faces."""
    rng, places = np.random.default_rng(seed), scenes(size)
    for index, sample in enumerate(samples(shared, seed)[:limit]):
        picture = places[index % len(places)].copy()
        x, y = (int(rng.integers(0, length - head(side))) for length in size)
        yield Case(picture, [paste(picture, sample, (x, y), side)])


def sheets(shared: Path, limit: int, seed: int, side: int, size: tuple[int, int] = DECODED) -> Iterator[Case]:
    """Seven by five heads apart from each other, on paper and on pictures without faces in turn."""
    people, places = iter(samples(shared, seed)), scenes(size)
    for index in range(limit):
        picture = places[index % len(places)].copy() if index % 2 else Image.new("RGB", size, (232, 226, 214))
        corners = [
            tuple(
                (2 * at + 1) * length // (2 * n) - head(side) // 2
                for at, n, length in zip(cell, (7, 5), size, strict=True)
            )
            for cell in np.ndindex(7, 5)
        ]
        yield Case(picture, [paste(picture, next(people), (x, y), side) for x, y in corners])


@click.command(help=__doc__)
@click.option("--shared", type=click.Path(path_type=Path), default="../shared", envvar="PHOTOGENDER_SHARED")
@click.option("--detector", default=DEFAULT_DETECTOR, show_default=True, help="An installed detector.")
@click.option("--limit", default=300, help="UTKFace pictures of each kind.")
@click.option("--seed", default=0)
def main(shared: Path, detector: str, limit: int, seed: int) -> None:
    """Print a row for each set and way."""
    spec = load_spec(detector)
    if spec.detector is None:
        raise click.ClickException(f"{spec.name} is not a detector")
    ways = {"as shipped": spec}
    for side in SINGLE:
        passes = dataclasses.replace(spec.detector, sides=(side, side), whole_picture=0, close_side=side)
        ways[f"one pass, {side}"] = dataclasses.replace(spec, detector=passes)
    sets: dict[str, tuple[Callable[[], Iterator[Case]], float]] = {
        "annotated": (lambda: annotated(shared), 0.4),
        "close-ups, bare": (lambda: close_ups(shared, limit, seed, 0), 0.3),
        "close-ups, + 1/4": (lambda: close_ups(shared, limit, seed, 50), 0.3),
        "close-ups, + 1/2": (lambda: close_ups(shared, limit, seed, 100), 0.3),
        "pasted, 20 px": (lambda: pasted(shared, min(limit, 100), seed, 20), 0.3),
        "pasted, 30 px": (lambda: pasted(shared, min(limit, 100), seed, 30), 0.3),
        "pasted, 40 px": (lambda: pasted(shared, min(limit, 100), seed, 40), 0.3),
        "lone, 80 px of 4032": (lambda: pasted(shared, min(limit, 100), seed, 40, DECODED), 0.3),
        "sheets, 80 px of 4032": (lambda: sheets(shared, min(limit, 24), seed, 40), 0.3),
        "crowds": (lambda: crowds(shared), 0.4),
        "faceless": (faceless, 0.4),
    }
    click.echo("found/faces + extra boxes, milliseconds per picture")
    for name, (make, overlap) in sets.items():
        cases = list(make())
        for way, each in ways.items():
            click.echo(f"{name:22} {way:15} {tally(cases, Detector(each, 'cpu'), overlap)}")


if __name__ == "__main__":
    main()
