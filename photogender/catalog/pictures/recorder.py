"""What one scan reads from the catalog and writes to it, a window of outcomes at a time."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

from photogender.catalog.catalog import Catalog, Row, now
from photogender.catalog.pictures.edits import replace
from photogender.catalog.pictures.orientation import TO_STORED, in_other_orientation
from photogender.catalog.pictures.places import choose_path, put_place
from photogender.catalog.pictures.tallies import LOT, tally
from photogender.catalog.sqlite.database import stored
from photogender.catalog.sqlite.tables import FACES
from photogender.labels import BY_HAND
from photogender.records import (
    Copied,
    Face,
    FaceBox,
    Moved,
    Outcome,
    Photo,
    PhotoFacts,
    Skipped,
    Tagged,
    Touched,
    same_faces,
)

SAME_FACE = 0.4
"""Least intersection over union at which a face found again keeps its row, id and corrections."""

_AS_DRAWN = 0.999
"""The same at which its box is the one that a person drew: corners are stored to a tenth of a pixel."""

_IS_DRAWN = f"EXISTS (SELECT 1 FROM models WHERE models.id = detector_id AND name = '{BY_HAND}')"  # noqa: S608


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
    detection: str
    detector_id: int
    model_id: int


class Recorder:
    """The catalog's side of one scan. Its row in ``runs`` is written with the first outcomes."""

    def __init__(self, catalog: Catalog, info: ScanInfo) -> None:
        self._catalog = catalog
        self._info = info
        self._run: _Run | None = None
        self._untallied = 0

    def save(self, outcomes: Iterable[Outcome]) -> list[list[int]]:
        """Write one window's outcomes, all or none; the ids of the faces of each.

        A picture is known by its content, wherever its file is. If it is examined again, its row keeps its id, a
        face that is found again keeps its id and corrections, and a corrected face that is not found again stays.
        A picture whose place another one takes keeps its faces and corrections (see ``edits``). A file that could
        not be *read* leaves everything as it is.

        Raises:
            CatalogError: The catalog cannot be written (disk full, locked, read-only); nothing of the window was.
        """
        with self._catalog.transaction(people=False):  # but at the end of the scan
            run = self._run or self._begin()
            counts: Counter[str] = Counter()
            face_ids = [self._save(run, outcome, counts) for outcome in outcomes]
            changes = ", ".join(f"{name} = {name} + {number}" for name, number in counts.items() if number)
            if changes:
                self._catalog.fetch(f"UPDATE runs SET {changes} WHERE id = ?", [run.id])  # noqa: S608
            self._untallied += counts["faces"]
            if self._untallied >= LOT:
                tally(self._catalog)
                self._untallied = 0
        self._run = run
        return face_ids

    def end(self, ended: Literal["complete", "incomplete", "interrupted"]) -> None:
        """Record when and how the scan ended, if it wrote anything."""
        if self._run:
            with self._catalog.transaction():
                self._catalog.update("runs", self._run.id, {"ended_at": now(), "ended": ended})
                tally(self._catalog)
                if ended != "interrupted":
                    highest = "UPDATE runs SET last_picture = (SELECT max(id) FROM pictures) WHERE id = ?"
                    self._catalog.fetch(highest, [self._run.id])

    def _begin(self) -> "_Run":
        info = self._info
        detector, model = model_id(self._catalog, info.detector), model_id(self._catalog, info.model)
        values: Row = {
            "started_at": now(),
            "roots": json.dumps(info.roots),
            "version": info.version,
            "device": info.device,
            "settings": json.dumps(info.settings),
            "fingerprint": info.fingerprint,
            "detector_id": detector,
            "model_id": model,
        }
        run_id = self._catalog.insert("runs", values)
        return _Run(run_id, info.fingerprint, info.detection, detector, model)

    def _save(self, run: _Run, outcome: Outcome, counts: Counter[str]) -> list[int]:
        match outcome:
            case Tagged():
                counts.update(tagged=1, faces=len(outcome.faces))
                return self._save_tagged(run, outcome)
            case Skipped():
                counts["skipped"] += self._save_skipped(run, outcome)
            case Moved() | Copied() | Touched():
                if self._save_known(outcome):
                    counts.update(moved=isinstance(outcome, Moved), copies=isinstance(outcome, Copied))
        return []

    def _save_tagged(self, run: _Run, tagged: Tagged) -> list[int]:
        facts = asdict(tagged.facts) | {"skipped_stage": None, "skipped_reason": None}
        photo_id = self._picture(tagged.facts.content_hash)
        is_new = photo_id is None
        if photo_id is None:
            photo_id = self._insert(run, tagged.photo, facts)
        else:
            self._turn_faces(photo_id, tagged.facts)
            self._catalog.update("pictures", photo_id, {**_scanned(run), **facts})
            self._catalog.fetch("UPDATE pictures SET compared_with = NULL WHERE replaced_by = ?", [photo_id])
        self._put(tagged.photo, photo_id, is_new=is_new)
        if tagged.thumbnail is not None:
            self._catalog.fetch(
                "INSERT OR REPLACE INTO thumbnails (photo_id, pixels) VALUES (?, ?)", [photo_id, tagged.thumbnail]
            )
        return self._put_faces(run, photo_id, tagged.faces)

    def _turn_faces(self, photo_id: int, facts: PhotoFacts) -> None:
        """Put the known faces of a picture that its sidecar turned since to their places in the turned one."""
        sql = "SELECT width, height, orientation FROM pictures WHERE id = ?"
        width, height, before = self._catalog.fetch(sql, [photo_id]).fetchone()
        if not (width and height and before in TO_STORED and facts.orientation) or before == facts.orientation:
            return
        sql = "SELECT id, x1, y1, x2, y2, detector_score, landmarks FROM faces WHERE photo_id = ?"
        for face_id, *cells in self._catalog.fetch(sql, [photo_id]).fetchall():
            box = in_other_orientation(self._catalog.as_box(*cells), (width, height), before, facts.orientation)
            self._catalog.update("faces", face_id, _box_values(box))

    def _save_known(self, outcome: Moved | Copied | Touched) -> bool:
        """Only the place is new; False: the picture was removed meanwhile, and nothing is recorded."""
        photo_id = self._picture(outcome.content_hash)
        if photo_id is not None:
            self._put(outcome.photo, photo_id, is_new=False)
        return photo_id is not None

    def _save_skipped(self, run: _Run, skipped: Skipped) -> bool:
        """Whether anything was recorded."""
        photo = skipped.photo
        held = self._catalog.fetch(
            "SELECT photo_id, content_hash, (places.size, places.mtime_ns, places.ctime_ns) = (?, ?, ?) "
            "FROM places JOIN pictures ON pictures.id = photo_id WHERE places.path = ?",
            [photo.size, photo.mtime_ns, photo.ctime_ns, stored(photo.path)],
        ).fetchone()
        if skipped.stage == "gone" or (skipped.stage == "read" and held):
            return False  # what is known of it stays: a gone file is for prune, an unreadable one for the next scan
        reason = {"skipped_stage": skipped.stage, "skipped_reason": skipped.reason}
        photo_id, content_hash, is_unchanged = held or (None, None, False)
        if photo_id is not None and (is_unchanged or content_hash is None):
            self._catalog.update("pictures", photo_id, {**_scanned(run), **reason})
            self._put(photo, photo_id, is_new=False)
        else:
            # Perhaps a half-copied file: the picture that was here keeps its faces, and waits for a whole one.
            self._put(photo, self._insert(run, photo, reason), is_new=True)
        return True

    def _picture(self, content_hash: str) -> int | None:
        row = self._catalog.fetch("SELECT id FROM pictures WHERE content_hash = ?", [content_hash]).fetchone()
        return row[0] if row else None

    def _insert(self, run: _Run, photo: Photo, values: Mapping[str, object]) -> int:
        """A new picture; its place is still to be put."""
        path = stored(photo.path)
        file = {"size": photo.size, "mtime_ns": photo.mtime_ns, "ctime_ns": photo.ctime_ns}
        where = {"former_path": path, "folder": stored(os.path.dirname(photo.path)), "root": stored(photo.root)}
        return self._catalog.insert("pictures", {**where, **file, **_scanned(run), **values})

    def _put(self, photo: Photo, photo_id: int, *, is_new: bool) -> None:
        """Record that a file holds a picture."""
        other = put_place(self._catalog, photo, photo_id)
        if other is not None:
            replace(self._catalog, other, photo_id, is_new=is_new)
        choose_path(self._catalog, photo_id)

    def _put_faces(self, run: _Run, photo_id: int, faces: Sequence[Face]) -> list[int]:
        """Insert or replace a photo's faces; their ids, in order."""
        sql = f"SELECT id, {_IS_DRAWN}, x1, y1, x2, y2, 1 FROM faces WHERE photo_id = ?"  # noqa: S608
        rows = self._catalog.fetch(sql, [photo_id]).fetchall()
        before = [FaceBox(*box) for _, _, *box in rows]
        same = same_faces([face.box for face in faces], before, SAME_FACE)
        face_ids = []
        for index, face in enumerate(faces):
            values: Row = {**face_values(face), "photo_id": photo_id, "model_id": run.model_id}
            values |= {"detector_id": run.detector_id}
            if index in same:
                key, is_drawn, *_ = rows[same[index]]
                if is_drawn and face.box.iou(before[same[index]]) > _AS_DRAWN:  # it was not found, only estimated anew
                    del values["detector_id"]
                face_ids.append(key)
                self._catalog.update("faces", key, values)
            else:
                face_ids.append(self._catalog.insert("faces", values))
        for key in {row[0] for row in rows} - {*face_ids}:
            self._catalog.fetch("DELETE FROM faces WHERE id = ? AND correction_id IS NULL", [key])
        return face_ids


_DIGITS = {column.name: column.digits for column in FACES}


def model_id(catalog: Catalog, model: ModelInfo) -> int:
    """The row of a model in ``models``, which is made if it is not there."""
    known = [model.name, model.sha256]
    found = catalog.fetch("SELECT id FROM models WHERE name = ? AND sha256 = ?", known).fetchone()
    return found[0] if found else catalog.insert("models", asdict(model))


def face_values(face: Face) -> Row:
    """The cells of a face: box, landmarks and estimates, as they are stored."""
    return {**_box_values(face.box), **_rounded(asdict(face.prediction))}


def _box_values(box: FaceBox) -> Row:
    values = {"x1": box.x1, "y1": box.y1, "x2": box.x2, "y2": box.y2, "detector_score": box.score}
    landmarks = json.dumps([[round(x, 1), round(y, 1)] for x, y in box.landmarks])
    return _rounded(values) | {"landmarks": landmarks, "turn": box.turn}


def _rounded(values: Mapping[str, object]) -> Row:
    def short(name: str, value: object) -> object:
        digits = _DIGITS[name]
        return round(value, digits) if isinstance(value, float) and digits is not None else value

    return {name: short(name, value) for name, value in values.items()}


def _scanned(run: _Run) -> Row:
    return {"fingerprint": run.fingerprint, "detection": run.detection, "run_id": run.id, "scanned_at": now()}
