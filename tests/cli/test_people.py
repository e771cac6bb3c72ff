"""``photogender people``: nothing is stored unless asked for, groups grow, what was said lasts."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from photogender.catalog.said.likeness import likeness_path
from photogender.cli import main
from photogender.review.cache import FaceCache, default_folder
from tests.support.people import install_descriptor, write_person
from tests.support.photos import rows
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool


def run(*arguments: object, answer: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=answer)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scanned: three photos of red, two of blue; not grouped."""
    monkeypatch.setenv("PHOTOGENDER_CATALOG", str(tmp_path / "catalog.db"))
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    install_descriptor(tmp_path / "models")
    write_person(tmp_path / "lib", "red", 1, 2, 3)
    write_person(tmp_path / "lib", "blue", 1, 2)
    scan(tmp_path / "lib")
    return tmp_path / "lib"


def scan(folder: Path) -> None:
    assert run("scan", folder, "-q").exit_code == 0


def group(*arguments: str) -> str:
    result = run("people", "group", "--yes", "--descriptor", "colour", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def listed(*arguments: object) -> list[dict[str, Any]]:
    result = run("people", "groups", "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def colours(library: Path) -> dict[int, str]:
    found = rows(library.parent / "catalog.db", "SELECT face_id, path FROM tags")
    return {int(str(face)): Path(str(path)).name.partition("_")[0] for face, path in found}


def shown(library: Path, *arguments: object) -> list[tuple[str, int]]:
    """For each group that is listed: the colours of its faces, and how many there are."""
    by_face = colours(library)
    members = [one["named"] + one["unnamed"] for one in listed(*arguments)]
    return [("+".join(sorted({by_face[face] for face in faces})), len(faces)) for faces in members]


def group_of(library: Path, colour: str) -> int:
    by_face = colours(library)
    (found,) = {
        one["group_id"] for one in listed("--least", "1") if by_face[(one["named"] + one["unnamed"])[0]] == colour
    }
    return int(found)


def test_nothing_is_stored_unless_asked_for(library: Path) -> None:
    refused = run("people", "group", "--descriptor", "colour", answer="n\n")
    assert refused.exit_code == 1
    assert "biometric" in refused.output
    assert str(likeness_path(library.parent / "catalog.db")) in refused.output
    assert not list(library.parent.glob("*likeness*"))
    assert "Group them with: photogender people group" in run("people", "groups").output
    assert "catalog.likeness.db" not in run("doctor").output
    write_person(library, "green", 1)
    assert "people group" not in run("scan", library).output


def test_groups_are_made_and_grow_with_later_scans(library: Path) -> None:
    assert "2 groups of two or more faces, 0 single faces" in group()
    assert shown(library) == [("red", 3), ("blue", 2)]
    first = {one["group_id"] for one in listed()}
    write_person(library, "red", 4)
    write_person(library, "green", 1)
    assert "photogender people group" in run("scan", library).output
    output = group()
    assert "Described 2 faces" in output, "only new photos are read"
    assert shown(library, "--least", 1) == [("red", 4), ("blue", 2), ("green", 1)]
    assert first < {one["group_id"] for one in listed("--least", 1)}, "ids last"
    group("--again")
    assert shown(library, "--least", 1) == [("red", 4), ("blue", 2), ("green", 1)]
    table = run("people", "groups").stdout.splitlines()
    assert len(table) == 3


def test_a_group_is_named_once_and_later_faces_are_suggested(library: Path) -> None:
    group()
    red = group_of(library, "red")
    assert "Nobody in group" in run("people", "confirm", red).output
    assert run("people", "confirm", red, "--name", "Ada").exit_code == 0
    names = rows(library.parent / "catalog.db", "SELECT name, path LIKE '%red%' FROM tags ORDER BY 2")
    assert names == [(None, 0)] * 2 + [("Ada", 1)] * 3
    write_person(library, "red", 4)
    scan(library)
    assert "1 suggestion" in group()
    (suggestion,) = listed("--suggestions")
    assert (suggestion["name"], len(suggestion["named"]), len(suggestion["unnamed"])) == ("Ada", 3, 1)
    assert "Ada?" in run("people", "groups").stdout
    assert "named Ada" in run("people", "confirm", red, "--name", "Ben").output
    assert run("people", "confirm", red).exit_code == 0
    assert rows(library.parent / "catalog.db", "SELECT count(*) FROM tags WHERE name = 'Ada'") == [(4,)]


def test_what_a_person_denied_lasts(library: Path) -> None:
    group()
    red = group_of(library, "red")
    assert run("people", "confirm", red, "--name", "Ada").exit_code == 0
    write_person(library, "red", 4, 5)
    scan(library)
    group()
    assert run("people", "reject", red).exit_code == 0
    for arguments in ((), ("--again",)):
        group(*arguments)
        assert sorted(shown(library)) == [("blue", 2), ("red", 2), ("red", 3)], arguments
        assert listed("--suggestions") == []
    by_face = colours(library)
    (other,) = (one["group_id"] for one in listed() if one["unnamed"] and by_face[one["unnamed"][0]] == "red")
    assert run("people", "join", red, other).exit_code == 0
    group("--again")
    assert ("red", 5) in shown(library)


def test_faces_are_taken_out_of_a_group(library: Path) -> None:
    group()
    red = group_of(library, "red")
    face = listed(red)[0]["face_id"]
    wrong = run("people", "reject", red, 999)
    assert (wrong.exit_code, "Face 999 is not in group" in wrong.output) == (1, True)
    assert "No name is suggested" in run("people", "reject", red).output
    assert run("people", "reject", red, face).exit_code == 0
    group("--again")
    assert sorted(shown(library, "--least", 1)) == [("blue", 2), ("red", 1), ("red", 2)]


def test_another_model_describes_all_faces_again_and_groups_stay(library: Path) -> None:
    group()
    red = group_of(library, "red")
    run("people", "confirm", red, "--name", "Ada")
    install_descriptor(library.parent / "models", "tint", "the file of another model")
    told = group("--descriptor", "tint")
    assert "All faces are described again, by tint: so far it was colour." in told
    assert "Described 5 faces" in told
    assert [(one["name"], len(one["named"]), len(one["unnamed"])) for one in listed()] == [(None, 0, 2), ("Ada", 3, 0)]
    again = run("people", "group").output
    assert "0 new faces" in again
    assert "Described" not in again, "without --descriptor it stays the model that it was"


def test_ignored_strangers_stay_out_of_the_list(library: Path) -> None:
    group()
    assert run("people", "ignore", group_of(library, "red")).exit_code == 0
    write_person(library, "red", 4)
    scan(library)
    group()
    assert shown(library) == [("blue", 2)]
    (ignored,) = listed("--ignored")
    assert len(ignored["unnamed"]) == 4
    assert run("people", "ignore", ignored["group_id"], "--undo").exit_code == 0
    assert len(shown(library)) == 2


def test_a_face_that_gets_another_name_leaves_the_group(library: Path) -> None:
    group()
    red = group_of(library, "red")
    run("people", "confirm", red, "--name", "Ada")
    face = listed(red)[0]["face_id"]
    assert run("correct", face, "--name", "Ben").exit_code == 0
    group()
    assert sorted(shown(library, "--least", 1)) == [("blue", 2), ("red", 1), ("red", 2)]


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_forgetting_a_person_leaves_neither_name_nor_descriptor_in_any_file(library: Path) -> None:
    group()
    red = group_of(library, "red")
    run("people", "confirm", red, "--name", "Zebulon")
    write_person(library, "red", 4)
    scan(library)
    group()
    new = next(one for one in listed() if one["name"])["unnamed"]
    run("people", "reject", red)
    assert run("export", "xmp", "--template", "People|{name}").exit_code == 0
    FaceCache(default_folder()).put("ab12", b"a picture of Zebulon")
    catalog = library.parent / "catalog.db"
    place = likeness_path(catalog)
    named = [face for face, colour in colours(library).items() if colour == "red" and face not in new]
    marks = ",".join(map(str, named))
    descriptors = [value for (value,) in rows(place, f"SELECT descriptor FROM descriptors WHERE face_id IN ({marks})")]
    others = {value for (value,) in rows(place, f"SELECT descriptor FROM descriptors WHERE face_id NOT IN ({marks})")}
    assert b"Zebulon" in (library / "red_1.jpg.xmp").read_bytes()
    assert all(isinstance(value, bytes) and value in place.read_bytes() for value in descriptors)
    with closing(sqlite3.connect(catalog)) as page:  # so that the write-ahead log stays
        assert page.execute("SELECT count(*) FROM corrections").fetchone() == (3,)
        assert run("forget", "--person", "Zebulon", "--xmp", "--yes").exit_code == 0
        assert catalog.with_name("catalog.db-wal").exists()
        left = everything(library.parent)
    assert b"Zebulon" not in left
    assert not any(value in left for value in descriptors if isinstance(value, bytes) and value not in others)
    assert any(value not in others for value in descriptors)


@needs_exiftool
def test_what_was_rejected_lasts_when_xmp_is_written_into_the_photos(library: Path) -> None:
    group()
    red = group_of(library, "red")
    run("people", "reject", red, listed(red)[0]["face_id"])
    place = likeness_path(library.parent / "catalog.db")
    before = rows(place, "SELECT face_id, descriptor FROM descriptors"), rows(place, "SELECT * FROM apart")
    assert "5 written" in run("export", "xmp", "--embed").output
    assert "Described" not in group("--again")
    assert (rows(place, "SELECT face_id, descriptor FROM descriptors"), rows(place, "SELECT * FROM apart")) == before
    assert sorted(shown(library, "--least", 1)) == [("blue", 2), ("red", 1), ("red", 2)]


@needs_exiftool
def test_forgetting_a_person_takes_the_name_out_of_photos(library: Path) -> None:
    change_with_exiftool(library / "red_2.jpg", "-XMP-dc:Title=Theirs")
    scan(library)
    for face, colour in colours(library).items():
        run("correct", face, "--name", "Zebulon" if colour == "red" else "Olga")
    exported = run("export", "xmp", "--embed", "--template", "People|{name}")
    assert "0 skipped" in exported.output
    with_name = [path.name for path in sorted(library.iterdir()) if b"Zebulon" in path.read_bytes()]
    assert with_name == ["red_1.jpg", "red_2.jpg", "red_3.jpg"]
    (library / "red_1.jpg").rename(library / "red_1.jpg_original")  # as after a second export
    (library / "red_1.jpg").write_bytes((library / "red_1.jpg_original").read_bytes())
    with (library / "red_3.jpg").open("ab") as photo:
        photo.write(b"changed since the scan")
    told = run("forget", "--person", "Zebulon", "--xmp", "--yes").output
    assert "Changed 2 photos." in told
    assert f"{library / 'red_3.jpg'} is as it was: the photo changed after it was scanned" in told
    assert f"{library / 'red_1.jpg_original'} is as it was: copies of photos are not changed: delete it." in told
    assert "photogender export xmp --folder DIR" in told
    left = [
        path.name for path in sorted(library.parent.rglob("*")) if path.is_file() and b"Zebulon" in path.read_bytes()
    ]
    assert left == ["red_1.jpg_original", "red_3.jpg"]
    assert exiftool(library / "red_2.jpg")[0]["Title"] == "Theirs"
    assert b"Olga" in (library / "blue_1.jpg").read_bytes()
    scan(library)  # which finds the photos as they are now
    assert run("export", "xmp", "--embed").exit_code == 0
    assert b"Zebulon" not in (library / "red_3.jpg").read_bytes()


def test_forgetting_a_photo_and_removing_all(library: Path) -> None:
    group()
    place = likeness_path(library.parent / "catalog.db")
    assert os.stat(place).st_mode & 0o077 == 0, "nobody else may read it"
    report = run("doctor").output
    assert "catalog.likeness.db" in report.replace("\n", "")
    assert run("forget", library / "red_1.jpg", "--yes").exit_code == 0
    assert rows(place, "SELECT count(*) FROM descriptors") == [(4,)]
    assert run("people", "group", "--remove", answer="n\n").exit_code == 1
    assert place.exists()
    assert run("people", "group", "--remove", "--yes").exit_code == 0
    assert not list(library.parent.glob("*likeness*"))
    assert "nothing to remove" in run("people", "group", "--remove").output


def test_a_photo_that_cannot_be_read_is_tried_again(library: Path) -> None:
    away = library / "blue_1.jpg"
    away.rename(library.parent / "away.jpg")
    assert "1 photo could not be read" in group()
    assert shown(library) == [("red", 3)]
    (library.parent / "away.jpg").rename(away)
    group()
    assert shown(library) == [("red", 3), ("blue", 2)]


def test_pictures_of_a_group_are_saved(library: Path) -> None:
    group()
    red = group_of(library, "red")
    assert run("people", "groups", red, "--crops", library.parent / "faces").exit_code == 0
    assert len(list((library.parent / "faces").glob("*.jpg"))) == 3
    assert "goes with a GROUP" in run("people", "groups", "--crops", library.parent / "faces").output
    assert "There is no group 99" in run("people", "groups", 99).output


def test_a_file_of_another_program_is_not_touched(library: Path) -> None:
    place = likeness_path(library.parent / "catalog.db")
    place.write_bytes(b"something else" * 100)
    result = run("people", "group", "--yes", "--descriptor", "colour")
    assert result.exit_code == 1
    assert "Delete it or move it away" in result.output
    assert place.read_bytes().startswith(b"something else")


def test_a_damaged_descriptor_is_a_sentence(library: Path) -> None:
    group()
    change(
        library, "UPDATE descriptors SET descriptor = x'0102' WHERE face_id = (SELECT max(face_id) FROM descriptors)"
    )
    result = run("people", "group", "--yes", "--descriptor", "colour")
    assert (result.exit_code, "is damaged" in result.output) == (1, True)


def change(library: Path, sql: str) -> None:
    """What another program does to the file."""
    with closing(sqlite3.connect(likeness_path(library.parent / "catalog.db"))) as connection, connection:
        connection.execute(sql)
