"""The catalog's tables, made from ``columns``, as numbered migrations. A migration that was released is never edited.

Tables: ``pictures`` (one row a content, see docs/identity.md), ``places`` (one row a file with such content),
``folders`` (those that were listed), ``thumbnails``, ``faces`` (one row a face of a picture), ``corrections`` (what a
person said of a face; the latest row of a face wins), ``models`` and ``runs``. The view ``photos`` has the pictures
that have a path; ``tags`` has one row a face of those and leaves out what a person marked as not a face. ``path``,
``folder`` and ``root`` hold text; a name that is not UTF-8 is stored exactly, as a blob.
"""

from collections.abc import Sequence

from photogender.catalog.columns import (
    CORRECTIONS,
    CORRECTIONS_CHECKS,
    FACES,
    FACES_CHECKS,
    FOLDERS,
    MODELS,
    PHOTOS,
    PICTURES,
    PICTURES_CHECKS,
    PLACES,
    ROOTS,
    RUNS,
    TAGS,
    THUMBNAILS,
    Column,
)

APPLICATION_ID = 0x50474E44
"""``PRAGMA application_id`` of every catalog: the letters PGND."""

UNRELEASED = "m001_tables"
"""The first migration of catalogs made before the first release, whose tables were others."""

MIGRATION_SET = "photogender"
"""The name of our migrations in sqlite-utils' table ``_sqlite_migrations``."""


def _table(name: str, columns: Sequence[Column], *constraints: str, key: str = "INTEGER PRIMARY KEY") -> str:
    lines = [f"id {key}"]
    for column in columns:
        check = f"CHECK ({column.name} {column.check})" if column.check else ""
        lines.append(" ".join(filter(None, (column.name, column.type, column.more, check))))
    return f"CREATE TABLE {name} ({', '.join([*lines, *constraints])})"


def _checks(checks: Sequence[str]) -> list[str]:
    return [f"CHECK ({check})" for check in checks]


_NEVER_REUSED = "INTEGER PRIMARY KEY AUTOINCREMENT"

_CATALOG = (
    _table("models", MODELS, "UNIQUE (name, sha256)"),
    _table("runs", RUNS),
    _table("roots", ROOTS),
    _table("pictures", PICTURES, *_checks(PICTURES_CHECKS), key=_NEVER_REUSED),
    "CREATE INDEX pictures_folder ON pictures(folder, path)",
    "CREATE INDEX pictures_size ON pictures(size)",
    "CREATE INDEX pictures_taken ON pictures(taken)",
    "CREATE INDEX pictures_run ON pictures(run_id)",
    "CREATE INDEX pictures_replaced ON pictures(replaced_by) WHERE replaced_by IS NOT NULL",
    f"CREATE VIEW photos AS SELECT id, {', '.join(column.name for column in PHOTOS)} FROM pictures "  # noqa: S608
    "WHERE path IS NOT NULL",
    _table("places", PLACES),
    "CREATE INDEX places_folder ON places(folder, path, size, mtime_ns, ctime_ns, photo_id)",
    "CREATE INDEX places_photo ON places(photo_id)",
    _table("folders", FOLDERS),
    _table("thumbnails", THUMBNAILS),
    _table("faces", FACES, *_checks(FACES_CHECKS), key=_NEVER_REUSED),
    "CREATE INDEX faces_photo ON faces(photo_id)",
    "CREATE INDEX faces_age ON faces(age)",
    "CREATE INDEX faces_gender ON faces(gender)",
    _table("corrections", CORRECTIONS, *_checks(CORRECTIONS_CHECKS), key=_NEVER_REUSED),
    "CREATE INDEX corrections_face ON corrections(face_id, id)",
    "CREATE INDEX corrections_name ON corrections(name) WHERE name IS NOT NULL",
    # Each face knows its latest correction, so that ``tags`` need not search for it.
    """
    CREATE TRIGGER corrections_made AFTER INSERT ON corrections BEGIN
        UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = new.face_id)
        WHERE id = new.face_id;
    END
    """,
    """
    CREATE TRIGGER corrections_taken_back AFTER DELETE ON corrections BEGIN
        UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = old.face_id)
        WHERE id = old.face_id;
    END
    """,
    """
    CREATE TRIGGER corrections_followed AFTER UPDATE OF face_id ON corrections BEGIN
        UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = faces.id)
        WHERE id IN (old.face_id, new.face_id);
    END
    """,
    # LEFT JOIN models: SQLite then skips the join if a query asks for neither of its columns.
    f"""
    CREATE VIEW tags AS
    SELECT {", ".join(f"{column.source} AS {column.name}" for column in TAGS)}
    FROM faces
    JOIN pictures AS photos ON photos.id = faces.photo_id
    LEFT JOIN models AS detectors ON detectors.id = faces.detector_id
    LEFT JOIN models ON models.id = faces.model_id
    LEFT JOIN corrections ON corrections.id = faces.correction_id
    WHERE photos.path IS NOT NULL AND photos.skipped_stage IS NULL AND NOT coalesce(corrections.not_a_face, 0)
    """,  # noqa: S608
)

MIGRATIONS: dict[str, tuple[str, ...]] = {"m001_catalog": _CATALOG}
"""The statements of each migration by its name, oldest first; ``migrations`` applies them."""
