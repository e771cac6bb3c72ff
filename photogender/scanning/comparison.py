"""Which files of a folder a scan has to examine: those that are not in the catalog as they are now."""

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.identity import Identity, folder_identity
from photogender.catalog.pictures.places import Known, current_files, known_files, put_folders, scanned_identity
from photogender.photos.walk import Folder
from photogender.records import Photo, State
from photogender.scanning.main_catalog import MainCatalog
from photogender.scanning.settings import ScanSettings


class Comparison:
    """Compares folders with the catalog, one after the other, and notices which folders they are."""

    def __init__(
        self, catalog: Catalog, settings: ScanSettings, fingerprint: str, detection: str, main: MainCatalog | None
    ) -> None:
        """Compare with what a scan with these settings would record.

        Args:
            catalog: Open for reading.
            settings: Of the scan.
            fingerprint: Of its models and settings.
            detection: Of the detector and its settings alone.
            main: Another catalog; files that it knows as they are now are current, too.
        """
        self._catalog = catalog
        self._main = main
        self._settings = settings
        self._fingerprint = fingerprint
        self._detection = detection
        self._folders: dict[str, Identity] = {}

    def stale(self, folder: Folder) -> list[tuple[Photo, Known | None]]:
        """The photos of a folder that are not current, each with what the catalog knows of this very file."""
        self._notice(folder)
        current = self._current_in(folder)
        if current == list(folder.files):  # as nearly always; a set takes twice as long
            return []
        changed = set(folder.files).difference(current)
        known = known_files(self._catalog, folder.path) if changed else {}
        elsewhere = self._main.files(folder.path) if changed and self._main else {}
        stale: list[tuple[Photo, Known | None]] = []
        for state in sorted(changed):
            found = _as_it_is(state, known)
            if not (self._accepts(found) or self._accepts(_as_it_is(state, elsewhere))):
                stale.append((Photo.at(folder.root, state), found))
        return stale

    def _current_in(self, folder: Folder) -> list[State]:
        if self._settings.force:
            return []
        with_skipped = not self._settings.retry_skipped
        return current_files(self._catalog, folder.path, self._fingerprint, with_skipped=with_skipped)

    def _notice(self, folder: Folder) -> None:
        """Remember which folder this is, unless it may be the mount point of a drive that is not connected."""
        identity = folder_identity(folder.path) if folder.is_listed else None
        before = scanned_identity(self._catalog, folder.path)
        if identity is None or identity == before:
            return
        known = known_files(self._catalog, folder.path)
        there = sum(state[0] in known for state in folder.files)
        if before is None or there * 2 > len(known):
            self._folders[folder.path] = identity

    def kind(self, known: Known) -> str:
        """Why an unchanged file is not current."""
        if known.skipped_stage:
            return "retried"
        return "found" if self.is_detected(known) else "outdated"

    def is_detected(self, known: Known) -> bool:
        """Whether the faces of an unchanged file are known as this scan would detect them."""
        return known.detection == self._detection and not known.skipped_stage and not self._settings.force

    def _accepts(self, known: Known | None) -> bool:
        """Whether the results of an unchanged file are good as they are."""
        if known is None:
            return False
        if self._settings.force or known.skipped_stage == "read":
            return False  # a read error says nothing about the content: always try again
        if self._settings.retry_skipped and known.skipped_stage:
            return False
        return known.fingerprint == self._fingerprint

    def put_folders(self) -> None:
        """Record which folders were compared since the last call.

        Raises:
            CatalogError: The catalog cannot be written.
        """
        put_folders(self._catalog, self._folders.items())
        self._folders.clear()


def _as_it_is(state: State, known: dict[str, Known]) -> Known | None:
    """What is known of a file, if its size and times are still the same."""
    found = known.get(state[0])
    return found if found is not None and state[1:] == found[1:4] else None
