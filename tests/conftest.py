"""What several tests share: where the outside data is, and why a test that needs it did not run."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("PHOTOGENDER_SHARED", Path(__file__).parents[1] / ".." / "shared")).resolve()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the outside data where there is none."""
    if not SHARED.is_dir():
        mark = pytest.mark.skip(reason=f"no data at {SHARED} (set PHOTOGENDER_SHARED)")
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The outside data folder; only for tests marked ``shared``."""
    return SHARED
