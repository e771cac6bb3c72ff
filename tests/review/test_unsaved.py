"""What a person says on the page is saved or visibly not saved, and never lands where it was not meant."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from photogender.catalog.catalog import Catalog
from tests.support.browser import Page, needs_chromium
from tests.support.library import build, face, tagged
from tests.support.review_site import correct, serve

pytestmark = needs_chromium

Said = tuple[object, ...]


@contextmanager
def away(catalog: Path) -> Iterator[None]:
    """The catalog's drive is not connected."""
    elsewhere = catalog.with_name("away.db")
    catalog.rename(elsewhere)
    yield
    elsewhere.rename(catalog)


def unsaved(page: Page) -> list[str]:
    """What the page lists as not saved."""
    return [each.text for each in page.driver.find_elements(By.CSS_SELECTOR, "#unsaved li")]


def until_unsaved(page: Page, *parts: str) -> None:
    """Until it lists exactly these, each with this text in it."""
    page.until(
        lambda: (
            len(found := unsaved(page)) == len(parts)
            and all(part in each for part, each in zip(parts, found, strict=True))
        )
    )


def button(page: Page, text: str, place: str = "#messages") -> None:
    """Click the first button with this text."""
    buttons = page.driver.find_elements(By.CSS_SELECTOR, f"{place} button")
    next(each for each in buttons if each.text == text).click()


def noted(page: Page) -> str:
    return page.one("#note").text


def asks_before_leaving(page: Page) -> bool:
    return bool(
        page.driver.execute_script(
            "const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving);"
            "return leaving.defaultPrevented"
        )
    )


def test_what_failed_stays_until_it_is_saved_in_order_and_others_go_on(page: Page) -> None:
    page.open()
    page.click("#face-2")
    with away(page.catalog):
        page.press("f")
        until_unsaved(page, "IMG_0001.jpg: female")
        assert "gone" in unsaved(page)[0]
        page.press("9", Keys.ENTER)
        until_unsaved(page, "female", "9 years")
    page.press("m")
    until_unsaved(page, "female", "9 years", "male")  # of the same face: each waits for the one before
    page.click("#face-5")
    page.press("f", Keys.ENTER)
    page.until_said([(5, "female", None, None, 0), (5, "female", 33.0, None, 0)])
    until_unsaved(page, "female", "9 years", "male")
    assert "unsaved" in (page.one("#face-2").get_attribute("class") or "")
    assert "unsaved" not in (page.one("#face-5").get_attribute("class") or "")
    page.click("#chips, #filters [name=gender] option[value=male]")  # another wall
    page.until(lambda: 5 not in page.wall())
    until_unsaved(page, "female", "9 years", "male")
    assert asks_before_leaving(page)
    button(page, "Try again")
    page.until_said(
        [
            (5, "female", None, None, 0),
            (5, "female", 33.0, None, 0),
            (2, "female", None, None, 0),
            (2, "female", 9.0, None, 0),
            (2, "male", 9.0, None, 0),
        ]
    )
    until_unsaved(page)
    assert not asks_before_leaving(page)


def test_what_failed_can_be_dropped(page: Page) -> None:
    page.open()
    page.click("#face-2")
    with away(page.catalog):
        page.press("f", "9", Keys.ENTER)
        until_unsaved(page, "female", "9 years")
    button(page, "Drop")
    page.until_said([(2, None, 9.0, None, 0)])
    until_unsaved(page)


def test_several_are_tried_again_at_once(page: Page) -> None:
    page.open()
    with away(page.catalog):
        for number in (2, 5):
            page.click(f"#face-{number}")
            page.press("f")
        until_unsaved(page, "female", "female")
    button(page, "Try all again")
    page.until_said([(2, "female", None, None, 0), (5, "female", None, None, 0)])
    until_unsaved(page)


def test_a_retry_overwrites_nothing_newer(page: Page) -> None:
    page.open()
    page.click("#face-2")
    with away(page.catalog):
        page.press("f")
        until_unsaved(page, "female")
    correct(page.catalog, 2, gender="male", age=40)
    newer: list[Said] = [(2, "male", 40.0, None, 0)]
    button(page, "Try again")
    until_unsaved(page, "Changed elsewhere")
    assert "male ✓, 40 years ✓" in unsaved(page)[0]
    assert "40 years ✓" in page.one("#face-2").text
    page.until_said(newer)
    button(page, "Save anyway")  # now that it was seen
    page.until_said([*newer, (2, "female", 40.0, None, 0)])
    until_unsaved(page)


@pytest.mark.parametrize("key", [Keys.ENTER, "f", "n"])
def test_a_stale_page_says_nothing_of_what_it_does_not_show(page: Page, key: str) -> None:
    page.open()
    correct(page.catalog, 2, gender="female", age=50)
    newer: list[Said] = [(2, "female", 50.0, None, 0)]
    page.click("#face-2")
    page.press(key)
    until_unsaved(page, "Changed elsewhere")
    page.until(lambda: "50 years ✓" in page.one("#face-2").text)
    page.until_said(newer)
    button(page, "Drop")
    until_unsaved(page)
    page.until_said(newer)


def test_in_the_photo_what_failed_is_listed_and_saved_there(page: Page) -> None:
    page.open()
    page.click("#face-7")
    page.press("p")
    page.until(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, "#photo .box")) == 2)
    with away(page.catalog):
        page.press("f")
        until_unsaved(page, "female")
        assert "not saved" in page.one("#photo .faces [data-item='7']").text
    page.press(Keys.ARROW_RIGHT, "m")
    page.until_said([(8, "male", None, None, 0)])
    until_unsaved(page, "female")
    button(page, "Try again", "#photo")
    page.until_said([(8, "male", None, None, 0), (7, "female", None, None, 0)])
    until_unsaved(page)
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.one("#photo").is_displayed())
    assert page.one("#messages").find_element(By.XPATH, "..").tag_name == "body"
    page.click("#face-7")
    with away(page.catalog):
        page.press("m")
        until_unsaved(page, "male")


def test_a_name_that_was_typed_lands_on_its_own_face_or_is_listed(page: Page) -> None:
    page.open()
    page.click("#face-2")
    page.press("w", "Ann")
    page.click("#face-5")
    until_unsaved(page, "IMG_0001.jpg: name Ann")
    assert page.said() == []
    assert page.one("#bar .name-input").get_attribute("value") == ""
    assert asks_before_leaving(page)
    page.press("w", "Bea", Keys.ENTER)
    page.until_said([(5, None, None, "Bea", 0)])
    button(page, "Save")
    page.until_said([(5, None, None, "Bea", 0), (2, None, None, "Ann", 0)])
    until_unsaved(page)
    page.press("u")
    page.until_said([(5, None, None, "Bea", 0)])


def test_an_age_that_is_none_is_listed_and_cannot_be_saved(page: Page) -> None:
    page.open()
    page.click("#face-2")
    page.press("9", "9", "9")
    page.click("#face-5")
    until_unsaved(page, "999 years")
    assert "130" in unsaved(page)[0]
    assert [each.text for each in page.driver.find_elements(By.CSS_SELECTOR, "#unsaved button")] == ["Drop"]
    page.press("f")  # nothing waits for it
    page.until_said([(5, "female", None, None, 0)])
    button(page, "Drop")
    until_unsaved(page)


def test_what_is_typed_survives_another_wall(page: Page) -> None:
    page.open()
    page.click("#face-2")
    page.press("4")
    page.click("#pyramid [data-key='60female']")
    page.until_wall([4])
    until_unsaved(page, "4 years")
    button(page, "Save")
    page.until_said([(2, None, 4.0, None, 0)])


def test_what_is_typed_in_the_photo_stays_with_its_face(page: Page) -> None:
    page.open()
    page.click("#face-7")
    page.press("p")
    page.until(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, "#photo .box")) == 2)
    page.press("w", "Ann")
    page.click("#photo [data-item='8']")
    until_unsaved(page, "name Ann")
    page.press("5")
    page.one("#photo .bar .age-input").send_keys("1")
    button(page, "Close", "#photo")
    until_unsaved(page, "name Ann", "years")
    assert page.said() == []
    button(page, "Save")
    page.until_said([(7, None, None, "Ann", 0)])


def test_a_field_that_was_only_visited_changes_nothing(page: Page) -> None:
    correct(page.catalog, 2, name="Ann")
    page.open()
    page.click("#face-2")
    page.click("#bar .name-input")
    assert page.one("#bar .name-input").get_attribute("value") == "Ann"
    page.press(Keys.ENTER)
    page.click("#bar .age-input")
    page.click("#face-5")
    until_unsaved(page)
    assert page.one("#bar .name-input").get_attribute("value") == ""
    assert page.said() == [(2, None, None, "Ann", 0)]


def test_without_a_face_it_says_choose_one(page: Page) -> None:
    page.open()
    page.press(Keys.ESCAPE)
    assert not page.selected()
    assert page.one("#bar .age-input").get_attribute("disabled")
    next(each for each in page.driver.find_elements(By.CSS_SELECTOR, "#bar button") if "Male" in each.text).click()
    page.until(lambda: "Choose a face first" in noted(page))
    assert page.one("#note").is_displayed()


def test_undo_takes_back_its_own_correction_and_says_when_it_cannot(page: Page) -> None:
    page.open()
    for number in (5, 2):
        page.click(f"#face-{number}")
        page.press("f")
        page.until(lambda number=number: "✓" in page.one(f"#face-{number}").text)
    correct(page.catalog, 2, gender="male", age=40)
    everything: list[Said] = [
        (5, "female", None, None, 0),
        (2, "female", None, None, 0),
        (2, "male", 40.0, None, 0),
    ]
    page.press("u")
    page.until(lambda: "Not undone" in noted(page))
    assert "corrected again" in noted(page)
    assert "male ✓, 40 years ✓" in noted(page)
    page.until_said(everything)
    page.press("u")  # the one before is not blocked
    page.until_said(everything[1:])


def test_undo_without_own_corrections_takes_back_what_is_shown(page: Page) -> None:
    correct(page.catalog, 2, age=40)
    page.open()
    correct(page.catalog, 2, age=41)
    page.click("#face-2")
    page.press("u")
    page.until(lambda: "Not undone" in noted(page))
    page.until_said([(2, None, 40.0, None, 0), (2, None, 41.0, None, 0)])
    page.press("u")  # now it shows the new one
    page.until_said([(2, None, 40.0, None, 0)])


def test_undo_of_what_is_not_saved_drops_it_and_says_so(page: Page) -> None:
    page.open()
    page.click("#face-5")
    page.press("f")
    page.until_said([(5, "female", None, None, 0)])
    page.click("#face-2")
    with away(page.catalog):
        page.press("f")
        until_unsaved(page, "female")
    page.press("u")
    page.until(lambda: "Dropped, it was not saved" in noted(page))
    until_unsaved(page)
    page.until_said([(5, "female", None, None, 0)])
    page.press("u")
    page.until_said([])


def test_an_undo_that_failed_is_listed_and_done_later(page: Page) -> None:
    page.open()
    page.click("#face-2")
    page.press("f")
    page.until_said([(2, "female", None, None, 0)])
    with away(page.catalog):
        page.press("u")
        until_unsaved(page, "undo female")
    button(page, "Try again")
    page.until_said([])
    until_unsaved(page)


def test_a_catalog_that_was_replaced_is_noticed(page: Page, tmp_path: Path) -> None:
    page.open()
    page.click("#face-2")
    build(tmp_path / "other.db", [tagged("/p/a.jpg", [face("male", 30)] * 2)])
    (tmp_path / "other.db").rename(page.catalog)
    page.press("f")
    until_unsaved(page, "was replaced by another file")
    assert page.said() == []


def test_faces_that_vanished_are_named_and_the_others_are_saved(page: Page) -> None:
    page.open()
    with Catalog(page.catalog, mode="write") as other, other.transaction():
        other.fetch("DELETE FROM faces WHERE id = 5")
    page.click("#face-2")
    ActionChains(page.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).key_up(
        Keys.SHIFT
    ).perform()
    assert page.selected() == [2, 5, 6]
    page.press("f")
    page.until_said([(2, "female", None, None, 0), (6, "female", None, None, 0)])
    until_unsaved(page, "IMG_0004.jpg: female")
    assert "No longer in the catalog" in unsaved(page)[0]
    assert "vanished" in (page.one("#face-5").get_attribute("class") or "")
    page.press("m")
    page.until_said([(face, gender, None, None, 0) for gender in ("female", "male") for face in (2, 6)])
    for _ in range(2):
        button(page, "Drop")
    until_unsaved(page)


FEWER = """
const original = window.fetch;
window.fetch = async (...asked) => {
  const response = await original(...asked);
  if (asked[0] !== "api/settings") return response;
  return new Response(JSON.stringify({ ...await response.json(), most_faces: 50 }));
};
"""


def test_more_than_can_be_sent_at_once_is_sent_in_parts(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [face("male", 30, x=50.0 * n) for n in range(120)])])
    added = chromium.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FEWER})
    try:
        with serve(tmp_path / "c.db", tmp_path / "cache") as site:
            page = Page(chromium, site, tmp_path / "c.db")
            page.open()
            page.driver.execute_script("document.querySelector('#wall > :last-child').scrollIntoView()")
            page.until_wall(list(range(1, 121)))
            page.driver.execute_script("scrollTo(0, 0)")
            page.click("#face-1")
            ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
            sent = "return performance.getEntriesByName(new URL('api/%s', document.baseURI).href).length"
            page.press("f")
            page.until_said([(number, "female", None, None, 0) for number in range(1, 121)])
            assert page.driver.execute_script(sent % "corrections") == 3
            until_unsaved(page)
            page.press("u")
            page.until_said([])
            assert page.driver.execute_script(sent % "undo") == 3
    finally:
        chromium.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_the_server_takes_as_many_as_the_page_sends(page: Page) -> None:
    page.open()
    status, _, body = page.site.ask("/api/settings")
    assert (status, json.loads(body)["most_faces"]) == (200, 5000)


def test_a_gender_takes_more_than_one_stray_click(page: Page) -> None:
    page.open()
    page.click("#face-2 .gender")
    assert page.one("#gender").is_displayed()
    page.click("#counts")
    page.until(lambda: not page.one("#gender").is_displayed())
    page.click("#face-5 .gender")
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.one("#gender").is_displayed())
    ActionChains(page.driver).double_click(page.one("#face-2 .gender")).perform()
    page.press(Keys.ESCAPE)
    page.click("#face-2 .gender")
    page.click("#gender [data-gender=male]")  # what it was, now said
    page.until_said([(2, "male", None, None, 0)])
