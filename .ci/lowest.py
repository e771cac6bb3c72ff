"""Prints the lowest versions that pyproject.toml allows, as constraints for pip, one package a line."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = [line for wanted in project["optional-dependencies"].values() for line in wanted]
lowest = {}
for line in [*project["dependencies"], *extras]:
    match = re.fullmatch(r"([\w-]+)[>=]=([\w.]+)", line)
    if match is None:
        raise SystemExit(f"pyproject.toml gives no lowest version in {line!r}")
    name, version = match.groups()
    if lowest.setdefault(name, version) != version:
        raise SystemExit(f"pyproject.toml gives two lowest versions of {name}: {lowest[name]} and {version}")
for name, version in sorted(lowest.items()):
    print(f"{name}=={version}")
