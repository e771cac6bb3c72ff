"""What one scan reads from the catalog and writes to it, a window of outcomes at a time."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal, NamedTuple

from photogender.catalog.catalog import Catalog, Row, now
from photogender.catalog.columns import FACES
from photogender.catalog.database import stored
from photogender.records import Face, FaceBox, Moved, Outcome, Photo, PhotoFacts, Skipped, Tagged, same_faces

_SAME_FACE = 0.4
"""Least intersection over union at which a face found again keeps its row, id and corrections."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the table ``models`` says of a model."""

    name: str
    task: str
    sha256: str
    title: str
    licence: str
    source: str


@dataclass(frozen=True, slots=True)
class ScanInfo:
    """What a scan is about to do, as its row in ``runs`` says it."""

    roots: tuple[str, ...]
    version: str
    device: str
    settings: dict[str, float]
    fingerprint: str
    detection: str
    """The fingerprint of what decides which faces are found, alone."""
    detector: ModelInfo
    model: ModelInfo


class _Run(NamedTuple):
    id: int
    fingerprint: str
    detector_id: int
    model_id: int


class Recorder:
    """The catalog's side of one scan. Its row in ``runs`` is written with the first outcomes."""

    def __init__(self, catalog: Catalog, info: ScanInfo) -> None:
        self._catalog = catalog
        self._info = info
        self._run: _Run | None = None

    def save(self, outcomes: Iterable[Outcome]) -> list[list[int]]:
        """Write one window's outcomes, all or none; the ids of the faces of each.

        A photo's row is replaced and keeps its id; a face that is found again where one was keeps its
        row's id and corrections; a corrected face that is not found again stays as long as the content
        of the photo is the same. A photo that could not be *read* leaves earlier results as they are.

        Raises:
            CatalogError: The catalog cannot be written (disk full, locked, read-only); nothing of the window was.
        """
        with self._catalog.transaction():
            run = self._run or self._begin()
            face_ids = [self._save(run, outcome) for outcome in outcomes]
        self._run = run
        return face_ids

    def end(self, ended: Literal["complete", "interrupted"]) -> None:
        """Say when and how the scan ended, if it wrote anything."""
        if self._run:
            with self._catalog.transaction():
                self._catalog.update("runs", self._run.id, {"ended_at": now(), "ended": ended})

    def _begin(self) -> "_Run":
        info = self._info
        detector_id, model_id = self._model_id(info.detector), self._model_id(info.model)
        values: Row = {
            "started_at": now(),
            "roots": json.dumps(info.roots),
            "version": info.version,
            "device": info.device,
            "settings": json.dumps(info.settings),
            "fingerprint": info.fingerprint,
            "detector_id": detector_id,
            "model_id": model_id,
        }
        return _Run(self._catalog.insert("runs", values), info.fingerprint, detector_id, model_id)

    def _model_id(self, model: ModelInfo) -> int:
        found = self._catalog.fetch(
            "SELECT id FROM models WHERE name = ? AND sha256 = ?", [model.name, model.sha256]
        ).fetchone()
        return found[0] if found else self._catalog.insert("models", asdict(model))

    def _save(self, run: _Run, outcome: Outcome) -> list[int]:
        match outcome:
            case Tagged():
                return self._save_tagged(run, outcome)
            case Skipped():
                self._save_skipped(run, outcome)
            case Moved():
                self._move(run, outcome.photo, outcome.old_path)
        return []

    def _save_tagged(self, run: _Run, tagged: Tagged) -> list[int]:
        facts = tagged.facts
        if tagged.moved_from is not None:
            self._move(run, tagged.photo, tagged.moved_from)
        before, photo_id = self._put_photo(
            run,
            tagged.photo,
            asdict(facts) | {"skipped_stage": None, "skipped_reason": None},
        )
        self._count(run, tagged=1, faces=len(tagged.faces))
        return self._put_faces(run, photo_id, tagged.faces, keep_corrected=before == facts.content_hash)

    def _save_skipped(self, run: _Run, skipped: Skipped) -> None:
        photo = skipped.photo
        if skipped.stage == "gone" or (skipped.stage == "read" and self._photo(photo.path)):
            return  # what is known of it stays: a gone file is for prune, an unreadable one for the next scan
        reason = {"skipped_stage": skipped.stage, "skipped_reason": skipped.reason}
        gone = dict.fromkeys(field.name for field in fields(PhotoFacts))
        _, photo_id = self._put_photo(run, photo, {**gone, **reason})
        # Perhaps a half-copied file: what a person said of its faces waits for a whole one.
        self._put_faces(run, photo_id, (), keep_corrected=True)
        self._count(run, skipped=1)

    def _move(self, run: _Run, photo: Photo, old_path: str) -> None:
        """Let the rows of ``old_path`` follow to the photo's new place; nothing if another scan was faster."""
        found = self._photo(old_path)
        if found:
            path, folder, root = _place(photo)
            self._catalog.fetch("DELETE FROM photos WHERE path = ?", [path])
            place = {"path": path, "folder": folder, "root": root, "size": photo.size, "mtime_ns": photo.mtime_ns}
            self._catalog.update("photos", found[0], place)
            self._count(run, moved=1)

    def _photo(self, path: str) -> tuple[int, str | None] | None:
        found: tuple[int, str | None] | None = self._catalog.fetch(
            "SELECT id, content_hash FROM photos WHERE path = ?", [stored(path)]
        ).fetchone()
        return found

    def _put_photo(self, run: _Run, photo: Photo, facts: Mapping[str, object]) -> tuple[str | None, int]:
        """Insert or replace a photo's row; its earlier content hash, and its id."""
        place = dict(zip(("path", "folder", "root"), _place(photo), strict=True))
        state = {"size": photo.size, "mtime_ns": photo.mtime_ns, "fingerprint": run.fingerprint}
        state |= {"detection": self._info.detection}
        values = {**place, **state, "run_id": run.id, "scanned_at": now(), **facts}
        found = self._photo(photo.path)
        if not found:
            return None, self._catalog.insert("photos", values)
        self._catalog.update("photos", found[0], values)
        return found[1], found[0]

    def _put_faces(self, run: _Run, photo_id: int, faces: Sequence[Face], *, keep_corrected: bool) -> list[int]:
        """Insert or replace a photo's faces; their ids, in order."""
        rows = self._catalog.fetch("SELECT id, x1, y1, x2, y2, 1 FROM faces WHERE photo_id = ?", [photo_id]).fetchall()
        before = [FaceBox(*box) for _, *box in rows]
        same = same_faces([face.box for face in faces], before, _SAME_FACE)
        face_ids = []
        for index, face in enumerate(faces):
            values = _face_values(run, photo_id, face)
            if index in same:
                face_ids.append(rows[same[index]][0])
                self._catalog.update("faces", face_ids[-1], values)
            else:
                face_ids.append(self._catalog.insert("faces", values))
        unless = " AND correction_id IS NULL" if keep_corrected else ""
        for key in {row[0] for row in rows} - {*face_ids}:
            self._catalog.fetch(f"DELETE FROM faces WHERE id = ?{unless}", [key])  # noqa: S608
        return face_ids

    def _count(self, run: _Run, **numbers: int) -> None:
        changes = ", ".join(f"{name} = {name} + {number}" for name, number in numbers.items())
        self._catalog.fetch(f"UPDATE runs SET {changes} WHERE id = ?", [run.id])  # noqa: S608


_DIGITS = {column.name: column.digits for column in FACES}


def _face_values(run: _Run, photo_id: int, face: Face) -> Row:
    box = face.box
    values = {"x1": box.x1, "y1": box.y1, "x2": box.x2, "y2": box.y2, "detector_score": box.score}
    values |= asdict(face.prediction)
    return {
        **{name: _rounded(value, _DIGITS[name]) for name, value in values.items()},
        "landmarks": json.dumps([[round(x, 1), round(y, 1)] for x, y in box.landmarks]),
        "photo_id": photo_id,
        "detector_id": run.detector_id,
        "model_id": run.model_id,
    }


def _rounded(value: object, digits: int | None) -> object:
    return round(value, digits) if isinstance(value, float) and digits is not None else value


def _place(photo: Photo) -> tuple[str | bytes, str | bytes, str | bytes]:
    return stored(photo.path), stored(os.path.dirname(photo.path)), stored(photo.root)
