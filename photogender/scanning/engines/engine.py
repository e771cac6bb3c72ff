"""What a scan asks of an engine: jobs in, outcomes out, in the same order."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from photogender.records import Outcome, Photo
from photogender.scanning.settings import ScanSettings
from photogender.scanning.worker import Job

if TYPE_CHECKING:
    from PIL import Image

Tell = Callable[[str], None]
"""Gets a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Task:
    """What all photos of a scan have in common."""

    settings: ScanSettings
    fingerprint: str
    """Of the models and settings: results of another one must not get into the catalog."""
    roots: tuple[str, ...]
    """The folders and photos that are scanned, absolute, without links."""
    some: tuple[Photo, ...]
    """A few of the photos, which everybody who examines must see."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some photos that were examined: one transaction of the catalog, and the most that a crash can lose."""

    outcomes: list[Outcome]
    portraits: "list[tuple[Image.Image, ...]]"
    """Of each photo, one picture for each of its faces; none unless the settings ask for them."""


class Engine(Protocol):
    """Examines photos. It touches no catalog: moves are told, and recorded by the scan."""

    def start(self, task: Task, tell: Tell) -> str:
        """Load the models wherever they are needed; returns the device that they run on.

        Raises:
            PhotogenderError: No photo can be examined.
        """

    def windows(self, jobs: Iterable[Job]) -> Generator[Window, None, None]:
        """Examine photos. ``jobs`` is read on the calling thread, a bounded number ahead of what was yielded.

        Raises:
            PhotogenderError: The rest cannot be examined.
        """

    def close(self) -> None:
        """Give back everything; also after an error."""
