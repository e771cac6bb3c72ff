"""A Ray cluster on this machine whose nodes are in network and mount namespaces of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TOKEN = "0123456789abcdef" * 4
PORT = 6390
NET = "10.201.77"


def why_not() -> str:
    """Why there can be no such cluster here; empty if there can."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nsenter"):
        return "network namespaces need root, ip and nsenter"
    name = f"pg{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return "" if made.returncode == 0 else "network namespaces cannot be made here"


class Cluster:
    """A head node without workers, and nodes that are added; ``environment`` is what a driver needs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._nodes: list[subprocess.Popen[bytes]] = []
        self.address = f"{NET}.1:{PORT}"
        self.environment = {
            **os.environ,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": TOKEN,
            "RAY_USAGE_STATS_ENABLED": "0",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        self._ray = str(Path(sys.executable).with_name("ray"))

    def start(self) -> None:
        """The bridge and the head node."""
        _ip("link", "add", "pgbridge", "type", "bridge")
        _ip("addr", "add", f"{NET}.1/24", "dev", "pgbridge")
        _ip("link", "set", "pgbridge", "up")
        where = (f"--node-ip-address={NET}.1", f"--port={PORT}", f"--temp-dir={self._folder / 'ray'}")
        quiet = ("--include-dashboard=false", "--disable-usage-stats", "--num-cpus=0", "--block")
        self._popen([self._ray, "start", "--head", *where, *quiet], {})
        self._wait(1)

    def add(self, before: str = "true", environment: Mapping[str, str] | None = None) -> int:
        """A node with one CPU, after a shell command in its namespaces; its process id."""
        number = len(self._nodes) + 1
        name = f"pgnode{number}"
        _ip("netns", "add", name)
        _ip("link", "add", f"pgv{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", f"pgv{number}", "master", "pgbridge", "up")
        for words in (f"addr add {NET}.{number}/24 dev eth0", "link set eth0 up", "link set lo up"):
            _ip("-n", name, *words.split())
        start = f"{self._ray} start --address={self.address} --node-ip-address={NET}.{number} --num-cpus=1 --block"
        command = ["ip", "netns", "exec", name, "sh", "-c", f"{before}; exec {start}"]
        pid = self._popen(command, environment or {}).pid
        self._wait(number)
        return pid

    def kill(self, pid: int) -> None:
        """Kill all processes of a node at once."""
        os.killpg(pid, signal.SIGKILL)

    def _alive(self) -> int:
        """How many nodes the head knows; 0 if there is none yet."""
        ask = (
            "import sys; from ray._raylet import GcsClient; "
            "print(sum(node.state == 0 for node in GcsClient(address=sys.argv[1]).get_all_node_info().values()))"
        )
        command = [sys.executable, "-c", ask, self.address]
        found = subprocess.run(command, capture_output=True, text=True, check=False, env=self.environment).stdout
        return int(found or 0)

    def _wait(self, nodes: int) -> None:
        """Wait until so many nodes have joined; two that join at once disturb each other in a common folder."""
        for _ in range(60):
            if self._alive() >= nodes:
                return
            time.sleep(0.2)
        raise AssertionError((self._folder / f"node{nodes}.log").read_text())

    def close(self) -> None:
        """Kill all nodes and remove the namespaces."""
        for process in reversed(self._nodes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        for number in range(2, len(self._nodes) + 1):
            subprocess.run(["ip", "netns", "del", f"pgnode{number}"], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", "pgbridge"], capture_output=True, check=False)

    def _popen(self, command: list[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        log = open(self._folder / f"node{len(self._nodes) + 1}.log", "wb")  # noqa: SIM115
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**self.environment, **environment}, start_new_session=True
        )
        self._nodes.append(process)
        return process


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster with a head node."""
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.close()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
