"""What people said of faces as a file: JSON lines, one a face, that another catalog can take in.

A line names the face by its picture and its place in it: ``content_hash`` (SHA-256 of the photo's file), ``box``
(x1, y1, x2, y2 as shares of the upright photo's width and height), ``photo`` (the path, for people), and
``corrections``: everything that was said, oldest first, as the columns of ``history.COLUMNS``. Lines about people are
in ``persons_file``.
"""

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.corrections import State
from photogender.catalog.said.history import COLUMNS, Entry, add_history, as_entry, merged, readable
from photogender.catalog.said.persons import Person, put_person
from photogender.catalog.said.persons_file import person_lines, read_person
from photogender.catalog.said.statement import StatementError, is_id
from photogender.catalog.sqlite.connection import damaged
from photogender.catalog.upkeep.rescue import readable_rows
from photogender.errors import CatalogError, PhotogenderError
from photogender.records import FaceBox, same_faces

SAME_FACE = 0.4
"""Least intersection over union of the same face in the same picture, found by whichever detector."""

LONGEST_LINE = 10_000_000
"""Bytes of one line; a face with ten thousand corrections takes two million."""

_MOST_UNREADABLE, _MOST_NOT_UNDERSTOOD = 10_000, 3 * LONGEST_LINE
"""Lines, and their bytes, that are not understood before the file counts as another; a stream may be endless."""

_KEYS = {"photo", "content_hash", "box", "corrections"}
_ENTRY_KEYS = set(COLUMNS)
_OPTIONAL = {"blind"}


@dataclass(slots=True)
class Imported:
    """What became of a file's lines."""

    faces: int = 0
    """Faces of the catalog that were in the file."""
    corrections: int = 0
    """Corrections that are new to the catalog."""
    people: int = 0
    """People of whom something was said that is new to the catalog."""
    waiting: list["Line"] = field(default_factory=list)
    """Lines whose picture or face the catalog does not have; it keeps them until a scan finds it."""
    nameless: list["Line"] = field(default_factory=list)
    """Lines that do not say which picture or where in it, so that no scan can find the face."""
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    """Numbers of lines that are not understood, and why."""


class Line(NamedTuple):
    """One face of a file."""

    text: str
    """The line itself."""
    number: int
    """Of the line, from 1."""
    photo: str
    content_hash: str | None
    box: FaceBox | None
    """In shares of the upright photo."""
    entries: list[Entry]

    @property
    def latest(self) -> tuple[str | None, str | None, float | None]:
        """Name, gender and age in years as they were said at last."""
        said = self.entries[-1].said if self.entries else State()
        return said.name, said.gender, said.age


def export_lines(catalog: Catalog) -> Iterator[bytes]:
    """The file, line by line; of a damaged catalog (opened to ``rescue``) what can be read.

    Raises:
        CatalogError: The catalog cannot be read at all.
    """
    rows = sorted(readable_rows(catalog, "corrections", ["face_id", *COLUMNS]), key=lambda row: (str(row[1]), row[0]))
    for face_id, said in groupby(rows, key=lambda row: row[1]):
        corrections = [dict(zip(COLUMNS, readable(row[2:]), strict=True)) for row in said]
        line = {**_where(catalog, face_id), "corrections": corrections}
        yield json.dumps(line).encode() + b"\n"  # ASCII: bytes of a path that are not UTF-8 stay as they are
    for _, text in readable_rows(catalog, "imported", ["line"]):
        with suppress(StatementError, ValueError, RecursionError):  # what is no such line could not be imported
            read_line(0, str(text).encode())
            yield f"{text}\n".encode()
    yield from person_lines(catalog)


def savable(path: Path) -> int:
    """How many corrections can be read from the catalog at ``path``, whatever is wrong with it otherwise."""
    try:
        with Catalog(path, mode="rescue") as catalog:
            return sum(1 for _ in readable_rows(catalog, "corrections", ["face_id"]))
    except CatalogError:
        return 0


def _where(catalog: Catalog, face_id: object) -> dict[str, object]:
    """How a line names a face; with nulls where the catalog is damaged."""
    try:
        row = (
            is_id(face_id)
            and catalog.fetch(
                "SELECT coalesce(path, former_path), content_hash, x1 / width, y1 / height, x2 / width, y2 / height "
                "FROM faces JOIN pictures ON pictures.id = photo_id WHERE faces.id = ?",
                [face_id],
            ).fetchone()
        )
    except CatalogError:
        row = None
    path, content_hash, *box = row or (b"", None, None)
    return {
        "photo": os.fsdecode(path) if isinstance(path, str | bytes) else "",
        "content_hash": content_hash if isinstance(content_hash, str) else None,
        "box": box if all(isinstance(side, int | float) and math.isfinite(side) for side in box) else None,
    }


def import_lines(catalog: Catalog, lines: Iterable[bytes]) -> Imported:
    """Add what the file says to the faces that it names, in one transaction. What is there already is not added.

    What is said of a face that the catalog does not have is kept for it (see ``attach_imported``).

    Args:
        catalog: Open for writing.
        lines: Of a file as ``export_lines`` writes it.

    Raises:
        CatalogError: The catalog cannot be read or written; nothing is changed.
        PhotogenderError: The lines are something else; nothing is changed.
    """
    result, room = Imported(), _MOST_NOT_UNDERSTOOD
    pictures: dict[str | None, list[Line]] = defaultdict(list)
    people: list[Person] = []
    for number, text in enumerate(lines, 1):
        if text.strip():
            try:
                if someone := read_person(text):
                    people.append(someone)
                    continue
                line = read_line(number, text)
            except (StatementError, ValueError, RecursionError) as error:
                result.unreadable.append((number, str(error)))
                room -= len(text)
                if room < 0 or len(result.unreadable) > _MOST_UNREADABLE:
                    raise PhotogenderError(
                        f"This is no file of corrections: up to line {number:,}, too many lines are not understood.",
                        "Such files are written by: photogender corrections export FILE",
                    ) from error
            else:
                pictures[line.content_hash].append(line)
    with catalog.transaction():
        result.people = sum(put_person(catalog, each) for each in people)
        for content_hash, of_picture in pictures.items():
            matched = _import_picture(catalog, content_hash, of_picture, result)
            for line in of_picture:
                if line.number in matched:
                    catalog.fetch("DELETE FROM imported WHERE line = ?", [line.text])
                elif line.content_hash and line.box:
                    values = [line.content_hash, line.text]
                    catalog.fetch("INSERT OR IGNORE INTO imported (content_hash, line) VALUES (?, ?)", values)
                    result.waiting.append(line)
                else:
                    result.nameless.append(line)
    return result


def attach_imported(catalog: Catalog) -> None:
    """Add what was imported before its photos were scanned to the faces that the catalog has now.

    Raises:
        CatalogError: The catalog cannot be read or written; nothing is changed.
    """
    sql = "SELECT line FROM imported WHERE content_hash IN (SELECT content_hash FROM pictures) ORDER BY id"
    if lines := catalog.fetch(sql).fetchall():
        import_lines(catalog, [str(line).encode() for (line,) in lines])


def imported_lines(catalog: Catalog) -> Iterator[tuple[int, "Line"]]:
    """What was imported for faces that the catalog does not have, with the ids of the rows.

    Raises:
        CatalogError: The catalog cannot be read, or is damaged.
    """
    for key, text in catalog.fetch("SELECT id, line FROM imported ORDER BY id"):
        try:
            yield key, read_line(key, str(text).encode())
        except (StatementError, ValueError, RecursionError) as error:
            raise damaged(catalog.path, "an imported correction is none") from error


def read_line(number: int, text: bytes) -> Line:
    """One line of the file.

    Raises:
        StatementError: It says something that cannot be said of a face.
        ValueError: It is not such a line; the message is a sentence.
    """
    if len(text) > LONGEST_LINE:
        raise ValueError("The line is too long.")
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("That is not JSON.") from error
    if not isinstance(values, dict) or not _KEYS >= set(values) >= _KEYS - {"photo"}:
        raise ValueError(f"Expected an object with {', '.join(sorted(_KEYS))}.")
    photo, content_hash, corrections = values.get("photo", ""), values["content_hash"], values["corrections"]
    if not isinstance(photo, str) or not isinstance(content_hash, str | None):
        raise ValueError("photo and content_hash are texts.")
    if not isinstance(corrections, list) or not all(
        isinstance(each, dict) and _ENTRY_KEYS >= set(each) >= _ENTRY_KEYS - _OPTIONAL for each in corrections
    ):
        raise ValueError(f"corrections is a list of objects with {', '.join(COLUMNS)}.")
    entries = [as_entry([each.get(column, False) for column in COLUMNS]) for each in corrections]
    return Line(json.dumps(values), number, photo, content_hash, _box(values["box"]), entries)


def _box(box: object) -> FaceBox | None:
    if box is None:
        return None
    if not isinstance(box, list) or len(box) != 4 or not all(type(side) in (int, float) for side in box):
        raise ValueError("box is a list of four numbers.")
    # NaN differs from itself; integers may be too large for a float.
    x1, y1, x2, y2 = (0.0 if side != side else float(min(max(side, -10), 10)) for side in box)
    if not (x1 < x2 and y1 < y2):
        raise ValueError("The box is empty.")
    return FaceBox(x1, y1, x2, y2, 1.0)


def _import_picture(catalog: Catalog, content_hash: str | None, lines: list[Line], result: Imported) -> set[int]:
    """Add what the lines say of a picture; the numbers of those whose face it has."""
    matched: set[int] = set()
    for photo_id, width, height in catalog.fetch(
        "SELECT id, width, height FROM pictures WHERE content_hash = ? AND width > 0 AND height > 0", [content_hash]
    ).fetchall():
        faces = catalog.fetch("SELECT id, x1, y1, x2, y2 FROM faces WHERE photo_id = ?", [photo_id]).fetchall()
        boxes = [FaceBox(x1, y1, x2, y2, 1.0) for _, x1, y1, x2, y2 in faces]
        histories: dict[int, list[Entry]] = {}
        left = [line for line in lines if line.box]
        while found := same_faces([line.box.scaled(width, height) for line in left if line.box], boxes, SAME_FACE):
            for index, other in found.items():  # several lines of one face, one in each round
                face_id = faces[other][0]
                histories[face_id] = merged(histories.get(face_id, []), left[index].entries)
                matched.add(left[index].number)
            left = [line for line in left if line.number not in matched]
        for face_id, entries in histories.items():
            result.faces += 1
            result.corrections += add_history(catalog, face_id, entries)
    return matched
