"""Import names of faces from sidecars and from the XMP inside photos."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.questions import as_face, as_photo, at_places, corrections, photos_with_tags
from photogender.catalog.said.statement import StatementError, checked_name
from photogender.errors import DecodeError, SidecarError
from photogender.photos.file import open_scanned
from photogender.records import FaceBox, same_faces
from photogender.xmp.extension import whole
from photogender.xmp.keywords import visible
from photogender.xmp.packet import Packet, Region
from photogender.xmp.regions import SAME_FACE, Area, stored_size, to_stored, to_upright
from photogender.xmp.sidecars import NAMINGS, Sidecars, read_sidecar
from photogender.xmp.written import foreign_regions

AUTHOR = "xmp"
"""Author of the corrections that an import makes."""

Verdict = Literal["new", "same", "kept", "unmatched"]
"""``new``: the face gets the name. ``same``: it already has it. ``kept``: a person set another name in photogender, or
removed it. ``unmatched``: the catalog has no face there."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A face region of another program."""

    photo: str
    source: str
    """The file that contains it."""
    box: FaceBox
    """Pixels of the upright full-size photo; score 1."""
    name: str
    """The person's name, or empty."""
    verdict: Verdict
    face_id: int | None = None
    known: str = ""
    """The name in the catalog, or empty."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read."""

    photo: str
    source: str
    reason: str


def read_names(catalog: Catalog, filters: Filters) -> Iterator[Drawn | Unread]:
    """Read the face regions of the photos that match the photo filters, and compare them with the catalog.

    If several sources name a face, the first counts: sidecars, then the photo itself, and in each the MWG's regions,
    then Microsoft's. Regions that this catalog wrote are ignored; those of another one may be all that is left of it.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sidecars, mark = Sidecars(catalog), catalog.mark
    for row, faces in photos_with_tags(catalog, filters):
        yield from _read_photo(catalog, mark, sidecars, row, faces)


def apply(catalog: Catalog, drawn: Iterable[Drawn]) -> None:
    """Set the names whose verdict is ``new``.

    Raises:
        CatalogError: The catalog cannot be written.
    """
    for face in drawn:
        if face.verdict == "new" and face.face_id is not None:
            catalog.correct([face.face_id], name=face.name, author=AUTHOR)


def _read_photo(
    catalog: Catalog, mark: str, sidecars: Sidecars, row: Row, faces: Sequence[Row]
) -> Iterator[Drawn | Unread]:
    path = str(row["path"])
    packets: list[tuple[str, bytes]] = []
    places = [str(place["path"]) for place in at_places(catalog, row)]
    for place, naming in product(places, NAMINGS):
        sidecar = sidecars.existing(place, naming)
        if sidecar is None:
            continue
        try:
            content = read_sidecar(sidecar)
            if naming == "adobe":
                sidecars.check_short(place)
            if content is not None:
                packets.append((sidecar, content))
        except SidecarError as error:
            yield Unread(path, sidecar, error.message)
    width, height = int(str(row["width"])), int(str(row["height"]))
    try:
        with open_scanned(as_photo(row)) as file:
            orientation, embedded, extension = file.orientation, file.xmp, file.xmp_extension
    except DecodeError as error:
        yield Unread(path, path, error.message)
        return
    if embedded:
        try:
            packets.append((path, whole(embedded, extension)))
        except SidecarError as error:
            yield Unread(path, path, error.message)
    boxes = [as_face(face).box for face in faces]
    seen: list[FaceBox] = []
    for source, content in packets:
        known = [area for box in boxes if (area := to_stored(box, width, height, orientation))]
        try:
            layers = _regions(content, mark, known, stored_size(width, height, orientation), orientation)
        except SidecarError as error:
            yield Unread(path, source, error.message)
            continue
        for regions in layers:
            drawn = [(region, to_upright(area, width, height, orientation)) for region, area in regions]
            fresh = [(region, box) for region, box in drawn if all(box.iou(other) < SAME_FACE for other in seen)]
            seen += [box for region, box in fresh if region.name]
            found = same_faces([box for _, box in fresh], boxes, SAME_FACE)
            for index, (region, box) in enumerate(fresh):
                face = faces[found[index]] if index in found else None
                try:
                    name = checked_name(visible(region.name))
                except StatementError as error:
                    yield Unread(path, source, f"a name in it cannot be used: {error.message}")
                else:
                    yield from _compared(catalog, path, source, box, name, face)


def _regions(
    content: bytes, mark: str, faces: Sequence[Area], size: tuple[int, int], orientation: int
) -> tuple[list[tuple[Region, Area]], list[tuple[Region, Area]]]:
    """The MWG's and Microsoft's regions, each with its area of the stored picture."""
    packet = Packet(content.rstrip(b"\0"))  # a TIFF's packet may end in NUL
    mwg, microsoft = foreign_regions(packet, mark)
    drawn, turn = packet.faces(faces, size, orientation)
    drawn = [(region, area) for region, area in drawn if any(region.element is each.element for each in mwg)]
    if drawn and turn is None:
        raise SidecarError("its regions refer to a rotated or cropped picture")
    return drawn, [(region, region.area) for region in microsoft]


def _compared(catalog: Catalog, path: str, source: str, box: FaceBox, name: str, face: Row | None) -> Iterator[Drawn]:
    if face is None:
        yield Drawn(path, source, box, name, "unmatched")
        return
    if not name:
        return
    face_id, known = int(str(face["face_id"])), str(face["name"] or "")
    is_same = visible(known) == visible(name)  # an export writes it in this way
    verdict: Verdict = "same" if is_same else "kept" if _is_said_here(catalog, face_id) else "new"
    yield Drawn(path, source, box, name, verdict, face_id, known)


def _is_said_here(catalog: Catalog, face_id: int) -> bool:
    """Whether a person last set or removed the face's name in photogender."""
    name, author = None, AUTHOR
    for row in corrections(catalog, face_id):
        if row["name"] != name:
            name, author = row["name"], str(row["author"])
    return author != AUTHOR
