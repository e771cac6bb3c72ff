"""The day a photo was taken: EXIF, then XMP, then IPTC; never the day of the last edit."""

from pathlib import Path

import pytest
from PIL import Image

from tests.support.badfiles import encode
from tests.support.photo_files import decode, write
from tests.support.photos import face

DATETIME, EXIF, ORIGINAL, DIGITIZED, SOURCE = 306, 0x8769, 36867, 36868, 41728

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" {attributes}>{elements}
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def exif(main: dict[int, str] | None = None, **more: object) -> Image.Exif:
    tags = Image.Exif()
    tags.update(main or {})
    names = {"original": ORIGINAL, "digitized": DIGITIZED, "source": SOURCE}
    tags.get_ifd(EXIF).update({names[name]: value for name, value in more.items()})
    return tags


def xmp(attributes: str = "", elements: str = "") -> bytes:
    return XMP.format(attributes=attributes, elements=elements).encode()


def iptc(*records: tuple[int, bytes]) -> bytes:
    """An APP13 segment with IPTC records."""
    data = b"".join(b"\x1c\x02" + bytes([number]) + len(value).to_bytes(2) + value for number, value in records)
    block = b"8BIM\x04\x04\0\0" + len(data).to_bytes(4) + data + b"\0" * (len(data) % 2)
    content = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + (len(content) + 2).to_bytes(2) + content


def taken(folder: Path, form: str = "JPEG", segment: bytes = b"", **options: object) -> str | None:
    content = encode(face(), form, **options)
    return decode(write(folder, "a", content[:2] + segment + content[2:] if segment else content)).facts.taken


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_the_date_of_xmp_where_exif_has_none(tmp_path: Path, form: str) -> None:
    packet = xmp('photoshop:DateCreated="1988-12-01T18:53:44"')
    if form == "PNG":
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        assert taken(tmp_path, form, pnginfo=text) == "1988-12-01T18:53:44"
    elif form == "TIFF":
        assert taken(tmp_path, form, tiffinfo={700: packet}) == "1988-12-01T18:53:44"
    else:
        assert taken(tmp_path, form, xmp=packet) == "1988-12-01T18:53:44"
        edited = exif({DATETIME: "2023:01:04 12:40:17"})
        assert taken(tmp_path, form, xmp=packet, exif=edited) == "1988-12-01T18:53:44"


def test_the_day_of_the_last_edit_is_never_the_day_taken(tmp_path: Path) -> None:
    edited = {DATETIME: "2023:01:04 12:40:17"}
    assert taken(tmp_path, exif=exif(edited)) is None
    assert taken(tmp_path, exif=exif(edited, original="0000:00:00 00:00:00")) is None
    assert taken(tmp_path, xmp=xmp('xmp:ModifyDate="2023-01-04T12:40:17" xmp:MetadataDate="2023-01-04"')) is None


def test_what_comes_first(tmp_path: Path) -> None:
    packet = xmp('xmp:CreateDate="2001-01-01"', "<photoshop:DateCreated>1988-12-01</photoshop:DateCreated>")
    both = exif(original="2019:07:04 12:30:59", digitized="2020:01:01 00:00:00")
    assert taken(tmp_path, exif=both, xmp=packet) == "2019-07-04T12:30:59"
    assert taken(tmp_path, exif=exif(digitized="2020:01:01 00:00:00"), xmp=packet) == "1988-12-01T00:00:00"
    assert taken(tmp_path, exif=exif(digitized="2020:01:01 00:00:00")) == "2020-01-01T00:00:00"
    scanned = exif(digitized="2020:01:01 00:00:00", source=b"\x02")
    assert taken(tmp_path, exif=scanned) is None
    assert taken(tmp_path, exif=scanned, xmp=xmp('xmp:CreateDate="2020-01-01"')) is None
    assert taken(tmp_path, xmp=xmp("exif:DateTimeOriginal='1999-02-03T04:05'")) == "1999-02-03T04:05:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1988-12-01T18:53:44.25+02:00", "1988-12-01T18:53:44"),
        ("1988-12-01T18:53Z", "1988-12-01T18:53:00"),
        ("1988-12", "1988-12-01T00:00:00"),
        ("1988", "1988-01-01T00:00:00"),
        ("0000-00-00T00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("1988-13-01", None),
        ("yesterday", None),
    ],
)
def test_dates_as_xmp_writes_them(tmp_path: Path, written: str, read: str | None) -> None:
    assert taken(tmp_path, xmp=xmp(f'photoshop:DateCreated="{written}"')) == read


def test_the_date_of_iptc(tmp_path: Path) -> None:
    assert taken(tmp_path, segment=iptc((55, b"19881201"), (60, b"185344+0100"))) == "1988-12-01T18:53:44"
    assert taken(tmp_path, segment=iptc((55, b"19881201"))) == "1988-12-01T00:00:00"
    assert taken(tmp_path, segment=iptc((55, b"19880000"))) is None
    assert taken(tmp_path, segment=iptc((55, b"1988"), (60, b"\xff"))) == "1988-01-01T00:00:00"
    assert taken(tmp_path, segment=iptc((55, b"x" * 300))) is None
    assert taken(tmp_path, segment=iptc((55, b"19881201"))[:-4] + b"\xff\xff\xff\xff") is None
