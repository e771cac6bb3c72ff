"""What is ours in a sidecar, and taking it out.

It is written down in the sidecar itself, as the list of texts ``photogender:Written``: a keyword with the list
that it was added to, a region with its place and name. That survives programs that move or rewrite what they
know (Exiv2 and XMP Toolkit keep properties of strangers, but rebuild the regions' structure), and tells a region
that was renamed or moved elsewhere, and is not ours any more, from one that still is.
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
"""Lists of keywords and what stands between the levels in each; None: only the last level is written.

Lightroom and darktable write the first two. The other two are filled only where they are: digiKam
(``DMetadata::getItemTagsPath``) and Immich (docs: XMP sidecars) read the first list that there is, TagsList before
hierarchicalSubject, so that a new one of ours would hide what the others hold."""

SIZE, BEGUN = "size", "begun"
"""In the record, what the size that regions are measured on was added to: another program's structure, or a new one."""

_ROUNDED = 2e-4
"""How far a region may be from where we drew it: other programs write four decimals of each of its numbers, or more."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What the record lists, and what of it is still there."""

    record: list[str]
    home: Element
    """The ``rdf:Description`` with the record."""
    record_element: Element
    keywords: dict[str, list[Element]]
    regions: list[Element]
    size: Element | None
    began: bool
    """Whether the regions' structure is ours, and not only what is in it."""
    is_whole: bool


def find_ours(packet: Packet) -> Ours | None:
    """What earlier exports wrote; None where there is no record of any.

    Raises:
        SidecarError: Something of it is not the list that it was.
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
    """The last item with each of some texts; an earlier one that is the same is another program's."""
    by_text = {item.text: item for item in items(array)} if array else {}
    return [by_text[text] for text in dict.fromkeys(texts) if text in by_text]


def _drawn_by_us(packet: Packet, texts: Sequence[str]) -> list[Element]:
    """Regions that are where we drew them, to what other programs round, and are called what we called them."""
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
    """The edits that leave what is not ours; a list that we began goes when it is empty."""
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
    # Those that others drew, or named, into a structure that we began are measured on the size that we said.
    others = ours.began and listed is not None and len(ours.regions) < len(listed.children)
    if ours.size and regions and regions[1] not in doomed and not others:
        edits.append(cut(packet.data, ours.size))
    has_more = any(name.space not in ("", PREFIXES["rdf"]) for name in ours.home.attributes)
    if all(child in doomed for child in ours.home.children) and not has_more:
        doomed = [ours.home, *(element for element in doomed if element not in ours.home.children)]
    return edits + [cut(packet.data, element) for element in doomed]


def foreign_regions(packet: Packet) -> tuple[list[Region], list[Region]]:
    """The faces that other programs drew: in ``mwg-rs:Regions``, and in Microsoft's; without ours."""
    ours = find_ours(packet)
    mine = {id(element) for element in ours.regions} if ours else set()
    mwg = [region for region in packet.drawn() if region.is_face and id(region.element) not in mine]
    return mwg, list(packet.microsoft_drawn())


def numbers(area: Area) -> str:
    """Six decimals: a hundredth of a pixel in a picture of ten thousand."""
    return " ".join(f"{side:.6f}".rstrip("0").rstrip(".") for side in _sides(area))


def _sides(area: Area) -> tuple[float, float, float, float]:
    return area.x, area.y, area.w, area.h
