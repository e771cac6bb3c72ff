"""``photogender people set``, ``rename``, ``merge``, ``undo`` and ``forget``."""

from collections.abc import Callable
from pathlib import Path

import click

from photogender.cli.completion import names
from photogender.cli.options import author_option, catalog_option, user_name
from photogender.cli.types import GenderChoice, tidied

UNKNOWN = "unknown"
"""Takes back what was said."""

_DATE = "2015-03-02, 2015-03, 2015, 1948..1953, 'about 1950' (five years to each side), or unknown."


@click.command("set", short_help="Say what you know of a person.")
@catalog_option
@click.argument("name", shell_complete=names)
@click.option("--born", metavar="DATE", help=_DATE)
@click.option("--died", metavar="DATE", help="The same.")
@click.option("--gender", metavar="GENDER", help="female, male (f and m are enough) or unknown.")
@author_option
def set_person(
    catalog: Path | None, name: str, born: str | None, died: str | None, gender: str | None, author: str | None
) -> None:
    """Say when NAME was born or died, and the gender.

    The ages of the person in all dated photos follow from the birth, and the gender of all faces. What you said of a
    single face still wins there. To take it back: photogender people undo.

    \b
    photogender people set "Ada L." --born 2015-03-02 --gender f
    """
    from photogender.catalog.catalog import Catalog
    from photogender.catalog.said.lifetimes import Days
    from photogender.catalog.said.persons import person, say

    if born is died is gender is None:
        raise click.UsageError("Say something: --born, --died or --gender.")
    values: dict[str, tuple[str | None, Callable[[str], object]]] = {
        "born": (born, Days.read),
        "died": (died, Days.read),
        "gender": (gender, _gender),
    }
    given = {key: None if text == UNKNOWN else read(text) for key, (text, read) in values.items() if text is not None}
    with Catalog(catalog, mode="change") as opened:
        before = person(opened, name)
        say(opened, name, before.facts._replace(**given), author=author or user_name())  # type: ignore[arg-type]
        _tell(opened, before.name)


@click.command(short_help="Give a person another name.")
@catalog_option
@click.argument("name", shell_complete=names)
@click.argument("new", callback=tidied)
@author_option
def rename(catalog: Path | None, name: str, new: str, author: str | None) -> None:
    """Give all faces of NAME the name NEW. To take it back: photogender people undo."""
    from photogender.catalog.catalog import Catalog
    from photogender.people.naming import rename_person
    from photogender.text import count, printable

    with Catalog(catalog, mode="change") as opened:
        number = rename_person(opened, name, new, author=author or user_name())
    click.echo(f"{printable(new)}: {count(number, 'face')}.", err=True)


@click.command(short_help="Say that several names are one person.")
@catalog_option
@click.argument("name", shell_complete=names)
@click.argument("others", nargs=-1, required=True, metavar="OTHER...", shell_complete=names)
@author_option
def merge(catalog: Path | None, name: str, others: tuple[str, ...], author: str | None) -> None:
    """Give the faces of OTHER... the name NAME. To take it back: photogender people undo.

    What was said of NAME stays; what was only said of OTHER is added.
    """
    from photogender.catalog.catalog import Catalog
    from photogender.people.naming import merge_people
    from photogender.text import count, printable

    with Catalog(catalog, mode="change") as opened:
        number, differences = merge_people(opened, name, others, author=author or user_name())
    for sentence in differences:
        click.echo(printable(sentence), err=True)
    click.echo(f"{printable(name)}: {count(number, 'more face')}.", err=True)


@click.command(short_help="Take back the latest people set, rename or merge.")
@catalog_option
def undo(catalog: Path | None) -> None:
    """Take back the latest people set, rename or merge; again, the one before."""
    from photogender.catalog.catalog import Catalog
    from photogender.people.naming import undo_naming
    from photogender.text import count, printable

    with Catalog(catalog, mode="change") as opened:
        undone = undo_naming(opened)
    people = ", ".join(printable(name) for name in undone.names)
    click.echo(f"Taken back: people {undone.what} ({people}).", err=True)
    if undone.left_alone:
        click.echo(f"{count(undone.left_alone, 'face')} corrected since then: left as they are.", err=True)


@click.command(short_help="Remove a person's name, faces and likeness.")
@catalog_option
@click.argument("name", shell_complete=names)
@click.option("--xmp", is_flag=True, help="Also take the person out of the XMP that photogender wrote.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def forget(context: click.Context, catalog: Path | None, name: str, xmp: bool, yes: bool) -> None:
    """Remove NAME with the faces that have, or had, this name and all that is stored of them.

    As photogender forget --person NAME.
    """
    from photogender.cli.commands.forget import forget as forget_command

    context.invoke(forget_command, paths=(), person=name, xmp=xmp, yes=yes, catalog=catalog)


def _gender(text: str) -> str:
    try:
        return GenderChoice().convert(text, None, None)
    except click.BadParameter as error:
        raise click.BadParameter(f"{text!r} is not female, male or {UNKNOWN}.", param_hint="'--gender'") from error


def _tell(catalog: "object", name: str) -> None:
    from photogender.catalog.said.lifetimes import Days
    from photogender.cli.commands.people_list import gender
    from photogender.people.persons import one, said_or_about
    from photogender.text import printable

    row, _ = one(catalog, name)  # type: ignore[arg-type]
    died = Days.stored(row["died_first"], row["died_last"])
    known = [gender(row), f"born {said_or_about(row)}" if row["born_from"] else "", f"died {died}" if died else ""]
    click.echo(f"{printable(name)}: {', '.join(filter(None, known)) or 'nothing is known'}.", err=True)
