"""Find what earlier exports wrote into a sidecar, and remove it.

The sidecar itself records it in the list ``photogender:Written``: each keyword with the list that it was added to,
each region with its area and name. Exiv2 and XMP Toolkit keep properties that they do not know, so the record survives
even when they rebuild the regions. A region that somebody moved or renamed no longer matches its record, and is not
ours any more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from photogender.xmp.markup import Edit, Element, cut
from photogender.xmp.packet import MAX_REGIONS, PREFIXES, Packet, Region, array_of, fields, items, qualified
from photogender.xmp.regions import Area

WRITTEN = "photogender:Written"

FLAT, HIERARCHY = "dc:subject", "lr:hierarchicalSubject"

SEPARATORS = {FLAT: None, HIERARCHY: "|", "digiKam:TagsList": "/", "MicrosoftPhoto:LastKeywordXMP": "/"}
"""The keyword lists, each with its separator between levels; None: only the last level is written.

Lightroom and darktable write the first two. We add to the other two only if they exist: digiKam
(``DMetadata::getItemTagsPath``) and Immich (docs: XMP sidecars) read only the first list that they find, TagsList
before hierarchicalSubject, so a new list would hide the content of the others."""

SIZE, BEGUN = "size", "begun"
"""Entries of the record: we added ``AppliedToDimensions`` to another program's regions, or created the structure."""

_ROUNDED = 2e-4
"""How far a region may be from its record: other programs round its numbers to four decimals or more."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The record, and what of it is still in the file."""

    record: list[str]
    home: Element
    """The ``rdf:Description`` that contains the record."""
    record_element: Element
    keywords: dict[str, list[Element]]
    regions: list[Element]
    size: Element | None
    began: bool
    """Whether we created the regions structure, not only regions in it."""
    is_whole: bool


def find_ours(packet: Packet) -> Ours | None:
    """Find what earlier exports wrote; None if there is no record.

    Raises:
        SidecarError: A property that was a list is not one any more.
    """
    found = packet.find(WRITTEN)
    array = found and array_of(found[1])
    if not found or not array:
        return None
    record = [item.text for item in items(array)]
    noted: dict[str, list[str]] = {}
    for text in record:
        kind, _, rest = text.partition(" ")
        noted.setdefault(kind, []).append(rest)
    keywords = {tag: _last(packet.array(tag), noted[tag]) for tag in SEPARATORS if tag in noted}
    regions = _drawn_by_us(packet, noted.get("region", []))
    size = _size_by_us(packet, [*noted.get(SIZE, []), *noted.get(BEGUN, [])])
    number = sum(map(len, keywords.values())) + len(regions) + (size is not None)
    return Ours(record, *found, keywords, regions, size, BEGUN in noted, number == len(record))


def _last(array: Element | None, texts: Sequence[str]) -> list[Element]:
    """The last item with each of some texts; an earlier one with the same text belongs to another program."""
    by_text = {item.text: item for item in items(array)} if array else {}
    return [by_text[text] for text in dict.fromkeys(texts) if text in by_text]


def _drawn_by_us(packet: Packet, texts: Sequence[str]) -> list[Element]:
    """The regions whose area, up to rounding, and name are as recorded."""
    left: dict[str, list[tuple[float, ...]]] = {}
    for text in texts[:MAX_REGIONS]:
        noted, name = _parsed(text)
        left.setdefault(name, []).append(noted)
    found = []
    for region in packet.drawn():
        sides = _sides(region.area)
        for noted in left.get(region.name, ()) if region.is_face else ():
            if math.dist(sides, noted) < _ROUNDED:
                left[region.name].remove(noted)
                found.append(region.element)
                break
    return found


def _parsed(text: str) -> tuple[tuple[float, ...], str]:
    *numbers, name = [*text.split(" ", 4), ""][:5]
    try:
        sides = tuple(map(float, numbers))
    except ValueError:
        sides = ()
    return sides if len(sides) == 4 else (math.nan,) * 4, name


def _size_by_us(packet: Packet, texts: Sequence[str]) -> Element | None:
    found = packet.find("mwg-rs:Regions")
    size = fields(found[1]).get(qualified("mwg-rs:AppliedToDimensions")) if found else None
    applied = packet.applied_to()
    is_ours = applied and texts and f"{applied[0]:g} {applied[1]:g}" == texts[0]
    return size if is_ours and isinstance(size, Element) else None


def taken_out(packet: Packet, ours: Ours) -> list[Edit]:
    """The edits that remove what is ours; a list that we created goes too once it is empty."""
    doomed = [ours.record_element]
    edits: list[Edit] = []
    lists = [(packet.find(tag), packet.array(tag), found) for tag, found in ours.keywords.items()]
    regions = packet.find("mwg-rs:Regions")
    listed = array_of(fields(regions[1]).get(qualified("mwg-rs:RegionList"))) if regions else None
    for place, array, found in (*lists, (regions, listed, ours.regions)):
        if not place or not array or not found:
            continue
        cuts = [cut(packet.data, item) for item in found]
        if len(found) < len(array.children):
            edits += cuts
        elif place[0] is ours.home or (place is regions and ours.began):
            doomed.append(place[1])
        elif sum(edit.end - edit.start for edit in cuts) == array.closing - array.opened:
            edits.append(Edit(array.opened - 1, array.end, b"/>"))
        else:
            edits += cuts
    # Regions that others drew or named in a structure that we created refer to the size that we wrote.
    others = ours.began and listed is not None and len(ours.regions) < len(listed.children)
    if ours.size and regions and regions[1] not in doomed and not others:
        edits.append(cut(packet.data, ours.size))
    has_more = any(name.space not in ("", PREFIXES["rdf"]) for name in ours.home.attributes)
    if all(child in doomed for child in ours.home.children) and not has_more:
        doomed = [ours.home, *(element for element in doomed if element not in ours.home.children)]
    return edits + [cut(packet.data, element) for element in doomed]


def foreign_regions(packet: Packet) -> tuple[list[Region], list[Region]]:
    """The faces of other programs, in ``mwg-rs:Regions`` and in Microsoft's regions, without ours."""
    ours = find_ours(packet)
    mine = {id(element) for element in ours.regions} if ours else set()
    mwg = [region for region in packet.drawn() if region.is_face and id(region.element) not in mine]
    return mwg, list(packet.microsoft_drawn())


def numbers(area: Area) -> str:
    """An area as text with six decimals: a hundredth of a pixel in a picture of 10,000 pixels."""
    return " ".join(f"{side:.6f}".rstrip("0").rstrip(".") for side in _sides(area))


def _sides(area: Area) -> tuple[float, float, float, float]:
    return area.x, area.y, area.w, area.h
