"""The page to send to somebody: what it says, what it must not say, and that it loads nothing."""

import base64
import io
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters
from photogender.catalog.queries.stats import Bar
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import Facts as Said
from photogender.catalog.said.persons import say
from photogender.cli import main
from photogender.labels import tidy_name
from photogender.models.read import load_spec
from photogender.records import Face, FaceBox, Outcome, Photo, PhotoFacts, Prediction, Tagged
from photogender.report.accuracy import Origins, Reviewed
from photogender.report.bars import TALLEST, pyramid, timeline
from photogender.report.facts import Facts, gather
from photogender.report.places import Tally, homely
from tests.support.faces import turned_face
from tests.support.library import build, build_corrected, face, skipped, tagged

EVIL = "<script src=x>'&\"\n\x1b[31m\u202e"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_corrected(tmp_path_factory.mktemp("library") / "catalog.db")


def run(catalog: Path, out: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["report", str(out), *args, "--catalog", str(catalog)], catch_exceptions=False)


def page(catalog: Path, out: Path, *args: str) -> etree._Element:
    """The page as strict XML, which no unescaped name would leave well-formed."""
    result = run(catalog, out, *args)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    assert_loads_nothing(out.read_text(encoding="utf-8"))
    return etree.parse(str(out)).getroot()


def text(root: etree._Element) -> str:
    return " ".join(" ".join(root.find("body").itertext()).split())


def assert_loads_nothing(html: str) -> None:
    root = etree.fromstring(html.encode())
    for element in root.iter():
        assert element.tag not in ("script", "iframe", "object", "embed", "form", "base", "video", "audio", "source")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            if name in ("href", "src", "srcset", "action", "data", "poster", "background", "{*}href", "style"):
                assert re.match(r"#\w+$|data:,$|data:image/jpeg;base64,", value), f"{element.tag} {name}={value}"
    (style,) = root.iter("style")
    assert not re.search(r"url\(|@import|image-set|//", style.text)
    (policy,) = (element for element in root.iter("meta") if element.get("http-equiv"))
    assert policy.get("content") == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def facts_of(catalog: Path, filters: Filters | None = None) -> Facts:
    with Catalog(catalog) as opened:
        return gather(opened, filters or Filters())


# What it says


def test_the_numbers(path: Path) -> None:
    facts = facts_of(path)
    assert facts.roots == ("/p",)
    assert facts.asked == ()
    assert (facts.summary.photos, facts.summary.faces, facts.summary.reviewed) == (6, 8, 1)
    assert facts.years == (
        Tally("2018", 1, 1, 0),
        Tally("2019", 1, 1, 1),
        Tally("2020", 1, 0, 1),
        Tally("2021", 1, 0, 0),
        Tally(None, 2, 3, 1),
    )
    assert facts.folders == (
        Tally("2019", 2, 1, 2),
        Tally("20%9", 1, 0, 1),
        Tally("2019_", 1, 0, 0),
        Tally("2020", 1, 3, 0),
        Tally("odd", 1, 1, 0),
    )
    assert facts.skipped == (("The file ends too early.", 1),)
    assert facts.gender_sure == (
        Bar("50-60", 0, 0),
        Bar("60-70", 0, 1),
        Bar("70-80", 0, 0),
        Bar("80-90", 0, 1),
        Bar("90-100", 4, 1),
    )
    assert [(bar.female, bar.male) for bar in facts.age_sure] == [(0, 0), (0, 1), (0, 0), (4, 2), (0, 0)]
    assert facts.reviewed == Reviewed(1, 0, 1, 0, 31.5)
    assert [(model.task, model.faces, model.licence) for model in facts.models] == [
        ("detect", 8, "MIT"),
        ("age-gender", 8, "non-commercial research only (trained on UTKFace and others)"),
    ]
    assert [len(model.measured) for model in facts.models] == [0, 9]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(gender="female"),
        Filters(folder="/p/2019"),
        Filters(age=(0, 12)),
        Filters(taken=("2019", "2020")),
        Filters(not_reviewed=True),
        Filters(faces=(0, 0)),
    ],
    ids=str,
)
def test_every_split_adds_up(path: Path, filters: Filters) -> None:
    facts = facts_of(path, filters)
    for split in (facts.years, facts.folders):
        assert sum(tally.photos for tally in split) == facts.summary.photos
        assert sum(tally.faces for tally in split) == facts.summary.faces
        assert sum(tally.female for tally in split) == facts.summary.female
    for bars in (facts.gender_sure, facts.age_sure):
        assert sum(bar.female + bar.male for bar in bars) == facts.summary.faces - facts.summary.reviewed


def test_the_page_says_them(path: Path, tmp_path: Path) -> None:
    result = run(path, tmp_path / "out.html")
    assert re.match(r"8 faces in 6 photos: \d+ kB written to .*out.html\. Apparent age and gender,", result.stderr)
    root = page(path, tmp_path / "out.html")
    words = text(root)
    for part in (
        "Faces in p",
        "folder /p",
        "6 photos",
        "5 with faces",
        "8 faces",
        "1 reviewed by a person",
        "1 file skipped",
        "often wrong, most of all for children",
        "5 faces look female (62 %), 3 male (38 %)",
        "71 % have a confidence of 90 % or more in the gender",
        "The file ends too early. 1",
        "Not in the charts: 2 photos without a date, with 4 faces.",
        "undated 2 4 3 1",
        "2019 2 3",
        "Licence: non-commercial research only (trained on UTKFace and others).",
        "gender 0.945",
        "0-2 145 99 % 66 % 0.4 96 %",
        "31.5 years off",
    ):
        assert part in words, part
    charts = [svg.get("aria-label") for svg in root.iter("svg") if svg.get("role") == "img"]
    assert len(charts) == 6
    assert " 25-32: 0 male, 2 female." in charts[0]
    assert " 100+: 1 male, 0 female." in charts[1]


def test_filters_are_told(path: Path, tmp_path: Path) -> None:
    args = ("--gender", "male", "--age", "-60", "--taken", "2019..", "--not-reviewed", "--min-confidence", "0.2")
    words = text(page(path, tmp_path / "out.html", *args, "--faces", "1", "--folder", "/p"))
    for part in (
        "only gender male",
        "only age 0 to 60",
        "only taken from 2019",
        "only not reviewed yes",
        "only min confidence 0.2",
        "only faces 1",
        "only folder /p",
        "1 photo 1 with faces 1 face",
    ):
        assert part in words, part


def test_no_filter_is_forgotten(path: Path) -> None:
    values: dict[str, object] = {"gender": "male", "age": (1, 2), "taken": ("2019", "2020"), "faces": (1, 2)}
    values |= {"with_people": ("Ada",), "people": (("child", (1, 2)),)}
    for field in fields(Filters):
        if field.name == "person_age":
            continue  # goes with another one
        value = values.get(field.name, True if field.type is bool else 0.5 if "float" in str(field.type) else "/x")
        facts = facts_of(path, Filters(**{field.name: value}))  # type: ignore[arg-type]
        assert [what for what, _ in facts.asked] == [field.name.replace("_", " ")]


def test_models_of_other_files_have_no_measured_accuracy(tmp_path: Path) -> None:
    catalog = build_corrected(tmp_path / "c.db")
    with Catalog(catalog, mode="write") as opened, opened.transaction():
        opened.fetch("UPDATE models SET sha256 = 'other' WHERE name = 'compact'")
        opened.fetch("UPDATE models SET name = 'unheard-of' WHERE name = 'centerface'")
    facts = facts_of(catalog)
    assert [(model.accuracy, model.measured) for model in facts.models] == [("", ()), ("", ())]
    assert text(page(catalog, tmp_path / "o.html")).count("Its accuracy was not measured here.") == 2


def test_measured_is_what_the_benchmarks_say() -> None:
    benchmarks = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for row in load_spec("dlib").measured:
        start = f"| {row.ages} | {row.faces:,} | {row.found:.3f} | {row.gender:.3f} | {row.age_group:.3f} |"
        (line,) = (line for line in benchmarks.splitlines() if line.startswith(start))
        assert line.endswith(f"| {row.age_off:.2f} |")


def test_an_empty_catalog_says_so(tmp_path: Path) -> None:
    build(tmp_path / "c.db", [])
    words = text(page(tmp_path / "c.db", tmp_path / "o.html"))
    assert "There are no photos yet" in words
    assert "photogender scan FOLDER" in words
    assert "Ages" not in words


def test_nothing_that_matches_says_so(path: Path, tmp_path: Path) -> None:
    words = text(page(path, tmp_path / "o.html", "--age", "120+"))
    assert "Nothing matches the filters" in words
    assert "no photos yet" not in words


def test_photos_without_faces_or_dates(tmp_path: Path) -> None:
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [])])
    words = text(page(tmp_path / "c.db", tmp_path / "o.html"))
    assert "No face was found in these photos." in words
    assert "No photo has a date." in words
    assert "directly in the folder 1 0" in words


def test_only_skipped_files_have_reasons(tmp_path: Path) -> None:
    outcomes: list[Outcome] = [skipped(f"/p/{n}.jpg", f"the file is cut short ({n} bytes)") for n in range(30)]
    build(tmp_path / "c.db", [*outcomes, skipped("/p/x.jpg", "the file is empty")])
    facts = facts_of(tmp_path / "c.db")
    assert facts.skipped == (("the file is cut short (… bytes)", 30), ("the file is empty", 1))
    words = text(page(tmp_path / "c.db", tmp_path / "o.html"))
    assert "Faces in p" in words
    assert "the file is cut short (… bytes) 30" in words


def test_only_the_folder_decides_which_skipped_files_count(path: Path) -> None:
    assert facts_of(path, Filters(folder="/p/2020")).skipped == ()
    assert facts_of(path, Filters(folder="/p/2019", gender="female")).skipped == (("The file ends too early.", 1),)


def test_of_several_corrections_the_latest_counts(tmp_path: Path) -> None:
    catalog = build_corrected(tmp_path / "c.db")
    with Catalog(catalog, mode="write") as opened:
        opened.correct([6], gender="male", age=2, author="me")  # as estimated: male, 1.5
        opened.correct([7], name="Ann", author="me")
        opened.correct([8], gender="male", author="me")
    assert facts_of(catalog).reviewed == Reviewed(2, 2, 1, 1, 0.5)
    assert facts_of(catalog, Filters(age=(0, 10))).reviewed == Reviewed(1, 1, 1, 1, 0.5)


def test_ages_without_a_confidence(tmp_path: Path) -> None:
    unsure = Face(FaceBox(0, 0, 40, 40, 0.9), Prediction("male", 0.9, 30, "25-32", None))
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [unsure, face("male", 30, age_sure=1.0)])])
    assert facts_of(tmp_path / "c.db").age_sure[-1] == Bar("80-100", 0, 1)
    assert "For 1 face it gives none for the age." in text(page(tmp_path / "c.db", tmp_path / "o.html"))


def test_where_ages_and_genders_come_from_is_told(tmp_path: Path) -> None:
    catalog = build_corrected(tmp_path / "c.db")
    assert (facts_of(catalog).gender_origins, facts_of(catalog).age_origins) == (Origins(7, 0, 1), Origins(7, 0, 1))
    assert "From name: " not in text(page(catalog, tmp_path / "o.html"))
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1, 3, 4], name="Ada", author="me")  # face 4 has no date
        say(opened, "Ada", Said(born=Days.read("1988")), author="me")
    facts = facts_of(catalog)
    assert (facts.gender_origins, facts.age_origins) == (Origins(4, 3, 1), Origins(5, 2, 1))
    assert facts_of(catalog, Filters(name="Ada")).age_origins == Origins(1, 2, 0)
    words = text(page(catalog, tmp_path / "o.html"))
    assert "Faces Estimated From name Reviewed age 5 2 1 gender 4 3 1 From name: the age follows" in words


# Folders


def test_folders_are_those_directly_below_the_outermost_roots(tmp_path: Path) -> None:
    outcomes = [
        tagged("/a/x/1.jpg", [], root="/a"),
        tagged("/a/x/y/2.jpg", [], root="/a/x"),
        tagged("/a/3.jpg", [], root="/a"),
        tagged("/a-b/z/4.jpg", [], root="/a-b"),
        tagged("/c/5.jpg", [face("male", 3)], root="/c/5.jpg"),  # named itself
    ]
    build(tmp_path / "c.db", outcomes)
    facts = facts_of(tmp_path / "c.db")
    assert facts.roots == ("/a", "/a-b", "/c")
    assert facts.folders == (
        Tally("/a/x", 2, 0, 0),
        Tally("/a-b/z", 1, 0, 0),
        Tally("/a/", 1, 0, 0),
        Tally("/c/", 1, 0, 1),
    )
    build(tmp_path / "root.db", [tagged("/1.jpg", [], root="/"), tagged("/q/2.jpg", [], root="/")])
    assert {tally.label for tally in facts_of(tmp_path / "root.db").folders} == {"", "q"}
    assert "Faces in /" in text(page(tmp_path / "root.db", tmp_path / "o.html"))


@pytest.mark.parametrize(
    ("roots", "title"),
    [
        (["/x/Photos"], "Faces in Photos"),
        (["/x/Photos", "/y/Archive"], "Faces in Photos and Archive"),
        (["/a", "/b", "/c"], "Faces in a, b and c"),
        (["/a", "/b", "/c", "/d", "/e"], "Faces in a, b and 3 more folders"),
    ],
)
def test_the_title_names_the_scanned_folders(tmp_path: Path, roots: list[str], title: str) -> None:
    build(tmp_path / "c.db", [tagged(f"{root}/1.jpg", [], root=root) for root in roots])
    root = page(tmp_path / "c.db", tmp_path / "o.html")
    assert (root.findtext("head/title"), root.findtext("body/header/h1")) == (title, title)


def test_the_home_folder_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert homely("/home/ann/Pictures") == "~/Pictures"
    assert homely("/home/ann") == "~"
    assert homely("/home/anna") == "/home/anna"


def test_many_folders_years_and_reasons_stay_small(tmp_path: Path) -> None:
    outcomes: list[Outcome] = [
        tagged(f"/p/{n:04} {'long ' * 10}/a.jpg", [face("male", n % 90)], f"{1000 + n}-01-01T00:00:00")
        for n in range(3000)
    ]
    reasons = [skipped(f"/p/s{n}.jpg", f"reason {'abcdefgh'[n % 8]}{'ijklmnop'[n // 8]}") for n in range(64)]
    build(tmp_path / "c.db", outcomes + reasons)
    words = text(page(tmp_path / "c.db", tmp_path / "o.html"))
    assert "2,988 more folders" in words
    assert "And 2,600 more folders with 2,600 photos and 2,600 faces." in words
    assert "52 other reasons 52" in words
    assert "to 3900" in words
    assert (tmp_path / "o.html").stat().st_size < 300_000


# What it must not say


def test_no_file_and_no_person_is_named_unasked(tmp_path: Path) -> None:
    catalog = build_corrected(tmp_path / "c.db")
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1, 2], name="Zoë", author="me")
    page(catalog, tmp_path / "o.html", "--name", "Zoë")
    html = (tmp_path / "o.html").read_text(encoding="utf-8")
    for secret in ("Zoë", "a.jpg", "/p/2019", "hash of", "Canon"):
        assert secret not in html
    assert "only name one person (not named here)" in text(etree.fromstring(html.encode()))
    assert "<img" not in html
    words = text(page(catalog, tmp_path / "o.html", "--name", "Zoë", "--with-names"))
    assert "Name Faces Zoë 2" in words
    assert "only name Zoë" in words
    assert "1 named person" in text(page(catalog, tmp_path / "o.html"))


def test_odd_names_are_escaped(tmp_path: Path) -> None:
    catalog = tmp_path / "c.db"
    root = f"/caf\udce9 {EVIL}"
    build(
        catalog,
        [
            tagged(f"{root}/{EVIL}\udcff/a.jpg", [face("female", 30)], root=root),
            skipped("/q", f"the file is damaged ({EVIL})"),
        ],
    )
    with Catalog(catalog, mode="write") as opened:
        opened.correct([1], name=EVIL, author=EVIL)
    root_element = page(catalog, tmp_path / "o.html", "--with-names", "--with-crops", "--name", EVIL)
    words = text(root_element)
    shown = r"""<script src=x>'&"\n\x1b[31m\u202e"""
    assert rf"caf\udce9 {shown}" in words
    assert rf"{shown}\udcff 1 1" in words
    assert f"Name Faces {tidy_name(EVIL)} 1" in words
    assert f"only name {shown}" in words
    with closing(sqlite3.connect(catalog)) as other, other:  # another program does not tidy names
        other.execute("UPDATE corrections SET name = ?", [EVIL])
    with_its_name = page(catalog, tmp_path / "its.html", "--with-names")
    assert f"Name Faces {shown} 1" in text(with_its_name)
    for file in ("o.html", "its.html"):
        html = (tmp_path / file).read_text(encoding="utf-8")
        assert "<script" not in html
        assert "\x1b" not in html
        assert "\u202e" not in html


# With faces


def on_disk(folder: Path, name: str, colour: str, faces: list[Face]) -> Tagged:
    """A real JPEG, blue to the right, with metadata that must not get out, as the catalog knows it."""
    picture = Image.new("RGB", (1200, 900), colour)
    picture.paste("blue", (800, 0, 1200, 900))
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    file = folder / name
    picture.save(file, exif=exif, comment=b"SECRET comment")
    found = file.stat()
    facts = PhotoFacts(f"hash of {name!a}", "JPEG", 1200, 900)
    return Tagged(Photo(str(file), str(folder), found.st_size, found.st_mtime_ns), facts, tuple(faces))


def crops(root: etree._Element) -> list[Image.Image]:
    pictures = []
    for element in root.iter("img"):
        data = base64.b64decode(element.get("src").partition("base64,")[2])
        assert b"SECRET" not in data
        pictures.append(Image.open(io.BytesIO(data)))
    return pictures


def test_faces_are_shown_where_asked(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    big = Face(FaceBox(900, 200, 1150, 700, 0.9), Prediction("female", 0.998, 31.9, "25-32", 0.5))
    build(
        tmp_path / "c.db",
        [
            on_disk(photos, "red\udcff.jpg", "red", [big, face("male", 70)]),
            on_disk(photos, "green.jpg", "green", [face("male", 5)] * 9),
            on_disk(photos, "gone.jpg", "blue", [face("male", 31)]),
            on_disk(photos, "changed.jpg", "blue", [face("male", 30)] * 2),
            tagged("/away/x.jpg", [face("male", 20)]),
        ],
    )
    (photos / "gone.jpg").unlink()
    with open(photos / "changed.jpg", "ab") as file:
        file.write(b"more")
    with Catalog(tmp_path / "c.db", mode="write") as catalog:
        catalog.correct([1], name="Ann", author="me")
    out = tmp_path / "o.html"
    root = page(tmp_path / "c.db", out, "--with-crops")
    pictures = crops(root)
    assert len(pictures) == 6 + 2
    middles = [picture.getpixel((picture.width // 2, picture.height // 2)) for picture in pictures]
    assert [middle.index(max(middle)) for middle in middles] == [1] * 6 + [2, 0]
    assert all(picture.format == "JPEG" and max(picture.size) <= 144 for picture in pictures)
    assert max(max(picture.size) for picture in pictures) == 144
    alts = [element.get("alt") for element in root.iter("img")]
    assert alts[-2:] == ["A face: female, 31 years", "A face: male, 70 years"]
    words = text(root)
    assert "4 more faces could not be shown: their photos are missing or changed since the scan." in words
    assert "female, 31 gender > 99 % sure age group 50 % sure" in words
    for face_id, said in ((1, {"age": 31.0}), (2, {"gender": "male"})):
        with Catalog(tmp_path / "c.db", mode="write") as catalog:
            catalog.correct([face_id], author="me", **said)  # type: ignore[arg-type]
    said_of = text(page(tmp_path / "c.db", out, "--with-crops"))
    assert "female, 31 gender > 99 % sure age as a person said" in said_of
    assert "male, 70 gender as a person said age group 60 % sure" in said_of
    assert "Ann" not in words
    assert "Ann female, 31" in text(page(tmp_path / "c.db", out, "--with-crops", "--with-names"))
    result = run(tmp_path / "c.db", out, "--with-crops")
    assert result.stderr.startswith("4 faces could not be shown: ")
    assert [len(crops(page(tmp_path / "c.db", out, "--with-crops", "--gender", "female")))] == [1]
    with Catalog(tmp_path / "c.db", mode="write") as catalog:
        say(catalog, "Ann", Said(gender="male"), author="me")
    from_name = text(page(tmp_path / "c.db", out, "--with-crops"))
    assert "male, 31 gender 100 % sure, from name age as a person said" in from_name


def test_a_face_that_lies_is_shown_upright(tmp_path: Path) -> None:
    box = turned_face(
        FaceBox(700, 200, 1150, 700, 0.9), 90
    )  # the photo is blue from 800 on, that is from its eyes down
    lying = Face(box, Prediction("female", 0.9, 31.9, "25-32", 0.5))
    build(tmp_path / "c.db", [on_disk(tmp_path, "red.jpg", "red", [lying])])
    (picture,) = crops(page(tmp_path / "c.db", tmp_path / "o.html", "--with-crops"))
    top, bottom = (picture.getpixel((picture.width // 2, y)) for y in (5, picture.height - 5))
    assert top.index(max(top)) == 0
    assert bottom.index(max(bottom)) == 2


# The file


def test_an_old_file_stays_until_the_new_one_is_whole(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.html"
    out.write_text("old")
    result = run(tmp_path / "none.db", out)
    assert result.exit_code == 1
    assert out.read_text() == "old"
    result = run(path, tmp_path / "none" / "o.html")
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory." in result.stderr
    assert sorted(os.listdir(tmp_path)) == ["o.html"]


@pytest.mark.parametrize("name", ["out.pdf", "photo.jpg", "out"])
def test_another_ending_is_a_usage_error(path: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    assert run(path, tmp_path / name).exit_code == 2
    assert (tmp_path / name).read_text() == "precious"


# Charts


def test_rows_of_a_pyramid() -> None:
    rows = pyramid([Bar("young", 0, 5), Bar("old", 10, 1)])
    assert [row.label for row in rows] == ["old", "young"]
    assert (rows[0].female_width, rows[1].female_width) == (29.0, 0.0)
    assert (rows[1].male_start, rows[1].male_width) == (27.5, 14.5)
    assert [row.male_width for row in pyramid([Bar("x", 0, 0)])] == [0.0]


def test_a_timeline_fills_short_gaps_and_breaks_long_ones() -> None:
    years = [Tally("1970", 1, 0, 0), Tally("2001", 4, 1, 2), Tally("2004", 8, 0, 0), Tally(None, 200, 1, 1)]
    columns = timeline(years, ["photos"])
    assert [column.label for column in columns] == ["1970", "", "2001", "2002", "2003", "2004"]
    assert [column.numbers[0] for column in columns] == [1, 0, 4, 0, 0, 8]
    assert [column.heights[0] for column in columns] == [15, 0, 60, 0, 0, 120]
    assert columns[5].tops == [20]
    (_, stacked, *_) = timeline(years[1:], ["female", "male"])[0:2]
    assert timeline(years[1:2], ["female", "male"])[0].tops == [100, 20]
    assert stacked.numbers == (0, 0)


@given(st.dictionaries(st.integers(1, 9999), st.integers(1, 10**6), max_size=150), st.booleans())
def test_columns_never_overlap_and_lose_nothing(photos: dict[int, int], undated: bool) -> None:
    years = [Tally(f"{year:04}", photos[year], 0, 0) for year in sorted(photos)]
    if undated:
        years.append(Tally(None, 7, 0, 0))
    columns = timeline(years, ["photos"])
    assert sum(column.numbers[0] for column in columns) == sum(photos.values())
    assert len(columns) <= 100 * 6
    end = 0.0
    for column in columns:
        assert column.x >= end - 0.02
        end = column.x + column.width
        assert 0 <= column.heights[0] <= TALLEST
        assert column.numbers[0] == 0 or column.heights[0] > 0
    assert end <= 100


# In a browser


OUTSIDE = """
return [...document.querySelectorAll("section *")].filter(element => {
    const own = element.getBoundingClientRect(), around = element.closest("section").getBoundingClientRect();
    return own.width && (own.left < around.left || own.right > around.right);
}).map(element => element.outerHTML);
"""


def test_in_a_browser_nothing_is_asked_of_the_network(path: Path, tmp_path: Path) -> None:
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("no chromium with chromedriver")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    page(path, tmp_path / "o.html", "--with-crops")
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("headless=new", "no-sandbox", "disable-gpu", f"user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = Chrome(options, ChromeService(shutil.which("chromedriver")))
    try:
        metrics = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get((tmp_path / "o.html").as_uri())
        width = browser.execute_script("return document.documentElement.scrollWidth")
        outside = browser.execute_script(OUTSIDE)
        title = browser.title
        events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        complaints = browser.get_log("browser")
    finally:
        browser.quit()
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert title == "Faces in p"
    assert width <= 360
    assert outside == []
    # The browser's own pages ask for chrome://.
    assert {url for url in asked if not url.startswith(("data:", "chrome:"))} == {(tmp_path / "o.html").as_uri()}
    assert complaints == []
