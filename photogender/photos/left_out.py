"""Whether a walk would leave out a file that is known already: by its name, an ignore file, or ``exclude``."""

import os
from collections.abc import Sequence

from photogender.photos.ignore import Rules, ignore_rules, is_ignored, parse_exclude
from photogender.photos.skipped_folders import is_skipped_folder


class LeftOut:
    """What a walk of one root leaves out now; each folder's ignore file is read once."""

    def __init__(self, root: str, exclude: Sequence[str] = ()) -> None:
        """Prepare; nothing is read yet.

        Args:
            root: The folder that is walked, absolute.
            exclude: As ``walk`` takes it.

        Raises:
            PhotogenderError: A pattern of ``exclude`` is not valid, or an absolute path outside the root.
        """
        self._root = root
        patterns = parse_exclude(exclude, [root]).get(root)
        self._last = (Rules(os.path.join(root, ""), patterns),) if patterns else ()
        self._folders: dict[str, tuple[Rules, ...] | None] = {}

    def __contains__(self, path: str) -> bool:
        """Whether the walk leaves out a file; ``path`` is absolute. A file outside the root is not left out."""
        if not path.startswith(os.path.join(self._root, "")):
            return False
        rules = self._rules(os.path.dirname(path))
        if rules is None or os.path.basename(path).startswith("."):
            return True
        return is_ignored(path, False, (*rules, *self._last))

    def rules_in(self, folder: str) -> tuple[Rules, ...] | None:
        """The rules that the walk applies in a folder inside the root; None if it leaves the folder out."""
        rules = self._rules(folder)
        return None if rules is None else (*rules, *self._last)

    def _rules(self, folder: str) -> tuple[Rules, ...] | None:
        """The ignore files that hold in a folder; None if it is left out itself."""
        if folder not in self._folders:
            self._folders[folder] = self._read_rules(folder)
        return self._folders[folder]

    def _read_rules(self, folder: str) -> tuple[Rules, ...] | None:
        above: tuple[Rules, ...] | None = ()
        if folder != self._root:
            above = self._rules(os.path.dirname(folder))
            name = os.path.basename(folder)
            if above is None or name.startswith(".") or is_skipped_folder(name):
                return None
            if is_ignored(folder, True, (*above, *self._last)):
                return None
        return (*(above or ()), *ignore_rules(folder, []))
