"""Folders as text, also as Windows and network shares write them."""

import ntpath
import os
import posixpath
from types import ModuleType

import pytest

from photogender.catalog.pictures.paths import (
    is_in,
    moved,
    name_of,
    parts,
    range_in,
    rest_in,
    start_of,
    with_parents,
    without_end,
)

BOTH = pytest.mark.parametrize(
    ("style", "root", "folder", "inside"),
    [
        (posixpath, "/", "/photos", "/photos/a b/x.jpg"),
        (ntpath, "C:\\", "C:\\photos", "C:\\photos\\a b\\x.jpg"),
        (ntpath, "\\\\nas\\share\\", "\\\\nas\\share\\photos", "\\\\nas\\share\\photos\\a b\\x.jpg"),
        (ntpath, "\\\\?\\C:\\", "\\\\?\\C:\\photos", "\\\\?\\C:\\photos\\a b\\x.jpg"),
    ],
)


@BOTH
def test_what_is_inside(style: ModuleType, root: str, folder: str, inside: str) -> None:
    for outer in (root, folder, folder + style.sep):
        assert is_in(inside, outer, style)
        assert start_of(outer, style) + rest_in(inside, outer, style) == inside
    assert rest_in(inside, folder, style) == style.join("a b", "x.jpg")
    assert (is_in(folder, folder, style), rest_in(folder, folder, style)) == (True, "")
    for other in (f"{folder}2", f"{folder}-2{style.sep}x", f"{folder[:-1]}", root):
        assert not is_in(other, folder, style)


@BOTH
def test_a_range_holds_what_is_inside_and_nothing_else(style: ModuleType, root: str, folder: str, inside: str) -> None:
    for outer in (root, folder):
        first, end = range_in(outer, style)
        assert first < os.fsencode(inside) < end
    first, end = range_in(folder, style)
    for other in (folder, f"{folder}2", f"{folder}.jpg", f"{folder} 2{style.sep}x", f"{folder}~", f"{folder}_"):
        assert not first <= os.fsencode(other) < end, other


@BOTH
def test_names_and_moves(style: ModuleType, root: str, folder: str, inside: str) -> None:
    assert name_of(folder, style) == name_of(folder + style.sep, style) == "photos"
    assert name_of(root, style) == without_end(root, style) == root
    assert without_end(folder + style.sep, style) == folder
    there = start_of(root, style) + "elsewhere"
    assert moved(inside, folder, there, style) == style.join(there, "a b", "x.jpg")
    assert moved(inside, root, there, style) == style.join(there, "photos", "a b", "x.jpg")
    assert moved(folder, folder, there, style) == there
    assert sorted([f"{folder}-2", inside, folder], key=lambda path: parts(path, style)) == [
        folder,
        inside,
        f"{folder}-2",
    ]


def test_folders_of_several_drives_have_their_own_tops() -> None:
    assert with_parents([], ntpath) == []
    assert with_parents(["C:\\p\\a\\b", "C:\\p\\c", "D:\\", "D:\\q", "\\\\nas\\share\\x\\y"], ntpath) == [
        *("C:\\p", "C:\\p\\a", "C:\\p\\a\\b", "C:\\p\\c", "D:\\", "D:\\q"),
        "\\\\nas\\share\\x\\y",
    ]
    assert with_parents(["/p/a/b", "/p/c"], posixpath) == ["/p", "/p/a", "/p/a/b", "/p/c"]
    assert with_parents(["/a", "/b"], posixpath) == ["/", "/a", "/b"]


def test_a_bucket_is_a_drive() -> None:
    assert with_parents(["s3://b/x/y", "s3://c/z", "/p/q"], posixpath) == [
        *("/p/q", "s3://b", "s3://b/x", "s3://b/x/y", "s3://c", "s3://c/z")
    ]
    assert moved("/mnt/a/x.jpg", "/mnt", "s3://b/p", posixpath) == "s3://b/p/a/x.jpg"
    assert moved("s3://b/p/a/x.jpg", "s3://b/p", "/mnt", posixpath) == "/mnt/a/x.jpg"
    assert is_in("s3://b/p/a", "s3://b/p", posixpath)
    assert not is_in("s3://b/pa", "s3://b/p", posixpath)
