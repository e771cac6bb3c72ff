"""The review page in a real browser: what a person does there, by mouse, keyboard, phone and screen reader."""

import json
import ntpath
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.paths import with_parents
from photogender.records import Face, FaceBox, Photo, PhotoFacts, Prediction, Tagged
from tests.support.browser import Page, needs_chromium
from tests.support.library import build, face, tagged
from tests.support.photos import make_library, rows
from tests.support.review_site import LEAST_CERTAIN, ODD_FILE, ODD_NAME, correct, serve

AXE = Path(__file__).parents[2] / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [needs_chromium, pytest.mark.slow]


def test_the_wall_comes_with_pictures_numbers_and_the_notice(page: Page) -> None:
    page.open()
    assert page.wall() == LEAST_CERTAIN
    assert page.counts() == "8 faces · 0 reviewed"
    page.until(
        lambda: page.driver.execute_script(
            "return document.images.length === 8 && [...document.images].every((image) => image.naturalWidth > 50)"
        )
    )
    notice = page.one(".notice")
    assert notice.is_displayed()
    assert "often wrong, most of all for children" in notice.text
    assert page.one("#face-2 .gender").text == "male ?"
    assert page.one("#face-1 .gender").text == "female"
    assert "gender 60 % sure, age group 50 % sure" in (page.one("#face-2").get_attribute("title") or "")
    assert "token" not in page.driver.current_url
    assert page.complaints() == []


def test_an_age_has_its_range_and_doubt_is_a_mark(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    sure = face("female", 50.4, age_sure=0.6)
    doubtful = replace(face("male", 1.2, x=200.0), prediction=Prediction("male", 0.79, 1.2, "0-2", 0.49, 0.0, 4.0))
    sure = replace(sure, prediction=replace(sure.prediction, age_low=39.0, age_high=61.0))
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [sure, doubtful])])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")
        page.open()
        assert (page.one("#face-1 .gender").text, page.one("#face-1 .age").text) == ("female", "50 (39–61)")
        assert (page.one("#face-2 .gender").text, page.one("#face-2 .age").text) == ("male ?", "1 (0–4) ?")


def test_a_filter_goes_into_the_address_and_back(page: Page) -> None:
    page.open()
    page.click("#filters [name=gender] option[value=female]")
    page.until_wall([6, 1, 8, 4])
    page.one("#filters [name=age_from]").send_keys("20", Keys.ENTER)
    page.until_wall([6, 1, 4])
    assert page.driver.current_url == f"{page.site.root}/?gender=female&age_from=20"
    page.until(lambda: page.counts() == "3 faces · 0 reviewed")
    page.driver.back()
    page.until_wall([6, 1, 8, 4])
    assert page.one("#filters [name=age_from]").get_attribute("value") == ""
    page.driver.refresh()
    page.until_wall([6, 1, 8, 4])
    page.click("#chips button")
    page.until_wall(LEAST_CERTAIN)
    page.one("#filters [name=folder]").send_keys("/nowhere", Keys.ENTER)
    page.until(lambda: page.one("#empty").is_displayed())
    page.click("#filters button[type=reset]")
    page.until_wall(LEAST_CERTAIN)


def test_corrections_by_keyboard_and_undo(page: Page) -> None:
    page.open()
    page.press(Keys.TAB)
    assert page.focused() == "skip"
    page.press(Keys.ENTER)
    assert page.focused() == "face-2"
    assert page.selected() == [2]
    page.press(Keys.ENTER)  # accept, and on to the next
    page.until(lambda: page.focused() == "face-5")
    page.press("f")
    page.press("34", Keys.ENTER)
    page.press("w", ODD_NAME, Keys.ENTER)
    assert page.focused() == "face-5"
    page.press(Keys.ARROW_RIGHT, "n")
    expected: list[tuple[object, ...]] = [
        (2, "male", 8.2, None, 0),
        (5, "female", None, None, 0),
        (5, "female", 34.0, None, 0),
        (5, "female", 34.0, ODD_NAME, 0),
        (6, None, None, None, 1),
    ]
    page.until_said(expected)
    assert rows(page.catalog, "SELECT DISTINCT author FROM corrections") == [("Ada",)]
    page.until(lambda: page.focused() == "face-3")
    assert "marked as not a face" in (page.one("#face-6").get_attribute("textContent") or "")
    assert "gone" in (page.one("#face-6").get_attribute("class") or "")
    assert ODD_NAME in page.one("#face-5").text
    page.until(lambda: page.counts() == "7 faces · 2 reviewed")
    for left in (4, 3, 2):
        page.press("u")
        page.until_said(expected[:left])
    page.until(lambda: page.focused() == "face-5")
    assert "female" in page.one("#face-5").text
    page.press("g")
    page.until_said([*expected[:2], (5, "male", None, None, 0)])
    assert "pwned" not in page.driver.title
    assert page.complaints() == []


def test_escape_leaves_a_field_and_a_wrong_age_stays_in_it(page: Page) -> None:
    page.open()
    page.click("#face-2")
    page.press("9", "9", "9", Keys.ENTER)
    assert "age-input" in (page.driver.switch_to.active_element.get_attribute("class") or "")
    page.press(Keys.ESCAPE)
    assert page.focused() == "face-2"
    page.press("w", "x", Keys.ESCAPE, Keys.ESCAPE)
    assert page.selected() == []
    assert page.said() == []


def test_clicks_fix_gender_and_age(page: Page) -> None:
    page.open()
    page.click("#face-2 .gender")
    page.click("#gender [data-gender=female]")
    page.until_said([(2, "female", None, None, 0)])
    page.click("#face-2 .age")
    page.press("7", Keys.ENTER)
    page.until_said([(2, "female", None, None, 0), (2, "female", 7.0, None, 0)])
    page.until(lambda: "7 years ✓" in page.one("#face-2").text)


def test_many_are_selected_and_corrected_at_once(page: Page) -> None:
    page.open()
    page.click("#face-2 img")
    page.press(Keys.ARROW_RIGHT)
    ActionChains(page.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).key_up(
        Keys.SHIFT
    ).perform()
    assert page.selected() == [5, 6, 3]
    ActionChains(page.driver).key_down(Keys.CONTROL).click(page.one("#face-7 img")).click(
        page.one("#face-6 img")
    ).key_up(Keys.CONTROL).perform()
    assert page.selected() == [5, 3, 7]
    assert page.one("#selected").text == "3 selected"
    page.press("w", "Ada", Keys.ENTER)
    page.until_said([(face, None, None, "Ada", 0) for face in (5, 3, 7)])
    page.press("u")
    page.until_said([])
    ActionChains(page.driver).key_down(Keys.SHIFT).click(page.one("#face-4 img")).key_up(Keys.SHIFT).perform()
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
    assert page.selected() == LEAST_CERTAIN
    page.press("m")
    page.until_said([(face, "male", None, None, 0) for face in LEAST_CERTAIN])


def test_the_pyramid_and_the_timeline_filter(page: Page) -> None:
    page.open()
    page.click("#pyramid [data-key='60female']")
    page.until_wall([4])
    assert "age_from=60" in page.driver.current_url
    assert page.one("#pyramid [data-key='60female']").get_attribute("aria-pressed") == "true"
    assert page.one("#pyramid [data-key='30male']").get_attribute("aria-label") == "male, 30–39 years: 1 face"
    page.click("#pyramid [data-key='60female']")
    page.until_wall(LEAST_CERTAIN)

    page.one("#timeline [data-key='2019']").send_keys(Keys.ENTER)
    page.until_wall([3, 4])
    page.until(lambda: page.one("#timeline-title").text == "Months of 2019")
    page.click("#timeline [data-key='2019-04']")
    page.until_wall([4])
    page.click("#timeline .back")
    page.until_wall(LEAST_CERTAIN)


def test_folders_are_gone_through_by_clicks(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    paths = ("/p/2019/a.jpg", "/p/2019/sub/b.jpg", "/p/2020/c.jpg")
    build(tmp_path / "c.db", [tagged(path, [face("male", 30)]) for path in paths])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")

        def shown() -> list[str]:
            return [each.text for each in page.driver.find_elements(By.CSS_SELECTOR, "#tree button")]

        page.open()
        page.until(lambda: shown() == ["2019", "2020"])
        page.click("#tree [data-key='/p/2019']")
        page.until_wall([1, 2])
        page.until(lambda: shown() == ["↑ p", "sub"])
        page.click("#tree [data-key='/p/2019/sub']")
        page.until_wall([2])
        page.until(lambda: shown() == ["↑ 2019"])
        assert "/p/2019/sub" in page.one("#chips").text
        page.press(Keys.ENTER)  # the focus followed
        page.until_wall([1, 2])
        page.click("#tree button")
        page.until_wall([1, 2, 3])
        assert "folder" not in page.driver.current_url
        assert page.complaints() == []


TREE = """
const [folders, chosen, done] = arguments;
import(new URL("static/tree.js", location).href).then((tree) => {
    tree.offer(folders);
    tree.show(chosen);
    done([...document.querySelectorAll("#tree button")].map((button) => [button.textContent, button.dataset.key]));
});
"""


def test_each_drive_of_windows_has_its_own_tree(page: Page) -> None:
    photos = ("C:\\p\\a\\b", "C:\\p\\c", "D:\\", "D:\\q", "\\\\nas\\share\\x", "\\\\nas\\share\\y", "s3://bucket/z")
    folders = with_parents(photos, ntpath)
    page.open()
    page.until_wall(LEAST_CERTAIN)

    def tree(chosen: str) -> list[list[str]]:
        return page.driver.execute_async_script(TREE, folders, chosen)

    tops = [["p", "C:\\p"], ["D:\\", "D:\\"], ["\\\\nas\\share\\", "\\\\nas\\share\\"], ["bucket", "s3://bucket"]]
    assert sorted(tree("")) == sorted(tops)
    assert tree("C:\\p") == [["↑ All folders", ""], ["a", "C:\\p\\a"], ["c", "C:\\p\\c"]]
    assert tree("C:\\p\\a\\b") == [["↑ a", "C:\\p\\a"]]
    assert tree("D:\\") == [["↑ All folders", ""], ["q", "D:\\q"]]
    assert tree("D:\\q") == [["↑ D:\\", "D:\\"]]
    assert [text for text, key in tree("\\\\nas\\share\\")] == ["↑ All folders", "x", "y"]
    assert tree("s3://bucket/z") == [["↑ bucket", "s3://bucket"]]
    folders = with_parents(("C:\\p\\a", "C:\\p\\c"), ntpath)  # one drive: what is in its top
    assert tree("") == [["a", "C:\\p\\a"], ["c", "C:\\p\\c"]]
    assert tree("C:\\p\\a") == [["↑ p", "C:\\p"]]
    assert page.complaints() == []


def test_photos_without_a_date_are_a_click_away(page: Page) -> None:
    page.open()
    page.click("#timeline [data-key=undated]")
    page.until_wall([6])
    assert page.driver.current_url.endswith("?undated=yes")
    assert "without a date" in page.one("#chips").text
    page.click("#timeline [data-key='2019']")
    page.until_wall([3, 4])


def test_what_is_not_a_face_can_be_listed_and_taken_back(page: Page) -> None:
    correct(page.catalog, 3, not_a_face=True)
    correct(page.catalog, 7, not_a_face=True)
    page.open()
    page.click("#filters [name=reviewed] option[value=not_a_face]")
    page.until_wall([3, 7])
    page.until(lambda: page.counts() == "2 faces · 0 reviewed")
    page.click("#face-3")
    page.press("u")
    page.until_said([(7, None, None, None, 1)])
    page.until(lambda: "gone" not in (page.one("#face-3").get_attribute("class") or ""))
    page.click("#chips button")
    page.until_wall([face for face in LEAST_CERTAIN if face != 7])


def test_all_that_match_are_accepted_above_a_confidence(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    faces = [face("male", 30, sure=0.95 if n % 4 else 0.6, age_sure=0.95, x=50.0 * n) for n in range(400)]
    build(tmp_path / "c.db", [tagged("/p/a.jpg", faces)])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")
        page.open("confidence=90")
        assert page.counts() == "300 faces · 0 reviewed"
        next(each for each in page.driver.find_elements(By.CSS_SELECTOR, "#bar button") if "All" in each.text).click()
        page.until(lambda: page.one("#selected").text == "300 selected")
        assert len(page.wall()) < 300
        page.press(Keys.ENTER)
        expected = [n + 1 for n in range(400) if n % 4]
        page.until(lambda: sorted(each[0] for each in page.said()) == expected)
        page.until(lambda: page.counts() == "300 faces · 300 reviewed")
        page.press("u")
        page.until_said([])


def test_corrections_that_wait_for_their_photo_are_listed(page: Page) -> None:
    page.open()
    assert not page.one("#waiting").is_displayed()
    correct(page.catalog, 1, name=ODD_NAME, age=34)
    with Catalog(page.catalog, mode="write") as other, other.transaction():
        other.fetch(
            "UPDATE pictures SET skipped_stage = 'decode', skipped_reason = 'The file is cut short.' WHERE id = 1"
        )
    page.open()
    page.until(lambda: page.one("#waiting summary").text == "1 correction waits for its photo")
    page.click("#waiting summary")
    text = page.one("#waiting li").text
    assert ODD_FILE in text
    assert f"name {ODD_NAME}, 34 years (test, " in text


def test_a_chart_is_one_stop_and_arrows_move_in_it(page: Page) -> None:
    page.open()
    stops = page.driver.execute_script("return document.querySelectorAll('#pyramid button[tabindex=\"0\"]').length")
    assert stops == 1
    page.driver.execute_script("document.querySelector('#timeline [data-key=\"2018\"]').focus()")
    page.press(Keys.ARROW_RIGHT)
    assert page.driver.switch_to.active_element.get_attribute("data-key") == "2019"
    page.press(Keys.END)
    assert page.driver.switch_to.active_element.get_attribute("data-key") == "undated"


def test_the_photo_opens_with_its_boxes(page: Page) -> None:
    page.open()
    page.click("#face-7")
    page.press("p")
    page.until(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, "#photo .box")) == 2)
    page.until(lambda: page.driver.execute_script("return document.querySelector('#photo img').naturalWidth") == 320)
    picture, box = page.one("#photo img").rect, page.one("#photo [data-box='7']").rect
    # Face 7 is at 20, 40 to 100, 140 of 320 × 240.
    assert (box["x"] - picture["x"]) / picture["width"] == pytest.approx(20 / 320, abs=0.01)
    assert (box["y"] - picture["y"]) / picture["height"] == pytest.approx(40 / 240, abs=0.01)
    assert box["width"] / picture["width"] == pytest.approx(80 / 320, abs=0.01)
    assert box["height"] / picture["height"] == pytest.approx(100 / 240, abs=0.01)
    page.press(Keys.ARROW_RIGHT, "f", "20", Keys.ENTER)
    page.until_said([(8, "female", None, None, 0), (8, "female", 20.0, None, 0)])
    page.until(lambda: "20 years ✓" in page.one("#photo .faces").text)
    page.press("u")
    page.until_said([(8, "female", None, None, 0)])
    page.press(Keys.ESCAPE)
    page.until(lambda: page.focused() == "face-7")
    assert "female ✓" in page.one("#face-8").text
    assert page.complaints() == []


def test_the_next_photo_is_a_key_away(page: Page) -> None:
    page.open()  # the wall: 2, 5, 6, 3, 1, 8, 7, 4
    page.click("#face-1")
    page.press("p")
    page.until(lambda: page.one("#photo-title").text == ODD_FILE)
    page.press(Keys.PAGE_DOWN)
    page.until(lambda: page.one("#photo-title").text == "IMG_0006.jpg")
    page.press("w", "Ann")
    next(
        each for each in page.driver.find_elements(By.CSS_SELECTOR, "#photo button") if each.text == "Next photo"
    ).click()
    page.until(lambda: page.one("#photo-title").text == "IMG_0003.jpg")
    page.until(lambda: "name Ann" in page.one("#photo #unsaved").text)
    page.press(Keys.PAGE_DOWN)
    page.until(lambda: "last photo" in page.one("#note").text)
    page.press(Keys.PAGE_UP)
    page.until(lambda: page.one("#photo-title").text == "IMG_0006.jpg")
    page.press(Keys.ESCAPE)
    page.until(lambda: page.focused() == "face-7")
    assert page.said() == []


def test_a_tile_with_two_faces_shows_whose_it_is(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    photos = make_library(tmp_path / "photos", 2)
    faces = [
        Face(FaceBox(x, 60.0, x + 80, 160.0, 0.9), Prediction("male", 0.9, 30, "25-32", 0.9)) for x in (40.0, 130.0)
    ]
    outcomes = []
    for index, path in enumerate(photos):
        found = path.stat()
        photo = Photo(str(path), str(tmp_path), found.st_size, found.st_mtime_ns)
        outcomes.append(Tagged(photo, PhotoFacts(f"h{index}", "JPEG", 320, 240, None, None), tuple(faces[index:])))
    build(tmp_path / "c.db", outcomes)
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")
        page.open()
        frames = page.driver.find_elements(By.CSS_SELECTOR, "#wall .frame")
        assert len(frames) == 2
        tile, frame = page.one("#face-1 .shot").rect, page.one("#face-1 .frame").rect
        # The picture is 140 × 160 pixels, 30 around the box of 80 × 100; it is shown as the 140 × 140 in its middle.
        assert (frame["x"] - tile["x"]) / tile["width"] == pytest.approx(30 / 140, abs=0.02)
        assert (frame["y"] - tile["y"]) / tile["width"] == pytest.approx(20 / 140, abs=0.02)
        assert frame["width"] / tile["width"] == pytest.approx(80 / 140, abs=0.02)
        assert frame["height"] / tile["width"] == pytest.approx(100 / 140, abs=0.02)


def test_names_that_are_scripts_are_shown_as_text(page: Page) -> None:
    correct(page.catalog, 1, name=ODD_NAME)
    page.open("gender=female")
    assert ODD_NAME in page.one("#face-1").text
    assert ODD_FILE in (page.one("#face-1 img").get_attribute("alt") or "")
    page.click("#face-1")
    page.press("p")
    page.until(lambda: page.one("#photo-title").text == ODD_FILE)
    page.press(Keys.ESCAPE)
    assert (
        page.driver.execute_script("return document.querySelectorAll('script:not([src]), img[src=\"x\"]').length") == 0
    )
    assert page.driver.title == "Review faces – photogender"
    # And if something slipped in, the policy would stop it.
    with pytest.raises(Exception, match=r"TrustedHTML"):
        page.driver.execute_script("document.body.innerHTML = '<b>x</b>'")


def test_photos_that_are_away_are_words(page: Page, tmp_path: Path) -> None:
    (tmp_path / "photos").rename(tmp_path / "away")
    page.open()
    page.until(lambda: "the file is gone" in page.one("#face-2").text)
    page.click("#face-2")
    page.press("p")
    page.until(lambda: "the file is gone" in page.one("#photo .picture").text)
    page.press(Keys.ESCAPE, "f")
    page.until_said([(2, "female", None, None, 0)])


def test_when_the_server_is_gone_it_says_so_and_nothing_is_lost(page: Page) -> None:
    page.open()
    page.click("#face-2")
    page.site.process.terminate()
    page.site.process.wait(30)
    page.press("f")
    page.until(lambda: "lost its server" in page.one("#unsaved").text)
    assert "Try again" in page.one("#unsaved").text


def test_the_head_stays_and_all_years_are_seen(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    photos = [tagged(f"/p/{year}.jpg", [face("male", 30)], f"{year}-06-01T12:00:00") for year in range(1960, 2020)]
    build(tmp_path / "c.db", [*photos, tagged("/p/undated.jpg", [face("male", 30)])])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")
        page.open()
        assert len(page.driver.find_elements(By.CSS_SELECTOR, "#timeline button")) == 61
        wide = "const place = document.getElementById('timeline'); return place.scrollWidth - place.clientWidth"
        assert page.driver.execute_script(wide) <= 0
        labels = page.driver.find_elements(By.CSS_SELECTOR, "#timeline .label")
        assert [each.text for each in labels if each.is_displayed()][:3] == ["1960", "1965", "1970"]
        page.driver.execute_script("scrollTo(0, 600)")
        page.until(lambda: page.driver.execute_script("return scrollY") == 600)
        top = page.one("header").rect["y"], page.one("#counts").rect["y"], page.one("#bar").rect["y"]
        assert all(600 <= each < 700 for each in top), top
        bottom = page.one("header").rect["y"] + page.one("header").rect["height"]
        assert page.one("#bar").rect["y"] >= bottom - 1


def test_a_photo_is_seen_larger_around_the_face(page: Page) -> None:
    page.open()
    page.click("#face-8")
    page.press("p")
    page.until(lambda: page.driver.execute_script("return document.querySelector('#photo img').naturalWidth") == 320)
    before = page.one("#photo .picture").rect["width"]
    page.press("+")
    page.until(lambda: page.one("#photo .picture").rect["width"] == pytest.approx(2 * before, rel=0.02))
    page.press("+")
    page.until(lambda: page.one("#photo .picture").rect["width"] == pytest.approx(4 * before, rel=0.02))
    view, box = page.one("#photo .view").rect, page.one("#photo [data-box='8']").rect
    assert view["x"] < box["x"] + box["width"] / 2 < view["x"] + view["width"]
    assert view["y"] < box["y"] + box["height"] / 2 < view["y"] + view["height"]
    page.until(lambda: "large" in (page.one("#photo img").get_attribute("src") or ""))
    next(each for each in page.driver.find_elements(By.CSS_SELECTOR, "#photo button") if each.text == "−").click()
    page.press("-")
    page.until(lambda: page.one("#photo .picture").rect["width"] == pytest.approx(before, rel=0.02))
    assert page.said() == []
    assert page.complaints() == []


def test_more_faces_come_by_scrolling(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [face("male", 30, x=50.0 * n) for n in range(130)])])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")
        page.open()
        page.until(lambda: len(page.wall()) >= 60)
        page.driver.execute_script("document.querySelector('#wall > :last-child').scrollIntoView()")
        page.until(lambda: len(page.wall()) == 120)
        page.driver.execute_script("document.querySelector('#wall > :last-child').scrollIntoView()")
        page.until_wall(list(range(1, 131)))
        page.until(lambda: not page.one("#more").is_displayed())


def test_read_only_has_nothing_to_change(chromium: webdriver.Chrome, catalog: Path, tmp_path: Path) -> None:
    with serve(catalog, tmp_path / "cache", "--read-only") as site:
        page = Page(chromium, site, catalog)
        page.open()
        assert "Read-only" in page.one("#bar").text
        assert "Not a face" not in page.one("#bar").text
        page.click("#face-2 .gender")
        page.press("f", Keys.ENTER, "n", "p")
        page.until(lambda: page.one("#photo").is_displayed())
        assert page.said() == []
        assert page.complaints() == []


LABELS = """
const text = document.createRange();
return [...document.querySelectorAll("#timeline .label")]
  .filter((label) => getComputedStyle(label).visibility === "visible")
  .map((label) => {
    text.selectNodeContents(label);
    const { left, right } = text.getBoundingClientRect();
    return [left, right];
  });
"""


def test_the_years_do_not_overlap_on_a_phone(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    photos = [tagged(f"/p/{year}.jpg", [face("male", 30)], f"{year}-06-01T12:00:00") for year in range(2008, 2022)]
    build(tmp_path / "c.db", [*photos, tagged("/p/undated.jpg", [face("male", 30)])])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        page = Page(chromium, site, tmp_path / "c.db")
        page.open()
        assert len(page.driver.execute_script(LABELS)) == 14
        device = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
        try:
            page.until(lambda: 0 < len(page.driver.execute_script(LABELS)) < 14)
            places = page.driver.execute_script(LABELS)
            assert all(one[1] <= other[0] for one, other in pairwise(places)), places
        finally:
            page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_fits_a_phone(page: Page) -> None:
    device = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    try:
        page.open()
        assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 360
        assert not page.one("#filters").is_displayed()
        page.click("#panel summary")
        assert page.one("#filters").is_displayed()
        page.click("#panel summary")
        assert not page.one("#bar .actions").is_displayed()
        page.click(".several")
        page.click("#face-2 img")
        page.click("#face-5 img")
        assert page.selected() == [2, 5]
        next(
            each for each in page.driver.find_elements(By.CSS_SELECTOR, ".actions button") if "Female" in each.text
        ).click()
        page.until_said([(2, "female", None, None, 0), (5, "female", None, None, 0)])
        assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_random_sample_is_answered_with_the_estimates_hidden(
    chromium: webdriver.Chrome, catalog: Path, tmp_path: Path
) -> None:
    with serve(catalog, tmp_path / "cache", "--sample", "3", "--author", "Ada") as site:
        page = Page(chromium, site, catalog)
        page.open()
        one, other, third = page.wall()
        assert page.counts() == "3 faces · 0 answered"
        assert not page.one("#panel").is_displayed()
        assert "A random sample of 3 faces." in page.one("#notice").text
        text = page.one("#wall").get_attribute("textContent") or ""
        assert not {"female", "male", "sure"} & {*text.replace(",", " ").split()}
        assert (page.one(f"#face-{one} .gender").text, page.one(f"#face-{one} .age").text) == ("gender?", "age?")
        page.press("f")
        page.until(lambda: page.one(f"#face-{one} .gender").text == "female")
        assert page.said() == []
        page.press("34", Keys.ENTER)
        page.until_said([(one, "female", 34.0, None, 0)])
        page.until(lambda: page.selected() == [other])
        assert "34 years ✓" in page.one(f"#face-{one}").text
        page.press("7", Keys.ENTER)  # in the other order
        page.until(lambda: page.one(f"#face-{other} .age").text == "7 years")
        page.press(Keys.ENTER, "g", "w", "l")  # nothing accepts an estimate that nobody sees
        page.press("m")
        page.until_said([(one, "female", 34.0, None, 0), (other, "male", 7.0, None, 0)])
        page.until(lambda: page.selected() == [third])
        page.press("p")
        page.until(lambda: page.one("#photo .box .label").get_attribute("textContent") == "?")
        page.press(Keys.ESCAPE)
        page.press("n")
        page.until(lambda: page.counts() == "3 faces · 3 answered")
        page.press("u")
        page.until(lambda: page.one(f"#face-{third} .age").text == "age?")
        assert page.complaints() == []


def test_a_face_that_was_missed_is_drawn(chromium: webdriver.Chrome, tmp_path: Path, six_faces: Path) -> None:
    (tmp_path / "photos").mkdir()
    shutil.copy(six_faces, tmp_path / "photos" / "a.jpg")
    path = tmp_path / "c.db"
    subprocess.run([sys.executable, "-m", "photogender", "scan", tmp_path / "photos", "--catalog", path], check=True)
    with Catalog(path, mode="write") as catalog:
        x1, y1, x2, y2 = catalog.fetch("SELECT x1, y1, x2, y2 FROM faces ORDER BY x1 LIMIT 1").fetchone()
        catalog.fetch("DELETE FROM faces WHERE x1 = (SELECT min(x1) FROM faces)")
    with serve(path, tmp_path / "cache", "--author", "Ada") as site:
        page = Page(chromium, site, path)
        page.open()
        assert len(page.wall()) == 5
        page.press("p")
        page.until(lambda: page.one("#photo[open] .picture img").get_property("complete"))
        page.press("d")
        paper = page.one(".paper")
        scale = paper.size["width"] / 1280
        middle = (paper.size["width"] / 2, paper.size["height"] / 2)
        mouse = ActionChains(chromium)
        mouse.move_to_element_with_offset(paper, x1 * scale - middle[0], y1 * scale - middle[1]).click_and_hold()
        mouse.move_to_element_with_offset(paper, x2 * scale - middle[0], y2 * scale - middle[1]).release().perform()
        page.until(lambda: len(chromium.find_elements(By.CSS_SELECTOR, "#photo .box")) == 6)
        with Catalog(path) as catalog:
            found = catalog.fetch("SELECT face_id, x1, y1, x2, y2 FROM tags WHERE detector = 'by hand'")
            ((key, *drawn),) = found.fetchall()
        assert max(abs(one - other) for one, other in zip(drawn, (x1, y1, x2, y2), strict=True)) < 10
        assert page.one(f"[data-box='{key}']").get_attribute("aria-pressed") == "true"
        assert not chromium.find_elements(By.CSS_SELECTOR, ".paper")
        page.press("41", Keys.ENTER)
        page.until_said([(key, None, None, None, 0), (key, None, 41.0, None, 0)])
        page.press("u")
        page.until_said([(key, None, None, None, 0)])
        page.press("u")
        page.until_said([])
        page.until(lambda: len(chromium.find_elements(By.CSS_SELECTOR, "#photo .box")) == 5)
        page.press("d", Keys.ESCAPE)
        assert page.one("#photo").get_attribute("open") == "true"
        page.press(Keys.ESCAPE)
        page.until(lambda: page.one("#photo").get_attribute("open") is None)
        assert page.complaints() == []


AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run({ resultTypes: ["violations"] }).then((found) => done(JSON.stringify(found.violations)), done);
"""


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core (make axe)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, scheme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def check(state: str) -> None:
        page.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found = json.loads(page.driver.execute_async_script(AXE_RUN))
        bad = [
            (each["id"], each["impact"], [node["target"] for node in each["nodes"]][:5])
            for each in found
            if each["impact"] != "minor"
        ]
        assert bad == [], state

    try:
        correct(page.catalog, 1, name="Ada")
        correct(page.catalog, 2)
        page.open("age_from=1")
        background = page.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        light = int(background.removeprefix("rgb(").split(",")[0]) > 128
        assert light == (scheme == "light")
        check("the wall")
        page.click("#face-3 img")
        page.press("n")
        page.until_said([(1, None, None, "Ada", 0), (2, "male", 8.2, None, 0), (3, None, None, None, 1)])
        check("some selected, one no face")
        page.catalog.rename(page.catalog.with_name("away.db"))
        page.press("f")
        page.until(lambda: page.one("#unsaved li").is_displayed())
        page.catalog.with_name("away.db").rename(page.catalog)
        page.press("w", "x")
        page.click("#face-4 .gender")
        check("unsaved, and the choice of a gender")
        page.press(Keys.ESCAPE)
        for _ in range(2):
            page.click("#unsaved li button:last-child")
        page.click("#pyramid [data-key='30female']")
        page.until_wall([1])
        check("filtered")
        page.click("#face-1")
        page.press("p")
        page.until(lambda: page.one("#photo").is_displayed())
        check("the photo")
        page.press(Keys.ESCAPE)
        page.click("#keys-open")
        check("the keys")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
