"""A report of ``evaluate`` as tables, JSON and charts."""

import json
import math
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from photogender.cli.table import write_table
from photogender.cli.terminal import encoded, styled, terminal_width
from photogender.evaluation.evaluate import Report
from photogender.evaluation.measures import Estimate, OverFolds
from photogender.evaluation.raters import Pair
from photogender.evaluation.scoring import GENDERS, Row, Scores, as_json
from photogender.labels import AGE_GROUPS
from photogender.text import count, printable

_TITLES = ("faces", "found", "gender %", "group %", "1-off %", "CS@5 %", "MAE, years", "in 80 %")

_WIDE = 130
"""Terminal width from which there is room for intervals."""


def write_report(report: Report, stream: BinaryIO) -> None:
    """Print the tables: measures with their intervals by age group, gender and race, then the confusions."""
    what = ", ".join(f"{name} {_fact(value)}" for name, value in report.facts.items() if name != "model_sha256")
    _line(stream, printable(what))
    if report.folds:
        _line(stream, "", styled("mean of the folds ± standard error, %", "1"))
        means = (("gender", report.folds.gender), ("age group", report.folds.exact), ("1-off", report.folds.one_off))
        write_table([name for name, _ in means], [[_over_folds(mean) for _, mean in means]], stream, None)
        _rows("fold", report.folds.folds, stream)
    for model, scores in report.scores.items():
        _line(stream, "", styled(printable(model), "1"))
        _rows("", [scores.total], stream)
        if math.isfinite(scores.calibration):
            off = f"{100 * scores.calibration:.1f}"
            _line(stream, f"The confidence in the gender is off by {off} points on average (ECE).")
        for title, rows in (
            ("true age", scores.by_age_group),
            ("gender", scores.by_gender),
            ("race", scores.by_race),
        ):
            if rows:
                _line(stream, "")
                _rows(title, rows, stream)
        for title, names, table in (
            ("age: true, estimated", AGE_GROUPS, scores.ages),
            ("gender: true, estimated", GENDERS, scores.genders),
        ):
            if table.any():
                _line(stream, "")
                lines = [[name, *counts] for name, counts in zip(names, table.tolist(), strict=True)]
                write_table((title, *names, "no face"), lines, stream, terminal_width())
    if report.agreement:
        _line(stream, "")
        titles = ("author", "and", "faces", "same gender %", "kappa", "ages apart, years")
        pairs = [
            [printable(each.one), printable(each.other), each.faces, *map(_plain, _measures(each), (1, 2, 1))]
            for each in report.agreement
        ]
        write_table(titles, pairs, stream, terminal_width())
    _line(stream, "", *report.notes)
    if report.unreadable:
        _line(stream, f"Left out: {count(len(report.unreadable), 'picture')} that cannot be read.")
    _line(
        stream,
        "In brackets: 95 % bootstrap intervals, as if each face were of another person; none where all faces agree.",
    )


def write_json(report: Report, stream: BinaryIO) -> None:
    """Print the report as one JSON object: shares from 0 to 1, null for what is not known."""
    content = {
        **report.facts,
        "notes": list(report.notes),
        "unreadable": [{"path": each.path, "reason": each.reason} for each in report.unreadable],
        "age_groups": list(AGE_GROUPS),
        "genders": list(GENDERS),
        **({"folds": as_json(report.folds)} if report.folds else {}),
        "scores": {name: as_json(scores) for name, scores in report.scores.items()},
        "agreement": [as_json(asdict(pair)) for pair in report.agreement],
    }
    stream.write(json.dumps(content, indent=2, allow_nan=False).encode("ascii") + b"\n")


def draw_report(report: Report, folder: Path) -> list[str]:
    """Draw confusion matrices and accuracies by group into PNG files in a folder; returns their names.

    Raises:
        PhotogenderError: matplotlib is not installed, or the folder cannot be written.
    """
    from photogender.evaluation.charts import plot_accuracy, plot_confusion

    os.makedirs(folder, exist_ok=True)
    drawn = []
    for model, scores in report.scores.items():
        # The name of a model can contain {fold}, but no path separators.
        start = "" if len(report.scores) == 1 else f"{model}-"
        for name, names, table in (("age", AGE_GROUPS, scores.ages), ("gender", GENDERS, scores.genders)):
            if table.any():
                drawn.append(f"{start}confusion_{name}.png")
                plot_confusion(table, names, f"{model}: {name}", str(folder / drawn[-1]))
        for name, rows in _parts(scores):
            if rows:
                drawn.append(f"{start}accuracy_by_{name}.png")
                title = f"{model}: accuracy by {name.replace('_', ' ')}"
                plot_accuracy([*rows, scores.total], title, str(folder / drawn[-1]))
    return drawn


def _parts(scores: Scores) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    return ("age_group", scores.by_age_group), ("gender", scores.by_gender), ("race", scores.by_race)


def _rows(title: str, rows: Iterable[Row], stream: BinaryIO) -> None:
    width = terminal_width()
    intervals = width is None or width >= _WIDE
    lines = [
        [
            row.name,
            row.faces,
            row.found,
            *(_number(each, 100, 1, intervals) for each in (row.gender, row.exact, row.one_off, row.close)),
            _number(row.mae, 1, 2, intervals),
            _number(row.inside, 100, 1, intervals),
        ]
        for row in rows
    ]
    # Empty columns are left out, such as years if only groups are known.
    kept = [index for index in range(len(_TITLES) + 1) if index == 0 or any(line[index] != "" for line in lines)]
    titles = (title, *_TITLES)
    cells = [[line[index] for index in kept] for line in lines]
    write_table([titles[index] for index in kept], cells, stream, width)


def _number(measured: Estimate, scale: float, digits: int, interval: bool) -> str:
    if not measured.faces:
        return ""
    value, low, high = (f"{scale * each:.{digits}f}" for each in (measured.value, measured.low, measured.high))
    return f"{value} ({low}-{high})" if interval and math.isfinite(measured.low) else value


def _measures(pair: Pair) -> tuple[float, float, float]:
    return 100 * pair.same_gender, pair.kappa, pair.years_apart


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


def _over_folds(measured: OverFolds) -> str:
    return f"{100 * measured.mean:.1f} ± {100 * measured.standard_error:.1f}" if measured.folds else ""


def _fact(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _line(stream: BinaryIO, *lines: str) -> None:
    for line in lines:
        stream.write(encoded(f"{line}\n"))
