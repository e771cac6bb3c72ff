"""Where ages and genders come from, how sure they are, how often people agreed, and how accurate the models are."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.counting import counted, place_of
from photogender.catalog.queries.filters import Filters, all_of, match_faces, match_photos
from photogender.catalog.queries.stats import Bar
from photogender.errors import ModelError
from photogender.labels import BY_HAND, Gender
from photogender.models.read import load_spec
from photogender.models.spec import Measured

_GENDER_BARS, _AGE_BARS = range(50, 100, 10), range(0, 100, 20)
"""Where the bars of confidences begin, in percent."""


class Origins(NamedTuple):
    """Faces by where their gender, or their age, comes from."""

    estimate: int
    """The network's answer."""
    person: int
    """Follows from who it is: from what was said of the person, or from all their faces."""
    reviewed: int
    """A person said it of this face."""


class Reviewed(NamedTuple):
    """How often the estimates agree with corrections."""

    genders: int
    """Faces whose gender a person corrected or confirmed."""
    genders_right: int
    ages: int
    groups_right: int
    """Faces whose estimated age group is that of the age a person gave."""
    age_off: float | None
    """Mean absolute error in years."""


class UsedModel(NamedTuple):
    """A model that detected faces, or estimated their age and gender."""

    task: str
    """``detect`` or ``age-gender``; ``draw`` for faces that a person drew."""
    title: str
    licence: str
    source: str
    faces: int
    accuracy: str
    """Empty if this version of photogender does not know the model."""
    measured: tuple[Measured, ...]


def origins(catalog: Catalog, filters: Filters) -> tuple[Origins, Origins]:
    """Where the genders, and the ages, of the faces that match come from.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    counts = ", ".join(
        f"count(*) FILTER (WHERE {column} = '{origin}')"
        for column in ("gender_from", "age_from")
        for origin in Origins._fields[1:]
    )
    # All but a few faces have the network's answers: those are counted without looking at each.
    few = "face_id IN (SELECT face_id FROM corrections UNION ALL SELECT id FROM deductions)"
    (total,) = catalog.fetch(f"SELECT count(*) FROM shown WHERE {condition}", values).fetchone()  # noqa: S608
    row = catalog.fetch(f"SELECT {counts} FROM tags WHERE {few} AND {condition}", values).fetchone()  # noqa: S608
    return Origins(total - sum(row[:2]), *row[:2]), Origins(total - sum(row[2:]), *row[2:])


def certainty(catalog: Catalog, filters: Filters) -> tuple[tuple[Bar, ...], tuple[Bar, ...]]:
    """Faces not reviewed: by the confidence in the gender, and by that in the age group, in bars of some percent.

    Faces without a confidence in the age group are in the first only.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    genders = get_args(Gender)
    none = 100  # of an age without a confidence
    by_gender, by_age = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    of_gender, of_age = _start("gender_confidence", _GENDER_BARS), _start("age_confidence", _AGE_BARS)
    key = f"({of_gender} * 128 + coalesce({of_age}, {none})) * 2 + {place_of('gender', genders)}"
    for found, faces in counted(catalog, key, all_of([("NOT reviewed", ()), match_faces(filters)])).items():
        starts, gender = divmod(found, 2)
        by_gender[starts // 128, genders[gender]] += faces
        by_age[starts % 128, genders[gender]] += faces
    return _bars(by_gender, _GENDER_BARS), _bars(by_age, _AGE_BARS)


def _start(column: str, starts: range) -> str:
    """SQL for the start of the bar that a confidence from 0 to 1 is in; 1 is in the last."""
    return f"min(CAST({column} * 100 AS INTEGER) / {starts.step} * {starts.step}, {starts[-1]})"


def _bars(counts: Counter[tuple[int, str]], starts: range) -> tuple[Bar, ...]:
    return tuple(
        Bar(f"{start}-{start + starts.step}", counts[start, "female"], counts[start, "male"]) for start in starts
    )


def reviewed(catalog: Catalog, filters: Filters) -> Reviewed:
    """Compare the estimates of the faces that match with what a person said of them.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    sql = f"""
        SELECT
            count(said.gender) AS genders,
            coalesce(sum(said.gender = faces.gender), 0) AS genders_right,
            count(said.age) AS ages,
            coalesce(sum(said.age_group = faces.age_group), 0) AS groups_right,
            avg(abs(said.age - faces.age)) AS age_off
        FROM corrections AS said JOIN faces ON faces.id = said.face_id AND faces.correction_id = said.id
        WHERE said.face_id IN (
            SELECT face_id FROM shown WHERE face_id IN (SELECT face_id FROM corrections) AND reviewed AND {condition}
        )
    """  # noqa: S608
    row: dict[str, Any] = next(catalog.rows(sql, values))
    return Reviewed(**row)


def models(catalog: Catalog, filters: Filters) -> Iterator[UsedModel]:
    """The models behind the faces and photos that match, detectors first.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    photos, photo_values = match_photos(filters)
    sql = f"""
        WITH used AS (
            SELECT detector_id, model_id, count(*) AS faces FROM shown WHERE {condition} GROUP BY 1, 2
            UNION ALL
            SELECT DISTINCT detector_id, model_id, 0 FROM runs
            WHERE id IN (SELECT run_id FROM photos WHERE {photos})
        )
        SELECT models.*, sum(used.faces) AS faces
        FROM models JOIN used ON models.id IN (used.detector_id, used.model_id)
        GROUP BY models.id ORDER BY task DESC, faces DESC
    """  # noqa: S608
    rows: Iterator[dict[str, Any]] = catalog.rows(sql, values + photo_values)
    for row in rows:
        accuracy, measured = _accuracy(row)
        task = "draw" if row["name"] == BY_HAND else row["task"]
        yield UsedModel(task, row["title"], row["licence"], row["source"], row["faces"], accuracy, measured)


def _accuracy(model: Mapping[str, Any]) -> tuple[str, tuple[Measured, ...]]:
    """The measured accuracy in the model's spec, if the spec is of the same file."""
    try:
        spec = load_spec(model["name"])
    except ModelError:
        return "", ()
    return (spec.accuracy, spec.measured) if spec.sha256 == model["sha256"] else ("", ())
