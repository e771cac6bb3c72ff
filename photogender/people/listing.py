"""The groups of faces as they are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from photogender.catalog.catalog import Row
from photogender.catalog.said.likeness import Described, Likeness
from photogender.errors import NotFoundError

_FACES = """
SELECT faces.id AS face_id, said.name, photos.taken, coalesce(photos.path, photos.former_path) AS path
FROM faces JOIN pictures AS photos ON photos.id = faces.photo_id
LEFT JOIN corrections AS said ON said.id = faces.correction_id
WHERE faces.id IN ({})
"""

_AT_ONCE = 500
"""Faces in one question to the catalog."""


@dataclass(frozen=True, slots=True)
class Group:
    """Faces that look like one person's."""

    group_id: int
    """The lowest id of its faces when it was made."""
    named: tuple[int, ...]
    """The faces that a person gave the name, by id."""
    unnamed: tuple[int, ...]
    name: str | None
    """Of those that have one: it is suggested for the others."""
    ignored: bool

    @property
    def faces(self) -> tuple[int, ...]:
        """All faces, by id."""
        return tuple(sorted(self.named + self.unnamed))


def groups_of(likeness: Likeness) -> list[Group]:
    """All groups, those with most faces without a name first.

    Raises:
        CatalogError: The files cannot be read.
    """
    members: defaultdict[int, list[Described]] = defaultdict(list)
    for face in likeness.faces():
        if face.group_id is not None:
            members[face.group_id].append(face)
    found = []
    for group_id, faces in members.items():
        names = [face.name for face in faces if face.name]
        named = tuple(face.face_id for face in faces if face.name)
        unnamed = tuple(face.face_id for face in faces if not face.name)
        name = max(sorted(set(names)), key=names.count) if names else None
        found.append(Group(group_id, named, unnamed, name, all(face.ignored for face in faces)))
    return sorted(found, key=lambda group: (-len(group.unnamed), -len(group.named), group.group_id))


def group_at(likeness: Likeness, group_id: int) -> Group:
    """One group.

    Raises:
        NotFoundError: There is none with this id.
    """
    for group in groups_of(likeness):
        if group.group_id == group_id:
            return group
    raise NotFoundError(f"There is no group {group_id}.", "See the groups with: photogender people groups")


def faces_of(likeness: Likeness, face_ids: Sequence[int]) -> list[Row]:
    """Faces of the catalog, by date and path: ``face_id``, ``name``, ``taken``, ``path``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    found: list[Row] = []
    for start in range(0, len(face_ids), _AT_ONCE):
        some = face_ids[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found += likeness.catalog.rows(_FACES.format(marks), some)
    return sorted(found, key=lambda row: (str(row["taken"] or "~"), str(row["path"]), str(row["face_id"])))


def span(rows: Sequence[Row]) -> tuple[str | None, str | None]:
    """The first and the last date of ``faces_of``, as YYYY-MM-DD; None where no photo has a date."""
    dates = sorted(str(row["taken"])[:10] for row in rows if row["taken"])
    return (dates[0], dates[-1]) if dates else (None, None)
