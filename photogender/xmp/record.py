"""``photogender:Written``: the list in a sidecar that says what in it is ours, and what was there before.

Exiv2 and XMP Toolkit keep properties that they do not know, so the record survives even when they rebuild the regions.
An entry is a kind and a text, such as ``dc:subject Female`` or ``region 0.5 0.5 0.1 0.2 Ann``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from photogender.xmp.packet import MAX_REGIONS, is_rectangle
from photogender.xmp.regions import Area

WRITTEN = "photogender:Written"

FLAT, HIERARCHY = "dc:subject", "lr:hierarchicalSubject"

SEPARATORS: Mapping[str, str | None] = {
    FLAT: None,
    HIERARCHY: "|",
    "digiKam:TagsList": "/",
    "MicrosoftPhoto:LastKeywordXMP": "/",
    "mediapro:CatalogSets": "|",
}
"""The keyword lists, each with its separator between levels; None: only the last level is written.

Lightroom and darktable write the first two. We add to the others only if they exist: digiKam
(``DMetadata::getItemTagsPath``) and Immich (docs: XMP sidecars) read only the first list that they find, TagsList
before hierarchicalSubject, so a new list would hide the content of the others."""

LEFT_EMPTY, LEFT_CLOSED = "empty", "closed"
"""How an element was written before we added to it: ``<rdf:Bag></rdf:Bag>`` or ``<rdf:Bag/>``."""


@dataclass(slots=True)
class Record:
    """What an export wrote, and what it found."""

    keywords: dict[str, list[str]] = field(default_factory=dict)
    """By list: the texts that are ours."""
    theirs: dict[str, list[str]] = field(default_factory=dict)
    """By list: texts of other programs that equal or imply one of ours, and were there before it."""
    regions: list[tuple[Area, str]] = field(default_factory=list)
    size: tuple[int, int] | None = None
    """``AppliedToDimensions``, if we wrote it."""
    begins: bool = False
    """Whether we created the regions structure, not only regions in it."""
    twins: list[tuple[Area, str]] = field(default_factory=list)
    """Microsoft's regions that were there before ours, and equal one of them."""
    empty: dict[str, str] = field(default_factory=dict)
    """``LEFT_EMPTY`` or ``LEFT_CLOSED`` by list, for those that were there without items."""
    catalog: str = ""
    """The mark of the catalog that wrote it (``Catalog.mark``)."""
    seed: str = ""
    """``statements.digest`` of what we started the sidecar with, if we created the file."""

    def lines(self) -> list[str]:
        """The entries of the list in the sidecar."""
        texts = [f"{tag} {text}" for tag, added in self.keywords.items() for text in added]
        texts += [f"theirs {tag} {text}" for tag, found in self.theirs.items() for text in found]
        texts += [f"{how} {tag}" for tag, how in self.empty.items()]
        texts += [f"{'begun' if self.begins else 'size'} {self.size[0]} {self.size[1]}"] if self.size else []
        for kind, regions in (("region", self.regions), ("twin", self.twins)):
            texts += [f"{kind} {numbers(area)} {name}".rstrip() for area, name in regions]
        texts += [f"seed {self.seed}"] if self.seed else []
        return texts + ([f"catalog {self.catalog}"] if self.catalog else [])

    @property
    def has_content(self) -> bool:
        """Whether anything in the sidecar is ours."""
        return any(self.keywords.values()) or bool(self.regions)


def parse_record(lines: Iterable[str]) -> Record:
    """The record from the entries of the list; entries that it does not know are ignored."""
    record = Record()
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind in SEPARATORS:
            record.keywords.setdefault(kind, []).append(rest)
        elif kind == "theirs":
            tag, _, text = rest.partition(" ")
            record.theirs.setdefault(tag, []).append(text)
        elif kind in (LEFT_EMPTY, LEFT_CLOSED):
            record.empty[rest] = kind
        elif kind in ("begun", "size"):
            record.size, record.begins = _size(rest), kind == "begun"
        elif kind in ("region", "twin"):
            regions = record.regions if kind == "region" else record.twins
            regions += _region(rest) if len(regions) < MAX_REGIONS else []
        elif kind == "seed":
            record.seed = rest
        elif kind == "catalog":
            record.catalog = rest
    return record


def numbers(area: Area) -> str:
    """An area as text with six decimals: a hundredth of a pixel in a picture of 10,000 pixels."""
    return " ".join(f"{side:.6f}".rstrip("0").rstrip(".") for side in (area.x, area.y, area.w, area.h))


def joined(levels: Iterable[str], separator: str | None) -> str:
    """A keyword as it is written in a list."""
    *upper, last = levels
    return last if separator is None else separator.join(level.replace(separator, "-") for level in (*upper, last))


def _size(text: str) -> tuple[int, int] | None:
    try:
        width, height = map(int, text.split())
    except ValueError:
        return None
    return width, height


def _region(text: str) -> list[tuple[Area, str]]:
    *sides, name = [*text.split(" ", 4), ""][:5]
    try:
        x, y, w, h = map(float, sides)
    except ValueError:
        return []
    return [(Area(x, y, w, h), name)] if is_rectangle((x, y, w, h)) else []
