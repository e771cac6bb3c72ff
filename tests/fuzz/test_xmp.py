"""Sidecars and the XMP inside photos."""

from hypothesis import given
from hypothesis import strategies as st

from photogender.errors import SidecarError
from photogender.records import FaceBox
from photogender.xmp.document import Tags, merged
from photogender.xmp.keywords import visible
from photogender.xmp.packet import Packet
from photogender.xmp.regions import Area, to_stored, to_upright
from photogender.xmp.seed import seed
from photogender.xmp.written import foreign_regions
from tests.fuzz.damage import damaged, fuzzed
from tests.support.sidecars import fifty

AREAS = [Area(0.2, 0.25, 0.2, 0.3), Area(0.5, 0.5, 0.1, 0.1), Area(0.81, 0.4, 0.15, 0.3)]

names = st.sampled_from(["", "Ann & Bob", "Zoë 😀"]) | st.text("ab&<]\"' é\u0301", max_size=8).map(visible)
levels = st.sampled_from(["People", "Female", "Male", "Age 25-32"]) | names.filter(bool)
tags = st.builds(
    Tags,
    st.lists(st.lists(levels, min_size=1, max_size=3).map(tuple), max_size=4, unique=True).map(tuple),
    st.lists(st.tuples(st.sampled_from(AREAS), names), max_size=3, unique_by=lambda each: each[0]).map(tuple),
    st.just((120, 80)),
    st.integers(1, 8),
)


def _sidecars() -> list[bytes]:
    """Sidecars of other programs, and what some of them become after an export."""
    theirs = [data for _, data in fifty()]
    said = Tags((("People", "Female"), ("People", "Age 25-32")), ((AREAS[0], "Ann"), (AREAS[1], "")), (120, 80))
    exported = [merged(data, said)[0] for data in [None, *theirs[::5]]]
    return theirs + [data for data in exported if data]


SIDECARS = _sidecars()


@fuzzed
@given(damaged(SIDECARS, text=True), tags, tags, st.none() | damaged(SIDECARS, text=True))
def test_merging_is_idempotent_and_removing_restores(data: bytes, one: Tags, two: Tags, photo: bytes | None) -> None:
    try:
        before, _ = merged(data, Tags())
        inside = seed(photo, {}) if photo is not None else None
    except SidecarError:
        return
    assert merged(before, Tags())[0] == before
    content = before
    for said in (one, two):
        try:
            content, _ = merged(content, said, inside)
        except SidecarError:
            return
        assert merged(content, said, inside)[0] == content
    assert merged(content, Tags(), inside)[0] == before


@fuzzed
@given(damaged(SIDECARS, text=True), st.integers(1, 8))
def test_regions_of_a_damaged_packet(data: bytes, orientation: int) -> None:
    try:
        regions = foreign_regions(Packet(data))
    except SidecarError as error:
        assert error.message
        return
    for region in (*regions[0], *regions[1]):
        box = to_upright(region.area, 120, 80, orientation)
        assert box.x1 < box.x2
        assert box.y1 < box.y2
        clipped = to_stored(FaceBox(box.x1, box.y1, box.x2, box.y2, 1.0), 120, 80, orientation)
        assert clipped is None or (clipped.w > 0 and clipped.h > 0)


texts_of_iptc = st.lists(st.text(max_size=9), min_size=1, max_size=3)


@fuzzed
@given(
    st.none() | damaged(SIDECARS, text=True),
    st.dictionaries(st.sampled_from([5, 25, 40, 80, 116, 120]), texts_of_iptc),
)
def test_what_a_photo_says_itself_begins_a_sidecar(photo: bytes | None, texts: dict[int, list[str]]) -> None:
    try:
        content = seed(photo, texts)
    except SidecarError:
        return
    if content is not None:
        Packet(content)
        assert seed(content, {}) == content
