"""A new sidecar starts with what the photo says itself, so that it hides none of it from programs that prefer it."""

import hashlib
import os
import struct
from pathlib import Path

import pytest
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.photos.jpeg_xmp import read_extension
from photogender.xmp.packet import Packet
from photogender.xmp.regions import Area
from photogender.xmp.seed import seed
from photogender.xmp.statements import digest, statements
from tests.support.photos import rows
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool
from tests.support.sidecars import catalogue, face, fifty, make_photo
from tests.xmp.test_document import rewritten, sidecar, sidecar_with_region
from tests.xmp.test_xmp import export, imported, state

REGIONS = (
    "-RegionInfo={AppliedToDimensions={W=120,H=80,Unit=pixel},RegionList=[{Area={X=0.21,Y=0.26,W=0.22,H=0.32,"
    "Unit=normalized},Name=Anna Example,Type=Face}]}"
)
LIGHTROOM = (
    "-XMP:Rating=4", "-XMP:Label=Red", "-XMP-dc:Title=My title", "-XMP-dc:Description=My caption",
    "-XMP-dc:Creator=Ada", "-XMP-dc:Subject=Holiday", "-XMP-dc:Subject=Italy",
    "-XMP-lr:HierarchicalSubject=Holiday", "-XMP-lr:HierarchicalSubject=Places|Italy", REGIONS,
)  # fmt: skip
IPTC = ("-IPTC:ObjectName=My title", "-IPTC:Caption-Abstract=Zwölf\nZeilen", "-IPTC:Keywords=Holiday",
        "-IPTC:Keywords=Köln", "-IPTC:By-line=Ada", "-IPTC:City=Rome")  # fmt: skip


def one_photo(folder: Path, *changes: str, name: str = "IMG.jpg") -> tuple[Path, Path]:
    """A photo with metadata by ExifTool and a catalog with its face."""
    photo = make_photo(folder / "p" / name)
    if changes:
        change_with_exiftool(photo, *changes)
    return photo, catalogue(folder / "catalog.db", {photo: [face()]})


def read(path: Path) -> dict[str, object]:
    return exiftool(path)[0]


@needs_exiftool
@pytest.mark.parametrize("name", ["IMG.jpg", "IMG.tif", "IMG.png", "IMG.webp"])
def test_what_lightroom_embedded_is_in_the_new_sidecar(tmp_path: Path, name: str) -> None:
    photo, catalog = one_photo(tmp_path, *LIGHTROOM, name=name)
    before = state(photo.parent)
    assert "1 written" in export(catalog).stderr
    found, inside = read(Path(f"{photo}.xmp")), read(photo)
    for tag in ("Rating", "Label", "Title", "Description", "Creator"):
        assert found[tag] == inside[tag]
    assert found["Subject"] == ["Holiday", "Italy", "Age 25-32", "Female"]
    assert found["HierarchicalSubject"] == ["Holiday", "Places|Italy", "People|Age 25-32", "People|Female"]
    # The face that another program named in the photo is not drawn again without a name.
    assert found["RegionInfo"] == inside["RegionInfo"]
    export(catalog, "--remove")
    assert state(photo.parent) == before


@needs_exiftool
def test_what_iptc_says_is_in_the_new_sidecar(tmp_path: Path) -> None:
    for charset, folder in (("UTF8", "utf8"), ("Latin", "latin")):
        photo, catalog = one_photo(tmp_path / folder, "-charset", f"iptc={charset}", *IPTC,
                                   *(("-IPTC:CodedCharacterSet=UTF8",) if charset == "UTF8" else ()))  # fmt: skip
        export(catalog)
        found = read(Path(f"{photo}.xmp"))
        assert found["Subject"] == ["Holiday", "Köln", "Age 25-32", "Female"]
        assert (found["Title"], found["Description"], found["City"]) == ("My title", "Zwölf\nZeilen", "Rome")
        assert found["Creator"] == ["Ada"]
        assert "0 written, 0 changed" in export(catalog).stderr


@needs_exiftool
def test_iptc_fills_only_what_xmp_does_not_have(tmp_path: Path) -> None:
    photo, catalog = one_photo(tmp_path, *IPTC, "-XMP-dc:Subject=Newer", "-XMP-photoshop:City=Paris")
    export(catalog)
    found = read(Path(f"{photo}.xmp"))
    assert found["Subject"] == ["Newer", "Age 25-32", "Female"]
    assert (found["City"], found["Title"]) == ("Paris", "My title")


@needs_exiftool
def test_the_sidecar_follows_the_photo_until_another_program_changes_it(tmp_path: Path) -> None:
    photo, catalog = one_photo(tmp_path, "-XMP:Rating=4")
    beside = Path(f"{photo}.xmp")

    def scanned_again() -> None:
        found = os.stat(photo)
        with Catalog(catalog, mode="write") as opened:
            opened.update("pictures", 1, {"size": found.st_size, "mtime_ns": found.st_mtime_ns})

    export(catalog)
    change_with_exiftool(photo, "-XMP:Rating=2", "-XMP-dc:Title=New")
    scanned_again()
    assert "1 changed" in export(catalog).stderr
    assert (read(beside)["Rating"], read(beside)["Title"]) == (2, "New")
    change_with_exiftool(beside, "-XMP:Rating=5")
    change_with_exiftool(photo, "-XMP:Rating=1")
    scanned_again()
    assert "1 unchanged" in export(catalog).stderr
    assert read(beside)["Rating"] == 5
    assert "1 changed" in export(catalog, "--remove").stderr
    assert (read(beside)["Rating"], read(beside).get("Subject")) == (5, None)


@needs_exiftool
def test_a_sidecar_that_exiftool_saved_without_a_change_still_goes_whole(tmp_path: Path) -> None:
    photo, catalog = one_photo(tmp_path, *LIGHTROOM)
    export(catalog)
    change_with_exiftool(Path(f"{photo}.xmp"), "-XMP:Rating=4")
    assert "1 removed" in export(catalog, "--remove").stderr
    assert not Path(f"{photo}.xmp").exists()


@needs_exiftool
def test_what_we_begin_in_their_sidecar_starts_with_what_the_photo_says(tmp_path: Path) -> None:
    """darktable's sidecar has a history and no keywords; other programs then still read those of the photo."""
    photo, catalog = one_photo(tmp_path, *LIGHTROOM)
    beside = Path(f"{photo}.xmp")
    theirs = sidecar("<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Other</rdf:li></rdf:Alt></dc:title>")
    beside.write_bytes(theirs)
    export(catalog)
    found = read(beside)
    assert found["Subject"] == ["Holiday", "Italy", "Age 25-32", "Female"]
    assert found["HierarchicalSubject"] == ["Holiday", "Places|Italy", "People|Age 25-32", "People|Female"]
    assert found["Title"] == "Other"
    # There is no face of ours left to draw, so that the photo's own regions are not hidden either.
    assert "RegionInfo" not in found
    assert "1 unchanged" in export(catalog).stderr
    export(catalog, "--remove")
    assert beside.read_bytes() == theirs


@needs_exiftool
def test_regions_that_we_begin_start_with_those_of_the_photo(tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "p" / "IMG.jpg")
    change_with_exiftool(photo, REGIONS)
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face(), face((70, 40, 110, 75))]})
    beside = Path(f"{photo}.xmp")
    beside.write_bytes(sidecar(""))
    export(catalog)
    assert [region.name for region in Packet(beside.read_bytes()).drawn()] == ["Anna Example", ""]
    assert "1 unchanged" in export(catalog).stderr
    export(catalog, "--remove")
    assert beside.read_bytes() == sidecar("")


@needs_exiftool
def test_xmp_that_continues_in_another_segment_is_in_the_new_sidecar(tmp_path: Path) -> None:
    long = "-XMP-dc:Description=" + "A" * 70_000
    photo, catalog = one_photo(tmp_path, *LIGHTROOM, long)
    with Image.open(photo) as opened:
        assert b"HasExtendedXMP" in opened.info["xmp"]
    export(catalog)
    found, inside = read(Path(f"{photo}.xmp")), read(photo)
    for tag in ("Rating", "Label", "Title", "Description", "Creator", "RegionInfo"):
        assert found[tag] == inside[tag], tag
    assert "HasExtendedXMP" not in found
    assert f"named: face 1 is Anna Example: {photo}.xmp" in imported(catalog).stdout
    export(catalog, "--remove")
    assert not Path(f"{photo}.xmp").exists()


def test_regions_in_the_other_segment_are_imported(tmp_path: Path) -> None:
    photo, _ = one_photo(tmp_path)
    more = sidecar_with_region(Area(0.2, 0.25, 0.2, 0.3), "Ann")
    guid = hashlib.md5(more, usedforsecurity=False).hexdigest().upper().encode()
    main = b"http://ns.adobe.com/xap/1.0/\0" + sidecar(
        f'<n:HasExtendedXMP xmlns:n="http://ns.adobe.com/xmp/note/">{guid.decode()}</n:HasExtendedXMP>'
    )
    parts = [
        b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">II", len(more), at) + more[at : at + 400]
        for at in range(0, len(more), 400)
    ]
    assert len(parts) > 1
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part for part in (main, *parts))
    data = photo.read_bytes()
    photo.write_bytes(data[:2] + segments + data[2:])
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()]})
    assert imported(catalog).stdout == f"named: face 1 is Ann: {photo}\n"


@pytest.mark.parametrize("harm", ["a part is missing", "another hash"])
def test_a_damaged_continuation_is_left_out(harm: str) -> None:
    guid, other = b"0" * 31 + b"A", b"1" * 32
    xmp = b'<x xmpNote:HasExtendedXMP="%s"/>' % guid
    head = b"http://ns.adobe.com/xmp/extension/\0"
    parts = [("APP1", head + guid + struct.pack(">II", 8, at) + data) for at, data in ((4, b"efgh"), (0, b"abcd"))]
    assert read_extension(xmp, [("APP13", b"x"), *parts]) == b"abcdefgh"
    broken = parts[:1] if harm == "a part is missing" else [(name, data.replace(guid, other)) for name, data in parts]
    assert read_extension(xmp, broken) is None
    assert read_extension(b"<x/>", parts) is None


@needs_exiftool
def test_a_name_inside_the_photo_is_imported_before_and_after(tmp_path: Path) -> None:
    photo, catalog = one_photo(tmp_path, REGIONS)
    export(catalog)
    assert f"named: face 1 is Anna Example: {photo}.xmp" in imported(catalog).stdout
    assert rows(catalog, "SELECT name FROM tags") == [("Anna Example",)]


def test_a_photo_that_says_nothing_gets_a_sidecar_of_ours_alone(tmp_path: Path) -> None:
    photo, catalog = one_photo(tmp_path)
    export(catalog)
    assert b"<dc:title" not in Path(f"{photo}.xmp").read_bytes()
    assert seed(None, {}) is None
    assert seed(sidecar(""), {}) is not None


def test_xmp_in_a_photo_that_cannot_be_copied_is_a_reason(tmp_path: Path) -> None:
    photo = tmp_path / "p" / "IMG.jpg"
    photo.parent.mkdir()
    Image.new("RGB", (120, 80)).save(photo, xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF")
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()]})
    assert "skipped 1: the XMP inside its photo: it is not well-formed XML" in export(catalog).stderr
    assert not Path(f"{photo}.xmp").exists()


def test_what_is_true_inside_a_photo_only_is_left_out() -> None:
    """Programs would turn the photo once more by the orientation of a sidecar."""
    for form in ('tiff:Orientation="6" xmpNote:HasExtendedXMP = "A>B"/>',
                 "><tiff:Orientation>6</tiff:Orientation><xmpNote:HasExtendedXMP>x</xmpNote:HasExtendedXMP>"
                 "</rdf:Description>"):  # fmt: skip
        inside = sidecar(f'</rdf:Description><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
                         f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" {form}<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
                         f'<dc:title xml:lang="x">a</dc:title>')  # fmt: skip
        found = seed(inside, {})
        assert found
        assert statements(Packet(found)) == ["/{http://purl.org/dc/elements/1.1}title@x=a"]


def test_what_we_embedded_earlier_is_not_copied() -> None:
    from photogender.xmp.document import Tags, merged

    theirs = sidecar_with_region(Area(0.7, 0.5, 0.1, 0.1), "Ann")
    embedded, _ = merged(theirs, Tags((("People", "Female"),), ((Area(0.2, 0.2, 0.1, 0.1), "Eve"),), (240, 160)))
    assert embedded
    found = seed(
        b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>" + embedded + b" " * 99 + b"<?xpacket end='w'?>", {}
    )
    assert found == theirs + b"\n"


def test_statements_are_the_same_in_every_form() -> None:
    for name, data in fifty():
        one, other = Packet(data), Packet(rewritten(data))
        assert statements(one) == statements(other), name
        assert digest(one) == digest(other)
    assert len({digest(Packet(data)) for _, data in fifty()}) > 40
    assert digest(Packet(sidecar_with_region(Area(0.5, 0.5, 0.1, 0.1), "a"))) != digest(
        Packet(sidecar_with_region(Area(0.5, 0.5, 0.1, 0.1), "b"))
    )
