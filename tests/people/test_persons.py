"""People: what is said of them, what follows for their photos, and that nothing said is lost."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from tests.support.library import build, face, tagged
from tests.support.photos import rows
from tests.support.sidecars import catalogue, make_photo
from tests.support.sidecars import face as boxed

ADA, BEN = (1, 2, 3, 4), (5, 6)
"""Faces: Ada in 2018, 2019, 2020 and in a photo without a date; Ben with her in 2020 and without a date."""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.db"
    build(
        path,
        [
            tagged("/p/2018.jpg", [face("female", 3.5)], "2018-06-01T12:00:00"),
            tagged("/p/2019.jpg", [face("male", 4.2, sure=0.6)], "2019-06-01T12:00:00"),
            tagged("/p/2020.jpg", [face("female", 5.1)], "2020-06-01T12:00:00"),
            tagged("/p/undated.jpg", [face("female", 4.0)]),
            tagged("/p/ben.jpg", [face("male", 40.0)], "2020-06-02T12:00:00"),
            tagged("/p/both.jpg", [face("male", 41.0), face("female", 30.0, x=200)], "2021-01-02T12:00:00"),
        ],
    )
    run(path, "correct", *map(str, ADA), "--name", "Ada L.")
    run(path, "correct", *map(str, BEN), "--name", "Ben")
    return path


def run(catalog: Path, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [*arguments, "--catalog", str(catalog)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def people(catalog: Path, *arguments: str, code: int = 0) -> Result:
    return run(catalog, "people", *arguments, code=code)


def of_ada(catalog: Path, what: str) -> list[tuple[object, ...]]:
    return rows(catalog, f"SELECT {what} FROM tags WHERE name = 'Ada L.' ORDER BY face_id")


def everything(catalog: Path) -> list[object]:
    said = "SELECT name, gender, born_first, born_last, died_first, died_last, author FROM persons ORDER BY 1"
    named = (
        "SELECT face_id, gender, gender_from, round(age, 2), age_from, age_low, age_high, name, likely_taken FROM tags"
    )
    return [rows(catalog, said), rows(catalog, f"{named} ORDER BY 1")]


def test_one_gender_of_one_person_with_the_estimate_beside_it(catalog: Path) -> None:
    assert [gender for gender, _ in of_ada(catalog, "gender, 0")] == ["female"] * 4
    assert of_ada(catalog, "gender_from, estimated_gender")[1] == ("person", "male")
    ((sure,), *_) = of_ada(catalog, "DISTINCT gender_confidence")
    assert 0.6 < float(str(sure)) < 1
    run(catalog, "correct", "2", "--gender", "male")  # this face is somebody's joke, and wins
    assert of_ada(catalog, "gender, gender_from")[1] == ("male", "reviewed")
    assert rows(catalog, "SELECT gender_from FROM tags WHERE name IS NULL") == [("estimate",)]


def test_ages_follow_from_a_birth_and_are_taken_back(catalog: Path) -> None:
    before = everything(catalog)
    result = people(catalog, "set", "Ada L.", "--born", "2015-03-02", "--gender", "f")
    assert result.stderr == "Ada L.: female, born 2015-03-02.\n"
    ages = of_ada(catalog, "CAST(age AS INTEGER), age_from, gender_confidence")
    assert ages == [(3, "person", 1), (4, "person", 1), (5, "person", 1), (4, "estimate", 1)]
    assert of_ada(catalog, "age_group, estimated_age")[0] == ("4-6", 3.5)
    run(catalog, "correct", "1", "--age", "2")
    assert of_ada(catalog, "age, age_from")[0] == (2, "reviewed")
    run(catalog, "correct", "1", "--undo")
    assert "people set (Ada L.)" in people(catalog, "undo").stderr
    assert everything(catalog) == before
    assert "could be taken back" in people(catalog, "undo", code=1).stderr


def test_what_is_known_can_be_said_bit_by_bit_and_be_unknown_again(catalog: Path) -> None:
    people(catalog, "set", "Ben", "--born", "about 1980")
    told = people(catalog, "set", "Ben", "--died", "2023", "--gender", "male", "--author", "Eve").stderr
    assert told == "Ben: male, born about 1980, died 2023.\n"
    assert rows(catalog, "SELECT born_first, died_last, gender, author FROM persons WHERE name = 'Ben'") == [
        ("1975-01-01", "2023-12-31", "male", "Eve")
    ]
    people(catalog, "set", "Ben", "--born", "unknown")
    assert rows(catalog, "SELECT born_first, died_last FROM persons WHERE name = 'Ben'") == [(None, "2023-12-31")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["set", "Ada", "--born", "2015"], "nobody named Ada. Did you mean Ada L.?"),
        (["set", "Ada L.", "--born", "yesterday"], "'yesterday' is not a date"),
        (["set", "Ada L.", "--born", "2015", "--died", "2010"], "cannot have died"),
        (["rename", "Ben", "Ada L."], 'people merge "Ada L." "Ben"'),
        (["merge", "Ben", "Ben"], "at least two people"),
        (["show", "Eve"], "nobody named Eve"),
    ],
)
def test_what_cannot_be_said_is_a_sentence_and_changes_nothing(catalog: Path, arguments: list[str], words: str) -> None:
    before = everything(catalog)
    assert words in people(catalog, *arguments, code=1).stderr
    assert everything(catalog) == before


def test_a_gender_that_is_none_and_the_beginning_of_a_name(catalog: Path) -> None:
    told = people(catalog, "set", "Ben", "--gender", "x", code=2).stderr
    assert "Invalid value for '--gender': 'x' is not female, male or unknown." in told
    run(catalog, "correct", "1", "--name", "Dan")
    run(catalog, "correct", "2", "--name", "Daniel Longname")
    assert "Did you mean Daniel Longname?" in people(catalog, "show", "daniel", code=1).stderr
    assert people(catalog, "set", "Dan", "--born", "1980").stderr == "Dan: female 90%, born 1980.\n"


def test_a_new_name_keeps_all_and_is_undone(catalog: Path) -> None:
    run(catalog, "correct", "1", "--age", "3")
    people(catalog, "set", "Ada L.", "--born", "2015")
    before = everything(catalog)
    assert people(catalog, "rename", "Ada L.", "Eva").stderr == "Eva: 4 faces.\n"
    assert rows(catalog, "SELECT name, faces, born_first FROM people ORDER BY 1") == [
        ("Ben", 2, None), ("Eva", 4, "2015-01-01")
    ]  # fmt: skip
    assert rows(catalog, "SELECT name, age FROM tags WHERE face_id = 1") == [("Eva", 3.0)]
    people(catalog, "undo")
    assert everything(catalog) == before


def test_a_merge_keeps_what_was_said_and_is_undone(catalog: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015", "--gender", "female")
    people(catalog, "set", "Ben", "--born", "1980", "--died", "2024")
    before = everything(catalog)
    result = people(catalog, "merge", "Ada L.", "Ben")
    assert result.stderr == "Ben was said to have born 1980; it stays 2015.\nAda L.: 2 more faces.\n"
    assert rows(catalog, "SELECT name, faces, born_first, died_last FROM people") == [
        ("Ada L.", 6, "2015-01-01", "2024-12-31")
    ]
    run(catalog, "correct", "5", "--name", "Carl")
    assert "1 face corrected since then" in people(catalog, "undo").stderr
    run(catalog, "correct", "5", "--name", "Ben")
    assert everything(catalog) == before


def test_faces_that_get_or_lose_a_name_change_the_person(catalog: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015-03-02")
    run(catalog, "correct", "2", "--name", "Ben")
    assert rows(catalog, "SELECT gender, age_from FROM tags WHERE face_id = 2") == [("male", "estimate")]
    run(catalog, "correct", "2", "--undo")
    assert rows(catalog, "SELECT gender, age_from FROM tags WHERE face_id = 2") == [("female", "person")]
    run(catalog, "correct", "5", "6", "--name", "")
    assert rows(catalog, "SELECT name FROM persons") == [("Ada L.",)]
    assert rows(catalog, "SELECT count(*) FROM stale") == [(0,)]


def test_undated_photos_get_years_but_no_date(catalog: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015")
    result = people(catalog, "date", "--format", "json")
    ((photo),) = json.loads(result.stdout)
    assert photo["path"] == "/p/undated.jpg"
    assert 2015 <= int(photo["likely_from"]) <= 2019 <= int(photo["likely_to"]) <= 2030
    assert "Ada L. (born 2015) looks" in photo["because"]
    assert rows(catalog, "SELECT taken, likely_taken IS NULL FROM photos WHERE path = '/p/undated.jpg'") == [(None, 0)]
    assert rows(catalog, "SELECT count(*) FROM photos WHERE likely_taken IS NOT NULL") == [(1,)]
    people(catalog, "undo")
    assert rows(catalog, "SELECT count(*) FROM photos WHERE likely_taken IS NOT NULL") == [(0,)]


def test_what_cannot_be_is_listed(catalog: Path) -> None:
    assert "Nothing is wrong" in people(catalog, "check").stderr
    people(catalog, "set", "Ada L.", "--born", "2019-01-01", "--died", "2020-01-01")
    run(catalog, "correct", "7", "--name", "Ben")  # with face 6 in one photo
    found = json.loads(people(catalog, "check", "--format", "json").stdout)
    assert {(each["kind"], each["face_id"]) for each in found} >= {("birth", 1), ("death", 3), ("twice", 6)}
    assert not [each for each in json.loads(people(catalog, "check", "Ada L.", "--format", "json").stdout)
                if each["name"] != "Ada L."]  # fmt: skip


def test_a_grandfather_among_the_grandsons_faces_is_found(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    photos = [tagged(f"/p/{n}.jpg", [face("male", 8.0 + n)], f"{2010 + n}-06-01T12:00:00") for n in range(6)]
    photos.append(tagged("/p/old.jpg", [face("male", 70.0)], "2012-07-01T12:00:00"))
    build(path, photos)
    run(path, "correct", *map(str, range(1, 8)), "--name", "Tom")
    (found,) = json.loads(people(path, "check", "--format", "json").stdout)
    assert (found["kind"], found["face_id"]) == ("looks", 7)
    assert "years too old" in found["why"]


def test_a_camera_with_a_wrong_clock_is_not_taken_for_wrong_names(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    build(path, [tagged("/p/a.jpg", [face("male", 40.0), face("female", 38.0, x=200)], "1990-01-02T12:00:00", "Cam")])
    run(path, "correct", "1", "--name", "Tom")
    run(path, "correct", "2", "--name", "Eve")
    people(path, "set", "Tom", "--born", "1980-01-01")
    people(path, "set", "Eve", "--born", "1982-01-01")
    found = json.loads(people(path, "check", "--format", "json").stdout)
    assert {each["kind"] for each in found} == {"date"}


def test_questions_by_who_is_in_a_photo(catalog: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015-03-02")
    run(catalog, "correct", "7", "--name", "Eve")

    def asked(*arguments: str) -> list[str]:
        return run(catalog, "query", "--format", "paths", *arguments).stdout.split()

    assert asked("--with", "Ben") == ["/p/ben.jpg", "/p/both.jpg"]
    assert asked("--with", "Ben", "--with", "Eve", "--alone") == ["/p/both.jpg"]
    assert asked("--with", "Ben", "--alone") == ["/p/ben.jpg"]
    assert asked("--with", "Ada L.", "--person-age", "4") == ["/p/2019.jpg", "/p/undated.jpg"]
    assert asked("--people", "2 adults") == asked("--people", "1 man, 1 woman") == ["/p/both.jpg"]
    assert asked("--people", "1+ adults, 0+ children", "--folder", "/p") == sorted(["/p/ben.jpg", "/p/both.jpg"])
    assert len(asked("--children")) == 4
    assert asked("--unnamed") == []
    assert run(catalog, "query", "--person-age", "4", code=1).stderr.startswith("Error: The age of which person?")
    assert "No face is named Eva. Did you mean Eve?" in run(catalog, "query", "--with", "Eva").stderr
    assert "counted" not in run(catalog, "query", "--people", "2 adults, 1 man", code=2).stderr


def test_what_was_said_of_people_comes_along(catalog: Path, tmp_path: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015-03-02", "--gender", "f")
    said = tmp_path / "said.jsonl"
    assert "and what was said of 1 person" in run(catalog, "corrections", "export", str(said)).stderr
    other = tmp_path / "other.db"
    build(other, [tagged("/p/2018.jpg", [face("female", 3.5)], "2018-06-01T12:00:00")])
    assert "News of 1 person." in run(other, "corrections", "import", str(said)).stderr
    assert rows(other, "SELECT age_from, gender_confidence FROM tags") == [("person", 1.0)]
    assert "News of" not in run(other, "corrections", "import", str(said)).stderr
    people(other, "set", "Ada L.", "--born", "2016")
    run(other, "corrections", "import", str(said))
    assert rows(other, "SELECT born_first FROM persons WHERE name = 'Ada L.'") == [("2016-01-01",)]  # said later


@pytest.mark.parametrize(
    "line",
    [
        '{"person": "", "gender": null, "born": null, "died": null, "author": "me", "said_at": "2026"}',
        '{"person": "Ada", "gender": "f", "born": null, "died": null, "author": "me", "said_at": "2026"}',
        '{"person": "Ada", "gender": null, "born": ["x", 3], "died": null, "author": "me", "said_at": "2026"}',
        '{"person": "Ada", "gender": null, "born": ["2015-02-02", "2014-02-02"], "died": null, "author": "me", '
        '"said_at": "2026"}',
        '{"person": "Ada", "gender": null, "born": null, "died": null, "author": "", "said_at": "2026"}',
        '{"person": "Ada"}',
        '{"person": ' + "[" * 100_000,
    ],
)
def test_lines_about_people_that_cannot_be_are_named(catalog: Path, tmp_path: Path, line: str) -> None:
    file = tmp_path / "said.jsonl"
    file.write_text(f"{line}\n")
    before = everything(catalog)
    assert "Line 1 is not understood" in run(catalog, "corrections", "import", str(file), code=1).stderr
    assert everything(catalog) == before


def test_nobody_forgotten_is_left_in_any_file(catalog: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015-03-02")
    people(catalog, "rename", "Ada L.", "Adaline")
    people(catalog, "forget", "Adaline", "--yes")
    assert rows(catalog, "SELECT count(*) FROM faces") == [(3,)]
    for file in catalog.parent.iterdir():
        assert b"Ada" not in file.read_bytes(), file
    assert "could be taken back" in people(catalog, "undo", code=1).stderr


def test_sidecars_forget_too_when_asked(tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "p" / "a.jpg", 1, (1200, 800))
    boxes = [(120, 80, 360, 320), (700, 400, 1100, 750)]
    path = catalogue(tmp_path / "catalog.db", {photo: [boxed(box) for box in boxes]}, (1200, 800))
    run(path, "correct", "1", "--name", "Ada")
    run(path, "correct", "2", "--name", "Eve")
    run(path, "export", "xmp")
    sidecar = Path(f"{photo}.xmp")
    assert b"Ada" in sidecar.read_bytes()
    assert "Changed 1 sidecar." in people(path, "forget", "Ada", "--yes", "--xmp").stderr
    assert b"Ada" not in sidecar.read_bytes()
    assert b"Eve" in sidecar.read_bytes()


def test_a_person_is_shown_through_the_years(catalog: Path) -> None:
    people(catalog, "set", "Ada L.", "--born", "2015-03-02")
    lines = people(catalog, "show", "Ada L.").stdout.splitlines()
    assert lines[:2] == ["Ada L.", "4 faces in 4 photos, 2018-06-01 to 2020-06-01"]
    assert "born    2015-03-02" in lines
    assert [line.split()[-4:] for line in lines[-4:]] == [
        ["2018", "1", "3", "3"],
        ["2019", "1", "4", "4"],
        ["2020", "1", "5", "5"],
        ["date", "1", "4", "4"],
    ]
    assert "Ada L.      4       4" in people(catalog, "list").stdout
    assert json.loads(people(catalog, "list", "--format", "json").stdout)[0]["born_from"] == "said"


def test_a_rescan_with_other_estimates_pools_them_anew(catalog: Path) -> None:
    with Catalog(catalog, mode="change") as opened:
        opened.fetch("UPDATE faces SET gender = 'male', gender_confidence = 0.99 WHERE id < 5")
        with opened.transaction():  # any later one
            pass
    assert [gender for (gender,) in of_ada(catalog, "gender")] == ["male"] * 4
    assert rows(catalog, "SELECT pooled_gender FROM persons WHERE name = 'Ada L.'") == [("male",)]
