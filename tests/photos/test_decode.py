"""Decoding: every format, upright, at the scale asked for; every kind of damage with a reason."""

import io
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photogender.errors import DecodeError
from photogender.photos import memory
from photogender.photos.faults import explained
from photogender.photos.file import open_photo
from photogender.photos.formats import MAX_PIXELS
from photogender.photos.jpeg import NEAR_ENOUGH, draft_scale
from tests.support.badfiles import ORIENTATIONS, encode, make_bad_files, oriented
from tests.support.dng import make_dng
from tests.support.photo_files import decode, photo, write
from tests.support.photos import face


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures, 0 to 255."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other.convert("RGB"), np.int16)).mean())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "HEIF", "AVIF"])
def test_formats_are_told_by_content(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, "misnamed.gif", encode(face(), form))
    image = decode(path)
    assert image.facts.format == form
    assert (image.facts.width, image.facts.height) == (300, 300)
    assert image.pixels.mode == "RGB"
    assert difference(image.pixels, face()) < 6


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_every_orientation_comes_out_upright(tmp_path: Path, form: str, orientation: int) -> None:
    upright = face().resize((320, 240)).crop((0, 0, 320, 200))
    path = write(tmp_path, "turned", oriented(upright, orientation, form))
    for long_side in (None, 160):
        image = decode(path, long_side)
        assert (image.facts.width, image.facts.height) == (320, 200)
        assert difference(image.pixels.resize((320, 200)), upright) < 12
    assert decode(path, 160).pixels.size == (160, 100)


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["landscape", "portrait"])
def test_real_orientation_samples_look_the_same(shared: Path, kind: str) -> None:
    folder = shared / "data" / "bad" / "exif-samples" / "jpg" / "orientation"
    pictures = [decode(path).pixels for path in sorted(folder.glob(f"{kind}_*.jpg"))]
    assert len(pictures) > 5
    for picture in pictures[1:]:  # alike but for a number in the middle; a wrong turn makes it 40 or more
        assert picture.size == pictures[0].size
        assert difference(picture.resize((60, 60)), pictures[0].resize((60, 60))) < 20


def test_a_jpeg_comes_at_the_smallest_scale_that_serves(tmp_path: Path) -> None:
    path = write(tmp_path, "phone.jpg", encode(face().resize((4032, 3024)), "JPEG"))
    with open_photo(photo(path)) as file:
        sizes = [file.decode(side).pixels.size for side in (512, 1000, 1008, 1100, 2100, None)]
    assert sizes == [(504, 378), (1008, 756), (1008, 756), (2016, 1512), (4032, 3024), (4032, 3024)]


@given(st.integers(1, 60_000), st.integers(1, 10_000))
def test_the_scale_serves_and_no_smaller_one_does(long_side: int, wanted: int) -> None:
    shrink = draft_scale(long_side, wanted)
    assert shrink in (1, 2, 4, 8)
    assert shrink == 1 or -(-long_side // shrink) >= wanted * NEAR_ENOUGH
    assert shrink == 8 or -(-long_side // (2 * shrink)) < wanted * NEAR_ENOUGH


def test_another_format_is_decoded_once_and_reduced(tmp_path: Path) -> None:
    path = write(tmp_path, "scan.png", encode(face().resize((2000, 1500)), "PNG"))
    with open_photo(photo(path)) as file:
        assert file.decode(500).pixels.size == (500, 375)
        os.truncate(path, 100)
        assert file.decode().pixels.size == (2000, 1500)


def test_a_multi_picture_jpeg_is_its_first_picture(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    face().resize((1200, 1200)).save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (600, 600))])
    image = decode(write(tmp_path, "phone.jpg", buffer.getvalue()), 300)
    assert image.facts.format == "JPEG"
    assert image.pixels.size == (300, 300)
    assert difference(image.pixels, face()) < 8


def test_depth_and_transparency(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    path = write(tmp_path, "ramp.png", encode(Image.fromarray(ramp), "PNG"))
    values = np.asarray(decode(path).pixels)[..., 0].ravel()
    assert values[0] == 0
    assert values[-1] == 255
    assert abs(int(values[len(values) // 2]) - 127) <= 1
    clear = Image.new("RGBA", (20, 20), (200, 0, 0, 0))
    assert decode(write(tmp_path, "clear.png", encode(clear, "PNG"))).pixels.getpixel((5, 5)) == (255, 255, 255)


def test_date_and_camera(tmp_path: Path) -> None:
    def facts(tags: dict[int, str], exif_tags: dict[int, str]) -> tuple[str | None, str | None]:
        exif = Image.Exif()
        exif.update(tags)
        exif.get_ifd(0x8769).update(exif_tags)
        image = decode(write(tmp_path, "dated.jpg", encode(face(), "JPEG", exif=exif)))
        return image.facts.taken, image.facts.camera

    date, original, make, model = 306, 36867, 271, 272
    assert facts({date: "2020:01:01 00:00:00"}, {original: "2019:07:04 12:30:59"})[0] == "2019-07-04T12:30:59"
    assert facts({date: "2020:01:01 00:00:00"}, {original: "0000:00:00 00:00:00"})[0] is None  # the last edit
    assert facts({date: "yesterday"}, {}) == (None, None)
    assert facts({make: "NIKON CORPORATION", model: "NIKON D70"}, {})[1] == "NIKON D70"
    assert facts({make: "Canon\0\0", model: " EOS  40D "}, {})[1] == "Canon EOS 40D"
    assert facts({make: "Canon"}, {})[1] == "Canon"


def test_broken_exif_does_not_lose_the_photo(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    content = encode(face(), "JPEG", exif=exif)
    at = content.index(b"Exif\0\0") + 10
    for damage in (b"\xff" * 8, b"\0" * 8, b"\x7f\xff\xff\xff" * 2):
        image = decode(write(tmp_path, "odd.jpg", content[:at] + damage + content[at + 8 :]))
        assert image.pixels.size == (300, 300)


def test_every_bad_file_decodes_or_says_why(tmp_path: Path) -> None:
    for name, reason in make_bad_files(tmp_path, face()).items():
        path = os.path.join(tmp_path, name)
        if name in ("pipe.jpg", "dangling.jpg"):
            continue
        if reason is None:
            assert decode(path).pixels.size == (300, 300), name
            continue
        with pytest.raises(DecodeError) as caught:
            decode(path)
        assert reason in caught.value.message, name
        assert caught.value.stage == "decode"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_camera_raw_is_its_preview_upright(tmp_path: Path, orientation: int) -> None:
    upright = face().resize((320, 240)).crop((0, 0, 320, 200))
    turn = ORIENTATIONS[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    # Some cameras repeat the orientation in the preview, some say there that it needs no turn. LibRaw writes an
    # EXIF of its own unless there is one right at the start, where Pillow puts 18 bytes of JFIF.
    for exif in (b"", _orientation_exif(orientation), _orientation_exif(1)):
        preview = encode(stored, "JPEG", exif=exif)
        preview = preview[:2] + preview[20:] if exif else preview
        path = write(tmp_path, "IMG.DNG", make_dng(preview, stored.size, orientation))
        image = decode(path)
        assert (image.facts.format, image.facts.width, image.facts.height) == ("RAW", 320, 200)
        assert difference(image.pixels, upright) < 6


def test_a_camera_raw_without_the_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "IMG.dng", make_dng(encode(face(), "JPEG"), (300, 300), 1))
    monkeypatch.setitem(sys.modules, "rawpy", None)
    with pytest.raises(DecodeError, match=r"pip install 'photogender\[raw\]'"):
        decode(path)


def test_a_damaged_camera_raw_and_a_jpeg_called_one(tmp_path: Path) -> None:
    whole = make_dng(encode(face(), "JPEG"), (300, 300), 1)
    with pytest.raises(DecodeError, match="camera raw"):
        decode(write(tmp_path, "cut.nef", whole[:500]))
    assert decode(write(tmp_path, "misnamed.nef", encode(face(), "JPEG"))).facts.format == "JPEG"


@pytest.mark.parametrize(("side", "told"), [(60_000, "more than 512"), (17_000, "289")])
def test_a_camera_raws_preview_has_the_same_limit(tmp_path: Path, side: int, told: str) -> None:
    claim = struct.pack(">HH", side, side)
    preview = encode(face(), "JPEG").replace(struct.pack(">HH", 300, 300), claim, 1)
    with pytest.raises(DecodeError, match=f"{told} megapixels; photogender reads up to 256") as caught:
        decode(write(tmp_path, "IMG.dng", make_dng(preview, (side, side), 1)))
    assert caught.value.stage == "decode"


def test_an_impossible_place_in_a_damaged_tiff_is_no_fault_of_the_drive(tmp_path: Path) -> None:
    directory_at = b"II+\0" + struct.pack("<HHQ", 8, 0, 2**63 - 1)  # BigTIFF: beyond what a file system has
    with pytest.raises(DecodeError) as caught:
        decode(write(tmp_path, "a.tif", directory_at + bytes(100)))
    assert caught.value.stage == "decode"


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    path = write(tmp_path, "a.jpg", encode(face(), "JPEG"))
    monkeypatch.setattr("photogender.photos.file.upright_rgb", fail)
    with pytest.raises(DecodeError, match="not enough memory"):
        decode(path)


def _orientation_exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes()


@pytest.mark.shared
def test_real_oddities(shared: Path) -> None:
    bad = shared / "data" / "bad"
    whole = decode(bad / "heif" / "heif_special" / "200MP.heic", 1000)
    assert whole.facts.width * whole.facts.height == 199_756_800
    assert decode(bad / "heif" / "heif_special" / "xiaomi.heic").facts.format == "HEIF"
    assert decode(bad / "exif-samples" / "jpg" / "Canon_40D.jpg").facts.camera == "Canon EOS 40D"
    with pytest.raises(DecodeError, match="damaged"):
        decode(bad / "heif" / "heif_corrupted" / "corrupted.heic")


def test_what_changes_vanishes_or_turns_into_a_pipe(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jpg", encode(face(), "JPEG"))
    before = photo(path)
    with open_photo(before) as file:
        file.decode()
        with path.open("ab") as more:
            more.write(b"more")
        with pytest.raises(DecodeError, match="changed while it was read"):
            file.check_unchanged()
    before = photo(path)
    with open_photo(before) as file:
        os.utime(path, ns=(0, before.mtime_ns + 1_000_000))  # the size is the same
        with pytest.raises(DecodeError, match="changed while it was read"):
            file.check_unchanged()
    path.unlink()
    with pytest.raises(DecodeError, match="gone") as caught, open_photo(before):
        pass
    assert caught.value.stage == "read"
    os.mkfifo(path)
    with pytest.raises(DecodeError, match="no longer a regular file"), open_photo(before):
        pass


def test_nothing_reaches_stderr(tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    make_bad_files(folder, face())
    command = [sys.executable, "-m", "photogender", "scan", folder, "--quiet", "--catalog", tmp_path / "c.db"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stderr == ""


def test_big_pictures_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photogender.photos.memory.ONE_AT_A_TIME", 1000)
    path = write(tmp_path, "big.png", encode(face(), "PNG"))
    second = threading.Thread(target=decode, args=(path,))
    with open_photo(photo(path)) as file:
        file.decode()
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
        file.decode()
    second.join(timeout=10)
    assert not second.is_alive()


def test_the_limit_keeps_an_applications_own(tmp_path: Path) -> None:
    program = (
        "from PIL import Image; Image.MAX_IMAGE_PIXELS = {}\n"
        "import photogender.photos.file; print(Image.MAX_IMAGE_PIXELS)"
    )
    for own, kept in ((None, None), (10, MAX_PIXELS), (10**9, 10**9)):
        result = subprocess.run([sys.executable, "-c", program.format(own)], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == str(kept)


def test_a_png_is_decoded_once_and_a_big_one_not_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL.PngImagePlugin import PngImageFile

    path = write(tmp_path, "a.png", encode(face(), "PNG"))
    monkeypatch.setattr("photogender.photos.memory.ONE_AT_A_TIME", 1000)
    held, load = [], PngImageFile.load_prepare

    def watched(image: PngImageFile) -> None:
        held.append(memory._big_picture.locked())
        load(image)

    monkeypatch.setattr(PngImageFile, "load_prepare", watched)
    decode(path, 100)
    assert held == [True]


@pytest.mark.filterwarnings("error")
def test_deep_greys_are_scaled_by_what_they_hold(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    hole = ramp.copy()
    hole[0, 0] = np.nan
    for name, values in (("12.png", (ramp * 4095).astype(np.uint16)), ("float.tif", ramp), ("hole.tif", hole)):
        path = write(tmp_path, name, encode(Image.fromarray(values), "PNG" if name.endswith("png") else "TIFF"))
        shown = np.asarray(decode(path).pixels)
        assert (shown.min(), shown.max()) == (0, 255), name


def test_libtiff_never_maps_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tif", encode(face(), "TIFF", compression="tiff_lzw"))
    with open_photo(photo(path)) as file:
        file.facts  # noqa: B018
        with open(path, "r+b") as shrinking:  # once mapped, this would end the process
            shrinking.truncate(100)
        assert difference(file.decode().pixels, face()) == 0
        with pytest.raises(DecodeError, match="changed"):
            file.check_unchanged()


def test_a_mistake_in_our_own_code_is_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jpg", encode(face(), "JPEG"))
    with open_photo(photo(path)) as file, pytest.raises(TypeError):
        file.decode("640")  # type: ignore[arg-type]
    with open_photo(photo(path)._replace(size="1")) as file, pytest.raises(TypeError):  # type: ignore[arg-type]
        file.decode()


@pytest.mark.parametrize("error", [TypeError, AttributeError, KeyError, IndexError, AssertionError, ValueError])
def test_any_error_of_another_library_is_damage(error: type[Exception]) -> None:
    def plugin() -> None:
        raise error("as Pillow does")

    with pytest.raises(DecodeError, match="as Pillow does"), explained():
        plugin()
