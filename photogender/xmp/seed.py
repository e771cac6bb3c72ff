"""What a new sidecar starts with: the XMP and IPTC that the photo carries itself, since programs prefer a sidecar."""

from collections.abc import Mapping, Sequence

from photogender.xmp.build import in_default_language, listed, new_description
from photogender.xmp.document import SHELL
from photogender.xmp.extension import whole
from photogender.xmp.markup import Edit, Name, New, cut, cut_attribute, edited
from photogender.xmp.packet import Packet, qualified
from photogender.xmp.written import find_ours, taken_out

KEYWORDS = 25
"""The data set of IPTC's record 2 with the keywords."""

_IPTC = {
    5: ("dc:title", "Alt"),
    KEYWORDS: ("dc:subject", "Bag"),
    40: ("photoshop:Instructions", ""),
    80: ("dc:creator", "Seq"),
    85: ("photoshop:AuthorsPosition", ""),
    90: ("photoshop:City", ""),
    92: ("Iptc4xmpCore:Location", ""),
    95: ("photoshop:State", ""),
    100: ("Iptc4xmpCore:CountryCode", ""),
    101: ("photoshop:Country", ""),
    103: ("photoshop:TransmissionReference", ""),
    105: ("photoshop:Headline", ""),
    110: ("photoshop:Credit", ""),
    115: ("photoshop:Source", ""),
    116: ("dc:rights", "Alt"),
    120: ("dc:description", "Alt"),
    122: ("photoshop:CaptionWriter", ""),
}
"""The property and its kind of list for each data set of IPTC's record 2: *IPTC Photo Metadata Standard*, and the MWG's
*Guidelines for Handling Image Metadata 2.0*."""

_LEFT_OUT = (
    Name("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
    Name("http://ns.adobe.com/tiff/1.0/", "Orientation"),
    *(Name(f"http://ns.google.com/photos/1.0/{kind}/", "Data") for kind in ("depthmap", "image", "audio")),
)
"""What is true inside a photo only. Programs go by EXIF there, but would turn the photo by a sidecar's orientation.
Google's are whole pictures."""


def seed(
    xmp: bytes | None, iptc: Mapping[int, Sequence[str]], extension: bytes | None = None, catalog: str = ""
) -> bytes | None:
    """The content of a sidecar that says what a photo says itself; None if that is nothing.

    IPTC is used for properties that the XMP does not have. What earlier exports embedded is left out.

    Args:
        xmp: The packet inside the photo.
        iptc: The texts of each data set of record 2, by its number.
        extension: The packet that continues ``xmp``.
        catalog: The mark of the catalog; names that another one embedded are not left out.

    Raises:
        SidecarError: The packet is not XMP that can be copied.
    """
    data = _without_wrapper(whole(xmp, extension)) if xmp else SHELL
    packet = Packet(data)
    if ours := find_ours(packet, catalog=catalog):
        packet = Packet(edited(data, taken_out(packet, ours)))
    data = packet.data
    edits: list[Edit] = []
    for description in packet.descriptions:
        edits += [edit for name in _LEFT_OUT if (edit := cut_attribute(data, description, name))]
        edits += [cut(data, child) for child in description.children if child.name in _LEFT_OUT]
    new = tuple(
        New(tag, (), (_value(texts, kind),) if kind else texts[0])
        for number, (tag, kind) in _IPTC.items()
        if (texts := [text for text in iptc.get(number, ()) if text]) and not _has(packet, tag)
    )
    edits += [new_description(packet, new)] if new else []
    data = edited(data, edits)
    return None if data == SHELL or not Packet(data).descriptions else data


def _without_wrapper(xmp: bytes) -> bytes:
    """The packet without its processing instructions and padding, and with ``x:xmpmeta`` around ``rdf:RDF``."""
    packet = Packet(xmp.rstrip(b"\0"))  # a TIFF's packet may end in NUL
    root = packet.root
    content = packet.data[root.start : root.end]
    if root is packet.rdf:
        content = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n%s\n</x:xmpmeta>' % content
    return content + b"\n"


def _has(packet: Packet, tag: str) -> bool:
    name = qualified(tag)
    return packet.find(tag) is not None or any(name in each.attributes for each in packet.descriptions)


def _value(texts: Sequence[str], kind: str) -> New:
    return in_default_language(texts[0]) if kind == "Alt" else listed(texts, kind)
