"""Compare all age and gender models: accuracy, speed, size. Writes docs/accuracy.md and docs/accuracy.png.

python -m benchmarks.accuracy --data DIR --others DIR [--model NAME]... [--limit N] [--out DIR]

Each model gets the same pictures and the faces that the default detector finds in them, aligned as the model needs
them: the test part of UTKFace as close-ups (``photogender evaluate --part test``), the same faces in composed photos
(``benchmarks.photo_like``), and pictures from elsewhere (``benchmarks.ordinary``). Faces per second are those of one
thread, from aligned faces to predictions, in CPU time of the thread, which other programs disturb least: the median of
the rounds. Without ``--model``, all installed models are compared; get others with ``photogender models add`` or
``pull``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from benchmarks import ordinary, photo_like
from benchmarks.timing import thread_seconds
from photogender.cli.progress import watch
from photogender.evaluation.datasets import Example
from photogender.evaluation.evaluate import EvaluationSettings, on_pictures, pictures_of, sample
from photogender.evaluation.measures import Estimate
from photogender.evaluation.scoring import Row, Scores
from photogender.faces.classify import Classifier
from photogender.model_tools.installed import all_specs, is_installed
from photogender.models.read import load_spec
from photogender.models.spec import ModelSpec
from photogender.records import FaceBox, FaceCrop

BATCH, ROUNDS = 32, 15
PAD = 0.5
"""How far the edges of the close-ups are repeated, as a fraction of the side."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one model."""

    spec: ModelSpec
    close: Scores
    photos: Sequence[Row]
    others: Mapping[str, Scores]
    """By the title of the kind."""
    speed: float
    """Faces per second on one thread."""

    @property
    def megabytes(self) -> float:
        """Of all its files."""
        return sum(net.file.size for net in self.spec.nets) / 1e6


def speed(spec: ModelSpec) -> float:
    """Faces per second on one thread, from chips to predictions."""
    classifier = Classifier(spec, "cpu", batch_size=BATCH)
    rng = np.random.default_rng(0)
    sizes = [net.input.crop or (1, 1) for net in spec.nets]
    crops = [
        FaceCrop(
            FaceBox(0, 0, 1, 1, 1.0),
            tuple(rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for width, height in sizes),
        )
        for _ in range(BATCH)
    ]
    return BATCH / thread_seconds(lambda: classifier.classify(crops), ROUNDS)


def measure(
    name: str, examples: Sequence[Example], others: Mapping[str, Sequence[Example]], console: Console
) -> Result:
    """Measure one model."""
    settings = EvaluationSettings(model=name, pad=PAD, device="cpu")
    report = on_pictures(examples, settings, lambda judged, total: watch(judged, total, "pictures", console), {})
    spec = load_spec(name)
    photos = photo_like.measure(examples, name, seed=0)
    return Result(spec, report.scores[name], photos, ordinary.measure(others, name), speed(spec))


def table(results: Sequence[Result]) -> list[str]:
    """The comparison in Markdown."""
    lines = [
        "| model | gender | group | or next | MAE, years | in photos: gender | group | MAE, years | faces/s | MB |",
        "|---" * 10 + "|",
    ]
    for each in results:
        close, photos = each.close.total, each.photos[0]
        lines.append(
            f"| {each.spec.name} | {shown(close.gender)} | {shown(close.exact)} | {shown(close.one_off)}"
            f" | {shown(close.mae, 2)} | {shown(photos.gender)} | {shown(photos.exact)} | {shown(photos.mae, 2)}"
            f" | {each.speed:,.0f} | {each.megabytes:.1f} |"
        )
    return lines


def shown(estimate: Estimate, digits: int = 3) -> str:
    """A value with its interval."""
    value = f"{estimate.value:.{digits}f}"
    return value if math.isnan(estimate.low) else f"{value} ({estimate.low:.{digits}f}-{estimate.high:.{digits}f})"


def by_age(results: Sequence[Result]) -> list[str]:
    """Gender and group accuracy by true age, in Markdown."""
    names = [row.name for row in results[0].close.by_age_group]
    lines = ["| true age | faces | " + " | ".join(each.spec.name for each in results) + " |"]
    lines.append("|---" * (2 + len(results)) + "|")
    for place, name in enumerate(names):
        rows = [each.close.by_age_group[place] for each in results]
        cells = [
            f"{row.gender.value:.3f}, {row.mae.value:.1f}"
            if row.exact.faces == 0
            else f"{row.gender.value:.3f}, {row.exact.value:.3f}, {row.mae.value:.1f}"
            for row in rows
        ]
        lines.append(f"| {name} | {rows[0].faces} | " + " | ".join(cells) + " |")
    return lines


def by_size(results: Sequence[Result]) -> list[str]:
    """Gender accuracy and error in years by the size of the face in a photo, in Markdown."""
    lines = ["| face | faces | found | " + " | ".join(each.spec.name for each in results) + " |"]
    lines.append("|---" * (3 + len(results)) + "|")
    for place, first in enumerate(results[0].photos):
        cells = [f"{each.photos[place].gender.value:.3f}, {each.photos[place].mae.value:.1f}" for each in results]
        lines.append(f"| {first.name} | {first.faces} | {first.found / first.faces:.3f} | " + " | ".join(cells) + " |")
    return lines


def plot(results: Sequence[Result], path: Path) -> None:
    """Draw accuracy against speed; the area of a dot grows with the size of the files."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure: Any = Figure((10, 4.4), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, (title, what) in zip(panels, (("right gender", "gender"), ("right age group", "exact")), strict=True):
        for each in results:
            value: Estimate = getattr(each.close.total, what)
            ends = [[value.value - value.low], [value.high - value.value]]
            axes.errorbar(each.speed, value.value, ends, fmt="none", ecolor="#999999", capsize=3)
            axes.scatter(each.speed, value.value, 12 * each.megabytes + 20, alpha=0.8)
            axes.annotate(each.spec.name, (each.speed, value.value), (8, 6), textcoords="offset points")
        axes.set(xscale="log", xlabel="faces per second, one thread", title=title)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(alpha=0.3)
        axes.margins(0.25)
    figure.savefig(path, dpi=110)


def page(results: Sequence[Result], number: int, others: Mapping[str, Sequence[Example]]) -> str:
    """The text of docs/accuracy.md."""
    return _PAGE.format(
        today=date.today(),
        number=number,
        table="\n".join(table(results)),
        others="\n".join(ordinary.table(others, {each.spec.name: each.others for each in results})),
        adult=ordinary.ADULT,
        by_age="\n".join(by_age(results)),
        by_size="\n".join(by_size(results)),
    )


_PAGE = """# Accuracy of the models

Measured on {today} by `python -m benchmarks.accuracy`, which wrote this page: {number:,} pictures of UTKFace's
test part, from which no model of photogender learnt (whether others did is not known). Each model gets the faces that
the default detector finds, aligned as it needs them; a face that is not found counts as a wrong gender and group.
Ages and genders are *apparent*: how a face looks to a network, and often wrong. Do not base any decision about a
person on them.

![accuracy against speed](accuracy.png)

{table}

In brackets: 95 % bootstrap intervals. *In photos*: the same faces 20 to 100 pixels wide, turned, darkened and
compressed, in composed photos that were scanned (`benchmarks.photo_like`). *Faces/s*: on one thread, from aligned
faces to predictions.

## On other pictures

The sets that `compact` was trained with besides UTKFace: their validation and test parts, from which no weights were
learnt, although the validation parts chose among the weights of `compact`. Pictures as they are, the largest face of
each (`benchmarks.ordinary`). Of the faces found: share of right genders, give or take the 95 % interval; the same of
women and of men; for FFHQ the error in years for adults from {adult} on, whose ages, as FFHQ's genders, are a machine's
answers.

{others}

## By true age

Share with the right gender, share with the right group (of the ages in one), error in years.

{by_age}

## By size of the face in a photo

Share with the right gender, error in years.

{by_size}
"""


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True), help="UTKFace, or pictures like it.")
@click.option("--others", required=True, type=click.Path(exists=True, file_okay=False), help="The other sets.")
@click.option("--model", "models", multiple=True, help="[default: all installed]")
@click.option("--limit", default=None, type=int, help="Only N pictures, drawn at random.")
@click.option("--out", default=Path("docs"), type=click.Path(path_type=Path), show_default=True)
def main(data: str, others: str, models: tuple[str, ...], limit: int | None, out: Path) -> None:
    """Measure the models and write the page."""
    console = Console(stderr=True)
    examples = sample(pictures_of(data, "test"), limit)
    elsewhere = {title: sample(pictures, limit) for title, pictures in ordinary.held_out(data, others).items()}
    known = [spec for spec in all_specs(console.print) if spec.task == "age-gender" and is_installed(spec)]
    names = models or [spec.name for spec in known]
    results = []
    for name in names:
        console.print(name)
        results.append(measure(name, examples, elsewhere, console))
    out.mkdir(exist_ok=True)
    (out / "accuracy.md").write_text(page(results, len(examples), elsewhere), encoding="utf-8")
    plot(results, out / "accuracy.png")
    click.echo("\n".join(table(results)))


if __name__ == "__main__":
    main()
