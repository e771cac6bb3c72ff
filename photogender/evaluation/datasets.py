"""Labelled face pictures, and a split of them that is always the same."""

import hashlib
import math
import os
import re
import reprlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import DecodeError, PhotogenderError
from photogender.evaluation.label_list import read_list
from photogender.labels import OLDEST, Gender, true_group
from photogender.photos.faults import explained
from photogender.photos.formats import FORMATS, open_header

_Meaning = TypeVar("_Meaning")

Part = Literal["train", "validation", "test"]

PARTS: tuple[Part, ...] = ("train", "validation", "test")

LABELS = "labels.csv"
"""The file that lists a folder's pictures: columns ``file``, ``age``, ``gender`` (f, m), and perhaps ``race_code`` and
``person``."""

NEAR = 25
"""Number of the 256 bits in which two copies of one photo may differ. In UTKFace pairs are rarest at 25 to 27: below
are copies of one photo, saved again; above are different people who look alike, a third more with every bit."""

_TILE = 512
"""Pictures compared with as many others at once; takes 9 MB."""

_SHARES = (0.8, 0.9, 1.0)
"""The end of each part, between 0 and 1."""

_HASH_SIDE = 16

_GENDERS: dict[str, Gender] = {"f": "female", "female": "female", "m": "male", "male": "male"}

_RACES = {"0": "white", "1": "black", "2": "asian", "3": "indian", "4": "other"}
"""UTKFace's codes, in the words of its page, https://susanqq.github.io/UTKFace/."""

_LIST_HINT = "It needs the columns file, age (years) and gender (f or m); a cell is empty if its value is not known."

_UTKFACE = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_(?:(?P<race>[0-4])_)?\d+\.(?:jpg|jpeg|png)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """One picture of one face with its labels; None if not known."""

    path: str
    age: float | None = None
    """Years."""
    gender: Gender | None = None
    race: str | None = None
    """In the words of the data set."""
    group: str | None = None
    """One of ``AGE_GROUPS``; None also if the age is in none of them, see ``true_group``."""
    user: str | None = None
    """Owner of its album, if the data set gives it."""
    person: str | None = None
    """Whose face it is, if the data set gives it: a name that is the same in all pictures of its folder."""


def read_folder(folder: str) -> list[Example]:
    """The examples of a folder, from its ``labels.csv`` or otherwise from file names as in UTKFace; ordered by name.

    Args:
        folder: With ``labels.csv`` and the pictures next to it or in ``images/``; or with pictures named
            ``AGE_GENDER_RACE_DATE.jpg`` (gender 0 is male), at any depth; other files are ignored.

    Raises:
        PhotogenderError: There is no such folder, it has no examples, or its list cannot be used.
    """
    if not os.path.isdir(folder):
        raise PhotogenderError(f"{folder} is not a folder.", "Give the folder with the pictures.")
    table = os.path.join(folder, LABELS)
    examples = _read_table(folder, table) if os.path.isfile(table) else _read_names(folder)
    if not examples:
        hint = f"A folder of examples has a {LABELS} (file,age,gender) or files named as in UTKFace."
        raise PhotogenderError(f"There are no examples in {folder}.", hint)
    return sorted(examples, key=lambda example: example.path)


def read_examples(place: str) -> list[Example]:
    """The examples of a folder (``read_folder``), or of a list like ``labels.csv`` with any name.

    Raises:
        PhotogenderError: There is no such folder or file, it has no examples, or it cannot be used.
    """
    if not os.path.isfile(place):
        return read_folder(place)
    examples = _read_table(os.path.dirname(place), place)
    if not examples:
        raise PhotogenderError(
            f"There are no examples in {place}.", "It needs a line for each picture: file,age,gender."
        )
    return sorted(examples, key=lambda example: example.path)


def _read_table(folder: str, table: str) -> list[Example]:
    pictures = os.path.join(folder, "images")
    pictures = pictures if os.path.isdir(pictures) else folder

    def parse(cells: dict[str, str]) -> Example:
        if not cells["file"]:
            raise ValueError("it names no file")
        age = _age(cells["age"]) if cells["age"] else None
        gender = _chosen(_GENDERS, cells["gender"].lower(), "gender") if cells["gender"] else None
        race = _chosen(_RACES, code, "race_code") if (code := cells.get("race_code")) else None
        path = os.path.join(pictures, cells["file"])
        return replace(_example(path, age, gender, race), person=cells.get("person") or None)

    return read_list(table, ("file", "age", "gender"), parse, _LIST_HINT)


def _age(text: str) -> float:
    try:
        age = float(text)
    except ValueError:
        age = math.nan
    if not 0 <= age <= OLDEST:
        raise ValueError(f"the age {reprlib.repr(text)} is not a number from 0 to {OLDEST}")
    return age


def _chosen(meanings: Mapping[str, _Meaning], text: str, column: str) -> _Meaning:
    if text not in meanings:
        raise ValueError(f"the {column} {reprlib.repr(text)} is not one of {', '.join(meanings)}")
    return meanings[text]


def _read_names(folder: str) -> list[Example]:
    examples = []
    for place, _, names in os.walk(folder):
        for name in names:
            # Some copies of UTKFace name the aligned pictures NAME.jpg.chip.jpg.
            found = _UTKFACE.fullmatch(re.sub(r"\.jpg\.chip\.jpg$", ".jpg", name))
            if found and float(found["age"]) <= OLDEST:
                race = _RACES[found["race"]] if found["race"] else None
                gender: Gender = "male" if found["gender"] == "0" else "female"
                examples.append(_example(os.path.join(place, name), float(found["age"]), gender, race))
    return examples


def _example(path: str, age: float | None, gender: Gender | None, race: str | None) -> Example:
    return Example(path, age, gender, race, None if age is None else true_group(age))


def split(examples: Sequence[Example]) -> dict[Part, list[Example]]:
    """Training, validation and test part, 80, 10 and 10 %, by the content of the files alone.

    The smallest SHA-256 among the pictures of a person, or among a picture and its near copies (``near_copies``),
    decides, so that all of them are in one part; names, folders and order do not matter.

    Raises:
        PhotogenderError: A picture cannot be read.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        hashes = list(pool.map(_hashes, [example.path for example in examples]))
    people = [example.person and f"{os.path.dirname(example.path)}\0{example.person}" for example in examples]
    groups = near_copies(np.array([perceptual for _, perceptual in hashes], np.uint64).reshape(-1, 4), people)
    deciding: dict[int, str] = {}
    for group, (digest, _) in zip(groups, hashes, strict=True):
        deciding[group] = min(digest, deciding.get(group, digest))
    parts: dict[Part, list[Example]] = {part: [] for part in PARTS}
    for group, example in zip(groups, examples, strict=True):
        parts[part_of(deciding[group])].append(example)
    return parts


def part_of(sha256: str) -> Part:
    """The part for this SHA-256 (hexadecimal): 80, 10 and 10 % of all hashes."""
    place = int(sha256[:16], 16) / 2**64
    return next(part for part, end in zip(PARTS, _SHARES, strict=True) if place < end or part == PARTS[-1])


def near_copies(hashes: NDArray[np.uint64], people: Sequence[str | None] = ()) -> list[int]:
    """Groups of pictures that are copies of one photo, or show one person.

    Two are in one group if their hashes differ in at most ``NEAR`` bits, if they are of one person, or if a chain of
    such pairs connects them.

    Args:
        hashes: n × 4, as ``perceptual_hash`` gives them.
        people: Who is in each, if that is known.

    Returns:
        n numbers: for each picture the index of the first one in its group.
    """
    parent = list(range(len(hashes)))

    def first(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    earliest: dict[str, int] = {}
    for index, person in enumerate(people):
        if person:
            parent[index] = earliest.setdefault(person, index)
    # In tiles, so that memory does not grow with the number of pictures.
    for top, left in product(range(0, len(hashes), _TILE), repeat=2):
        if left < top:
            continue
        differing = hashes[top : top + _TILE, None] ^ hashes[None, left : left + _TILE]
        bits = np.bitwise_count(differing).sum(-1, dtype=np.uint16)
        # Only pairs that are not in one group yet: of many copies of one photo nearly all pairs are near.
        rows, columns = (np.array(list(map(first, range(len(hashes))[at : at + _TILE]))) for at in (top, left))
        for row, column in np.argwhere((bits <= NEAR) & (rows[:, None] != columns)).tolist():
            low, high = sorted((first(top + row), first(left + column)))
            parent[high] = low
    return [first(index) for index in range(len(hashes))]


def perceptual_hash(pixels: Image.Image) -> NDArray[np.uint64]:
    """A hash of 256 bits as four numbers: whether each of 16 × 16 cells is darker than its right neighbour.

    The difference hash of N. Krawetz, "Kind of Like That" (2013), with 16 instead of 8 cells a side: aligned
    faces are so similar that 64 bits cannot tell them from copies.
    """
    small = pixels.convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small).astype(np.int16)
    return cast(NDArray[np.uint64], np.packbits(grey[:, 1:] > grey[:, :-1]).view(np.uint64))


def _hashes(path: str) -> tuple[str, NDArray[np.uint64]]:
    try:
        with explained(), open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            with open_header(file, FORMATS) as picture:
                picture.draft("L", (64, 64))
                return digest, perceptual_hash(picture)
    except DecodeError as error:
        message = f"{path} cannot be read: {error.message}."
        raise PhotogenderError(message, "Remove it from the list of examples.") from error
