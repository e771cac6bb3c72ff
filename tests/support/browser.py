"""The review page in a real browser, as tests use it."""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.support.photos import rows
from tests.support.review_site import Site

CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

needs_chromium = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="no chromium and chromedriver (Debian: apt install chromium chromium-driver)",
)


class Page:
    """The page as a person meets it."""

    def __init__(self, driver: webdriver.Chrome, site: Site, catalog: Path) -> None:
        self.driver, self.site, self.catalog = driver, site, catalog

    def open(self, query: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        self.driver.get(self.site.address + (f"&{query}" if query else ""))
        self.until(lambda: self.counts() != "" and not self.driver.find_elements(By.CSS_SELECTOR, "body.loading"))

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                if condition():
                    return
            except Exception:  # an element that was just replaced
                if time.monotonic() > end:
                    raise
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        """On what is there; again where it was just being replaced, since then nothing was clicked."""
        for _ in range(50):
            with contextlib.suppress(StaleElementReferenceException):
                self.one(selector).click()
                return
            time.sleep(0.05)
        raise AssertionError(f"{selector} never stays")

    def counts(self) -> str:
        return self.one("#counts").text

    def wall(self) -> list[int]:
        tiles = self.driver.find_elements(By.CSS_SELECTOR, "#wall > li")
        return [int(tile.get_attribute("data-id") or 0) for tile in tiles]

    def until_wall(self, expected: list[int]) -> None:
        """Until it shows these faces, and the charts and counts are theirs."""
        self.until(lambda: self.wall() == expected and not self.driver.find_elements(By.CSS_SELECTOR, "body.loading"))

    def selected(self) -> list[int]:
        tiles = self.driver.find_elements(By.CSS_SELECTOR, "#wall > [aria-selected=true]")
        return [int(tile.get_attribute("data-id") or 0) for tile in tiles]

    def focused(self) -> str:
        return self.driver.switch_to.active_element.get_attribute("id") or ""

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def said(self) -> list[tuple[object, ...]]:
        """The corrections, oldest first."""
        return rows(self.catalog, "SELECT face_id, gender, age, name, not_a_face FROM corrections ORDER BY id")

    def until_said(self, expected: list[tuple[object, ...]]) -> None:
        end = time.monotonic() + 30
        while self.said() != expected and time.monotonic() < end:
            time.sleep(0.05)
        assert self.said() == expected, self.one("#messages").text
        self.until(lambda: not self.driver.find_elements(By.CSS_SELECTOR, "body.saving"))

    def complaints(self) -> list[str]:
        """What the browser's console has, but pictures that are not there."""
        return [line["message"] for line in self.driver.get_log("browser") if "404" not in line["message"]]  # type: ignore[no-untyped-call]
