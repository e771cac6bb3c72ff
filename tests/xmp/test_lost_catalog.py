"""Names in sidecars that another catalog wrote: it may be lost, and they are all that is left of it."""

from pathlib import Path

import pytest

from photogender.catalog.catalog import Catalog
from photogender.xmp.packet import Packet
from tests.support.photos import rows
from tests.support.programs import needs_exiftool, saved_by_digikam
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_xmp import export, imported, run

BOXES = ((10, 10, 40, 40), (70, 40, 110, 75))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return make_photo(tmp_path / "p" / "IMG.jpg")


@pytest.fixture
def beside(photo: Path) -> Path:
    return Path(f"{photo}.xmp")


def catalog_of(photo: Path, name: str, *people: str) -> Path:
    """A catalog of the photo, in which the first faces have names."""
    path = catalogue(photo.parent.parent / name, {photo: [face(box) for box in BOXES]})
    with Catalog(path, mode="write") as catalog:
        for number, person in enumerate(people, 1):
            catalog.correct([number], name=person, author="me")
    return path


def drawn(path: Path) -> list[str]:
    """The names of the regions, then those in Microsoft's form."""
    packet = Packet(path.read_bytes())
    return [region.name for region in (*packet.drawn(), *packet.microsoft_drawn())]


def test_an_import_brings_back_what_a_lost_catalog_wrote(photo: Path, beside: Path) -> None:
    export(catalog_of(photo, "lost.db", "Ann"))
    fresh = catalog_of(photo, "fresh.db")
    assert imported(fresh).stdout == f"named: face 1 is Ann: {beside}\n"
    assert rows(fresh, "SELECT name FROM tags ORDER BY face_id") == [("Ann",), (None,)]


@pytest.mark.parametrize("by_digikam", [False, True])
def test_an_export_keeps_names_that_it_never_knew(photo: Path, beside: Path, by_digikam: bool) -> None:
    export(catalog_of(photo, "lost.db", "Ann", "Bob"))
    if by_digikam:
        beside.write_bytes(saved_by_digikam(beside.read_bytes()))
    before = drawn(beside)
    fresh = catalog_of(photo, "fresh.db")
    for _ in range(2):
        export(fresh, "--template", "Here")
        assert drawn(beside) == before
    assert b"Here" in beside.read_bytes()
    assert "2 new" in imported(fresh).stderr
    assert "1 unchanged" in export(fresh, "--template", "Here").stderr


def test_a_name_from_another_catalog_is_replaced_by_ours_and_then_is_ours(photo: Path, beside: Path) -> None:
    export(catalog_of(photo, "lost.db", "Ann", "Bob"))
    fresh = catalog_of(photo, "fresh.db", "Anna", "Bob")
    export(fresh)
    assert drawn(beside) == ["Anna", "Bob"]
    assert "1 unchanged" in export(fresh).stderr
    with Catalog(fresh, mode="write") as catalog:
        catalog.undo_correction([2])
    export(fresh)
    assert sorted(drawn(beside)) == ["", "Anna"]


def test_faces_that_are_filtered_out_keep_the_names_of_another_catalog(photo: Path, beside: Path) -> None:
    export(catalog_of(photo, "lost.db", "Ann", "Bob"))
    fresh = catalog_of(photo, "fresh.db")
    export(fresh, "--min-age", 90)
    assert drawn(beside) == ["Ann", "Bob"]


def test_remove_takes_out_what_any_catalog_wrote(photo: Path, beside: Path) -> None:
    export(catalog_of(photo, "lost.db", "Ann", "Bob"))
    export(catalog_of(photo, "fresh.db"), "--remove")
    assert not beside.exists()


def test_a_person_who_is_forgotten_leaves_the_sidecars_of_other_catalogs(photo: Path, beside: Path) -> None:
    export(catalog_of(photo, "lost.db", "Ann"))
    fresh = catalog_of(photo, "fresh.db")
    imported(fresh)
    run("forget", "--person", "Ann", "--xmp", "--yes", "--catalog", fresh)
    assert b"Ann" not in beside.read_bytes()
    assert "0 new" in imported(fresh).stderr


@needs_exiftool
def test_names_that_another_catalog_embedded_reach_a_new_sidecar(photo: Path, beside: Path) -> None:
    export(catalog_of(photo, "lost.db", "Ann"), "--embed", "--discard-originals")
    export(catalog_of(photo, "fresh.db"))
    assert "Ann" in drawn(beside)
