"""Time XMP for a library: a first export, a second one without changes, a merge, an import and a removal.

python -m benchmarks.xmp [PHOTOS]

The photos are small JPEGs with EXIF and one to three faces each. Only their headers are read, so their size in pixels
does not matter; no network runs.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.recorder import Recorder
from photogender.catalog.queries.filters import Filters
from photogender.labels import age_group
from photogender.records import Face, FaceBox, Photo, PhotoFacts, Prediction, Tagged
from photogender.scanning.scan import Scan
from photogender.xmp.read import Drawn, apply, read_names
from photogender.xmp.write import Settings, export_xmp

A_FOLDER = 500
SIDE = 64


def make_library(folder: Path, photos: int) -> list[Photo]:
    """``photos`` JPEGs of 64 × 64 pixels in all orientations, ``A_FOLDER`` in each folder."""
    made = []
    for index in range(photos):
        path = folder / f"{index // A_FOLDER:04}" / f"IMG_{index:06}.jpg"
        path.parent.mkdir(exist_ok=True)
        exif = Image.Exif()
        exif[0x0112] = index % 8 + 1
        Image.new("RGB", (SIDE, SIDE), "grey").save(path, exif=exif)
        found = os.stat(path)
        made.append(Photo(str(path), str(folder), found.st_size, found.st_mtime_ns))
    return made


def face(index: int, number: int) -> Face:
    """One of the faces of a photo; they do not overlap."""
    years = float((index * 7 + number * 13) % 90)
    x = 2.0 + 20 * number
    prediction = Prediction("female" if (index + number) % 2 else "male", 0.9, years, age_group(years), 0.6)
    return Face(FaceBox(x, 10.0, x + 15, 30.0, 0.9), prediction)


def fill_catalog(photos: Iterable[Photo], folder: Path, file: Path) -> None:
    """Record every photo as tagged, with the scan's own recorder."""
    with Catalog(file, mode="write") as catalog:
        recorder = Recorder(catalog, Scan([folder], catalog).info("cpu"))
        recorder.save(
            Tagged(
                photo,
                PhotoFacts(f"{index:064}", "JPEG", SIDE, SIDE),
                tuple(face(index, number) for number in range(index % 3 + 1)),
            )
            for index, photo in enumerate(photos)
        )


def export(file: Path, **settings: object) -> None:
    """Do what ``photogender export xmp`` does."""
    with Catalog(file) as catalog:
        for each in export_xmp(catalog, Filters(), Settings(**settings)):  # type: ignore[arg-type]
            if each.reason:
                raise SystemExit(f"{each.sidecar}: {each.reason}")


def import_names(file: Path) -> None:
    """Do what ``photogender import xmp`` does."""
    with Catalog(file, mode="write") as catalog:
        apply(catalog, [each for each in read_names(catalog, Filters()) if isinstance(each, Drawn)])


def main(number: int) -> None:
    """Time each step and print a row for it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, file = Path(scratch, "library"), Path(scratch, "catalog.db")
        folder.mkdir()
        fill_catalog(make_library(folder, number), folder, file)
        steps: dict[str, Callable[[], None]] = {
            "first export": lambda: export(file),
            "second, nothing to do": lambda: export(file),
            "merge, other keywords": lambda: export(file, templates=("People|{gender}",)),
            "import": lambda: import_names(file),
            "remove": lambda: export(file, remove=True),
        }
        for name, work in steps.items():
            start = time.perf_counter()
            work()
            seconds = time.perf_counter() - start
            print(f"{name:22} {seconds:6.2f} s for {number:,} photos, {seconds / number * 1000:.2f} ms each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
