"""What the catalog's views show, each column with the SQL it comes from; and the columns of exports."""

from photogender.catalog.sqlite.columns import AGE, FLAG, GENDER, GROUP_MEANING, SHARE, Column
from photogender.catalog.sqlite.tables import FACES, PHOTOS
from photogender.labels import AGE_GROUPS

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
    Column("age_group", "TEXT", GROUP_MEANING, source=_first_of("age_group")),
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
        FLAG,
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
    Column("estimated_gender", "TEXT", "The network's own answer.", GENDER, source="faces.gender"),
    Column("estimated_age", "REAL", "The network's own answer, in years.", AGE, source="faces.age"),
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

CERTAINTY = "gender_confidence * coalesce(age_confidence, 1.0)"
"""Of a row of ``shown``: the probability that both are right if they are independent; corrections count as right."""

DOUBTFUL = 0.15
"""A lower certainty is rare enough that an index of such faces costs nothing."""

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
        GENDER,
        source="coalesce(persons.gender, persons.pooled_gender)",
    ),
    Column(
        "gender_confidence",
        "REAL",
        "The probability of it; 1 if somebody said it.",
        SHARE,
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
