"""Label lists, Adience's lists, and files of corrections."""

import json
import math
import shutil

from hypothesis import given

from photogender import Catalog
from photogender.catalog.said.corrections_file import export_lines, import_lines, read_line
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import Facts, say
from photogender.catalog.said.persons_file import read_person
from photogender.catalog.said.statement import StatementError
from photogender.errors import PhotogenderError
from photogender.evaluation.adience import FOLDS, examples, read_lists
from photogender.evaluation.datasets import LABELS, read_folder
from photogender.labels import OLDEST
from tests.fuzz.damage import damaged, fuzzed, scratch
from tests.support.library import build_reviewed

LISTS = [
    b"file,age,gender\na.jpg,31,f\nb.jpg,,m\nc.jpg,0.5,\n",
    b'\xef\xbb\xbffile,age,gender,race_code\r\n"a,b.jpg",116,female,4\r\nsub/c.jpg,1e1,male,0\r\n',
    "file;age;gender\né.jpg;3;f\n".encode("utf-16"),
]


@fuzzed
@given(damaged(LISTS, text=True))
def test_a_damaged_label_list_is_read_or_says_which_line(content: bytes) -> None:
    (scratch() / LABELS).write_bytes(content)
    try:
        examples = read_folder(str(scratch()))
    except PhotogenderError as error:
        assert str(scratch()) in error.message
        return
    for example in examples:
        assert example.age is None or 0 <= example.age <= OLDEST
        assert example.gender in ("female", "male", None)
        assert "\0" not in example.path


FOLD = (
    b"user_id\toriginal_image\tface_id\tage\tgender\tx\n"
    b'1@N01\ta.jpg\t1\t(25, 32)\tm\t0\n1@N01\t"b.jpg\t2\t35\t\t1\n2@N02\tc.jpg\t3\t(60, 100)\tu\t2\n'
)


@fuzzed
@given(damaged([FOLD], text=True))
def test_damaged_lists_of_adience_are_read_or_say_which_line(content: bytes) -> None:
    for number in range(FOLDS):
        (scratch() / f"fold_{number}_data.txt").write_bytes(content)
    try:
        lists = read_lists(str(scratch()))
    except PhotogenderError as error:
        assert "fold_0_data.txt" in error.message
        return
    assert len(examples(str(scratch()), lists[0])) == len(lists[0])


def _said() -> list[bytes]:
    path = build_reviewed(scratch() / "said.db")
    with Catalog(path, mode="change") as catalog:
        catalog.correct([1, 2], author="Zoë", name="Ada", age=3)
        catalog.correct([2], author="you", name="", not_a_face=True)
        say(catalog, "Ada", Facts("female", Days.read("about 2015"), Days.read("2024-02")), author="me")
        lines = list(export_lines(catalog))
    return [*lines, b"".join(lines)]


SAID = _said()


@fuzzed
@given(damaged(SAID, text=True))
def test_a_damaged_file_of_corrections_is_taken_in_as_far_as_it_can_be(content: bytes) -> None:
    for line in content.split(b"\n"):
        try:
            if read_person(line):
                continue
            read = read_line(1, line)
        except (StatementError, ValueError):
            continue
        assert read.box is None or all(map(math.isfinite, (read.box.x1, read.box.y1, read.box.x2, read.box.y2)))
        json.dumps([entry.said for entry in read.entries], default=str)
    path = shutil.copy(scratch() / "said.db", scratch() / "taken-in.db")
    with Catalog(path, mode="change") as catalog:
        import_lines(catalog, content.splitlines(keepends=True))
        first = list(export_lines(catalog))
        again = import_lines(catalog, first)
        assert not again.corrections
        assert not again.people
        assert not again.unreadable
        assert list(export_lines(catalog)) == first
