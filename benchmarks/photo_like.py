"""Age and gender in photos: labelled faces on synthetic backgrounds, small, turned and compressed, then scanned.

python -m benchmarks.photo_like --data DIR [--model NAME]... [--faces N] [--seed N] [--keep DIR]

UTKFace's pictures are close-ups that are alike in light, size and pose. Here N faces of the test part are pasted, six
to a photo, onto backgrounds of soft colours, each 20, 30, 50 or 100 pixels wide, turned by up to 25 degrees, brightened
or darkened. The photo is saved as JPEG at a quality from 40 to 90 and scanned. A face that is not found counts as
wrong. This cannot show cameras, poses and people other than UTKFace's.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageFilter

from photogender.catalog.catalog import Catalog
from photogender.evaluation.datasets import Example, Part
from photogender.evaluation.evaluate import pictures_of, sample
from photogender.evaluation.scoring import Case, Row, score
from photogender.labels import DEFAULT_MODEL
from photogender.records import Face, Tagged
from photogender.scanning.scan import Scan
from photogender.scanning.settings import ScanSettings

SIZES = (20, 30, 50, 100)
"""Width of a face in pixels."""

COLUMNS, ROWS, CELL = 3, 2, 300

FACE_OF_PICTURE = 0.66
"""Width of a face in UTKFace's pictures, as a fraction of the picture's: the median of the default detector's boxes."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One face in a photo."""

    example: Example
    size: int
    x: float
    y: float
    """The middle of the face, in pixels."""


def compose(examples: Sequence[Example], rng: np.random.Generator) -> tuple[Image.Image, list[Placed]]:
    """Compose a photo of some faces."""
    coarse = (rng.integers(40, 200, (5, 7, 1)) + rng.integers(-20, 21, (5, 7, 3))).astype(np.uint8)
    photo = Image.fromarray(coarse).resize((COLUMNS * CELL, ROWS * CELL), Image.Resampling.BICUBIC)
    placed = []
    for place, example in enumerate(examples):
        size = int(rng.choice(SIZES))
        with Image.open(example.path) as opened:
            picture = opened.convert("RGB")
        side = round(size / FACE_OF_PICTURE)
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
        gain = rng.uniform(0.6, 1.25)
        picture = picture.point([min(255, round(value * gain)) for value in range(256)] * 3)
        mask = Image.new("L", (side, side), 0)
        margin = max(1, side // 16)
        mask.paste(255, (margin, margin, side - margin, side - margin))
        mask = mask.filter(ImageFilter.GaussianBlur(margin / 2))
        angle = rng.uniform(-25, 25)
        picture, mask = (each.rotate(angle, Image.Resampling.BICUBIC, expand=True) for each in (picture, mask))
        x, y = (
            int(cell * CELL + rng.integers(0, CELL - picture.width)) for cell in (place % COLUMNS, place // COLUMNS)
        )
        photo.paste(picture, (x, y), mask)
        placed.append(Placed(example, size, x + picture.width / 2, y + picture.height / 2))
    return photo, placed


def write_photos(examples: Sequence[Example], folder: Path, seed: int) -> dict[str, list[Placed]]:
    """Write the photos of all faces, six in each; returns the faces of each by path."""
    rng = np.random.default_rng(seed)
    truth = {}
    for first in range(0, len(examples), COLUMNS * ROWS):
        photo, placed = compose(examples[first : first + COLUMNS * ROWS], rng)
        path = folder / f"{first:06d}.jpg"
        photo.save(path, quality=int(rng.integers(40, 91)))
        truth[str(path)] = placed
    return truth


def cases(truth: dict[str, list[Placed]], model: str) -> Iterator[tuple[int, Case]]:
    """The size of each face, with what a scan predicts for it."""
    with tempfile.TemporaryDirectory() as folder, Catalog(Path(folder, "catalog.db"), mode="write") as catalog:
        # The box of a face 20 pixels wide may be narrower than the smallest face that a scan keeps.
        settings = ScanSettings(model=model, device="cpu", min_face=12.0)
        roots = sorted({str(Path(path).parent) for path in truth})
        for outcome in Scan(roots, catalog, settings).run():
            if isinstance(outcome, Tagged):
                for each in truth[outcome.photo.path]:
                    found = over(each, outcome.faces)
                    person = each.example
                    answer = found.prediction if found else None
                    yield each.size, Case(answer, person.gender, person.age, person.group, person.race)


def over(placed: Placed, faces: Sequence[Face]) -> Face | None:
    """The best of the faces over the middle of a placed one; None if there is none."""
    near = (face for face in faces if face.box.x1 < placed.x < face.box.x2 and face.box.y1 < placed.y < face.box.y2)
    return max(near, key=lambda face: face.box.score, default=None)


def measure(examples: Sequence[Example], model: str, seed: int, keep: Path | None = None) -> list[Row]:
    """The measures of all faces, then of each size."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        judged = list(cases(write_photos(examples, folder, seed), model))
    parts = [("all", [case for _, case in judged])]
    parts += [(f"{size} px", [case for mine, case in judged if mine == size]) for size in SIZES]
    return [replace(score(part).total, name=name) for name, part in parts if part]


def line(row: Row) -> str:
    """A row of a Markdown table."""
    shares = " | ".join(f"{each.value:.3f}" for each in (row.gender, row.exact, row.one_off))
    return f"| {row.name} | {row.faces} | {row.found / row.faces:.3f} | {shares} | {row.mae.value:.2f} |"


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True), help="Labelled close-ups, such as UTKFace's.")
@click.option("--part", default="test", type=click.Choice(["test", "validation"]))
@click.option("--model", "models", multiple=True, default=[DEFAULT_MODEL])
@click.option("--faces", default=1968)
@click.option("--seed", default=0)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the photos there.")
def main(data: str, part: Part, models: tuple[str, ...], faces: int, seed: int, keep: Path | None) -> None:
    """Print a table for each model."""
    examples = sample(pictures_of(data, part), faces)
    for model in models:
        click.echo(f"\n{model}\n\n| faces | number | found | gender | group | or next | MAE |")
        click.echo("|---" * 7 + "|")
        for row in measure(examples, model, seed, keep):
            click.echo(line(row))


if __name__ == "__main__":
    main()
