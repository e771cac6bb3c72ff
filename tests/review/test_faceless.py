"""Photos in which no face was found: they can be looked at, filtered and drawn on."""

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from photogender.catalog.catalog import Catalog
from tests.support.browser import Page, needs_chromium
from tests.support.library import build, face, tagged
from tests.support.review_site import Site, build_site, serve


def found(site: Site, query: str = "") -> list[int]:
    return [photo["id"] for photo in site.read(f"/api/faceless?faces=0&{query}")["photos"]]


def test_photos_without_faces_by_page_and_filter(tmp_path: Path) -> None:
    photos = [tagged(f"/p/{number // 100}/{number}.jpg", [], f"20{number // 10:02}-01-01") for number in range(130)]
    build(tmp_path / "c.db", [tagged("/p/a.jpg", [face("female", 30)]), *photos])
    with serve(tmp_path / "c.db", tmp_path / "cache") as site:
        first = site.read("/api/faceless")
        assert [photo["file"] for photo in first["photos"]] == [f"{number}.jpg" for number in range(60)]
        second = site.read(f"/api/faceless?beyond={first['beyond']}")
        third = site.read(f"/api/faceless?beyond={second['beyond']}")
        assert [len(second["photos"]), len(third["photos"]), third["beyond"]] == [60, 10, None]
        assert len(found(site, "folder=/p/1")) == 30
        assert len(found(site, "taken_from=2003&taken_to=2004")) == 20
        assert found(site, "gender=female") == []
        assert site.ask("/api/faceless?beyond=x")[0] == 400


@needs_chromium
def test_a_click_opens_one_to_draw_on(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    path = build_site(tmp_path)
    with Catalog(path, mode="write") as catalog:
        catalog.fetch("DELETE FROM faces WHERE id IN (1, 2)")
    with serve(path, tmp_path / "cache") as site:
        page = Page(chromium, site, path)
        page.open("faces=0")
        page.until(lambda: len(chromium.find_elements(By.CSS_SELECTOR, "#faceless img")) == 2)
        page.until(
            lambda: chromium.execute_script("return document.querySelector('#faceless img').naturalWidth") == 320
        )
        assert not page.one("#wall").is_displayed()
        assert not page.one("#bar").is_displayed()
        page.click("#faceless button")
        page.until(lambda: page.one("#photo").is_displayed())
        page.press("m")
        page.until(lambda: "Choose a face first." in page.one("#note").text)
        assert page.one(".step button").text.startswith("Draw a face")
        page.press(Keys.ESCAPE)
        page.click("#chips button")
        page.until(lambda: len(page.wall()) == 6)
        assert page.one("#bar").is_displayed()
        assert not page.one("#faceless").is_displayed()
        assert page.complaints() == []
