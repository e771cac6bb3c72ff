"""Files out of archives that are sound, damaged and hostile."""

import hashlib
import io
import os
import random
import stat
import zipfile
from pathlib import Path

import pytest

from photogender.errors import ModelError
from photogender.model_tools.unpack import member, write_checked

DATA = random.Random(2).randbytes(100_000)


def packed(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def take(archive: Path, target: Path, name: str = "x.onnx", data: bytes = DATA) -> None:
    digest = hashlib.sha256(data).hexdigest()
    with member(archive, name) as stream:
        write_checked(stream, target, sha256=digest, size=len(data), origin=f"{name} in {archive}")
    assert target.read_bytes() == data


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "to").mkdir()
    return tmp_path / "to" / "x.onnx"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["x.onnx", "pack/x.onnx", "/etc/x.onnx", "../../x.onnx"])
def test_only_the_wanted_file_comes_out_wherever_it_says_it_is(
    tmp_path: Path, target: Path, name: str, method: int
) -> None:
    archive = packed(
        tmp_path / "a.zip", {"../evil": b"1", "y.onnx": b"2", name: DATA, "__MACOSX/._x.onnx": b"3"}, method
    )
    take(archive, target)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["a.zip", "to", "to/x.onnx"]


def test_a_bomb_is_left_when_it_grows_beyond_what_was_promised(tmp_path: Path, target: Path) -> None:
    archive = packed(tmp_path / "a.zip", {"x.onnx": bytes(300_000_000)})
    assert archive.stat().st_size < 1_000_000
    with pytest.raises(ModelError, match=r"not the file it should be \(longer, expected 100,000"):
        take(archive, target)
    assert os.listdir(target.parent) == []


def test_what_does_not_end_is_left(target: Path) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, most: int = -1, /) -> bytes:
            assert most > 0
            self.given += most
            assert self.given < 10_000_000
            return bytes(most)

    with pytest.raises(ModelError, match=r"endless is not the file it should be \(longer"):
        write_checked(Endless(), target, sha256="0" * 64, size=100, origin="endless")
    assert os.listdir(target.parent) == []


def test_a_link_is_not_followed(tmp_path: Path, target: Path) -> None:
    link = zipfile.ZipInfo("x.onnx")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ModelError, match=r"a\.zip holds only a link called x\.onnx"):
        take(tmp_path / "a.zip", target)


def test_an_archive_without_the_file_or_with_two(tmp_path: Path, target: Path) -> None:
    with pytest.raises(ModelError, match=r"does not hold x\.onnx"):
        take(packed(tmp_path / "a.zip", {"y.onnx": DATA, "x.onnx/": b""}), target)
    with pytest.raises(ModelError, match=r"holds 2 files called x\.onnx"):
        take(packed(tmp_path / "b.zip", {"a/x.onnx": DATA, "b/x.onnx": DATA}), target)
    assert os.listdir(target.parent) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_leaves_what_was_there(tmp_path: Path, target: Path, method: int) -> None:
    content = bytearray(packed(tmp_path / "a.zip", {"x.onnx": DATA}, method).read_bytes())
    content[20_000:20_100] = bytes(100)
    target.write_bytes(b"before")
    for number, damaged in enumerate((content, content[:50_000], b"PK\x03\x04" * 100, b"")):
        archive = tmp_path / f"{number}.zip"
        archive.write_bytes(damaged)
        with pytest.raises(ModelError, match=r"cannot be (unpacked|read)|not the file it should be"):
            take(archive, target)
    assert target.read_bytes() == b"before"
    assert os.listdir(target.parent) == ["x.onnx"]


def test_an_encrypted_archive_is_a_sentence(tmp_path: Path, target: Path) -> None:
    content = bytearray(packed(tmp_path / "a.zip", {"x.onnx": DATA}).read_bytes())
    content[6] |= 1  # of the local header; the other is of the central directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot be unpacked: .*password"):
        take(tmp_path / "a.zip", target)


def test_a_file_that_is_another_leaves_what_was_there(tmp_path: Path, target: Path) -> None:
    target.write_bytes(b"before")
    for wrong in (DATA[:-1], DATA + b"x", bytes(len(DATA))):
        with pytest.raises(ModelError, match=r"not the file it should be \(.*Nothing was installed"):
            take(packed(tmp_path / "a.zip", {"x.onnx": wrong}), target)
    assert target.read_bytes() == b"before"
    assert os.listdir(target.parent) == ["x.onnx"]
