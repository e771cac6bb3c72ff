"""The SQL behind the review page: order, pages, filters, numbers, and what a browser may ask."""

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.questions import tags
from photogender.catalog.said.corrections import Seen
from photogender.catalog.said.statement import StatementError
from photogender.catalog.sqlite.views import FACE_COLUMNS
from photogender.errors import CatalogError
from photogender.records import FaceBox
from photogender.review import wall
from photogender.review.choices import choices
from photogender.review.corrections import read_correction, read_undo
from photogender.review.faces import photo as photo_of
from photogender.review.overview import Overview, version
from photogender.review.question import BadRequestError, Question, Sort, read_question, write_after
from tests.support.faces import turned_face
from tests.support.library import LIBRARY, ODD, build, face, tagged
from tests.support.review_site import LEAST_CERTAIN, build_site

SEEN: dict[str, object] = {"id": 1, "correction": 7, "gender": "male", "age": 8.2}


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return build_site(tmp_path)


def numbers(opened: Catalog, filters: Filters) -> dict[str, object]:
    """Counted anew."""
    return Overview().numbers(opened, filters, 0)


def ids(catalog: Path, **query: str) -> list[object]:
    with Catalog(catalog) as opened:
        return [row["id"] for row in wall.page(opened, read_question(query)).faces]


@pytest.mark.parametrize("age", [1e18, -500, 4000])
def test_ages_that_cannot_be_are_damage(catalog: Path, age: float) -> None:
    with Catalog(catalog, mode="change") as opened:
        opened.fetch("PRAGMA ignore_check_constraints = ON")
        opened.fetch("UPDATE faces SET age = ? WHERE id = 1", [age])
        with pytest.raises(CatalogError, match="damaged"):
            numbers(opened, Filters())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pictures SET width = NULL",
        "UPDATE faces SET x1 = 9e999",
        "UPDATE faces SET gender_confidence = 9e999",
        "UPDATE faces SET age = 9e999",
        "UPDATE faces SET turn = 1000000000000",
    ],
)
def test_faces_that_cannot_be_are_damage(catalog: Path, damage: str) -> None:
    with Catalog(catalog, mode="change") as opened:
        opened.fetch("PRAGMA ignore_check_constraints = ON")
        opened.fetch(damage)
    with Catalog(catalog) as opened, pytest.raises(CatalogError, match="damaged"):
        wall.page(opened, read_question({}))


def test_the_least_certain_face_comes_first(catalog: Path) -> None:
    assert ids(catalog) == LEAST_CERTAIN


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "newest"}, [7, 8, 5, 4, 3, 2, 1, 6]),
        ({"sort": "earliest"}, [1, 2, 3, 4, 5, 7, 8, 6]),
        ({"sort": "random"}, [5, 2, 7, 4, 1, 6, 3, 8]),
        ({"sort": "youngest"}, [2, 8, 6, 1, 5, 3, 4, 7]),
        ({"sort": "oldest"}, [7, 4, 3, 5, 1, 6, 8, 2]),
        ({"gender": "female"}, [6, 1, 8, 4]),
        ({"age_from": "20", "age_to": "40"}, [5, 6, 3, 1]),
        ({"age_from": "62"}, [7, 4]),
        ({"age_to": "19"}, [2, 8]),
        ({"confidence": "80"}, [3, 1, 8, 7, 4]),
        ({"taken_from": "2019", "taken_to": "2019"}, [3, 4]),
        ({"taken_from": "2019-04", "taken_to": "2020"}, [5, 8, 7, 4]),
        ({"reviewed": "yes"}, []),
        ({"sort": "path"}, [1, 4, 7, 8, 2, 5, 3, 6]),
        ({"age_group": "25-32"}, [5, 6, 1]),
        ({"faces": "2", "sort": "path"}, [7, 8]),
        ({"faces": "1", "sort": "path"}, [1, 4, 2, 5, 3, 6]),
        ({"faces": "2-"}, [8, 7]),
        ({"faces": "3-5"}, []),
        ({"undated": "yes"}, [6]),
        ({"undated": "yes", "taken_from": "2018"}, []),
        ({"model": "compact"}, LEAST_CERTAIN),
        ({"model": "other"}, []),
        ({"name": "Ada"}, []),
    ],
)
def test_filters_and_orders(catalog: Path, query: dict[str, str], expected: list[int]) -> None:
    assert ids(catalog, **query) == expected


def test_what_a_person_says_counts_as_certain_and_is_found(catalog: Path) -> None:
    with Catalog(catalog, mode="write") as opened:
        opened.correct([2], author="me")
        opened.correct([5], author="me", name="Ada")
        opened.correct([6], author="me", not_a_face=True)
    assert ids(catalog) == [5, 3, 1, 8, 7, 4, 2]
    assert ids(catalog, reviewed="yes") == [2]
    assert ids(catalog, reviewed="no") == [5, 3, 1, 8, 7, 4]
    assert ids(catalog, name="Ada") == [5]


def test_what_is_marked_as_not_a_face_can_be_listed_and_filtered(catalog: Path) -> None:
    with Catalog(catalog, mode="write") as opened:
        for face_id in (6, 3, 1):
            opened.correct([face_id], author="me", not_a_face=True)
        opened.correct([1], author="me", gender="male")  # a face again
        question = read_question({"reviewed": "not_a_face"})
        page = wall.page(opened, question)
        assert [(row["id"], row["not_a_face"], row["correction"]) for row in page.faces] == [(6, True, 1), (3, True, 2)]
        assert set(page.faces[0]) == set(wall.page(opened, read_question({})).faces[0])
        counted = Overview().numbers(opened, Filters(), 0, wall.source(question))
        assert counted["faces"] == 2
        assert counted["timeline"]["undated"] == 1  # type: ignore[index]
    assert ids(catalog, reviewed="not_a_face", gender="male") == [3]
    assert ids(catalog, reviewed="not_a_face", undated="yes", model="compact") == [6]
    assert ids(catalog, reviewed="not_a_face", folder="/nowhere") == []


def test_all_that_match_come_with_what_was_seen(catalog: Path) -> None:
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1], author="me", age=50)
        found = wall.matching(opened, read_question({"gender": "female", "age_from": "20"}))
    assert found == [
        {"id": 1, "correction": 1, "gender": "female", "age": 50.0},
        {"id": 4, "correction": None, "gender": "female", "age": 62.0},
        {"id": 6, "correction": None, "gender": "female", "age": 25.0},
    ]


def test_folders_are_found_by_the_name_that_is_shown(tmp_path: Path) -> None:
    build(tmp_path / "c.db", LIBRARY)
    with Catalog(tmp_path / "c.db") as opened:
        offered = choices(opened)
    assert offered["folders"][0] == "/p"
    assert "/p/2019/sub" in offered["folders"]
    assert offered["models"] == ["compact"]
    assert ids(tmp_path / "c.db", folder="/p/2019", sort="youngest") == [2, 1, 3]
    assert ids(tmp_path / "c.db", folder="/p/20%9") == [8]

    odd = tagged(ODD.replace("/odd/", "/b\udcff d/"), [face("female", 3)])
    build(tmp_path / "odd.db", [odd, *LIBRARY])
    assert ids(tmp_path / "odd.db", folder="/p/b\\udcff d") == [1]


def test_pages_hold_every_face_once_in_any_order(tmp_path: Path) -> None:
    rng = random.Random(1)
    # Few distinct values, so that pages end between equals.
    faces = [
        face(rng.choice(("female", "male")), rng.choice((3, 20.5, 41)), sure=rng.choice((0.6, 0.9)), x=10.0 + 50 * n)
        for n in range(100)
    ]
    build(
        tmp_path / "c.db",
        [tagged("/p/a.jpg", faces, "2019-01-01T00:00:00"), tagged("/p/\udce9.jpg", faces[:50]), tagged("/p/c.jpg", [])],
    )
    with Catalog(tmp_path / "c.db") as opened:
        for sort in get_args(Sort):
            question = read_question({"sort": sort})
            seen: list[object] = []
            keys = []
            while True:
                page = wall.page(opened, question)
                seen += [row["id"] for row in page.faces]
                keys += [(row["age"], row["gender_confidence"], row["taken"]) for row in page.faces]
                if page.after is None:
                    break
                assert len(page.faces) == wall.PAGE
                question = read_question({"sort": sort, "after": write_after(page.after)})
            assert sorted(seen) == list(range(1, 151)), sort
            if sort == "youngest":
                assert [age for age, _, _ in keys] == sorted(age for age, _, _ in keys)


def test_numbers_are_of_the_wall_and_charts_leave_out_their_own_filter(catalog: Path) -> None:
    with Catalog(catalog) as opened:
        everything = numbers(opened, Filters())
        assert (everything["faces"], everything["reviewed"]) == (8, 0)
        ages = {row["decade"]: (row["female"], row["male"]) for row in everything["pyramid"]}  # type: ignore[attr-defined]
        assert ages[10] == (1, 0)
        assert ages[30] == (1, 1)
        assert ages[90] == (0, 0)
        assert everything["timeline"] == {
            "year": None,
            "undated": 1,
            "bars": [{"period": "2018", "faces": 2}, {"period": "2019", "faces": 2}, {"period": "2020", "faces": 3}],
        }

        women = numbers(opened, Filters(gender="female", age=(20, 29)))
        assert women["faces"] == 1
        assert women["pyramid"] == everything["pyramid"]
        assert women["timeline"] == {"year": None, "undated": 1, "bars": []}

        year = numbers(opened, Filters(taken=("2019-03", "2019-03")))
        assert year["faces"] == 1
        bars = year["timeline"]["bars"]  # type: ignore[index]
        assert len(bars) == 12
        assert bars[2] == {"period": "2019-03", "faces": 1}
        assert sum(bar["faces"] for bar in bars) == 2
        assert sum(row["female"] + row["male"] for row in year["pyramid"]) == 1  # type: ignore[attr-defined]


def test_numbers_are_remembered_until_the_catalog_changes(catalog: Path) -> None:
    overview = Overview()
    with Catalog(catalog) as opened, Catalog(catalog) as watched, Catalog(catalog, mode="write") as other:
        before = version(watched)
        assert overview.numbers(opened, Filters(), before)["reviewed"] == 0
        assert version(watched) == before
        other.correct([1], author="me")
        other.correct([2], author="me", not_a_face=True)
        assert overview.numbers(opened, Filters(), before)["faces"] == 8, "it looked again"
        after = overview.numbers(opened, Filters(), version(watched))
        assert (after["faces"], after["reviewed"]) == (7, 1)


def test_what_is_not_asked_for_any_more_is_forgotten(catalog: Path) -> None:
    overview = Overview()
    with Catalog(catalog, mode="write") as opened:
        for high in range(150):
            overview.numbers(opened, Filters(age=(0, high)), 0)
        opened.correct([1], author="me", age=0)
        assert overview.numbers(opened, Filters(age=(0, 0)), 0)["reviewed"] == 1, "forgotten, so counted again"
        assert overview.numbers(opened, Filters(age=(0, 149)), 0)["reviewed"] == 0, "remembered"


REMEMBERING = Overview()
"""Of ``numbered``, which does not change."""


@settings(deadline=None)
@given(
    st.builds(
        Filters,
        gender=st.sampled_from(["female", "male", None]),
        age=st.sampled_from([None, (0, 20), (20, None), (33, 62)]),
        min_confidence=st.sampled_from([None, 0.5, 0.75, 0.9]),
        undated=st.booleans(),
        taken=st.sampled_from([None, ("2018", "2018"), ("2019", None), ("2019-04", "2019-04"), ("2018", "2020")]),
        not_reviewed=st.booleans(),
    )
)
def test_numbers_are_those_of_plain_questions(numbered: Path, filters: Filters) -> None:
    def ask(filters: Filters) -> list[dict[str, object]]:
        return [dict(zip(FACE_COLUMNS, cells, strict=True)) for cells in tags(opened, filters)]

    with Catalog(numbered) as opened:
        answer = REMEMBERING.numbers(opened, filters, 0)
        wall_rows = ask(filters)
        assert (answer["faces"], answer["reviewed"]) == (
            len(wall_rows),
            sum(bool(row["reviewed"]) for row in wall_rows),
        )
        expected = Counter(
            (int(row["age"]) // 10 * 10, row["gender"]) for row in ask(replace(filters, gender=None, age=None))
        )  # type: ignore[call-overload]
        drawn = {(row["decade"], gender): row[gender] for row in answer["pyramid"] for gender in ("female", "male")}  # type: ignore[attr-defined]
        assert {key: number for key, number in drawn.items() if number} == expected
        year = answer["timeline"]["year"]  # type: ignore[index]
        assert year == (
            filters.taken[0][:4]
            if filters.taken and filters.taken[1] and filters.taken[0][:4] == filters.taken[1][:4]
            else None
        )  # type: ignore[index]
        dated = ask(replace(filters, undated=False, taken=(year, year) if year else None))
        periods = Counter(str(row["taken"])[: 7 if year else 4] for row in dated if row["taken"])
        assert {bar["period"]: bar["faces"] for bar in answer["timeline"]["bars"] if bar["faces"]} == periods  # type: ignore[index]
        assert answer["timeline"]["undated"] == sum(row["taken"] is None for row in dated)  # type: ignore[index]


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalog = build_site(tmp_path_factory.mktemp("numbered"))
    with Catalog(catalog, mode="write") as opened:
        opened.correct([2], author="me")
        opened.correct([3], author="me", age=25)
        opened.correct([4], author="me", not_a_face=True)
    return catalog


def test_the_least_certain_faces_come_in_order_also_beyond_those_with_an_index(tmp_path: Path) -> None:
    rng = random.Random(0)
    faces = [face("male", 30, age_sure=round(rng.uniform(0.1, 0.4), 4)) for _ in range(200)]  # a third of them doubtful
    build(tmp_path / "c.db", [tagged(f"/p/{n}.jpg", [each]) for n, each in enumerate(faces)])
    with Catalog(tmp_path / "c.db") as opened:
        pages, after = [], None
        while not pages or after:
            page = wall.page(opened, Question(Filters(), "certain", after))
            pages.append([row["id"] for row in page.faces])
            after = page.after
        expected = opened.fetch("SELECT face_id FROM shown ORDER BY gender_confidence * age_confidence, 1").fetchall()
    assert [len(each) for each in pages] == [60, 60, 60, 20]
    assert [key for each in pages for key in each] == [key for (key,) in expected]


def test_a_camera_whose_clock_is_wrong_does_not_stretch_the_timeline(tmp_path: Path) -> None:
    days = ("1904-01-01T00:00:00", "2019-01-01T00:00:00", "2021-01-01T00:00:00")
    build(tmp_path / "c.db", [tagged(f"/p/{n}.jpg", [face("male", 130)], day) for n, day in enumerate(days)])
    with Catalog(tmp_path / "c.db") as opened:
        answer = numbers(opened, Filters())
    assert [bar["period"] for bar in answer["timeline"]["bars"]] == ["1904", "2019", "2021"]  # type: ignore[index]
    assert answer["pyramid"][-1] == {"decade": 100, "female": 0, "male": 3}  # type: ignore[index]


def test_the_box_of_a_face_that_lies_is_where_its_turned_picture_shows_it(tmp_path: Path) -> None:
    lying = replace(face("female", 30), box=turned_face(FaceBox(5.0, 100.0, 45.0, 160.0, 0.9), 90))
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [lying, replace(lying, box=FaceBox(50.0, 120.0, 90.0, 160.0, 0.9))])])
    with Catalog(tmp_path / "c.db") as opened:
        seen = {row["id"]: row["crowd"] for row in wall.page(opened, read_question({})).faces}
    # In the photo 18 pixels around 40 × 60, 5 of them on the left; turned clockwise, the left is on top.
    assert seen[1] == {"x": 18, "y": 5, "width": 60, "height": 40, "of_width": 96, "of_height": 63}
    assert seen[2] == {"x": 12, "y": 12, "width": 40, "height": 40, "of_width": 64, "of_height": 64}


def test_one_photo(catalog: Path) -> None:
    with Catalog(catalog) as opened:
        photo = photo_of(opened, 7)
        assert photo is not None
        assert [row["id"] for row in photo["faces"]] == [7, 8]  # type: ignore[attr-defined]
        assert (photo["width"], photo["height"], photo["camera"]) == (320, 240, "Canon")
        assert photo_of(opened, 99) is None


def test_names_offered_are_those_in_use(catalog: Path) -> None:
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1], author="me", name="Ada")
        opened.correct([2], author="me", name="Grcae")
        opened.correct([2], author="me", name="Grace")
        opened.correct([3], author="me", name="Nobody")
        opened.correct([3], author="me", name="")
        assert choices(opened)["names"] == ["Ada", "Grace"]


@pytest.mark.parametrize(
    "query",
    [
        {"gender": "x"},
        {"sort": "age"},
        {"age_from": "-1"},
        {"age_to": "1e3"},
        {"age_from": "٣"},
        {"confidence": "101"},
        {"reviewed": "maybe"},
        {"undated": "no"},
        {"age_group": "20-30"},
        {"faces": "-2"},
        {"faces": "00"},
        {"faces": "5-3"},
        {"faces": "12345"},
        {"unlikely": "no"},
        {"taken_from": "19"},
        {"taken_to": "2019-5"},
        {"after": "x"},
        {"after": "[1]"},
        {"after": "[1, 2, 3]"},
        {"after": '["a", 2]'},
        {"after": "[NaN, 2]"},
        {"after": "[1, -2]"},
        {"after": "[1, true]"},
        {"after": "[" * 100_000},
        {"sort": "newest", "after": "[1, 2]"},
        {"after": f"[1, {2**63}]"},
        {"after": f"[{2**63}, 1]"},
        {"after": f"[{10**400}, 1]"},
        {"sort": "newest", "after": '["\\ud800", 1]'},
    ],
    ids=str,
)
def test_questions_that_make_no_sense_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadRequestError):
        read_question(query)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"faces": []}',
        '{"faces": 1}',
        '{"faces": [1]}',
        '{"faces": [{}]}',
        '{"faces": [{"id": 1, "correction": null, "gender": "male", "age": 3, "more": 1}]}',
        '{"faces": [{"id": 1.5, "correction": null, "gender": "male", "age": 3}]}',
        '{"faces": [{"id": true, "correction": null, "gender": "male", "age": 3}]}',
        '{"faces": [{"id": "1", "correction": null, "gender": "male", "age": 3}]}',
        '{"faces": [{"id": 0, "correction": null, "gender": "male", "age": 3}]}',
        f'{{"faces": [{{"id": {2**63}, "correction": null, "gender": "male", "age": 3}}]}}',
        '{"faces": [{"id": 1, "correction": 0, "gender": "male", "age": 3}]}',
        '{"faces": [{"id": 1, "correction": null, "gender": "both", "age": 3}]}',
        '{"faces": [{"id": 1, "correction": null, "gender": [], "age": 3}]}',
        '{"faces": [{"id": 1, "correction": null, "gender": "male", "age": NaN}]}',
        '{"faces": [{"id": 1, "correction": null, "gender": "male", "age": "3"}]}',
        f'{{"faces": [{{"id": 1, "correction": null, "gender": "male", "age": {10**400}}}]}}',
        json.dumps({"faces": [SEEN | {"id": face} for face in range(1, 5002)]}),
        *(
            json.dumps({"faces": [SEEN], **said})
            for said in (
                {"gender": "both"},
                {"gender": ["male"]},
                {"age": -1},
                {"age": float("nan")},
                {"age": 131},
                {"age": True},
                {"age": "30"},
                {"name": 3},
                {"name": "\ud800"},
                {"name": "x" * 201},
                {"not_a_face": 1},
                {"author": "x"},
            )
        ),
        "[" * 100_000,
        "\xff",
    ],
    ids=lambda body: body[-40:],
)
def test_corrections_that_make_no_sense_are_refused(body: str) -> None:
    with pytest.raises((BadRequestError, StatementError)):
        read_correction(body.encode("latin-1"))


def test_corrections_are_read() -> None:
    faces = [SEEN | {"id": 3}, SEEN, SEEN | {"id": 3}]
    seen, said = read_correction(json.dumps({"faces": faces, "age": 34, "name": "  Ada\n\u0007 L.  "}).encode())
    assert seen == {3: Seen(7, "male", 8.2), 1: Seen(7, "male", 8.2)}
    assert (said.age, said.name, said.gender, said.not_a_face) == (34.0, "Ada L.", None, False)
    assert read_correction(json.dumps({"faces": [SEEN], "name": ""}).encode()).statement.name == ""
    assert read_correction(json.dumps({"faces": [SEEN], "gender": None}).encode()).statement.confirms
    assert read_undo(b'{"corrections": [5, 5], "faces": [2]}') == ((5,), (2,))


@pytest.mark.parametrize(
    "body",
    ["{}", '{"corrections": [1]}', '{"faces": [1]}', '{"corrections": [0], "faces": [1]}', '{"corrections": []}'],
)
def test_undos_that_make_no_sense_are_refused(body: str) -> None:
    with pytest.raises(BadRequestError):
        read_undo(body.encode())


@given(st.floats(0, 1), st.integers(1, 2**62))
def test_where_a_page_ended_survives_the_address(key: float, face_id: int) -> None:
    after = read_question({"after": write_after((key, face_id))}).after
    assert after == (key, face_id)


def test_an_empty_question_asks_for_all(catalog: Path) -> None:
    assert read_question({"gender": "", "folder": ""}) == Question(Filters(), "certain", None)
    assert replace(read_question({"folder": "/a/"}).filters, folder=None) == Filters()
    assert read_question({"folder": "/a/"}).filters.folder == "/a"
    assert read_question({"folder": "/"}).filters.folder == "/"
