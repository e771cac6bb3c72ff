"""The catalog's tables, made from ``columns``, as numbered migrations. A migration that was released is never edited.

Tables: ``photos`` (one row a file), ``faces`` (one row a face), ``corrections`` (what a person said of
a face; the latest row of a face wins), ``models`` and ``runs``. The view ``tags`` has one row a face
and leaves out what a person marked as not a face. ``photos.path``, ``folder`` and ``root`` hold text; a name
that is not UTF-8 is stored exactly, as a blob.
"""

from collections.abc import Sequence

from photogender.catalog.columns import (
    CORRECTIONS,
    CORRECTIONS_CHECKS,
    FACES,
    FACES_CHECKS,
    MODELS,
    PHOTOS,
    PHOTOS_CHECKS,
    ROOTS,
    RUNS,
    TAGS,
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
    _table("photos", PHOTOS, *_checks(PHOTOS_CHECKS), key=_NEVER_REUSED),
    "CREATE INDEX photos_folder ON photos(folder, path, size, mtime_ns, fingerprint, skipped_stage, detection)",
    "CREATE INDEX photos_size ON photos(size)",
    "CREATE INDEX photos_taken ON photos(taken)",
    "CREATE INDEX photos_run ON photos(run_id)",
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
    # LEFT JOIN models: SQLite then skips the join if a query asks for neither of its columns.
    f"""
    CREATE VIEW tags AS
    SELECT {", ".join(f"{column.source} AS {column.name}" for column in TAGS)}
    FROM faces
    JOIN photos ON photos.id = faces.photo_id
    LEFT JOIN models AS detectors ON detectors.id = faces.detector_id
    LEFT JOIN models ON models.id = faces.model_id
    LEFT JOIN corrections ON corrections.id = faces.correction_id
    WHERE photos.skipped_stage IS NULL AND NOT coalesce(corrections.not_a_face, 0)
    """,  # noqa: S608
)

MIGRATIONS: dict[str, tuple[str, ...]] = {"m001_catalog": _CATALOG}
"""The statements of each migration by its name, oldest first; ``migrations`` applies them."""
