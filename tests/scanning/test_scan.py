"""``photogender scan`` as a person uses it: real photos, real nets, a real catalog."""

import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender import Catalog, ScanSettings, Skipped, Tagged
from photogender.cli import main
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, MIN_FACE
from photogender.scanning.batches import AHEAD
from photogender.scanning.engines.networks import WINDOW
from photogender.scanning.scan import Scan
from tests.support.badfiles import make_bad_files
from tests.support.nets import install, install_detector
from tests.support.photos import CONTENT, face, make_library, rows

PROGRAM = [sys.executable, "-m", "photogender"]


@pytest.fixture
def library(tmp_path: Path, astronaut: Path, six_faces: Path) -> Path:
    folder = tmp_path / "Pictures"
    (folder / "2019").mkdir(parents=True)
    shutil.copy(astronaut, folder / "astronaut.png")
    shutil.copy(six_faces, folder / "2019" / "team.jpg")
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


def run(*arguments: str | Path, expect: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == expect, result.output
    return result


def scan(library: Path, catalog: Path, *options: str | Path, expect: int = 0) -> Result:
    return run("scan", library, "--catalog", catalog, *options, expect=expect)


def ids(catalog: Path) -> list[tuple[object, ...]]:
    return rows(
        catalog, "SELECT photos.id, faces.id, x1, age FROM faces JOIN photos ON photos.id = photo_id ORDER BY 2"
    )


def test_tags_every_face_of_real_photos(library: Path, catalog: Path) -> None:
    result = scan(library, catalog)
    assert "Scanned 2 photos" in result.stderr
    assert "7 faces" in result.stderr
    assert result.stdout == ""
    found = rows(catalog, "SELECT path, gender, age, x1, y1, x2, y2 FROM tags ORDER BY path DESC, x1")
    assert [os.path.basename(str(row[0])) for row in found] == ["astronaut.png"] + ["team.jpg"] * 6
    _, gender, age, *box = found[0]
    assert gender == "female"
    assert 20 < float(str(age)) < 60
    nose = (224, 118)  # pixels of the upright photo
    assert box[0] < nose[0] < box[2]
    assert box[1] < nose[1] < box[3]
    assert [row[1] for row in found[1:]].count("female") >= 3  # three women and three men
    assert rows(catalog, "SELECT format, width, height FROM photos ORDER BY path DESC") == [
        ("PNG", 512, 512),
        ("JPEG", 1280, 886),
    ]
    assert rows(catalog, "SELECT ended, tagged, skipped, faces FROM runs") == [("complete", 2, 0, 7)]
    assert rows(catalog, "SELECT name, task FROM models ORDER BY id") == [
        ("centerface", "detect"),
        ("compact", "age-gender"),
    ]


def test_an_unchanged_file_is_not_opened(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    before = rows(catalog, CONTENT)
    program = (
        "import os, sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and opened.append(str(args[0])))\n"
        "from photogender.cli import main\n"
        "try: main()\n"
        "finally: print(*(path for path in opened if path.startswith(os.environ['LIBRARY'])))\n"
    )

    def opened(*options: str) -> str:
        command = [sys.executable, "-c", program, "scan", str(library), "--catalog", str(catalog), *options]
        environment = os.environ | {"LIBRARY": str(library)}
        result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert options or "2 unchanged" in result.stderr
        return result.stdout

    assert opened() == "\n"
    assert rows(catalog, CONTENT) == before
    assert rows(catalog, "SELECT count(*) FROM runs") == [(1,)]
    assert str(library / "astronaut.png") in opened("--force")


def test_a_change_that_keeps_size_and_date_is_noticed(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    photo = library / "astronaut.png"
    stat = photo.stat()
    photo.write_bytes(b"x" * stat.st_size)
    os.utime(photo, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert "1 skipped" in scan(library, catalog).stderr
    assert rows(catalog, "SELECT count(*) FROM tags") == [(6,)]


def test_a_file_of_which_only_the_date_changed_is_not_scanned_again(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    before = ids(catalog)
    os.utime(library / "astronaut.png", ns=(0, 0))
    result = scan(library, catalog)
    assert "Scanned 0 photos" in result.stderr
    assert "1 with another date only" in result.stderr
    assert ids(catalog) == before
    assert rows(catalog, "SELECT mtime_ns FROM photos WHERE path LIKE '%astronaut.png'") == [(0,)]
    assert "2 unchanged" in scan(library, catalog).stderr


def test_a_changed_file_replaces_its_rows(library: Path, catalog: Path, six_faces: Path) -> None:
    scan(library, catalog)
    with Image.open(six_faces) as picture:
        picture.save(library / "astronaut.png", "JPEG", quality=80)  # not the same content: a copy would count once
    result = scan(library, catalog)
    assert "Scanned 1 photo " in result.stderr
    assert rows(
        catalog, "SELECT format, count(*) FROM tags JOIN photos ON photos.id = photo_id GROUP BY photos.id"
    ) == [
        ("JPEG", 6),
        ("JPEG", 6),
    ]
    assert rows(catalog, "SELECT count(*) FROM pictures") == [(2,)], "nothing was said of the one that is replaced"


def test_moved_and_renamed_photos_keep_their_rows_ids_and_corrections(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    before = ids(catalog)
    run("correct", before[0][1], "--gender", "male", "--age", "34", "--catalog", catalog)
    (library / "2019" / "team.jpg").rename(library / "group.jpg")
    library.rename(library.parent / "Photos")
    result = scan(library.parent / "Photos", catalog)
    assert "Scanned 0 photos" in result.stderr
    assert "2 moved" in result.stderr
    assert ids(catalog) == before
    assert {Path(str(path)) for (path,) in rows(catalog, "SELECT path FROM photos")} == {
        library.parent / "Photos" / "astronaut.png",
        library.parent / "Photos" / "group.jpg",
    }
    assert rows(catalog, "SELECT gender, age, reviewed FROM tags WHERE reviewed") == [("male", 34.0, 1)]


def test_a_moved_photo_keeps_its_ids_also_when_it_is_looked_at_again(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    before = ids(catalog)
    (library / "2019" / "team.jpg").rename(library / "group.jpg")
    scan(library, catalog, "--force")
    assert ids(catalog) == before
    assert rows(catalog, "SELECT count(*) FROM photos") == [(2,)]


def test_a_copy_counts_once(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    shutil.copy2(library / "astronaut.png", library / "copy.png")
    result = scan(library, catalog)
    assert "Scanned 0 photos" in result.stderr
    assert "1 copy of known photos" in result.stderr
    assert rows(catalog, "SELECT count(*) FROM faces") == [(7,)]
    assert rows(catalog, "SELECT count(*) FROM photos") == [(2,)]
    shown = run("show", library / "copy.png", "--catalog", catalog).stdout
    assert f"also at {library / 'astronaut.png'}\n" in shown
    (library / "astronaut.png").unlink()
    assert "3 unchanged" not in scan(library, catalog).stderr
    assert rows(catalog, "SELECT path FROM tags WHERE path LIKE '%.png'") == [(str(library / "copy.png"),)]
    assert run("prune", "--catalog", catalog).stderr == "Nothing to remove.\n"


def test_copies_in_a_first_scan_count_once(library: Path, catalog: Path) -> None:
    for name in ("b", "c"):
        shutil.copy2(library / "astronaut.png", library / f"{name}.png")
    scan(library, catalog)
    assert rows(catalog, "SELECT count(*), count(DISTINCT photo_id) FROM places") == [(4, 2)]
    assert rows(catalog, "SELECT count(*) FROM tags") == [(7,)]
    assert "4 unchanged" in scan(library, catalog).stderr


def test_two_copies_of_a_photo_that_is_gone_are_one_photo(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    shutil.copy2(library / "astronaut.png", library / "copy.png")
    (library / "astronaut.png").rename(library / "moved.png")
    result = scan(library, catalog)
    assert "2 moved" in result.stderr
    assert "Scanned 0 photos" in result.stderr
    assert rows(catalog, "SELECT count(*) FROM photos") == [(2,)]
    assert rows(catalog, "SELECT count(*) FROM places") == [(3,)]


def test_force_and_a_correction_keep_face_ids(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    before = ids(catalog)
    run("correct", before[2][1], "--age", "61", "--catalog", catalog)
    assert "scanned again" in scan(library, catalog, "--force").stderr
    assert ids(catalog) == before
    assert rows(catalog, "SELECT age, age_group, age_confidence FROM tags WHERE reviewed") == [(61.0, "60-", 1.0)]


def test_a_corrected_face_stays_when_the_detector_is_told_to_be_stricter(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    first = ids(catalog)[0][1]
    run("correct", first, "--confirm", "--catalog", catalog)
    scan(library, catalog, "--min-face", "5000")
    assert [row[1] for row in ids(catalog)] == [first]


def test_other_settings_look_again(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    result = scan(library, catalog, "--min-face", "100")
    assert "2 unchanged photos will be scanned again" in result.stderr
    assert all(min(x2 - x1, y2 - y1) >= 100 for x1, y1, x2, y2 in rows(catalog, "SELECT x1, y1, x2, y2 FROM faces"))


@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_a_root_that_is_away_loses_nothing(library: Path, catalog: Path, empty: bool) -> None:
    scan(library, catalog)
    before = rows(catalog, CONTENT)
    away = library.rename(library.parent / "unplugged")
    if empty:
        library.mkdir()
    result = scan(library, catalog, expect=0 if empty else 1)
    assert empty or f"{library} is not there" in result.stderr
    assert rows(catalog, CONTENT) == before

    result = run("prune", "--yes", "--catalog", catalog, expect=1)
    assert f"2 photos of {library} cannot be seen now: it is missing or empty" in result.stderr
    assert "they stay in the catalog" in result.stderr
    assert rows(catalog, CONTENT) == before
    if not empty:
        away.rename(library)
        assert "2 unchanged" in scan(library, catalog).stderr


def test_prune_lists_asks_and_removes(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    (library / "astronaut.png").unlink()
    gone = str(library / "astronaut.png")
    assert run("prune", "--dry-run", "--catalog", catalog).stdout == f"{gone}\n"
    declined = CliRunner().invoke(main, ["prune", "--catalog", str(catalog)], input="n\n")
    assert declined.exit_code == 1
    assert "Remove 1 photo" in declined.stderr
    assert rows(catalog, "SELECT count(*) FROM photos") == [(2,)]
    accepted = CliRunner().invoke(main, ["prune", "--catalog", str(catalog)], input="y\n")
    assert accepted.exit_code == 0
    assert rows(catalog, "SELECT count(*) FROM photos") == [(1,)]
    assert rows(catalog, "SELECT count(*) FROM faces") == [(6,)]


def test_prune_takes_a_missing_root_when_told(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    shutil.rmtree(library)
    run("prune", "--yes", "--missing-root", "--catalog", catalog)
    assert rows(catalog, "SELECT count(*) FROM photos") == [(0,)]
    assert rows(catalog, "SELECT count(*) FROM faces") == [(0,)]


def test_options_that_choose(library: Path, catalog: Path, tmp_path: Path) -> None:
    dry = scan(library, catalog, "--dry-run", "--exclude", "2019/")
    assert dry.stdout == f"{library / 'astronaut.png'}\n"
    assert not catalog.exists()

    limited = scan(library, catalog, "--limit", "1", "--crops", tmp_path / "faces", "--workers", "1")
    assert "Scanned 1 photo " in limited.stderr
    assert scan(library, catalog, "--dry-run").stdout.count("\n") == 1
    names = {f"{face_id}.jpg" for (face_id,) in rows(catalog, "SELECT id FROM faces")}
    assert {path.name for path in (tmp_path / "faces").iterdir()} == names | {".photogenderignore"}
    for path in (tmp_path / "faces").glob("*.jpg"):
        with Image.open(path) as picture:
            assert min(picture.size) > 50

    quiet = scan(library, catalog, "--quiet", "--confidence", "0.8")
    assert quiet.output == ""
    assert rows(catalog, "SELECT min(detector_score) >= 0.8 FROM faces") == [(1,)]


def test_skips_are_named_remembered_and_retried(library: Path, catalog: Path) -> None:
    broken = library / "broken.jpg"
    broken.write_bytes((library / "2019" / "team.jpg").read_bytes()[:5000])
    result = scan(library, catalog)
    assert f"skipped {broken}: " in result.stderr
    assert "  skipped 1: " in result.stderr
    assert "3 unchanged" in scan(library, catalog).stderr
    assert "1 skipped" in scan(library, catalog, "--retry-skipped").stderr
    scan(library, catalog, "--retry-skipped", "--strict", expect=1)
    shutil.copy(library / "astronaut.png", broken)
    scan(library, catalog, "--strict")
    assert rows(catalog, "SELECT count(*) FROM photos WHERE skipped_reason IS NOT NULL") == [(0,)]


def test_a_damaged_copy_does_not_lose_a_correction(library: Path, catalog: Path) -> None:
    scan(library, catalog)
    photo = library / "astronaut.png"
    whole = photo.read_bytes()
    (face_id,) = rows(catalog, "SELECT face_id FROM tags WHERE path LIKE '%astronaut.png'")[0]
    run("correct", face_id, "--age", "41", "--catalog", catalog)
    photo.write_bytes(whole[:1000])
    scan(library, catalog)
    assert rows(catalog, "SELECT count(*) FROM tags") == [(6,)]
    photo.write_bytes(whole)
    scan(library, catalog)
    assert rows(catalog, "SELECT face_id, age FROM tags WHERE reviewed") == [(face_id, 41.0)]


def test_bad_files_end_tagged_or_skipped_with_a_reason(tmp_path: Path, catalog: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    expected = make_bad_files(folder, face())
    result = scan(folder, catalog)
    found = {
        os.fsdecode(path): reason
        for path, reason in rows(
            catalog, "SELECT places.path, skipped_reason FROM places JOIN pictures ON pictures.id = photo_id"
        )
    }
    for name, reason in expected.items():
        path = str(folder / name)
        if reason is None:
            assert found[path] is None, (name, found[path])
        elif path in found:
            assert reason in str(found[path]), (name, found[path])
        else:
            assert reason in result.stderr, name
    assert "Traceback" not in result.output


@pytest.mark.shared
def test_every_file_of_the_bad_collection_has_an_outcome(shared: Path, catalog: Path) -> None:
    result = scan(shared / "data" / "bad", catalog)
    found = {str(path) for (path,) in rows(catalog, "SELECT path FROM places")}
    reasons = rows(catalog, "SELECT skipped_reason FROM photos WHERE skipped_reason IS NOT NULL")
    assert all(len(str(reason)) > 10 for (reason,) in reasons)
    for path in (shared / "data" / "bad").rglob("*"):
        assert path.is_dir() or str(path) in found or path.suffix == ".txt", path
    assert "2 .txt" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.shared
def test_a_crowd_in_one_photo(shared: Path, catalog: Path) -> None:
    scan(shared / "data" / "photos" / "group", catalog)
    ((most, most_in_rows),) = rows(
        catalog,
        "SELECT max(n), (SELECT sum(faces) = (SELECT count(*) FROM faces) FROM runs) FROM "
        "(SELECT count(*) AS n FROM faces GROUP BY photo_id)",
    )
    assert int(str(most)) > 60
    assert most_in_rows == 1


def test_names_that_are_not_utf8_survive(library: Path, catalog: Path) -> None:
    odd = os.path.join(os.fsencode(library), b"caf\xe9\n=1+1.png")
    Path(os.fsdecode(odd)).write_bytes((library / "astronaut.png").read_bytes() + b"not a copy")
    scan(library, catalog)
    assert rows(catalog, "SELECT path FROM photos WHERE typeof(path) = 'blob'") == [(odd,)]
    with Catalog(catalog) as opened:
        paths = [row["path"] for row in opened.rows("SELECT path FROM tags")]
    assert os.fsdecode(odd) in paths
    assert "3 unchanged" in scan(library, catalog).stderr
    os.rename(odd, os.path.join(os.fsencode(library), b"\xff.png"))
    assert "1 moved" in scan(library, catalog).stderr
    os.unlink(os.path.join(os.fsencode(library), b"\xff.png"))
    pruned = subprocess.run([*PROGRAM, "prune", "--yes", "--catalog", catalog], capture_output=True, check=True)
    assert pruned.stdout == os.path.join(os.fsencode(library), b"\xff.png") + b"\n"


def test_a_photo_deleted_or_changed_after_it_was_found(tmp_path: Path, catalog: Path) -> None:
    paths = make_library(tmp_path / "many", 3 * (WINDOW + 4 * AHEAD * (os.cpu_count() or 1)))
    folder = sorted((tmp_path / "many" / "0").iterdir())
    deleted, changed, cut = folder[-1], folder[-2], folder[-3]
    with Catalog(catalog, mode="write") as opened:
        outcomes = {}
        for outcome in Scan([tmp_path / "many"], opened).run():
            if not outcomes:  # the folder was listed whole, its end not yet read
                deleted.unlink()
                changed.write_bytes(changed.read_bytes() + b"more")
                cut.write_bytes(cut.read_bytes()[:200])  # somebody is copying it just now
            outcomes[outcome.photo.path] = outcome
    gone = outcomes[str(deleted)]
    assert isinstance(gone, Skipped)
    assert gone.stage == "gone"
    for path in (changed, cut):
        late = outcomes[str(path)]
        assert isinstance(late, Skipped)
        assert late.stage == "read"
        assert "changed while it was read" in late.reason
    assert sum(isinstance(outcome, Tagged) for outcome in outcomes.values()) == len(paths) - 3
    assert rows(catalog, f"SELECT count(*) FROM photos WHERE path = '{deleted}'") == [(0,)]
    again = scan(tmp_path / "many", catalog).stderr
    assert "Scanned 1 photo " in again  # what was appended does not hurt a JPEG
    assert "1 skipped" in again


def test_ctrl_c_finishes_commits_and_says_how_to_go_on(tmp_path: Path, catalog: Path) -> None:
    number = 400
    make_library(tmp_path / "many", number)
    command = [*PROGRAM, "scan", tmp_path / "many", "--catalog", catalog]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _wait_for_rows(catalog, process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "run the same command again" in told
    assert "Traceback" not in told
    ((done,),) = rows(catalog, "SELECT count(*) FROM photos")
    assert 0 < int(str(done)) < number
    assert rows(catalog, "SELECT ended, tagged FROM runs") == [("interrupted", done)]
    resumed = scan(tmp_path / "many", catalog)
    assert f"Scanned {number - int(str(done))} photos" in resumed.stderr


def test_a_second_scan_is_refused_and_a_reader_is_not(tmp_path: Path, catalog: Path) -> None:
    number = 200
    make_library(tmp_path / "many", number)
    command = [*PROGRAM, "scan", tmp_path / "many", "--catalog", catalog]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _wait_for_rows(catalog, process)
    second = subprocess.run(command, capture_output=True, text=True)
    assert (second.returncode, "Another scan of" in second.stderr) == (75, True), second.stderr
    seen = []
    while process.poll() is None:
        seen.append(run("query", "--sql", "SELECT count(*) AS n FROM photos", "--format", "csv", "--catalog", catalog))
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert "Traceback" not in told
    assert len(seen) > 1
    alone = tmp_path / "alone.db"
    scan(tmp_path / "many", alone)
    assert rows(catalog, CONTENT) == rows(alone, CONTENT)


def test_help_tells_the_defaults() -> None:
    told = " ".join(run("scan", "--help").stdout.split())
    assert f"Smallest face that is kept, in pixels of the photo at full size. [default: {MIN_FACE:g}" in told
    assert f"The model that finds the faces. [default: {DEFAULT_DETECTOR}]" in told
    assert f"The model that estimates age and gender. [default: {DEFAULT_MODEL}]" in told


def test_a_stop_before_anything_is_in_hand(library: Path, catalog: Path) -> None:
    stop = threading.Event()
    stop.set()
    with Catalog(catalog, mode="write") as opened:
        assert list(Scan([library], opened, ScanSettings(force=True)).run(stop)) == []


@pytest.mark.slow
def test_sigkill_at_thirty_random_moments(tmp_path: Path, catalog: Path) -> None:
    make_library(tmp_path / "many", 800)
    command = [*PROGRAM, "scan", tmp_path / "many", "--catalog", catalog, "--quiet"]
    Catalog(catalog, mode="write").close()
    for index in range(30):
        before = rows(catalog, "SELECT count(*) FROM photos")
        process = subprocess.Popen(command)
        # Every third while it starts, the others a little after a new window.
        while index % 3 and process.poll() is None and rows(catalog, "SELECT count(*) FROM photos") == before:
            time.sleep(0.005)
        time.sleep(0.25 * ((index * 0.6180339887) % 1))  # seconds, spread evenly
        assert process.poll() is None
        process.kill()
        process.wait()
    ((done,),) = rows(catalog, "SELECT count(*) FROM photos")
    assert 0 < int(str(done)) < 800
    scan(tmp_path / "many", catalog)
    scan(tmp_path / "many", tmp_path / "unbroken.db")
    assert rows(catalog, CONTENT) == rows(tmp_path / "unbroken.db", CONTENT)
    assert rows(catalog, "PRAGMA integrity_check") == [("ok",)]


def _wait_for_rows(catalog: Path, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        if (
            catalog.exists()
            and rows(catalog, "SELECT 1 FROM sqlite_master WHERE name = 'photos'")
            and rows(catalog, "SELECT 1 FROM photos LIMIT 1")
        ):
            return
        time.sleep(0.02)


@pytest.mark.parametrize("options", [(), ("--oversample",)])
def test_a_net_that_answers_nan_costs_one_photo(
    tmp_path: Path, catalog: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    install(tmp_path / "models", "afraid-of-the-dark", dark=50)
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, light in (("a.jpg", 1.0), ("dark.jpg", 0.25), ("z.jpg", 0.9)):
        face().point([round(level * light) for level in range(256)] * 3).save(folder / name)
    result = scan(folder, catalog, "--model", "afraid-of-the-dark", *options)
    reasons = rows(catalog, "SELECT path, skipped_stage, skipped_reason FROM photos WHERE skipped_stage IS NOT NULL")
    reason = "a network gave a number that is not finite for one of its faces"
    assert reasons == [(str(folder / "dark.jpg"), "estimate", reason)]
    assert rows(catalog, "SELECT count(*), count(age) FROM tags") == [(2, 2)]
    assert reason in result.stderr
    scan(folder, catalog, "--retry-skipped")  # with a net that can
    assert rows(catalog, "SELECT count(*) FROM tags") == [(3,)]


@pytest.mark.parametrize("batch", [(), ("--batch-size", 4)], ids=["one by one", "batched"])
@pytest.mark.parametrize(
    ("output", "value"),
    [(0, math.nan), (0, math.inf), (1, math.nan), (1, -math.inf), (1, 800), (1, 60), (2, math.nan), (3, math.inf)],
    ids=["no scores", "endless score", "no size", "log of no size", "overflow", "huge", "no place", "far landmarks"],
)
@pytest.mark.filterwarnings("error")
def test_a_detector_that_answers_nan_costs_one_photo(
    tmp_path: Path,
    catalog: Path,
    monkeypatch: pytest.MonkeyPatch,
    output: int,
    value: float,
    batch: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path / "models"))
    install_detector(tmp_path / "models", "dazzled", output, value)
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, light in (("a.jpg", 0), ("bright.jpg", 90), ("z.jpg", 10)):
        face().point([min(level + light, 255) for level in range(256)] * 3).save(folder / name)
    result = scan(folder, catalog, "--detector", "dazzled", *batch)
    reason = "the detector gave a number that is not finite"
    assert rows(catalog, "SELECT path, skipped_stage, skipped_reason FROM photos WHERE skipped_stage NOT NULL") == [
        (str(folder / "bright.jpg"), "estimate", reason)
    ]
    assert rows(catalog, "SELECT count(*), count(age) FROM tags") == [(2, 2)]
    assert reason in result.stderr
    scan(folder, catalog, "--retry-skipped")  # with a net that can
    assert rows(catalog, "SELECT count(*) FROM tags") == [(3,)]
