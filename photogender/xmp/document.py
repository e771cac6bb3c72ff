"""Merge our keywords and regions into a sidecar, and remove them again.

Every merge first removes what earlier exports wrote and then adds the new content, by byte edits. If the sidecar says
all of it already, it is left as it is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from photogender.records import same_faces
from photogender.xmp.acdsee import CATEGORIES, categories
from photogender.xmp.build import (
    applied_to,
    declared,
    listed,
    new_description,
    new_items,
    new_regions,
    region_structure,
)
from photogender.xmp.markup import Edit, Element, New, edited, is_closed, space_before
from photogender.xmp.packet import Packet, Region, array_of, body, fields, qualified
from photogender.xmp.record import (
    FLAT,
    HIERARCHY,
    LEFT_CLOSED,
    LEFT_EMPTY,
    SEPARATORS,
    WRITTEN,
    Record,
    joined,
    numbers,
)
from photogender.xmp.regions import SAME_FACE, Area, turned_back
from photogender.xmp.statements import digest
from photogender.xmp.written import Ours, find_ours, is_copy, is_same, people, taken_out

SHELL = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photogender">\n'
    b' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n </rdf:RDF>\n</x:xmpmeta>\n'
)
"""An empty sidecar. Exiv2 recognises a sidecar by this start."""

_EMPTY = Packet(SHELL)


@dataclass(frozen=True, slots=True)
class Tags:
    """What a sidecar should contain for a photo."""

    keywords: tuple[tuple[str, ...], ...] = ()
    """Each as its levels, ``("People", "Female")``, in the order to write."""
    regions: tuple[tuple[Area, str], ...] = ()
    """Faces as areas of the stored picture, each with the person's name or an empty string."""
    size: tuple[int, int] = (0, 0)
    """Width and height of the stored picture, pixels."""
    orientation: int = 1
    """EXIF orientation, 1 to 8."""
    catalog: str = ""
    """The mark of the catalog that it comes from."""
    replaces_all: bool = False
    """Whether it replaces names that another catalog wrote, too."""


def merged(data: bytes | None, tags: Tags, inside: bytes | None = None) -> tuple[bytes | None, str]:
    """Merge ``tags`` into the sidecar ``data`` (None: there is none), replacing what earlier exports wrote.

    A sidecar that we create starts with ``inside``, and follows it until another program changes the sidecar. In one of
    another program, a list or structure that we create starts with what ``inside`` has there.

    Args:
        data: The content of the sidecar.
        tags: What to write; nothing removes what earlier exports wrote.
        inside: The XMP that the photo carries itself, as ``seed.seed`` returns it; None if there is none.

    Returns:
        The new content (``data`` itself if nothing changes, None if nothing is left), and a remark if regions could
        not be written, else an empty string.

    Raises:
        SidecarError: ``data`` is not XMP that can be changed without losing something.
    """
    packet = Packet(data) if data is not None else None
    mark = "" if tags.replaces_all else tags.catalog
    ours = find_ours(packet, tags.keywords, tags.regions, mark) if packet else None
    rest = Packet(edited(packet.data, taken_out(packet, ours))) if packet and ours else packet
    is_own = rest is None or (ours is not None and _is_untouched(rest, ours.record))
    seed = Packet(inside) if inside else _EMPTY
    base = seed if rest is None or is_own else rest
    record, remark = _plan(base, tags, ours, None if is_own else seed)
    record.catalog = tags.catalog
    record.seed = digest(seed) if is_own else ours.record.seed if ours else ""
    if not record.has_content:
        return (None if is_own else base.data), remark
    if ours and _is_current(ours, record, tags.keywords):
        return data, remark
    return edited(base.data, _put_in(base, record)), remark


def _is_untouched(rest: Packet, record: Record) -> bool:
    """Whether we created the sidecar, and ``rest``, in which nothing is ours, is what we started it with."""
    return rest.data == SHELL or (record.seed != "" and record.seed == digest(rest))


# What to write


def _plan(base: Packet, tags: Tags, ours: Ours | None, inside: Packet | None) -> tuple[Record, str]:
    """What to write into ``base``, in which nothing is ours; ``inside`` is given if ``base`` does not start with it."""
    record, before = Record(), ours.record if ours else Record()
    if not base.rdf.children and is_closed(base.rdf):
        record.empty["rdf:RDF"] = LEFT_CLOSED
    remark = _plan_regions(base, tags, record, before, inside)
    names = people(name for _, name in record.regions)
    levels = {level for keyword in (*tags.keywords, *names) for level in keyword}
    for tag, separator in SEPARATORS.items():
        array = base.array(tag)
        if array is None and not (tags.keywords and tag in (FLAT, HIERARCHY)):
            continue
        there = base.texts(tag)
        wanted = [joined(keyword, separator) for keyword in tags.keywords]
        if tags.keywords:
            wanted = _copied(tag, base, before, inside) + wanted
        added = [text for text in dict.fromkeys(wanted) if text not in there]
        record.keywords[tag] = added
        implied = ours.implied[tag] if ours else set()
        record.theirs[tag] = [
            text for text in dict.fromkeys(there)
            if levels.intersection(text.split(separator) if separator else [text]) and text not in implied
        ]  # fmt: skip
        if added and array is not None and not array.children:
            record.empty[tag] = LEFT_CLOSED if is_closed(array) else LEFT_EMPTY
    theirs = categories(base) & ({*tags.keywords, *names} - (ours.levels if ours else set()))
    record.theirs[CATEGORIES] = ["|".join(levels) for levels in sorted(theirs)]
    return record, remark


def _copied(tag: str, base: Packet, before: Record, inside: Packet | None) -> list[str]:
    """Keywords of others that a list of ours has to repeat, since programs stop at the first list that they find."""
    own = inside.texts(tag) if inside and base.array(tag) is None else []
    if tag != HIERARCHY:
        return own
    # darktable (_exif_decode_xmp_data) and digiKam read dc:subject only if this list is missing.
    flat = base.texts(FLAT) or (inside.texts(FLAT) if inside and not own else [])
    return flat + own if base.array(tag) is None else [text for text in flat if text in before.keywords.get(tag, ())]


def _plan_regions(base: Packet, tags: Tags, record: Record, before: Record, inside: Packet | None) -> str:
    if not tags.keywords and not tags.regions:
        return ""
    found = base.find("mwg-rs:Regions")
    faces, turn = _drawn(base, tags)
    own = _drawn(inside, tags)[0] if inside and found is None else []
    drawn = [area for area, _ in faces + own]
    named = [region for region in base.microsoft_drawn() if not is_copy(base, before, region)]
    named += [*inside.microsoft_drawn()] if inside and found is None else []
    regions = _with_microsofts(named, _missing(tags.regions, drawn, tags.size), drawn)
    if not regions:
        return ""
    # Named ones first: digiKam (DMetadata::getItemFacesMap) stops at the first region without a name.
    regions = sorted(own + regions, key=lambda region: not region[1])
    _note_microsofts(base, record, before, regions)
    if found is None:
        record.size, record.begins, record.regions = tags.size, True, regions
        return ""
    array = array_of(fields(found[1]).get(qualified("mwg-rs:RegionList")))
    if array is None:
        return "no regions were added: its mwg-rs:Regions has no list"
    if turn is None:
        return "no regions were added: its mwg-rs:Regions refers to a rotated or cropped picture"
    record.regions = [(turned_back(area, turn), name) for area, name in regions]
    if not array.children:
        record.empty["mwg-rs:RegionList"] = LEFT_CLOSED if is_closed(array) else LEFT_EMPTY
    if qualified("mwg-rs:AppliedToDimensions") not in fields(found[1]):
        record.size = tags.size
    return ""


def _drawn(packet: Packet, tags: Tags) -> tuple[list[tuple[Area, str]], int | None]:
    """The faces of ``mwg-rs:Regions`` as areas of the stored picture with their names, and ``turn_of`` its areas."""
    faces, turn = packet.faces([area for area, _ in tags.regions], tags.size, tags.orientation)
    return [(area, region.name) for region, area in faces], turn


def _missing(
    regions: Iterable[tuple[Area, str]], drawn: Sequence[Area], size: tuple[int, int]
) -> list[tuple[Area, str]]:
    """The regions that are not among those that are drawn already, and not exactly where one of them is."""
    regions = list(regions)
    found = same_faces([area.box() for area, _ in regions], [area.box() for area in drawn], SAME_FACE)
    return [
        (area, name) for index, (area, name) in enumerate(regions)
        if index not in found and not any(is_same(area, other, size) for other in drawn)
    ]  # fmt: skip


def _with_microsofts(
    microsofts: Iterable[Region], regions: list[tuple[Area, str]], drawn: Sequence[Area]
) -> list[tuple[Area, str]]:
    """The regions, with the faces and names that only Microsoft's regions have."""
    named = [region for region in microsofts if region.name]
    known = same_faces([region.area.box() for region in named], [area.box() for area in drawn], SAME_FACE)
    named = [region for index, region in enumerate(named) if index not in known]
    same = same_faces([area.box() for area, _ in regions], [region.area.box() for region in named], SAME_FACE)
    lent = [(area, name or (named[same[i]].name if i in same else "")) for i, (area, name) in enumerate(regions)]
    return lent + [(region.area, region.name) for i, region in enumerate(named) if i not in same.values()]


def _note_microsofts(base: Packet, record: Record, before: Record, regions: Sequence[tuple[Area, str]]) -> None:
    """Note which of Microsoft's regions equal a region of ours but were there first."""
    size = base.applied_to() or record.size
    for region in base.microsoft_drawn():
        is_ours = any(region.name == name and is_same(region.area, area, size) for area, name in regions)
        if is_ours and not is_copy(base, before, region):
            record.twins.append((region.area, region.name))


def _is_current(ours: Ours, record: Record, keywords: Iterable[tuple[str, ...]]) -> bool:
    """Whether the sidecar says all that ``record`` would, and nothing of ours besides."""
    before = ours.record
    if ours.categories or ours.copies or before.catalog not in ("", record.catalog):
        return False
    flat = set(before.keywords.get(HIERARCHY, ()))
    for tag, texts in record.keywords.items():
        there = {item.text for item in ours.keywords.get(tag, ())}
        # A flat keyword that somebody added since is copied with the next change.
        wanted = {text for text in texts if tag != HIERARCHY or "|" in text or text in flat}
        if not wanted <= there or there - set(texts):
            return False
    for tag in ours.keywords.keys() - record.keywords.keys():  # lists that only have copies of ours
        copies = {joined(keyword, SEPARATORS[tag]) for keyword in keywords}
        if any(item.text not in copies for item in ours.keywords[tag]):
            return False
    regions, noted = (Counter((numbers(area), name) for area, name in each.regions) for each in (record, before))
    return (
        regions == noted
        and len(ours.regions) >= sum(bool(name) for _, name in before.regions)
        and (record.size, record.begins, record.seed) == (before.size, before.begins, before.seed)
        and (ours.size is not None or not ours.regions) == (before.size is not None or not ours.regions)
    )


# Writing it


def _put_in(base: Packet, record: Record) -> list[Edit]:
    data, edits, block = base.data, [], []
    for tag, texts in record.keywords.items():
        array = base.array(tag)
        if array is None:
            block += [New(tag, (), (listed(texts),))] if texts else []
        elif texts:
            edits.append(new_items(data, array, texts))
    found = base.find("mwg-rs:Regions")
    if record.regions and found:
        array = array_of(fields(found[1])[qualified("mwg-rs:RegionList")])
        if array is not None:  # _plan_regions checked it
            edits.append(new_regions(data, array, record.regions))
        if record.size:
            edits.append(_size_first(data, body(found[1]), record.size))
    elif record.regions and record.size:
        block.append(region_structure(record.size, record.regions))
    block.append(New(WRITTEN, (), (listed(record.lines()),)))
    return [*edits, new_description(base, tuple(block))]


def _size_first(data: bytes, struct: Element, size: tuple[int, int]) -> Edit:
    space = space_before(data, struct.children[0])
    return Edit(struct.opened, struct.opened, declared(applied_to(size), struct).render(space.decode()).encode())
