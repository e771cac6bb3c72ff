"""The real digiKam reads what we write, and what it saves is understood."""

from collections.abc import Callable
from pathlib import Path

import pytest

from photogender.catalog.catalog import Catalog
from photogender.xmp.packet import Packet
from tests.support.digikam import Digikam, needs_digikam
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool, version
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_xmp import export

SIZE = (1200, 800)
EVE, NOBODY = (120, 80, 360, 320), (700, 400, 1100, 750)


@needs_digikam
@needs_exiftool
@pytest.mark.slow
def test_digikam_sees_faces_and_saves_them(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("digikam", version("digikam"))
    photos = [make_photo(tmp_path / "p" / f"{orientation}.jpg", orientation, SIZE) for orientation in range(1, 9)]
    for photo in photos:
        change_with_exiftool(photo, "-XMP:Rating=4", "-XMP-dc:Title=My title", "-XMP-dc:Subject=Holiday")
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face(EVE), face(NOBODY)] for photo in photos}, SIZE)

    def correct(**values: str) -> None:
        with Catalog(catalog, mode="write") as opened:
            ids = [row["face_id"] for row in opened.rows("SELECT face_id FROM tags WHERE x1 = 120")]
            opened.correct(ids, author="me", **values)

    correct(name="Eve")
    assert "8 written" in export(catalog).stderr
    digikam = Digikam(tmp_path / "p", tmp_path / "digikam")
    for name, known in digikam.read().items():
        assert (known.rating, known.title) == (4, "My title"), name
        assert known.tags == {"Holiday", "Age 25-32", "Female", "Eve"}, name
        assert known.faces == {"Eve": (120, 80, 240, 240), "Unknown": (700, 400, 400, 350)}, name

    exported = [Path(f"{photo}.xmp").read_bytes() for photo in photos]
    digikam.save()
    saved = [Packet(Path(f"{photo}.xmp").read_bytes()) for photo in photos]
    assert all(packet.data != before for packet, before in zip(saved, exported, strict=True))
    assert all("People/Eve" in packet.texts("digiKam:TagsList") for packet in saved)
    assert all([region.name for region in packet.drawn()] == ["Eve"] for packet in saved)  # it leaves out the unnamed
    assert "8 unchanged" in export(catalog).stderr

    correct(name="Eva", gender="male")
    assert "8 changed" in export(catalog).stderr
    for name, known in digikam.read_again().items():
        assert (known.rating, known.title) == (4, "My title"), name
        assert known.tags == {"Holiday", "Age 25-32", "Male", "Female", "Eva"}, name
        assert known.faces == {"Eva": (120, 80, 240, 240), "Unknown": (700, 400, 400, 350)}, name
    digikam.save()
    assert "8 unchanged" in export(catalog).stderr
    assert "8 changed" in export(catalog, "--remove").stderr
    for found in exiftool(*(Path(f"{photo}.xmp") for photo in photos)):
        assert (found["Rating"], found["Title"], found["Subject"]) == (4, "My title", ["Holiday"])
        assert not {"RegionInfo", "RegionInfoMP", "Written"} & found.keys()
