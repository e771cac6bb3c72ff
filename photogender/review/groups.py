"""Groups of faces that look like one person's, as the page shows and changes them.

All of it needs the file of likeness, which the page never makes.
"""

from collections.abc import Sequence

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.likeness import Likeness, likeness_path
from photogender.errors import ConflictError
from photogender.people import groups as people_groups
from photogender.people.listing import Group, group_at, groups_of
from photogender.review.body import as_id, as_ids, as_object, as_text
from photogender.review.faces import faces

SHOWN = 60
"""Groups that are shown at most; when they are named or ignored, the next ones follow."""

ON_STACK = 5
"""Faces of a group that are shown in the list."""

LARGEST = 1000
"""Faces of one group that are shown at most."""


def stacks(catalog: Catalog) -> dict[str, object]:
    """The groups with faces to name, those with most of them first, and how many there are (``total``).

    Keys of each: those of ``_shown``. ``groups`` is None if faces were not grouped.

    Raises:
        CatalogError: The catalog or the file of likeness cannot be read.
    """
    if not likeness_path(catalog.path).is_file():
        return {"groups": None, "total": 0, "ignored": 0}
    with Likeness(catalog) as likeness:
        found = [group for group in groups_of(likeness) if group.unnamed and len(group.faces) > 1]
    wanted = [group for group in found if not group.ignored]
    return {
        "groups": [_shown(group) for group in wanted[:SHOWN]],
        "total": len(wanted),
        "ignored": len(found) - len(wanted),
    }


def one_group(catalog: Catalog, group_id: int) -> Row:
    """One group: the keys of ``_shown``, ``faces`` as the wall has them, the unnamed ones first, and ``ignored``.

    Raises:
        NotFoundError: There is no such group.
        CatalogError: A file cannot be read.
    """
    with Likeness(catalog) as likeness:
        group = group_at(likeness, group_id)
    found = faces(catalog, [*group.unnamed, *group.named][:LARGEST])
    return _shown(group) | {"faces": found, "ignored": group.ignored}


def confirm(catalog: Catalog, body: bytes, author: str) -> Row:
    """Name the faces of ``group`` that have no name, which are ``faces``, ``name`` or as is suggested if it is empty.

    Answers with ``name``, ``faces``, and ``corrections`` that take it back.

    Raises:
        BadRequestError: The request is wrong.
        NotFoundError: There is no such group.
        ConflictError: It has other faces by now, or cannot be named so.
        StatementError: It is not a name.
    """
    sent = as_object(body, {"group", "faces", "name"})
    group_id, seen, name = as_id(sent, "group"), as_ids(sent, "faces"), as_text(sent, "name")
    with catalog.transaction(), Likeness(catalog) as likeness:
        _unchanged(group_at(likeness, group_id), seen)
        chosen, _ = people_groups.confirm(likeness, group_id, name.strip() or None, author)
        marks = ",".join("?" * len(seen))
        rows = catalog.fetch(f"SELECT correction_id FROM faces WHERE id IN ({marks})", seen)  # noqa: S608
        corrections = [correction for (correction,) in rows]
    return {"name": chosen, "faces": seen, "corrections": corrections}


def reject(catalog: Catalog, body: bytes, author: str) -> Row:
    """The ``faces`` of ``group`` are somebody else; answers with the ``group`` that they are now.

    Raises:
        BadRequestError: The request is wrong.
        NotFoundError: There is no such group.
        ConflictError: A face is not in it, or these are all of them.
    """
    sent = as_object(body, {"group", "faces"})
    with Likeness(catalog) as likeness:
        return {"group": people_groups.reject(likeness, as_id(sent, "group"), as_ids(sent, "faces"))}


def join(catalog: Catalog, body: bytes, author: str) -> Row:
    """Make one group of ``groups``; answers with its id, ``group``.

    Raises:
        BadRequestError: The request is wrong.
        NotFoundError: There is no such group.
        ConflictError: They cannot be one person.
    """
    sent = as_object(body, {"groups"})
    with Likeness(catalog) as likeness:
        return {"group": people_groups.join(likeness, as_ids(sent, "groups"))}


def ignore(catalog: Catalog, body: bytes, author: str) -> Row:
    """Leave ``group`` out of the list, or show it again if ``show`` is true.

    Raises:
        BadRequestError: The request is wrong.
        NotFoundError: There is no such group.
    """
    sent = as_object(body, {"group", "show"})
    group_id, show = as_id(sent, "group"), sent.get("show") is True
    with Likeness(catalog) as likeness:
        people_groups.ignore(likeness, [group_id], show=show)
    return {"group": group_id}


def _shown(group: Group) -> Row:
    """``id``, ``name`` (suggested, or None), ``unnamed`` (ids), ``named`` (how many), ``some`` (ids of faces)."""
    some = [*group.unnamed, *group.named][:ON_STACK]
    return {
        "id": group.group_id,
        "name": group.name,
        "unnamed": group.unnamed,
        "named": len(group.named),
        "some": some,
    }


def _unchanged(group: Group, seen: Sequence[int]) -> None:
    if set(group.unnamed) != set(seen):
        raise ConflictError("The group has other faces by now.", "Look at it again: nothing was named.")
