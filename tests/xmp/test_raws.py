"""Camera raws: names in them and beside them, and a rotation that only the sidecar has."""

from pathlib import Path

import pytest

from photogender.xmp.packet import Packet
from photogender.xmp.regions import Area
from tests.support.dng import make_dng
from tests.support.photos import rows
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_document import sidecar_with_region
from tests.xmp.test_xmp import RED, export, imported


def make_raw(path: Path, *changes: str) -> Path:
    preview = make_photo(path.with_name("preview.jpg"))
    path.write_bytes(make_dng(preview.read_bytes(), (120, 80), 1))
    preview.unlink()
    if changes:
        change_with_exiftool(path, *changes)
    return path


@needs_exiftool
def test_names_in_a_raw_are_imported_and_in_the_new_sidecar(tmp_path: Path) -> None:
    regions = ("-RegionInfo={AppliedToDimensions={W=120,H=80,Unit=pixel},RegionList=[{Area={X=0.2,Y=0.25,W=0.2,H=0.3,"
               "Unit=normalized},Name=Ann,Type=Face}]}")  # fmt: skip
    raw = make_raw(tmp_path / "IMG.dng", regions, "-XMP:Rating=3")
    catalog = catalogue(tmp_path / "catalog.db", {raw: [face()]})
    assert imported(catalog).stdout == f"named: face 1 is Ann: {raw}\n"
    export(catalog)
    found = exiftool(Path(f"{raw}.xmp"))[0]
    assert found["Rating"] == 3
    assert [region["Name"] for region in found["RegionInfo"]["RegionList"]] == ["Ann"]


def test_lightrooms_sidecar_of_a_raw_is_read_and_written(tmp_path: Path) -> None:
    raw = make_raw(tmp_path / "IMG.dng")
    make_photo(tmp_path / "IMG.jpg")
    catalog = catalogue(tmp_path / "catalog.db", {raw: [face()]})
    beside = tmp_path / "IMG.xmp"
    beside.write_bytes(sidecar_with_region(RED, "Ann"))
    assert imported(catalog).stdout == f"named: face 1 is Ann: {beside}\n"
    assert "0 written, 1 changed" in export(catalog).stderr
    assert "Female" in Packet(beside.read_bytes()).texts("dc:subject")


@pytest.mark.parametrize("form", ['tiff:Orientation="6">', "><tiff:Orientation>6</tiff:Orientation>"])
def test_a_rotation_that_only_the_sidecar_has_is_understood(tmp_path: Path, form: str) -> None:
    """A person turned the raw in Lightroom, which leaves the file as it is."""
    raw = make_raw(tmp_path / "IMG.dng")
    catalog = catalogue(tmp_path / "catalog.db", {raw: [face(), face((70, 40, 110, 75))]})
    beside = tmp_path / "IMG.xmp"
    theirs = sidecar_with_region(RED, "Ann", size=(80, 120)).decode()
    start = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    turned = theirs.replace(f"{start}>", f'{start} xmlns:tiff="http://ns.adobe.com/tiff/1.0/" {form}').encode()
    beside.write_bytes(turned)
    assert imported(catalog).stdout == f"named: face 1 is Ann: {beside}\n"
    export(catalog)
    areas = [region.area for region in Packet(beside.read_bytes()).drawn()]
    assert areas == [RED, Area(0.75, 0.71875, 0.333333, 0.4375)]
    export(catalog, "--remove")
    assert beside.read_bytes() == turned
    beside.write_bytes(theirs.encode())
    assert "rotated or cropped" in imported(catalog).stderr
    assert rows(catalog, "SELECT count(*) FROM corrections") == [(1,)]
