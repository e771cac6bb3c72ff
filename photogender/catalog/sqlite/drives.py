"""Whether a file is on a network drive, where SQLite's write-ahead log does not work.

The log needs memory that all programs share which use the file, and programs on two machines share none
(https://sqlite.org/wal.html).
"""

import os
import re
import sys
from pathlib import Path

_NETWORK = re.compile(
    r"(fuse\.)?(9p|afpfs|afs|beegfs|ceph|cifs|davfs\d?|glusterfs|gpfs|lustre|ncpfs|nfs\d?|orangefs|pvfs2|rclone|"
    r"s3fs|smb\d?|smbfs|sshfs|webdav)"
)
"""Types of file systems that other machines may use at the same time."""

_MOUNTS = Path("/proc/self/mountinfo")


def is_on_network(path: Path) -> bool:
    """Whether ``path`` is on a network drive; False where the system does not tell."""
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(os.path.realpath(path))[0]
        remote = 4  # DRIVE_REMOTE of fileapi.h
        return drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == remote
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # no Linux
        return False
    return is_network(file_system(os.path.realpath(path), mounts))


def is_network(kind: str) -> bool:
    """Whether a type of file system, such as ``nfs4``, is that of a network drive."""
    return _NETWORK.fullmatch(kind) is not None


def file_system(path: str, mounts: str) -> str:
    """The type of the file system that holds an absolute path without links; empty if no mount point does.

    Args:
        path: The file or folder; it need not exist.
        mounts: The text of ``/proc/self/mountinfo``, see proc_pid_mountinfo(5); of two mounts at one place the later
            one is seen.
    """
    found, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
        if (path == point or path.startswith(point.rstrip("/") + "/")) and len(point) >= len(found):
            found, kind = point, after.split()[0]
    return kind
