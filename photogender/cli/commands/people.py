"""``photogender people``."""

import click

from photogender.cli.commands.people_check import check, date
from photogender.cli.commands.people_group import group
from photogender.cli.commands.people_groups import confirm, groups, ignore, join, reject
from photogender.cli.commands.people_list import list_people, show
from photogender.cli.commands.people_set import forget, merge, rename, set_person, undo


@click.group()
def people() -> None:
    """People: what is known of them, what follows for their photos, and groups of faces that look alike.

    Grouping is off until you ask for it: see people group, and docs/privacy.md.
    """


_PEOPLE = (list_people, show, set_person, rename, merge, undo, forget, check, date)
_GROUPS = (group, groups, confirm, reject, join, ignore)

for _command in (*_PEOPLE, *_GROUPS):
    people.add_command(_command)
