"""After another program rewrote a sidecar, an export takes out nothing that is true and leaves nothing that is not."""

import random

import pytest

from photogender.xmp.acdsee import categories
from photogender.xmp.document import Tags, merged
from photogender.xmp.packet import Packet
from photogender.xmp.record import SEPARATORS, WRITTEN, Record, parse_record
from photogender.xmp.regions import Area
from tests.support.programs import categories_of, saved_by_digikam
from tests.support.sidecars import digikam, lightroom
from tests.xmp.test_document import microsofts, sidecar, sidecar_with_region

SIZE = (4032, 2879)
EVE, BOB = Area(0.61808, 0.34215, 0.098661, 0.165439), Area(0.857155, 0.807433, 0.066195, 0.115665)
FIRST = Tags((("People", "Male"), ("People", "Age 60+")), ((EVE, "Eve"), (BOB, "Bob")), SIZE)
CORRECTED = Tags((("People", "Female"), ("People", "Age 60+")), ((EVE, "Eva"), (BOB, "Bob")), SIZE)


def after(data: bytes | None, tags: Tags) -> bytes:
    found, remark = merged(data, tags)
    assert found is not None
    assert remark == ""
    return found


def names(data: bytes) -> list[str]:
    return [region.name for region in Packet(data).drawn()]


def keywords(data: bytes) -> dict[str, list[str]]:
    """What each list of keywords has."""
    packet = Packet(data)
    return {tag: packet.texts(tag) for tag in SEPARATORS if packet.find(tag)}


def test_a_second_export_without_news_writes_nothing_after_digikam() -> None:
    saved = saved_by_digikam(after(None, FIRST))
    assert keywords(saved)["digiKam:TagsList"] == ["People/Male", "People/Age 60+", "People/Eve", "People/Bob"]
    assert [region.name for region in Packet(saved).microsoft_drawn()] == ["Eve", "Bob"]
    assert after(saved, FIRST) is saved


def test_a_rename_and_a_correction_arrive_after_digikam() -> None:
    saved = saved_by_digikam(after(None, FIRST), rating=3)
    corrected = after(saved, CORRECTED)
    assert names(corrected) == ["Eva", "Bob"]
    assert after(corrected, CORRECTED) is corrected
    for tag, texts in keywords(corrected).items():
        assert not [text for text in texts if text.endswith("Male")], tag
        assert [text for text in texts if text.endswith("Female")], tag
        assert not [text for text in texts if text.endswith("Eve")], tag  # digiKam's tag of the face
    assert categories(Packet(corrected)) == {("People", "Age 60+"), ("People", "Bob")}
    assert [region.name for region in Packet(corrected).microsoft_drawn()] == ["Bob"]
    rest = after(corrected, Tags())
    assert categories(Packet(rest)) == set()
    assert not [text for texts in keywords(rest).values() for text in texts]
    for tag in ("MP:RegionInfo", "mwg-rs:Regions", WRITTEN):
        assert Packet(rest).find(tag) is None, tag
    assert b'Rating="3"' in rest


FORMS = ('acdsee:categories="%s"/>', "><acdsee:categories>%s</acdsee:categories></rdf:Description>")


@pytest.mark.parametrize("form", FORMS)
def test_categories_are_a_tree_of_which_only_copies_of_ours_go(form: str) -> None:
    def written(*tags: str) -> bytes:
        text = categories_of([*tags]).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return (form % text.replace('"', "&quot;")).encode()

    def withcategories_of(data: bytes, *tags: str) -> bytes:
        at = Packet(data).rdf.closing
        start = b'<rdf:Description xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/" '
        return data[:at] + start + written(*tags) + data[at:]

    data = withcategories_of(after(None, FIRST), "People/Male", "People/Age 60+", "Trips/Köln & Bonn", "People")
    assert after(data, FIRST) is data
    assert categories(Packet(after(data, CORRECTED))) == {
        ("People", "Age 60+"), ("Trips", "Köln & Bonn"), ("People",)}  # fmt: skip
    once = after(after(data, CORRECTED), Tags())
    assert categories(Packet(once)) == {("Trips", "Köln & Bonn"), ("People",)}
    assert once == after(data, Tags())
    only = withcategories_of(after(None, FIRST), "People/Male", "People/Age 60+")
    assert b"categories" not in (merged(only, Tags())[0] or b"")
    before = withcategories_of(sidecar(""), "People/Male", "Trips/2019")
    data = after(before, FIRST)
    assert after(data, Tags()) == before
    assert ("People", "Male") in categories(Packet(after(data, CORRECTED)))
    damaged = data.replace(b"&lt;Categories", b"&lt;Cat", 1)
    assert categories(Packet(damaged)) == set()
    assert after(damaged, Tags()) == before.replace(b"&lt;Categories", b"&lt;Cat", 1)


def test_a_name_that_is_taken_away_does_not_come_back_from_the_copy() -> None:
    saved = saved_by_digikam(after(None, FIRST))
    unnamed = Tags(FIRST.keywords, ((EVE, ""), (BOB, "Bob")), SIZE)
    for _ in range(3):
        saved = after(saved, unnamed)
        assert sorted(names(saved)) == ["", "Bob"]
    assert after(saved, unnamed) is saved


def test_a_twin_that_was_there_first_lends_its_name_again() -> None:
    """Windows named the face; our region with that name is at the same place."""
    before = sidecar(microsofts("Ann", "0.1, 0.1, 0.2, 0.3"))
    tags = Tags((), ((Area(0.2, 0.25, 0.2, 0.3), ""),), (120, 80))
    data = after(before, tags)
    for _ in range(2):
        assert names(data) == ["Ann"]
        assert after(data, tags) is data
        data = after(data, Tags((("x",),), tags.regions, tags.size))
        data = after(data, tags)
    assert after(data, Tags()) == before


def test_lists_made_by_others_follow_a_correction_and_keep_what_a_person_added() -> None:
    data = after(None, FIRST)
    packet = Packet(data)
    theirs = b"""<rdf:Description xmlns:digiKam="http://www.digikam.org/ns/1.0/"><digiKam:TagsList><rdf:Seq>
      <rdf:li>People</rdf:li><rdf:li>People/Male</rdf:li><rdf:li>Holiday</rdf:li><rdf:li>Friends/Male</rdf:li>
      </rdf:Seq></digiKam:TagsList></rdf:Description>"""
    at = packet.rdf.closing
    data = data[:at] + theirs + data[at:]
    data = data.replace(b"<rdf:li>Age 60+</rdf:li>", b"<rdf:li>Age 60+</rdf:li><rdf:li>People</rdf:li>", 1)
    corrected = after(data, CORRECTED)
    found = keywords(corrected)
    assert found["digiKam:TagsList"] == ["People", "Holiday", "Friends/Male", "People/Female", "People/Age 60+"]
    # The flat list needs Male for Friends/Male, and People while one of ours is below it.
    assert found["dc:subject"] == ["Male", "People", "Female", "Age 60+"]
    rest = keywords(after(corrected, Tags()))
    assert rest == {"digiKam:TagsList": ["Holiday", "Friends/Male"], "dc:subject": ["Male"]}


def test_what_was_there_before_ours_stays() -> None:
    """Also where it equals a keyword of ours, or a parent of one."""
    before = sidecar(
        '<digiKam:TagsList xmlns:digiKam="http://www.digikam.org/ns/1.0/"><rdf:Seq><rdf:li>People</rdf:li>'
        "<rdf:li>People/Male</rdf:li></rdf:Seq></digiKam:TagsList>"
        "<dc:subject><rdf:Bag><rdf:li>Male</rdf:li><rdf:li>People</rdf:li></rdf:Bag></dc:subject>"
    )
    data = after(before, FIRST)
    assert after(data, Tags()) == before
    corrected = after(data, CORRECTED)
    assert keywords(corrected)["digiKam:TagsList"] == ["People", "People/Male", "People/Female", "People/Age 60+"]
    assert keywords(corrected)["dc:subject"] == ["Male", "People", "Female", "Age 60+"]
    assert after(corrected, Tags()) == before


def tagged(*texts: str) -> bytes:
    """A sidecar with these in digiKam's list."""
    items = "".join(f"<rdf:li>{text}</rdf:li>" for text in texts)
    space = 'xmlns:digiKam="http://www.digikam.org/ns/1.0/"'
    return sidecar(f"<digiKam:TagsList {space}><rdf:Seq>{items}</rdf:Seq></digiKam:TagsList>")


@pytest.mark.parametrize("theirs", [("People", "Trips"), ("People/Eve",), ("Family/Eve", "Eve")])
def test_a_tag_that_equals_a_name_of_ours_stays_if_it_was_there_first(theirs: tuple[str, ...]) -> None:
    before = tagged(*theirs)
    data = after(before, Tags((("Old", "Male"),), ((EVE, "Eve"),), SIZE))
    renamed = after(data, Tags((("Old", "Male"),), ((EVE, "Eva"),), SIZE))
    assert keywords(renamed)["digiKam:TagsList"] == [*theirs, "Old/Male"]
    assert after(renamed, Tags()) == after(data, Tags()) == before


def test_a_keyword_that_equals_a_name_of_ours_stays_if_we_write_no_keywords() -> None:
    before = sidecar("<dc:subject><rdf:Bag><rdf:li>Eve</rdf:li><rdf:li>Trips</rdf:li></rdf:Bag></dc:subject>")
    data = after(before, Tags((), ((EVE, "Eve"),), SIZE))
    assert data != before
    assert after(data, Tags()) == before


def test_a_tag_of_a_face_that_windows_named_stays() -> None:
    """We write that face in the MWG's form as well; the tag was there before."""
    info = microsofts("Ann", "0.1, 0.1, 0.2, 0.3").encode()
    before = tagged("People/Ann")
    at = Packet(before).descriptions[0].closing
    before = before[:at] + info + before[at:]
    data = after(before, Tags((("Old", "Male"),), ((EVE, ""),), SIZE))
    assert names(data) == ["Ann", ""]
    again = after(data, Tags((("People", "Ann"),), ((EVE, ""),), SIZE))
    assert after(again, Tags()) == after(data, Tags()) == before


def test_a_tag_of_a_name_stays_while_somebody_has_that_name() -> None:
    saved = saved_by_digikam(after(None, FIRST))
    swapped = after(saved, Tags(FIRST.keywords, ((EVE, "Bob"), (BOB, "Eve")), SIZE))
    assert {"People/Eve", "People/Bob"} <= {*keywords(swapped)["digiKam:TagsList"]}
    assert [region.name for region in Packet(swapped).microsoft_drawn()] == []
    rest = after(swapped, Tags())
    assert "digiKam:TagsList" not in keywords(rest)


def test_a_keyword_that_a_person_took_away_in_another_program_comes_again() -> None:
    saved = saved_by_digikam(after(None, FIRST), removed=("People/Male",))
    assert "People|Male" in keywords(after(saved, FIRST))["lr:hierarchicalSubject"]


@pytest.mark.parametrize("style", [digikam, lightroom])
def test_no_empty_list_is_left_wherever_ours_moved(style: object) -> None:
    theirs = style(random.Random(4))  # type: ignore[operator]
    saved = saved_by_digikam(after(theirs, Tags(FIRST.keywords, FIRST.regions, (1200, 800))))
    rest = after(saved, Tags())
    assert b"People|Male" not in rest
    for tag, texts in keywords(rest).items():
        assert texts or not keywords(theirs).get(tag, ["x"]), tag


EMPTY = ["<rdf:Bag/>", "<rdf:Bag />", "<rdf:Bag></rdf:Bag>", "<rdf:Bag>\n </rdf:Bag>", "<rdf:Bag><!-- a --></rdf:Bag>"]


@pytest.mark.parametrize("bag", EMPTY)
def test_an_empty_list_comes_back_to_the_byte(bag: str) -> None:
    regions = sidecar_with_region(EVE, "Eve", size=SIZE)
    start, end = regions.index(b"<rdf:Bag>"), regions.index(b"</rdf:Bag>") + len(b"</rdf:Bag>")
    for before in (
        sidecar(f"<dc:subject>{bag}</dc:subject>"),
        regions[:start] + bag.encode() + regions[end:],
    ):
        data = after(before, FIRST)
        assert data != before
        assert after(data, CORRECTED) != data
        assert after(after(data, CORRECTED), Tags()) == before


@pytest.mark.parametrize("rdf", ["<rdf:RDF{}/>", "<rdf:RDF{} />", "<rdf:RDF{}></rdf:RDF>", "<rdf:RDF{}>\n</rdf:RDF>"])
def test_an_empty_packet_comes_back_to_the_byte(rdf: str) -> None:
    space = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    before = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf.format(space)}</x:xmpmeta>'.encode()
    data = after(before, FIRST)
    assert after(data, Tags()) == before


def test_a_foreign_region_exactly_where_ours_is_is_never_taken_for_ours() -> None:
    """Two faces of the catalog at one place, of which another program drew one."""
    before = sidecar_with_region(EVE, "Eve", size=SIZE)
    twice = Tags((), ((EVE, "Eve"), (EVE, "Eve"), (BOB, "")), SIZE)
    data = after(before, twice)
    assert names(data) == ["Eve", ""]
    assert after(data, twice) is data
    assert after(data, Tags()) == before
    # Drawn later, before ours and with more than we write.
    ours = after(None, Tags((), ((EVE, "Eve"),), SIZE))
    theirs = ours.replace(
        b"<rdf:Bag>\n      <rdf:li>\n       <rdf:Description mwg-rs:Name",
        b'<rdf:Bag><rdf:li><rdf:Description mwg-rs:Name="Eve" mwg-rs:Type="Face" mwg-rs:Description="hers">'
        b'<mwg-rs:Area stArea:x="0.61808" stArea:y="0.34215" stArea:w="0.098661" stArea:h="0.165439"/>'
        b"</rdf:Description></rdf:li>\n      <rdf:li>\n       <rdf:Description mwg-rs:Name",
        1,
    )
    assert theirs != ours
    rest = after(theirs, Tags())
    assert b'mwg-rs:Description="hers"' in rest
    assert names(rest) == ["Eve"]


def test_our_regions_are_known_within_a_pixel_and_a_half() -> None:
    tags = Tags((), ((Area(0.5, 0.5, 0.1, 0.1), "Eve"),), SIZE)
    data = after(None, tags)
    x = b'stArea:x="%s"'
    for pixels, is_ours in ((0.9, True), (1.4, True), (1.7, False)):
        moved = data.replace(x % b"0.5", x % f"{0.5 + pixels / SIZE[0]:.6f}".encode())
        assert moved != data
        assert (after(moved, tags) is moved) == is_ours, pixels


def test_the_record_reads_back_what_it_writes() -> None:
    record = Record(
        {"dc:subject": ["a b"], "lr:hierarchicalSubject": ["P|a b"]}, {"dc:subject": ["theirs dc:subject x"]},
        [(EVE, "Eve  X"), (BOB, "")], SIZE, True, [(BOB, "y")], {"dc:subject": "closed"}, "0a",
    )  # fmt: skip
    assert parse_record(record.lines()) == record


@pytest.mark.parametrize("line", ["", "region", "region 1 2 3", "region a b c d", "size", "size x y", "odd thing",
                                  "region nan 1 1 1", "region 1e999 1 1 1", "theirs", "seed", "begun 1"])  # fmt: skip
def test_odd_entries_of_the_record_are_ignored(line: str) -> None:
    data = after(None, FIRST).replace(b"<rdf:li>region", f"<rdf:li>{line}</rdf:li><rdf:li>region".encode(), 1)
    assert Packet(data).texts(WRITTEN)
    after(data, CORRECTED)
