"""Merge our keywords and regions into a sidecar, and remove them again.

Every merge first removes what earlier exports wrote and then adds the new content, by byte edits. If the result would
be the same, the file is left as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from photogender.records import same_faces
from photogender.xmp.markup import (
    Edit,
    Element,
    New,
    append,
    edited,
    raw_tag,
    space_before,
)
from photogender.xmp.packet import PREFIXES, Packet, array_of, body, fields, qualified
from photogender.xmp.regions import SAME_FACE, Area
from photogender.xmp.written import BEGUN, FLAT, HIERARCHY, SEPARATORS, SIZE, WRITTEN, find_ours, numbers, taken_out

SHELL = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photogender">\n'
    b' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n </rdf:RDF>\n</x:xmpmeta>\n'
)
"""An empty sidecar. Exiv2 recognises a sidecar by this start."""

_SIZES = 0.02
"""Tolerance for the aspect ratio of ``AppliedToDimensions``: that of a preview is rounded."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What a sidecar should contain for a photo."""

    keywords: tuple[tuple[str, ...], ...] = ()
    """Each as its levels, ``("People", "Female")``, in the order to write."""
    regions: tuple[tuple[Area, str], ...] = ()
    """Faces, each with the person's name or an empty string."""
    size: tuple[int, int] = (0, 0)
    """Width and height of the stored picture, pixels."""


@dataclass(slots=True)
class _Plan:
    """What we are going to write: texts by list, regions, and the size if we add it."""

    keywords: dict[str, list[str]] = field(default_factory=dict)
    regions: list[tuple[Area, str]] = field(default_factory=list)
    size: tuple[int, int] | None = None
    begins: bool = False
    """Whether the regions structure has to be created."""

    def record(self) -> list[str]:
        """The entries of ``photogender:Written``."""
        texts = [f"{tag} {text}" for tag, added in self.keywords.items() for text in added]
        texts += [f"{BEGUN if self.begins else SIZE} {self.size[0]} {self.size[1]}"] if self.size else []
        return texts + [f"region {numbers(area)} {name}".rstrip() for area, name in self.regions]


def merged(data: bytes | None, tags: Tags) -> tuple[bytes | None, str]:
    """Merge ``tags`` into the sidecar ``data`` (None: there is none), replacing what earlier exports wrote.

    Returns:
        The new content (``data`` itself if nothing changes, None if nothing is left), and a remark if regions could
        not be written, else an empty string.

    Raises:
        SidecarError: ``data`` is not XMP that can be changed without losing something.
    """
    if data is None:
        data, before = SHELL, None
    else:
        before = data
    packet = Packet(data)
    ours = find_ours(packet)
    rest = Packet(edited(data, taken_out(packet, ours))) if ours else packet
    plan, remark = _plan(rest, tags, ours.record if ours else [])
    record = plan.record()
    if ours and ours.is_whole and sorted(ours.record) == sorted(record):
        return before, remark
    if not record:
        return (None if rest.data == SHELL else rest.data), remark
    return edited(rest.data, _put_in(rest, plan, record)), remark


def fits(packet: Packet, size: tuple[int, int]) -> bool:
    """Whether ``AppliedToDimensions`` has the aspect ratio of ``size``, or is missing."""
    applied = packet.applied_to()
    if applied is None:
        return True
    one, other = applied[0] * size[1], applied[1] * size[0]
    return abs(one - other) <= _SIZES * max(one, other)


# What to write


def _plan(packet: Packet, tags: Tags, earlier: list[str]) -> tuple[_Plan, str]:
    plan, noted = _Plan(), set(earlier)
    for tag, separator in SEPARATORS.items():
        array = packet.array(tag)
        if not tags.keywords or (array is None and tag not in (FLAT, HIERARCHY)):
            continue
        there = set(packet.texts(tag))
        wanted = [_joined(levels, separator) for levels in tags.keywords]
        if tag == HIERARCHY:
            # darktable (_exif_decode_xmp_data) and digiKam read dc:subject only if this list is missing.
            flat = packet.texts(FLAT)
            wanted = [text for text in flat if array is None or f"{tag} {text}" in noted] + wanted
        plan.keywords[tag] = [text for text in dict.fromkeys(wanted) if text not in there]
    remark = _plan_regions(packet, tags, plan)
    return plan, remark


def _joined(levels: Sequence[str], separator: str | None) -> str:
    if separator is None:
        return levels[-1]
    return separator.join(level.replace(separator, "-") for level in levels)


def _plan_regions(packet: Packet, tags: Tags, plan: _Plan) -> str:
    mwg, microsoft = ([*regions] for regions in (packet.drawn(), packet.microsoft_drawn()))
    theirs = [region.area.box() for region in (*mwg, *microsoft) if region.is_face]
    drawn = same_faces([area.box() for area, _ in tags.regions], theirs, SAME_FACE)
    # Named ones first: digiKam (DMetadata::getItemFacesMap) stops at the first region without a name.
    plan.regions = sorted(
        (region for index, region in enumerate(tags.regions) if index not in drawn), key=lambda region: not region[1]
    )
    if not plan.regions:
        return ""
    found = packet.find("mwg-rs:Regions")
    if found is None:
        plan.size, plan.begins = tags.size, True
        return ""
    if array_of(fields(found[1]).get(qualified("mwg-rs:RegionList"))) is None:
        plan.regions = []
        return "no regions were added: its mwg-rs:Regions has no list"
    if not fits(packet, tags.size):
        plan.regions = []
        return "no regions were added: its mwg-rs:Regions refers to a rotated or cropped picture"
    if qualified("mwg-rs:AppliedToDimensions") not in fields(found[1]):
        plan.size = tags.size
    return ""


def _put_in(packet: Packet, plan: _Plan, record: list[str]) -> list[Edit]:
    data, edits, block = packet.data, [], []
    for tag, texts in plan.keywords.items():
        array = packet.array(tag)
        if array is None:
            block += [New(tag, (), (_bag(texts),))] if texts else []
        elif texts:
            edits.append(_added(data, array, [New(_item(data, array), (), text) for text in texts]))
    found = packet.find("mwg-rs:Regions")
    if plan.regions and found:
        array = array_of(fields(found[1])[qualified("mwg-rs:RegionList")])
        if array is not None:  # _plan checked it
            edits.append(_added(data, array, [_region(_item(data, array), *region) for region in plan.regions]))
        if plan.size:
            struct = body(found[1])
            space = space_before(data, struct.children[0])
            new = _declared(_size(plan.size), struct)
            edits.append(Edit(struct.opened, struct.opened, new.render(space.decode()).encode()))
    elif plan.regions and plan.size:
        listed = tuple(_region("rdf:li", *region) for region in plan.regions)
        bag = New("mwg-rs:RegionList", (), (New("rdf:Bag", (), listed),))
        block.append(New("mwg-rs:Regions", (("rdf:parseType", "Resource"),), (_size(plan.size), bag)))
    block.append(New(WRITTEN, (), (_bag(record),)))
    return [*edits, _appended(packet, tuple(block))]


def _appended(packet: Packet, block: tuple[New, ...]) -> Edit:
    """An edit that adds our own ``rdf:Description``, with the same ``rdf:about`` as the others."""
    data, rdf = packet.data, packet.rdf
    about = next((value for description in packet.descriptions for name, value in description.attributes.items()
                  if name.local == "about"), "")  # fmt: skip
    new = New("rdf:Description", (("rdf:about", about),), block)
    new = _declared(new, rdf)
    space = space_before(data, rdf.children[-1]) if rdf.children else b"\n  "
    return append(data, rdf, new.render(space.decode()).encode())


def _added(data: bytes, array: Element, new: Iterable[New]) -> Edit:
    space = space_before(data, array.children[-1]).decode() if array.children else ""
    return append(data, array, "".join(_declared(item, array).render(space) for item in new).encode())


def _declared(new: New, around: Element) -> New:
    """The element with declarations for the namespaces that it uses and that are not in scope."""
    used = {tag.partition(":")[0] for tag in _tags(new)}
    missing = [(f"xmlns:{prefix}", uri) for prefix, uri in PREFIXES.items()
               if prefix in used and around.scope.get(prefix) != uri]  # fmt: skip
    return New(new.tag, (*new.attributes, *missing), new.content)


def _tags(new: New) -> list[str]:
    children = new.content if isinstance(new.content, tuple) else ()
    own = [] if new.tag.endswith(":li") else [new.tag]  # has the file's own prefix
    return [*own, *(name for name, _ in new.attributes), *(tag for child in children for tag in _tags(child))]


def _item(data: bytes, array: Element) -> str:
    """``rdf:li`` with the prefix that the file uses."""
    prefix, colon, _ = raw_tag(data, array).rpartition(":")
    return f"{prefix}{colon}li"


def _bag(texts: Iterable[str]) -> New:
    return New("rdf:Bag", (), tuple(New("rdf:li", (), text) for text in texts))


def _size(size: tuple[int, int]) -> New:
    width, height = map(str, size)
    return New("mwg-rs:AppliedToDimensions", (("stDim:w", width), ("stDim:h", height), ("stDim:unit", "pixel")))


def _region(item: str, area: Area, name: str) -> New:
    """A region in the form of the MWG's examples, which XMP Toolkit, Lightroom and digiKam write too."""
    sides = tuple((f"stArea:{side}", number) for side, number in zip("xywh", numbers(area).split(), strict=True))
    rectangle = New("mwg-rs:Area", (*sides, ("stArea:unit", "normalized")))
    person = (("mwg-rs:Name", name),) if name else ()
    return New(item, (), (New("rdf:Description", (*person, ("mwg-rs:Type", "Face")), (rectangle,)),))
