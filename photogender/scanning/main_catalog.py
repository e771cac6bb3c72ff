"""The main catalog of a library, for a scan into another one: what it knows is not examined again.

The other catalog gets whole results, also those that are taken from here, so that it can be merged without it.
"""

import os

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.places import Known, Original, known_files, originals
from photogender.catalog.pictures.results import read_result
from photogender.catalog.pictures.roots import root_patterns
from photogender.errors import CatalogError
from photogender.records import Copied, Moved, Outcome, Touched
from photogender.scanning.mapping import FolderMap


class MainCatalog:
    """What a catalog knows of the photos of this machine."""

    def __init__(self, catalog: Catalog, folders: FolderMap | None = None) -> None:
        """Use a catalog.

        Args:
            catalog: Open for reading.
            folders: Folders of this machine, and where they are for the catalog.
        """
        self._catalog = catalog
        self._folders = folders or FolderMap()

    def require(self, fingerprint: str) -> None:
        """Refuse a catalog whose results are of other models or settings.

        Raises:
            CatalogError: Its latest scan had others.
        """
        latest = self._catalog.fetch("SELECT fingerprint FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if latest and latest[0] != fingerprint:
            raise CatalogError(
                f"{self._catalog.path} was scanned with other models or settings: this scan could not be merged.",
                "Use the same --detector, --model and settings, or leave out --known and merge into a new catalog.",
            )

    def patterns(self) -> dict[str, tuple[str, ...]]:
        """What it leaves out of which folder, by the folder's path on this machine."""
        return {self._folders.back(path): exclude for path, exclude in root_patterns(self._catalog).items()}

    def files(self, folder: str) -> dict[str, Known]:
        """What it knows of the files directly in a folder, by path."""
        found = known_files(self._catalog, self._folders.there(folder))
        return {os.path.join(folder, os.path.basename(path)): known for path, known in found.items()}

    def originals(self, size: int, fingerprint: str) -> dict[str, Original]:
        """As ``places.originals``, with paths of this machine."""
        found = originals(self._catalog, size, fingerprint)
        return {key: each._replace(path=self._folders.back(each.path)) for key, each in found.items()}

    def with_result(self, outcome: Outcome, catalog: Catalog, fingerprint: str) -> Outcome:
        """A moved or copied photo with its faces, where ``catalog`` does not know its picture."""
        if not isinstance(outcome, Moved | Copied | Touched):
            return outcome
        known = "SELECT 1 FROM pictures WHERE content_hash = ?"
        if catalog.fetch(known, [outcome.content_hash]).fetchone():
            return outcome
        return read_result(self._catalog, outcome.content_hash, fingerprint, outcome.photo) or outcome
