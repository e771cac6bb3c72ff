"""What several tests share: where the outside data is, and photos that installed packages bring along."""

import importlib.metadata
import os
import signal
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("PHOTOGENDER_SHARED", Path(__file__).parents[1] / ".." / "shared")).resolve()


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would the programs that tests start and stop with it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the outside data where there is none; where it was named, it must be there."""
    if SHARED.is_dir():
        return
    if "PHOTOGENDER_SHARED" in os.environ:
        raise pytest.UsageError(f"PHOTOGENDER_SHARED names {SHARED}, which is not there")
    mark = pytest.mark.skip(reason=f"no data at {SHARED} (set PHOTOGENDER_SHARED)")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(mark)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the versions of the other photo programs that tests recorded."""
    reports = (report for group in terminalreporter.stats.values() for report in group)
    used = {f"{name} {value}" for report in reports for name, value in getattr(report, "user_properties", ())}
    if used:
        terminalreporter.write_line(f"with {', '.join(sorted(used))}")


def packaged(distribution: str, path: str) -> Path:
    """A file that an installed distribution brings along."""
    return Path(str(importlib.metadata.distribution(distribution).locate_file(path)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The outside data folder; only for tests marked ``shared``."""
    return SHARED


@pytest.fixture(scope="session")
def astronaut() -> Path:
    """scikit-image's portrait of Eileen Collins: 512 × 512, one face."""
    return packaged("scikit-image", "skimage/data/astronaut.png")


@pytest.fixture(scope="session")
def six_faces() -> Path:
    """insightface's sample photo: 1280 × 886, six faces."""
    return packaged("insightface", "insightface/data/images/t1.jpg")
