"""ACDSee's categories, a tree written as XML in one text, into which digiKam copies all tags.

``<Categories><Category Assigned="0">People<Category Assigned="1">Female</Category></Category></Categories>``
"""

from collections.abc import Iterator, Set
from xml.sax.saxutils import escape, quoteattr

from photogender.errors import SidecarError
from photogender.xmp.markup import Edit, Element, Name, cut, cut_attribute, edited, find_attribute, parse
from photogender.xmp.packet import Packet, plain, qualified

CATEGORIES = "acdsee:categories"

Levels = tuple[str, ...]


def categories(packet: Packet) -> set[Levels]:
    """The assigned categories, each as its levels; empty if there are none, or the text is damaged."""
    root = _tree(packet)[1]
    return {levels for levels, element in _walk(root, ()) if _is_assigned(element)} if root else set()


def without(packet: Packet, gone: Set[Levels]) -> list[Edit]:
    """The edits that remove some categories, and the parents that were there for them only; none if none is there."""
    data, root = _tree(packet)
    if root is None or not categories(packet) & gone:
        return []
    doomed = _doomed(root, (), gone)
    left = None if doomed == [root] else edited(data, [cut(data, element) for element in doomed]).decode()
    found = packet.find(CATEGORIES)
    if found:
        place = found[1]
        return [cut(packet.data, place) if left is None else Edit(place.opened, place.closing, escape(left).encode())]
    name = qualified(CATEGORIES)
    for description in packet.descriptions:
        if left is None and (edit := cut_attribute(packet.data, description, name)):
            return [edit]
        if left is not None and (span := find_attribute(packet.data, description, name)):
            return [Edit(*span, quoteattr(left).encode())]
    return []


def _tree(packet: Packet) -> tuple[bytes, Element | None]:
    found, name = packet.find(CATEGORIES), qualified(CATEGORIES)
    values = [found[1]] if found else [each.attributes[name] for each in packet.descriptions if name in each.attributes]
    data = plain(values[0]).encode() if values else b""
    try:
        return data, parse(data) if data else None
    except SidecarError:
        return data, None


def _walk(element: Element, above: Levels) -> Iterator[tuple[Levels, Element]]:
    for child in element.children:
        levels = (*above, child.text.strip())
        yield levels, child
        yield from _walk(child, levels)


def _is_assigned(element: Element) -> bool:
    return element.attributes.get(Name("", "Assigned")) == "1"


def _doomed(element: Element, levels: Levels, gone: Set[Levels]) -> list[Element]:
    """The topmost elements to remove."""
    inner = [_doomed(child, (*levels, child.text.strip()), gone) for child in element.children]
    is_empty = all(found == [child] for found, child in zip(inner, element.children, strict=True))
    is_gone = levels in gone if _is_assigned(element) else bool(element.children)
    return [element] if is_empty and is_gone else [each for found in inner for each in found]
