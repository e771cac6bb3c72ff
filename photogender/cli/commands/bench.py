"""``photogender bench``."""

from typing import TYPE_CHECKING, Any

import click

from photogender.cli.options import model_options

if TYPE_CHECKING:
    from photogender.scanning.bench import Bench

_ADVICE = {
    "read": "Reading the files takes the most time: a faster drive helps, or more --workers over a network.",
    "decode": "Decoding takes the most time. No option avoids it; more cores help, with one worker each.",
    "crop": "Decoding small faces at full size takes the most time: a larger --min-face leaves them out.",
    "record": "Writing the catalog takes the most time: put it on a local drive with --catalog.",
}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@click.option(
    "--photos", default=40, show_default=True, type=click.IntRange(min=1), metavar="N", help="Number of photos to take."
)
@model_options
def bench(paths: tuple[str, ...], photos: int, **settings: Any) -> None:  # noqa: ANN401 - as in scan
    """Measure how fast your own photos are scanned, and which stage takes the most time.

    Takes photos from all over PATH, times each stage on one thread, then scans them into a temporary catalog.
    Nothing is kept.
    """
    from photogender.cli.terminal import encoded
    from photogender.output import output
    from photogender.scanning.bench import bench as measure
    from photogender.scanning.bench import some_photos
    from photogender.scanning.settings import ScanSettings

    result = measure(some_photos(paths, photos), ScanSettings(**settings))
    with output(None) as stream:
        stream.write(encoded(_report(result, settings)))


def _report(result: "Bench", settings: dict[str, Any]) -> str:
    from photogender.text import count

    total = sum(result.stages.values())
    lines = [
        f"{count(result.photos, 'photo')} of {result.megapixels:.1f} megapixels on average, "
        f"{count(result.faces, 'face')}",
        f"{settings['detector']} and {settings['model']}, {count(result.workers, 'worker')}, device {result.device}",
        "",
        "stage     ms per photo   share",
        *(
            f"{name:<10} {1000 * seconds / result.photos:11.1f} {seconds / total:7.0%}"
            for name, seconds in result.stages.items()
        ),
        "",
        f"scan: {result.rate:.1f} photos/s; the stages together allow {result.bound:.1f}",
        _ADVICE.get(result.bottleneck) or _advice(result, settings),
    ]
    if result.device == "cpu" and result.rate < 0.7 * result.bound:
        lines.append("The scan is much slower than that: this machine is busy, or there are very few photos.")
    return "\n".join(lines) + "\n"


def _advice(result: "Bench", settings: dict[str, Any]) -> str:
    """What would make the networks faster: options that are not given already."""
    if result.bottleneck == "detect":
        what = "Finding the faces"
        ways = {"--detector yunet (several times as fast)": settings["detector"] != "yunet"}
    else:
        what = "Estimating age and gender"
        ways = {"leaving out --oversample": settings["oversample"], "a smaller --model": True}
    ways["an NVIDIA GPU with --device cuda"] = result.device == "cpu"
    helping = " or ".join(way for way, helps in ways.items() if helps)
    return (
        f"{what} takes the most time: {helping} would help."
        if helping
        else f"{what} takes the most time, and no option avoids it."
    )
