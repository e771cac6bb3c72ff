"""Whether a Ray cluster can be used, found out before Ray joins it: Ray itself would wait long, or end this process."""

import socket
import subprocess
import sys
from ipaddress import ip_address

from photogender.errors import PhotogenderError
from photogender.scanning.engines.engine import Tell

_CONNECT = 5.0
"""Seconds that an address may take to answer."""

_ASKED = 30.0
"""Seconds that a cluster may take to say which nodes it has."""

_ASK = """
import sys
from ray._raylet import AuthenticationTokenLoader, GcsClient
from ray.exceptions import AuthenticationError
if not AuthenticationTokenLoader.instance().has_token(ignore_auth_mode=True):
    sys.exit(print("token"))
try:
    nodes = GcsClient(address=sys.argv[1]).get_all_node_info(timeout=5)
except AuthenticationError:
    sys.exit(print("token"))
print(*(node.node_manager_address for node in nodes.values() if node.state == 0))
"""
"""No public function of Ray asks a cluster without joining it."""


def require_cluster(address: str, tell: Tell) -> None:
    """Name an address that is not this machine's, before anything is sent there, and see who answers.

    Args:
        address: ``HOST:PORT``.
        tell: Gets a sentence that names the address.

    Raises:
        PhotogenderError: Nothing answers, it is no Ray cluster, it refuses the token, or this machine is no part of it.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not _is_loopback(host):
        tell(f"Paths of photos go to the Ray cluster at {address}, and results come from there.")
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT).close()
    except OSError as error:
        raise PhotogenderError(
            f"Nothing answers at {address}: {error.strerror or error}.",
            "Start the cluster there with: ray start --head, or check the address. See docs/many-machines.md.",
        ) from error
    if not any(map(_is_own, _node_addresses(address))):
        raise PhotogenderError(
            f"This machine is no part of the Ray cluster at {address}.",
            f"Join it with: ray start --address={address} --num-cpus=0",
        )


def _node_addresses(address: str) -> list[str]:
    """Of the nodes that are alive, as the head node tells. A process of its own asks: Ray may end it."""
    command = [sys.executable, "-c", _ASK, address]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_ASKED, check=False).stdout  # noqa: S603
    except subprocess.TimeoutExpired:
        said = ""
    if said.startswith("token"):
        raise PhotogenderError(
            f"The Ray cluster at {address} refuses the token, or there is none here.",
            "Set RAY_AUTH_TOKEN to what `ray get-auth-token` prints on its head node.",
        )
    if not said:
        raise PhotogenderError(f"What answers at {address} is no Ray cluster.", "See docs/many-machines.md.")
    return said.split()


def _is_own(address: str) -> bool:
    """Whether an address is one of this machine's."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
