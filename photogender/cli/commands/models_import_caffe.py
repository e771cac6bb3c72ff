"""``photogender models import-caffe``: Caffe networks as ONNX."""

from pathlib import Path
from typing import Literal

import click

from photogender.cli.terminal import say
from photogender.cli.types import Mean


@click.command("import-caffe", short_help="Import Caffe networks.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="DEPLOY CAFFEMODEL [DEPLOY CAFFEMODEL]",
)
@click.option("--name", metavar="NAME", help="Install an age network and a gender network as a model of this name.")
@click.option("--out", metavar="FILE", help="Convert one network to this ONNX file; its spec goes to stdout.")
@click.option("--mean", type=Mean(), metavar="FILE|B,G,R", help="mean.binaryproto, or three numbers to subtract.")
@click.option(
    "--mean-fit",
    type=click.Choice(["crop", "resize"]),
    default="crop",
    show_default=True,
    help="How a mean image gets the size of the input: its centre, as Caffe trains, or shrunk, as the notebook "
    "of Levi & Hassner does.",
)
@click.option(
    "--task",
    "tasks",
    type=click.Choice(["age", "gender"]),
    multiple=True,
    help="What a network estimates; once for each.  [default: by its outputs: 2 are genders, 8 age groups, "
    "101 ages from 0 to 100]",
)
@click.option(
    "--genders",
    type=click.Choice(["male,female", "female,male"]),
    default="male,female",
    show_default=True,
    help="Order of the outputs of a gender network.",
)
def import_caffe(
    files: tuple[Path, ...],
    name: str | None,
    out: str | None,
    mean: Path | tuple[float, float, float] | None,
    mean_fit: Literal["crop", "resize"],
    tasks: tuple[Literal["age", "gender"], ...],
    genders: str,
) -> None:
    """Import Caffe networks: a deploy.prototxt and a .caffemodel for each, and their common mean.

    \b
    Both networks as a model, for photogender scan --model levi-hassner-2015:
      photogender models import-caffe deploy_age.prototxt age_net.caffemodel \\
        deploy_gender.prototxt gender_net.caffemodel --mean mean.binaryproto --name levi-hassner-2015
    One network as an ONNX file, with its part of a spec:
      photogender models import-caffe deploy_age.prototxt age_net.caffemodel \\
        --mean mean.binaryproto --out age.onnx > age.toml
    """
    import os

    from photogender.errors import RuntimeMissingError
    from photogender.models.toml import to_toml
    from photogender.output import output

    try:
        from photogender.model_tools.caffe.convert import convert
        from photogender.model_tools.caffe.model import PUBLISHED_GENDERS, Part, install, spec_table, task_of
    except ImportError as error:
        message = "The packages onnx and protobuf are not installed."
        raise RuntimeMissingError(message, "Install them with: pip install 'photogender[cpu]'") from error

    pairs = list(zip(files[::2], files[1::2], strict=False))
    if len(files) not in (2, 4):
        raise click.UsageError("Give a DEPLOY and a CAFFEMODEL for each of one or two networks.")
    if (name is None) == (out is None):
        raise click.UsageError("Give either --name NAME or --out FILE.")
    if out is not None and len(pairs) != 1:
        raise click.UsageError("--out takes one network; give two with --name NAME.")
    if tasks and len(tasks) != len(pairs):
        raise click.UsageError("Give --task once for each network, in their order, or not at all.")
    parts = []
    for (definition, weights), wanted in zip(pairs, tasks or [None] * len(pairs), strict=True):
        net = convert(definition, weights, mean, mean_fit)
        task = task_of(net, weights, wanted)
        parts.append(Part(os.path.basename(out) if out else f"{task}.onnx", task, net, weights.name))
    order = PUBLISHED_GENDERS if genders == "male,female" else PUBLISHED_GENDERS[::-1]
    if out is not None:
        with output(out) as stream:
            stream.write(parts[0].net.onnx)
        table = spec_table(f"{parts[0].task} of {parts[0].source}", parts, order)
        click.echo(to_toml(table), nl=False)
        click.echo(f"Wrote {out}, and its part of a spec to stdout.", err=True)
    elif name is not None:
        spec = install(name, parts, order, say)
        click.echo(spec.read_text(encoding="utf-8"), nl=False)
        click.echo(f"Installed {spec.parent}. Use it with: photogender scan PATH --model {name}", err=True)
