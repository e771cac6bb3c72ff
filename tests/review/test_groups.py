"""Groups of faces on the page of people: named once, corrected, and only where a person asked for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.likeness import Likeness, likeness_path
from tests.support.browser import Page, needs_chromium
from tests.support.photos import rows
from tests.support.review_site import Site, correct, serve

NAMES = "SELECT face_id, name FROM tags WHERE name IS NOT NULL ORDER BY 1"

GROUPS = {1: 1, 3: 1, 4: 1, 2: 2, 5: 2, 6: 6}
"""The group of each face."""


@pytest.fixture
def grouped(catalog: Path) -> Path:
    """Faces 1, 3 and 4 look alike, so do 2 and 5, which is Ben; 6 is alone."""
    correct(catalog, 5, name="Ben")
    with Catalog(catalog) as opened, Likeness(opened, create=True) as likeness:
        likeness.use_model("colour", "0", 0.5)
        likeness.store([(face, f"hash {face - 1} 20.0 40.0", b"\x00\x3c" * 3) for face in GROUPS])
        likeness.put_groups(GROUPS, [])
    return catalog


@pytest.fixture
def site(grouped: Path, tmp_path: Path) -> Iterator[Site]:
    with serve(grouped, tmp_path / "cache", "--author", "Kim") as running:
        yield running


def say(site: Site, what: str, status: int = 200, **body: object) -> dict[str, Any]:
    return site.say(f"/api/groups/{what}", status, **body)


def shown(site: Site) -> list[tuple[object, ...]]:
    return [(each["id"], each["name"], each["unnamed"], each["named"]) for each in site.read("/api/groups")["groups"]]


def test_without_the_file_of_likeness_there_are_none_and_none_is_made(catalog: Path, tmp_path: Path) -> None:
    with serve(catalog, tmp_path / "cache") as site:
        assert site.read("/api/groups") == {"groups": None, "total": 0, "ignored": 0}
        assert site.ask("/api/groups/1")[0] == 404
        assert "not grouped yet" in say(site, "confirm", 404, group=1, faces=[1], name="Ada")["error"]
        assert not likeness_path(catalog).exists()
        assert rows(catalog, NAMES) == []


def test_a_group_is_named_once_or_as_is_suggested_and_that_can_be_undone(site: Site, grouped: Path) -> None:
    assert shown(site) == [(1, None, [1, 3, 4], 0), (2, "Ben", [2], 1)]
    answer = say(site, "confirm", group=1, faces=[1, 3, 4], name=" Ada ")
    assert answer["name"] == "Ada"
    assert say(site, "confirm", group=2, faces=[2], name="")["name"] == "Ben"
    assert rows(grouped, NAMES) == [(1, "Ada"), (2, "Ben"), (3, "Ada"), (4, "Ada"), (5, "Ben")]
    assert rows(grouped, "SELECT DISTINCT author FROM corrections WHERE name = 'Ada'") == [("Kim",)]
    assert shown(site) == []
    site.undo(answer["corrections"], 1, 3, 4)
    assert rows(grouped, NAMES) == [(2, "Ben"), (5, "Ben")]


def test_faces_that_were_not_shown_are_not_named(site: Site, grouped: Path) -> None:
    assert "other faces by now" in say(site, "confirm", 409, group=1, faces=[1, 3], name="Ada")["error"]
    assert "no group 9" in say(site, "confirm", 404, group=9, faces=[1], name="Ada")["error"]
    assert "number" in say(site, "confirm", 400, group=1, faces=["1"], name="Ada")["error"]
    assert "A name has at most" in say(site, "confirm", 400, group=1, faces=[1, 3, 4], name="x" * 9999)["error"]
    assert "are named Ben" in say(site, "confirm", 409, group=2, faces=[2], name="Ada")["error"]
    assert rows(grouped, NAMES) == [(5, "Ben")]


def test_what_cannot_be_done_with_groups_is_a_sentence(site: Site, grouped: Path) -> None:
    correct(grouped, 1, name="Ada")
    before = shown(site)
    assert say(site, "reject", 404, group=9, faces=[1])["error"] == "There is no group 9."
    assert say(site, "reject", 409, group=1, faces=[2])["error"] == "Face 2 is not in group 1."
    assert "nobody is left" in say(site, "reject", 409, group=1, faces=[1, 3, 4])["error"]
    assert say(site, "join", 409, groups=[1, 2])["error"] == "These groups are Ada and Ben."
    assert say(site, "join", 404, groups=[1, 9])["error"] == "There is no group 9."
    assert say(site, "ignore", 404, group=9)["error"] == "There is no group 9."
    assert shown(site) == before


def test_groups_are_rejected_joined_and_ignored(site: Site) -> None:
    say(site, "reject", group=2, faces=[2])
    assert shown(site) == [(1, None, [1, 3, 4], 0)]
    own = say(site, "reject", group=1, faces=[4])["group"]
    assert shown(site) == [(1, None, [1, 3], 0)]
    say(site, "join", groups=[1, own])
    assert shown(site) == [(1, None, [1, 3, 4], 0)]
    assert [face["id"] for face in site.read("/api/groups/1")["faces"]] == [1, 3, 4]
    say(site, "ignore", group=1)
    assert site.read("/api/groups") == {"groups": [], "total": 0, "ignored": 1}
    say(site, "ignore", group=1, show=True)
    assert shown(site) == [(1, None, [1, 3, 4], 0)]


@needs_chromium
@pytest.mark.slow
def test_stacks_are_named_by_keyboard_and_looked_into(page: Page, grouped: Path) -> None:
    page.open()
    page.driver.get(f"{page.site.root}/people")
    page.until(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, ".stack")) == 2)
    assert page.one(".suggested").text == "Ben? 1 face with a name"
    page.driver.find_element(By.LINK_TEXT, "3 faces").click()
    page.until(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, ".through li")) == 3)
    page.click(".through li:last-child input")
    next(each for each in page.driver.find_elements(By.TAG_NAME, "button") if "Take out" in each.text).click()
    page.until(lambda: "Taken out: 1 face" in page.one("#note").text)
    page.driver.find_element(By.LINK_TEXT, "← All people").click()
    page.until(lambda: "2 faces" in page.one(".stacks").text)
    page.one(".stack input[name=name]").send_keys("Ada", Keys.ENTER)
    page.until(lambda: "Ada: 2 faces named." in page.one("#note").text)
    assert rows(grouped, NAMES) == [(1, "Ada"), (3, "Ada"), (5, "Ben")]
    page.until(lambda: page.driver.switch_to.active_element.text == "Yes")  # on to the next stack
    page.press(Keys.ENTER)
    page.until(lambda: "Ben: 1 face named." in page.one("#note").text)
    page.click("#note button")
    page.until(lambda: "Taken back" in page.one("#note").text)
    assert rows(grouped, NAMES) == [(1, "Ada"), (3, "Ada"), (5, "Ben")]
    page.driver.get(f"{page.site.root}/people?group=1")
    page.until(lambda: page.one("h2.who").text == "Ada" and "All faces have a name." in page.one("#main").text)
    assert page.complaints() == []
