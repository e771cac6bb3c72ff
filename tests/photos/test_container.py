"""The memory limit of a container, from control groups as Linux shows them."""

from pathlib import Path

import pytest

from photogender.photos.container import memory_limit
from photogender.photos.memory import _allowed


def groups(folder: Path, own: str, **limits: str) -> int | None:
    """What is read where the process is in the groups ``own``, and these files have these limits."""
    (folder / "own").write_text(own)
    for place, limit in limits.items():
        file = folder / "tree" / place.replace("__", "/").replace("_max", ".max").replace("_limit", ".limit")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{limit}\n")
    return memory_limit(folder / "own", folder / "tree")


def test_the_lowest_limit_of_all_groups_of_version_2_counts(tmp_path: Path) -> None:
    files = {"user__service__memory_max": "max", "user__memory_max": "2000000000", "memory_max": "3000000000"}
    assert groups(tmp_path, "0::/user/service\n", **files) == 2_000_000_000
    assert groups(tmp_path, "0::/user/service\n", user__service__memory_max="1000000000") == 1_000_000_000


def test_a_container_sees_its_own_limit_at_the_top(tmp_path: Path) -> None:
    """In a container the group's path may be the host's, which is not there."""
    own = "12:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n"
    assert groups(tmp_path, own, memory__memory_limit_in_bytes="700000000") == 700_000_000


@pytest.mark.parametrize("own", ["0::/\n", "", "nonsense\n", "4:cpu:/x\n"])
def test_without_a_limit_there_is_none(tmp_path: Path, own: str) -> None:
    assert groups(tmp_path, own, x__memory_max="5", memory_max="max") is None
    assert memory_limit(tmp_path / "absent", tmp_path) is None


def test_a_picture_gets_half_of_what_a_scan_leaves(tmp_path: Path) -> None:
    assert [_allowed(limit) for limit in (None, 2**63, 2_000_000_000, 1_000)] == [
        1_450_000_000,
        1_450_000_000,
        775_000_000,
        100_000_000,
    ]
