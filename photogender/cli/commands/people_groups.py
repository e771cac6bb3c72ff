"""``photogender people groups``, ``confirm``, ``reject``, ``join`` and ``ignore``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from photogender.cli.options import author_option, catalog_option, user_name
from photogender.cli.types import tidied

if TYPE_CHECKING:
    from photogender.catalog.said.likeness import Likeness
    from photogender.people.listing import Group


@click.command(short_help="List the groups, or the faces of one.")
@catalog_option
@click.argument("group", type=int, required=False, metavar="[GROUP]")
@click.option("--suggestions", is_flag=True, help="Only groups with a name and faces that have none yet.")
@click.option("--least", type=click.IntRange(min=1), default=2, show_default=True, help="Fewest faces of a group.")
@click.option("--ignored", is_flag=True, help="Only groups that you ignore.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Most groups.")
@click.option(
    "--crops", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Save the faces of GROUP."
)
@click.option("--format", "layout", type=click.Choice(["table", "json"]), default="table", show_default=True)
def groups(
    catalog: Path | None,
    group: int | None,
    suggestions: bool,
    least: int,
    ignored: bool,
    limit: int,
    crops: Path | None,
    layout: Literal["table", "json"],
) -> None:
    """List the groups of faces, or with GROUP the faces of that group.

    The groups with most faces to name come first. "Ada?" is a suggestion: other faces of the group are named Ada.
    """
    from photogender.people.listing import group_at, groups_of

    if crops and group is None:
        raise click.UsageError("--crops goes with a GROUP.")
    with _opened(catalog) as likeness:
        if group is not None:
            _show_faces(likeness, group_at(likeness, group), crops, layout)
            return
        found = [
            each
            for each in groups_of(likeness)
            if each.ignored == ignored
            and len(each.faces) >= least
            and (not suggestions or (each.name and each.unnamed))
        ]
        _show_groups(likeness, found[:limit], layout)
        if not found:
            click.echo("There is no such group.", err=True)
        elif len(found) > limit:
            click.echo(f"{len(found) - limit:,} more: --limit", err=True)


@click.command(short_help="Name the faces of a group.")
@catalog_option
@click.argument("group", type=int)
@click.option("--name", callback=tidied, metavar="NAME", help="Who it is.  [default: the name that is suggested]")
@author_option
def confirm(catalog: Path | None, group: int, name: str | None, author: str | None) -> None:
    """Give the faces of GROUP that have no name the suggested one, or NAME.

    To take it back: photogender correct FACE... --undo.
    """
    from photogender.people.groups import confirm as confirm_group
    from photogender.text import count, printable

    with _opened(catalog, "change") as likeness:
        chosen, number = confirm_group(likeness, group, name, author or user_name())
    click.echo(f"{printable(chosen)}: {count(number, 'face')} named.", err=True)


@click.command(short_help="Say that faces of a group are somebody else.")
@catalog_option
@click.argument("group", type=int)
@click.argument("faces", type=int, nargs=-1, metavar="[FACE]...")
def reject(catalog: Path | None, group: int, faces: Sequence[int]) -> None:
    """Say that FACE... are not the person of GROUP; without FACE, that the suggestion is wrong.

    They become a group of their own, and are never put together with the others again.
    """
    from photogender.people.groups import reject as reject_faces

    with _opened(catalog) as likeness:
        own = reject_faces(likeness, group, faces)
    click.echo(f"Taken out; group {own} has them now.", err=True)


@click.command(short_help="Make one group of several.")
@catalog_option
@click.argument("groups", type=int, nargs=-1, required=True, metavar="GROUP GROUP...")
def join(catalog: Path | None, groups: Sequence[int]) -> None:
    """Say that GROUP GROUP... are one person."""
    from photogender.people.groups import join as join_groups

    if len(set(groups)) < 2:
        raise click.UsageError("Name at least two groups.")
    with _opened(catalog) as likeness:
        target = join_groups(likeness, groups)
    click.echo(f"They are group {target} now.", err=True)


@click.command(short_help="Leave strangers out of the list.")
@catalog_option
@click.argument("groups", type=int, nargs=-1, required=True, metavar="GROUP...")
@click.option("--undo", is_flag=True, help="Show them again.")
def ignore(catalog: Path | None, groups: Sequence[int], undo: bool) -> None:
    """Leave the groups GROUP... out of the list, also with the faces that join them later."""
    from photogender.people.groups import ignore as ignore_groups
    from photogender.text import count

    with _opened(catalog) as likeness:
        ignore_groups(likeness, groups, show=undo)
    click.echo(f"{'Shown again' if undo else 'Ignored'}: {count(len(set(groups)), 'group')}.", err=True)


@contextmanager
def _opened(catalog: Path | None, mode: Literal["read", "change"] = "read") -> "Iterator[Likeness]":
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.likeness import Likeness

    with Catalog(catalog, mode=mode) as opened, Likeness(opened) as likeness:
        yield likeness


def _show_groups(likeness: "Likeness", found: "Sequence[Group]", layout: str) -> None:
    import json
    from dataclasses import asdict

    from photogender.cli.table import Column, no_room, write_table
    from photogender.cli.terminal import say, terminal_width
    from photogender.output import output
    from photogender.people.listing import faces_of, span

    spans = [span(faces_of(likeness, group.faces)) for group in found]
    with output(None) as stream:
        if layout == "json":
            rows = [
                asdict(group) | {"from": first, "to": last} for group, (first, last) in zip(found, spans, strict=True)
            ]
            stream.write(json.dumps(rows, indent=2, ensure_ascii=False).encode() + b"\n")
            return
        columns = (
            Column("group", whole=True),
            "who",
            Column("to name", whole=True),
            Column("named", whole=True),
            Column("from", rank=2, whole=True),
            Column("to", rank=1, whole=True),
        )
        lines = (
            (
                group.group_id,
                (group.name or "") + "?" * bool(group.name and group.unnamed),
                len(group.unnamed),
                len(group.named),
                *dates,
            )
            for group, dates in zip(found, spans, strict=True)
        )
        hidden = write_table(columns, lines, stream, terminal_width())
        stream.flush()
        say(no_room(hidden))


def _show_faces(likeness: "Likeness", group: "Group", crops: Path | None, layout: str) -> None:
    import json

    from photogender.cli.table import Column, no_room, write_table
    from photogender.cli.terminal import say, terminal_width
    from photogender.output import output
    from photogender.people.listing import faces_of
    from photogender.text import as_utf8

    rows = faces_of(likeness, group.faces)
    with output(None) as stream:
        if layout == "json":
            given = [row | {"path": as_utf8(str(row["path"]))} for row in rows]
            stream.write(json.dumps(given, indent=2, ensure_ascii=False).encode() + b"\n")
        else:
            columns = (
                Column("face", whole=True),
                Column("name", rank=1),
                Column("taken", rank=2, whole=True),
                "path",
            )
            lines = ((row["face_id"], row["name"], row["taken"], row["path"]) for row in rows)
            hidden = write_table(columns, lines, stream, terminal_width())
            stream.flush()
            say(no_room(hidden))
    if crops:
        _save_crops(likeness, rows, crops)


def _save_crops(likeness: "Likeness", rows: Sequence[dict[str, object]], folder: Path) -> None:
    """Save a JPEG of each face, named by its id."""
    from photogender.scanning.portraits import save_faces
    from photogender.text import count, printable

    saved = save_faces(likeness.catalog, [int(str(row["face_id"])) for row in rows], folder)
    click.echo(f"Saved {count(saved, 'picture')} in {printable(str(folder))}.", err=True)
