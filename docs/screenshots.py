"""Takes screenshots of the review page and the report, over a portrait that everybody may show, in headless Chromium.

python docs/screenshots.py FOLDER

Needs chromium and chromedriver; ends with 1 if they are not there.
"""

import importlib.metadata
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote, urljoin

from PIL import Image, ImageEnhance, ImageOps
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PORTRAIT = "skimage/data/astronaut.png"
"""By NASA, in the public domain; inside the package scikit-image."""

NAME = "Eileen Collins"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> webdriver.Chrome | None:
    """Headless Chromium, or None if it is not installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if not (found and driver):
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = found
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,860"):
        options.add_argument(flag)
    return webdriver.Chrome(options, webdriver.ChromeService(driver))


def make_library(folder: Path) -> None:
    """Eight photos of eight years: the portrait lighter and darker, turned, mirrored, near and far."""
    with Image.open(str(importlib.metadata.distribution("scikit-image").locate_file(PORTRAIT))) as file:
        portrait = file.convert("RGB")
    for number in range(8):
        picture = portrait.rotate(5 * number - 20, Image.Resampling.BICUBIC, fillcolor=(90, 90, 90))
        picture = ImageEnhance.Brightness(picture).enhance(0.6 + number / 8)
        picture = ImageOps.expand(ImageOps.mirror(picture) if number % 2 else picture, 60 * (number % 3), (90, 90, 90))
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"{2017 + number}:06:15 12:00:00"  # taken
        path = folder / str(2017 + number) / "portrait.jpg"
        path.parent.mkdir(parents=True)
        picture.save(path, exif=exif)


def photogender(*words: str) -> None:
    """Run the program."""
    subprocess.run([sys.executable, "-m", "photogender", *words], check=True, stdout=subprocess.DEVNULL)


def review(chromium: webdriver.Chrome, catalog: str, folder: Path) -> None:
    """``wall.png``: the wall of faces. ``photo.png``: a photo with its boxes. ``people.png``: a person's page."""
    wait = WebDriverWait(chromium, 60)
    command = [sys.executable, "-m", "photogender", "review", "--no-browser", "--catalog", catalog]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        chromium.get(server.stdout.readline().strip())
        every = "return [...document.querySelectorAll('#wall img')].every(picture => picture.complete)"
        wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "#wall > li") and page.execute_script(every))
        chromium.save_screenshot(str(folder / "wall.png"))
        chromium.find_element(By.CSS_SELECTOR, "#wall > li:last-child").click()
        chromium.switch_to.active_element.send_keys("p")
        whole = "let picture = document.querySelector('#photo img'); return picture && picture.complete"
        wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "#photo[open]") and page.execute_script(whole))
        chromium.save_screenshot(str(folder / "photo.png"))
        chromium.get(urljoin(chromium.current_url, f"people?name={quote(NAME)}"))
        every = "return [...document.querySelectorAll('#main img')].every(picture => picture.complete)"
        wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "#main img") and page.execute_script(every))
        chromium.save_screenshot(str(folder / "people.png"))
        server.send_signal(signal.SIGINT)


def main(folder: Path) -> int:
    """Write the screenshots into a folder."""
    chromium = browser()
    if chromium is None:
        print("No screenshots: chromium and chromedriver are not installed.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with chromium, tempfile.TemporaryDirectory() as home:
        photos, catalog = str(Path(home) / "Pictures"), str(Path(home) / "catalog.db")
        make_library(Path(photos))
        photogender("scan", photos, "--catalog", catalog)
        photogender("correct", *"1345678", "--name", NAME, "--catalog", catalog)
        photogender("correct", "2", "--age", "36", "--gender", "female", "--catalog", catalog)
        photogender("report", str(Path(home) / "report.html"), "--catalog", catalog)
        review(chromium, catalog, folder)
        chromium.get((Path(home) / "report.html").as_uri())
        chromium.save_screenshot(str(folder / "report.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
