"""Folders that are elsewhere for another machine: what is /mnt/a here may be /mnt/b there."""

from collections.abc import Iterable
from dataclasses import dataclass

from photogender.catalog.pictures.paths import is_in, moved


@dataclass(frozen=True, slots=True)
class FolderMap:
    """Folders of one catalog, and where they are for another one; the first that fits a path is used."""

    pairs: tuple[tuple[str, str], ...] = ()
    """Absolute folders, without a separator at the end."""

    def there(self, path: str) -> str:
        """A path as the other catalog has it."""
        return _replaced(path, self.pairs)

    def back(self, path: str) -> str:
        """The opposite of ``there``."""
        return _replaced(path, ((there, here) for here, there in self.pairs))


def _replaced(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    for one, other in pairs:
        if is_in(path, one):
            return moved(path, one, other)
    return path
