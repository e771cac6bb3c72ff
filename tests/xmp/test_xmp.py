"""``export xmp`` and ``import xmp`` on real photos, sidecars and catalogs, read back with exiftool."""

import hashlib
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.labels import NOTICE
from photogender.records import Photo, Skipped
from photogender.xmp import regions
from photogender.xmp.packet import Packet
from photogender.xmp.regions import Area
from photogender.xmp.sidecars import MAX_BYTES
from tests.support.library import build, build_corrected
from tests.support.photos import rows
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_document import microsofts, sidecar, sidecar_with_region

RED = Area(0.2, 0.25, 0.2, 0.3)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


def export(catalog: Path, *args: object) -> Result:
    return run("export", "xmp", "--catalog", catalog, *args)


def imported(catalog: Path, *args: object) -> Result:
    return run("import", "xmp", "--catalog", catalog, *args)


def subjects(path: Path) -> list[str]:
    return Packet(path.read_bytes()).texts("lr:hierarchicalSubject")


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A catalog with one photo, p/IMG.jpg, and one face of a woman of 31 in it."""
    photo = make_photo(tmp_path / "p" / "IMG.jpg")
    return catalogue(tmp_path / "catalog.db", {photo: [face()]})


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    return tmp_path / "p" / "IMG.jpg.xmp"


def state(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Content, time and inode of every file."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


# Export


@needs_exiftool
@pytest.mark.parametrize("kind", ["jpg", "tif", "png"])
def test_exiftool_finds_the_face_in_all_orientations(tmp_path: Path, kind: str) -> None:
    photos = [make_photo(tmp_path / "p" / f"{number}.{kind}", number) for number in range(1, 9)]
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    before = state(tmp_path / "p")
    result = export(catalog)
    assert result.stderr == (f"Sidecars: 8 written, 0 changed, 0 removed, 0 unchanged, 0 skipped.\n{NOTICE}\n")
    assert (result.exit_code, result.stdout) == (0, "")
    assert {path: now for path, now in state(tmp_path / "p").items() if path in before} == before
    for photo, read in zip(photos, exiftool(*(Path(f"{photo}.xmp") for photo in photos)), strict=True):
        # The picture as it is stored: Pillow turns a TIFF, so exiftool says its size.
        size = exiftool(photo)[0]
        width, height = size["ImageWidth"], size["ImageHeight"]
        assert read["RegionInfo"]["AppliedToDimensions"] == {"W": width, "H": height, "Unit": "pixel"}
        (region,) = read["RegionInfo"]["RegionList"]
        assert (region["Type"], region["Area"]["Unit"]) == ("Face", "normalized")
        area = region["Area"]
        box = [
            (area["X"] - area["W"] / 2) * width, (area["Y"] - area["H"] / 2) * height,
            (area["X"] + area["W"] / 2) * width, (area["Y"] + area["H"] / 2) * height,
        ]  # fmt: skip
        if kind != "tif":
            with Image.open(photo) as stored:
                assert red_box(stored.convert("RGB")) == pytest.approx(box, abs=1e-3)
        assert read["Subject"] == ["Age 25-32", "Female"]
        assert read["HierarchicalSubject"] == ["People|Age 25-32", "People|Female"]


def red_box(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where a picture is red."""
    red, green, _ = picture.split()
    mask = Image.eval(green, lambda value: 255 if value < 60 else 0)
    box = mask.getbbox()
    assert box is not None
    assert red.crop(box).getextrema()[0] > 200
    return box


@needs_exiftool
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exiftool_turns_the_region_as_it_turns_the_picture(tmp_path: Path, orientation: int) -> None:
    """Another program's way from the stored picture to the upright one ends where the catalog has the face."""
    photo = make_photo(tmp_path / "p" / "IMG.jpg", orientation)
    export(catalogue(tmp_path / "catalog.db", {photo: [face()]}))
    read = exiftool(Path(f"{photo}.xmp"))[0]["RegionInfo"]["RegionList"][0]["Area"]
    stored = Image.new("L", exiftool_size(photo))
    stored.paste(255, tuple(round(edge) for edge in corners(read, *stored.size)))
    names = "FLIP_LEFT_RIGHT ROTATE_180 FLIP_TOP_BOTTOM TRANSPOSE ROTATE_270 TRANSVERSE ROTATE_90".split()
    upright = stored.transpose(Image.Transpose[names[orientation - 2]]) if orientation > 1 else stored
    assert upright.getbbox() == (12, 8, 36, 32)


def exiftool_size(photo: Path) -> tuple[int, int]:
    found = exiftool(photo)[0]
    return found["ImageWidth"], found["ImageHeight"]


def corners(area: dict[str, float], width: int, height: int) -> tuple[float, float, float, float]:
    x, y, w, h = (area[side] for side in "XYWH")
    return (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height


def test_a_second_run_changes_nothing_at_all(one: Path, beside: Path) -> None:
    assert export(one).exit_code == 0
    before = state(beside.parent)
    result = export(one)
    assert "0 written, 0 changed, 0 removed, 1 unchanged, 0 skipped" in result.stderr
    assert state(beside.parent) == before
    assert not [name for name in os.listdir(beside.parent) if name.startswith(".")]


def test_corrections_win_and_ours_are_replaced(one: Path, beside: Path) -> None:
    beside.write_bytes(sidecar("<dc:subject><rdf:Bag><rdf:li>Family</rdf:li></rdf:Bag></dc:subject>"))
    beside.chmod(0o640)
    export(one)
    with Catalog(one, mode="write") as catalog:
        catalog.correct([1], gender="male", age=61, name="Bob & <co>", author="me")
    result = export(one, "--template", "People|{Gender}", "--template", "People|Named|{name}")
    assert "0 written, 1 changed" in result.stderr
    packet = Packet(beside.read_bytes())
    assert packet.texts("dc:subject") == ["Family", "Male", "Bob & <co>"]
    assert [region.name for region in packet.drawn()] == ["Bob & <co>"]
    assert beside.stat().st_mode & 0o777 == 0o640
    with Catalog(one, mode="write") as catalog:
        catalog.correct([1], not_a_face=True, author="me")
    assert "1 changed" in export(one).stderr
    assert beside.read_bytes() == sidecar("<dc:subject><rdf:Bag><rdf:li>Family</rdf:li></rdf:Bag></dc:subject>")


def test_remove_restores_theirs_and_deletes_what_is_wholly_ours(tmp_path: Path) -> None:
    a, b, c = (make_photo(tmp_path / "p" / f"{name}.jpg") for name in "abc")
    catalog = catalogue(tmp_path / "catalog.db", {a: [face()], b: [face()], c: []})
    theirs = sidecar_with_region(Area(0.7, 0.5, 0.1, 0.1), "Ann")
    Path(f"{b}.xmp").write_bytes(theirs)
    before = state(tmp_path / "p")
    export(catalog)
    assert sorted(os.listdir(tmp_path / "p")) == ["a.jpg", "a.jpg.xmp", "b.jpg", "b.jpg.xmp", "c.jpg"]
    b.unlink()  # also where the photo itself is gone
    result = export(catalog, "--remove")
    assert "0 written, 1 changed, 1 removed, 0 unchanged, 0 skipped" in result.stderr
    assert {path: each[0] for path, each in state(tmp_path / "p").items()} == {
        path: each[0] for path, each in before.items() if path != str(b)
    }
    assert "0 changed, 0 removed, 1 unchanged" in export(catalog, "--remove").stderr


def test_a_dry_run_prints_a_patch_and_writes_nothing(one: Path, beside: Path, tmp_path: Path) -> None:
    theirs = sidecar("<dc:subject><rdf:Bag><rdf:li>Family</rdf:li></rdf:Bag></dc:subject>")  # without a last newline
    beside.write_bytes(theirs)
    before = state(beside.parent)
    result = export(one, "--dry-run")
    assert state(beside.parent) == before
    assert "1 would be changed" in result.stderr
    assert f"--- {beside}\n+++ {beside}\n" in result.stdout
    patched = tmp_path / "patched"
    patched.write_bytes(theirs)
    if shutil.which("patch"):
        subprocess.run(["patch", str(patched)], input=result.stdout_bytes, check=True, capture_output=True)
        export(one)
        assert patched.read_bytes() == beside.read_bytes()
    beside.unlink()
    assert "--- /dev/null\n" in export(one, "--dry-run").stdout
    export(one)
    assert "+++ /dev/null\n" in export(one, "--dry-run", "--remove").stdout
    assert beside.exists()


def test_only_faces_that_meet_the_filters_are_written(tmp_path: Path) -> None:
    a, b = (make_photo(tmp_path / name / "IMG.jpg") for name in "ab")
    unsure = face((60, 10, 90, 40), "male", 8, sure=0.4)
    catalog = catalogue(tmp_path / "catalog.db", {a: [face(), unsure], b: [unsure]})
    export(catalog, "--min-confidence", "0.5", "--gender", "female")
    assert subjects(Path(f"{a}.xmp")) == ["People|Age 25-32", "People|Female"]
    assert not Path(f"{b}.xmp").exists()
    export(catalog)
    assert "People|Male" in subjects(Path(f"{b}.xmp"))
    # The folder decides which sidecars are looked at, the rest of the filters what is in them.
    result = export(catalog, "--gender", "female", "--folder", tmp_path / "b")
    assert "0 written, 0 changed, 1 removed" in result.stderr
    assert len(subjects(Path(f"{a}.xmp"))) == 4


def test_a_drive_that_is_away_is_skipped(one: Path, beside: Path) -> None:
    os.rename(beside.parent, beside.parent.with_name("away"))
    result = export(one)
    assert result.exit_code == 0
    assert "1 skipped" in result.stderr
    assert f"  skipped 1: its photo: the file is gone, or its drive is not connected ({beside})" in result.stderr
    assert export(one, "--strict").exit_code == 1
    quiet = export(one, "--strict", "--quiet")
    assert (quiet.exit_code, quiet.output) == (1, "")


def test_a_photo_that_changed_after_the_scan_is_skipped(one: Path, beside: Path) -> None:
    make_photo(beside.with_suffix(""), 6)
    result = export(one, "--strict")
    assert (result.exit_code, "scan it again" in result.stderr) == (1, True)
    assert not beside.exists()


def spoil(path: Path, how: str) -> None:
    good = sidecar("")
    match how:
        case "malformed":
            path.write_bytes(good[:-9])
        case "huge":
            path.write_bytes(good + b"\n" * MAX_BYTES)
        case "bomb":
            path.write_bytes(b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + good)
        case "not xmp":
            path.write_bytes(b"<html/>")
        case "utf-16":
            path.write_bytes(good.decode().encode("utf-16"))
        case "empty":
            path.write_bytes(b"")
        case "read-only":
            path.write_bytes(good)
            path.chmod(0o444)
        case "link":
            path.with_name("other.xmp").write_bytes(good)
            path.symlink_to(path.with_name("other.xmp"))
        case "dangling link":
            path.symlink_to("nowhere")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)


SPOILT = {
    "malformed": "not well-formed", "huge": "larger than 16 MB", "bomb": "document type", "not xmp": "not XMP",
    "utf-16": "not in UTF-8", "empty": "is empty", "read-only": "read-only", "link": "symbolic link",
    "dangling link": "symbolic link", "folder": "not a regular file", "pipe": "not a regular file",
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_odd_sidecars_are_skipped_with_a_reason_and_left_alone(tmp_path: Path, how: str) -> None:
    photos = [make_photo(tmp_path / "p" / f"{name}.jpg") for name in ("a", "bad", "c")]
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    spoil(tmp_path / "p" / "bad.jpg.xmp", how)
    before = state(tmp_path / "p")
    result = export(catalog, "--strict")
    assert "2 written, 0 changed, 0 removed, 0 unchanged, 1 skipped" in result.stderr
    assert SPOILT[how] in result.stderr
    assert f"({tmp_path / 'p' / 'bad.jpg.xmp'})" in result.stderr
    assert result.exit_code == 1
    assert {path: now for path, now in state(tmp_path / "p").items() if path in before} == before
    result = export(catalog, "--remove")
    assert (result.exit_code, "2 removed" in result.stderr) == (0, True)
    if how not in ("folder", "pipe"):
        assert os.path.lexists(tmp_path / "p" / "bad.jpg.xmp")
    if how != "read-only":  # which can be read
        assert SPOILT[how] in imported(catalog).stderr


def test_a_folder_that_cannot_be_written_is_a_reason(one: Path, beside: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    beside.parent.chmod(0o555)
    try:
        assert "it cannot be written: Permission denied" in export(one).stderr
    finally:
        beside.parent.chmod(0o755)


def test_a_full_disk_leaves_the_sidecar_as_it_was(one: Path, beside: Path) -> None:
    beside.write_bytes(sidecar("<dc:title/>"))
    before = state(beside.parent)
    script = f"ulimit -f 0; exec {sys.executable} -m photogender export xmp --strict --catalog {one}"
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (result.returncode, "it cannot be written: File too large" in result.stderr) == (1, True), result.stderr
    assert state(beside.parent) == before


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "p\udce9"
    photo = Path(os.fsdecode(os.path.join(os.fsencode(folder), b"IMG\xff\n.jpg")))
    make_photo(photo)
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()]})
    assert b"+++ " in export(catalog, "--dry-run").stdout_bytes
    assert "1 written" in export(catalog).stderr
    assert sorted(os.listdir(os.fsencode(folder))) == [b"IMG\xff\n.jpg", b"IMG\xff\n.jpg.xmp"]
    os.rename(photo, f"{photo}.away")
    assert "\\udcff\\n.jpg.xmp" in export(catalog).stderr


def test_adobe_style_is_refused_where_two_photos_would_share(tmp_path: Path) -> None:
    names = ("IMG.jpg", "IMG.png", "IMG2.jpg", "raw.CR2", "raw.jpg")
    photos = [make_photo(tmp_path / "p" / name) for name in names if not name.endswith("CR2")]
    shutil.copy(photos[0], tmp_path / "p" / "raw.CR2")  # a JPEG by its content: it is read without LibRaw
    photos.append(tmp_path / "p" / "raw.CR2")
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    result = export(catalog, "--sidecar-style", "adobe")
    assert sorted(path.name for path in (tmp_path / "p").glob("*.xmp")) == ["IMG2.xmp", "raw.xmp"]
    assert "it would also belong to IMG.png" in result.stderr
    assert "it would also belong to IMG.jpg" in result.stderr
    assert "it belongs to the raw raw.CR2" in result.stderr
    assert "2 written" in result.stderr
    # Those that have a sidecar keep it, the others get one of their own.
    assert "3 written, 0 changed, 0 removed, 2 unchanged" in export(catalog).stderr
    written = sorted(path.name for path in (tmp_path / "p").glob("*.xmp"))
    assert written == ["IMG.jpg.xmp", "IMG.png.xmp", "IMG2.xmp", "raw.jpg.xmp", "raw.xmp"]


def test_adobe_style_minds_raws_that_could_not_be_read_but_no_other_file(tmp_path: Path) -> None:
    photos = [make_photo(tmp_path / "p" / name) for name in ("a.jpg", "b.jpg")]
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    folder = tmp_path / "p"
    others = [Photo(str(folder / name), str(folder), 10, 1) for name in ("a.ORF", "b.mov")]
    build(catalog, [Skipped(other, "decode", "a reason") for other in others])
    result = export(catalog, "--sidecar-style", "adobe")
    assert "it belongs to the raw a.ORF" in result.stderr
    assert sorted(path.name for path in (tmp_path / "p").glob("*.xmp")) == ["b.xmp"]


def test_a_sidecar_in_the_other_style_is_pointed_out(one: Path, beside: Path) -> None:
    beside.with_name("IMG.xmp").write_bytes(sidecar(""))
    options = ("--sidecar-style", "name.ext.xmp")
    assert "note for 1: programs that read one sidecar only will not see IMG.xmp" in export(one, *options).stderr
    assert "note for" not in export(one, *options).stderr
    assert beside.with_name("IMG.xmp").read_bytes() == sidecar("")


def test_what_we_write_goes_into_the_sidecar_that_is_there(one: Path, beside: Path) -> None:
    short = beside.with_name("IMG.xmp")
    short.write_bytes(sidecar(""))
    assert "1 changed" in export(one).stderr
    assert not beside.exists()
    assert "People|Female" in subjects(short)
    # Once another program writes IMG.jpg.xmp, ours moves there, and is never in both.
    beside.write_bytes(sidecar(""))
    assert "0 written, 2 changed" in export(one).stderr
    assert "People|Female" in subjects(beside)
    assert short.read_bytes() == sidecar("")
    assert "1 unchanged" in export(one).stderr
    assert "1 changed" in export(one, "--sidecar-style", "adobe", "--remove").stderr
    assert beside.read_bytes() == short.read_bytes() == sidecar("")


@pytest.mark.parametrize("name", ["IMG.jpg.XMP", "IMG.XMP", "IMG.Xmp"])
def test_a_sidecar_in_capitals_is_the_photos(one: Path, beside: Path, name: str) -> None:
    theirs = beside.with_name(name)
    theirs.write_bytes(sidecar_with_region(RED, "Ann"))
    assert imported(one).stdout == f"named: face 1 is Ann: {theirs}\n"
    assert "1 changed" in export(one).stderr
    assert sorted(os.listdir(beside.parent)) == sorted(["IMG.jpg", name])
    assert "People|Female" in subjects(theirs)
    export(one, "--remove")
    assert theirs.read_bytes() == sidecar_with_region(RED, "Ann")


@pytest.mark.parametrize("style", ["auto", "adobe", "name.ext.xmp"])
@pytest.mark.parametrize("raw", ["IMG.CR2", "img.nef", "IMG.dng"])
def test_a_raw_that_no_catalog_knows_keeps_its_sidecar(one: Path, beside: Path, raw: str, style: str) -> None:
    beside.with_name(raw).write_bytes(b"not a real raw")
    theirs = beside.with_name("IMG.xmp")
    theirs.write_bytes(sidecar_with_region(RED, "Ann"))
    result = export(one, "--sidecar-style", style)
    assert ("it belongs to the raw" in result.stderr) == (style == "adobe")
    assert beside.exists() == (style != "adobe")
    assert theirs.read_bytes() == sidecar_with_region(RED, "Ann")
    assert f"it belongs to the raw {raw}" in imported(one).stderr
    assert rows(one, "SELECT name FROM tags") == [(None,)]


def test_regions_on_a_turned_picture_are_pointed_out(one: Path, beside: Path) -> None:
    beside.write_bytes(sidecar_with_region(Area(0.7, 0.5, 0.1, 0.1), "Ann", size=(80, 120)))
    assert "no regions were added" in export(one).stderr
    assert "People|Female" in subjects(beside)


def test_templates_are_checked_before_anything_is_written(one: Path, beside: Path) -> None:
    result = export(one, "--template", "People|{nme}")
    assert result.exit_code == 2
    assert "has {nme}. The fields are {age_group}, {age}" in result.stderr
    assert not beside.exists()


def test_a_catalog_of_photos_that_are_nowhere(tmp_path: Path) -> None:
    catalog = build_corrected(tmp_path / "catalog.db")
    result = export(catalog)
    assert (result.exit_code, "5 skipped" in result.stderr) == (0, True)


# Import


def test_names_from_elsewhere_reach_the_faces_and_come_back(one: Path, beside: Path) -> None:
    theirs = sidecar_with_region(Area(0.21, 0.26, 0.24, 0.34), "Zoë  Ä.")
    beside.write_bytes(theirs)
    dry = imported(one, "--dry-run")
    assert "Names: 1 would be new" in dry.stderr
    assert rows(one, "SELECT count(*) FROM corrections") == [(0,)]
    result = imported(one)
    assert result.stdout == dry.stdout == f"named: face 1 is Zoë Ä.: {beside}\n"
    assert rows(one, "SELECT face_id, gender, age, name, author FROM corrections") == [(1, None, None, "Zoë Ä.", "xmp")]
    again = imported(one)
    assert again.stdout == ""
    assert "0 new, 1 known" in again.stderr
    assert rows(one, "SELECT count(*) FROM corrections") == [(1,)]
    assert beside.read_bytes() == theirs


def test_a_name_is_the_same_in_whatever_unicode_form(one: Path, beside: Path) -> None:
    beside.write_bytes(sidecar_with_region(Area(0.21, 0.26, 0.24, 0.34), unicodedata.normalize("NFD", "Zoë Ä.")))
    assert "1 new" in imported(one).stderr
    assert rows(one, "SELECT name FROM corrections") == [("Zoë Ä.",)]
    assert "0 new, 1 known" in imported(one).stderr
    assert rows(one, "SELECT count(*) FROM corrections") == [(1,)]


def test_a_name_that_cannot_be_one_does_not_end_the_import(tmp_path: Path) -> None:
    photos = [make_photo(tmp_path / "p" / f"{name}.jpg") for name in "ab"]
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    for photo, name in zip(photos, ("x" * 500, "Ann"), strict=True):
        Path(f"{photo}.xmp").write_bytes(sidecar_with_region(Area(0.21, 0.26, 0.24, 0.34), name))
    told = imported(catalog).stderr
    assert "a name in it cannot be used: A name has at most 200 characters" in told
    assert rows(catalog, "SELECT name FROM tags ORDER BY path") == [(None,), ("Ann",)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_found_in_all_orientations(tmp_path: Path, orientation: int) -> None:
    photo = make_photo(tmp_path / "p" / "IMG.jpg", orientation)
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face(), face((70, 40, 110, 75))]})
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1], name="Red", author="me")
        opened.correct([2], name="Other", author="me")
    export(catalog)
    named = {"Red": 1, "Other": 2}
    # As another program would have saved it: not ours any more, and under other names.
    path = Path(f"{photo}.xmp")
    data = path.read_bytes()
    for ours, theirs in ((b"Red", b"Rot"), (b"Other", b"Zwei"), (b"photogender:W", b"photogender:X")):
        data = data.replace(ours, theirs)
    path.write_bytes(data)
    other = catalogue(tmp_path / "other.db", {photo: [face(), face((70, 40, 110, 75))]})
    imported(other)
    assert rows(other, "SELECT face_id, name FROM tags ORDER BY 1") == [(named["Red"], "Rot"), (named["Other"], "Zwei")]


def test_what_we_exported_is_not_imported(one: Path, beside: Path) -> None:
    with Catalog(one, mode="write") as catalog:
        catalog.correct([1], name="Ann", author="me")
    export(one)
    with Catalog(one, mode="write") as catalog:
        catalog.correct([1], name="Bea", author="me")
    assert "0 new, 0 known, 0 kept" in imported(one).stderr
    beside.write_bytes(beside.read_bytes().replace(b'Name="Ann"', b'Name="Cleo"'))
    assert "kept: face 1 is Bea here, Cleo" in imported(one).stdout


def test_a_name_that_was_given_or_taken_away_here_stays(one: Path, beside: Path) -> None:
    def say(name: str, author: str = "me") -> None:
        with Catalog(one, mode="write") as catalog:
            catalog.correct([1], name=name, author=author)

    beside.write_bytes(sidecar_with_region(RED, "Ann"))
    imported(one)
    say("Anna")
    assert imported(one).stdout == f"kept: face 1 is Anna here, Ann in {beside}\n"
    say("")
    assert imported(one).stdout == f"kept: face 1 is without a name here, Ann in {beside}\n"
    assert rows(one, "SELECT name FROM tags") == [(None,)]
    say("Ann", "xmp")
    with Catalog(one, mode="write") as catalog:
        catalog.correct([1], age=40, author="me")  # says nothing of the name
    beside.write_bytes(sidecar_with_region(RED, "Bea"))
    assert imported(one).stdout == f"named: face 1 is Bea (was Ann): {beside}\n"
    assert rows(one, "SELECT name, age FROM tags") == [("Bea", 40.0)]


def test_regions_without_a_face_are_reported(one: Path, beside: Path) -> None:
    beside.write_bytes(sidecar_with_region(Area(0.75, 0.5, 0.1, 0.25), "Ann"))
    result = imported(one)
    assert result.stdout == f"no face: Ann at 84,30-96,50: {beside}\n"
    assert "1 region without a face" in result.stderr
    beside.write_bytes(sidecar_with_region(Area(0.75, 0.5, 0.1, 0.25), ""))
    assert "no face: (no name) at" in imported(one).stdout
    beside.write_bytes(sidecar_with_region(Area(0.75, 0.5, 0.1, 0.25), "Rex", "Pet"))
    assert imported(one).stdout == ""
    beside.write_bytes(sidecar_with_region(RED, "Rex", "Pet"))
    assert "0 new" in imported(one).stderr


@needs_exiftool
def test_names_inside_the_photo_are_read_too(tmp_path: Path) -> None:
    """Picasa's and Windows' programs write into the photo only."""
    photos = [make_photo(tmp_path / "p" / name, 6) for name in ("mwg.jpg", "mp.jpg", "mp.png", "both.jpg", "mwg.tif")]
    mwg = (
        "-RegionInfo={AppliedToDimensions={W=80,H=120,Unit=pixel},RegionList=[{Area={X=0.25,Y=0.8,W=0.3,H=0.2,"
        "Unit=normalized},Name=Ann,Type=Face}]}"
    )
    mp = "-RegionInfoMP={Regions=[{PersonDisplayName=Bob,Rectangle=0.1|, 0.7|, 0.3|, 0.2}]}"
    for photo in photos:
        options = [option for option, kinds in ((mwg, ("mwg", "both")), (mp, ("mp", "both"))) if photo.stem in kinds]
        change_with_exiftool(photo, *options)
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    before = state(tmp_path / "p")
    result = imported(catalog)
    assert dict(rows(catalog, "SELECT path, name FROM tags")) == {
        str(photo): "Bob" if photo.stem == "mp" else "Ann" for photo in photos
    }, result.stdout + result.stderr
    assert state(tmp_path / "p") == before
    # A sidecar is newer than what the photo says.
    (tmp_path / "p" / "mp.jpg.xmp").write_bytes(sidecar_with_region(Area(0.25, 0.8, 0.3, 0.2), "Cleo", size=(80, 120)))
    assert "named: face 2 is Cleo (was Bob)" in imported(catalog).stdout


def test_a_region_without_a_name_does_not_hide_one_that_has_it(tmp_path: Path) -> None:
    photo = tmp_path / "p" / "IMG.tif"
    photo.parent.mkdir()
    # A TIFF's packet may end in NUL, as texts do there.
    Image.new("RGB", (120, 80)).save(photo, tiffinfo={700: sidecar_with_region(RED, "Ann") + b"\0"})
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()]})
    Path(f"{photo}.xmp").write_bytes(sidecar_with_region(RED, ""))
    assert imported(catalog).stdout == f"named: face 1 is Ann: {photo}\n"


def test_adobe_sidecars_are_read_where_they_are_one_photos(tmp_path: Path) -> None:
    a, b, c = (make_photo(tmp_path / "p" / name) for name in ("a.jpg", "a.png", "c.jpg"))
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in (a, b, c)})
    for name in ("a.xmp", "c.xmp"):
        (tmp_path / "p" / name).write_bytes(sidecar_with_region(RED, "Ann"))
    result = imported(catalog, "--strict")
    assert result.exit_code == 1
    assert "2 files skipped" in result.stderr
    assert rows(catalog, "SELECT path FROM tags WHERE name IS NOT NULL") == [(str(c),)]


def test_regions_on_another_picture_are_skipped(one: Path, beside: Path) -> None:
    beside.write_bytes(sidecar_with_region(RED, "Ann", size=(80, 120)))
    result = imported(one)
    assert "refer to a rotated or cropped picture" in result.stderr
    assert rows(one, "SELECT count(*) FROM corrections") == [(0,)]


@pytest.mark.parametrize("side", ["1e-200", "0", "-0.1", "nan", "inf", "1e300", "1e-400", "x", "", "9" * 400])
def test_regions_of_no_area_end_nothing(tmp_path: Path, side: str) -> None:
    photos = [make_photo(tmp_path / "p" / f"{name}.jpg") for name in "ab"]
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    good = sidecar_with_region(RED, "Ann")
    text = good.decode().replace('stArea:w="0.2" stArea:h="0.3"', f'stArea:w="{side}" stArea:h="{side}"')
    odd = text.replace("</mwg-rs:Regions>", f"</mwg-rs:Regions>{microsofts('Ann', f'0, 0, {side}, {side}')}").encode()
    assert odd.count(side.encode()) >= 4
    Path(f"{photos[0]}.xmp").write_bytes(odd)
    Path(f"{photos[1]}.xmp").write_bytes(good)
    assert imported(catalog).stdout == f"named: face 2 is Ann: {photos[1]}.xmp\n"
    assert "2 changed, 0 removed, 0 unchanged, 0 skipped" in export(catalog).stderr
    export(catalog, "--remove")
    assert (Path(f"{photos[0]}.xmp").read_bytes(), Path(f"{photos[1]}.xmp").read_bytes()) == (odd, good)


@pytest.mark.parametrize("turned", [False, True], ids=["lightroom", "turned"])
@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_regions_with_the_size_of_the_upright_picture(tmp_path: Path, orientation: int, turned: bool) -> None:
    """Lightroom's areas are those of the stored picture; a program that turned everything has the upright ones."""
    photo = make_photo(tmp_path / "p" / "IMG.jpg", orientation)
    other = face((70, 40, 110, 75))
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face(), other]})
    area = Area(0.2, 0.25, 0.2, 0.3)
    area = area if turned else regions.turned(area, orientation)
    beside = Path(f"{photo}.xmp")
    theirs = sidecar_with_region(area, "Ann", size=(120, 80))
    beside.write_bytes(theirs)
    assert imported(catalog).stdout == f"named: face 1 is Ann: {beside}\n"
    result = export(catalog)
    assert "1 changed" in result.stderr
    assert "note for" not in result.stderr
    ann, ours = Packet(beside.read_bytes()).drawn()
    assert ann.area == area
    expected = Area(0.75, 0.71875, 1 / 3, 0.4375)
    expected = expected if turned else regions.turned(expected, orientation)
    assert [ours.area.x, ours.area.y, ours.area.w, ours.area.h] == pytest.approx(
        [expected.x, expected.y, expected.w, expected.h], abs=1e-5
    )
    assert "1 unchanged" in export(catalog).stderr
    export(catalog, "--remove")
    assert beside.read_bytes() == theirs


def test_import_needs_the_photo_and_can_be_kept_to_a_folder(one: Path, beside: Path, tmp_path: Path) -> None:
    beside.write_bytes(sidecar_with_region(RED, "Ann"))
    assert "0 new" in imported(one, "--folder", tmp_path / "elsewhere").stderr
    os.rename(beside.with_suffix(""), tmp_path / "away.jpg")
    assert "skipped 1: the file is gone" in imported(one).stderr
    os.rename(tmp_path / "away.jpg", beside.with_suffix(""))
    assert "1 new" in imported(one, "--folder", tmp_path).stderr
