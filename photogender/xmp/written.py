"""Find what earlier exports wrote into a sidecar, and what other programs copied from it; remove both.

A region that somebody moved or renamed no longer matches its record, and is not ours any more.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from photogender.records import same_faces
from photogender.xmp.acdsee import CATEGORIES, Levels, without
from photogender.xmp.markup import Edit, Element, close, cut
from photogender.xmp.packet import PREFIXES, Packet, Region, array_of, fields, items, qualified
from photogender.xmp.record import FLAT, LEFT_CLOSED, LEFT_EMPTY, SEPARATORS, WRITTEN, Record, joined, parse_record
from photogender.xmp.regions import SAME_FACE, Area

_PIXELS = 1.5
"""How far a region may be from its record: digiKam rounds its edges and sides to whole pixels."""

_FRACTION = 2e-4
"""The same where the size is not known: programs round the numbers of a region to four decimals or more."""

_PEOPLE = "People"
"""The parent of the keyword that digiKam makes of a named face."""

_MOST_NEAR = 50
"""Regions with one name and nearly the same place that are told apart; more are made to take time."""

_OUR_FIELDS = {qualified(f"mwg-rs:{name}") for name in ("Name", "Type", "Area")}


@dataclass(frozen=True, slots=True)
class Ours:
    """The record, and what of it is still in the file."""

    record: Record
    home: Element
    """The ``rdf:Description`` that contains the record."""
    record_element: Element
    keywords: dict[str, list[Element]]
    """By list, including copies that other programs made of our keywords."""
    implied: dict[str, set[str]]
    """By list, what another program added because of ours, and that the wanted keywords and names imply too."""
    levels: set[Levels]
    """Our keywords and those of our names, but for those that were in ``acdsee:categories`` before."""
    categories: list[Edit]
    """What removes the copies of our keywords that are not wanted from ``acdsee:categories``."""
    regions: list[Element]
    copies: list[Element]
    """Copies of our regions in Microsoft's form that are not wanted."""
    size: Element | None


def find_ours(
    packet: Packet, keywords: Iterable[Levels] = (), wanted: Sequence[tuple[Area, str]] = (), catalog: str = ""
) -> Ours | None:
    """Find what earlier exports wrote; None if there is no record.

    ``keywords`` and ``wanted`` regions are those that the photo has now: what implies one of them is not a stale copy.
    Of what another catalog than that with the mark ``catalog`` wrote, a name that is not wanted counts as another
    program's: that catalog may be lost, and this one never knew the name. Without a mark, all that was written is ours.

    Raises:
        SidecarError: A property that was a list is not one any more.
    """
    found = packet.find(WRITTEN)
    array = found and array_of(found[1])
    if not found or not array:
        return None
    record = parse_record(item.text for item in items(array))
    if catalog and record.catalog != catalog:
        record.regions = _not_lost(record.regions, wanted)
    regions = our_regions(packet, record)
    microsofts = [*packet.microsoft_drawn()]
    copied = [region for region in microsofts if is_copy(packet, record, region)]
    size = packet.applied_to() or record.size
    stale = [each.element for each in copied if not _is_in(wanted, each, size)]
    others = [each.name for each in packet.drawn() if each.element not in regions]  # elements compare by identity
    others += [each.name for each in microsofts if each not in copied]
    named = people(name for _, name in record.regions)
    theirs = {tuple(text.split("|")) for text in record.theirs.get(CATEGORIES, ())}
    levels = (_our_levels(record) | named) - theirs
    needed = [*keywords, *(named & people([*others, *(name for _, name in wanted)]))]
    lists, implied = _our_keywords(packet, record, needed, named)
    categories = without(packet, levels - {*needed})
    return Ours(record, *found, lists, implied, levels, categories, regions, stale, _our_size(packet, record))


def _not_lost(regions: Sequence[tuple[Area, str]], wanted: Sequence[tuple[Area, str]]) -> list[tuple[Area, str]]:
    """The regions that have no name, or whose face has one among the ``wanted`` ones."""
    named = [area.box() for area, name in wanted if name]
    known = same_faces([area.box() for area, _ in regions], named, SAME_FACE)
    return [region for index, region in enumerate(regions) if not region[1] or index in known]


def people(names: Iterable[str]) -> set[Levels]:
    """The keywords that digiKam makes of named faces, each as its levels."""
    return {(_PEOPLE, name) for name in names if name}


def _our_levels(record: Record) -> set[Levels]:
    """Our keywords, each as its levels."""
    flat = record.keywords.get(FLAT, ())
    return {
        tuple(text.split(separator))
        for tag, separator in SEPARATORS.items()
        for text in (record.keywords.get(tag, ()) if separator else ())
        if separator and (separator in text or text in flat)  # else a copy of another program's flat keyword
    }


def _our_keywords(
    packet: Packet, record: Record, wanted: Sequence[Levels], named: Set[Levels]
) -> tuple[dict[str, list[Element]], dict[str, set[str]]]:
    """The items that are ours, copies of ours, and parents and names that are not wanted; and those that are wanted.

    ``named`` are the keywords of the names that we wrote.
    """
    trees = {tag: separator for tag, separator in SEPARATORS.items() if separator}
    gone, known = named - {*wanted}, named & {*wanted}
    flat = {*record.keywords.get(FLAT, ()), *(name for _, name in gone)}
    ours = _our_levels(record) | gone
    parents = {levels[:depth] for levels in ours for depth in range(1, len(levels))}
    kept = {levels[:depth] for levels in wanted for depth in range(1, len(levels))}
    found: dict[str, list[Element]] = {}
    implied: dict[str, set[str]] = {}
    others: list[Levels] = []
    """Keywords that are not ours, in lists with levels, but for those that were there when we wrote."""
    for tag, separator in trees.items():
        theirs = set(record.theirs.get(tag, ()))
        copies = {joined(levels, separator) for levels in ours} - theirs
        found[tag] = _last(packet.array(tag), {*record.keywords.get(tag, ()), *copies})
        rest = [text for text in packet.texts(tag) if text not in {item.text for item in found[tag]}]
        lone = {joined(levels, separator) for levels in parents - kept} - theirs
        lone = {text for text in lone.intersection(rest) if not any(t.startswith(text + separator) for t in rest)}
        found[tag] += _last(packet.array(tag), lone)
        implied[tag] = {joined(levels, separator) for levels in (parents & kept) | known} - theirs
        others += [tuple(text.split(separator)) for text in rest if text not in theirs and text not in lone]
    used = {level for levels in others for level in levels}
    above, needed = {levels[-1] for levels in parents}, {level for levels in wanted for level in levels}
    theirs = set(record.theirs.get(FLAT, ()))
    found[FLAT] = _last(packet.array(FLAT), (flat | (above - needed)) - theirs - used)
    implied[FLAT] = ((above & needed) - flat | {name for _, name in known}) - theirs
    return found, implied


def _last(array: Element | None, texts: Iterable[str]) -> list[Element]:
    """The last item with each of some texts; an earlier one with the same text belongs to another program."""
    by_text = {item.text: item for item in items(array)} if array else {}
    return [by_text[text] for text in dict.fromkeys(texts) if text in by_text]


def our_regions(packet: Packet, record: Record) -> list[Element]:
    """The regions whose area, up to rounding, and name are as recorded.

    Where several match, the one with no more fields than we write, then the nearest, then the last is ours: we add ours
    after those of other programs.
    """
    size = packet.applied_to() or record.size
    by_name: dict[str, list[tuple[float, int, Region]]] = {}
    for index, region in enumerate(packet.drawn()):
        if region.is_face:
            by_name.setdefault(region.name, []).append((region.area.x, index, region))
    for regions in by_name.values():
        regions.sort(key=lambda each: each[:2])
    found = []
    for area, name in record.regions:
        left = by_name.get(name, [])
        start = bisect_left(left, area.x - _tolerance(size)[0], key=lambda each: each[0])
        near = [each for each in left[start : start + _MOST_NEAR] if is_same(each[2].area, area, size)]
        if near:
            nearest = min(near, key=lambda each: (_has_more(each[2]), _distance(each[2].area, area), -each[1]))
            left.remove(nearest)
            found.append(nearest[2].element)
    return found


def _has_more(region: Region) -> bool:
    """Whether it has fields that we do not write."""
    return bool(fields(region.element).keys() - _OUR_FIELDS)


def is_same(one: Area, other: Area, size: tuple[float, float] | None) -> bool:
    """Whether two areas of a picture of ``size`` pixels differ by no more than programs round."""
    across, down = _tolerance(size)
    return (
        abs(one.x - other.x) <= across
        and abs(one.w - other.w) <= across
        and abs(one.y - other.y) <= down
        and abs(one.h - other.h) <= down
    )


def _tolerance(size: tuple[float, float] | None) -> tuple[float, float]:
    across, down = size if size and all(size) else (math.inf, math.inf)
    return max(_PIXELS / across, _FRACTION), max(_PIXELS / down, _FRACTION)


def _distance(one: Area, other: Area) -> float:
    """The same for all that a program can round away, so that order decides there."""
    return round(max(abs(one.x - other.x), abs(one.y - other.y), abs(one.w - other.w), abs(one.h - other.h)), 4)


def _our_size(packet: Packet, record: Record) -> Element | None:
    found = packet.find("mwg-rs:Regions")
    size = fields(found[1]).get(qualified("mwg-rs:AppliedToDimensions")) if found else None
    return size if isinstance(size, Element) and record.size and packet.applied_to() == record.size else None


def taken_out(packet: Packet, ours: Ours) -> list[Edit]:
    """The edits that remove what is ours. A list or description that becomes empty goes too, unless it was there."""
    doomed = [ours.record_element]
    edits: list[Edit] = [*ours.categories]
    lists = [(tag, packet.find(tag), packet.array(tag), found) for tag, found in ours.keywords.items()]
    regions = packet.find("mwg-rs:Regions")
    listed = array_of(fields(regions[1]).get(qualified("mwg-rs:RegionList"))) if regions else None
    microsofts = packet.find("MP:RegionInfo")
    copies = array_of(fields(microsofts[1]).get(qualified("MPRI:Regions"))) if microsofts else None
    lists += [("mwg-rs:RegionList", regions, listed, ours.regions), ("MP:RegionInfo", microsofts, copies, ours.copies)]
    for tag, place, array, found in lists:
        if not place or not array or not found:
            continue
        cuts = [cut(packet.data, item) for item in found]
        before = ours.record.empty.get(tag)
        if len(found) < len(array.children) or before == LEFT_EMPTY:
            edits += cuts
        elif before == LEFT_CLOSED:
            edits.append(close(array))
        else:
            doomed.append(place[1])
    # Regions that others drew or named in a structure that we created refer to the size that we wrote.
    others = ours.record.begins and listed is not None and len(ours.regions) < len(listed.children)
    if ours.size and regions and regions[1] not in doomed and not others:
        edits.append(cut(packet.data, ours.size))
    for description in packet.descriptions:
        has_more = any(name.space not in ("", PREFIXES["rdf"]) for name in description.attributes)
        if description.children and all(child in doomed for child in description.children) and not has_more:
            doomed = [description, *(element for element in doomed if element not in description.children)]
    if ours.record.empty.get("rdf:RDF") == LEFT_CLOSED and set(packet.rdf.children) <= set(doomed):
        return [close(packet.rdf)]
    return edits + [cut(packet.data, element) for element in doomed]


def foreign_regions(packet: Packet, catalog: str = "") -> tuple[list[Region], list[Region]]:
    """The faces of other programs, in ``mwg-rs:Regions`` and in Microsoft's regions, without ours and copies.

    With the mark of a ``catalog``, the names that another catalog wrote are among them.
    """
    ours = find_ours(packet, catalog=catalog)
    mine = {id(element) for element in ours.regions} if ours else set()
    mwg = [region for region in packet.drawn() if region.is_face and id(region.element) not in mine]
    return mwg, [region for region in packet.microsoft_drawn() if not (ours and is_copy(packet, ours.record, region))]


def is_copy(packet: Packet, record: Record, region: Region) -> bool:
    """Whether a region in Microsoft's form has the area and the name of one that we wrote."""
    size = packet.applied_to() or record.size
    return _is_in(record.regions, region, size) and not _is_in(record.twins, region, size)


def _is_in(regions: Iterable[tuple[Area, str]], region: Region, size: tuple[float, float] | None) -> bool:
    return any(region.name == name and is_same(region.area, area, size) for area, name in regions)
