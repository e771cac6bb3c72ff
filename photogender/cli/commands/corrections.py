"""``photogender corrections``: what people said of faces, as a file."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from photogender.cli.options import catalog_option
from photogender.cli.types import InputFile
from photogender.errors import PhotogenderError
from photogender.text import printable

_MOST_SHOWN = 50
"""Lines that are not understood; of a file that is something else, the first are enough."""


@click.group()
def corrections() -> None:
    """Save everything that people said of faces to a file, and add it to a catalog again.

    The file names a face by the content of its photo and its place in it: after a scan of the same photos
    into a new catalog, import brings everything back.
    """


@corrections.command()
@catalog_option
@click.argument("out", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE")
def export(catalog: Path | None, out: str) -> None:
    """Write all corrections and names to FILE (- for stdout) as JSON lines, one for each face.

    Of a damaged catalog everything that can be read is written.
    """
    import json

    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.corrections_file import export_lines
    from photogender.output import output
    from photogender.text import count

    faces = said = lost = people = 0
    with Catalog(catalog, mode="rescue") as opened, output(None if out == "-" else out) as stream:
        for line in export_lines(opened):
            stream.write(line)
            values = json.loads(line)
            if "person" in values:
                people += 1
                continue
            faces += 1
            said += len(values["corrections"])
            lost += not (values["content_hash"] and values["box"])
    of_people = f", and what was said of {count(people, 'person', 'people')}" if people else ""
    click.echo(f"Wrote {count(said, 'correction')} of {count(faces, 'face')}{of_people}.", err=True)
    if lost:
        click.echo(
            f"Of {count(lost, 'face')} the catalog does not know the picture or the place in it any more; "
            "what was said is in the file.",
            err=True,
        )
        sys.exit(1)


@corrections.command()
@catalog_option
def waiting(catalog: Path | None) -> None:
    """List the corrections that no photo shows now: the photo was replaced, edited, or not scanned after an import.

    None is ever deleted. If the photo comes back, or a later version of it in which the face is found, so do they.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.waiting import waiting as waiting_corrections
    from photogender.cli.terminal import encoded
    from photogender.output import output
    from photogender.text import count

    number = 0
    with Catalog(catalog) as opened, output(None) as stream:
        for row in waiting_corrections(opened):
            number += 1
            age = None if row["age"] is None else f"{row['age']:g}"
            said = [row["name"], row["gender"], age, "not a face" if row["not_a_face"] else None]
            face = "a face" if row["face_id"] is None else f"face {row['face_id']}"
            line = f"{face}, {row['path']}: {', '.join(str(value) for value in said if value)}"
            stream.write(encoded(f"{printable(line)}\n"))
    click.echo(f"{count(number, 'correction')} waiting." if number else "No correction is waiting.", err=True)


@corrections.command("import")
@catalog_option
@click.argument("file", type=InputFile("rb"), metavar="FILE")
def import_(catalog: Path | None, file: BinaryIO) -> None:
    """Add the corrections and names of FILE (- for stdin) to the catalog; what it has already stays as it is.

    What is said of a face that the catalog does not have waits until a scan finds it: see corrections waiting.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.corrections_file import LONGEST_LINE, import_lines
    from photogender.text import count

    with Catalog(catalog, mode="change") as opened:
        result = import_lines(opened, _lines(file, LONGEST_LINE + 1))
    for number, reason in result.unreadable[:_MOST_SHOWN]:
        click.echo(f"Line {number} is not understood: {reason}", err=True)
    if (more := len(result.unreadable) - _MOST_SHOWN) > 0:
        click.echo(f"{count(more, 'more line')} not understood.", err=True)
    for line in sorted(result.nameless, key=lambda line: line.number):
        said = [str(value) for value in line.latest if value is not None]
        where = printable(line.photo) or "the catalog"
        click.echo(f"Line {line.number} names no face in {where}: {', '.join(said) or 'nothing said'}", err=True)
    click.echo(f"{count(result.corrections, 'new correction')} of {count(result.faces, 'face')}.", err=True)
    if result.people:
        click.echo(f"News of {count(result.people, 'person', 'people')}.", err=True)
    if result.waiting:
        are, them = ("is", "it") if len(result.waiting) == 1 else ("are", "them")
        faces = count(len(result.waiting), "face")
        click.echo(f"{faces} {are} not in the catalog yet; what was said of {them} waits for a scan.", err=True)
    if result.nameless or result.unreadable:
        sys.exit(1)


def _lines(file: BinaryIO, longest: int) -> Iterator[bytes]:
    """The lines of a file, in parts of at most ``longest`` bytes.

    Raises:
        PhotogenderError: It cannot be read.
    """
    try:
        while line := file.readline(longest):
            yield line
    except OSError as error:
        raise PhotogenderError(f"{printable(file.name)} cannot be read: {error.strerror or error}.") from error
