"""What ``scan --confidence`` buys: false boxes in pictures without people, against faces that are found.

python -m benchmarks.false_boxes [--shared DIR] [--without FOLDER]... [--detector NAME]

For each confidence it prints how many boxes a scan would have in the pictures of each FOLDER, which must show nobody,
and in scikit-image's; and how many faces are found in annotated photos and in group photos (the sets of
``benchmarks.detector_recall``). Pictures are decoded as a scan does, and searched anew for each confidence, because it
also decides where a closer look is taken.

FOLDERs that anybody can have: Debian's packages tuxpaint-stamps-default (small photos and drawings of animals and
things), gnome-backgrounds, mate-backgrounds and plasma-workspace-wallpapers (landscapes and patterns), unpacked with
``apt-get download NAME`` and ``dpkg -x FILE FOLDER``.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from PIL import Image

from benchmarks.detector_recall import Case, annotated, crowds, faceless, tally
from photogender.errors import DecodeError
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR, MIN_FACE
from photogender.models.read import load_spec
from photogender.photos.file import open_photo
from photogender.photos.walk import walk

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9)


def pictures(folder: Path, detector: Detector) -> Iterator[tuple[Image.Image, float]]:
    """The pictures in a folder, as a scan decodes them for the detector, and their scale."""
    for found in walk([str(folder)]):
        for photo in found.photos:
            try:
                with open_photo(photo) as file:
                    image = file.decode(detector.decode_side(file.facts.width, file.facts.height))
            except DecodeError:  # texts of the package
                pass
            else:
                yield image.pixels, image.scale[0]


def false_boxes(folder: Path, detectors: Sequence[Detector]) -> tuple[int, list[int], list[int]]:
    """How many pictures a folder has, and of each detector the boxes, and the pictures with one."""
    number, boxes, marked = 0, [0] * len(detectors), [0] * len(detectors)
    for picture, scale in pictures(folder, detectors[0]):
        number += 1
        for index, detector in enumerate(detectors):
            seen = detector.detect(picture)
            kept = sum(min(box.width, box.height) >= MIN_FACE * scale for box in seen)
            boxes[index] += kept
            marked[index] += bool(kept)
    return number, boxes, marked


@click.command(help=__doc__)
@click.option("--shared", type=click.Path(path_type=Path), default="../shared", envvar="PHOTOGENDER_SHARED")
@click.option("--without", multiple=True, type=click.Path(exists=True, path_type=Path), help="Pictures of nobody.")
@click.option("--detector", default=DEFAULT_DETECTOR, show_default=True, help="An installed detector.")
def main(shared: Path, without: tuple[Path, ...], detector: str) -> None:
    """Print the table, in Markdown."""
    spec = load_spec(detector)
    assert spec.detector is not None
    confidences = (spec.detector.confidence, *CONFIDENCES)
    detectors = [Detector(spec, "cpu", confidence) for confidence in confidences]
    click.echo("| | " + " | ".join(f"{each:g}" for each in confidences) + " |")
    click.echo("|---" * (1 + len(confidences)) + "|")
    for folder in without:
        number, boxes, marked = false_boxes(folder, detectors)
        cells = (f"{found} in {those}" for found, those in zip(boxes, marked, strict=True))
        click.echo(f"| boxes in {number} pictures of {folder.name} | " + " | ".join(cells) + " |")
    sets: dict[str, list[Case]] = {
        "pictures of scikit-image without people": list(faceless()),
        "annotated photos": list(annotated(shared)),
        "group photos": list(crowds(shared)),
    }
    for name, cases in sets.items():
        found = [tally(cases, each) for each in detectors]
        first = found[0]
        title = f"faces found of {first.faces} in {name}" if first.faces else f"boxes in {len(cases)} {name}"
        cells = (str(each.found if each.faces else each.extra) for each in found)
        click.echo(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
