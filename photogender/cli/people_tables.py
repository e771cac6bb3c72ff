"""A report of ``evaluate --people`` as tables and JSON."""

import json
import math
from dataclasses import asdict
from typing import BinaryIO

from photogender.cli.table import write_table
from photogender.cli.terminal import encoded, terminal_width
from photogender.evaluation.people import PeopleReport
from photogender.text import count


def write_report(report: PeopleReport, stream: BinaryIO) -> None:
    """Print the tables: groups against names, then single against pooled genders; shares in percent."""
    groups = report.groups
    if groups is None:
        _line(stream, "Faces were not grouped: photogender people group.")
    else:
        _line(
            stream,
            f"{count(groups.faces, 'named face')} of {groups.people:,} people in {count(groups.groups, 'group')}, made "
            "anew without the names:",
        )
        rows = [
            ("pairs of faces", _percent(groups.pair_precision), _percent(groups.pair_recall)),
            ("faces (B-cubed)", _percent(groups.bcubed_precision), _percent(groups.bcubed_recall)),
        ]
        write_table(("", "precision %", "recall %"), rows, stream, terminal_width())
        if report.without_descriptor:
            _line(stream, f"Left out: {count(report.without_descriptor, 'named face')} without a descriptor.")
    _line(stream, "", "Right gender, of people whose gender you said:")
    lines = [
        (f"{each.least}+", each.people, each.faces, _percent(each.single), _percent(each.pooled))
        for each in report.genders
    ]
    write_table(("faces of a person", "people", "faces", "each face %", "pooled %"), lines, stream, terminal_width())


def write_json(report: PeopleReport, stream: BinaryIO) -> None:
    """Print the report as one JSON object: shares from 0 to 1, null for what is not known."""
    content = asdict(report)
    for row in content["genders"]:
        row.update({key: None for key, value in row.items() if isinstance(value, float) and math.isnan(value)})
    stream.write(json.dumps(content, indent=2, allow_nan=False).encode("ascii") + b"\n")


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"


def _line(stream: BinaryIO, *lines: str) -> None:
    for line in lines:
        stream.write(encoded(f"{line}\n"))
