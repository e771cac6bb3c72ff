"""Examples from a list or from file names, and the split, which depends only on content."""

import os
import random
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from photogender.errors import PhotogenderError
from photogender.evaluation.datasets import (
    NEAR,
    PARTS,
    Example,
    near_copies,
    part_of,
    perceptual_hash,
    read_folder,
    split,
)
from photogender.labels import AGE_GROUPS, age_group, true_group


def picture(seed: int) -> Image.Image:
    """A smooth random picture, 96 × 96."""
    pixels = np.random.default_rng(seed).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((96, 96), Image.Resampling.BICUBIC)


def test_true_groups_are_the_papers() -> None:
    expected = {0: "0-2", 2: "0-2", 2.9: "0-2", 3: None, 4: "4-6", 7: None, 12: "8-12", 13: None, 14: None, 20: "15-20"}
    expected |= {21: None, 25: "25-32", 33: None, 38: "38-43", 44: None, 53: "48-53", 59: None, 60: "60-", 116: "60-"}
    assert {years: true_group(years) for years in expected} == expected


@given(st.floats(0, 120))
def test_a_true_group_is_also_the_nearest(years: float) -> None:
    assert true_group(years) in (None, age_group(years))


def test_a_labels_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,age,gender,race_code\nb.jpg,30,f,2\na.jpg,,,\nc.jpg,33,M,\n")
    assert read_folder(str(tmp_path)) == [
        Example(str(tmp_path / "a.jpg")),
        Example(str(tmp_path / "b.jpg"), 30.0, "female", "asian", "25-32"),
        Example(str(tmp_path / "c.jpg"), 33.0, "male"),
    ]
    (tmp_path / "images").mkdir()
    assert read_folder(str(tmp_path))[0].path == str(tmp_path / "images" / "a.jpg")


BAD_LINES = {
    "b.jpg,thirty,f,0": "the age 'thirty' is not a number from 0 to 130",
    "b.jpg,nan,f,0": "the age 'nan' is not a number",
    "b.jpg,-500,f,0": "the age '-500' is not a number",
    "b.jpg,131,f,0": "the age '131' is not a number",
    "b.jpg,1e999,f,0": "the age '1e999' is not a number",
    "b.jpg,30,x,0": "the gender 'x' is not one of f, female, m, male",
    "b.jpg,30,f,9": "the race_code '9' is not one of 0, 1, 2, 3, 4",
    "b.jpg,30,f,-1": "the race_code '-1' is not one of",
    ",30,f,0": "it names no file",
    "b.jpg,30": "it has too few columns",
    "b.jpg,30,f,0,more": "it has too many columns",
    "b\0.jpg,30,f,0": "",
    "b.jpg,30,f,0\r" + "x" * 200_000: "field larger than field limit",
}


@pytest.mark.parametrize(("line", "fault"), BAD_LINES.items(), ids=[line[:20] for line in BAD_LINES])
def test_a_bad_labels_file_is_refused_by_line(tmp_path: Path, line: str, fault: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(f"file,age,gender,race_code\na.jpg,1,m,0\n{line}\n", newline="")
    with pytest.raises(PhotogenderError, match=rf"labels\.csv, line 3, cannot be used: .*{re.escape(fault)}") as found:
        read_folder(str(tmp_path))
    assert "columns file, age" in found.value.hint


def test_a_labels_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes("file,age,gender\na.jpg,30,f\n".encode("utf-16"))
    with pytest.raises(PhotogenderError, match=r"labels\.csv cannot be read: it is not text in UTF-8"):
        read_folder(str(tmp_path))
    table.write_text("name,age,gender\na.jpg,30,f\n")
    with pytest.raises(PhotogenderError, match=r"labels\.csv has no column file"):
        read_folder(str(tmp_path))


def test_a_labels_file_without_line_breaks_takes_little_memory(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,age,gender\n" + "a.jpg," * 10_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(PhotogenderError, match=r"labels\.csv, line 2, cannot be used: it has too many columns"):
            read_folder(str(tmp_path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40e6


def test_names_that_are_not_utf_8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"Zo\xeb.png")
    picture(1).save(os.path.join(tmp_path, name), "PNG")
    (tmp_path / "labels.csv").write_bytes(b"file,age,gender\nZo\xeb.png,30,f\n")
    (example,) = read_folder(str(tmp_path))
    assert example == Example(os.path.join(str(tmp_path), name), 30.0, "female", None, "25-32")
    assert sum(len(part) for part in split([example]).values()) == 1


def test_names_of_utkface_are_read(tmp_path: Path) -> None:
    names = ["1_0_0_20161219140623097.jpg", "61_1_20170109142408075.jpg", "9_1_4_2017.jpg.chip.jpg"]
    for name in [*names, "IMG_1.jpg", "200_5_0_1.jpg", "131_1_0_1.jpg"]:
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / name).touch()
    found = [(os.path.basename(e.path), e.age, e.gender, e.race, e.group) for e in read_folder(str(tmp_path))]
    assert found == [
        (names[0], 1.0, "male", "white", "0-2"),
        (names[1], 61.0, "female", None, "60-"),
        (names[2], 9.0, "female", "other", "8-12"),
    ]


def test_no_folder_and_no_examples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotogenderError, match="not a folder"):
        read_folder(str(tmp_path / "no"))
    with pytest.raises(PhotogenderError, match="no examples"):
        read_folder(str(tmp_path))


@given(st.integers(0, 2**256 - 1))
def test_parts_follow_the_hash(number: int) -> None:
    place = number / 2**256
    expected = "train" if place < 0.8 else "validation" if place < 0.9 else "test"
    if min(abs(place - 0.8), abs(place - 0.9)) > 1e-15:
        assert part_of(f"{number:064x}") == expected


def test_the_last_hash_of_all_has_a_part() -> None:
    assert part_of("f" * 64) == "test"


@given(st.lists(st.integers(0, 2**256 - 1), max_size=30), st.randoms())
def test_near_copies_are_the_chains_of_near_pairs(numbers: list[int], rng: random.Random) -> None:
    for number in list(numbers):  # a chain: each differs from the last by the most that still counts
        for _ in range(rng.randrange(3)):
            number ^= sum(1 << bit for bit in rng.sample(range(256), NEAR))
            numbers.append(number)
    hashes = np.array([np.frombuffer(number.to_bytes(32, "big"), np.uint64) for number in numbers]).reshape(-1, 4)
    groups = near_copies(hashes)
    together = [{index} for index in range(len(numbers))]
    for one, a in enumerate(numbers):
        for other, b in enumerate(numbers):
            if (a ^ b).bit_count() <= NEAR:
                joined = together[one] | together[other]
                for index in joined:
                    together[index] = joined
    assert groups == [min(group) for group in together]


def test_near_copies_of_many_pictures_take_little_memory() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**64, (20_000, 4), np.uint64)
    hashes[19_999] = hashes[0] ^ np.uint64(1)
    tracemalloc.start()
    try:
        groups = near_copies(hashes)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert groups == [*range(19_999), 0]
    assert peak < 20e6


def test_hashes_of_copies_are_near_and_others_are_not() -> None:
    original = picture(1)
    copies = [
        original.resize((60, 60), Image.Resampling.BILINEAR),
        ImageEnhance.Brightness(original).enhance(0.8),
        original.convert("L"),
    ]
    bits = [int(np.bitwise_count(perceptual_hash(original) ^ perceptual_hash(each)).sum()) for each in copies]
    assert max(bits) <= NEAR
    assert int(np.bitwise_count(perceptual_hash(original) ^ perceptual_hash(picture(2))).sum()) > NEAR


def test_the_split_depends_on_content_alone(tmp_path: Path) -> None:
    examples = []
    for index in range(300):
        path = tmp_path / f"{index}.jpg"
        picture(index).save(path)
        examples.append(Example(str(path)))
        if index < 60:
            copy = tmp_path / f"copy of {index}.jpg"
            picture(index).save(copy, quality=60)
            examples.append(Example(str(copy)))
    parts = split(examples)
    where = {example.path: part for part in PARTS for example in parts[part]}
    assert len(where) == 360
    assert sum(len(parts[part]) for part in PARTS) == 360
    assert all(where[str(tmp_path / f"{i}.jpg")] == where[str(tmp_path / f"copy of {i}.jpg")] for i in range(60))
    assert 0.7 < len(parts["train"]) / 360 < 0.9
    assert min(len(parts["validation"]), len(parts["test"])) > 15

    random.Random(1).shuffle(examples)
    renamed = []
    for index, example in enumerate(examples):
        os.rename(example.path, tmp_path / f"z{index}")
        renamed.append(Example(str(tmp_path / f"z{index}")))
    again = {example.path: part for part, each in split(renamed).items() for example in each}
    assert [again[new.path] for new in renamed] == [where[old.path] for old in examples]


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    with pytest.raises(PhotogenderError, match=r"bad\.jpg cannot be read"):
        split([Example(str(tmp_path / "bad.jpg"))])
    picture(1).save(tmp_path / "bad.png")
    content = bytearray((tmp_path / "bad.png").read_bytes())
    content[8:12] = bytes([0, 0, 0, 1])  # the length of the header, for which Pillow has a ValueError
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(PhotogenderError, match=r"bad\.png cannot be read"):
        split([Example(str(tmp_path / "bad.png"))])


@pytest.mark.shared
@pytest.mark.slow
def test_the_split_of_utkface_stays_the_same(shared: Path) -> None:
    examples = read_folder(str(shared / "data" / "utkface"))
    assert len(examples) == 20_776
    parts = split(examples)
    assert [len(parts[part]) for part in PARTS] == [16_866, 1_942, 1_968]
    assert {example.group for example in examples} == {None, *AGE_GROUPS}
