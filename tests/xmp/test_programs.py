"""The real programs read what we write, and what they save is understood; each test names the version it ran with."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from photogender.xmp.packet import Packet
from photogender.xmp.record import SEPARATORS
from tests.support.programs import (
    change_with_exiftool,
    darktable,
    exiftool,
    needs_darktable,
    needs_exiftool,
    needs_exiv2,
    version,
)
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_document import sidecar
from tests.xmp.test_seed import LIGHTROOM
from tests.xmp.test_xmp import export

Record = Callable[[str, object], None]

SEEN = """
print("rating " .. img.rating)
print("title " .. img.title)
print("creator " .. img.creator)
for _, tag in ipairs(dt.tags.get_tags(img)) do print("tag " .. tag.name) end
"""


def one(folder: Path, *changes: str) -> tuple[Path, Path, Path]:
    """A photo with metadata, its sidecar to be, and a catalog with its face."""
    photo = make_photo(folder / "p" / "IMG.jpg")
    if changes:
        change_with_exiftool(photo, *changes)
    return photo, Path(f"{photo}.xmp"), catalogue(folder / "catalog.db", {photo: [face()]})


@needs_exiftool
@needs_darktable
def test_darktable_sees_what_the_photo_said_and_ours(tmp_path: Path, record_property: Record) -> None:
    record_property("darktable", version("darktable"))
    photo, _, catalog = one(tmp_path, *LIGHTROOM)
    export(catalog)
    printed = darktable(photo, tmp_path, SEEN).splitlines()
    tags = {line.removeprefix("tag ") for line in printed if line.startswith("tag ")}
    assert {"Holiday", "Places|Italy", "People|Age 25-32", "People|Female"} <= tags
    assert {"rating 4", "title My title", "creator Ada"} <= set(printed)


@needs_exiftool
@needs_darktable
def test_a_sidecar_that_darktable_saved_is_understood(tmp_path: Path, record_property: Record) -> None:
    record_property("darktable", version("darktable"))
    photo, beside, catalog = one(tmp_path, *LIGHTROOM)
    export(catalog)
    exported = beside.read_bytes()
    darktable(photo, tmp_path, 'img.rating = 2\ndt.tags.attach(dt.tags.create("Trips|Rome"), img)')
    saved = beside.read_bytes()
    assert saved != exported
    assert "People" in Packet(saved).texts("dc:subject")  # darktable lists the parents, too
    assert "1 unchanged" in export(catalog).stderr
    assert "1 changed" in export(catalog, "--template", "Faces|{Gender}").stderr
    texts = [text for tag in SEPARATORS for text in Packet(beside.read_bytes()).texts(tag)]
    assert "Faces|Female" in texts
    assert not [text for text in texts if "People" in text or "25-32" in text]
    export(catalog, "--remove")
    found = exiftool(beside)[0]
    assert sorted(found["HierarchicalSubject"]) == ["Holiday", "Places|Italy", "Trips|Rome"]
    assert sorted(found["Subject"]) == ["Holiday", "Italy", "Places", "Rome", "Trips"]
    assert (found["Rating"], found["Title"]) == (2, "My title")
    assert [region["Name"] for region in found["RegionInfo"]["RegionList"]] == ["Anna Example"]


SAVE = {
    "exiftool": ("-XMP:Rating=4",),
    "exiftool adds": ("-XMP-dc:Subject+=Beach", "-XMP-digiKam:TagsList=People/Female", "-XMP-digiKam:TagsList=Beach"),
}


@needs_exiftool
@pytest.mark.parametrize("what", SAVE)
def test_a_sidecar_that_exiftool_saved_is_understood(tmp_path: Path, what: str, record_property: Record) -> None:
    record_property("exiftool", version("exiftool"))
    _, beside, catalog = one(tmp_path)
    beside.write_bytes(sidecar(""))
    export(catalog)
    change_with_exiftool(beside, *SAVE[what])
    export(catalog, "--remove")
    found = exiftool(beside)[0]
    assert "HierarchicalSubject" not in found
    assert "RegionInfo" not in found
    beach = ["Beach"] if "adds" in what else None
    assert (found.get("Subject"), found.get("TagsList")) == (beach, beach)
    packet = Packet(beside.read_bytes())
    assert all(packet.texts(tag) for tag in SEPARATORS if packet.find(tag))


@needs_exiv2
def test_a_sidecar_that_exiv2_saved_is_understood(tmp_path: Path, record_property: Record) -> None:
    """Exiv2 is what digiKam and darktable save with."""
    record_property("exiv2", version("exiv2"))
    _, beside, catalog = one(tmp_path)
    export(catalog)
    subprocess.run(["exiv2", "-Mset Xmp.xmp.Rating 4", str(beside)], check=True)
    assert "1 unchanged" in export(catalog).stderr
    export(catalog, "--remove")
    packet = Packet(beside.read_bytes())
    assert [packet.find(tag) for tag in (*SEPARATORS, "mwg-rs:Regions", "photogender:Written")] == [None] * 7
