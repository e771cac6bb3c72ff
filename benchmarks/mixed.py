"""Photos per second on a library as people have it, most of whose photos show few faces or none; and beside older code.

python -m benchmarks.mixed [--before CHECKOUT] [--photos N] [--rounds N] [--width PIXELS]

Of the photos, JPEGs of 12 megapixels unless said otherwise,

- a third shows nobody;
- a third shows one to three people;
- a tenth shows groups of 12 to 30;
- a tenth are scans, JPEGs without EXIF data: one to three people, lying on a side or upside down, and album pages of 35
  megapixels with 12 portraits;
- a few are panoramas of 24 megapixels with three people;
- the rest are small pictures of one person, and pictures of a screen as PNG.

Each kind is scanned into a new catalog by a process of its own, in turn by this code and by that of another checkout
(``git worktree add ../before 64e66d9``: the commit before faces were looked for in windows and in other turns). Loading
models is not counted. Ratios are medians of the ratios of single rounds, of CPU time; the seconds are medians.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.detector_recall import FACELESS
from benchmarks.photos import grainy, heads, packaged, paste

CHILD = """
import json, sys, tempfile, time
from pathlib import Path
from photogender.catalog.catalog import Catalog
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.models.read import load_spec
from photogender.scanning.scan import Scan
from photogender.scanning.settings import ScanSettings
settings = ScanSettings(device="cpu")
def spent(work):
    start, busy = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - start, time.process_time() - busy
specs = load_spec(settings.detector), load_spec(settings.model)
for _ in range(2):  # the first time the library is loaded as well, which a scan after it does not do again
    _, loading, busy = spent(lambda: (Detector(specs[0], "cpu"), Classifier(specs[1], "cpu")))
with tempfile.TemporaryDirectory() as scratch, Catalog(Path(scratch, "c.db"), mode="write") as catalog:
    outcomes, seconds, cpu = spent(lambda: list(Scan([sys.argv[1]], catalog, settings).run()))
faces = sum(len(outcome.faces) for outcome in outcomes)
print(json.dumps({"seconds": seconds - loading, "cpu": cpu - busy, "faces": faces}))
"""
"""What a process does, by whatever photogender it imports."""

HERE = Path(__file__).parents[1]

SCREEN = "page.png"
"""scikit-image's picture of a page of text."""


class Maker:
    """Makes pictures from those in installed packages."""

    def __init__(self, width: int, seed: int) -> None:
        """Pictures of ``width`` by three quarters of it."""
        self.size = (width, width * 3 // 4)
        self.rng = np.random.default_rng(seed)
        self._heads = heads()
        self._scenes = [packaged("scikit-image", f"skimage/data/{name}") for name in FACELESS if name != SCREEN]

    def nobody(self, path: Path) -> None:
        """A photo without people."""
        self._save(self._scene(self.size), path)

    def few(self, path: Path) -> None:
        """A photo of one to three people."""
        self._save(self._people(self._scene(self.size), int(self.rng.integers(1, 4))), path)

    def group(self, path: Path) -> None:
        """A photo of a group."""
        picture, columns = self._scene(self.size), int(self.rng.integers(6, 11))
        for row, column in np.ndindex(int(self.rng.integers(2, 4)), columns):
            self._paste(picture, (column / columns, 0.3 + 0.2 * row), 0.6 / columns)
        self._save(picture, path)

    def scan(self, path: Path) -> None:
        """A scan that lies, or an album page."""
        if self.rng.random() < 0.3:
            width = self.size[0] * 5 // 4
            picture = Image.new("RGB", (width, width * 7 // 5), (226, 220, 205))
            for row, column in np.ndindex(4, 3):
                self._paste(picture, (column / 3 + 0.1, row / 4 + 0.06), 0.06)
            self._save(picture, path)
            return
        upright = self._people(self._scene(self.size), int(self.rng.integers(1, 4)))
        self._save(upright.rotate(int(self.rng.choice([90, 180, 270])), expand=True), path)

    def panorama(self, path: Path) -> None:
        """Three people beside each other in a panorama."""
        picture = self._scene((self.size[0] * 3, self.size[1] * 2 // 3))
        for third in range(3):
            self._paste(picture, (third / 3 + 0.15, 0.3), 0.04)
        self._save(picture, path)

    def small(self, path: Path) -> None:
        """A small picture of one person, or of a screen."""
        if self.rng.random() < 0.5:
            size = (self.size[0] // 4, self.size[1] // 4)
            self._save(self._people(self._scene(size), 1), path)
        else:
            screen = self._scene((self.size[0] // 2, self.size[0] // 4))
            text = packaged("scikit-image", f"skimage/data/{SCREEN}").resize((screen.width // 2, screen.height))
            screen.paste(text, (0, 0))
            ImageDraw.Draw(screen).rectangle((0, 0, screen.width, 40), fill=(45, 45, 60))
            screen.save(path.with_suffix(".png"))

    def _scene(self, size: tuple[int, int]) -> Image.Image:
        scene = self._scenes[int(self.rng.integers(len(self._scenes)))]
        return scene.resize(size, Image.Resampling.BICUBIC)

    def _people(self, picture: Image.Image, number: int) -> Image.Image:
        for place in self.rng.permutation(5)[:number]:
            width = self.rng.uniform(0.05, 0.18)
            self._paste(picture, (place / 5, self.rng.uniform(0.05, 0.55)), width)
        return picture

    def _paste(self, picture: Image.Image, corner: tuple[float, float], width: float) -> None:
        """Paste a head; corner and width in fractions of the picture."""
        head = self._heads[int(self.rng.integers(len(self._heads)))]
        x, y = (round(at * length) for at, length in zip(corner, picture.size, strict=True))
        paste(picture, head, (x, y), max(8, round(width * picture.width)))

    def _save(self, picture: Image.Image, path: Path) -> None:
        grainy(picture, self.rng).save(path.with_suffix(".jpg"), quality=92)


def make(folder: Path, photos: int, width: int, seed: int = 0) -> dict[str, int]:
    """Make a folder of photos of each kind; returns how many of each."""
    maker = Maker(width, seed)
    kinds: dict[str, tuple[float, Callable[[Path], None]]] = {
        "nobody": (0.33, maker.nobody),
        "one to three": (0.33, maker.few),
        "groups": (0.10, maker.group),
        "scans": (0.10, maker.scan),
        "panoramas": (0.04, maker.panorama),
        "small": (0.10, maker.small),
    }
    numbers = {}
    for kind, (share, draw) in kinds.items():
        numbers[kind] = max(1, round(share * photos))
        (folder / kind).mkdir()
        for index in range(numbers[kind]):
            draw(folder / kind / f"{index:04}")
    return numbers


def scan(folder: Path, checkout: Path) -> dict[str, float]:
    """Scan a folder by the code of a checkout: seconds, CPU seconds and faces found."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-P", "-c", CHILD, str(folder)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=folder).stdout
    result: dict[str, float] = json.loads(printed.splitlines()[-1])
    return result


def rows(numbers: dict[str, int], results: dict[str, list[dict[str, dict[str, float]]]]) -> list[str]:
    """A row of a Markdown table for each kind, and one for all; ``results`` by code, round and kind."""
    lines = []
    for kind in [*numbers, "all"]:
        kinds, number = (list(numbers), sum(numbers.values())) if kind == "all" else ([kind], numbers[kind])
        spent = {
            name: {
                what: [sum(each[one][what] for one in kinds) for each in rounds] for what in ("seconds", "cpu", "faces")
            }
            for name, rounds in results.items()
        }
        cells = [
            f"{1000 * statistics.median(each['cpu']) / number:.0f} | {number / statistics.median(each['seconds']):.1f}"
            f" | {each['faces'][0]:.0f}"
            for each in spent.values()
        ]
        if "before" in spent:
            pairs = zip(spent["now"]["cpu"], spent["before"]["cpu"], strict=True)
            cells.append(f"{statistics.median(now / before for now, before in pairs):.2f}")
        lines.append(f"| {kind} | {number} | " + " | ".join(cells) + " |")
    return lines


@click.command(help=__doc__)
@click.option("--before", type=click.Path(exists=True, path_type=Path, resolve_path=True), help="Another checkout.")
@click.option("--photos", default=60, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--width", default=4032, show_default=True, help="Of a photo, in pixels.")
def main(before: Path | None, photos: int, rounds: int, width: int) -> None:
    """Print the table."""
    codes = {"now": HERE} | ({"before": before} if before else {})
    results: dict[str, list[dict[str, dict[str, float]]]] = {name: [] for name in codes}
    with tempfile.TemporaryDirectory() as scratch:
        numbers = make(Path(scratch), photos, width)
        for _ in range(rounds):
            for name, checkout in codes.items():
                results[name].append({kind: scan(Path(scratch, kind), checkout) for kind in numbers})
    heads_of = "".join(f" {name}: ms of CPU a photo | photos/s | faces |" for name in codes)
    click.echo(f"| photos | number |{heads_of}" + (" now ÷ before |" if before else ""))
    click.echo("|---" * (2 + 3 * len(codes) + bool(before)) + "|")
    click.echo("\n".join(rows(numbers, results)))


if __name__ == "__main__":
    main()
