"""The Adience benchmark: its five fold lists, what their labels mean, and its splits.

Eidinger, Enbar & Hassner (2014), "Age and gender estimation of unfiltered faces", IEEE TIFS 9(12). The
lists are ``fold_0_data.txt`` to ``fold_4_data.txt``, with a line for each face: owner of the album, photo, number of
the person, age label, gender, box. The aligned faces are in ``aligned/`` in the same folder. No owner
is in two lists. Of 19,487 lines, 117 repeat an earlier one, which leaves 19,370 faces.

"Ours" and "as published" (Levi & Hassner's ``create_train_val_txt_files.py``) treat labels and lists differently:

====================  =====================================  ==============================================
lists                 ours                                   as published
====================  =====================================  ==============================================
age                   the eight labels, and every label      the eight labels: 17,424 lines
                      whose years are all in one group:
                      17,534 faces
``(25, 23)``          25-32, of which it is a misprint       dropped (the script tries to correct it, but
                                                             compares with ``(25 23)``)
35, 13, (8, 23), ...  dropped: in no group, or in several    dropped
gender                f, m; ``u`` and empty are unknown      the same: 17,603 lines
repeated lines        count once                             count each time
validation            whole owners of the four other         a random tenth of the faces of the four other
                      lists, at most a tenth of their faces  lists, whose owners are in training as well
training              the rest                               the rest except one face, which is in neither
====================  =====================================  ==============================================

The published script draws without a seed, so its rule can be repeated, but not its draw.
"""

import csv
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from photogender.errors import PhotogenderError
from photogender.evaluation.datasets import Example
from photogender.evaluation.label_list import read_list
from photogender.labels import AGE_GROUPS, Gender

FOLDS = 5

VALIDATION_SHARE = 10
"""One in this many of the faces that are not in the test fold is for validation."""

_AGES = dict(
    zip(
        ("(0, 2)", "(4, 6)", "(8, 12)", "(15, 20)", "(25, 32)", "(38, 43)", "(48, 53)", "(60, 100)"),
        AGE_GROUPS,
        strict=True,
    )
)

_CORRECTED = {
    "(25, 23)": "25-32",
    "2": "0-2",
    "29": "25-32",
    "32": "25-32",
    "(27, 32)": "25-32",
    "42": "38-43",
    "(38, 42)": "38-43",
}

_GENDERS: dict[str, Gender] = {"f": "female", "m": "male"}

_COLUMNS = ("user_id", "original_image", "face_id", "age", "gender")


class _Tabs(csv.excel_tab):
    quoting = csv.QUOTE_NONE


@dataclass(frozen=True, slots=True)
class ListedFace:
    """One line of a fold list, as it is in the file."""

    user: str
    """Owner of the Flickr album, whose faces are all in one fold."""
    image: str
    face_id: str
    """Number of the person in the benchmark."""
    age_label: str
    gender_label: str

    @property
    def picture(self) -> str:
        """Path of its aligned picture, relative to the benchmark's folder."""
        return os.path.join("aligned", self.user, f"landmark_aligned_face.{self.face_id}.{self.image}")

    @property
    def gender(self) -> Gender | None:
        """None if the list does not give it."""
        return _GENDERS.get(self.gender_label)

    def age_group(self, published: bool = False) -> str | None:
        """One of ``AGE_GROUPS``; None if the label is in none, or (``published``) if the original script drops it."""
        found = _AGES.get(self.age_label)
        return found if found or published else _CORRECTED.get(self.age_label)


Lists = tuple[tuple[ListedFace, ...], ...]
"""The faces of each fold list, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One of the five rounds: faces for training, for deciding when to stop, and for the test."""

    train: tuple[ListedFace, ...]
    validation: tuple[ListedFace, ...]
    test: tuple[ListedFace, ...]


def read_lists(folder: str) -> Lists:
    """The five fold lists of a benchmark's folder.

    Raises:
        PhotogenderError: A list is missing, lacks a column, or has a line that cannot be used.
    """
    return tuple(_read(os.path.join(folder, f"fold_{number}_data.txt")) for number in range(FOLDS))


def _read(path: str) -> tuple[ListedFace, ...]:
    hint = "The folder of Adience has fold_0_data.txt to fold_4_data.txt and aligned/."
    faces = read_list(path, _COLUMNS, lambda cells: ListedFace(*map(cells.__getitem__, _COLUMNS)), hint, _Tabs)
    return tuple(faces)


def examples(folder: str, faces: Iterable[ListedFace], published: bool = False) -> list[Example]:
    """Faces of the benchmark as labelled pictures, including those without a label."""
    return [
        Example(os.path.join(folder, face.picture), gender=face.gender, group=face.age_group(published), user=face.user)
        for face in faces
    ]


def fold(lists: Lists, number: int, published: bool = False, seed: int = 0) -> Fold:
    """The round in which list ``number`` is the test; see the table of this module.

    Args:
        lists: All five.
        number: 0 to 4.
        published: Divide as the original script does.
        seed: For the draw of validation owners, or faces; the test faces do not depend on it.

    Raises:
        PhotogenderError: There is no such fold.
    """
    if number not in range(len(lists)):
        raise PhotogenderError(f"There is no fold {number}.", f"Folds: 0 to {len(lists) - 1}.")
    test = lists[number]
    rest = [face for other, faces in enumerate(lists) if other != number for face in faces]
    rng = np.random.default_rng([seed, number])
    if published:
        shuffled = [rest[index] for index in rng.permutation(len(rest))]
        tenth = len(rest) // VALIDATION_SHARE
        return Fold(tuple(shuffled[tenth + 1 :]), tuple(shuffled[:tenth]), test)
    rest = list(dict.fromkeys(rest))
    kept_apart = _some_users(rest, len(rest) // VALIDATION_SHARE, rng)
    return Fold(
        tuple(face for face in rest if face.user not in kept_apart),
        tuple(face for face in rest if face.user in kept_apart),
        tuple(dict.fromkeys(test)),
    )


def _some_users(faces: list[ListedFace], most: int, rng: np.random.Generator) -> set[str]:
    """Users drawn at random who have at most ``most`` of the faces together."""
    sizes = Counter(face.user for face in faces)
    users = sorted(sizes)
    drawn: set[str] = set()
    total = 0
    for index in rng.permutation(len(users)):
        user = users[index]
        if total + sizes[user] <= most:
            drawn.add(user)
            total += sizes[user]
    return drawn
