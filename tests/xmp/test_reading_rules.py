"""Programs that cannot be run here, by their documented rules: each sees what the photo said, and ours.

The rules: digiKam ``DMetadata::getItemTagsPath`` and ``getItemFacesMap``; Immich ``MetadataService.getTagList`` and its
documentation of XMP sidecars; PhotoPrism and Lightroom read the flat list and all regions.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from photogender.xmp.packet import Packet
from tests.support.programs import change_with_exiftool, needs_exiftool, saved_by_digikam
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_document import sidecar
from tests.xmp.test_matrix import EMBEDDED
from tests.xmp.test_xmp import export


class Program(NamedTuple):
    """How a program reads."""

    lists: tuple[str, ...]
    """Of keywords; the first that a file has is read."""
    stops_at_unnamed: bool = False
    """Whether it reads faces up to the first without a name only."""


DIGIKAM_LISTS = ("digiKam:TagsList", "MicrosoftPhoto:LastKeywordXMP", "lr:hierarchicalSubject", "mediapro:CatalogSets",
                 "dc:subject")  # fmt: skip
PROGRAMS = {
    "digiKam": Program(DIGIKAM_LISTS, stops_at_unnamed=True),
    "Immich": Program(("digiKam:TagsList", "lr:hierarchicalSubject", "dc:subject")),
    "Lightroom": Program(("lr:hierarchicalSubject", "dc:subject")),
    "PhotoPrism": Program(("dc:subject",)),
}


def keywords(packet: Packet, program: Program) -> set[str]:
    """The last levels of the keywords that a program sees."""
    tag = next((tag for tag in program.lists if packet.find(tag)), "dc:subject")
    return {text.replace("|", "/").rpartition("/")[2] for text in packet.texts(tag)}


def faces(packet: Packet, program: Program) -> Iterator[str]:
    """The names of the faces that a program sees; empty for those without one."""
    for region in packet.drawn():
        if program.stops_at_unnamed and not region.name:
            return
        yield region.name


BESIDE = {
    "no sidecar": None,
    "digiKam's": saved_by_digikam(sidecar("<dc:subject><rdf:Bag><rdf:li>Beach</rdf:li></rdf:Bag></dc:subject>")),
    "a flat list": sidecar("<dc:subject><rdf:Bag><rdf:li>Beach</rdf:li></rdf:Bag></dc:subject>"),
    "no keywords": sidecar("<dc:title/>"),
}


@needs_exiftool
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("embedded", ["digikam", "lightroom", "windows", "iptc", "nothing"])
def test_each_program_sees_what_was_there_and_ours(tmp_path: Path, embedded: str, program: str) -> None:
    photos = {}
    for name, data in BESIDE.items():
        photo = make_photo(tmp_path / name / "IMG.jpg")
        if EMBEDDED[embedded]:
            change_with_exiftool(photo, *EMBEDDED[embedded])
        if data is not None:
            Path(f"{photo}.xmp").write_bytes(data)
        photos[photo] = [face(), face((70, 40, 110, 75))]
    export(catalogue(tmp_path / "catalog.db", photos))
    for photo in photos:
        packet = Packet(Path(f"{photo}.xmp").read_bytes())
        seen, rules = keywords(packet, PROGRAMS[program]), PROGRAMS[program]
        assert {"Female", "Age 25-32"} <= seen, photo
        hidden_before = photo.parent.name in ("digiKam's", "a flat list")  # a list of theirs hid the photo's
        theirs = {"Beach"} if hidden_before else {"Holiday"} if embedded != "nothing" else set()
        assert theirs <= seen, photo
        if embedded in ("digikam", "lightroom", "windows"):
            assert "Anna Example" in [*faces(packet, rules)], photo
