"""Sidecars of other programs: nothing of theirs is lost, ours goes in, is replaced, and comes out again."""

import json
import shutil
import subprocess
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from photogender.errors import SidecarError
from photogender.xmp.document import SHELL, Tags, merged
from photogender.xmp.markup import MAX_DEPTH, MAX_ELEMENTS, parse
from photogender.xmp.packet import MAX_REGIONS, Packet
from photogender.xmp.regions import Area
from tests.support.programs import needs_exiftool
from tests.support.sidecars import aliased, darktable, digikam, exiftool, fifty, lightroom

FIFTY = fifty()
NAMES = [f"{number:02}-{name}" for number, (name, _) in enumerate(FIFTY)]

RED = Area(0.2, 0.25, 0.2, 0.3)
THREE = (
    Tags((("People", "Age 25-32"), ("People", "Female")), ((RED, ""),), (120, 80)),
    Tags((("People", "Age 60+"), ("People", "Male & <co>")), ((RED, "Eve"), (Area(0.5, 0.5, 0.1, 0.1), "")), (120, 80)),
    Tags((("People", "Female"),), (), (120, 80)),
)
"""What three exports in turn have to say."""


def read(folder: Path) -> list[dict[str, object]]:
    """What exiftool reads from the files of a folder, by file name."""
    command = ["exiftool", "-j", "-struct", "-G1", "-a", "-XMP:all", "-FileName", str(folder)]
    found = subprocess.run(command, capture_output=True, check=True).stdout
    return sorted(json.loads(found), key=lambda each: str(each["SourceFile"]))


def warnings(folder: Path) -> Counter[bytes]:
    """What exiftool finds odd in the files of a folder."""
    command = ["exiftool", "-validate", "-warning", "-a", str(folder)]
    lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    return Counter(line for line in lines if line.startswith(b"Warning"))


def facts(data: bytes) -> Counter[tuple[object, ...]]:
    """Every attribute, text, comment and instruction with the names of the elements it is in, counted."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    found: Counter[tuple[object, ...]] = Counter()
    for node in root.iter():
        path = tuple(str(each.tag) for each in node.iterancestors())
        tag = node.tag if isinstance(node.tag, str) else type(node).__name__
        found[(*path, tag, (node.text or "").strip())] += 1
        found.update((*path, tag, name, value) for name, value in node.attrib.items())
    for step in ("preceding", "following"):
        for node in root.xpath(f"{step}-sibling::node()"):
            found[(step, str(node))] += 1
    return found


@pytest.mark.parametrize(("style", "before"), FIFTY, ids=NAMES)
def test_three_merges_lose_nothing_of_theirs(style: str, before: bytes) -> None:
    data = before
    for tags in THREE:
        data, remark = merged(data, tags)
        assert data is not None
        assert data != before
        assert remark == ""
        assert not facts(before) - facts(data)
        again, _ = merged(data, tags)
        assert again is data
        packet = Packet(data)
        leaves = [levels[-1] for levels in tags.keywords]
        assert set(leaves) <= set(packet.texts("dc:subject"))
        assert {"|".join(levels) for levels in tags.keywords} <= set(packet.texts("lr:hierarchicalSubject"))
    # What one export put in, the next one took out.
    assert "Age 60+" not in packet.texts("dc:subject")
    restored, _ = merged(data, Tags())
    assert restored == before


@needs_exiftool
def test_exiftool_reads_all_of_theirs_after_three_merges(tmp_path: Path) -> None:
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
    for name, (_, data) in zip(NAMES, FIFTY, strict=True):
        (tmp_path / "before" / f"{name}.xmp").write_bytes(data)
        for tags in THREE[:2]:
            after, _ = merged(data, tags)
            assert after
            data = after
        (tmp_path / "after" / f"{name}.xmp").write_bytes(data)
    old_warnings, new_warnings = (warnings(tmp_path / folder) for folder in ("before", "after"))
    assert not new_warnings - old_warnings
    compared = 0
    for old, new in zip(read(tmp_path / "before"), read(tmp_path / "after"), strict=True):
        for tag, value in old.items():
            if tag in ("SourceFile",):
                continue
            now = new[tag]
            compared += 1
            if tag == "XMP-mwg-rs:RegionInfo" and value:
                theirs = value.get("RegionList") or []  # type: ignore[union-attr]
                assert now["RegionList"][: len(theirs)] == theirs  # type: ignore[index]
                assert value.get("AppliedToDimensions", {"W": 120, "H": 80, "Unit": "pixel"}) in (  # type: ignore[union-attr]
                    now["AppliedToDimensions"], {"W": 1200, "H": 800, "Unit": "pixel"})  # type: ignore[index]  # fmt: skip
            elif tag.endswith(("Subject", "TagsList", "LastKeywordXMP")):
                theirs = value if isinstance(value, list) else [value] if value else []
                assert now[: len(theirs)] == theirs  # type: ignore[index]
                assert {"Age 60+", "People|Age 60+", "People/Age 60+"} & set(now)  # type: ignore[call-overload]
            elif value:  # exiftool says "" of empty lists and structures
                assert now == value, tag
    assert compared > 400


def test_a_new_sidecar_is_ours_and_goes_whole() -> None:
    data, _ = merged(None, THREE[1])
    assert data is not None
    packet = Packet(data)
    assert packet.texts("dc:subject") == ["Age 60+", "Male & <co>"]
    assert packet.texts("lr:hierarchicalSubject") == ["People|Age 60+", "People|Male & <co>"]
    assert packet.array("digiKam:TagsList") is None
    assert packet.applied_to() == (120, 80)
    assert [(region.name, region.kind) for region in packet.drawn()] == [("Eve", "Face"), ("", "Face")]
    etree.fromstring(data)
    assert merged(data, Tags()) == (None, "")
    assert merged(None, Tags()) == (None, "")


def test_named_regions_come_before_the_others() -> None:
    """digiKam stops reading at the first region without a name."""
    other = Area(0.5, 0.5, 0.1, 0.1)
    data, _ = merged(None, Tags((), ((other, ""), (RED, "Eve")), (120, 80)))
    assert data
    assert [region.name for region in Packet(data).drawn()] == ["Eve", ""]


def test_a_face_that_others_drew_is_not_drawn_again() -> None:
    for name, drawn in (("Ann", True), ("", True), ("Rex", False)):
        before = sidecar_with_region(RED, name, "Pet" if name == "Rex" else "Face")
        data, _ = merged(before, THREE[0])
        assert data
        assert len([*Packet(data).drawn()]) == (1 if drawn else 2)


def microsofts(name: str, rectangle: str = "0.1, 0.1, 0.2, 0.3") -> str:
    """The regions of a sidecar by Windows Live Photo Gallery."""
    return f"""<MP:RegionInfo xmlns:MP="http://ns.microsoft.com/photo/1.2/" rdf:parseType="Resource">
        <MPRI:Regions xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"><rdf:Bag><rdf:li
        xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" MPReg:Rectangle="{rectangle}"
        MPReg:PersonDisplayName="{name}"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>"""


def named(data: bytes | None) -> list[str]:
    """The names of the faces that ``mwg-rs:Regions`` has."""
    assert data
    return [region.name for region in Packet(data).drawn()]


def test_names_that_only_microsofts_regions_have_are_written_as_mwg_too() -> None:
    before = sidecar(microsofts("Ann"))
    data, _ = merged(before, THREE[0])
    assert named(data) == ["Ann"]
    assert merged(data, THREE[0])[0] is data
    assert merged(data, Tags())[0] == before
    # A name of ours wins; a face that we did not find is written, too.
    assert named(merged(data, THREE[1])[0]) == ["Eve", ""]
    other = sidecar(microsofts("Ann", "0.6, 0.6, 0.1, 0.2"))
    data, _ = merged(other, THREE[1])
    assert named(data) == ["Eve", "Ann", ""]
    assert merged(data, Tags())[0] == other
    assert named(merged(sidecar(microsofts("")), THREE[0])[0]) == [""]


def test_regions_in_pixels_are_understood() -> None:
    before = sidecar_with_region(Area(48, 40, 48, 48), "Ann").replace(
        b"/></rdf:li>", b' stArea:unit="pixel"/></rdf:li>'
    )
    assert [region.area for region in Packet(before).drawn()] == [Area(0.2, 0.25, 0.2, 0.3)]


def test_regions_on_another_picture_stay_alone() -> None:
    """A turned or cropped picture has other fractions; the keywords are written all the same."""
    before = sidecar_with_region(Area(0.7, 0.5, 0.1, 0.1), "Ann", size=(80, 120))
    data, remark = merged(before, THREE[0])
    assert data
    assert "rotated or cropped" in remark
    assert len([*Packet(data).drawn()]) == 1
    assert "Female" in Packet(data).texts("dc:subject")
    assert merged(data, Tags())[0] == before


def test_keywords_that_only_the_flat_list_had_can_still_be_seen() -> None:
    """darktable and digiKam do not look at dc:subject where there is a hierarchical list."""
    before = sidecar("<dc:subject><rdf:Bag><rdf:li>Family</rdf:li></rdf:Bag></dc:subject>")
    data, _ = merged(before, THREE[2])
    assert data
    assert Packet(data).texts("lr:hierarchicalSubject") == ["Family", "People|Female"]
    # Another program adds to the list: the copy has to stay, also with our next export.
    more = data.replace(b"<rdf:li>People|Female", b"<rdf:li>Trips|2019</rdf:li><rdf:li>People|Female", 1)
    data, _ = merged(more, THREE[0])
    assert data
    assert sorted(Packet(data).texts("lr:hierarchicalSubject")) == [
        "Family", "People|Age 25-32", "People|Female", "Trips|2019"]  # fmt: skip


def test_a_keyword_that_was_there_is_not_ours() -> None:
    before = sidecar("<dc:subject><rdf:Bag><rdf:li>Female</rdf:li></rdf:Bag></dc:subject>")
    data, _ = merged(before, THREE[2])
    assert data
    assert Packet(data).texts("dc:subject") == ["Female"]
    assert merged(data, Tags())[0] == before


def rewritten(data: bytes) -> bytes:
    """As Exiv2 and XMP Toolkit would save it: all properties in one description, in other prefixes and spaces."""
    root = etree.fromstring(data, etree.XMLParser(remove_blank_text=True))
    (rdf,) = root
    first, *others = rdf
    for other in others:
        first.extend(list(other))
        rdf.remove(other)
    return etree.tostring(root, pretty_print=True)


@pytest.mark.parametrize("program", [digikam, lightroom, exiftool])
def test_ours_is_known_after_another_program_rewrote_the_file(program: object) -> None:
    before = next(data for name, data in FIFTY if name == program.__name__)  # type: ignore[attr-defined]
    data, _ = merged(before, THREE[1])
    assert data
    saved = rewritten(data)
    assert merged(saved, THREE[1])[0] is saved
    restored, _ = merged(saved, Tags())
    assert restored
    expected = facts(rewritten(before))
    assert not expected - facts(restored)
    assert not facts(restored) - expected


SAVE = {
    "exiftool": ["exiftool", "-q", "-overwrite_original", "-XMP:Rating=4", "-Subject+=Extra"],
    "exiv2": ["exiv2", "-Mset Xmp.xmp.Rating 4"],
}
"""Changes somebody makes with the real thing: Exiv2 is what digiKam and darktable save with."""


@pytest.mark.parametrize("program", SAVE)
@pytest.mark.parametrize("style", [None, digikam, lightroom, darktable], ids=lambda style: style and style.__name__)
def test_ours_is_known_after_a_real_program_rewrote_the_file(program: str, style: object, tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"no {program} here")
    before = next(data for name, data in FIFTY if name == style.__name__) if style else None  # type: ignore[attr-defined]
    data, _ = merged(before, THREE[1])
    assert data
    path = tmp_path / "IMG.jpg.xmp"
    path.write_bytes(data)
    subprocess.run([*SAVE[program], str(path)], check=True)
    saved = path.read_bytes()
    assert saved != data
    assert merged(saved, THREE[1])[0] is saved
    restored, _ = merged(saved, Tags())
    assert restored
    old, new = (Packet(each) if each else None for each in (before, restored))
    assert new
    assert not any(ours in restored for ours in (b"Age 60+", b"<photogender:"))
    assert [region.name for region in new.drawn()] == ([region.name for region in old.drawn()] if old else [])
    extra = ["Extra"] if program == "exiftool" else []
    assert new.texts("dc:subject") == ([] if old is None else old.texts("dc:subject")) + extra


def test_a_region_that_was_renamed_or_moved_is_not_ours_any_more() -> None:
    data, _ = merged(None, THREE[0])
    assert data
    renamed = data.replace(b'mwg-rs:Type="Face"', b'mwg-rs:Name="Ann" mwg-rs:Type="Face"')
    moved = data.replace(b'stArea:x="0.2"', b'stArea:x="0.22"')  # by more pixels than programs round
    for changed in (renamed, moved):
        assert changed != data
        again, _ = merged(changed, THREE[1])
        assert again
        names = [region.name for region in Packet(again).drawn()]
        assert names == ["Ann" if changed is renamed else "", ""]
        rest, _ = merged(again, Tags())
        assert rest
        assert len([*Packet(rest).drawn()]) == 1
        assert b"People" not in rest
        assert b"<photogender:" not in rest


@pytest.mark.parametrize("tags", [THREE[0], THREE[1], Tags()])
def test_a_region_that_became_another_programs_keeps_the_size_it_is_measured_on(tags: Tags) -> None:
    """A person named one of ours in another program, and moved the other, too."""
    data, _ = merged(None, THREE[1])
    assert data
    named = data.replace(b'"Eve"', b'"Evelyn"')
    for change in (named, named.replace(b'"0.5"', b'"0.6"')):
        after, _ = merged(change, tags)
        assert after
        packet = Packet(after)
        assert "Evelyn" in [region.name for region in packet.drawn()]
        assert packet.applied_to() == (120, 80)
        assert merged(after, tags)[0] is after


def test_what_another_program_took_out_comes_again() -> None:
    before = FIFTY[1][1]
    data, _ = merged(before, THREE[1])
    assert data
    for lost in (b"<rdf:li>People|Age 60+</rdf:li>", b'stArea:x="0.5" stArea:y="0.5"'):
        changed = data.replace(lost, b"" if lost.startswith(b"<") else b'stArea:x="0.9" stArea:y="0.9"', 1)
        again, _ = merged(changed, THREE[1])
        assert again not in (None, changed)
        assert "People|Age 60+" in Packet(again or b"").texts("lr:hierarchicalSubject")
        assert Area(0.5, 0.5, 0.1, 0.1) in [region.area for region in Packet(again or b"").drawn()]


def test_numbers_that_others_round_are_still_ours() -> None:
    third = Tags((), ((Area(1 / 3, 1 / 7, 1 / 9, 1 / 11), "Eve"),), (120, 80))
    data, _ = merged(None, third)
    assert data
    rounded = data.replace(b'"0.333333"', b'"0.33333"')
    assert rounded != data
    assert merged(rounded, third)[0] is rounded
    assert merged(rounded, Tags())[0] is None


def test_an_empty_list_comes_back_empty() -> None:
    before = sidecar("<dc:subject>\n    <rdf:Bag/>\n   </dc:subject>")
    data, _ = merged(before, THREE[0])
    assert data
    assert merged(data, Tags())[0] == before


# What is refused

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def sidecar(properties: str) -> bytes:
    """A sidecar of another program."""
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   {properties}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>""".encode()


def sidecar_with_region(area: Area, name: str, kind: str = "Face", size: tuple[int, int] = (240, 160)) -> bytes:
    """One with a region in elements only, on a picture of a size."""
    named = f"<mwg-rs:Name>{name}</mwg-rs:Name>" if name else ""
    return sidecar(f"""<mwg-rs:Regions xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
      xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#">
     <rdf:Description><mwg-rs:AppliedToDimensions rdf:parseType="Resource"><stDim:w>{size[0]}</stDim:w>
       <stDim:h>{size[1]}</stDim:h><stDim:unit>pixel</stDim:unit></mwg-rs:AppliedToDimensions>
      <mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource">{named}<mwg-rs:Type>{kind}</mwg-rs:Type>
       <mwg-rs:Area stArea:x="{area.x}" stArea:y="{area.y}" stArea:w="{area.w}" stArea:h="{area.h}"/></rdf:li></rdf:Bag>
      </mwg-rs:RegionList></rdf:Description></mwg-rs:Regions>""")


BODY = '<x:xmpmeta xmlns:x="adobe:ns:meta/">&z;</x:xmpmeta>'
ENTITIES = "".join(f'<!ENTITY {b} "&{a};&{a};&{a};&{a};">' for a, b in zip("abcdefgh", "bcdefghz", strict=True))
REFUSED = {
    "nothing": b" ",
    "text": b"hello",
    "cut short": lightroom.__doc__.encode() + SHELL[:90],
    "truncated": SHELL[:90],
    "two roots": SHELL + SHELL,
    "html": b"<html><body/></html>",
    "no rdf": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    "other namespace": SHELL.replace(b"22-rdf", b"23-rdf"),
    "unbound prefix": SHELL.replace(b"</rdf:RDF>", b'<dc:subject xmlns:d="x"/></rdf:RDF>'),
    "bomb": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">{ENTITIES}]>{BODY}'.encode(),
    "external entity": f'<!DOCTYPE x [<!ENTITY z SYSTEM "file:///etc/passwd">]>{BODY}'.encode(),
    "external dtd": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + SHELL,
    "utf-16": SHELL.decode().encode("utf-16"),
    "utf-16 without a mark": SHELL.decode().encode("utf-16-le"),
    "latin-1": SHELL.replace(b"photogender", "café".encode("latin-1")),
    "said latin-1": b'<?xml version="1.0" encoding="iso-8859-1"?>' + SHELL,
    "nul": SHELL.replace(b"photogender", b"\0"),
    "deep": b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
    "many": SHELL.replace(b"\n </rdf:RDF>", b"<a/>" * MAX_ELEMENTS + b"</rdf:RDF>"),
    "attributes": SHELL.replace(
        b"\n </rdf:RDF>", b"<a %s/></rdf:RDF>" % b" ".join(b"b%d=''" % number for number in range(MAX_ELEMENTS))),
    "regions": sidecar_with_region(RED, "Ann").replace(b"</rdf:li>", b"</rdf:li>" + b"<rdf:li/>" * MAX_REGIONS),
    "keywords no list": SHELL.replace(
        b"\n </rdf:RDF>", b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject>a, b</dc:subject>'
        b"</rdf:Description></rdf:RDF>"),
    "keywords an attribute": SHELL.replace(
        b"\n </rdf:RDF>", b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:subject="a"/></rdf:RDF>'),
}  # fmt: skip


REASONS = {
    "no rdf": "without rdf:RDF", "html": "its root is 'html'", "other namespace": "without rdf:RDF",
    "bomb": "document type", "external entity": "document type", "external dtd": "document type",
    "utf-16": "not in UTF-8", "utf-16 without a mark": "not in UTF-8", "latin-1": "not in UTF-8", "nul": "not in UTF-8",
    "said latin-1": "declares the encoding iso-8859-1", "deep": "nested ones", "many": "elements",
    "attributes": "200,000 elements and attributes", "regions": "2,000 regions",
    "keywords no list": "dc:subject is not a list", "keywords an attribute": "dc:subject is not a list",
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_odd_is_refused_with_a_reason(what: str) -> None:
    with pytest.raises(SidecarError) as error:
        merged(REFUSED[what], THREE[0])
    assert REASONS.get(what, "not well-formed") in error.value.message
    assert error.value.message.startswith("it")
    assert len(error.value.message) < 120


HUGE = {
    "prefixes": b"<a %s>%s</a>" % (
        b" ".join(b'xmlns:p%d="u"' % number for number in range(4_000)), b'<b xmlns:q="u"/>' * 40_000),
    "blanks": b"<a %s/>" % (b" " * 15_000_000),
    "regions of ours": sidecar_with_region(RED, "").replace(
        b"</rdf:Bag>", b"%s</rdf:Bag>" % (
            b'<rdf:li><mwg-rs:Area stArea:x=".9" stArea:y=".9" stArea:w=".1" stArea:h=".1"/></rdf:li>' * 1_999)
        ).replace(b"</rdf:Description>\n </rdf:RDF>", b'<p:Written xmlns:p="urn:photogender:1.0/"><rdf:Bag>%s</rdf:Bag>'
        b"</p:Written></rdf:Description></rdf:RDF>" % (b"<rdf:li>region 0.5 0.5 0.1 0.1</rdf:li>" * 90_000)),
}  # fmt: skip
"""What once took minutes, or all memory."""


@pytest.mark.parametrize("what", HUGE)
def test_what_is_huge_is_merged_in_a_moment(what: str) -> None:
    data = HUGE[what]
    if b"RDF" not in data:
        data = SHELL.replace(b"\n </rdf:RDF>", b"<rdf:Description>%s</rdf:Description></rdf:RDF>" % data)
    tracemalloc.start()
    try:
        start = time.process_time()
        after, _ = merged(data, THREE[0])
        took, (_, most) = time.process_time() - start, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after
    assert len(after) > 1000
    assert took < 30
    assert most < 300_000_000


# Places in the bytes

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&\"'/] \n\t"), max_size=12)
LABEL = st.sampled_from(["a", "p:b", "p:c.d-e", "ü"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    tag = draw(LABEL)
    quote = draw(st.sampled_from("'\""))
    value = draw(TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(quote, "")
    start = f"<{tag}{draw(st.sampled_from([' ', chr(10)]))}x={quote}{value}{quote}{draw(st.sampled_from(['', ' ']))}"
    if draw(st.booleans()):
        return f"{start}/>"
    parts = st.one_of(
        TEXT.map(lambda text: text.replace("&", "&#38;").replace("<", "&lt;").replace(">", "&gt;")),
        st.sampled_from(["<!-- <a> -->", "<?p <a>?>", "<![CDATA[<a>]]>"]),
        *([elements(depth - 1)] if depth else []),
    )
    return f"{start}>{''.join(draw(st.lists(parts, max_size=4)))}</{tag}{draw(st.sampled_from(['', ' ']))}>"


@settings(deadline=None)
@given(elements())
def test_elements_know_where_they_stand(inner: str) -> None:
    """Cut out by its offsets, every element is by itself what the whole document has there."""
    data = f'\ufeff<?xml version="1.0"?>\n<root xmlns:p="urn:u">{inner}</root>\n<!-- end -->'.encode()
    ours, theirs = parse(data), etree.fromstring(data)
    stack = [(ours, theirs)]
    while stack:
        element, other = stack.pop()
        children = [child for child in other if isinstance(child.tag, str)]
        assert len(element.children) == len(children)
        assert f"{{{element.name.space}}}{element.name.local}".removeprefix("{}") == other.tag
        assert data[element.start : element.start + 1] == b"<"
        assert data[element.end - 1 : element.end] == b">"
        assert element.start < element.opened <= element.closing <= element.end
        alone = etree.fromstring(b'<root xmlns:p="urn:u">%s</root>' % data[element.start : element.end])
        assert etree.tostring(alone[0], with_tail=False, method="c14n") == etree.tostring(
            other, with_tail=False, method="c14n"
        )
        if element.closing < element.end:
            assert data[element.closing : element.closing + 2] == b"</"
        stack += zip(element.children, children, strict=True)


KEYWORDS = st.lists(st.tuples(st.just("People"), TEXT.map(str.strip).filter(str.isprintable).filter(bool)), max_size=4)
PLACES = st.floats(0.05, 0.95).flatmap(
    lambda x: st.tuples(st.just(x), st.floats(0.05, 0.95), st.floats(0.01, 0.09), st.floats(0.01, 0.09))
)


@settings(deadline=None)
@given(st.sampled_from([data for _, data in FIFTY]), KEYWORDS, st.lists(PLACES, max_size=3), TEXT)
def test_whatever_goes_in_comes_out(
    before: bytes, words: list[tuple[str, str]], places: list[tuple[float, ...]], name: str
) -> None:
    visible = " ".join(name.split()) if name.isprintable() else ""
    tags = Tags(tuple(words), tuple((Area(*place), visible) for place in places), (120, 80))
    data, _ = merged(before, tags)
    assert data is not None
    assert not facts(before) - facts(data)
    assert merged(data, tags)[0] is data
    assert merged(data, Tags())[0] == before
    later, _ = merged(data, THREE[0])
    assert later == merged(before, THREE[0])[0]


def test_the_aliased_style_is_read_like_the_others() -> None:
    import random

    packet = Packet(aliased(random.Random(0)))
    assert packet.texts("dc:subject") == ["Family"]
    assert [(region.name, region.area) for region in packet.drawn()] == [("Zoë", Area(0.7, 0.5, 0.1, 0.2))]
