"""The catalog in Datasette, as examples/metadata.yaml sets it up."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from datasette.app import Datasette
from datasette.utils import parse_metadata

from examples.describe_columns import described
from photogender.catalog.catalog import Catalog
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import Facts, say
from tests.support.library import ODD, build_corrected
from tests.support.photos import rows

METADATA = Path(__file__).parents[2] / "examples" / "metadata.yaml"
WHOLE: dict[str, Any] = parse_metadata(METADATA.read_text(encoding="utf-8"))
SETUP: dict[str, Any] = WHOLE["databases"]["catalog"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faces 1 and 2 were looked at, face 6 corrected, face 7 is none, face 8 has a name."""
    path = build_corrected(tmp_path_factory.mktemp("library") / "catalog.db")
    with Catalog(path, mode="write") as catalog:
        catalog.correct([1], author="you")
        catalog.correct([2], age=7, author="you")
        catalog.correct([7], not_a_face=True, author="you")
        catalog.correct([8], name="<Ann>", author="you")
        say(catalog, "<Ann>", Facts(born=Days.read("1890")), author="you")
    return path


@pytest.fixture(scope="module")
def datasette(path: Path) -> Datasette:
    return Datasette([str(path)], metadata=WHOLE)


def get(datasette: Datasette, page: str, **values: object) -> Any:  # noqa: ANN401 - what the page's JSON is
    response = asyncio.run(datasette.client.get(f"/catalog/{page}.json?{urlencode({'_shape': 'objects', **values})}"))
    assert response.status_code == 200, response.text
    return response.json()


def found(datasette: Datasette, query: str, **values: object) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in get(datasette, query, **values)["rows"]]


def facets(answer: dict[str, Any]) -> dict[str, dict[object, int]]:
    return {
        name: {value["value"]: value["count"] for value in facet["results"]}
        for name, facet in answer["facet_results"].items()
    }


def test_the_command_of_the_readme_works(path: Path) -> None:
    command = [sys.executable, "-m", "datasette", "catalog.db", "-m", str(METADATA)]
    done = subprocess.run(
        [*command, "--get", "/catalog/tags.json?gender=male"], cwd=path.parent, capture_output=True, check=True
    )
    answer = json.loads(done.stdout)
    assert answer["filtered_table_rows_count"] == 3
    assert set(answer["facet_results"]) >= {"gender", "age_group", "reviewed", "camera"}


def test_tags_has_facets_and_the_newest_first(datasette: Datasette) -> None:
    answer = get(datasette, "tags")
    assert [row["face_id"] for row in answer["rows"]][:3] == [3, 1, 2]
    assert facets(answer) == {
        "gender": {"female": 4, "male": 3},
        "age_group": {"25-32": 2, "60-": 2, "38-43": 1, "4-6": 1, "8-12": 1},
        "reviewed": {0: 4, 1: 3},
        "name": {"<Ann>": 1},
        "camera": {"=cmd|' /C calc'!A1": 1},
    }


def test_other_tables_have_facets(datasette: Datasette) -> None:
    assert facets(get(datasette, "photos"))["skipped_stage"] == {"decode": 1}
    assert facets(get(datasette, "faces")) == {
        "gender": {"female": 4, "male": 4},
        "age_group": {"60-": 2, "0-2": 1, "4-6": 1, "8-12": 1, "15-20": 1, "25-32": 1, "38-43": 1},
    }
    assert facets(get(datasette, "corrections"))["author"] == {"you": 4, "me": 1}
    assert get(datasette, "corrections")["rows"][0]["name"] == "<Ann>"
    labels = get(datasette, "faces", _labels="on")["rows"][0]["photo_id"]
    assert labels == {"value": 1, "label": "/p/2019/a.jpg"}


def test_every_column_is_described(path: Path) -> None:
    names = [str(name) for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    described = {name for name, table in SETUP["tables"].items() if not table.get("hidden")}
    hidden = {name for name, table in SETUP["tables"].items() if table.get("hidden")}
    assert described | hidden == set(names)
    for name in described:
        columns = [column for (column,) in rows(path, f"SELECT name FROM pragma_table_info('{name}') WHERE NOT pk")]
        table = SETUP["tables"][name]
        assert sorted(table["columns"]) == sorted(map(str, columns)), name
        assert table["description"]


def test_photos_are_shown(datasette: Datasette) -> None:
    """But for names that are not UTF-8, which Datasette cannot show in a view: see pictures."""
    page = "/catalog/photos?_where=typeof(path)='text'"
    response = asyncio.run(datasette.client.get(page))
    assert response.status_code == 200
    assert "/p/2019/a.jpg" in response.text


def test_the_descriptions_are_those_of_the_catalog() -> None:
    text = METADATA.read_text(encoding="utf-8")
    assert text == described(text), "run: python -m examples.describe_columns"


@pytest.mark.parametrize(
    "page", ["", "/tags", "/pictures", "/places", "/faces", "/people", "/corrections", "/models", "/runs"]
)
def test_pages_show_what_columns_mean(datasette: Datasette, page: str) -> None:
    response = asyncio.run(datasette.client.get(f"/catalog{page}"))
    assert response.status_code == 200
    assert "_sqlite_migrations" not in response.text
    assert 'href="data:text/css,dl.column-descriptions{' in response.text
    assert "often wrong, most of all for children" in asyncio.run(datasette.client.get("/")).text
    assert "<Ann>" not in response.text
    table = SETUP["tables"].get(page[1:])
    for text in [table["description"], *table["columns"].values()] if table else [*SETUP["queries"]]:
        assert text.split("'")[0] in response.text


QUERIES: dict[str, list[tuple[object, ...]]] = {
    "young_people_by_year": [(None, 1, 1), ("2019", 1, 1)],
    "photos_with_only": [("/p/2020/crowd.jpg", 3, 0.9, None)],
    "faces_by_camera_and_year": [
        (None, None, 4, 2, 53.1),
        (None, "2019", 2, 1, 18.8),
        ("=cmd|' /C calc'!A1", "2020", 1, 1, 40.9),
    ],
    "group_photos": [],
    "person_through_the_years": [],
    "photos_without_faces": [("/p/2019_/none.jpg", "2021-01-01T00:00:00", "Canon EOS", 640, 480)],
    "how_right_by_age_group": [("8-12", 1, None, 1.0, 1.2), ("25-32", 2, 0.5, 0.5, 15.8)],
    "why_files_were_skipped": [("The file ends too early.", 1, "/p/2019/broken.jpg")],
}


@pytest.mark.parametrize("query", QUERIES)
def test_queries_find_what_they_say(datasette: Datasette, query: str) -> None:
    answer = found(datasette, query)
    if query == "photos_without_faces":  # what a person said is no face was the only one of that photo
        name, *facts = answer.pop()
        assert isinstance(name, dict)
        assert base64.b64decode(name["encoded"]) == os.fsencode(ODD)
        assert facts == ["2018-02-03T04:05:06", "-1+1", 640, 480]
    assert answer == QUERIES[query]


def test_queries_take_other_numbers(datasette: Datasette) -> None:
    assert found(datasette, "young_people_by_year", age=6) == [(None, 1, 1)]
    assert [row[:2] for row in found(datasette, "photos_with_only", gender="male")] == [
        ("/p/20%9/c.jpg", 1),
        ("/p/2019/sub/b.jpg", 1),
    ]
    assert found(datasette, "group_photos", faces=2) == [
        ("/p/2020/crowd.jpg", 3, 3, 0, 5.0, 62.0, None),
        ("/p/2019/a.jpg", 2, 1, 1, 7.0, 30.6, "2019-05-01T12:00:00"),
    ]


def test_people_through_the_years_and_in_undated_photos(datasette: Datasette) -> None:
    assert get(datasette, "people")["rows"][0]["name"] == "<Ann>"
    ((year, photos, _, _),) = found(datasette, "person_through_the_years", name="<Ann>")
    assert (year, photos) == (None, 1)
    ((_, years, people),) = found(datasette, "undated_photos")
    assert (str(years).count(".."), people) == (1, "<Ann>")


def test_faces_worth_a_look_and_what_was_said(datasette: Datasette) -> None:
    assert [row[1:4] for row in found(datasette, "least_certain_faces")] == [
        (3, "male", 0.8),
        (4, "female", 0.9),
        (5, "female", 0.9),
        (8, "male", 0.9),
    ]
    answer = get(datasette, "corrections_and_estimates")["rows"]
    assert [row["face_id"] for row in answer] == [8, 7, 2, 1, 6]
    assert (answer[4]["estimated_gender"], answer[4]["gender"], answer[4]["age_error"]) == ("male", "female", -31.5)
    assert (answer[1]["not_a_face"], answer[1]["author"]) == (1, "you")


def test_every_query_is_tested_and_has_a_title() -> None:
    assert set(SETUP["queries"]) == {*QUERIES, "undated_photos", "least_certain_faces", "corrections_and_estimates"}
    assert all(query["title"] for query in SETUP["queries"].values())
