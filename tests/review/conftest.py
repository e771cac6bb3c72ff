"""A served review page, and a browser to open it in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.support.browser import CHROMEDRIVER, CHROMIUM, FLAGS, Page
from tests.support.review_site import build_site, serve


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}", "--window-size=1280,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(str(CHROMEDRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return build_site(tmp_path)


@pytest.fixture
def page(chromium: webdriver.Chrome, catalog: Path, tmp_path: Path) -> Iterator[Page]:
    with serve(catalog, tmp_path / "cache", "--author", "Ada") as site:
        yield Page(chromium, site, catalog)
