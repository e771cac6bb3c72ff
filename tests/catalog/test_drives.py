"""Whether a file is on a network drive, by what Linux says of its mounts."""

from pathlib import Path

import pytest

from photogender.catalog.sqlite.drives import file_system, is_network, is_on_network

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 0:39 / /mnt/nas rw,nosuid - fuse.sshfs me@nas:/photos rw,user_id=0
41 40 254:1 / /mnt/nas/local rw - ext4 /dev/vdb rw
42 27 0:40 / /mnt/My\040Cloud rw shared:7 master:2 - nfs4 nas:/vol rw,vers=4.2
43 27 0:41 / /mnt/twice rw - ext4 /dev/vdc rw
44 43 0:42 / /mnt/twice rw - cifs //server/share rw
a line that is no mount
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/catalog.db", "ext4"),
        ("/mnt/nas", "fuse.sshfs"),
        ("/mnt/nas/catalog.db", "fuse.sshfs"),
        ("/mnt/nas/local/catalog.db", "ext4"),
        ("/mnt/nasty/catalog.db", "ext4"),
        ("/mnt/My Cloud/catalog.db", "nfs4"),
        ("/mnt/twice/catalog.db", "cifs"),
    ],
)
def test_the_innermost_and_latest_mount_holds_a_file(path: str, kind: str) -> None:
    assert file_system(path, MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.rclone", "9p", "davfs"])
def test_network_file_systems_are_known(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "fuseblk", "tmpfs", "overlay", "zfs", ""])
def test_local_file_systems_are_not_network_drives(kind: str) -> None:
    assert not is_network(kind)


def test_a_file_of_this_machine_is_not_on_the_network(tmp_path: Path) -> None:
    assert not is_on_network(tmp_path / "not-there" / "catalog.db")
