"""A share of a library's photos, so that each of several machines scans another one."""

import os
from dataclasses import dataclass, replace
from zlib import crc32

from photogender.photos.walk import Folder


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``number``-th of ``total`` shares, counted from 1.

    A photo falls to a share by its path below the folder that is scanned, so that every machine agrees, wherever the
    library is for it, and whatever else was added meanwhile.
    """

    number: int
    total: int

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"

    def of(self, folder: Folder) -> Folder:
        """The folder with the photos of this share alone."""
        return replace(folder, files=tuple(state for state in folder.files if self._has(state[0], folder.root)))

    def _has(self, path: str, root: str) -> bool:
        below = path.removeprefix(os.path.join(root, ""))
        return crc32(os.fsencode(below)) % self.total == self.number - 1  # not hash(), which is salted
