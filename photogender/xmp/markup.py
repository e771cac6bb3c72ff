"""An XML parser that keeps the byte offsets of every element, so that an edit changes nothing else.

It uses expat because expat reports where each tag starts. Serialising a tree with lxml or another library changes
quotes and white space; here every byte outside an edit stays the same.
"""

import re
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from photogender.errors import SidecarError

MAX_ELEMENTS = 200_000
"""Most elements and attributes in a document; a sidecar with a thousand edits has about ten thousand of each."""

MAX_DEPTH = 100
"""Deepest nesting of elements."""

_TAG = re.compile(rb"""<[^"'>]++(?:"[^"]*+"|'[^']*+'|[^"'>]++)*+>""")
_SPACE = b" \t\r\n"


class Name(NamedTuple):
    """The name of an element or attribute."""

    space: str
    """URI of the namespace; empty if there is none."""
    local: str


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element and its byte offsets; compared by identity."""

    name: Name
    attributes: Mapping[Name, str]
    scope: Mapping[str, str]
    """URI of each prefix in scope. Shares the maps of the outer elements, to save memory."""
    children: tuple["Element", ...]
    text: str
    """Its own text, without that of its children."""
    start: int
    """Byte offset of the ``<`` of its start tag."""
    opened: int
    """Offset just after its start tag."""
    closing: int
    """Offset of the ``<`` of its end tag; equal to ``opened`` for ``<a/>``."""
    end: int
    """Offset just after it."""


class Edit(NamedTuple):
    """Replaces the bytes from ``start`` up to ``end``."""

    start: int
    end: int
    data: bytes


@dataclass(frozen=True, slots=True)
class New:
    """A new element."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    content: "str | tuple[New, ...]" = ()

    def render(self, space: str) -> str:
        """Its XML, preceded by ``space`` (a line end and blanks, or nothing); children are indented by one more."""
        start = self.tag + "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes)
        if not self.content:
            return f"{space}<{start}/>"
        if isinstance(self.content, str):
            return f"{space}<{start}>{escape(self.content)}</{self.tag}>"
        inner = "".join(child.render(space and f"{space} ") for child in self.content)
        return f"{space}<{start}>{inner}{space}</{self.tag}>"


def parse(data: bytes) -> Element:
    """Parse a UTF-8 document and return its root.

    Raises:
        SidecarError: It is not UTF-8 or not well-formed, has a document type (which can declare entities), or exceeds
            ``MAX_ELEMENTS`` or ``MAX_DEPTH``.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SidecarError("it is not in UTF-8") from error
    if b"\0" in data:  # UTF-16: expat accepts it, but its offsets would be wrong
        raise SidecarError("it is not in UTF-8")
    building = _Building(data)
    try:
        building.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise SidecarError(f"it is not well-formed XML ({error})") from error
    (root,) = building.done
    return root


def cut(data: bytes, element: Element) -> Edit:
    """An edit that removes an element and the white space before it."""
    return Edit(element.start - len(space_before(data, element)), element.end, b"")


def space_before(data: bytes, element: Element) -> bytes:
    """The white space before an element."""
    start = element.start
    while start and data[start - 1] in _SPACE:
        start -= 1
    return data[start : element.start]


def raw_tag(data: bytes, element: Element) -> str:
    """An element's name as written, with its prefix."""
    return re.split(rb"[\s/>]", data[element.start + 1 : element.opened], maxsplit=1)[0].decode()


def append(data: bytes, element: Element, new: bytes) -> Edit:
    """An edit that inserts ``new`` after the last child of an element."""
    if is_closed(element):
        return Edit(element.opened - 2, element.end, b">%s</%s>" % (new, raw_tag(data, element).encode()))
    place = element.children[-1].end if element.children else element.opened
    return Edit(place, place, new)


def is_closed(element: Element) -> bool:
    """Whether an element is written as ``<a/>``."""
    return element.end == element.opened


def close(element: Element) -> Edit:
    """An edit that turns ``<a>...</a>`` into ``<a/>``."""
    return Edit(element.opened - 1, element.end, b"/>")


def cut_attribute(data: bytes, element: Element, name: Name) -> Edit | None:
    """An edit that removes an attribute and the white space before it; None if the element does not have it."""
    found = _attribute(data, element, name)
    return Edit(found.start(), found.end(), b"") if found else None


def find_attribute(data: bytes, element: Element, name: Name) -> tuple[int, int] | None:
    """The offsets of an attribute's value with its quotes; None if the element does not have it."""
    found = _attribute(data, element, name)
    return found.span(1) if found else None


def _attribute(data: bytes, element: Element, name: Name) -> re.Match[bytes] | None:
    if name not in element.attributes:
        return None
    prefixes = [re.escape(prefix.encode()) for prefix, uri in element.scope.items() if uri == name.space]
    pattern = rb"\s+(?:%s):%s\s*=\s*(\"[^\"]*\"|'[^']*')" % (b"|".join(prefixes), re.escape(name.local.encode()))
    return re.compile(pattern).search(data, element.start, element.opened)


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits, which must not overlap."""
    parts, at = [], 0
    for edit in sorted(edits):
        parts += [data[at : edit.start], edit.data]
        at = edit.end
    return b"".join([*parts, data[at:]])


@dataclass(slots=True)
class _Open:
    name: Name
    attributes: dict[Name, str]
    scope: ChainMap[str, str]
    start: int
    opened: int
    children: list[Element]
    text: list[str]


class _Building:
    """Builds elements from expat events."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._stack: list[_Open] = []
        self._declared: dict[str, str] = {}
        self._number = 0
        self.done: list[Element] = []
        self.parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartNamespaceDeclHandler = self._namespace
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise SidecarError(f"it declares the encoding {encoding}; only UTF-8 is supported")

    def _doctype(self, *_: object) -> None:
        raise SidecarError("it has a document type (DOCTYPE), which XMP never has")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix or ""] = uri or ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._number += 1 + len(attributes) + len(self._declared)
        if self._number > MAX_ELEMENTS or len(self._stack) >= MAX_DEPTH:
            raise SidecarError(
                f"it has more than {MAX_ELEMENTS:,} elements and attributes, or more than {MAX_DEPTH} nested ones"
            )
        outer = self._stack[-1].scope if self._stack else ChainMap[str, str]()
        scope = ChainMap(self._declared, outer) if self._declared else outer
        self._declared = {}
        start = self.parser.CurrentByteIndex
        tag = _TAG.match(self._data, start)
        opened = tag.end() if tag else start
        named = {_name(key): value for key, value in attributes.items()}
        self._stack.append(_Open(_name(name), named, scope, start, opened, [], []))

    def _end(self, _: str) -> None:
        done = self._stack.pop()
        at = self.parser.CurrentByteIndex
        is_empty = self._data[done.opened - 2 : done.opened] == b"/>"
        closing, end = (done.opened, done.opened) if is_empty else (at, self._data.index(b">", at) + 1)
        element = Element(
            done.name, done.attributes, done.scope, tuple(done.children), "".join(done.text),
            done.start, done.opened, closing, end,
        )  # fmt: skip
        (self._stack[-1].children if self._stack else self.done).append(element)

    def _characters(self, text: str) -> None:
        if self._stack:
            self._stack[-1].text.append(text)


@lru_cache(maxsize=1024)
def _name(text: str) -> Name:
    space, _, local = text.rpartition(" ")
    return Name(space, local)
