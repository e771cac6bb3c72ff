"""Filters: which faces and photos they match."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from photogender.catalog.catalog import Catalog, Cells, Row
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.questions import photos, tags
from photogender.catalog.sqlite.views import FACE_COLUMNS, PHOTO_COLUMNS
from tests.support.library import LATIN_FOLDER, ODD, build_reviewed


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reviewed(tmp_path_factory.mktemp("library") / "catalog.db")


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with Catalog(path) as catalog:
        yield catalog


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [8, 1, 2, 3, 4, 5, 6, 7, 9, 10]),  # text before bytes, then by path
        ({"gender": "male"}, [8, 2, 3]),  # face 6 was corrected
        ({"gender": "female", "faces": (3, 3)}, [4, 5, 6]),
        ({"age": (30, 40)}, [1, 3, 6]),  # 40.9 is still 40
        ({"age": (30, 39)}, [1, 6]),
        ({"age": (41, None)}, [8, 5, 9, 10]),
        ({"age": (0, 1)}, []),  # face 6 was 1.5 before it was corrected
        ({"age_group": "25-32"}, [1, 6]),
        ({"gender": "male", "min_confidence": 0.8}, [8]),  # 3 is sure of its gender only
        ({"gender": "male", "min_confidence": 0.3}, [8, 2, 3]),
        ({"age_group": "38-43", "min_confidence": 0.5}, []),
        ({"age": (20, 40), "min_confidence": 0.7}, [6]),  # a correction is sure
        ({"min_confidence": 0.55}, [8, 1, 2, 4, 5, 6, 7, 9, 10]),  # 3 is sure of its gender, not of its age
        ({"min_confidence": 0.65}, [8, 6]),  # 8 was confirmed, which is as sure as a correction
        ({"reviewed": True}, [8, 6]),
        ({"reviewed": True, "not_reviewed": True}, []),
        ({"model": "compact", "gender": "male"}, [8, 2, 3]),
        ({"model": "other"}, []),
        ({"not_reviewed": True, "faces": (1, 3), "age": (60, None)}, [5]),
        ({"folder": "/p/2019"}, [1, 2, 3]),  # not 2019_, which LIKE would take
        ({"folder": "/p/20%9"}, [8]),
        ({"folder": "/p/2019/"}, [1, 2, 3]),
        ({"folder": "/"}, [8, 1, 2, 3, 4, 5, 6, 7, 9, 10]),
        ({"folder": "/p/odd"}, [7]),
        ({"folder": LATIN_FOLDER}, [9, 10]),
        ({"folder": f"{LATIN_FOLDER}/b"}, [10]),
        ({"folder": "/p/201"}, []),
        ({"taken": ("2019", "2019")}, [1, 2]),
        ({"taken": ("2019-05-01", "2019-05-01")}, [1, 2]),
        ({"taken": ("2019", "2020")}, [1, 2, 3]),  # to the last second of 2020
        ({"taken": (None, "2019-04")}, [7]),
        ({"taken": ("2019-06", None)}, [3, 9, 10]),
        ({"faces": (0, 0)}, []),
        ({"faces": (2, None)}, [1, 2, 4, 5, 6]),
    ],
)
def test_tags_match_what_is_asked(catalog: Catalog, filters: dict[str, Any], ids: list[int]) -> None:
    assert [row["face_id"] for row in faces(catalog, **filters)] == ids


def faces(catalog: Catalog, **filters: Any) -> list[Row]:  # noqa: ANN401
    return [dict(zip(FACE_COLUMNS, cells, strict=True)) for cells in tags(catalog, Filters(**filters))]


@pytest.mark.parametrize("filters", [{}, {"gender": "female"}, {"min_confidence": 0.6}])
def test_the_first_rows_come_before_all_faces_are_read(catalog: Catalog, filters: dict[str, Any]) -> None:
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan(catalog, Filters(**filters))  # sorts all that match


def test_the_faces_with_a_name_are_found_by_the_index(catalog: Catalog) -> None:
    steps = plan(catalog, Filters(name="Ada"))
    assert any("corrections_name" in step for step in steps)
    assert not any(step.startswith("SCAN") for step in steps)


@pytest.mark.parametrize("of_photos", [{"folder": "/p/2019"}, {"taken": ("2019", "2019")}, {"undated": True}])
def test_photos_of_a_folder_or_a_time_match_by_their_own_faces(catalog: Catalog, of_photos: dict[str, Any]) -> None:
    steps = plan(catalog, Filters(gender="male", **of_photos), photos)
    assert not any(step.startswith("SCAN") for step in steps)


def plan(catalog: Catalog, filters: Filters, ask: Callable[[Catalog, Filters], Iterator[Cells]] = tags) -> list[str]:
    """SQLite's plan of the query for the faces, or photos, that match."""
    asked: list[str] = []
    catalog._connection.set_trace_callback(asked.append)
    list(ask(catalog, filters))
    catalog._connection.set_trace_callback(None)
    return [step for *_, step in catalog.fetch(f"EXPLAIN QUERY PLAN {asked[0]}")]


def test_a_correction_wins(catalog: Catalog) -> None:
    (row,) = [row for row in faces(catalog) if row["face_id"] == 6]
    assert (row["gender"], row["age"], row["age_group"]) == ("female", 33, "25-32")
    assert (row["gender_confidence"], row["age_confidence"], row["reviewed"]) == (1, 1, True)


def test_photos_count_all_their_faces(catalog: Catalog) -> None:
    found = {cells[0]: cells for cells in photos(catalog, Filters())}
    assert list(found) == [
        "/p/20%9/c.jpg",
        "/p/2019/a.jpg",
        "/p/2019/sub/b.jpg",
        "/p/2019_/none.jpg",
        "/p/2020/crowd.jpg",
        ODD,
        f"{LATIN_FOLDER}/a.jpg",
        f"{LATIN_FOLDER}/b/a.jpg",
    ]
    crowd = found["/p/2020/crowd.jpg"]
    assert len(crowd) == len(PHOTO_COLUMNS)
    assert crowd[1:12] == (3, 3, 0, 0, 1, 0, 0, 1, 0, 0, 1)
    none = found["/p/2019_/none.jpg"]
    assert none[1:] == (*[0] * 11, "2021-01-01T00:00:00", None, "Canon EOS", 640, 480)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"faces": (0, 0)}, ["none.jpg"]),
        ({"faces": (0, 1), "taken": ("2020-12-31", "2021")}, ["b.jpg", "none.jpg"]),
        ({"gender": "male"}, ["c.jpg", "a.jpg", "b.jpg"]),
        ({"gender": "male", "folder": "/p/2019"}, ["a.jpg", "b.jpg"]),
        ({"gender": "male", "age": (20, 35)}, []),  # one face must meet both
    ],
)
def test_photos_match_by_any_one_face(catalog: Catalog, filters: dict[str, Any], names: list[str]) -> None:
    assert [os.path.basename(str(cells[0])) for cells in photos(catalog, Filters(**filters))] == names
