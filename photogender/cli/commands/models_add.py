"""``photogender models add``: the flags that stand for a spec."""

from pathlib import Path
from typing import Any

import click

from photogender.cli.completion import models
from photogender.cli.terminal import say
from photogender.cli.types import Numbers, Size, Words
from photogender.labels import AGE_GROUP_YEARS, AGE_GROUPS


@click.command(short_help="Add an ONNX network of your own.")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.onnx..."
)
@click.option(
    "--spec",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="The spec, instead of all options but --name.",
)
@click.option("--name", metavar="NAME", help="Name of the new model.  [default: the file's name]")
@click.option(
    "--like", metavar="MODEL", shell_complete=models(), help="Like that model in everything that no other option sets."
)
@click.option(
    "--task",
    type=click.Choice(["age-gender", "detect", "descriptor"]),
    help="What the network does.  [default: age-gender]",
)
@click.option("--title", help="What it is, in one line.")
@click.option("--licence", help="The licence of the network.")
@click.option("--input", "input_name", metavar="NAME", help="The input of the network.  [default: its only one]")
@click.option("--size", type=Size(), metavar="WxH", help="Size of the input in pixels.  [default: as in the file]")
@click.option("--channels", type=click.Choice(["RGB", "BGR"]), help="Order of the colour channels.")
@click.option(
    "--mean", type=Numbers(), metavar="N,N,N", help="The input is (pixel - mean) * scale, with pixels from 0 to 255."
)
@click.option("--scale", type=float, metavar="N", help="See --mean.")
@click.option(
    "--template",
    metavar="MODEL|X,Y,...",
    help="Align faces as that model does, or to five points in fractions of the input size.",
)
@click.option(
    "--box", type=float, metavar="N", help="Instead of --template: a square of N times the longer side of the face box."
)
@click.option("--gender-output", metavar="NAME", help="The output with the gender.  [default: the only output]")
@click.option("--gender-kind", type=click.Choice(["probabilities", "logits", "sigmoid"]))
@click.option(
    "--labels", type=Words(), metavar="A,B", help="Order of the genders in the output: female,male or male,female."
)
@click.option("--gender-columns", type=Numbers(), metavar="A,B", help="Columns A to B - 1 of the output.")
@click.option("--age-output", metavar="NAME", help="The output with the age.  [default: the only output]")
@click.option("--age-kind", type=click.Choice(["distribution", "regression", "pairs", "groups"]))
@click.option(
    "--years", type=Numbers(), metavar="0-100|N,N,...", help="For a distribution: the ages in the order of the output."
)
@click.option("--factor", type=float, metavar="N", help="For a regression: years per unit of the output.")
@click.option("--pairs", type=click.IntRange(1), metavar="N", help="For pairs: the number of pairs of logits.")
@click.option("--groups", type=Words(), metavar="A,B,...", help=f"For groups: {','.join(AGE_GROUPS)}")
@click.option("--softmax", is_flag=True, default=None, help="For a distribution or groups: the output is logits.")
@click.option("--age-columns", type=Numbers(), metavar="A,B", help="Columns A to B - 1 of the output.")
def add(files: tuple[Path, ...], spec: Path | None, name: str | None, **flags: Any) -> None:  # noqa: ANN401 - as below
    """Add an ONNX network of your own: FILE.onnx with a TOML file that describes it (its spec), or with options.

    The network is run once first. If something does not fit, the message says what the file has. Several files,
    such as one for age and one for gender, need a spec.

    \b
    photogender models add age.onnx --spec age.toml
    photogender models add mine.onnx --channels RGB --mean 0 --scale 0.00392157 --box 1.5 \\
      --gender-output gender --gender-kind logits --labels female,male \\
      --age-output age --age-kind regression
    """
    from photogender.model_tools.add import add_model
    from photogender.model_tools.installed import usage
    from photogender.models.toml import read_toml
    from photogender.text import printable

    given = {key: value for key, value in flags.items() if value is not None}
    if spec is not None and given:
        raise click.UsageError("--spec takes no other option than --name: put everything into the spec.")
    if spec is None and len(files) > 1:
        raise click.UsageError("Several files need a --spec that says which is which.")
    table = read_toml(spec) if spec else _from_flags(given)
    if name is None:
        name = (spec if spec and spec.stem != "spec" else files[0]).stem.lower()
    shown = f"The spec {printable(str(spec))}" if spec else "What the options say"
    added = add_model(files, table, name, shown, say)
    for path in dict.fromkeys(net.file.home for net in added.nets):
        click.echo(str(path))
    say(f"Added {name}. Use it with: {usage(added)}")


def _from_flags(given: dict[str, Any]) -> dict[str, Any]:
    """The spec that the options describe, based on that of ``--like``."""
    like = given.pop("like", None)
    table = _table_of(like) if like else {"nets": [{}]}
    if like and len(table["nets"]) != 1:
        raise click.UsageError(f"--like: {like} has several networks; write a --spec.")
    (net,) = table["nets"]
    table |= {key: given.pop(key) for key in ("task", "title", "licence") if key in given}
    template, box = given.pop("template", None), given.pop("box", None)
    if template and box is not None:
        raise click.UsageError("Give --template or --box, not both.")
    if template:
        net["alignment"] = _alignment(template)
    elif box is not None:
        net["alignment"] = {"box": box}
    mean = given.get("mean")
    if mean is not None and len(mean) == 1:
        given["mean"] = mean * 3
    if "groups" in given and "years" not in given:
        given["years"] = _middles(given["groups"])
    for key, value in given.items():
        part, field = _PLACES[key]
        if field == "columns":
            value = [int(number) for number in value]
        net.setdefault(part, {})[field] = value
    return table


_PLACES = {
    "input_name": ("input", "name"),
    **{key: ("input", key) for key in ("size", "channels", "mean", "scale")},
    **{f"gender_{key}": ("gender", key) for key in ("output", "kind", "columns")},
    "labels": ("gender", "labels"),
    **{f"age_{key}": ("age", key) for key in ("output", "kind", "columns")},
    **{key: ("age", key) for key in ("years", "factor", "pairs", "groups", "softmax")},
}
"""The table and the key of a spec that an option sets."""


def _middles(groups: list[str]) -> list[float]:
    years = dict(zip(AGE_GROUPS, AGE_GROUP_YEARS, strict=True))
    return [years.get(group, 0.0) for group in groups]


def _table_of(model: str) -> dict[str, Any]:
    """The spec of a known model, without its name, licence and file."""
    from photogender.models.read import load_spec, spec_path
    from photogender.models.toml import read_toml

    load_spec(model)  # reports an unknown model with the names of the known ones
    path = spec_path(model)
    table = read_toml(path) if path else {}
    for net in table["nets"]:
        del net["file"]
    return {key: table[key] for key in ("task", "detector", "nets") if key in table}


def _alignment(template: str) -> dict[str, Any]:
    if template[0].isdigit() or template[0] == ".":
        numbers = Numbers().convert(template, None, None)
        if len(numbers) != 10:
            raise click.BadParameter("five points are ten numbers.", param_hint="--template")
        return {"template": [numbers[index : index + 2] for index in range(0, 10, 2)]}
    alignment: dict[str, Any] = _table_of(template)["nets"][0].get("alignment", {})
    if "template" not in alignment:
        raise click.BadParameter(f"{template} does not align faces by five points.", param_hint="--template")
    return alignment
