"""Photos with metadata of every program, beside sidecars of every kind: nothing of theirs is lost at any step.

One library holds all combinations; ExifTool says what a program that prefers a sidecar to the photo sees.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from photogender.catalog.catalog import Catalog
from photogender.xmp.regions import Area
from tests.support.photos import rows
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool, saved_by_digikam
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_document import sidecar, sidecar_with_region
from tests.xmp.test_seed import IPTC, LIGHTROOM, REGIONS
from tests.xmp.test_xmp import export, imported

pytestmark = needs_exiftool

MICROSOFT = "-RegionInfoMP={Regions=[{PersonDisplayName=Anna Example,Rectangle=0.1|, 0.1|, 0.22|, 0.32}]}"
EMBEDDED = {
    "digikam": (
        "-XMP-digiKam:TagsList=Holiday", "-XMP-digiKam:TagsList=People/Anna Example", "-XMP-digiKam:PickLabel=3",
        "-XMP-microsoft:LastKeywordXMP=Holiday", "-XMP-lr:HierarchicalSubject=Holiday",
        "-XMP-lr:HierarchicalSubject=People|Anna Example", "-XMP-dc:Subject=Holiday", "-XMP-dc:Subject=Anna Example",
        "-XMP:Rating=4", "-XMP-dc:Title=My title", MICROSOFT, REGIONS,
    ),
    "lightroom": LIGHTROOM,
    "windows": (MICROSOFT, "-XMP-microsoft:LastKeywordXMP=Holiday", "-XMP-dc:Subject=Holiday", "-XMP:Rating=4"),
    "picasa": (REGIONS,),
    "iptc": IPTC,
    "nothing": (),
}  # fmt: skip
BESIDE = ("none", "theirs", "ours", "both")
TAGS = """<dc:subject><rdf:Bag><rdf:li>Beach</rdf:li><rdf:li>Female</rdf:li></rdf:Bag></dc:subject>
   <digiKam:TagsList xmlns:digiKam="http://www.digikam.org/ns/1.0/"><rdf:Seq><rdf:li>Beach</rdf:li>
   <rdf:li>Friends/Female</rdf:li></rdf:Seq></digiKam:TagsList>"""
THEIRS = saved_by_digikam(sidecar(TAGS), rating=2)
NAMED_BY = ("digikam", "lightroom", "windows", "picasa")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of two faces for each combination; others named the first face in some."""
    folder = tmp_path_factory.mktemp("matrix")
    photos = []
    for embedded, changes in EMBEDDED.items():
        for beside in BESIDE:
            photos.append(make_photo(folder / "p" / embedded / f"{beside}.jpg"))
            if changes:
                change_with_exiftool(photos[-1], *changes)
            if beside in ("theirs", "both"):
                photos[-1].with_name(f"{beside}.jpg.xmp").write_bytes(THEIRS)
            if beside == "both":
                also = sidecar_with_region(Area(0.21, 0.26, 0.24, 0.34), "Anna Example")
                photos[-1].with_name(f"{beside}.xmp").write_bytes(also)
    catalogue(folder / "catalog.db", {photo: [face(), face((70, 40, 110, 75))] for photo in photos})
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted((folder / "p").rglob("*")) if path.is_file()}


def seen(folder: Path) -> dict[str, dict[str, Any]]:
    """What a program that prefers a sidecar sees of each photo: IMG.jpg.xmp, else IMG.xmp, else the photo."""
    shown = []
    for photo in sorted((folder / "p").rglob("*.jpg")):
        choices = (Path(f"{photo}.xmp"), photo.with_suffix(".xmp"), photo)
        shown.append(next(path for path in choices if path.exists()))
    found = exiftool(*shown)
    return {f"{each['Directory'].rpartition('/')[2]}/{path.name.partition('.')[0]}": each
            for path, each in zip(shown, found, strict=True)}  # fmt: skip


IPTC_NAMES = {"Keywords": "Subject", "ObjectName": "Title", "Caption-Abstract": "Description", "By-line": "Creator"}
KEPT = ("Rating", "Label", "Title", "Description", "Creator", "PickLabel", "City", "RegionInfoMP", "Subject",
        "TagsList", "LastKeywordXMP", "HierarchicalSubject", "RegionInfo", *IPTC_NAMES)  # fmt: skip


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def missing(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Tags of theirs that cannot be seen any more, or not as they were."""
    for tag in KEPT:
        name = IPTC_NAMES.get(tag, tag)
        if tag not in before or (tag in IPTC_NAMES and tag in now):
            continue
        theirs, found = before[tag], now.get(name)
        if tag == "RegionInfo":
            regions = found["RegionList"] if found else []
            yield from (tag for region in theirs["RegionList"] if region not in regions)
        elif tag in ("Subject", "Keywords", "TagsList", "LastKeywordXMP", "HierarchicalSubject", "Creator", "By-line"):
            yield from (f"{tag} {text}" for text in as_list(theirs) if text not in as_list(found))
        elif found != theirs:
            yield tag


def lists(now: dict[str, Any]) -> list[str]:
    return [str(text) for tag in ("Subject", "TagsList", "LastKeywordXMP", "HierarchicalSubject")
            for text in as_list(now.get(tag, []))]  # fmt: skip


def names(now: dict[str, Any]) -> list[str]:
    return [region.get("Name", "") for region in now.get("RegionInfo", {}).get("RegionList", [])]


def test_nothing_of_theirs_is_lost_and_remove_restores_it_to_the_byte(library: Path) -> None:
    catalog = library / "catalog.db"
    before, theirs = files(library), seen(library)

    def check(step: str, ours: set[str]) -> dict[str, dict[str, Any]]:
        now = seen(library)
        for case, was in theirs.items():
            assert not [*missing(was, now[case])], (step, case)
            assert ours <= set(lists(now[case])), (step, case)
            embedded = case.partition("/")[0]
            # A face that others named in the photo is there once, with its name.
            count = names(now[case]).count("Anna Example")
            assert count == (embedded in NAMED_BY), (step, case, names(now[case]))
        return now

    for embedded in EMBEDDED:  # what we exported some day
        folder = library / "p" / embedded
        export(catalog, "--template", "Old|{Gender}", "--folder", folder)
        for path in folder.glob("*.xmp"):
            if "ours" not in path.name:
                data = before.get(str(path))
                path.write_bytes(data) if data else path.unlink()
    assert "0 skipped" in export(catalog).stderr
    now = check("export", {"Female", "People|Female", "Age 25-32"})
    assert not [case for case, each in now.items() if "Old|Female" in lists(each)]

    number = len(theirs)
    with Catalog(catalog, mode="write") as opened:
        ids = [row["face_id"] for row in opened.rows("SELECT face_id FROM tags ORDER BY x1, face_id")]
        opened.correct(ids[:number], gender="male", author="me")
        opened.correct(ids[number:], gender="male", name="Eve", author="me")
    assert "0 skipped" in export(catalog).stderr
    now = check("correct", {"Male", "People|Male", "Age 25-32"})
    for case, each in now.items():
        assert "People|Female" not in lists(each), case
        assert "People/Female" not in lists(each), case
        assert names(each).count("Eve") == 1, case
        # Theirs said so before us, or implies it.
        assert ("Female" in lists(each)) == case.endswith(("/theirs", "/both")), case

    result = imported(catalog)
    named = rows(catalog, "SELECT count(*) FROM tags WHERE name = 'Anna Example'")
    assert named == [(len(NAMED_BY) * len(BESIDE) + 2,)], result.stdout  # and IMG.xmp of the others
    assert "0 skipped" in export(catalog).stderr
    now = seen(library)
    for case, was in theirs.items():
        assert not [*missing(was, now[case])], case
        named_here = case.partition("/")[0] in NAMED_BY or case.endswith("/both")
        assert names(now[case]).count("Anna Example") == named_here, (case, names(now[case]))
        assert names(now[case]).count("Eve") == 1, case
    assert " 0 written, 0 changed, 0 removed" in export(catalog).stderr

    export(catalog, "--remove")
    assert files(library) == before
