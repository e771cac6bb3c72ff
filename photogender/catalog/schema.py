"""The catalog's tables, as numbered migrations. A migration that was released is never edited.

Tables: ``photos`` (one row a file), ``faces`` (one row a face), ``corrections`` (what a person said of
a face; the latest row of a face wins), ``models`` and ``runs``. The view ``tags`` is one row a face
with everything a person asks for; what a person said is no face is not in it. ``photos.path``,
``folder`` and ``root`` hold text; a name that is not UTF-8 is stored exactly, as a blob.
"""

APPLICATION_ID = 0x50474E44
"""``PRAGMA application_id`` of every catalog: the letters PGND."""

MIGRATION_SET = "photogender"
"""The name of our migrations in sqlite-utils' table ``_sqlite_migrations``."""

_TABLES = """
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    task TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    title TEXT NOT NULL,
    licence TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (name, sha256)
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    ended TEXT,
    roots TEXT NOT NULL,
    version TEXT NOT NULL,
    device TEXT NOT NULL,
    settings TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    detector_id INTEGER NOT NULL REFERENCES models(id),
    model_id INTEGER NOT NULL REFERENCES models(id),
    tagged INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    moved INTEGER NOT NULL DEFAULT 0,
    faces INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    root TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs(id),
    scanned_at TEXT NOT NULL,
    content_hash TEXT,
    format TEXT,
    width INTEGER,
    height INTEGER,
    taken TEXT,
    camera TEXT,
    skipped_stage TEXT,
    skipped_reason TEXT
);
CREATE INDEX photos_folder ON photos(folder, path, size, mtime_ns, fingerprint, skipped_stage);
CREATE INDEX photos_size ON photos(size);
CREATE INDEX photos_taken ON photos(taken);
CREATE INDEX photos_run ON photos(run_id);
CREATE TABLE faces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id INTEGER NOT NULL REFERENCES photos(id) ON DELETE CASCADE,
    x1 REAL NOT NULL,
    y1 REAL NOT NULL,
    x2 REAL NOT NULL,
    y2 REAL NOT NULL,
    detector_score REAL NOT NULL,
    landmarks TEXT NOT NULL,
    gender TEXT NOT NULL,
    gender_confidence REAL NOT NULL,
    age REAL NOT NULL,
    age_group TEXT NOT NULL,
    age_confidence REAL NOT NULL,
    detector_id INTEGER NOT NULL REFERENCES models(id),
    model_id INTEGER NOT NULL REFERENCES models(id)
);
CREATE INDEX faces_photo ON faces(photo_id);
CREATE INDEX faces_age ON faces(age);
CREATE INDEX faces_gender ON faces(gender);
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    face_id INTEGER NOT NULL REFERENCES faces(id) ON DELETE CASCADE,
    gender TEXT,
    age REAL,
    age_group TEXT,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX corrections_face ON corrections(face_id, id);
CREATE VIEW tags AS
SELECT
    photos.path AS path,
    faces.id AS face_id,
    faces.x1 AS x1,
    faces.y1 AS y1,
    faces.x2 AS x2,
    faces.y2 AS y2,
    coalesce(corrections.gender, faces.gender) AS gender,
    CASE WHEN corrections.gender IS NULL THEN faces.gender_confidence ELSE 1.0 END AS gender_confidence,
    coalesce(corrections.age, faces.age) AS age,
    coalesce(corrections.age_group, faces.age_group) AS age_group,
    CASE WHEN corrections.age IS NULL THEN faces.age_confidence ELSE 1.0 END AS age_confidence,
    corrections.id IS NOT NULL AS reviewed,
    faces.detector_score AS detector_score,
    detectors.name AS detector,
    models.name AS model,
    photos.taken AS taken,
    photos.camera AS camera,
    photos.width AS width,
    photos.height AS height,
    photos.folder AS folder,
    photos.id AS photo_id
FROM faces
JOIN photos ON photos.id = faces.photo_id
JOIN models AS detectors ON detectors.id = faces.detector_id
JOIN models ON models.id = faces.model_id
LEFT JOIN corrections ON corrections.id = (
    SELECT max(latest.id) FROM corrections AS latest WHERE latest.face_id = faces.id
)
WHERE photos.skipped_stage IS NULL
"""

_NAMES = """
DROP VIEW tags;
ALTER TABLE corrections ADD COLUMN name TEXT;
ALTER TABLE corrections ADD COLUMN not_a_face INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photos ADD COLUMN detection TEXT;
ALTER TABLE faces ADD COLUMN age_certainty REAL;
UPDATE faces SET age_certainty = age_confidence;
ALTER TABLE faces DROP COLUMN age_confidence;
ALTER TABLE faces RENAME COLUMN age_certainty TO age_confidence;
DROP INDEX photos_folder;
CREATE INDEX photos_folder ON photos(folder, path, size, mtime_ns, fingerprint, skipped_stage, detection);
CREATE INDEX corrections_name ON corrections(name) WHERE name IS NOT NULL;
CREATE VIEW tags AS
SELECT
    photos.path AS path,
    faces.id AS face_id,
    faces.x1 AS x1,
    faces.y1 AS y1,
    faces.x2 AS x2,
    faces.y2 AS y2,
    coalesce(corrections.gender, faces.gender) AS gender,
    CASE WHEN corrections.gender IS NULL THEN faces.gender_confidence ELSE 1.0 END AS gender_confidence,
    coalesce(corrections.age, faces.age) AS age,
    coalesce(corrections.age_group, faces.age_group) AS age_group,
    CASE WHEN corrections.age IS NULL THEN faces.age_confidence ELSE 1.0 END AS age_confidence,
    corrections.gender IS NOT NULL OR corrections.age IS NOT NULL AS reviewed,
    corrections.name AS name,
    faces.detector_score AS detector_score,
    detectors.name AS detector,
    models.name AS model,
    photos.taken AS taken,
    photos.camera AS camera,
    photos.width AS width,
    photos.height AS height,
    photos.folder AS folder,
    photos.id AS photo_id
FROM faces
JOIN photos ON photos.id = faces.photo_id
JOIN models AS detectors ON detectors.id = faces.detector_id
JOIN models ON models.id = faces.model_id
LEFT JOIN corrections ON corrections.id = (
    SELECT max(latest.id) FROM corrections AS latest WHERE latest.face_id = faces.id
)
WHERE photos.skipped_stage IS NULL
    AND NOT coalesce(corrections.not_a_face, 0)
"""

_INTERVALS = """
DROP VIEW tags;
ALTER TABLE faces ADD COLUMN age_low REAL;
ALTER TABLE faces ADD COLUMN age_high REAL;
CREATE VIEW tags AS
SELECT
    photos.path AS path,
    faces.id AS face_id,
    faces.x1 AS x1,
    faces.y1 AS y1,
    faces.x2 AS x2,
    faces.y2 AS y2,
    coalesce(corrections.gender, faces.gender) AS gender,
    CASE WHEN corrections.gender IS NULL THEN faces.gender_confidence ELSE 1.0 END AS gender_confidence,
    coalesce(corrections.age, faces.age) AS age,
    coalesce(corrections.age_group, faces.age_group) AS age_group,
    CASE WHEN corrections.age IS NULL THEN faces.age_confidence ELSE 1.0 END AS age_confidence,
    CASE WHEN corrections.age IS NULL THEN faces.age_low ELSE corrections.age END AS age_low,
    CASE WHEN corrections.age IS NULL THEN faces.age_high ELSE corrections.age END AS age_high,
    corrections.gender IS NOT NULL OR corrections.age IS NOT NULL AS reviewed,
    corrections.name AS name,
    faces.detector_score AS detector_score,
    detectors.name AS detector,
    models.name AS model,
    photos.taken AS taken,
    photos.camera AS camera,
    photos.width AS width,
    photos.height AS height,
    photos.folder AS folder,
    photos.id AS photo_id
FROM faces
JOIN photos ON photos.id = faces.photo_id
JOIN models AS detectors ON detectors.id = faces.detector_id
JOIN models ON models.id = faces.model_id
LEFT JOIN corrections ON corrections.id = (
    SELECT max(latest.id) FROM corrections AS latest WHERE latest.face_id = faces.id
)
WHERE photos.skipped_stage IS NULL
    AND NOT coalesce(corrections.not_a_face, 0)
"""

_OF_ALL = """corrections.id = (
    SELECT max(latest.id) FROM corrections AS latest WHERE latest.face_id = faces.id
)"""

_LATEST = (
    "ALTER TABLE faces ADD COLUMN correction_id INTEGER",
    "UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = faces.id)",
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
    "DROP VIEW tags",
    # As it was, but for how the correction is found; what is joined by LEFT JOIN is not looked up where nobody asks.
    _INTERVALS[_INTERVALS.index("CREATE VIEW") :]
    .replace(_OF_ALL, "corrections.id = faces.correction_id")
    .replace("JOIN models", "LEFT JOIN models"),
)

MIGRATIONS: dict[str, tuple[str, ...]] = {
    "m001_tables": tuple(_TABLES.split(";")),
    "m002_names": tuple(_NAMES.split(";")),
    "m003_intervals": tuple(_INTERVALS.split(";")),
    "m004_latest": _LATEST,
}
"""The statements of each migration by its name, oldest first; ``migrations`` applies them."""
