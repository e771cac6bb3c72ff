"""The two packets that a JPEG has if its XMP is longer than a segment, as one, and what changes in the first alone."""

import re

from photogender.errors import SidecarError
from photogender.xmp.acdsee import CATEGORIES
from photogender.xmp.markup import Edit, append, edited
from photogender.xmp.packet import Packet
from photogender.xmp.record import SEPARATORS, WRITTEN

_NAME_END = re.compile(rb"[\s/>]")


def whole(xmp: bytes, extension: bytes | None) -> bytes:
    """The packet with the properties of its extension; ``xmp`` itself if there is none.

    Raises:
        SidecarError: One of them is not XMP.
    """
    if extension is None:
        return xmp
    packet, more = Packet(xmp.rstrip(b"\0")), Packet(extension)
    new = b""
    for each in more.descriptions:
        tag = more.data[each.start : each.opened]
        declared = b"".join(
            f' xmlns:{prefix}="{uri}"'.encode() for prefix, uri in more.rdf.scope.items()
            if prefix and packet.rdf.scope.get(prefix) != uri and f"xmlns:{prefix}=".encode() not in tag
        )  # fmt: skip
        end = _NAME_END.search(tag)
        place = each.start + end.start() if end else each.opened
        new += b"\n" + edited(more.data[: each.end], [Edit(place, place, declared)])[each.start :]
    return edited(packet.data, [append(packet.data, packet.rdf, new)])


_OURS = (*SEPARATORS, CATEGORIES, "mwg-rs:Regions", "MP:RegionInfo", WRITTEN)


def check_apart(extension: bytes | None) -> None:
    """Check that an extension has nothing that an export may change, so that it can stay as it is.

    Raises:
        SidecarError: It has keywords or regions, is missing in part, or is not XMP.
    """
    if extension is None:
        raise SidecarError("its XMP is longer than one segment, and a part of it is missing: export a sidecar")
    packet = Packet(extension)
    if any(packet.find(name) or packet.array(name) for name in _OURS):
        raise SidecarError("its XMP has keywords or regions beyond its first segment: export a sidecar")
