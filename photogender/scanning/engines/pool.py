"""A pool of workers that may die: batches of jobs out, outcomes in the order of the jobs, nothing lost, nothing twice.

It knows neither photos nor how workers are reached; that is the crew's. When a worker dies, the oldest of its batches
is suspect, the others are innocent, and all are done again. A batch that was suspect twice is halved, so that a single
job is found that kills whoever takes it; that one is given up.
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Generic, NamedTuple, Protocol, TypeVar

from photogender.errors import PhotogenderError
from photogender.text import count as counted

J = TypeVar("J")
R = TypeVar("R")

FIRST, MOST = 8, 64
"""Jobs of the first batches and of the largest ones."""

IN_FLIGHT = 2
"""Batches that a worker has, so that it need not wait for the next one."""

PATIENCE = 300.0
"""Seconds for one batch, which takes about one, until its worker counts as lost."""

IN_A_ROW = 16
"""Workers lost without any answer between, until the pool gives up; finding a job that kills takes at most 9."""

ON_A_NODE = 3
"""Workers of a node lost without any answer from it between, until the pool goes on without the node."""


class Answer(NamedTuple, Generic[R]):
    """A batch was done."""

    worker: int
    batch: int
    outcomes: list[R]
    seconds: float
    """That the worker was busy with it."""


class Lost(NamedTuple):
    """A worker is dead."""

    worker: int
    reason: str


class Crew(Protocol[J, R]):
    """The workers, wherever they are; ``wait`` also starts new ones in place of those that were lost."""

    def ready(self) -> dict[int, str]:
        """The workers that can be given batches, each with the name of its node."""

    def is_over(self) -> bool:
        """Whether no worker is ready, nor will be."""

    def send(self, worker: int, batch: int, jobs: list[J]) -> None:
        """Give a worker a batch."""

    def wait(self, seconds: float) -> Answer[R] | Lost | None:
        """What happened next; None if nothing did for so long."""

    def sees(self, worker: int, job: J) -> bool:
        """Whether a worker sees what a job is about; asked if it said that it does not, and the driver does."""

    def dismiss(self, worker: int) -> None:
        """Kill a worker that does not answer; another one may take its place."""

    def drop(self, node: str) -> None:
        """Kill the workers of a node and start none there again."""


@dataclass(slots=True, eq=False)
class _Batch(Generic[J]):
    jobs: list[tuple[int, J]]
    """Each with its place in the order."""
    deaths: int = 0
    """How often its worker died of it, as far as is known."""
    node: str = ""
    """Where the last one of them was."""
    is_repeated: bool = False
    """Its outcome counts, whatever it is."""


@dataclass(slots=True)
class _Desk(Generic[J]):
    """What a worker has to do."""

    batches: dict[int, _Batch[J]] = field(default_factory=dict)
    """By number, the oldest first."""
    since: float = 0.0
    """When it began with the oldest one."""


class Pool(Generic[J, R]):
    """Hands out jobs and collects outcomes, on the calling thread."""

    def __init__(
        self,
        crew: Crew[J, R],
        give_up: Callable[[J], R],
        doubts: Callable[[J, R], bool],
        tell: Callable[[str], None],
        patience: float = PATIENCE,
    ) -> None:
        """Use a crew.

        Args:
            crew: Started; it may still be starting most of its workers.
            give_up: The outcome of a job that kills its workers.
            doubts: Whether an outcome cannot be right, as far as the driver sees.
            tell: Gets sentences about what went wrong.
            patience: Seconds; see ``PATIENCE``.
        """
        self._crew = crew
        self._give_up = give_up
        self._doubts = doubts
        self._tell = tell
        self._patience = patience
        self._numbers = count()
        self._desks: dict[int, _Desk[J]] = {}
        self._nodes: dict[int, str] = {}
        self._again: deque[_Batch[J]] = deque()
        self._done: dict[int, R] = {}
        self._size = FIRST
        self._taken = self._yielded = 0
        self._lost_in_a_row = 0
        self._lost_on: dict[str, int] = {}
        self.done_by: dict[str, int] = {}
        """Jobs that each node has done."""

    @property
    def limit(self) -> int:
        """Most jobs that are taken and not yielded."""
        return max(len(self._crew.ready()), 1) * IN_FLIGHT * self._size + MOST

    def outcomes(self, jobs: Iterable[J]) -> Generator[list[R], None, None]:
        """The outcomes of jobs, in order, as many at once as are known, at most ``MOST``.

        Raises:
            PhotogenderError: No worker is left, or they die one after the other.
        """
        left = iter(jobs)
        while True:
            self._hand_out(left)
            while ready := self._in_order():
                yield ready
                self._hand_out(left)
            if self._taken == self._yielded:
                return
            if self._crew.is_over():
                raise PhotogenderError(
                    "No worker is left.", "What was done is in the catalog. Run the same command again to resume."
                )
            event = self._crew.wait(min(1.0, self._patience))
            if isinstance(event, Lost):
                self._lose(*event)
            elif event is not None:
                self._take(event)
            self._lose_silent_ones()

    def _in_order(self) -> list[R]:
        ready: list[R] = []
        while self._yielded in self._done and len(ready) < MOST:
            ready.append(self._done.pop(self._yielded))
            self._yielded += 1
        return ready

    def _hand_out(self, left: Iterator[J]) -> None:
        self._nodes |= self._crew.ready()
        workers = self._crew.ready()
        for worker in workers:
            self._desks.setdefault(worker, _Desk())
        for _ in range(IN_FLIGHT):
            for worker, node in workers.items():
                desk = self._desks[worker]
                if len(desk.batches) < IN_FLIGHT and (batch := self._next(left, node)):
                    number = next(self._numbers)
                    if not desk.batches:
                        desk.since = time.monotonic()
                    desk.batches[number] = batch
                    self._crew.send(worker, number, [job for _, job in batch.jobs])

    def _next(self, left: Iterator[J], node: str) -> "_Batch[J] | None":
        """The next batch for a worker on a node: a suspect one rather not where its worker died."""
        others = set(self._crew.ready().values()) - {node}
        for batch in self._again:
            if batch.node != node or not others:
                self._again.remove(batch)
                return batch
        room = min(self._size, self.limit - (self._taken - self._yielded))
        jobs = list(islice(left, room)) if room > 0 else []
        first, self._taken = self._taken, self._taken + len(jobs)
        return _Batch(list(enumerate(jobs, first))) if jobs else None

    def _take(self, answer: Answer[R]) -> None:
        desk = self._desks.get(answer.worker)
        batch: _Batch[J] | None = desk.batches.pop(answer.batch, None) if desk else None
        if desk is None or batch is None:
            return  # of a worker that was given up
        desk.since = time.monotonic()
        node = self._nodes[answer.worker]
        self._lost_in_a_row = self._lost_on[node] = 0
        if answer.seconds < 0.5 and len(batch.jobs) >= self._size:
            self._size = min(2 * self._size, MOST)
        elif answer.seconds > 2:
            self._size = max(self._size // 2, 1)
        doubted = []
        for (index, job), outcome in zip(batch.jobs, answer.outcomes, strict=True):
            if not batch.is_repeated and self._doubts(job, outcome):
                doubted.append((index, job))
            else:
                self._done[index] = outcome
                self.done_by[node] = self.done_by.get(node, 0) + 1
        if doubted and not self._crew.sees(answer.worker, doubted[0][1]):
            self._drop(node, "does not see the photos any more")
            self._again.append(_Batch(doubted))
        else:
            self._again.extend(_Batch([each], node=node, is_repeated=True) for each in doubted)

    def _lose(self, worker: int, reason: str) -> None:
        desk = self._desks.pop(worker, None)
        if desk is None:
            return
        node = self._nodes[worker]
        batches = [*desk.batches.values()]
        suspect = batches[0] if batches else None
        self._lost_in_a_row += 1
        again = sum(len(batch.jobs) for batch in batches)
        self._tell(f"A worker on {node} was lost ({reason}): {counted(again, 'photo')} will be done again.")
        self._again.extend(batches[1:])
        if suspect is None or suspect.deaths == 0:  # later deaths are the batch's, not the node's
            self._lost_on[node] = self._lost_on.get(node, 0) + 1
        if suspect is not None:
            self._suspect(suspect, node)
        if self._lost_in_a_row >= IN_A_ROW:
            raise PhotogenderError(
                f"{self._lost_in_a_row} workers were lost one after the other, the last one on {node}: {reason}.",
                "What was done is in the catalog. Run the same command again to resume.",
            )
        if self._lost_on.get(node, 0) >= ON_A_NODE and set(self._crew.ready().values()) - {node}:
            self._drop(node, f"lost {ON_A_NODE} workers one after the other")

    def _suspect(self, batch: _Batch[J], node: str) -> None:
        """Do a batch again after its worker died, in halves if that happened before."""
        batch.deaths += 1
        batch.node = node
        if batch.deaths < 2:
            self._again.append(batch)
        elif len(batch.jobs) == 1:
            ((index, job),) = batch.jobs
            self._done[index] = self._give_up(job)
        else:
            middle = len(batch.jobs) // 2
            for jobs in (batch.jobs[:middle], batch.jobs[middle:]):
                self._again.append(_Batch(jobs, deaths=int(len(jobs) > 1), node=node))

    def _drop(self, node: str, why: str) -> None:
        workers = [worker for worker in self._desks if self._nodes[worker] == node]
        batches = [batch for worker in workers for batch in self._desks.pop(worker).batches.values()]
        again = sum(len(batch.jobs) for batch in batches)
        self._tell(f"{node} {why}: the scan goes on without it, {counted(again, 'photo')} will be done again.")
        self._again.extend(batches)
        self._crew.drop(node)

    def _lose_silent_ones(self) -> None:
        now = time.monotonic()
        for worker, desk in list(self._desks.items()):
            if desk.batches and now - desk.since > self._patience:
                self._crew.dismiss(worker)
                self._lose(worker, f"no answer for {self._patience:g} seconds")
