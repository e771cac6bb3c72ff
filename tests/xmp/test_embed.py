"""``export xmp --embed``: into the photos, with ExifTool, and out again."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.scanning.scan import Scan
from photogender.xmp.packet import Packet
from tests.support.dng import make_dng
from tests.support.photos import rows
from tests.support.programs import change_with_exiftool, exiftool, needs_exiftool
from tests.support.sidecars import catalogue, face, make_photo
from tests.xmp.test_document import sidecar
from tests.xmp.test_seed import LIGHTROOM
from tests.xmp.test_xmp import export, imported

pytestmark = needs_exiftool


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def catalog_of(tmp_path: Path, *photos: Path) -> Path:
    """A catalog of photos with a face each and the hashes of their files."""
    catalog = catalogue(tmp_path / "catalog.db", {photo: [face()] for photo in photos})
    with Catalog(catalog, mode="write") as opened, opened.transaction():
        for number, photo in enumerate(photos, 1):
            opened.update("pictures", number, {"content_hash": digest(photo)})
    return catalog


def make(path: Path, *changes: str) -> Path:
    if path.suffix == ".dng":
        preview = io.BytesIO()
        Image.new("RGB", (120, 80), "red").save(preview, "JPEG")
        path.write_bytes(make_dng(preview.getvalue(), (120, 80), 6))
    elif path.suffix == ".heic":
        pillow_heif.register_heif_opener()
        with Image.open(make_photo(path.with_suffix(".jpg"), 6)) as opened:
            opened.save(path, exif=opened.getexif())
        path.with_suffix(".jpg").unlink()
    else:
        make_photo(path, 6)
    if changes:
        change_with_exiftool(path, *changes)
    return path


@pytest.mark.parametrize("changes", [(), LIGHTROOM, ("-IPTC:Keywords=Holiday", "-IPTC:Caption-Abstract=x")],
                         ids=["nothing", "lightroom", "iptc"])  # fmt: skip
@pytest.mark.parametrize("kind", ["jpg", "tif", "png", "webp", "heic", "dng"])
def test_into_the_photo_and_out_again(tmp_path: Path, kind: str, changes: tuple[str, ...]) -> None:
    if kind not in ("jpg", "tif") and "-IPTC:Keywords=Holiday" in changes:
        pytest.skip("agencies put IPTC into JPEG and TIFF")
    photo = make(tmp_path / f"IMG.{kind}", *changes)
    before, theirs = digest(photo), exiftool(photo)[0]
    photo.chmod(0o640)
    catalog = catalog_of(tmp_path, photo)
    result = export(catalog, "--embed")
    assert "XMP in photos: " in result.stderr
    assert "0 skipped" in result.stderr, result.stderr
    assert digest(Path(f"{photo}_original")) == before
    assert photo.stat().st_mode & 0o777 == 0o640
    found = exiftool(photo)[0]
    assert {"Age 25-32", "Female"} < {*found["Subject"], "x"}
    for tag in ("Rating", "Title", "Creator", "Keywords", "Caption-Abstract", "Orientation", "Description"):
        assert found.get(tag) == theirs.get(tag), tag
    assert set(theirs.get("Subject", ())) <= set(found["Subject"])
    assert "1 unchanged" in export(catalog, "--embed").stderr
    export(catalog, "--embed", "--remove")
    assert digest(photo) == before or exiftool_facts(photo) == exiftool_facts(Path(f"{photo}_original"))
    if kind not in ("heic", "dng"):
        assert digest(photo) == before
    assert sorted(os.listdir(tmp_path)) == sorted(
        name for name in os.listdir(tmp_path) if name.startswith((photo.name, "catalog.db"))
    )


def exiftool_facts(path: Path) -> dict[str, object]:
    names = ("SourceFile", "FileName", "FileSize", "FileModifyDate", "FileAccessDate", "FileInodeChangeDate")
    moved = ("StripOffsets", "PreviewImageStart", "MediaDataOffset", "MediaDataSize")
    return {name: value for name, value in exiftool(path)[0].items() if name not in names + moved}


def test_nothing_is_scanned_again_and_copies_are_no_photos(tmp_path: Path) -> None:
    photos = [make_photo(tmp_path / "p" / f"{number}.jpg", number) for number in (6, 8)]
    catalog = catalog_of(tmp_path, *photos)
    export(catalog, "--embed")
    assert rows(catalog, "SELECT content_hash, size, mtime_ns FROM photos ORDER BY path") == [
        (digest(photo), photo.stat().st_size, photo.stat().st_mtime_ns) for photo in photos
    ]
    with Catalog(catalog, mode="write") as opened:
        scan = Scan([tmp_path / "p"], opened)
        info = scan.info("cpu")
        for number in (1, 2):
            opened.update("pictures", number, {"fingerprint": info.fingerprint, "detection": info.detection})
        survey = scan.survey()
    assert (survey.photos, survey.unchanged) == (0, 2)
    assert survey.others[".jpg_original"] == 2


def test_names_follow_and_what_we_embedded_is_not_imported(tmp_path: Path) -> None:
    photo = make(tmp_path / "IMG.jpg")
    catalog = catalog_of(tmp_path, photo)
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1], name="Eve", author="me")
    export(catalog, "--embed", "--discard-originals")
    assert not Path(f"{photo}_original").exists()
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1], name="Eva", author="me")
    assert imported(catalog).stdout == ""
    assert "1 changed" in export(catalog, "--embed", "--discard-originals").stderr
    (region,) = exiftool(photo)[0]["RegionInfo"]["RegionList"]
    assert region["Name"] == "Eva"


def test_a_dry_run_changes_no_photo(tmp_path: Path) -> None:
    photo = make(tmp_path / "IMG.jpg")
    before = digest(photo)
    result = export(catalog_of(tmp_path, photo), "--embed", "--dry-run")
    assert "+++ " in result.stdout
    assert "People|Female" in result.stdout
    assert digest(photo) == before


def test_a_second_segment_of_xmp_stays_as_it_is(tmp_path: Path) -> None:
    long = "A" * 70_000
    photo = make(tmp_path / "IMG.jpg", *LIGHTROOM, f"-XMP-dc:Description={long}", f"-XMP-dc:Rights={long}")
    before = digest(photo)
    with Image.open(photo) as opened:
        assert [name for name, data in opened.applist if b"xmp/extension" in data] == ["APP1"] * 3
    catalog = catalog_of(tmp_path, photo)
    result = export(catalog, "--embed")
    assert "0 skipped" in result.stderr, result.stderr
    found = exiftool(photo)[0]
    assert (found["Description"], found["Rights"]) == (long, long)
    assert {"Age 25-32", "Female"} < {*found["Subject"]}
    assert found["RegionInfo"]["RegionList"]
    assert "1 unchanged" in export(catalog, "--embed").stderr
    export(catalog, "--embed", "--remove")
    assert digest(photo) == before


def test_what_is_in_the_second_segment_is_not_hidden(tmp_path: Path) -> None:
    """Two lists of keywords would be no valid XMP; and an XMP must not become too long."""
    photos = [make(tmp_path / name) for name in ("keywords.jpg", "full.jpg", "part.jpg")]
    change_with_exiftool(photos[0], *(f"-XMP-dc:Subject={number:04}{'x' * 60}" for number in range(1200)))
    with Image.open(photos[1]) as opened:
        opened.save(photos[1], exif=opened.getexif(), xmp=sidecar(f"<x:y xmlns:x='x'>{'A' * 65_000}</x:y>"))
    change_with_exiftool(photos[2], "-XMP-dc:Description=" + "A" * 70_000)
    photos[2].write_bytes(photos[2].read_bytes().replace(b"xmp/extension", b"xmp/exTension"))
    catalog = catalog_of(tmp_path, *photos)
    before = [digest(photo) for photo in photos]
    told = export(catalog, "--embed").stderr
    assert "its XMP has keywords or regions beyond its first segment: export a sidecar" in told
    assert "its XMP would not fit into one segment: export a sidecar" in told
    assert "its XMP is longer than one segment, and a part of it is missing: export a sidecar" in told
    assert [digest(photo) for photo in photos] == before


def test_what_cannot_be_embedded_is_a_reason_and_stays(tmp_path: Path) -> None:
    names = {"IMG.jpg": 6, "changed.jpg": 5}
    photos = [make_photo(tmp_path / name, orientation) for name, orientation in names.items()]
    raw = tmp_path / "IMG.CR2"
    raw.write_bytes(make_photo(tmp_path / "other.jpg", 8).read_bytes())
    catalog = catalog_of(tmp_path, *photos, raw)
    make_photo(photos[1], 3)
    before = {path: digest(path) for path in (*photos[1:], raw)}
    result = export(catalog, "--embed", "--strict")
    assert result.exit_code == 1
    for reason in ("camera raws other than DNG", "scan it again"):
        assert reason in result.stderr
    assert "2 skipped" in result.stderr
    assert {path: digest(path) for path in before} == before


FAKE = """#!{python}
import subprocess, sys
from PIL import Image
arguments = sys.argv[1:]
done = subprocess.run(["{real}", *arguments])
if "-overwrite_original" in arguments:
    copy = arguments[-1]
    {harm}
sys.exit(done.returncode)
"""


@pytest.mark.parametrize(("harm", "reason"), [
    ('Image.new("RGB", (80, 120)).save(copy, exif=Image.open(copy).getexif())', "has other pixels"),
    ('subprocess.run(["{real}", "-q", "-overwrite_original", "-EXIF:Artist=x", copy])', "has other tags: IFD0:Artist"),
    ('open(copy, "wb").write(b"")', "its pixels cannot be compared"),
    ('sys.exit("Error: disk is full - " + copy)', "ExifTool: disk is full"),
])  # fmt: skip
def test_a_copy_that_is_not_the_same_photo_is_not_used(
    tmp_path: Path, harm: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    real = shutil.which("exiftool")
    fake = tmp_path / "bin" / "exiftool"
    fake.parent.mkdir()
    fake.write_text(FAKE.format(python=sys.executable, real=real, harm=harm.replace("{real}", str(real))))
    fake.chmod(0o755)
    photo = make(tmp_path / "p" / "IMG.jpg")
    before = digest(photo)
    catalog = catalog_of(tmp_path, photo)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
    assert reason in export(catalog, "--embed").stderr
    assert digest(photo) == before
    assert os.listdir(tmp_path / "p") == ["IMG.jpg"]


def test_without_exiftool_it_says_what_to_install(tmp_path: Path) -> None:
    photo = make(tmp_path / "IMG.jpg")
    command = [
        sys.executable,
        "-m",
        "photogender",
        "export",
        "xmp",
        "--embed",
        "--catalog",
        str(catalog_of(tmp_path, photo)),
    ]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": "/nowhere"}
    )
    assert result.returncode == 1
    assert "Error: --embed needs ExifTool, which is not installed." in result.stderr
    assert "apt install libimage-exiftool-perl" in result.stderr


@pytest.mark.parametrize("options", [("--embed", "--sidecar-style", "auto"), ("--discard-originals",)])
def test_options_that_would_do_nothing_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert export(tmp_path / "catalog.db", *options).exit_code == 2


def test_the_embedded_packet_is_a_record_too(tmp_path: Path) -> None:
    photo = make(tmp_path / "IMG.jpg")
    export(catalog_of(tmp_path, photo), "--embed")
    with Image.open(photo) as opened:
        assert Packet(opened.info["xmp"]).texts("photogender:Written")
