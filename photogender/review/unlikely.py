"""What cannot be of the faces on the wall: the reason of each, found again only when the catalog changes."""

import threading
from collections import defaultdict

from photogender.catalog.catalog import Catalog
from photogender.people.check import Problem, problems


class Unlikely:
    """The faces whose name or date cannot be right, as ``people.check`` says. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._reasons: dict[int, str] = {}

    def reasons(self, catalog: Catalog, version: int) -> dict[int, str]:
        """Why, by face id: ``Ada looks 45, 12 years too old``, several reasons with ``;`` between them.

        Args:
            catalog: Open for reading.
            version: Changes with the catalog; must be read before this call.

        Raises:
            CatalogError: The catalog cannot be read.
        """
        with self._lock:
            if version == self._version:
                return self._reasons
        found: defaultdict[int, list[str]] = defaultdict(list)
        for problem in problems(catalog):
            found[problem.face_id].append(why(problem))
        reasons = {face: "; ".join(each) for face, each in found.items()}
        with self._lock:
            self._version, self._reasons = version, reasons
        return reasons


def why(problem: Problem) -> str:
    """A problem as a sentence with its subject; without ids of faces, which the page never shows."""
    return f"{problem.name} {problem.why.partition(': also face')[0]}"
