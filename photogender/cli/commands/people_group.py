"""``photogender people group``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.completion import models
from photogender.cli.options import catalog_option, device_option
from photogender.labels import DEFAULT_DESCRIPTOR

if TYPE_CHECKING:
    from photogender.catalog.said.likeness import Likeness
    from photogender.models.spec import ModelSpec

_NOTICE = """\
This computes a descriptor of each face: {size} numbers that tell how alike two faces are. They are biometric data, and
are stored on this machine alone, in
  {path}
Nothing else holds them. To remove them: photogender people group --remove, or delete that file. Of people other than
your family and friends you may need consent first: docs/privacy.md."""


@click.command(short_help="Group faces by likeness.")
@catalog_option
@click.option("--again", is_flag=True, help="Make all groups anew: names and what you rejected stay.")
@click.option("--remove", is_flag=True, help="Delete all descriptors and groups; names stay.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--descriptor",
    metavar="NAME",
    shell_complete=models("descriptor"),
    help=f"The model that compares faces.  [default: as before, at first {DEFAULT_DESCRIPTOR}]",
)
@device_option
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Decoding threads.  [default: one per core]")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def group(
    catalog: Path | None,
    again: bool,
    remove: bool,
    yes: bool,
    descriptor: str | None,
    device: str,
    workers: int | None,
    quiet: bool,
) -> None:
    """Group the faces of the catalog, so that each group is one person.

    The first time, it says what is stored and where, and asks. Later it takes in what was scanned since. You can stop
    at any time and go on with the same command. Faces that are too small or blurred get no descriptor and no group.
    Groups are often wrong for children, whose faces change and are alike; names are never given without you.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.likeness import Likeness, likeness_path, remove_likeness
    from photogender.models.read import load_spec
    from photogender.text import printable

    if remove:
        if again:
            raise click.UsageError("Give one of --again and --remove.")
        with Catalog(catalog) as opened:
            path = likeness_path(opened.path)
        if path.exists() and not yes:
            click.confirm(f"Delete {printable(str(path))}, with all descriptors and groups?", abort=True, err=True)
        done = f"Deleted {printable(str(path))}." if remove_likeness(opened.path) else "There was nothing to remove."
        click.echo(done, err=True)
        return
    with Catalog(catalog) as opened:
        path = likeness_path(opened.path)
        if not path.exists():
            _ask(load_spec(descriptor or DEFAULT_DESCRIPTOR), path, yes)
        with Likeness(opened, create=True) as likeness:
            before = likeness.model()
            spec = load_spec(descriptor or before or DEFAULT_DESCRIPTOR)
            if before not in (None, spec.name) and not quiet:
                click.echo(f"All faces are described again, by {spec.name}: so far it was {before}.", err=True)
            _carry_out(likeness, spec, device, workers, again, quiet)


def _ask(spec: "ModelSpec", path: Path, yes: bool) -> None:
    """Say what is stored and where; go on only if the user wants it."""
    from photogender.errors import ModelError
    from photogender.text import printable

    head = spec.nets[0].descriptor
    if head is None:
        raise ModelError(
            f"{spec.name} does not compare faces: its task is {spec.task}.", "See: photogender models list"
        )
    spec.nets[0].file.read()  # before the question
    click.echo(_NOTICE.format(size=head.size, path=printable(str(path))), err=True)
    if not yes:
        click.confirm("Continue?", abort=True, err=True)


def _carry_out(
    likeness: "Likeness", spec: "ModelSpec", device: str, workers: int | None, again: bool, quiet: bool
) -> None:
    from contextlib import closing

    from photogender.cli.progress import steps
    from photogender.cli.terminal import console
    from photogender.models.spec import fingerprint
    from photogender.people.groups import regroup
    from photogender.people.listing import groups_of
    from photogender.scanning.likeness import describe_faces
    from photogender.text import count, printable

    shown = console(quiet=quiet)
    head = spec.nets[0].descriptor
    likeness.use_model(spec.name, fingerprint((spec,), {}), head.near if head else 0.0)
    likeness.tidy()
    wanted = likeness.wanted()
    last = None
    with (
        steps("photos", len(wanted), shown) as update,
        closing(describe_faces(likeness, wanted, spec, device, workers)) as described,
    ):
        for last in described:
            update(last.photos, count(last.described, "face"), last.path)
    new = regroup(likeness, again=again)
    if quiet:
        return
    if last:
        left = f", {last.left_out:,} too small or blurred" if last.left_out else ""
        click.echo(f"Described {count(last.described, 'face')}{left}.", err=True)
        if last.unread:
            click.echo(
                f"{count(last.unread, 'photo')} could not be read, or changed since the scan: scan, then group again.",
                err=True,
            )
    groups = groups_of(likeness)
    several = [group for group in groups if len(group.faces) > 1]
    suggested = [group for group in groups if group.name and group.unnamed]
    click.echo(
        f"{count(new, 'new face')}. {count(len(several), 'group')} of two or more faces, "
        f"{count(len(groups) - len(several), 'single face')}, {count(len(suggested), 'suggestion')}.",
        err=True,
    )
    click.echo(f"See them with: photogender people groups. Stored in {printable(str(likeness.path))}.", err=True)
