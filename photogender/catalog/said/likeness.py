"""The file of likeness beside a catalog: face descriptors, groups of them, and what a person said of the groups.

It exists only if a person asked for it. Deleting it is enough to be rid of everything in it; names are in the catalog.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite.connection import Connection, connect
from photogender.errors import CatalogError, NotFoundError
from photogender.records import FaceBox

_APPLICATION_ID = 0x50474C4B
"""The letters PGLK."""

_VERSION = 1

_TABLES = (
    "CREATE TABLE model (name TEXT NOT NULL, fingerprint TEXT NOT NULL, near REAL NOT NULL)",
    # made_of: the content of the photo and the place of the face, so that another catalog's faces are not mistaken.
    # descriptor: float16; empty if the face is too small or blurred, or its photo cannot be read.
    "CREATE TABLE descriptors (face_id INTEGER PRIMARY KEY, made_of TEXT NOT NULL, descriptor BLOB)",
    "CREATE TABLE members (face_id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL, ignored INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX members_group ON members(group_id)",
    # Statements: the faces of the two sides are two people; a face is not a person.
    "CREATE TABLE apart (statement INTEGER NOT NULL, side INTEGER NOT NULL, face_id INTEGER NOT NULL)",
    "CREATE TABLE not_names (face_id INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (face_id, name))",
)

_MADE_OF = "substr(photos.content_hash, 1, 16) || ' ' || faces.x1 || ' ' || faces.y1"

_FACES = f"""
SELECT faces.id, faces.photo_id, faces.age, said.name, {_MADE_OF}
FROM faces
JOIN pictures AS photos ON photos.id = faces.photo_id
LEFT JOIN corrections AS said ON said.id = faces.correction_id
WHERE photos.content_hash IS NOT NULL AND NOT coalesce(said.not_a_face, 0)
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Described:
    """A face of the catalog that has a descriptor."""

    face_id: int
    photo_id: int
    age: float
    """Estimated, in years."""
    name: str | None
    descriptor: bytes
    """float16, as many as the model gives."""
    group_id: int | None
    """None: not grouped yet."""
    ignored: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo with faces that have no descriptor yet."""

    path: str
    root: str
    size: int
    mtime_ns: int
    ctime_ns: int
    content_hash: str
    orientation: int
    """EXIF orientation with which it was scanned."""
    faces: tuple[tuple[int, str, FaceBox], ...]
    """The id of each, what its descriptor is made of, and its box in pixels of the upright full-size photo."""


def likeness_path(catalog: Path) -> Path:
    """The file of likeness of the catalog at this path: ``catalog.likeness.db`` beside ``catalog.db``."""
    return catalog.with_name(f"{catalog.stem}.likeness.db")


def remove_likeness(catalog: Path) -> bool:
    """Delete the file of likeness; whether there was one.

    Raises:
        CatalogError: It cannot be deleted.
    """
    path = likeness_path(catalog)
    existed = path.exists()
    try:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.remove(f"{path}{end}")
    except OSError as error:
        raise CatalogError(f"{path} cannot be deleted: {error.strerror or error}.") from error
    return existed


class Likeness:
    """The open file of likeness of a catalog. Use it as a context manager; every write is one transaction."""

    def __init__(self, catalog: Catalog, *, create: bool = False) -> None:
        """Open the file beside the catalog.

        Raises:
            NotFoundError: There is none (unless ``create``).
            CatalogError: It is of another program or version, or cannot be opened.
        """
        self.catalog, self.path = catalog, likeness_path(catalog.path)
        if not create and not self.path.is_file():
            raise NotFoundError(
                f"Faces were not grouped yet: there is no {self.path}.", "Group them with: photogender people group"
            )
        self._connection = connect(self.path, os.fspath(self.path))
        try:
            self._set_up()
            self._connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> "Likeness":
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    @property
    def connection(self) -> Connection:
        """To the file, for the modules that write."""
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written, or nothing is."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def model(self) -> str | None:
        """The name of the model that made the descriptors; None: there are none yet."""
        row = self._connection.execute("SELECT name FROM model").fetchone()
        return row and str(row[0])

    def use_model(self, name: str, fingerprint: str, near: float) -> None:
        """Record which model makes the descriptors, and how; other ones are removed, groups and statements stay."""
        with self.transaction():
            found = self._connection.execute("SELECT fingerprint FROM model").fetchone()
            if found != (fingerprint,):
                self._connection.execute("DELETE FROM descriptors")
            self._connection.execute("DELETE FROM model")
            self._connection.execute("INSERT INTO model VALUES (?, ?, ?)", [name, fingerprint, near])

    def tidy(self) -> None:
        """Remove what belongs to faces that the catalog does not have any more."""
        current = {face: made_of for face, *_, made_of in self.catalog.fetch(_FACES)}
        with self.transaction():
            rows = self._connection.execute("SELECT face_id, made_of FROM descriptors").fetchall()
            self.remove_faces([face for face, made_of in rows if current.get(face) != made_of])

    def remove_faces(self, face_ids: Iterable[int]) -> None:
        """Remove all that is stored of some faces, inside a transaction."""
        ids = [(face,) for face in face_ids]
        for table in ("descriptors", "members", "apart", "not_names"):
            self._connection.executemany(f"DELETE FROM {table} WHERE face_id = ?", ids)  # noqa: S608

    def forget(self, face_ids: Iterable[int], name: str | None = None) -> None:
        """Remove all that is stored of some faces, and of a name."""
        with self.transaction():
            self.remove_faces(face_ids)
            if name:
                self._connection.execute("DELETE FROM not_names WHERE name = ?", [name])

    def rename(self, name: str, new: str) -> None:
        """Faces that are not the person ``name`` are not ``new`` from now on."""
        with self.transaction():
            self._connection.execute("UPDATE OR REPLACE not_names SET name = ? WHERE name = ?", [new, name])

    def rewritten(self, photo_id: int, content_hash: str) -> None:
        """The file of a photo has another content now, of the same pixels: what is stored of its faces stays."""
        faces = self.catalog.fetch("SELECT id FROM faces WHERE photo_id = ?", [photo_id]).fetchall()
        with self.transaction():
            self._connection.executemany(
                "UPDATE descriptors SET made_of = substr(?, 1, 16) || substr(made_of, 17) WHERE face_id = ?",
                [(content_hash, face) for (face,) in faces],
            )

    def wanted(self) -> list[Wanted]:
        """Photos with faces that have no descriptor, by path."""
        done = {face for (face,) in self._connection.execute("SELECT face_id FROM descriptors")}
        sql = (
            f"SELECT faces.id, {_MADE_OF}, x1, y1, x2, y2, detector_score, landmarks, "  # noqa: S608
            "photos.path, photos.root, photos.size, photos.mtime_ns, photos.ctime_ns, photos.content_hash, "
            "coalesce(photos.orientation, 1) "
            "FROM faces JOIN pictures AS photos ON photos.id = faces.photo_id "
            "LEFT JOIN corrections AS said ON said.id = faces.correction_id "
            "WHERE photos.path IS NOT NULL AND photos.content_hash IS NOT NULL AND NOT coalesce(said.not_a_face, 0) "
            "ORDER BY photos.path, faces.id"
        )
        photos: dict[tuple[str, str, int, int, int, str, int], list[tuple[int, str, FaceBox]]] = {}
        for face, made_of, *cells in self.catalog.fetch(sql):
            if face not in done:
                path, root, *facts = cells[6:]
                photo = (self.catalog.as_path(path), self.catalog.as_path(root), *facts)
                photos.setdefault(photo, []).append((face, made_of, self.catalog.as_box(*cells[:6])))
        return [Wanted(*photo, faces=tuple(faces)) for photo, faces in photos.items()]

    def store(self, rows: Sequence[tuple[int, str, bytes | None]]) -> None:
        """Store descriptors, as face id, what it is made of, float16 or None; in one transaction."""
        with self.transaction():
            self._connection.executemany("INSERT OR REPLACE INTO descriptors VALUES (?, ?, ?)", rows)

    def faces(self) -> list[Described]:
        """The faces of the catalog that have a descriptor: those of groups first, then new ones, each by id."""
        stored = {
            face: (descriptor, made_of, group, bool(ignored))
            for face, made_of, descriptor, group, ignored in self._connection.execute(
                "SELECT face_id, made_of, descriptor, group_id, ignored FROM descriptors LEFT JOIN members "
                "USING (face_id) WHERE descriptor IS NOT NULL"
            )
        }
        found = []
        for face, photo, age, name, made_of in self.catalog.fetch(f"{_FACES} ORDER BY faces.id"):
            if face in stored and stored[face][1] == made_of:
                descriptor, _, group, ignored = stored[face]
                found.append(Described(face, photo, age, name, descriptor, group, ignored))
        return sorted(found, key=lambda face: (face.group_id is None, face.face_id))

    def put_groups(self, groups: Mapping[int, int], ignored: Iterable[int]) -> None:
        """Replace all groups: the group of each face, by id, and the faces that are ignored."""
        hidden = set(ignored)
        with self.transaction():
            self._connection.execute("DELETE FROM members")
            rows = ((face, group, face in hidden) for face, group in groups.items())
            self._connection.executemany("INSERT INTO members VALUES (?, ?, ?)", rows)

    def statements(self) -> tuple[dict[int, set[int]], dict[int, set[str]]]:
        """Of faces, by id: the marks of sides (see ``people.grouping.Known.apart``), and whom they are not."""
        apart: dict[int, set[int]] = {}
        for statement, side, face in self._connection.execute("SELECT statement, side, face_id FROM apart"):
            apart.setdefault(face, set()).add(2 * statement + side)
        not_names: dict[int, set[str]] = {}
        for face, name in self._connection.execute("SELECT face_id, name FROM not_names"):
            not_names.setdefault(face, set()).add(name)
        return apart, not_names

    def damaged(self) -> CatalogError:
        """The error for a file that holds what it cannot hold."""
        return CatalogError(
            f"{self.path} is damaged, or not a file of this version of photogender.",
            "Delete it or move it away, then group again: photogender people group",
        )

    def _set_up(self) -> None:
        try:
            (application,) = self._connection.execute("PRAGMA application_id").fetchone()
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except CatalogError as error:
            raise self.damaged() from error
        if (application, version) != (_APPLICATION_ID, _VERSION) and (tables or application):
            raise self.damaged()
        if not tables:
            with self.transaction():
                for statement in _TABLES:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version = {_VERSION}")
            os.chmod(self.path, 0o600)
