"""The page of people: who there is, what is said of them, new names, and what cannot be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.support.browser import Page, needs_chromium
from tests.support.photos import rows
from tests.support.review_site import ODD_NAME, Site, correct, serve

SAID = "SELECT name, gender, born_first, born_last, died_first, author FROM persons WHERE author IS NOT NULL"


@pytest.fixture
def named(catalog: Path) -> Path:
    """Ada is faces 1 (2018, looks 30), 3 (2019, 40) and 8 (2020, 19); Ben is face 5."""
    for face in (1, 3, 8):
        correct(catalog, face, name="Ada")
    correct(catalog, 5, name="Ben")
    return catalog


@pytest.fixture
def site(named: Path, tmp_path: Path) -> Iterator[Site]:
    with serve(named, tmp_path / "cache", "--author", "Kim") as running:
        yield running


def say(site: Site, what: str, status: int = 200, **body: object) -> dict[str, Any]:
    return site.say(f"/api/people/{what}", status, **body)


def test_all_people_are_listed_with_their_faces_and_years(site: Site) -> None:
    ada, ben = site.read("/api/people")["people"]
    assert (ada["name"], ada["faces"], ada["photos"]) == ("Ada", 3, 3)
    assert (ada["first"], ada["last"]) == ("2018-01-15", "2020-07-15")
    assert (ada["gender"], ada["gender_from"], ada["face"]) == ("female", "estimate", 1)
    assert (ben["name"], ben["faces"], ben["born"], ben["face"]) == ("Ben", 1, "", 5)
    one = site.read("/api/person?name=Ada")
    assert [face["id"] for face in one["shown"]] == [1, 3, 8]
    assert [year["year"] for year in one["years"]] == ["2018", "2019", "2020"]
    status, _, body = site.ask("/api/person?name=Nobody")
    assert (status, json.loads(body)["error"]) == (404, "There is nobody named Nobody.")


def test_what_is_said_of_a_person_is_recorded_and_counts_at_once(site: Site, named: Path) -> None:
    say(site, "set", name="Ada", born="1988-05", gender="female")
    assert rows(named, SAID) == [("Ada", "female", "1988-05-01", "1988-05-31", None, "Kim")]
    shown = {face["id"]: face for face in site.read("/api/faces?name=Ada")["faces"]}
    assert (int(shown[3]["age"]), shown[3]["age_from"], shown[3]["gender"], shown[3]["gender_from"]) == (
        *(30, "person"),
        *("female", "person"),
    )
    say(site, "set", name="Ada", died="2022")  # what was said before stays
    say(site, "set", name="Ada", gender="")
    assert rows(named, SAID) == [("Ada", None, "1988-05-01", "1988-05-31", "2022-01-01", "Kim")]


@pytest.mark.parametrize(
    ("what", "body", "status", "error"),
    [
        ("set", {"name": "Ada", "born": "yesterday"}, 400, "'yesterday' is not a date."),
        ("set", {"name": "Ada", "born": "2990"}, 400, "'2990' cannot be: a date is from 1700 up to today."),
        ("set", {"name": "Ada", "born": "1990", "died": "1980"}, 400, "Ada cannot have died (1980) before being born"),
        ("set", {"name": "Ada", "gender": "x"}, 400, "A gender is female or male."),
        ("set", {"name": "Nobody", "born": "1990"}, 404, "There is nobody named Nobody."),
        ("set", {"name": 5}, 400, "name must be a text."),
        ("set", {"name": "Ada", "age": 5}, 400, "Expected an object with"),
        ("rename", {"name": "Ada", "new": " "}, 400, "The new name is empty."),
        ("rename", {"name": "Ada", "new": "Ben"}, 409, "There is already somebody named Ben."),
        ("merge", {"name": "Ada", "into": "Nobody"}, 404, "There is nobody named Nobody."),
        ("merge", {"name": "Ada", "into": "Ada"}, 400, "Name at least two people."),
        ("undo", {"change": 7}, 409, "Something else was said of people since then"),
        ("undo", {"change": "7"}, 400, "change must be a positive whole number."),
    ],
)
def test_what_cannot_be_said_is_a_sentence_and_changes_nothing(
    site: Site, named: Path, what: str, body: dict[str, object], status: int, error: str
) -> None:
    before = rows(named, "SELECT * FROM corrections"), rows(named, "SELECT * FROM persons")
    assert say(site, what, status, **body)["error"].startswith(error)
    assert (rows(named, "SELECT * FROM corrections"), rows(named, "SELECT * FROM persons")) == before


def test_names_change_and_come_back(site: Site, named: Path) -> None:
    say(site, "set", name="Ben", born="1980")
    say(site, "set", name="Ada", born="1988")
    assert say(site, "rename", name="Ada", new="Ada  L.")["name"] == "Ada L."
    answer = say(site, "merge", name="Ben", into="Ada L.")
    assert answer == {"name": "Ada L.", "faces": 1, "differences": ["Ben was said to have born 1980; it stays 1988."]}
    names = "SELECT face_id, name FROM tags WHERE name IS NOT NULL ORDER BY 1"
    assert rows(named, names) == [(face, "Ada L.") for face in (1, 3, 5, 8)]
    change = site.read("/api/people")["change"]
    assert (change["what"], change["names"], change["author"]) == ("merge", ["Ada L.", "Ben"], "Kim")
    say(site, "undo", change=change["id"])
    assert rows(named, names) == [(1, "Ada L."), (3, "Ada L."), (5, "Ben"), (8, "Ada L.")]
    say(site, "undo", status=409, change=change["id"])  # only once: what was said before it stays
    assert rows(named, names) == [(1, "Ada L."), (3, "Ada L."), (5, "Ben"), (8, "Ada L.")]


def test_what_cannot_be_is_a_filter_with_its_reasons(site: Site, named: Path) -> None:
    assert site.read("/api/faces?unlikely=yes")["faces"] == []
    say(site, "set", name="Ada", born="2019-03")
    found = {face["id"]: face["why"] for face in site.read("/api/faces?unlikely=yes")["faces"]}
    assert found == {1: "Ada was born later: 2019-03", 3: found[3]}
    assert found[3].startswith("Ada looks 41, ")
    assert site.read("/api/overview?unlikely=yes")["faces"] == 2
    assert [face["id"] for face in site.read("/api/matching?unlikely=yes&taken_from=2019")["faces"]] == [3]
    assert "why" not in site.read("/api/faces")["faces"][0]
    correct(named, 1, name="Eve")
    assert [face["id"] for face in site.read("/api/faces?unlikely=yes")["faces"]] == [3]


@pytest.fixture
def people(page: Page, named: Path) -> Page:
    """The page, of a catalog with names."""
    return page


def go(page: Page, path: str) -> None:
    page.open()
    page.driver.get(f"{page.site.root}/{path}")
    page.until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "body.ready"))


def form(page: Page, title: str) -> Any:  # noqa: ANN401
    return page.one(f"form[aria-label='{title}']")


@needs_chromium
@pytest.mark.slow
def test_people_are_a_click_or_a_key_away(people: Page) -> None:
    people.open()
    people.press("l")
    people.until(lambda: "2 people" in people.counts())
    table = people.one("table.people").text
    assert "Ada" in table
    assert "2018-01-15" in table
    people.driver.find_element(By.LINK_TEXT, "Ada").send_keys(Keys.ENTER)
    people.until(lambda: people.one("h2.who").text == "Ada")
    assert people.driver.title == "Ada – photogender"
    assert "3 faces in 3 photos, 2018-01-15 to 2020-07-15." in people.one("#main").text
    people.driver.find_element(By.LINK_TEXT, "Show them on the wall").click()
    people.until_wall([1, 3, 8])
    people.driver.find_element(By.LINK_TEXT, "People").click()
    people.until(lambda: "2 people" in people.counts())
    assert people.complaints() == []


@needs_chromium
@pytest.mark.slow
def test_facts_are_typed_and_a_wrong_date_is_explained(people: Page) -> None:
    go(people, "people?name=Ada")
    born = people.one("[name=born]")
    born.send_keys("soon", Keys.ENTER)
    people.until(lambda: "'soon' is not a date." in people.one("#alert").text)
    assert "Write 2015-03-02" in people.one("#alert").text
    assert people.one("[name=born]").get_attribute("value") == "soon"  # nothing typed is lost
    born.clear()
    born.send_keys("2019-03")
    Select(people.one("[name=gender]")).select_by_value("female")
    born.send_keys(Keys.ENTER)
    people.until(lambda: "born 2019-03, as was said" in people.one("#main").text)
    assert rows(people.catalog, SAID) == [("Ada", "female", "2019-03-01", "2019-03-31", None, "Ada")]
    assert "Ada was born later: 2019-03" in people.one(".problems").text
    people.driver.find_element(By.LINK_TEXT, "Show these faces on the wall").click()
    people.until(lambda: people.wall() != [] and "unlikely=yes" in people.driver.current_url)
    assert people.one("#face-1 .why").text == "Ada was born later: 2019-03"
    assert "cannot be" in people.one("#chips").text
    assert [mark.text for mark in people.driver.find_elements(By.CSS_SELECTOR, "#face-3 .from")] == ["from name"] * 2
    assert len(people.driver.find_elements(By.CSS_SELECTOR, "#face-1 .from")) == 1  # before the birth there is no age


@needs_chromium
@pytest.mark.slow
def test_renamed_merged_and_undone_by_mouse(people: Page) -> None:
    go(people, "people?name=Ben")
    name = people.one("[name=new]")
    name.clear()
    name.send_keys("Ada")
    form(people, "Another name").find_element(By.TAG_NAME, "button").click()
    people.until(lambda: "already somebody named Ada" in people.one("#note").text)
    name.clear()
    name.send_keys(ODD_NAME)
    form(people, "Another name").find_element(By.TAG_NAME, "button").click()
    people.until(lambda: people.one("h2.who").text == ODD_NAME)
    assert people.driver.current_url == f"{people.site.root}/people?name={quote(ODD_NAME, safe='*-._')}"
    people.one("[name=into]").send_keys("Ada")
    form(people, "The same person as somebody else").find_element(By.TAG_NAME, "button").click()
    people.until(lambda: people.one("h2.who").text == "Ada" and "4 faces" in people.one("#main").text)
    assert f"{ODD_NAME} and Ada are one person" in people.one("#change").text
    people.click("#change button")
    people.until(lambda: "Taken back" in people.one("#note").text and "3 faces" in people.one("#main").text)
    people.click("#change button")
    people.until(lambda: "Ben is named" in people.one("#note").text)
    assert rows(people.catalog, "SELECT name FROM tags WHERE face_id = 5") == [("Ben",)]
    assert "pwned" not in people.driver.title
    assert people.complaints() == []


@needs_chromium
@pytest.mark.slow
def test_people_can_be_looked_at_read_only(chromium: Any, named: Path, tmp_path: Path) -> None:  # noqa: ANN401
    with serve(named, tmp_path / "cache", "--read-only") as site:
        page = Page(chromium, site, named)
        go(page, "people?name=Ada")
        assert "Read-only" in page.one("#main").text
        assert page.driver.find_elements(By.CSS_SELECTOR, "form") == []
