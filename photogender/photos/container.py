"""How much memory the container, service or session that we run in may use."""

from pathlib import Path, PurePosixPath

_FILES = {"": "memory.max", "memory": "memory/memory.limit_in_bytes"}
"""By controllers: of cgroup v2, and of the controller ``memory`` of v1."""


def memory_limit(own: Path = Path("/proc/self/cgroup"), tree: Path = Path("/sys/fs/cgroup")) -> int | None:
    """The lowest limit in bytes of the control groups that this process is in; None if there is none.

    Inside a container the group's path may be the host's, so the limits of all that exist of it count.
    https://docs.kernel.org/admin-guide/cgroup-v2.html

    Args:
        own: Which groups the process is in.
        tree: Where the groups are mounted.
    """
    limits = []
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):  # not Linux
        return None
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(","):
            if controller in _FILES:
                folder, _, name = _FILES[controller].rpartition("/")
                inside = PurePosixPath(path.lstrip("/"))
                limits += [_number(tree / folder / group / name) for group in (inside, *inside.parents)]
    return min((limit for limit in limits if limit is not None), default=None)


def _number(file: Path) -> int | None:
    """The number in a file; None if it is not there or says ``max``."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
