"""Builds the site: copies the README, the pages and what they link to, adds screenshots, and runs Sphinx.

python docs/site.py

The pages link to each other as they lie in the repository, and the copies lie as they do, so every link stays right.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PAGES, SITE = REPOSITORY / "build" / "pages", REPOSITORY / "build" / "site"

MENU = {
    "Using it": "review report people other-programs catalog identity models privacy",
    "Where it runs": "unattended containers gpu many-machines remote",
    "How accurate it is": "accuracy model-card levi-hassner evaluation training benchmarks",
    "Developing": "library architecture decisions/README ../.github/CONTRIBUTING ../.github/SECURITY ../CHANGELOG",
}
"""The pages in ``docs/`` by heading of the menu; others are under *More*."""

SHOWN = {
    "README.md": "wall.png",
    "docs/review.md": "photo.png",
    "docs/report.md": "report.png",
    "docs/people.md": "people.png",
}
"""Pages that get a screenshot below their first paragraph."""


def copy(page: Path) -> None:
    """Copy a page and, if they are not there yet, the files that it links to."""
    target = PAGES / page.relative_to(REPOSITORY)
    if target.exists() or not page.is_file():  # Sphinx tells what is missing
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(page, target)
    if page.suffix == ".md":
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                copy((page.parent / link).resolve())


def show(page: str, picture: str) -> None:
    """Put a screenshot below the first paragraph of a copied page."""
    path = PAGES / page
    title, first, rest = path.read_text(encoding="utf-8").split("\n\n", 2)
    image = f"![]({'../' * page.count('/')}screenshots/{picture})"
    path.write_text(f"{title}\n\n{first}\n\n{image}\n\n{rest}", encoding="utf-8")


def menu(page: str, caption: str, pages: list[str]) -> None:
    """Add a list of pages to a copied page, which the menu shows and the page does not."""
    lines = "\n".join([":hidden:", ":glob:", f":caption: {caption}", "", *pages])
    with open(PAGES / page, "a", encoding="utf-8") as stream:
        stream.write(f"\n```{{toctree}}\n{lines}\n```\n")


def main() -> int:
    """Build ``build/site``; 1 if a link leads nowhere, or a page cannot be read."""
    for folder in (PAGES, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    for page in [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *(REPOSITORY / "docs").rglob("*.md")]:
        copy(page)
    program = [sys.executable, str(REPOSITORY / "docs" / "screenshots.py"), str(PAGES / "screenshots")]
    if subprocess.run(program, check=False).returncode == 0:
        for name, picture in SHOWN.items():
            show(name, picture)
    listed = {caption: names.split() for caption, names in MENU.items()}
    known = {name for names in listed.values() for name in names}
    listed["More"] = sorted({path.stem for path in (REPOSITORY / "docs").glob("*.md")} - known)
    for caption, names in listed.items():
        menu("README.md", caption, [f"docs/{name}".replace("docs/../", "") for name in names])
    menu("docs/decisions/README.md", "Decisions", ["*"])
    options = ["--fail-on-warning", "--keep-going", "--fresh-env", "--quiet", "-c", str(REPOSITORY / "docs")]
    code = subprocess.run([sys.executable, "-m", "sphinx", *options, str(PAGES), str(SITE)], check=False).returncode
    (SITE / "index.html").write_text('<meta http-equiv="refresh" content="0; url=README.html">\n', encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
