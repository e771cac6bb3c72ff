"""Odd but valid forms of XMP: their names are imported, an export adds ours, and ``--remove`` restores the file."""

from pathlib import Path

import pytest
from PIL import Image

from photogender.xmp.packet import Packet
from tests.support.photos import rows
from tests.support.sidecars import BOM, catalogue, face, make_photo
from tests.xmp.test_xmp import export, imported

SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "x": "adobe:ns:meta/", "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/", "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#", "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "apple-fi": "http://ns.apple.com/faceinfo/1.0/", "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#", "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
}  # fmt: skip
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
AREA = 'stArea:x="0.2" stArea:y="0.25" stArea:w="0.2" stArea:h="0.3" stArea:unit="normalized"'
SIZE = '<mwg-rs:AppliedToDimensions stDim:w="120" stDim:h="80" stDim:unit="pixel"/>'
ANN = f'<rdf:li><rdf:Description mwg-rs:Name="Ann" mwg-rs:Type="Face"><mwg-rs:Area {AREA}/></rdf:Description></rdf:li>'
AS_RESOURCE = '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ann</mwg-rs:Name>{}</rdf:li>'


def regions(item: str, size: str = SIZE) -> str:
    inner = f"{size}<mwg-rs:RegionList><rdf:Bag>{item}</rdf:Bag></mwg-rs:RegionList>"
    return f'<mwg-rs:Regions rdf:parseType="Resource">{inner}</mwg-rs:Regions>'


def packet(content: str) -> str:
    described = f'<rdf:Description rdf:about="" xmp:Rating="3">{content}</rdf:Description>'
    return f"<x:xmpmeta {DECLARED}><rdf:RDF>{described}</rdf:RDF></x:xmpmeta>"


def microsofts(rectangle: str) -> str:
    item = f'<rdf:li MPReg:PersonDisplayName="Ann" MPReg:Rectangle="{rectangle}" MPReg:PersonEmailDigest="AB"/>'
    inner = f"<MPRI:Regions><rdf:Bag>{item}</rdf:Bag></MPRI:Regions>"
    return packet(f'<MP:RegionInfo rdf:parseType="Resource">{inner}</MP:RegionInfo>')


PLAIN = packet(regions(ANN))
IN_PIXELS = 'stArea:x="24" stArea:y="20" stArea:w="24" stArea:h="24" stArea:unit="pixel"'
AREA_ELEMENTS = ('<mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.2</stArea:x><stArea:y>0.25</stArea:y>'
                 "<stArea:w>0.2</stArea:w><stArea:h>0.3</stArea:h></mwg-rs:Area>")  # fmt: skip
APPLE = (f'<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area {AREA}/><mwg-rs:Extensions rdf:parseType="Resource">'
         "<apple-fi:AngleInfoYaw>315</apple-fi:AngleInfoYaw></mwg-rs:Extensions>")  # fmt: skip
FORMS = {
    "byte order mark and Windows' line ends": BOM + PLAIN.replace("><", ">\r\n<"),
    "rdf:RDF alone": f"<rdf:RDF {DECLARED}>{PLAIN.partition('<rdf:RDF>')[2].removesuffix('</x:xmpmeta>')}",
    "rdf is the default namespace": PLAIN.replace("rdf:", "").replace("xmlns:rdf=", "xmlns="),
    "the old name of the root": PLAIN.replace("x:xmpmeta", "x:xapmeta"),
    "an XML declaration": f"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n{PLAIN}",
    "padding": f'<?xpacket begin="{BOM}" id="W5M0MpCehiHzreSzNTczkc9d"?>{PLAIN}{" " * 999}<?xpacket end="r"?>',
    "an item as a resource": packet(regions(AS_RESOURCE.format(f"<mwg-rs:Area {AREA}/>"))),
    "an area of elements": packet(regions(AS_RESOURCE.format(AREA_ELEMENTS))),
    "an area of a description": packet(regions(AS_RESOURCE.format(
        f"<mwg-rs:Area><rdf:Description {AREA}/></mwg-rs:Area>"))),
    "regions as a description, in a Seq": packet(
        regions(ANN).replace('Regions rdf:parseType="Resource">', "Regions><rdf:Description>")
        .replace("</mwg-rs:Regions>", "</rdf:Description></mwg-rs:Regions>").replace("rdf:Bag", "rdf:Seq")),
    "several descriptions": PLAIN.replace(
        "</rdf:RDF>", '<rdf:Description rdf:about="" xmp:Label="Red"/><rdf:Description rdf:about="">'
        '<dc:subject><rdf:Bag><rdf:li>Beach</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF>'),
    "Apple's angles": packet(regions(AS_RESOURCE.format(APPLE))),
    "no size": packet(regions(ANN, "")),
    "a size of 0": packet(regions(ANN, SIZE.replace("120", "0"))),
    "the size of a preview": packet(regions(ANN, SIZE.replace("120", "60").replace("80", "40"))),
    "pixels": packet(regions(ANN.replace(AREA, IN_PIXELS))),
    "a circle beside it": packet(regions(ANN + ANN.replace(AREA, 'stArea:x="0.8" stArea:y="0.5" stArea:d="0.1"'))),
    "decimal commas beside it": packet(regions(ANN + ANN.replace("0.2", "0,2"))),
    "Microsoft's": microsofts("0.1, 0.1, 0.2, 0.3"),
    "Microsoft's without spaces": microsofts("0.1,0.1,0.2,0.3"),
    "Microsoft's with exponents": microsofts("1.0E-1, 1e-1, 2.0E-01, 0.30000001"),
    "languages": packet(
        '<dc:subject><rdf:Seq><rdf:li xml:lang="de">Köln</rdf:li></rdf:Seq></dc:subject>' + regions(ANN)),
    "a qualified value": packet(
        regions(ANN) + "<dc:creator><rdf:Seq><rdf:li><rdf:Description><rdf:value>Ada</rdf:value>"
        "<xmp:Label>q</xmp:Label></rdf:Description></rdf:li></rdf:Seq></dc:creator>"),
    "CDATA": packet(regions(AS_RESOURCE.replace("Ann", "<![CDATA[Ann]]>").format(f"<mwg-rs:Area {AREA}/>"))),
    "references and spaces in a name": PLAIN.replace('"Ann"', '" &#65;n&#x6e;&#10;"'),
}  # fmt: skip


@pytest.mark.parametrize("where", ["beside", "inside"])
def test_names_are_imported_and_the_files_restored(tmp_path: Path, where: str) -> None:
    photos = {}
    for name, content in FORMS.items():
        photo = make_photo(tmp_path / "p" / name / "IMG.jpg")
        if where == "beside":
            Path(f"{photo}.xmp").write_text(content, encoding="utf-8", newline="")
        else:
            with Image.open(photo) as opened:
                opened.save(photo, quality=95, exif=opened.getexif(), xmp=content.encode())
        photos[photo] = [face(), face((70, 40, 110, 75))]
    before = {path: path.read_bytes() for path in (tmp_path / "p").rglob("*.*")}
    catalog = catalogue(tmp_path / "catalog.db", photos)
    assert f"Names: {len(FORMS)} new" in imported(catalog).stderr
    named = "SELECT path FROM tags WHERE name = 'Ann' AND x1 = 12"
    assert {path for (path,) in rows(catalog, named)} == {*map(str, photos)}
    assert "0 skipped" in export(catalog).stderr
    for photo in photos:
        found = Packet(Path(f"{photo}.xmp").read_bytes())
        drawn = [region.name for region in found.drawn()]
        assert sorted({" ".join(name.split()) for name in drawn}) == ["", "Ann"], photo
        assert "Female" in found.texts("dc:subject")
    assert f"{len(FORMS)} unchanged, 0 skipped" in export(catalog).stderr
    export(catalog, "--remove")
    assert {path: path.read_bytes() for path in (tmp_path / "p").rglob("*.*")} == before


@pytest.mark.parametrize(("content", "reason"), [
    (PLAIN.encode("utf-16"), "it is not in UTF-8"),
    (f"<?xml version='1.0' encoding='iso-8859-1'?>{PLAIN.replace('Ann', 'Jörg')}".encode("latin-1"), "not in UTF-8"),
    (packet("<dc:subject>Holiday</dc:subject>").encode(), "its dc:subject is not a list"),
    (PLAIN.replace("</rdf:RDF>", "").encode(), "it is not well-formed XML"),
])  # fmt: skip
@pytest.mark.parametrize("where", ["beside", "inside"])
def test_what_cannot_be_changed_without_a_loss_is_a_reason(
    tmp_path: Path, content: bytes, reason: str, where: str
) -> None:
    photo = make_photo(tmp_path / "p" / "IMG.jpg")
    if where == "beside":
        Path(f"{photo}.xmp").write_bytes(content)
    else:
        with Image.open(photo) as opened:
            opened.save(photo, xmp=content)
    before = {path: path.read_bytes() for path in photo.parent.iterdir()}
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()]})
    result = export(catalog)
    assert "1 skipped" in result.stderr
    assert reason in result.stderr
    assert {path: path.read_bytes() for path in photo.parent.iterdir()} == before
