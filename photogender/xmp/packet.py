"""The properties of an XMP packet, in any of the RDF forms that programs write.

The forms are those of the *XMP Specification Part 1* (ISO 16684-1), section 7. XMP Toolkit, Exiv2 and ExifTool write a
structure as a nested ``rdf:Description``, as an element with ``rdf:parseType="Resource"``, or as attributes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from photogender.errors import SidecarError
from photogender.xmp.markup import Element, Name, parse
from photogender.xmp.regions import Area, turn_of, turned

PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "acdsee": "http://ns.acdsee.com/iptc/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "photogender": "urn:photogender:1.0/",
}
"""The prefixes that we write, which are those of ExifTool and Exiv2; a file may use others."""

MAX_REGIONS = 2_000
"""Most regions of one kind in a packet; matching more against each other takes too long."""

_SMALLEST, _FARTHEST = 1e-6, 100.0
"""Shortest side and largest number of a region, in widths or heights of the picture: what is beyond is damaged."""

_LONGEST = 10_000_000
"""Largest side of a picture that regions refer to, pixels."""

_META = (Name("adobe:ns:meta/", "xmpmeta"), Name("adobe:ns:meta/", "xapmeta"))


@cache
def qualified(tag: str) -> Name:
    """The full name of a tag with one of ``PREFIXES``."""
    prefix, _, local = tag.partition(":")
    return Name(PREFIXES[prefix], local)


_ARRAYS = tuple(qualified(f"rdf:{kind}") for kind in ("Bag", "Seq", "Alt"))
_ITEM, _DESCRIPTION = qualified("rdf:li"), qualified("rdf:Description")


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle on the photo."""

    area: Area
    name: str
    """The person's name, or empty."""
    kind: str
    """``Face``, ``Pet``, ``Focus`` or ``BarCode``; empty if the file gives none."""
    element: Element
    """Its ``rdf:li``."""

    @property
    def is_face(self) -> bool:
        """Whether it is a person's face; programs that write no kind write only faces."""
        return self.kind in ("", "Face")


class Packet:
    """A parsed XMP packet."""

    def __init__(self, data: bytes) -> None:
        """Parse a packet.

        Raises:
            SidecarError: It is not XMP, or ``markup.parse`` refuses it.
        """
        self.data = data
        root = parse(data)
        inside = root.children if root.name in _META else (root,)
        rdf = next((element for element in inside if element.name == qualified("rdf:RDF")), None)
        if rdf is None:
            raise SidecarError(f"it is not XMP: its root is {root.name.local!r}, without rdf:RDF")
        self.root = root
        self.rdf = rdf
        self.descriptions = tuple(child for child in rdf.children if child.name == _DESCRIPTION)

    def find(self, tag: str) -> tuple[Element, Element] | None:
        """The first property with this tag in element form, after the ``rdf:Description`` that contains it."""
        names = _spellings(tag)
        return next(
            ((description, child) for description in self.descriptions for child in description.children
             if child.name in names), None,
        )  # fmt: skip

    def array(self, tag: str) -> Element | None:
        """The ``rdf:Bag`` (or ``Seq``) of a property; None if there is no such property.

        Raises:
            SidecarError: The property exists but is not a list.
        """
        found = self.find(tag)
        if found is None:
            if any(name in description.attributes for name in _spellings(tag) for description in self.descriptions):
                raise SidecarError(f"its {tag} is not a list")
            return None
        array = array_of(found[1])
        if array is None:
            raise SidecarError(f"its {tag} is not a list")
        return array

    def texts(self, tag: str) -> list[str]:
        """The items of a list of texts; empty if there is no such list."""
        array = self.array(tag)
        return [] if array is None else [item.text for item in items(array)]

    def drawn(self) -> Iterator[Region]:
        """The rectangles in ``mwg-rs:Regions``, in order.

        Raises:
            SidecarError: There are more than ``MAX_REGIONS``.
        """
        for item in self._regions("mwg-rs:Regions", "mwg-rs:RegionList"):
            region = fields(item)
            area = fields(region.get(qualified("mwg-rs:Area")))
            sides = [_number(area.get(qualified(f"stArea:{side}"))) for side in "xywh"]
            if plain(area.get(qualified("stArea:unit"))) == "pixel":  # against the guidelines, but some programs do it
                size = self.applied_to() or (math.nan, math.nan)
                sides = [side / whole for side, whole in zip(sides, size * 2, strict=True)]
            if is_rectangle(sides):
                name, kind = (plain(region.get(qualified(f"mwg-rs:{field}"))) for field in ("Name", "Type"))
                yield Region(Area(*sides), name, kind, item)

    def microsoft_drawn(self) -> Iterator[Region]:
        """The regions of Windows Live Photo Gallery (``MP:RegionInfo``), whose rectangles start at the top left corner.

        https://learn.microsoft.com/windows/win32/wic/-wic-people-tagging

        Raises:
            SidecarError: There are more than ``MAX_REGIONS``.
        """
        for item in self._regions("MP:RegionInfo", "MPRI:Regions"):
            region = fields(item)
            sides = [_number(part) for part in plain(region.get(qualified("MPReg:Rectangle"))).split(",")]
            if len(sides) == 4 and is_rectangle(sides):
                left, top, width, height = sides
                area = Area(left + width / 2, top + height / 2, width, height)
                yield Region(area, plain(region.get(qualified("MPReg:PersonDisplayName"))), "Face", item)

    def _regions(self, struct: str, listed: str) -> list[Element]:
        found = self.find(struct)
        array = found and array_of(fields(found[1]).get(qualified(listed)))
        regions = items(array) if array else []
        if len(regions) > MAX_REGIONS:
            raise SidecarError(f"it has more than {MAX_REGIONS:,} regions")
        return regions

    def faces(
        self, known: Sequence[Area], size: tuple[int, int], orientation: int
    ) -> tuple[list[tuple[Region, Area]], int | None]:
        """The faces of ``mwg-rs:Regions``, each with its area of the stored picture, and ``turn_of`` its areas.

        If the size in the file does not fit the orientation, that of the file (``tiff:Orientation``) is tried, which a
        program sets when a person rotates a photo whose file stays as it is.

        Args:
            known: Faces that are known, as areas of the stored picture.
            size: Width and height of the stored picture, pixels.
            orientation: EXIF orientation of the photo.

        Raises:
            SidecarError: There are more than ``MAX_REGIONS``.
        """
        regions = [region for region in self.drawn() if region.is_face]
        areas = [region.area for region in regions]
        turns = (turn_of(areas, self.applied_to(), known, size, each) for each in (orientation, self._orientation()))
        turn = next((turn for turn in turns if turn), None)
        return [(region, turned(region.area, turn or 1)) for region in regions], turn

    def _orientation(self) -> int:
        name = qualified("tiff:Orientation")
        found = self.find("tiff:Orientation")
        values = [found[1]] if found else [each.attributes.get(name, "") for each in self.descriptions]
        said = next((value for value in map(plain, values) if value), "")
        return int(said) if said in "12345678" and len(said) == 1 else 1

    def applied_to(self) -> tuple[float, float] | None:
        """``AppliedToDimensions`` of ``mwg-rs:Regions``, the size that its areas refer to; None if missing."""
        found = self.find("mwg-rs:Regions")
        size = fields(fields(found[1]).get(qualified("mwg-rs:AppliedToDimensions"))) if found else {}
        width, height = (_number(size.get(qualified(f"stDim:{side}"))) for side in "wh")
        return (width, height) if 1 <= width <= _LONGEST and 1 <= height <= _LONGEST else None


def fields(value: "Element | str | None") -> dict[Name, "Element | str"]:
    """The fields of a structure, by name; empty if it is not a structure."""
    if not isinstance(value, Element):
        return {}
    inner = body(value)
    return {**value.attributes, **inner.attributes, **{child.name: child for child in inner.children}}


def body(struct: Element) -> Element:
    """The element whose children are the fields of a structure."""
    return struct.children[0] if len(struct.children) == 1 and struct.children[0].name == _DESCRIPTION else struct


def array_of(value: "Element | str | None") -> Element | None:
    """The ``rdf:Bag`` (or ``Seq``) in a property or field; None if there is none."""
    children = value.children if isinstance(value, Element) else ()
    return next((child for child in children if child.name in _ARRAYS), None)


def items(array: Element) -> list[Element]:
    """The items of a list."""
    return [child for child in array.children if child.name == _ITEM]


def plain(value: "Element | str | None") -> str:
    """A simple value, from an attribute or an element, without surrounding white space."""
    return (value.text if isinstance(value, Element) else value or "").strip()


@cache
def _spellings(tag: str) -> tuple[Name, Name]:
    """The name of a property, and the same without the final slash of its namespace: ExifTool omits that of
    ``MicrosoftPhoto``."""
    name = qualified(tag)
    return name, name._replace(space=name.space.removesuffix("/"))


def _number(value: "Element | str | None") -> float:
    try:
        return float(plain(value))
    except ValueError:
        return math.nan


def is_rectangle(sides: Sequence[float]) -> bool:
    """Whether x, y, width and height are those of a region that can be on a picture; NaN is not."""
    return all(abs(side) <= _FARTHEST for side in sides) and min(sides[2:]) >= _SMALLEST
