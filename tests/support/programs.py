"""Other photo programs: the real ones where they are installed, and what the others are known to write."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from photogender.xmp.packet import PREFIXES, Packet
from photogender.xmp.regions import Area

needs_exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
needs_exiv2 = pytest.mark.skipif(not shutil.which("exiv2"), reason="exiv2 is not installed")
needs_darktable = pytest.mark.skipif(
    not (shutil.which("darktable") and shutil.which("xvfb-run")), reason="darktable or xvfb-run is not installed"
)

RDF = PREFIXES["rdf"]


def exiftool(*paths: Path) -> list[dict[str, Any]]:
    """What ExifTool reads from files."""
    found = subprocess.run(["exiftool", "-j", "-struct", *map(str, paths)], capture_output=True, check=True)
    return json.loads(found.stdout)  # type: ignore[no-any-return]


def change_with_exiftool(path: Path, *changes: str) -> None:
    """Let ExifTool change a photo or a sidecar."""
    subprocess.run(["exiftool", "-q", "-overwrite_original", *changes, str(path)], check=True)


def version(program: str) -> str:
    """The version of an installed program, from what it prints."""
    command = [program, "-ver"] if program == "exiftool" else [program, "--version"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}  # for digiKam
    # darktable exits with 1.
    printed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    found = re.search(r"(?<![\d.])\d+\.\d+(\.\d+)?", printed.stdout + printed.stderr)
    assert found, printed
    return found[0]


DONE = "the script is done"


def darktable(photo: Path, scratch: Path, lua: str) -> str:
    """Import a photo into a darktable of its own, which reads its sidecar, and run some Lua on ``img``.

    Returns what the Lua printed. darktable writes the sidecar after each change.
    """
    script = scratch / "script.lua"
    script.write_text(
        f'local dt = require "darktable"\nlocal img = dt.database.import("{photo}")\n{lua}\n'
        f'dt.control.sleep(1500)\nprint("{DONE}")\nio.stdout:flush()\n'
    )
    command = ["xvfb-run", "-a", "darktable", "--configdir", str(scratch / "config"), "--cachedir",
               str(scratch / "cache"), "--library", ":memory:", "--conf", "write_sidecar_files=TRUE",
               "--luacmd", f"dofile('{script}')"]  # fmt: skip
    # Ended by a signal: to leave from within Lua, other threads running, sometimes hangs.
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    too_long = threading.Timer(300, os.killpg, (program.pid, signal.SIGKILL))
    too_long.start()
    assert program.stdout
    with program.stdout as stdout:
        lines = list(takewhile(lambda line: line.strip() != DONE, stdout))
        too_long.cancel()
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    return "".join(lines)


def saved_by_digikam(data: bytes, *, rating: int = 0, removed: tuple[str, ...] = ()) -> bytes:
    """A sidecar as digiKam 7.9 saves it: all tags in five lists, faces on whole pixels and in Microsoft's form as well.

    After a file that digiKam wrote; ``removed`` are tags that a person takes away there, with ``/`` between levels.
    """
    packet = Packet(data)
    root = etree.fromstring(data, etree.XMLParser(remove_blank_text=True))
    (rdf,) = root.iter(f"{{{RDF}}}RDF")
    first, *others = rdf
    for other in others:
        first.extend(list(other))
        for name, value in other.attrib.items():
            first.set(name, value)
        rdf.remove(other)
    flat, tree = packet.texts("dc:subject"), packet.texts("lr:hierarchicalSubject")
    tags = packet.texts("digiKam:TagsList") or [tag.replace("|", "/") for tag in tree or flat]
    applied = packet.applied_to()
    faces = [(_on_pixels(region.area, *applied), region.name) for region in packet.drawn()] if applied else []
    tags += [f"People/{name}" for _, name in faces if name and f"People/{name}" not in tags]
    tags = [tag for tag in tags if tag not in removed]
    for region, (area, _) in zip(_regions(first), faces, strict=False):
        for element in region.iter(_tag("mwg-rs:Area")):
            for side in "xywh":
                number = f"{getattr(area, side):g}"
                child = element.find(_tag(f"stArea:{side}"))
                if child is None:
                    element.set(_tag(f"stArea:{side}"), number)
                else:
                    child.text = number
    leaves = [tag.rpartition("/")[2] for tag in tags]
    bars = [tag.replace("/", "|") for tag in tags]
    for tag, kind, texts in (
        ("digiKam:TagsList", "Seq", tags), ("MicrosoftPhoto:LastKeywordXMP", "Bag", tags),
        ("lr:hierarchicalSubject", "Bag", bars), ("mediapro:CatalogSets", "Bag", bars), ("dc:subject", "Bag", leaves),
    ):  # fmt: skip
        for old in first.findall(_tag(tag)):
            first.remove(old)
        items = etree.SubElement(etree.SubElement(first, _tag(tag)), f"{{{RDF}}}{kind}")
        for text in texts:
            etree.SubElement(items, f"{{{RDF}}}li").text = text
    _write_microsofts(first, faces)
    first.set("{http://ns.adobe.com/xap/1.0/}Rating", str(rating))
    first.set(_tag("acdsee:categories"), categories_of(tags))
    return b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>\n%s<?xpacket end="w"?>' % etree.tostring(
        root, pretty_print=True, encoding="utf-8"
    )


def categories_of(tags: list[str]) -> str:
    """ACDSee's tree: a tag is assigned, the parents of it only are not."""
    root = etree.Element("Categories")
    for tag in tags:
        place = root
        levels = tag.split("/")
        for depth, level in enumerate(levels, 1):
            known = [each for each in place if each.text == level]
            place = known[0] if known else etree.SubElement(place, "Category", Assigned="0")
            place.text = level
            if depth == len(levels):
                place.set("Assigned", "1")
    return etree.tostring(root).decode()


def _on_pixels(area: Area, width: float, height: float) -> Area:
    box = area.box()
    left, top = round(box.x1 * width), round(box.y1 * height)
    w, h = round(area.w * width), round(area.h * height)
    return Area((left + w / 2) / width, (top + h / 2) / height, w / width, h / height)


def _write_microsofts(description: etree._Element, faces: list[tuple[Area, str]]) -> None:
    for old in description.findall(_tag("MP:RegionInfo")):
        description.remove(old)
    if not faces:
        return
    info = etree.SubElement(description, _tag("MP:RegionInfo"), {f"{{{RDF}}}parseType": "Resource"})
    items = etree.SubElement(etree.SubElement(info, _tag("MPRI:Regions")), f"{{{RDF}}}Bag")
    for area, name in faces:
        box = area.box()
        rectangle = f"{box.x1:g}, {box.y1:g}, {area.w:g}, {area.h:g}"
        values = {_tag("MPReg:Rectangle"): rectangle, **({_tag("MPReg:PersonDisplayName"): name} if name else {})}
        etree.SubElement(items, f"{{{RDF}}}li", values)


def _regions(description: etree._Element) -> list[etree._Element]:
    return [item for each in description.iter(_tag("mwg-rs:RegionList")) for item in each[0]]


def _tag(tag: str) -> str:
    prefix, _, local = tag.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}"
