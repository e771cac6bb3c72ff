"""XML with the place of every element in its bytes, so that a change touches nothing else.

Expat, because it says where in the file each tag begins: a tree that is written out again, by lxml or any other
library, has other quotes, other spaces between attributes and no spaces outside the root. Here what is not
changed stays as it is to the byte.
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
"""Elements and attributes of the largest document that is read; a sidecar with a thousand edits has some ten thousand
of each."""

MAX_DEPTH = 100

_TAG = re.compile(rb"""<[^"'>]++(?:"[^"]*+"|'[^']*+'|[^"'>]++)*+>""")
_SPACE = b" \t\r\n"


class Name(NamedTuple):
    """Of an element or attribute."""

    space: str
    """URI of the namespace; empty for none."""
    local: str


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element and where it stands; equal to itself only."""

    name: Name
    attributes: Mapping[Name, str]
    scope: Mapping[str, str]
    """URI of each prefix that is declared here or above; made of the outer one, so that a thousand prefixes are not
    kept a thousand times."""
    children: tuple["Element", ...]
    text: str
    """Its own characters, without those of its children."""
    start: int
    """Offset in bytes of the ``<`` of its start tag."""
    opened: int
    """Offset behind its start tag."""
    closing: int
    """Offset of the ``<`` of its end tag; ``opened`` where it has none (``<a/>``)."""
    end: int
    """Offset behind it."""


class Edit(NamedTuple):
    """Bytes to put in the place of those from ``start`` up to ``end``."""

    start: int
    end: int
    data: bytes


@dataclass(frozen=True, slots=True)
class New:
    """An element to be written."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    content: "str | tuple[New, ...]" = ()

    def render(self, space: str) -> str:
        """Its XML, with ``space`` (a line end and blanks, or nothing) before it, and one blank more before children."""
        start = self.tag + "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes)
        if not self.content:
            return f"{space}<{start}/>"
        if isinstance(self.content, str):
            return f"{space}<{start}>{escape(self.content)}</{self.tag}>"
        inner = "".join(child.render(space and f"{space} ") for child in self.content)
        return f"{space}<{start}>{inner}{space}</{self.tag}>"


def parse(data: bytes) -> Element:
    """The root of a document in UTF-8.

    Raises:
        SidecarError: It is not UTF-8, not well-formed, has a document type (and so perhaps entities), or more
            elements than any sidecar has.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SidecarError("it is not in UTF-8") from error
    if b"\0" in data:  # UTF-16, which expat would take, with other offsets
        raise SidecarError("it is not in UTF-8")
    building = _Building(data)
    try:
        building.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise SidecarError(f"it is not well-formed XML ({error})") from error
    (root,) = building.done
    return root


def cut(data: bytes, element: Element) -> Edit:
    """The edit that takes an element out, with the blanks before it."""
    return Edit(element.start - len(space_before(data, element)), element.end, b"")


def space_before(data: bytes, element: Element) -> bytes:
    """The blanks and line ends before an element."""
    start = element.start
    while start and data[start - 1] in _SPACE:
        start -= 1
    return data[start : element.start]


def raw_tag(data: bytes, element: Element) -> str:
    """The name of an element as it is written, with its prefix."""
    return re.split(rb"[\s/>]", data[element.start + 1 : element.opened], maxsplit=1)[0].decode()


def append(data: bytes, element: Element, new: bytes) -> Edit:
    """The edit that puts ``new`` behind the last child of an element, or first into an empty one."""
    if element.end == element.opened:  # <a/>
        start = data[element.start : element.opened - 2].rstrip(_SPACE)
        return Edit(element.start, element.end, b"%s>%s</%s>" % (start, new, raw_tag(data, element).encode()))
    place = element.children[-1].end if element.children else element.opened
    return Edit(place, place, new)


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The document with edits made that do not overlap."""
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
    """Builds elements from expat's events."""

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
            raise SidecarError(f"it says that it is in {encoding}; only UTF-8 is read")

    def _doctype(self, *_: object) -> None:
        raise SidecarError("it has a document type, which no XMP has")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix or ""] = uri or ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._number += 1 + len(attributes) + len(self._declared)
        if self._number > MAX_ELEMENTS or len(self._stack) >= MAX_DEPTH:
            raise SidecarError(
                f"it has more than {MAX_ELEMENTS:,} elements and attributes, or {MAX_DEPTH} inside each other"
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
