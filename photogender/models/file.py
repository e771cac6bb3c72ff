"""The file of a network: in an installed package, beside its spec, or in the user's models folder."""

import errno
import glob
import hashlib
import importlib.metadata
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photogender.errors import ModelError
from photogender.models.folders import models_folder, packs_folder

MAX_NETWORK = 1_000_000_000
"""Bytes of the largest network that is read; VGG-16 has 550 million."""


def read_file(path: Path, most: int) -> bytes:
    """The content of a file of at most ``most`` bytes.

    Raises:
        OSError: It cannot be read, is larger, or is not a file: reading a pipe or a device might never end.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a file")
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"it is larger than {most / 1e6:g} MB")
    return path.read_bytes()


@dataclass(frozen=True, slots=True)
class Download:
    """Where a file can be downloaded."""

    url: str
    member: str = ""
    """Name of the file in the ZIP archive at ``url``; empty if ``url`` is the file itself."""
    sha256: str = ""
    """Of the archive, if known."""
    size: int = 0
    """Bytes of the archive, if known."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The file of a network, with its hash."""

    path: str
    """Its name; with ``distribution``, its path relative to site-packages."""
    sha256: str
    size: int
    """Bytes."""
    distribution: str = ""
    """Name of the installed distribution that carries the file; it is read, never imported."""
    also_in: str = ""
    """Name of another distribution that carries the same file at the same path."""
    install: str = ""
    """The command that installs the distribution."""
    download: Download | None = None
    format: Literal["onnx", "dlib"] = "onnx"
    """``dlib``: the file of dlib's face recognition network, which becomes an ONNX graph when it is loaded."""
    pack: str = ""
    """Name of an InsightFace pack that has the file too; a copy in any downloaded pack is used in place."""
    model: str = ""
    """Name of the model."""
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
        """Where to look for the file, in this order."""
        if self.distribution:
            return [place for name in (self.distribution, self.also_in) if (place := _installed(name, self.path))]
        beside = [self.beside / self.name] if self.beside else []
        return list(dict.fromkeys([*beside, self.home, *self._packed()]))

    def find(self) -> Path | None:
        """The first place with a file; its content is not checked."""
        return next((place for place in self.places() if place.is_file()), None)

    def require(self) -> Path:
        """The first place with a file; its content is not checked.

        Raises:
            ModelError: It is not installed.
        """
        if found := self.find():
            return found
        source = f" from the package {self.distribution}" if self.distribution else ""
        raise ModelError(f"{self.name}{source} is not installed.", self._fix())

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            ModelError: It is not installed, cannot be read, or its SHA-256 is not the one in the spec.
        """
        found = self.require()
        try:
            data = read_file(found, MAX_NETWORK)
        except OSError as error:
            raise ModelError(f"{found} cannot be read: {error.strerror or error}.", self._fix()) from error
        digest = hashlib.sha256(data).hexdigest()
        if digest != self.sha256:
            again = " --force-reinstall" if self.distribution else ""
            raise ModelError(
                f"{found} is not the file that this version was made for "
                f"(SHA-256 {digest[:12]}…, expected {self.sha256[:12]}…).",
                f"{self._fix()}{again}",
            )
        return data

    def _packed(self) -> list[Path]:
        """Places in InsightFace's packs: the named pack, then every pack with a file of the same name and size."""
        if not self.pack:
            return []
        others = sorted(packs_folder().glob(f"*/{glob.escape(self.name)}"))
        return [packs_folder() / self.pack / self.name, *(file for file in others if _size(file) == self.size)]

    def _fix(self) -> str:
        if self.distribution:
            return f"Install it with: {self.install}"
        if self.download:
            return f"Get it with: photogender models pull {self.model}"
        return f"Provide it with: photogender models pull {self.model} --from FILE"


def _installed(distribution: str, path: str) -> Path | None:
    """Where a distribution, if it is installed, has its file ``path``."""
    try:
        return Path(str(importlib.metadata.distribution(distribution).locate_file(path))) if distribution else None
    except importlib.metadata.PackageNotFoundError:
        return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
