"""Where the bytes of a network are: inside an installed package, beside its spec, or in the user's models folder."""

import glob
import hashlib
import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path

from photogender.errors import ModelError
from photogender.models.folders import models_folder, packs_folder


@dataclass(frozen=True, slots=True)
class Download:
    """Where a file can be had from."""

    url: str
    member: str = ""
    """Name of the file in the ZIP archive at ``url``; empty where ``url`` is the file itself."""
    sha256: str = ""
    """Of the archive, where it is known."""
    size: int = 0
    """Bytes of the archive, where it is known."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One network's file, and what it must hash to."""

    path: str
    """Its name; with ``distribution`` relative to that distribution's site-packages folder."""
    sha256: str
    size: int
    """Bytes."""
    distribution: str = ""
    """Name of the installed distribution that carries the file; it is read, never imported."""
    install: str = ""
    """What to type when that distribution is not there."""
    download: Download | None = None
    pack: str = ""
    """Name of an InsightFace pack that has it, too; it is used in place, in any pack that insightface downloaded."""
    model: str = ""
    """Name of the model it belongs to."""
    beside: Path | None = None
    """The folder of the spec."""

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return os.path.basename(self.path)

    @property
    def home(self) -> Path:
        """Where ``photogender models pull`` puts it."""
        return models_folder() / self.model / self.name

    def places(self) -> list[Path]:
        """Where it is looked for, in this order."""
        if self.distribution:
            try:
                return [Path(str(importlib.metadata.distribution(self.distribution).locate_file(self.path)))]
            except importlib.metadata.PackageNotFoundError:
                return []
        beside = [self.beside / self.name] if self.beside else []
        return list(dict.fromkeys([*beside, self.home, *self._packed()]))

    def find(self) -> Path | None:
        """The first of its places where there is a file; what is in it was not looked at."""
        return next((place for place in self.places() if place.is_file()), None)

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            ModelError: It is not installed, or its SHA-256 is not the one pinned in the spec.
        """
        found = self.find()
        try:
            data = found.read_bytes() if found else None
        except OSError as error:
            raise ModelError(f"{found} cannot be read: {error.strerror or error}.", self._mend()) from error
        if data is None:
            source = f" from the package {self.distribution}" if self.distribution else ""
            raise ModelError(f"{self.name}{source} is not installed.", self._mend())
        digest = hashlib.sha256(data).hexdigest()
        if digest != self.sha256:
            again = " --force-reinstall" if self.distribution else ""
            raise ModelError(
                f"{found} is not the file this version was made for "
                f"(SHA-256 {digest[:12]}…, expected {self.sha256[:12]}…).",
                f"{self._mend()}{again}",
            )
        return data

    def _packed(self) -> list[Path]:
        """In InsightFace's packs: in the one that is named, and wherever else there is a file of its name and size."""
        if not self.pack:
            return []
        others = sorted(packs_folder().glob(f"*/{glob.escape(self.name)}"))
        return [packs_folder() / self.pack / self.name, *(file for file in others if _size(file) == self.size)]

    def _mend(self) -> str:
        if self.distribution:
            return f"Install it with: {self.install}"
        if self.download:
            return f"Get it with: photogender models pull {self.model}"
        return f"Give it with: photogender models pull {self.model} --from FILE"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
