"""What a packet says, whatever RDF form and order it is written in."""

import hashlib
from collections.abc import Iterator

from photogender.xmp.markup import Element, Name
from photogender.xmp.packet import PREFIXES, Packet, array_of, fields, items

_RDF = PREFIXES["rdf"]
_SYNTAX = {Name(_RDF, local) for local in ("about", "ID", "nodeID", "parseType")}
_LANGUAGE = Name("http://www.w3.org/XML/1998/namespace", "lang")


def statements(packet: Packet) -> list[str]:
    """Each simple value with the path to it, sorted; the order of an ``rdf:Bag`` does not count."""
    found: list[str] = []
    for description in packet.descriptions:
        for name, value in description.attributes.items():
            if name not in _SYNTAX:
                found.append(f"{_path('', name)}={value.strip()}")
        for child in description.children:
            found += _statements("", child.name, child)
    return sorted(found)


def digest(packet: Packet) -> str:
    """A short hash of the statements."""
    return hashlib.sha256("\n".join(statements(packet)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _path(path: str, name: Name) -> str:
    return (
        f"{path}/{{{name.space.rstrip('/')}}}{name.local}"  # ExifTool drops the slash of one of Microsoft's namespaces
    )


def _statements(path: str, name: Name, element: Element) -> Iterator[str]:
    path = _path(path, name)
    if language := element.attributes.get(_LANGUAGE):
        path += f"@{language}"
    array = array_of(element)
    if array is not None:
        for index, item in enumerate(items(array)):
            place = "" if array.name.local == "Bag" else str(index)
            yield from _statements(f"{path}[{place}]", Name("", ""), item)
        return
    inner = {key: value for key, value in fields(element).items() if key not in _SYNTAX and key != _LANGUAGE}
    for key, value in inner.items():
        if isinstance(value, Element):
            yield from _statements(path, key, value)
        else:
            yield f"{_path(path, key)}={value.strip()}"
    if not inner:
        yield f"{path}={element.text.strip()}"
