"""What it costs if a photo has fewer pixels of a face than the chip: the basis for ``detail`` in a spec.

python -m benchmarks.detail --data DIR [--model NAME] [--part validation] [--limit N]

Each labelled picture is shrunk so that its face has a given number of pixels per pixel of the chip, as in photos that
are decoded at a half or a quarter of their size, and cropped where the face is in the full picture. *All* are the
pictures at full size.
"""

from concurrent.futures import ThreadPoolExecutor

import click
from PIL import Image

from photogender.evaluation.datasets import Example, Part
from photogender.evaluation.evaluate import pictures_of, sample
from photogender.evaluation.pictures import padded, subject
from photogender.evaluation.scoring import Case, score
from photogender.faces.align import crop_face, needed_scale
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.models.read import load_spec
from photogender.models.spec import Net
from photogender.photos.file import read_picture
from photogender.records import DecodedImage, FaceCrop
from photogender.runtime.device import choose_device

RATIOS = (1.0, 0.8, 0.67, 0.57, 0.5, 0.4)
"""Pixels of the picture per pixel of the chip, along an axis."""


def crops(example: Example, detector: Detector, nets: tuple[Net, ...]) -> tuple[float, list[FaceCrop]] | None:
    """Pixels of the picture per pixel of the chip, and its face cropped at full size and at each ratio."""
    picture = padded(read_picture(example.path), 0.5)
    box = subject(detector.detect(picture.pixels), picture.pixels.size)
    if box is None:
        return None
    to_one = needed_scale(box, nets) / max(net.input.detail for net in nets)
    shown = [crop_face(picture, box, nets)]
    for scale in (min(to_one * ratio, 1.0) for ratio in RATIOS):
        width, height = (max(round(side * scale), 1) for side in picture.pixels.size)
        smaller = picture.pixels.resize((width, height), Image.Resampling.BOX)
        shown.append(crop_face(DecodedImage(smaller, picture.facts), box, nets))
    return 1 / to_one, shown


@click.command()
@click.option("--data", required=True, metavar="DIR", help="A folder of labelled pictures.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--part", type=click.Choice(["validation", "train"]), default="validation", show_default=True)
@click.option("--limit", type=click.IntRange(1), help="At most N pictures.")
def main(data: str, model: str, part: Part, limit: int | None) -> None:
    """Print one line for each ratio."""
    device, _ = choose_device("cpu")
    spec = load_spec(model)
    detector, classifier = Detector(load_spec(DEFAULT_DETECTOR), device), Classifier(spec, device)
    pictures = sample(pictures_of(data, part), limit)
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda picture: crops(picture, detector, spec.nets), pictures))
    pairs = [(picture, each) for picture, each in zip(pictures, found, strict=True) if each]
    middle = sorted(ratio for _, (ratio, _) in pairs)[len(pairs) // 2]
    print(f"{model}: {len(pairs)} faces, median {middle:.2f} pixels per pixel of the chip")
    print(f"{'pixels':>8}{'gender':>9}{'group':>9}{'MAE':>8}")
    for index, ratio in enumerate(("all", *RATIOS)):
        answers = classifier.classify([shown[index] for _, (_, shown) in pairs])
        total = score(
            [
                Case(answer, picture.gender, picture.age, picture.group)
                for answer, (picture, _) in zip(answers, pairs, strict=True)
            ]
        ).total
        print(f"{ratio:>8}{total.gender.value:9.4f}{total.exact.value:9.4f}{total.mae.value:8.2f}")


if __name__ == "__main__":
    main()
