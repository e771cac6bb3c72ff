"""``photogender evaluate``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource

from photogender.cli.completion import models
from photogender.cli.options import catalog_option, device_option
from photogender.cli.terminal import console
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, PAD
from photogender.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photogender.evaluation.evaluate import Evaluated, Report

_NAMED = 5
"""Unreadable pictures named one by one."""

_OF_PICTURES = ("model", "detector", "whole", "pad", "oversample", "device", "workers", "limit")


@click.command()
@click.option("--data", type=click.Path(exists=True), metavar="DIR|CSV", help="Labelled pictures, see above.")
@click.option("--adience", type=click.Path(exists=True, file_okay=False), metavar="DIR", help="The Adience benchmark.")
@click.option("--people", is_flag=True, help="Groups against names, and a person's gender against that of each face.")
@catalog_option
@click.option(
    "--faces",
    type=click.Choice(["sample", "reviewed"]),
    help="Of the catalog: a random sample (review --sample), or all that were reviewed.  [default: a sample if any]",
)
@click.option(
    "--model",
    metavar="NAME",
    shell_complete=models("age-gender"),
    help=f"An installed model; {{fold}} stands for the number of the fold.  [default: {DEFAULT_MODEL}]",
)
@click.option("--part", type=click.Choice(["test", "validation", "train", "all"]), help="Of --data.  [default: test]")
@click.option("--published-lists", is_flag=True, help="Treat the labels of Adience as the original script does.")
@click.option(
    "--detector",
    metavar="NAME",
    shell_complete=models("detect"),
    help=f"Finds the face in each picture.  [default: {DEFAULT_DETECTOR}]",
)
@click.option("--whole", is_flag=True, help="No detector: each picture is the aligned face.")
@click.option(
    "--pad",
    type=click.FloatRange(0, 2),
    metavar="X",
    help="Repeat the edges by X of the longer side, so that a close-up shows a head; without a face in it, the "
    f"picture is used as it is.  [default: {PAD} with --data, 0 with --adience]",
)
@click.option("--oversample", is_flag=True, help="Average ten views of each face.")
@device_option
@click.option("--workers", type=click.IntRange(min=1), help="Decoding threads.  [default: one for each core]")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only N pictures (of each fold), drawn at random, but always the same.",
)
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Draw charts into DIR.")
@click.pass_context
def evaluate(
    context: click.Context,
    data: str | None,
    adience: str | None,
    people: bool,
    catalog: Path | None,
    faces: Literal["sample", "reviewed"] | None,
    model: str | None,
    part: Literal["test", "validation", "train", "all"] | None,
    published_lists: bool,
    detector: str | None,
    whole: bool,
    pad: float | None,
    oversample: bool,
    device: str,
    workers: int | None,
    limit: int | None,
    layout: Literal["table", "json"],
    plots: Path | None,
) -> None:
    """Measure the accuracy of a model: on labelled pictures, on Adience, or on your corrections.

    \b
    photogender evaluate --data DIR      pictures with labels.csv, or named as in UTKFace; or the CSV itself
    photogender evaluate --adience DIR   the five folds of Adience: fold_0_data.txt ... and aligned/
    photogender evaluate                 the faces of your catalog that you answered or corrected
    photogender evaluate --people        the faces of your catalog that have names

    Pictures go through the same stages as in a scan. The output has the shares of right genders, of right age groups
    (the eight of Levi & Hassner), of age groups at most one off and of ages at most five years off (CS@5), and the mean
    absolute error in years (MAE), all with 95 % bootstrap intervals.
    """
    from rich.text import Text

    from photogender.cli.evaluation_tables import draw_report, write_json, write_report
    from photogender.cli.progress import watch
    from photogender.evaluation.evaluate import (
        EvaluationSettings,
        adience_folds,
        on_adience,
        on_pictures,
        pictures_of,
        sample,
    )
    from photogender.output import output

    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    _check(given)
    if people:
        _on_people(catalog, layout)
        return
    shown = console()
    settings = EvaluationSettings(
        model=model or DEFAULT_MODEL,
        detector=None if whole else detector or DEFAULT_DETECTOR,
        pad=(PAD if data else 0.0) if pad is None else pad,
        oversample=oversample,
        device=device,
        workers=workers,
    )

    def follow(results: "Iterable[Evaluated]", total: int) -> "Iterable[Evaluated]":
        return watch(results, total, "pictures", shown)

    if data:
        part = part or "test"
        facts: dict[str, object] = {"data": data, "part": part, "limit": limit}
        report = on_pictures(sample(pictures_of(data, part), limit), settings, follow, facts)
    elif adience:
        folds = [sample(fold, limit) for fold in adience_folds(adience, published_lists)]
        facts = {"adience": adience, "published_lists": published_lists, "limit": limit}
        report = on_adience(folds, settings, follow, facts)
    else:
        report = _on_catalog(catalog, faces)
    for each in report.unreadable[:_NAMED]:
        shown.print(Text(f"left out {printable(each.path)}: {each.reason}"), soft_wrap=True)
    with output(None) as stream:
        write_json(report, stream) if layout == "json" else write_report(report, stream)
    if plots is not None:
        for name in draw_report(report, plots):
            click.echo(f"Chart: {printable(os.path.join(plots, name))}.", err=True)


def _on_catalog(catalog: Path | None, faces: Literal["sample", "reviewed"] | None) -> "Report":
    from photogender.catalog.catalog import Catalog
    from photogender.evaluation.evaluate import on_catalog

    with Catalog(catalog) as opened:
        return on_catalog(opened, faces)


def _on_people(catalog: Path | None, layout: Literal["table", "json"]) -> None:
    from photogender.catalog.catalog import Catalog
    from photogender.cli.people_tables import write_json, write_report
    from photogender.evaluation.people import on_people
    from photogender.output import output

    with Catalog(catalog) as opened:
        report = on_people(opened)
    with output(None) as stream:
        write_json(report, stream) if layout == "json" else write_report(report, stream)


def _check(given: set[str]) -> None:
    """Refuse options that would have no effect."""
    sources = given & {"data", "adience", "catalog"}
    if len(sources) > 1:
        raise click.UsageError("Give one of --data, --adience and --catalog.")
    if {"whole", "detector"} <= given:
        raise click.UsageError("With --whole nothing is detected: give one of --whole and --detector.")
    if "people" in given and (others := given & {"data", "adience", "plots", "faces", *_OF_PICTURES}):
        other = min(others).replace("_", "-")
        raise click.UsageError(f"--people goes with --catalog and --format, not with --{other}.")
    if "faces" in given and sources - {"catalog"}:
        raise click.UsageError("--faces goes with --catalog.")
    needs = {"part": {"data"}, "published_lists": {"adience"}}
    needs |= {name: {"data", "adience"} for name in _OF_PICTURES}
    for name, sufficient in needs.items():
        if name in given and not sources & sufficient:
            options = " or ".join(f"--{source}" for source in sorted(sufficient))
            raise click.UsageError(f"--{name.replace('_', '-')} goes with {options}.")
