"""Groups of the faces of a catalog: made by likeness, kept in the file of likeness, changed by what a person says."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from photogender.catalog.said.corrections import record_all
from photogender.catalog.said.likeness import Described, Likeness
from photogender.catalog.said.statement import Statement
from photogender.errors import ConflictError
from photogender.people.grouping import Known, grouped
from photogender.people.listing import group_at

_NONE: frozenset[str] = frozenset()
_NO_MARKS: frozenset[int] = frozenset()


def regroup(likeness: Likeness, *, again: bool = False) -> int:
    """Group the faces that have a descriptor, and return how many were in no group before.

    Groups only grow: new faces join them, and groups that turn out to be alike are merged. Faces that a person gave
    another name, or said to be somebody else, leave their group.

    Args:
        likeness: Open.
        again: Make all groups anew.

    Raises:
        CatalogError: The files cannot be read or written.
    """
    faces = likeness.faces()
    known = _known(likeness, faces)
    start = [-1] * len(faces) if again else _start(faces, known)
    order = sorted(range(len(faces)), key=lambda index: start[index] < 0)  # grouped ones first
    faces, known = [faces[index] for index in order], [known[index] for index in order]
    found = _grouped(likeness, faces, known, [start[index] for index in order])
    members: defaultdict[int, list[Described]] = defaultdict(list)
    for face, first in zip(faces, found, strict=True):
        members[first].append(face)
    groups: dict[int, int] = {}
    ignored: list[int] = []
    free = {face.group_id for face in faces if face.group_id is not None}
    used = set(free)
    for group in sorted(members.values(), key=len, reverse=True):
        group_id = _group_id(group, free, used)
        free.discard(group_id)
        used.add(group_id)
        groups.update((face.face_id, group_id) for face in group)
        old = [face for face in group if face.group_id is not None]
        if 2 * sum(face.ignored for face in old) > len(old):
            ignored += [face.face_id for face in group]
    likeness.put_groups(groups, ignored)
    return sum(face.group_id is None for face in faces)


def blind_groups(likeness: Likeness) -> list[tuple[Described, int]]:
    """Each face with the group that it would get if no name were known; nothing is changed.

    Raises:
        CatalogError: The files cannot be read.
    """
    faces = likeness.faces()
    found = _grouped(likeness, faces, [Known(face.photo_id, age=face.age) for face in faces], [-1] * len(faces))
    return list(zip(faces, found, strict=True))


def confirm(likeness: Likeness, group_id: int, name: str | None, author: str) -> tuple[str, int]:
    """Give the faces of a group that have no name the one that is suggested, or ``name``; the name and their number.

    Raises:
        NotFoundError: There is no such group.
        ConflictError: No name is suggested and none given, or some of its faces have another one.
        CatalogError: The catalog cannot be written.
        StatementError: It is not a name.
    """
    group = group_at(likeness, group_id)
    if name and group.name and name != group.name:
        raise ConflictError(
            f"{len(group.named)} of the faces of group {group_id} are named {group.name}.",
            f"If some are not {group.name}, take them out first: photogender people reject {group_id} FACE...",
        )
    chosen = name or group.name
    if not chosen:
        raise ConflictError(f"Nobody in group {group_id} has a name.", "Say who it is with --name NAME.")
    record_all(likeness.catalog, group.unnamed, Statement(name=chosen), author=author)
    return chosen, len(group.unnamed)


def reject(likeness: Likeness, group_id: int, face_ids: Sequence[int]) -> int:
    """Say that some faces of a group are somebody else; without any, that its faces without a name are not the named.

    Returns:
        The id of the group that these faces are now.

    Raises:
        NotFoundError: There is no such group.
        ConflictError: A face is not in it, nothing is suggested for it, or these are all its faces.
        CatalogError: A file cannot be written.
    """
    group = group_at(likeness, group_id)
    chosen = tuple(dict.fromkeys(face_ids)) or (group.unnamed if group.name else ())
    if strangers := [face for face in chosen if face not in group.faces]:
        raise ConflictError(f"Face {strangers[0]} is not in group {group_id}.")
    if not chosen:
        raise ConflictError(f"No name is suggested for group {group_id}.", "Name the faces that are somebody else.")
    rest = [face for face in group.faces if face not in chosen]
    if not rest:
        raise ConflictError(f"These are all faces of group {group_id}: nobody is left that they are not.")
    with likeness.transaction():
        execute = likeness.connection.execute
        (statement,) = execute("SELECT coalesce(max(statement), 0) + 1 FROM apart").fetchone()
        for side, faces in enumerate((chosen, rest)):
            likeness.connection.executemany(
                "INSERT INTO apart VALUES (?, ?, ?)", [(statement, side, face) for face in faces]
            )
        if group.name:
            likeness.connection.executemany(
                "INSERT OR IGNORE INTO not_names VALUES (?, ?)",
                [(face, group.name) for face in chosen if face in group.unnamed],
            )
        taken = {taken for (taken,) in execute("SELECT DISTINCT group_id FROM members")}
        own = next((face for face in chosen if face not in taken), max(taken) + 1)
        likeness.connection.executemany(
            "UPDATE members SET group_id = ? WHERE face_id = ?", [(own, face) for face in chosen]
        )
    return own


def join(likeness: Likeness, group_ids: Sequence[int]) -> int:
    """Make one group of several, since they are one person; returns its id.

    Raises:
        NotFoundError: There is no such group.
        ConflictError: They have different names or a photo in common.
        CatalogError: A file cannot be written.
    """
    groups = [group_at(likeness, group_id) for group_id in dict.fromkeys(group_ids)]
    names = sorted({group.name for group in groups if group.name})
    if len(names) > 1:
        raise ConflictError(f"These groups are {' and '.join(names)}.", "Give them one name first.")
    ids = {group.group_id for group in groups}
    faces = [face for face in likeness.faces() if face.group_id in ids]
    photos: dict[int, int] = {}
    for face in faces:
        if photos.setdefault(face.photo_id, face.group_id or 0) != face.group_id:
            raise ConflictError("Two of these groups have a face in the same photo: they are two people.")
    target = groups[0].group_id
    with likeness.transaction():
        execute = likeness.connection.execute
        for group in groups[1:]:
            execute("UPDATE members SET group_id = ? WHERE group_id = ?", [target, group.group_id])
        # What was said before is taken back: these faces are one person.
        mine = "SELECT face_id FROM members WHERE group_id = ?"
        sides = f"SELECT statement FROM apart WHERE face_id IN ({mine}) GROUP BY statement HAVING min(side) < max(side)"  # noqa: S608
        execute(f"DELETE FROM apart WHERE statement IN ({sides})", [target])  # noqa: S608
        for name in names:
            execute(f"DELETE FROM not_names WHERE name = ? AND face_id IN ({mine})", [name, target])  # noqa: S608
    return target


def ignore(likeness: Likeness, group_ids: Sequence[int], *, show: bool = False) -> None:
    """Leave groups out of the list, or show them again; new faces of theirs are left out, too.

    Raises:
        NotFoundError: There is no such group.
    """
    for group_id in group_ids:
        group_at(likeness, group_id)
    with likeness.transaction():
        for group_id in group_ids:
            likeness.connection.execute("UPDATE members SET ignored = ? WHERE group_id = ?", [not show, group_id])


def _grouped(likeness: Likeness, faces: Sequence[Described], known: Sequence[Known], start: Sequence[int]) -> list[int]:
    (near,) = likeness.connection.execute("SELECT near FROM model").fetchone()
    size = len(faces[0].descriptor) // 2 if faces else 1
    if any(not isinstance(face.descriptor, bytes) or len(face.descriptor) != 2 * size for face in faces):
        raise likeness.damaged()
    vectors = np.frombuffer(b"".join(face.descriptor for face in faces), "<f2").astype(np.float32)
    return grouped(vectors.reshape(-1, size), known, near, start)


def _known(likeness: Likeness, faces: Sequence[Described]) -> list[Known]:
    apart, not_names = likeness.statements()
    return [
        Known(
            face.photo_id,
            face.name,
            frozenset(not_names.get(face.face_id, _NONE)) - {face.name or ""},  # a name given later counts
            frozenset(apart.get(face.face_id, _NO_MARKS)),
            face.age,
        )
        for face in faces
    ]


def _start(faces: Sequence[Described], known: Sequence[Known]) -> list[int]:
    """The group that each face has and may keep, -1 for others.

    Of a group with faces of several people, those with the commonest name keep it.
    """
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, face in enumerate(faces):
        if face.group_id is not None:
            members[face.group_id].append(index)
    start = [-1] * len(faces)
    for group_id, group in members.items():
        names = [faces[index].name for index in group if faces[index].name]
        name = max(sorted(set(filter(None, names))), key=names.count) if names else None
        for index in group:
            is_other = faces[index].name not in (None, name) or name in known[index].not_names
            start[index] = -1 if is_other else group_id
    return start


def _group_id(group: Sequence[Described], free: set[int], used: set[int]) -> int:
    """The id that most of its faces had, if it is still ``free``, so that ids last; or else one that never was used."""
    old = [face.group_id for face in group if face.group_id in free]
    if old:
        return max(sorted(set(old)), key=old.count)
    return next((face.face_id for face in group if face.face_id not in used), max(used, default=0) + 1)
