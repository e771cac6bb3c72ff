"""The engine of many machines: a Ray cluster, or one that is started on this machine for the scan.

The driver, this process, walks, decides what moved, and records. Usage reports of Ray are off, and its clusters that
are started here let in only who has a token.
"""

import os
import secrets
import signal
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from photogender.errors import PhotogenderError
from photogender.records import Outcome, Skipped
from photogender.scanning.engines.engine import Task, Tell, Window
from photogender.scanning.engines.pool import Pool
from photogender.scanning.engines.ray_address import require_cluster
from photogender.scanning.engines.remote import is_empty, sees
from photogender.scanning.engines.wire import from_photo, from_settings
from photogender.scanning.worker import Job

if TYPE_CHECKING:
    from photogender.scanning.engines.ray_crew import Node, RayCrew

LOCAL = "local"
"""The address of a cluster of this machine alone, which lasts as long as the scan."""

_KILLS = "its worker process was killed twice while examining it"


class RayEngine:
    """Examines photos on the nodes of a Ray cluster."""

    def __init__(self, address: str = LOCAL, workers: int | None = None) -> None:
        """Use a cluster.

        Args:
            address: ``HOST:PORT`` of its head node, or ``LOCAL``.
            workers: Most of them, on all nodes together; None: one a CPU, or one a GPU where a node has any.
        """
        self._address = address
        self._most = workers
        self._crew: RayCrew | None = None
        self._pool: Pool[Job, Outcome] | None = None
        self._is_connected = False
        self._began = self._ended = 0.0

    def start(self, task: Task, tell: Tell) -> str:
        """Connect, start the workers, and wait for the first one.

        Raises:
            PhotogenderError: Ray is not installed, nothing answers, the token is refused, or no node can work.
        """
        self._tell = tell
        _prepare(is_local=self._address == LOCAL)
        try:
            import ray
        except ImportError as error:
            raise PhotogenderError(
                "Ray is not installed.", "Install it with: pip install 'photogender[ray]'"
            ) from error
        if self._address != LOCAL:
            require_cluster(self._address, tell)
        self._connect(ray)
        from photogender.scanning.engines.ray_crew import RayCrew

        nodes = _nodes(ray, self._most)
        some = [from_photo(photo) for photo in task.some if sees(photo)]
        roots = [os.fsencode(root) for root in task.roots if os.path.lexists(root) and not _is_empty_folder(root)]
        hello = (from_settings(task.settings), task.fingerprint, roots, some)
        self._crew = RayCrew(nodes, hello, tell)
        while not self._crew.ready():
            if self._crew.is_over():
                raise PhotogenderError("No node of the cluster can work.", "Nothing was scanned.")
            self._crew.wait(1.0)
        self._pool = Pool(self._crew, _given_up, _is_doubtful, tell)
        self._began = time.monotonic()
        return ", ".join(self._crew.devices)

    def windows(self, jobs: Iterable[Job]) -> Generator[Window, None, None]:
        """As ``Engine.windows``."""
        assert self._pool  # noqa: S101 - after start
        for outcomes in self._pool.outcomes(jobs):
            yield Window(outcomes, [])
        self._ended = time.monotonic()

    def by_node(self) -> dict[str, float]:
        """Photos a second of each node so far."""
        if self._pool is None:
            return {}
        seconds = max((self._ended or time.monotonic()) - self._began, 1e-9)
        return {node: number / seconds for node, number in sorted(self._pool.done_by.items())}

    def close(self) -> None:
        """Kill the workers and leave the cluster; one that was started for the scan ends."""
        if self._crew:
            self._crew.close()
        if self._is_connected:
            import ray

            ray.shutdown()
        self._is_connected = False

    def _connect(self, ray: Any) -> None:  # noqa: ANN401 - Ray's own types are incomplete
        is_local = self._address == LOCAL
        options: dict[str, object] = {"address": self._address}
        if is_local:
            cpus = max(self._most or 0, os.cpu_count() or 1)
            options |= {"num_cpus": cpus, "object_store_memory": 100_000_000, "include_dashboard": False}
        tries = 2 if is_local else 1  # a busy machine may start Ray too slowly for Ray
        for left in reversed(range(tries)):
            try:
                with _own_signals():
                    ray.init(log_to_driver=False, logging_level="FATAL", namespace="photogender", **options)
                break
            except Exception as error:
                ray.shutdown()
                if left:
                    continue
                what = "Ray does not start here" if is_local else f"The Ray cluster at {self._address} cannot be used"
                first = str(error).strip().partition("\n")[0]
                raise PhotogenderError(f"{what}: {first}", "See docs/many-machines.md.") from error
        self._is_connected = True


def _prepare(*, is_local: bool) -> None:
    """Set what Ray reads from the environment when it is imported."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if is_local:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # its name aside: listen on loopback only
    else:
        os.environ.setdefault("RAY_AUTH_MODE", "token")


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep the handlers of signals, which ``ray.init`` replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_empty_folder(path: str) -> bool:
    return os.path.isdir(path) and is_empty(path)


def _nodes(ray: Any, most: int | None) -> "list[Node]":  # noqa: ANN401 - as above
    """Where workers can be, and how many: one a CPU, or one a GPU; at most ``most``, spread over the nodes.

    Raises:
        PhotogenderError: No node has a CPU.
    """
    from photogender.scanning.engines.ray_crew import Node

    found = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
    if not found:
        raise PhotogenderError(
            "No node of the cluster has a CPU for a worker.", "Start one: see docs/many-machines.md."
        )
    hosts = [str(node["NodeManagerHostname"]) for node in found]
    nodes: list[Node] = []
    for node, host in zip(found, hosts, strict=True):
        cpus, gpus = int(node["Resources"]["CPU"]), int(node["Resources"].get("GPU", 0))
        name = host if hosts.count(host) == 1 else f"{host} ({node['NodeManagerAddress']})"
        if name in {other.name for other in nodes}:
            name = f"{name} {node['NodeID'][:6]}"
        workers = min(gpus, cpus) or cpus
        nodes.append(Node(node["NodeID"], name, workers, cpus // workers, int(gpus > 0)))
    return _at_most(nodes, most) if most else nodes


def _at_most(nodes: "list[Node]", most: int) -> "list[Node]":
    numbers = dict.fromkeys((node.id for node in nodes), 0)
    while sum(numbers.values()) < most:
        free = [node for node in nodes if numbers[node.id] < node.workers]
        if not free:
            break
        numbers[min(free, key=lambda node: numbers[node.id]).id] += 1
    return [replace(node, workers=numbers[node.id]) for node in nodes if numbers[node.id]]


def _given_up(job: Job) -> Outcome:
    return Skipped(job.photo, "decode", _KILLS)


def _is_doubtful(job: Job, outcome: Outcome) -> bool:
    """Whether a worker says that a file is gone or cannot be read, and this machine sees it as it was."""
    return isinstance(outcome, Skipped) and outcome.stage in ("gone", "read") and sees(job.photo)
