"""The tables of the catalog: their columns, and what has to hold of a row.

To add a column of a photo or a face, add it here and compute it in ``records.PhotoFacts`` or
``records.Prediction``: the tables, the view ``tags``, exports and their Parquet types follow from these lists.
``python -m examples.describe_columns`` copies the meanings into ``examples/metadata.yaml``.
"""

from photogender.catalog.sqlite.columns import AGE, FLAG, GENDER, GROUP, GROUP_MEANING, PIXELS, SHARE, Column, Table
from photogender.labels import LONGEST_NAME

_BOX = (
    Column("x1", "REAL NOT NULL", "Left side of the box, upright full-size pixels.", PIXELS, digits=1),
    Column("y1", "REAL NOT NULL", "Top of the box, upright full-size pixels.", PIXELS, digits=1),
    Column("x2", "REAL NOT NULL", "Right side of the box, upright full-size pixels.", PIXELS, digits=1),
    Column("y2", "REAL NOT NULL", "Bottom of the box, upright full-size pixels.", PIXELS, digits=1),
)
_SCORE = "How sure the detector is that this is a face, 0 to 1; comparable within one detector only."
_WRITTEN = (
    "When the file was last written, nanoseconds since 1970, UTC; in a bucket, a number that changes with the content."
)
_TURN = "Degrees by which the upright photo must be turned clockwise to show the face upright: 0, 90, 180 or 270."

PHOTOS = (
    Column("path", "TEXT", "A file with this content. Bytes that are not UTF-8 show as binary.", more="UNIQUE"),
    Column("folder", "TEXT NOT NULL", "The folder the file is in."),
    Column("root", "TEXT NOT NULL", "The folder that was scanned."),
    Column("size", "INTEGER NOT NULL", "Of the file, bytes.", ">= 0"),
    Column("mtime_ns", "INTEGER NOT NULL", _WRITTEN),
    Column("ctime_ns", "INTEGER NOT NULL", "When the file system last changed anything of it, in the same unit."),
    Column("fingerprint", "TEXT NOT NULL", "Of the models and settings it was last scanned with."),
    Column("detection", "TEXT", "Fingerprint of the detector and its settings."),
    Column("run_id", "INTEGER NOT NULL", "The scan that last examined it.", more="REFERENCES runs(id)"),
    Column("scanned_at", "TEXT NOT NULL", "When that was, UTC."),
    Column("content_hash", "TEXT", "SHA-256 of the file; empty if it could not be read as a picture.", more="UNIQUE"),
    Column("format", "TEXT", "Detected from the content, not the name."),
    Column("width", "INTEGER", "Of the upright photo, pixels.", "> 0"),
    Column("height", "INTEGER", "Of the upright photo, pixels.", "> 0"),
    Column(
        "orientation",
        "INTEGER",
        "How the stored picture was turned to be upright, as in EXIF, 1 to 8.",
        "BETWEEN 1 AND 8",
    ),
    Column("taken", "TEXT", "From EXIF, XMP or IPTC; local time of the camera, YYYY-MM-DDTHH:MM:SS."),
    Column(
        "likely_taken",
        "TEXT",
        "Of a photo without a date: the years in which it was probably taken, by the people in it, as YYYY..YYYY.",
    ),
    Column("camera", "TEXT", "Make and model."),
    Column("note", "TEXT", "What is wrong with a file that could be read all the same."),
    Column(
        "skipped_stage",
        "TEXT",
        "Where it failed: read, decode or estimate; empty for a photo that was scanned.",
        "IN ('read', 'decode', 'estimate')",
    ),
    Column("skipped_reason", "TEXT", "Why, in a sentence."),
)
"""Of the view ``photos``: the pictures that have a path."""

PICTURES = (
    *PHOTOS,
    Column("former_path", "TEXT", "Where it was, if its path is empty: another picture has that path now."),
    Column(
        "replaced_by",
        "INTEGER",
        "The new picture that has that path, if it may be an edited version of this one.",
        more="REFERENCES pictures(id) ON DELETE SET NULL",
    ),
    Column("compared_with", "INTEGER", "The latest such picture whose faces were compared with its own."),
)

PLACES = (
    Column("path", "TEXT NOT NULL", "The file. Bytes that are not UTF-8 show as binary.", more="UNIQUE"),
    Column(
        "photo_id",
        "INTEGER NOT NULL",
        "The picture it held when it was last scanned.",
        more="REFERENCES pictures(id) ON DELETE CASCADE",
    ),
    Column("folder", "TEXT NOT NULL", "The folder the file is in."),
    Column("root", "TEXT NOT NULL", "The folder that was scanned."),
    Column("size", "INTEGER NOT NULL", "Of the file, bytes.", ">= 0"),
    Column("mtime_ns", "INTEGER NOT NULL", _WRITTEN),
    Column("ctime_ns", "INTEGER NOT NULL", "When the file system last changed anything of it, in the same unit."),
)

FOLDERS = (
    Column("path", "TEXT NOT NULL", "The folder. Bytes that are not UTF-8 show as binary.", more="UNIQUE"),
    Column("device_number", "INTEGER NOT NULL", "Of the file system it was on when it was last scanned."),
    Column("inode", "INTEGER NOT NULL", "Its number there."),
    Column("born_ns", "INTEGER NOT NULL", "When it was made, nanoseconds since 1970, UTC; 0 if that is not known."),
)

THUMBNAILS = (
    Column("photo_id", "INTEGER NOT NULL", "The picture.", more="UNIQUE REFERENCES pictures(id) ON DELETE CASCADE"),
    Column("pixels", "BLOB NOT NULL", "32 x 32 grey levels, by which an edited photo is recognized."),
)

FACES = (
    Column("photo_id", "INTEGER NOT NULL", "The photo it is in.", more="REFERENCES pictures(id) ON DELETE CASCADE"),
    *_BOX,
    Column("detector_score", "REAL NOT NULL", _SCORE, SHARE, digits=4),
    Column(
        "landmarks",
        "TEXT NOT NULL",
        "Eye, eye, nose tip, mouth corner, mouth corner as [x, y], upright full-size pixels.",
    ),
    Column("turn", "INTEGER NOT NULL", _TURN, "IN (0, 90, 180, 270)", more="DEFAULT 0"),
    Column("gender", "TEXT NOT NULL", "Apparent gender, estimated.", GENDER),
    Column("gender_confidence", "REAL NOT NULL", "The probability the network gives to it, 0.5 to 1.", SHARE, digits=4),
    Column("age", "REAL NOT NULL", "Apparent age in years, estimated.", AGE, digits=2),
    Column("age_group", "TEXT NOT NULL", GROUP_MEANING, GROUP),
    Column(
        "age_confidence", "REAL", "The probability the network gives to the whole age_group, 0 to 1.", SHARE, digits=4
    ),
    Column("age_low", "REAL", "The network gives a probability of 0.8 to ages from here, in years, to age_high.", AGE),
    Column("age_high", "REAL", "The end of that, in years, included.", AGE),
    Column("detector_id", "INTEGER NOT NULL", "The model that found it.", more="REFERENCES models(id)"),
    Column("model_id", "INTEGER NOT NULL", "The model that estimated age and gender.", more="REFERENCES models(id)"),
    Column("correction_id", "INTEGER", "The latest of its corrections; empty if it was never corrected."),
)

CORRECTIONS = (
    Column("face_id", "INTEGER NOT NULL", "The face.", more="REFERENCES faces(id) ON DELETE CASCADE"),
    Column("gender", "TEXT", "As a person corrected it; empty: the estimate stands.", GENDER),
    Column("age", "REAL", "In years; empty: the estimate stands.", AGE),
    Column("age_group", "TEXT", "The group of that age.", GROUP),
    Column("name", "TEXT", "Who it is."),
    Column("not_a_face", "INTEGER NOT NULL", "1 if the box holds no face.", FLAG, more="DEFAULT 0"),
    Column("author", "TEXT NOT NULL", "Who made the correction."),
    Column("created_at", "TEXT NOT NULL", "When, UTC."),
    Column(
        "blind", "INTEGER NOT NULL", "1 if the face was of a random sample, its estimate hidden.", FLAG, "DEFAULT 0"
    ),
)

PERSONS = (
    Column(
        "name",
        "TEXT NOT NULL",
        "Who it is; the name of the faces.",
        f"<> '' AND length(name) <= {LONGEST_NAME}",
        more="UNIQUE",
    ),
    Column("gender", "TEXT", "As somebody said it.", GENDER),
    Column("born_first", "TEXT", "The first day that the birth may have been on, as somebody said it, YYYY-MM-DD."),
    Column("born_last", "TEXT", "The last day it may have been on."),
    Column("died_first", "TEXT", "The same of the death."),
    Column("died_last", "TEXT", "The same of the death."),
    Column("author", "TEXT", "Who said it last; empty if nothing was said."),
    Column("said_at", "TEXT", "When, UTC."),
    Column("pooled_gender", "TEXT", "The answer of all the person's faces together.", GENDER),
    Column("pooled_confidence", "REAL", "The probability of that, 0.5 to 1.", SHARE, digits=4),
    Column("fitted_first", "TEXT", "By ages and dates, the birth is after this day with a probability of 0.9."),
    Column("fitted_last", "TEXT", "It is before this day with a probability of 0.9."),
)
"""A row for each name that a face has, or of which something was said."""

DEDUCTIONS = (
    Column("person_id", "INTEGER NOT NULL", "Who it is.", more="REFERENCES persons(id) ON DELETE CASCADE"),
    Column("gender", "TEXT", "The person's; empty: the estimate stands.", GENDER),
    Column("gender_confidence", "REAL", "The probability of it; 1 if somebody said it.", SHARE, digits=4),
    Column("age", "REAL", "From the person's birth and the day the photo was taken; in years.", AGE, digits=2),
    Column("age_group", "TEXT", "The group of that age.", GROUP),
    Column("age_confidence", "REAL", "The probability of the group.", SHARE, digits=4),
    Column("age_low", "REAL", "The person was at least as old, in years.", AGE, digits=2),
    Column("age_high", "REAL", "The person was at most as old, in years.", AGE, digits=2),
)
"""What follows for a face from who it is, under the face's id."""

CHANGES = (
    Column("what", "TEXT NOT NULL", "set, rename or merge.", "IN ('set', 'rename', 'merge')"),
    Column("names", "TEXT NOT NULL", "Of the people it was about, a JSON list."),
    Column("before", "TEXT NOT NULL", "What had been said of them, a JSON list of rows of persons."),
    Column("corrections", "TEXT NOT NULL", "The corrections that it made, a JSON list of ids."),
    Column("author", "TEXT NOT NULL", "Who made the change."),
    Column("created_at", "TEXT NOT NULL", "When, UTC."),
)
"""What was done to people, so that it can be undone."""

STALE = (Column("name", "TEXT NOT NULL", "A person whose answers have to be made again.", more="UNIQUE"),)

IS_MARK = "GLOB '" + 32 * "[0-9a-f]" + "'"

CATALOG = (
    Column(
        "mark",
        "TEXT NOT NULL",
        "A random number; in the XMP that this catalog wrote it tells it from others.",
        IS_MARK,
        more="DEFAULT (lower(hex(randomblob(16))))",
    ),
    Column("tallied", "INTEGER NOT NULL", "The highest id of a face that is in tallies.", ">= 0", more="DEFAULT 0"),
)
"""One row."""

TALLIES = (
    Column("taken", "TEXT", "The month, YYYY-MM; empty without a date."),
    Column("gender", "TEXT", "Apparent gender, female or male."),
    Column("age", "INTEGER", "Apparent age in whole years."),
    Column("age_group", "TEXT", GROUP_MEANING),
    Column("reviewed", "INTEGER", "1 if a person corrected or confirmed gender or age."),
    Column("faces", "INTEGER NOT NULL", "How many faces have all this."),
)

IMPORTED = (
    Column("content_hash", "TEXT NOT NULL", "Of the picture."),
    Column("line", "TEXT NOT NULL", "What was said, as a line of photogender corrections export.", more="UNIQUE"),
)

ROOTS = (
    Column("path", "TEXT NOT NULL", "A folder that was named to be scanned.", more="UNIQUE"),
    Column("exclude", "TEXT NOT NULL", "The patterns that leave out files of it, a JSON list.", more="DEFAULT '[]'"),
)

MODELS = (
    Column("name", "TEXT NOT NULL", "As photogender names it."),
    Column("task", "TEXT NOT NULL", "detect (finds faces) or age-gender."),
    Column("sha256", "TEXT NOT NULL", "Of the file, or of its files' hashes."),
    Column("title", "TEXT NOT NULL", "What it is."),
    Column("licence", "TEXT NOT NULL", "Of the network's file."),
    Column("source", "TEXT NOT NULL", "Where the file comes from."),
)

RUNS = (
    Column("started_at", "TEXT NOT NULL", "UTC."),
    Column("ended_at", "TEXT", "UTC; empty while it runs, and if it was killed."),
    Column(
        "ended",
        "TEXT",
        "complete, incomplete (not all photos that were counted were reached) or interrupted.",
        "IN ('complete', 'incomplete', 'interrupted')",
    ),
    Column("roots", "TEXT NOT NULL", "The folders that were scanned."),
    Column("version", "TEXT NOT NULL", "Of photogender."),
    Column("device", "TEXT NOT NULL", "cpu or cuda."),
    Column("settings", "TEXT NOT NULL", "That decide which faces are kept."),
    Column("fingerprint", "TEXT NOT NULL", "Of the models and settings."),
    Column("detector_id", "INTEGER NOT NULL", "The model that finds faces.", more="REFERENCES models(id)"),
    Column("model_id", "INTEGER NOT NULL", "The model that estimates age and gender.", more="REFERENCES models(id)"),
    Column("tagged", "INTEGER NOT NULL", "Photos that were examined.", more="DEFAULT 0"),
    Column("skipped", "INTEGER NOT NULL", "Files that could not be.", more="DEFAULT 0"),
    Column("moved", "INTEGER NOT NULL", "Photos that were found at a new place.", more="DEFAULT 0"),
    Column("copies", "INTEGER NOT NULL", "Photos that were found at a further place.", more="DEFAULT 0"),
    Column("faces", "INTEGER NOT NULL", "That were found.", more="DEFAULT 0"),
    Column("last_picture", "INTEGER", "The highest id of a picture when it ended; empty if it was stopped."),
)


_NEVER_REUSED = "id INTEGER PRIMARY KEY AUTOINCREMENT"

OF_A_FACE = "INTEGER PRIMARY KEY REFERENCES faces(id) ON DELETE CASCADE"

TABLES = {
    "models": Table(MODELS, more="UNIQUE (name, sha256)"),
    "runs": Table(RUNS),
    "roots": Table(ROOTS, unwatched=("json_valid(exclude) AND json_type(exclude) = 'array'",)),
    "pictures": Table(
        PICTURES,
        (
            "(skipped_stage IS NULL) = (skipped_reason IS NULL)",
            "skipped_stage IS NOT NULL"
            " OR (content_hash IS NOT NULL AND format IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL)",
            "path IS NOT NULL OR former_path IS NOT NULL",
        ),
        key=_NEVER_REUSED,
    ),
    "places": Table(PLACES),
    "folders": Table(FOLDERS),
    "thumbnails": Table(THUMBNAILS),
    "faces": Table(
        FACES,
        ("x1 < x2", "y1 < y2", "landmarks LIKE '[%]'", "age_low <= age_high"),
        ("json_valid(landmarks)",),
        key=_NEVER_REUSED,
    ),
    "corrections": Table(
        CORRECTIONS,
        ("(age IS NULL) = (age_group IS NULL)", f"length(name) BETWEEN 1 AND {LONGEST_NAME}"),
        key=_NEVER_REUSED,
    ),
    "imported": Table(IMPORTED),
    "persons": Table(
        PERSONS,
        (
            "(born_first IS NULL) = (born_last IS NULL) AND (died_first IS NULL) = (died_last IS NULL)",
            "(fitted_first IS NULL) = (fitted_last IS NULL)",
            "born_first <= born_last AND died_first <= died_last AND fitted_first <= fitted_last",
        ),
    ),
    "deductions": Table(DEDUCTIONS, key=f"id {OF_A_FACE}"),
    "changes": Table(CHANGES, unwatched=tuple(f"json_valid({name})" for name in ("names", "before", "corrections"))),
    "stale": Table(STALE),
    "catalog": Table(CATALOG),
    "tallies": Table(TALLIES),
}
"""By name; a table comes after those that it refers to."""
