"""Which files are found, and in what order."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photogender.errors import PhotogenderError
from photogender.photos.ignore import parse_exclude
from photogender.photos.walk import walk


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def found(*roots: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    base = os.path.commonpath(roots) if len(roots) > 1 else roots[0]
    named = [str(root) for root in roots]
    paths = [photo.path for folder in walk(named, parse_exclude(exclude, named)) for photo in folder.photos]
    return [os.path.relpath(path, base) for path in paths]


def problems(root: Path) -> str:
    return "\n".join(problem for folder in walk([str(root)]) for problem in folder.problems)


def test_photos_by_folder_sorted_others_counted(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.heic", "z/1.png", "c/2.CR2", "film.mp4", "c/note.TXT", "c/a.jpg.xmp", "noextension")
    assert found(tmp_path) == ["a.heic", "b.JPG", "noextension", "c/2.CR2", "z/1.png"]
    folders = list(walk([str(tmp_path)]))
    assert [os.path.relpath(folder.path, tmp_path) for folder in folders] == [".", "c", "z"]
    assert folders[0].others == {".mp4": 1}
    assert folders[1].others == {".txt": 1, ".xmp": 1}
    status = os.stat(tmp_path / "a.heic")
    photo = folders[0].photos[0]
    assert (photo.size, photo.mtime_ns, photo.root) == (1, status.st_mtime_ns, str(tmp_path))


def test_hidden_files_and_those_of_other_systems_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.jpg", "._a.jpg", ".thumbs/a.jpg", "@eaDir/a.jpg", "a.jpg")
    assert found(tmp_path) == ["a.jpg"]


def test_exclude_and_ignore_files(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.png", "x/a.jpg", "x/keep/b.png", "x/skip/c.jpg", "y/skip/d.jpg")
    assert found(tmp_path, exclude=("*.png", "/x/skip/")) == ["a.jpg", "x/a.jpg", "y/skip/d.jpg"]
    (tmp_path / ".photogenderignore").write_text("*.png\n# comment\nskip/\n")
    assert found(tmp_path) == ["a.jpg", "x/a.jpg"]
    (tmp_path / "x" / ".photogenderignore").write_text("!b.png\n/a.jpg\n")
    assert found(tmp_path) == ["a.jpg", "x/keep/b.png"]
    (tmp_path / "y" / ".photogenderignore").write_text("!skip/\n")
    assert found(tmp_path) == ["a.jpg", "x/keep/b.png", "y/skip/d.jpg"]


def test_a_bad_ignore_file_is_a_problem_not_an_end(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    (tmp_path / ".photogenderignore").mkdir()
    assert found(tmp_path) == ["a.jpg"]
    assert ".photogenderignore cannot be used" in problems(tmp_path)


def test_links_and_overlapping_roots_give_each_photo_once(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg", "real/deep/b.jpg")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "deep" / "up").symlink_to(tmp_path)
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "one.jpg").symlink_to(tmp_path / "real" / "a.jpg")
    assert found(tmp_path) == ["real/a.jpg", "real/deep/b.jpg"]
    roots = (tmp_path / "real", tmp_path / "real" / "deep", tmp_path / "real")
    assert found(*roots) == ["a.jpg", "deep/b.jpg"]


def test_what_links_point_to_outside_is_found_by_its_own_path(tmp_path: Path) -> None:
    touch(tmp_path, "in/x.jpg", "out/a.jpg", "out/b.jpg", "far/deep/c.jpg", "far/no/d.jpg")
    (tmp_path / "in" / "link.jpg").symlink_to(tmp_path / "out" / "a.jpg")
    (tmp_path / "in" / "again.jpg").symlink_to("../out/a.jpg")
    (tmp_path / "in" / "far").symlink_to("../far")
    (tmp_path / ".photogenderignore").write_text("")
    (tmp_path / "in" / ".photogenderignore").write_text("/far/no/\n")
    assert found(tmp_path / "in") == ["x.jpg", "../far/deep/c.jpg", "../out/a.jpg"]


def test_what_is_no_file_is_named_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    touch(tmp_path, "folder.jpg/a.jpg")
    (tmp_path / "dangling.jpg").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.jpg"))
        told = problems(tmp_path)
    assert "pipe.jpg is a named pipe" in told
    assert "s.jpg is a socket" in told
    assert "dangling.jpg is a link to a file that is not there" in told
    assert found(tmp_path) == ["folder.jpg/a.jpg"]


def test_a_missing_root_is_a_problem_and_the_others_go_on(tmp_path: Path) -> None:
    touch(tmp_path, "here/a.jpg")
    folders = list(walk([str(tmp_path / "away"), str(tmp_path / "here")]))
    assert "is not there; if it is on a drive" in folders[0].problems[0]
    assert len(folders[1].photos) == 1


def test_a_root_may_be_a_file_and_its_folder_is_its_root(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    ((folder),) = walk([str(tmp_path / "a.jpg")])
    assert folder.photos[0].root == str(tmp_path)
    assert folder.path == str(tmp_path)


@settings(deadline=None, max_examples=40)
@given(st.sets(st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & {0, 47} and name[:1] != b".")))
def test_any_name_comes_back_exactly(names: set[bytes]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        folder = os.fsencode(scratch)
        for name in names:
            with open(os.path.join(folder, name + b".jpg"), "wb"):
                pass
        photos = [photo.path for folder_ in walk([scratch]) for photo in folder_.photos]
        assert {os.path.basename(os.fsencode(path)) for path in photos} == {name + b".jpg" for name in names}


def test_a_file_named_beside_its_folder_is_found_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg")
    folder, file = str(tmp_path), str(tmp_path / "a.jpg")
    for roots in ((folder, file), (file, folder), (file, file, folder)):
        paths = [photo.path for found_ in walk(roots) for photo in found_.photos]
        assert sorted(paths) == [file, str(tmp_path / "b.jpg")]


def test_exclude_has_the_last_word_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.png")
    (tmp_path / ".photogenderignore").write_text("!*.jpg\n")
    assert found(tmp_path, exclude=("*.jpg",)) == ["b.png"]
    with pytest.raises(PhotogenderError, match="--exclude cannot be used"):
        found(tmp_path, exclude=("!",))


def test_a_pipe_called_like_an_ignore_file_is_not_opened(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    os.mkfifo(tmp_path / ".photogenderignore")
    assert "it is not a file" in problems(tmp_path)
    assert found(tmp_path) == ["a.jpg"]


def test_the_insides_of_bins_snapshots_and_other_programs_libraries_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "#recycle/a.jpg", "x/@Recently-Snapshot/y/a.jpg", "$RECYCLE.BIN/S-1-5/a.jpg", "RECYCLER/a.jpg")
    touch(tmp_path, "Photos Library.photoslibrary/originals/A/a.heic", "Old.aplibrary/a.jpg", "x/@eaDir/a.jpg")
    touch(tmp_path, "Catalog Previews.lrdata/A/0A1B2C-2048", "lost+found/a", "iPod Photo Cache/F00/a.jpg")
    touch(tmp_path, "recycle/a.jpg", "#recycle.jpg", "photoslibrary/a.jpg")
    assert found(tmp_path) == ["#recycle.jpg", "photoslibrary/a.jpg", "recycle/a.jpg"]
    inside = tmp_path / "Photos Library.photoslibrary" / "originals"
    assert found(inside) == ["A/a.heic"]  # a folder that a person names is scanned


def test_a_bad_line_of_an_ignore_file_costs_only_itself(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.png", "c.gif", "x/a.jpg")
    ignore = tmp_path / ".photogenderignore"
    ignore.write_text("*.png\n[z-a]*\n[ab\n/\nback\\\n*.gif\n")
    assert found(tmp_path) == ["a.jpg", "x/a.jpg"]
    told = problems(tmp_path).splitlines()
    assert told[0] == f"{ignore}, line 2, is not used: [z-a]* has a range that runs backwards: z-a"
    assert [line.split(",")[1] for line in told] == [" line 2", " line 3", " line 4", " line 5"]
    ignore.write_bytes("*.png\n".encode("utf-16"))
    assert "it is not UTF-8 text" in problems(tmp_path)
    ignore.write_bytes(b"*.jpg\n" * 1_500_000)
    assert "it is larger than 256 kB" in problems(tmp_path)
    ignore.write_text("*.png\n" + "*?.gif\n" * 6000)
    assert "too many patterns with wildcards" in problems(tmp_path)
    assert found(tmp_path) == ["a.jpg", "x/a.jpg"]
    ignore.write_bytes(b"\xef\xbb\xbfb.png\r\ncaf\xe9/\r\n")
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    touch(tmp_path / os.fsdecode(b"caf\xe9"), "a.jpg")
    assert found(tmp_path) == ["a.jpg", "c.gif", "x/a.jpg"]


def test_exclude_takes_absolute_paths_inside_a_root_and_refuses_others(tmp_path: Path) -> None:
    touch(tmp_path, "lib/a.jpg", "lib/Private [x]/a.jpg", "lib/y/a.jpg", "lib/y/b.jpg", "other/a.jpg", "more/y/a.jpg")
    lib = tmp_path / "lib"
    assert found(lib, exclude=(f"{lib}/Private [x]",)) == ["a.jpg", "y/a.jpg", "y/b.jpg"]
    assert found(lib, exclude=(f"{lib}/Private [x]/", f"{lib}/*/b.jpg")) == ["a.jpg", "y/a.jpg"]
    assert found(lib, tmp_path / "more", exclude=(f"{lib}/y", "Private*")) == ["lib/a.jpg", "more/y/a.jpg"]
    assert found(lib, exclude=("/Private*", "/y/b.jpg")) == ["a.jpg", "y/a.jpg"]
    for outside in (tmp_path / "other", tmp_path):
        with pytest.raises(PhotogenderError, match="not inside any of the folders to scan"):
            found(lib, exclude=(str(outside),))


def test_files_of_one_folder_are_listed_together(tmp_path: Path) -> None:
    """As a shell's * names them: the catalog is then asked once a folder, not once a file."""
    for name in ("b.jpg", "a.jpg", "sub/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\xff\xd8")
    files = [str(tmp_path / name) for name in ("b.jpg", "sub/c.jpg", "a.jpg", "gone.jpg")]
    first, second = walk(files)
    assert [photo.path for photo in first.photos] == [files[2], files[0]]
    assert [photo.path for photo in second.photos] == [files[1]]
    assert f"{files[3]} is not there" in first.problems[0]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc")
def test_links_into_the_system_are_not_followed(tmp_path: Path) -> None:
    """/proc/self/task holds a folder for each thread, and in each of those is /proc/self/task again."""
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "tasks").symlink_to("/proc/self/task")
    (tmp_path / "status.jpg").symlink_to("/proc/self/status")
    folders = list(walk([str(tmp_path)]))
    assert [state[0] for folder in folders for state in folder.files] == [str(tmp_path / "a.jpg")]
    problems = [problem for folder in folders for problem in folder.problems]
    assert problems[0] == f"{tmp_path}/status.jpg is of the system's state, not a file"
    assert problems[1].endswith("/task shows the system's state, not files")
    assert len(problems) == 2
