"""Workers as Ray's actors, one a CPU of each node, or one a GPU.

Ray restarts nothing and repeats nothing: the pool decides. An actor loads its models in ``hello``, whose answer is a
value, since errors of a constructor come as another type, and some cannot be sent at all. The actor's class travels by
value, so that a node without photogender can say so.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from photogender import __version__
from photogender.records import Outcome
from photogender.scanning.engines.pool import Answer, Lost
from photogender.scanning.engines.wire import Wire, from_job, to_outcome
from photogender.scanning.worker import Job

START = 120.0
"""Seconds that a worker may take to start and to load its models."""

LOOK = 60.0
"""Seconds that a worker may take to say whether it sees a photo."""

TRIES = 3
"""Workers of a node that fail to start, one after the other, until no more are started there."""


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster."""

    id: str
    name: str
    """Of the host, with its address."""
    workers: int
    cpus: int
    """Of each worker."""
    gpus: int
    """Of each worker."""


@dataclass(slots=True)
class _Worker:
    actor: Any
    node: Node
    started: float
    device: str = ""
    """Empty until it is ready."""


class RayCrew:
    """The actors of one scan."""

    def __init__(self, nodes: list[Node], hello: tuple[Any, ...], tell: Callable[[str], None]) -> None:
        """Start the workers; ``wait`` until some are ready.

        Args:
            nodes: Where.
            hello: What each worker is told, as ``RemoteWorker.hello`` takes it, but for the threads.
            tell: Gets a sentence about each node that cannot work.
        """
        self._hello = hello
        self._tell = tell
        self._numbers = count()
        self._workers: dict[int, _Worker] = {}
        self._waiting: dict[Any, tuple[int, int]] = {}
        """Ray's references: of a hello with -1, of a batch with its number; each with its worker."""
        self._jobs: dict[int, list[Job]] = {}
        """By batch."""
        self._failed: dict[str, int] = {}
        """Workers that failed to start, one after the other, by node."""
        self._dropped: set[str] = set()
        """The ids of nodes that are not used any more."""
        self._class: Any = ray.remote(_actor_class())
        for node in nodes:
            for _ in range(node.workers):
                self._start(node)

    @property
    def devices(self) -> list[str]:
        """On which workers examine photos."""
        return sorted({worker.device for worker in self._workers.values() if worker.device})

    def ready(self) -> dict[int, str]:
        """As ``Crew.ready``."""
        return {number: worker.node.name for number, worker in self._workers.items() if worker.device}

    def is_over(self) -> bool:
        """As ``Crew.is_over``."""
        return not self._workers

    def send(self, worker: int, batch: int, jobs: list[Job]) -> None:
        """As ``Crew.send``."""
        self._jobs[batch] = jobs
        reference = self._workers[worker].actor.examine.remote([from_job(job) for job in jobs])
        self._waiting[reference] = (worker, batch)

    def wait(self, seconds: float) -> Answer[Outcome] | Lost | None:
        """As ``Crew.wait``."""
        self._give_up_starting()
        if not self._waiting:
            return None
        done, _ = ray.wait(list(self._waiting), num_returns=1, timeout=seconds)
        if not done:
            return None
        number, batch = self._waiting.pop(done[0])
        worker = self._workers.get(number)
        jobs = self._jobs.pop(batch, [])
        if worker is None:  # it was given up meanwhile
            return None
        try:
            answer = ray.get(done[0], timeout=LOOK)
            if batch < 0:
                self._welcome(number, worker, answer)
                return None
            outcomes = [to_outcome(wire, job) for wire, job in zip(answer[0], jobs, strict=True)]
            return Answer(number, batch, outcomes, answer[1])
        except Exception as error:  # noqa: BLE001 - Ray's errors, and whatever a worker raised
            return self._lose(number, worker, batch, _reason(error))

    def sees(self, worker: int, job: Job) -> bool:
        """As ``Crew.sees``; a worker that does not answer sees nothing."""
        try:
            return bool(ray.get(self._workers[worker].actor.sees.remote(from_job(job)), timeout=LOOK))
        except Exception:  # noqa: BLE001 - as above
            return False

    def dismiss(self, worker: int) -> None:
        """As ``Crew.dismiss``."""
        known = self._workers[worker]
        self._remove(worker)
        self._start(known.node)

    def drop(self, node: str) -> None:
        """As ``Crew.drop``."""
        for number, worker in list(self._workers.items()):
            if worker.node.name == node:
                self._dropped.add(worker.node.id)
                self._remove(number)

    def close(self) -> None:
        """Kill all workers."""
        for number in list(self._workers):
            self._remove(number)

    def _start(self, node: Node) -> None:
        if node.id in self._dropped:
            return
        actor = self._class.options(
            num_cpus=node.cpus,
            num_gpus=node.gpus,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
        ).remote()
        number = next(self._numbers)
        self._workers[number] = _Worker(actor, node, time.monotonic())
        threads = node.cpus if node.gpus else 0
        self._waiting[actor.hello.remote(__version__, *self._hello, threads)] = (number, -1)

    def _welcome(self, number: int, worker: _Worker, answer: Wire) -> None:
        match answer:
            case ("ready", device):
                worker.device = device
                self._failed[worker.node.id] = 0
            case (_, reason):
                self._refuse(worker.node, str(reason))

    def _refuse(self, node: Node, reason: str) -> None:
        if node.id not in self._dropped:
            self._dropped.add(node.id)
            self._tell(f"{node.name} {reason}: the scan goes on without it.")
        self.drop(node.name)

    def _lose(self, number: int, worker: _Worker, batch: int, reason: str) -> Lost | None:
        self._remove(number)
        if batch < 0:
            failed = self._failed[worker.node.id] = self._failed.get(worker.node.id, 0) + 1
            if failed >= TRIES:
                self._refuse(worker.node, f"starts no worker ({reason})")
                return None
        self._start(worker.node)
        return Lost(number, reason) if worker.device else None

    def _give_up_starting(self) -> None:
        now = time.monotonic()
        for number, worker in list(self._workers.items()):
            if not worker.device and number in self._workers and now - worker.started > START:
                self._remove(number)
                if not any(other.device for other in self._workers.values() if other.node == worker.node):
                    self._refuse(worker.node, f"started no worker within {START:g} seconds")

    def _remove(self, number: int) -> None:
        worker = self._workers.pop(number)
        for reference in [key for key, (other, _) in self._waiting.items() if other == number]:
            self._jobs.pop(self._waiting.pop(reference)[1], None)
        with suppress(Exception):  # it may be dead already
            ray.kill(worker.actor, no_restart=True)


def _reason(error: Exception) -> str:
    """Why an actor did not answer, in a few words."""
    if isinstance(error, ray.exceptions.OutOfMemoryError):
        return "out of memory"
    if isinstance(error, ray.exceptions.RayTaskError):
        return str(error).strip().splitlines()[-1]
    if isinstance(error, ray.exceptions.ActorUnschedulableError):
        return "its machine is gone"
    return "its process died"


def _actor_class() -> type:
    """A class of its own for each call, so that it travels by value and not by name."""

    class PhotoWorker:
        def hello(self, version: str, *arguments: Any) -> tuple[Any, ...]:  # noqa: ANN401
            try:
                import photogender
            except ImportError:
                return ("no", "has no photogender")
            if photogender.__version__ != version:
                return ("no", f"has photogender {photogender.__version__} where {version} is needed")
            from photogender.scanning.engines.remote import RemoteWorker

            self.worker = RemoteWorker()
            return self.worker.hello(*arguments)

        def examine(self, jobs: list[Any]) -> Any:  # noqa: ANN401
            return self.worker.examine(jobs)

        def sees(self, job: Any) -> bool:  # noqa: ANN401
            return self.worker.sees(job)

    return PhotoWorker
