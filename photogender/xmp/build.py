"""New elements: keywords, regions and texts in the form of the MWG's examples, which XMP Toolkit writes too."""

from collections.abc import Iterable

from photogender.xmp.markup import Edit, Element, New, append, raw_tag, space_before
from photogender.xmp.packet import PREFIXES, Packet
from photogender.xmp.record import numbers
from photogender.xmp.regions import Area


def new_description(packet: Packet, content: tuple[New, ...]) -> Edit:
    """An edit that adds our own ``rdf:Description``, with the same ``rdf:about`` as the others."""
    data, rdf = packet.data, packet.rdf
    about = next((value for description in packet.descriptions for name, value in description.attributes.items()
                  if name.local == "about"), "")  # fmt: skip
    new = declared(New("rdf:Description", (("rdf:about", about),), content), rdf)
    space = space_before(data, rdf.children[-1]) if rdf.children else b"\n  "
    return append(data, rdf, new.render(space.decode()).encode())


def new_items(data: bytes, array: Element, texts: Iterable[str]) -> Edit:
    """An edit that adds texts to a list."""
    return _added(data, array, [New(_item(data, array), (), text) for text in texts])


def new_regions(data: bytes, array: Element, regions: Iterable[tuple[Area, str]]) -> Edit:
    """An edit that adds faces to a list of regions."""
    return _added(data, array, [_region(_item(data, array), *region) for region in regions])


def listed(texts: Iterable[str], kind: str = "Bag") -> New:
    """A list of texts; ``kind`` is ``Bag`` or ``Seq``."""
    return New(f"rdf:{kind}", (), tuple(New("rdf:li", (), text) for text in texts))


def in_default_language(text: str) -> New:
    """A text in the default language."""
    return New("rdf:Alt", (), (New("rdf:li", (("xml:lang", "x-default"),), text),))


def region_structure(size: tuple[int, int], regions: Iterable[tuple[Area, str]]) -> New:
    """``mwg-rs:Regions`` with its first regions."""
    bag = New("rdf:Bag", (), tuple(_region("rdf:li", *region) for region in regions))
    content = (applied_to(size), New("mwg-rs:RegionList", (), (bag,)))
    return New("mwg-rs:Regions", (("rdf:parseType", "Resource"),), content)


def applied_to(size: tuple[int, int]) -> New:
    """The size that regions refer to."""
    width, height = map(str, size)
    return New("mwg-rs:AppliedToDimensions", (("stDim:w", width), ("stDim:h", height), ("stDim:unit", "pixel")))


def declared(new: New, around: Element) -> New:
    """The element with declarations for the namespaces that it uses and that are not in scope."""
    used = {tag.partition(":")[0] for tag in _tags(new)}
    missing = [(f"xmlns:{prefix}", uri) for prefix, uri in PREFIXES.items()
               if prefix in used and around.scope.get(prefix) != uri]  # fmt: skip
    return New(new.tag, (*new.attributes, *missing), new.content)


def _added(data: bytes, array: Element, new: Iterable[New]) -> Edit:
    space = space_before(data, array.children[-1]).decode() if array.children else ""
    return append(data, array, "".join(declared(item, array).render(space) for item in new).encode())


def _tags(new: New) -> list[str]:
    children = new.content if isinstance(new.content, tuple) else ()
    own = [] if new.tag.endswith(":li") else [new.tag]  # has the file's own prefix
    return [*own, *(name for name, _ in new.attributes), *(tag for child in children for tag in _tags(child))]


def _item(data: bytes, array: Element) -> str:
    """``rdf:li`` with the prefix that the file uses."""
    prefix, colon, _ = raw_tag(data, array).rpartition(":")
    return f"{prefix}{colon}li"


def _region(item: str, area: Area, name: str) -> New:
    sides = tuple((f"stArea:{side}", number) for side, number in zip("xywh", numbers(area).split(), strict=True))
    rectangle = New("mwg-rs:Area", (*sides, ("stArea:unit", "normalized")))
    person = (("mwg-rs:Name", name),) if name else ()
    return New(item, (), (New("rdf:Description", (*person, ("mwg-rs:Type", "Face")), (rectangle,)),))
