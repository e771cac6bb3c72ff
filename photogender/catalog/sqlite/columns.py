"""Every column of the catalog: SQL type, checks and meaning.

To add a column of a photo or a face, add it here and compute it in ``records.PhotoFacts`` or
``records.Prediction``: the tables, the view ``tags``, exports and their Parquet types follow from these lists.
``python -m examples.describe_columns`` copies the meanings into ``examples/metadata.yaml``.
"""

from typing import NamedTuple

from photogender.labels import AGE_GROUPS, LONGEST_NAME, OLDEST

_GENDER = "IN ('female', 'male')"
_AGE = f"BETWEEN 0 AND {OLDEST}"
_GROUP = f"IN ({', '.join(repr(group) for group in AGE_GROUPS)})"
_SHARE = "BETWEEN 0 AND 1"
_FLAG = "IN (0, 1)"
_PIXELS = "BETWEEN -1e9 AND 1e9"
"""Finite. SQLite stores NaN as NULL, which NOT NULL refuses."""


class Column(NamedTuple):
    """A column of a table, or of the view ``tags``."""

    name: str
    type: str
    """``TEXT``, ``INTEGER`` or ``REAL``, and NOT NULL unless it may be empty; paths that are not UTF-8 are blobs."""
    meaning: str
    check: str = ""
    """What must hold of its value, as the right side of an SQL comparison."""
    more: str = ""
    """Further SQL of its definition."""
    source: str = ""
    """In ``tags``: the SQL expression it shows."""
    digits: int | None = None
    """Decimal places that are stored; None: all."""


_BOX = (
    Column("x1", "REAL NOT NULL", "Left side of the box, upright full-size pixels.", _PIXELS, digits=1),
    Column("y1", "REAL NOT NULL", "Top of the box, upright full-size pixels.", _PIXELS, digits=1),
    Column("x2", "REAL NOT NULL", "Right side of the box, upright full-size pixels.", _PIXELS, digits=1),
    Column("y2", "REAL NOT NULL", "Bottom of the box, upright full-size pixels.", _PIXELS, digits=1),
)
_SCORE = "How sure the detector is that this is a face, 0 to 1; comparable within one detector only."
_WRITTEN = (
    "When the file was last written, nanoseconds since 1970, UTC; in a bucket, a number that changes with the content."
)
_TURN = "Degrees by which the upright photo must be turned clockwise to show the face upright: 0, 90, 180 or 270."
_GROUP_MEANING = "The nearest of Levi and Hassner's eight groups, in years."

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
PICTURES_CHECKS = (
    "(skipped_stage IS NULL) = (skipped_reason IS NULL)",
    "skipped_stage IS NOT NULL"
    " OR (content_hash IS NOT NULL AND format IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL)",
    "path IS NOT NULL OR former_path IS NOT NULL",
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
    Column("detector_score", "REAL NOT NULL", _SCORE, _SHARE, digits=4),
    Column(
        "landmarks",
        "TEXT NOT NULL",
        "Eye, eye, nose tip, mouth corner, mouth corner as [x, y], upright full-size pixels.",
    ),
    Column("turn", "INTEGER NOT NULL", _TURN, "IN (0, 90, 180, 270)", more="DEFAULT 0"),
    Column("gender", "TEXT NOT NULL", "Apparent gender, estimated.", _GENDER),
    Column(
        "gender_confidence", "REAL NOT NULL", "The probability the network gives to it, 0.5 to 1.", _SHARE, digits=4
    ),
    Column("age", "REAL NOT NULL", "Apparent age in years, estimated.", _AGE, digits=2),
    Column("age_group", "TEXT NOT NULL", _GROUP_MEANING, _GROUP),
    Column(
        "age_confidence", "REAL", "The probability the network gives to the whole age_group, 0 to 1.", _SHARE, digits=4
    ),
    Column("age_low", "REAL", "The network gives a probability of 0.8 to ages from here, in years, to age_high.", _AGE),
    Column("age_high", "REAL", "The end of that, in years, included.", _AGE),
    Column("detector_id", "INTEGER NOT NULL", "The model that found it.", more="REFERENCES models(id)"),
    Column("model_id", "INTEGER NOT NULL", "The model that estimated age and gender.", more="REFERENCES models(id)"),
    Column("correction_id", "INTEGER", "The latest of its corrections; empty if it was never corrected."),
)
FACES_CHECKS = ("x1 < x2", "y1 < y2", "landmarks LIKE '[%]'", "age_low <= age_high")
"""Without json_valid(): with ``trusted_schema`` off, SQLite 3.40 refuses it in a schema."""

CORRECTIONS = (
    Column("face_id", "INTEGER NOT NULL", "The face.", more="REFERENCES faces(id) ON DELETE CASCADE"),
    Column("gender", "TEXT", "As a person corrected it; empty: the estimate stands.", _GENDER),
    Column("age", "REAL", "In years; empty: the estimate stands.", _AGE),
    Column("age_group", "TEXT", "The group of that age.", _GROUP),
    Column("name", "TEXT", "Who it is."),
    Column("not_a_face", "INTEGER NOT NULL", "1 if the box holds no face.", _FLAG, more="DEFAULT 0"),
    Column("author", "TEXT NOT NULL", "Who made the correction."),
    Column("created_at", "TEXT NOT NULL", "When, UTC."),
    Column(
        "blind", "INTEGER NOT NULL", "1 if the face was of a random sample, its estimate hidden.", _FLAG, "DEFAULT 0"
    ),
)
CORRECTIONS_CHECKS = ("(age IS NULL) = (age_group IS NULL)", f"length(name) BETWEEN 1 AND {LONGEST_NAME}")

PERSONS = (
    Column(
        "name",
        "TEXT NOT NULL",
        "Who it is; the name of the faces.",
        f"<> '' AND length(name) <= {LONGEST_NAME}",
        more="UNIQUE",
    ),
    Column("gender", "TEXT", "As somebody said it.", _GENDER),
    Column("born_first", "TEXT", "The first day that the birth may have been on, as somebody said it, YYYY-MM-DD."),
    Column("born_last", "TEXT", "The last day it may have been on."),
    Column("died_first", "TEXT", "The same of the death."),
    Column("died_last", "TEXT", "The same of the death."),
    Column("author", "TEXT", "Who said it last; empty if nothing was said."),
    Column("said_at", "TEXT", "When, UTC."),
    Column("pooled_gender", "TEXT", "The answer of all the person's faces together.", _GENDER),
    Column("pooled_confidence", "REAL", "The probability of that, 0.5 to 1.", _SHARE, digits=4),
    Column("fitted_first", "TEXT", "By ages and dates, the birth is after this day with a probability of 0.9."),
    Column("fitted_last", "TEXT", "It is before this day with a probability of 0.9."),
)
PERSONS_CHECKS = (
    "(born_first IS NULL) = (born_last IS NULL) AND (died_first IS NULL) = (died_last IS NULL)",
    "(fitted_first IS NULL) = (fitted_last IS NULL)",
    "born_first <= born_last AND died_first <= died_last AND fitted_first <= fitted_last",
)
"""A row for each name that a face has, or of which something was said."""

DEDUCTIONS = (
    Column("person_id", "INTEGER NOT NULL", "Who it is.", more="REFERENCES persons(id) ON DELETE CASCADE"),
    Column("gender", "TEXT", "The person's; empty: the estimate stands.", _GENDER),
    Column("gender_confidence", "REAL", "The probability of it; 1 if somebody said it.", _SHARE, digits=4),
    Column("age", "REAL", "From the person's birth and the day the photo was taken; in years.", _AGE, digits=2),
    Column("age_group", "TEXT", "The group of that age.", _GROUP),
    Column("age_confidence", "REAL", "The probability of the group.", _SHARE, digits=4),
    Column("age_low", "REAL", "The person was at least as old, in years.", _AGE, digits=2),
    Column("age_high", "REAL", "The person was at most as old, in years.", _AGE, digits=2),
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
)
"""One row."""

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


PHOTO_FACTS = ("taken", "likely_taken", "camera", "width", "height")
"""Columns of ``photos`` that ``tags`` and exports show."""


def _shown(table: str, columns: tuple[Column, ...], *names: str) -> list[Column]:
    """Columns of a table as ``tags`` shows them unchanged."""
    by_name = {column.name: column for column in columns}
    return [by_name[name]._replace(source=f"{table}.{name}") for name in names]


_FROM = "estimate (the network's), person (follows from who it is) or reviewed (said of this face)."


def _first_of(name: str) -> str:
    """SQL: what was said of the face, else what follows from who it is, else the estimate."""
    return f"coalesce(corrections.{name}, deductions.{name}, faces.{name})"


def _of_age(name: str, said: str) -> str:
    """SQL: ``said`` if the age was said, else the column of what the age comes from."""
    return (
        f"CASE WHEN corrections.age IS NOT NULL THEN {said} "
        f"WHEN deductions.age IS NOT NULL THEN deductions.{name} ELSE faces.{name} END"
    )


def _from(name: str) -> str:
    """SQL: where a value of ``tags`` comes from."""
    return (
        f"CASE WHEN corrections.{name} IS NOT NULL THEN 'reviewed' "
        f"WHEN deductions.{name} IS NOT NULL THEN 'person' ELSE 'estimate' END"
    )


TAGS = (
    Column("path", "TEXT", "The photo's file. Bytes that are not UTF-8 show as binary.", source="photos.path"),
    Column("face_id", "INTEGER", "What photogender correct takes.", source="faces.id"),
    *_shown("faces", FACES, "x1", "y1", "x2", "y2"),
    Column("gender", "TEXT", "Apparent gender, female or male.", source=_first_of("gender")),
    Column(
        "gender_confidence",
        "REAL",
        "The probability of the gender, 0.5 to 1; 1 if a person corrected or confirmed it.",
        source="CASE WHEN corrections.gender IS NULL THEN coalesce(deductions.gender_confidence, "
        "faces.gender_confidence) ELSE 1.0 END",
    ),
    Column("age", "REAL", "Apparent age in years.", source=_first_of("age")),
    Column("age_group", "TEXT", _GROUP_MEANING, source=_first_of("age_group")),
    Column(
        "age_confidence",
        "REAL",
        "The probability of the whole age_group, 0 to 1; 1 if a person corrected or confirmed it, empty if the "
        "network gives none.",
        source=_of_age("age_confidence", "1.0"),
    ),
    *_shown("faces", FACES, "detector_score"),
    Column("model", "TEXT", "The model that estimated age and gender.", source="models.name"),
    Column("detector", "TEXT", "The model that found the face; by hand: a person drew it.", source="detectors.name"),
    Column(
        "reviewed",
        "INTEGER",
        "1 if a person corrected or confirmed gender or age.",
        _FLAG,
        source="corrections.gender IS NOT NULL OR corrections.age IS NOT NULL",
    ),
    Column("name", "TEXT", "Who it is, if a person named the face.", source="corrections.name"),
    *_shown("photos", PHOTOS, "taken", "camera", "width", "height"),
    Column(
        "age_low",
        "REAL",
        "The age is from here, in years, to age_high with a probability of 0.8, or surely if somebody said when the "
        "person was born; the age itself if a person gave it, empty if the network gives years alone.",
        source=_of_age("age_low", "corrections.age"),
    ),
    Column(
        "age_high",
        "REAL",
        "The end of that, in years, included.",
        source=_of_age("age_high", "corrections.age"),
    ),
    Column("gender_from", "TEXT", _FROM, source=_from("gender")),
    Column("age_from", "TEXT", _FROM, source=_from("age")),
    Column("estimated_gender", "TEXT", "The network's own answer.", _GENDER, source="faces.gender"),
    Column("estimated_age", "REAL", "The network's own answer, in years.", _AGE, source="faces.age"),
    *_shown("faces", FACES, "turn"),
    *_shown("photos", PHOTOS, "likely_taken", "folder"),
    Column("photo_id", "INTEGER", "The row of photos.", source="photos.id"),
    *_shown("faces", FACES, "model_id", "detector_id"),
)
"""The view ``tags``: one row a face."""

_COUNTED = frozenset(
    "photo_id taken gender age gender_confidence age_confidence age_group reviewed name model_id detector_id".split()
)

SHOWN = tuple(column._replace(type=column.type.split()[0], check="") for column in TAGS if column.name in _COUNTED)
"""Of ``tags``, what faces are filtered and counted by, under the face's id: a table, since its rows are narrow."""

PEOPLE = (
    Column("name", "TEXT", "Who it is.", source="persons.name"),
    Column("faces", "INTEGER", "Faces with this name.", source="count(tags.face_id)"),
    Column("photos", "INTEGER", "Photos with them.", source="count(DISTINCT tags.photo_id)"),
    Column("first", "TEXT", "The date of the first photo, YYYY-MM-DD.", source="substr(min(tags.taken), 1, 10)"),
    Column("last", "TEXT", "The date of the last photo.", source="substr(max(tags.taken), 1, 10)"),
    Column(
        "gender",
        "TEXT",
        "As somebody said it, else the pooled answer of all the person's faces.",
        _GENDER,
        source="coalesce(persons.gender, persons.pooled_gender)",
    ),
    Column(
        "gender_confidence",
        "REAL",
        "The probability of it; 1 if somebody said it.",
        _SHARE,
        source="CASE WHEN persons.gender IS NULL THEN persons.pooled_confidence ELSE 1.0 END",
    ),
    Column(
        "gender_from",
        "TEXT",
        "said or estimate.",
        source="CASE WHEN persons.gender IS NOT NULL THEN 'said' "
        "WHEN persons.pooled_gender IS NOT NULL THEN 'estimate' END",
    ),
    Column(
        "born_first",
        "TEXT",
        "The birth is from this day, YYYY-MM-DD, to born_last: surely if somebody said it, else with a probability "
        "of 0.8.",
        source="coalesce(persons.born_first, persons.fitted_first)",
    ),
    Column("born_last", "TEXT", "The end of that.", source="coalesce(persons.born_last, persons.fitted_last)"),
    Column(
        "born_from",
        "TEXT",
        "said or estimate.",
        source="CASE WHEN persons.born_first IS NOT NULL THEN 'said' "
        "WHEN persons.fitted_first IS NOT NULL THEN 'estimate' END",
    ),
    Column("died_first", "TEXT", "The first day that the death may have been on.", source="persons.died_first"),
    Column("died_last", "TEXT", "The last.", source="persons.died_last"),
)
"""The view ``people``: one row a person."""

_INTERNAL = ("folder", "photo_id", "model_id", "detector_id")

FACE_COLUMNS = tuple(column.name for column in TAGS if column.name not in _INTERNAL)
"""Of ``tags``, in the order of exports: box in upright full-size pixels, ages in years, ``reviewed`` a bool."""

GROUP_COLUMNS = tuple(f"age_{group.rstrip('-').replace('-', '_')}" for group in AGE_GROUPS)
"""``age_0_2`` ... ``age_60``: faces in each of ``AGE_GROUPS``."""

PHOTO_COLUMNS = ("path", "faces", "female", "male", *GROUP_COLUMNS, *PHOTO_FACTS)
"""Of a photo, in the order of exports."""
