"""``photogender export xmp`` and ``import xmp``: exchange data with other photo programs."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from photogender.cli.filters import filter_options
from photogender.cli.options import catalog_option
from photogender.cli.rows import say_what_names_nothing
from photogender.cli.terminal import console, encoded
from photogender.cli.types import AbsolutePath
from photogender.errors import PhotogenderError
from photogender.text import count, printable

if TYPE_CHECKING:
    from photogender.xmp.read import Drawn

_Each = TypeVar("_Each")

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
"""Lines as patch counts them: a CR alone does not end one."""


def _checked(_: click.Context, __: click.Parameter, templates: tuple[str, ...]) -> tuple[str, ...]:
    from photogender.xmp.keywords import DEFAULT_TEMPLATES, check_template

    for template in templates:
        try:
            check_template(template)
        except PhotogenderError as error:
            raise click.BadParameter(error.message) from error
    return templates or DEFAULT_TEMPLATES


@click.command("xmp")
@catalog_option
@click.option(
    "--sidecar-style",
    "style",
    type=click.Choice(["auto", "name.ext.xmp", "adobe"]),
    show_default="auto",
    help="IMG.jpg.xmp, or IMG.xmp as in Lightroom; auto: the one that is there, else IMG.jpg.xmp.",
)
@click.option(
    "--template",
    "templates",
    multiple=True,
    callback=_checked,
    metavar="TEXT",
    help="A keyword with | between its levels; fields: {age_group}, {age}, {gender}, {Gender}, {name}, {age_from}, "
    "{gender_from}. Repeatable.  [default: 'People|Age {age_group}', 'People|{Gender}']",
)
@click.option("--remove", is_flag=True, help="Remove what earlier exports wrote.")
@click.option("--embed", is_flag=True, help="Write into the photos themselves, with ExifTool, instead of sidecars.")
@click.option("--discard-originals", "discard", is_flag=True, help="With --embed: keep no copies IMG.jpg_original.")
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff, and write nothing.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was skipped.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@filter_options
def export_xmp(
    catalog: Path | None,
    style: Any,  # noqa: ANN401 - a sidecars.Style
    templates: tuple[str, ...],
    remove: bool,
    embed: bool,
    discard: bool,
    dry_run: bool,
    strict: bool,
    quiet: bool,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> None:
    """Write face regions and keywords to XMP sidecars, for digiKam, Lightroom, darktable, Immich, PhotoPrism.

    \b
    photogender export xmp --min-confidence 0.8
    photogender export xmp --template 'People|{name}' --folder ~/Pictures/2024

    Photos are not changed, unless with --embed. Everything that other programs wrote stays, and a face that one of
    them drew is not drawn again. Only the faces that match all filters are written. On photos that match
    --folder, --taken and --faces, what an earlier export wrote for other faces is removed.

    Apparent age and gender are estimates: often wrong, most of all for children.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.queries.filters import Filters
    from photogender.output import output
    from photogender.xmp.embed import embed_xmp
    from photogender.xmp.write import Settings, export_xmp

    if embed and style:
        raise click.UsageError("--sidecar-style is about sidecars: leave it out with --embed.")
    if discard and not embed:
        raise click.UsageError("--discard-originals goes with --embed.")
    settings = Settings(style=style or "auto", templates=templates, remove=remove, dry_run=dry_run, discard=discard)
    done: Counter[str] = Counter()
    skipped, remarks = _Reasons(), _Reasons()
    with Catalog(catalog, mode="change" if embed and not dry_run else "read") as opened, output(None) as stream:
        found = (embed_xmp if embed else export_xmp)(opened, Filters(**filters), settings)
        for each in found if dry_run or quiet else _followed(found, "photos"):  # the diff is on the terminal
            if each.reason:
                skipped.add(each.reason, each.sidecar)
                continue
            if each.remark:
                remarks.add(each.remark, each.sidecar)
            if each.before == each.after:
                done["unchanged"] += each.after is not None
                continue
            done["removed" if each.after is None else "written" if each.before is None else "changed"] += 1
            if dry_run:
                stream.write(_diff(each.sidecar, each.before, each.after))
        if not quiet:
            say_what_names_nothing(opened, filters, done.total() + skipped.number)
    if not quiet:
        _tell(done, skipped, remarks, dry_run=dry_run, embed=embed)
    if strict and skipped.number:
        sys.exit(1)


def _tell(done: "Counter[str]", skipped: "_Reasons", remarks: "_Reasons", *, dry_run: bool, embed: bool) -> None:
    from photogender.labels import NOTICE

    would = "would be " if dry_run else ""
    parts = [f"{done[what]:,} {would}{what}" for what in ("written", "changed", "removed")]
    what = "XMP in photos" if embed else "Sidecars"
    click.echo(f"{what}: {', '.join(parts)}, {done['unchanged']:,} unchanged, {skipped.number:,} skipped.", err=True)
    skipped.print("skipped")
    remarks.print("note for")
    if done["written"] or done["changed"]:
        click.echo(NOTICE, err=True)


@click.group("import")
def import_() -> None:
    """Import what other programs know: names of faces, from XMP."""


@import_.command("xmp")
@catalog_option
@click.option("--folder", type=AbsolutePath(), metavar="DIR", help="Only photos in DIR and its subfolders.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was skipped.")
def import_xmp(catalog: Path | None, folder: str | None, dry_run: bool, strict: bool) -> None:
    """Import names that people gave to faces in other programs.

    Reads face regions (the MWG's, as written by digiKam, Lightroom and Picasa, and Microsoft's) from the sidecars
    IMG.jpg.xmp and IMG.xmp and from the photo itself, and matches them with the faces in the catalog. Prints a
    line for each new name and for each region that matches no face.

    A name that you set or removed in photogender stays.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.queries.filters import Filters
    from photogender.output import output
    from photogender.xmp.read import Drawn, apply, read_names

    drawn: list[Drawn] = []
    skipped = _Reasons()
    with Catalog(catalog, mode="read" if dry_run else "change") as opened:
        for each in _followed(read_names(opened, Filters(folder=folder)), "regions"):
            if isinstance(each, Drawn):
                drawn.append(each)
            else:
                skipped.add(each.reason, each.source)
        if not dry_run:
            apply(opened, drawn)
        say_what_names_nothing(opened, {"folder": folder}, len(drawn) + skipped.number)
    with output(None) as stream:
        for face in drawn:
            if face.verdict != "same":
                stream.write(encoded(f"{_line(face)}\n"))
    verdicts = Counter(face.verdict for face in drawn)
    click.echo(
        f"Names: {verdicts['new']:,} {'would be ' if dry_run else ''}new, {verdicts['same']:,} known, "
        f"{verdicts['kept']:,} kept; {count(verdicts['unmatched'], 'region')} without a face, "
        f"{count(skipped.number, 'file')} skipped.",
        err=True,
    )
    skipped.print("skipped")
    if strict and skipped.number:
        sys.exit(1)


def _line(face: "Drawn") -> str:
    name = face.name or "(no name)"
    if face.verdict == "unmatched":
        box = face.box
        at = f"{box.x1:.0f},{box.y1:.0f}-{box.x2:.0f},{box.y2:.0f}"
        return f"no face: {name} at {at}: {printable(face.source)}"
    if face.verdict == "kept":
        return f"kept: face {face.face_id} is {face.known or 'without a name'} here, {name} in {printable(face.source)}"
    before = f" (was {face.known})" if face.known else ""
    return f"named: face {face.face_id} is {name}{before}: {printable(face.source)}"


class _Reasons:
    """Counts the reasons for skipped files, with the first file of each."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    @property
    def number(self) -> int:
        return self._numbers.total()

    def add(self, reason: str, path: str) -> None:
        self._numbers[reason] += 1
        self._first.setdefault(reason, path)

    def print(self, what: str) -> None:
        for reason, number in self._numbers.most_common():
            first = printable(self._first[reason])
            click.echo(f"  {what} {number:,}: {reason} ({first}{', …' if number > 1 else ''})", err=True)


def _followed(each: Iterable[_Each], what: str) -> Iterator[_Each]:
    """Yield the items, and show their number on a terminal."""
    from photogender.cli.progress import watch

    return watch(each, None, what, console())


def _diff(path: str, before: bytes | None, after: bytes | None) -> bytes:
    """A unified diff that patch can read."""
    from difflib import diff_bytes, unified_diff

    ours = encoded(printable(path))
    names = (b"/dev/null" if before is None else ours, b"/dev/null" if after is None else ours)
    lines = diff_bytes(unified_diff, _LINE.findall(before or b""), _LINE.findall(after or b""), names[0], names[1])
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)
