"""The pool of workers that may die, without Ray: a crew in this process whose workers do as each test says."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from photogender.errors import PhotogenderError
from photogender.scanning.engines.pool import FIRST, IN_A_ROW, IN_FLIGHT, MOST, Answer, Lost, Pool

GIVEN_UP, GONE = "given up", "gone"


@dataclass
class Crew:
    """Workers of some nodes, each of which does one batch after the other; who is next is drawn at random."""

    nodes: dict[str, int]
    """How many workers each has."""
    kills: Callable[[int, str, int], bool] = lambda job, node, worker: False
    """Whether a job kills a worker."""
    blind: Callable[[str], bool] = lambda node: False
    """Whether a node sees nothing."""
    gone: frozenset[int] = frozenset()
    """Jobs that are not there for anybody."""
    silent: set[int] = field(default_factory=set)
    """Workers that never answer."""
    is_replaced: bool = True
    seed: int = 0
    done: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    events: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._numbers = itertools.count()
        self._workers: dict[int, str] = {}
        self._batches: dict[int, list[tuple[int, list[int]]]] = {}
        for node, number in self.nodes.items():
            for _ in range(number):
                self._start(node)

    def _start(self, node: str) -> None:
        number = next(self._numbers)
        self._workers[number] = node
        self._batches[number] = []

    def ready(self) -> dict[int, str]:
        return dict(self._workers)

    def is_over(self) -> bool:
        return not self._workers

    def send(self, worker: int, batch: int, jobs: list[int]) -> None:
        self._batches[worker].append((batch, jobs))
        assert len(self._batches[worker]) <= IN_FLIGHT

    def wait(self, seconds: float) -> Answer[str] | Lost | None:
        self.events += 1
        busy = [worker for worker in self._workers if self._batches[worker] and worker not in self.silent]
        if not busy:
            return None
        worker = self._random.choice(busy)
        node = self._workers[worker]
        batch, jobs = self._batches[worker][0]
        for job in jobs:
            if self.kills(job, node, worker):
                self.lost += 1
                self.dismiss(worker)
                return Lost(worker, "died")
        self._batches[worker].pop(0)
        self.done.update(jobs)
        return Answer(worker, batch, [self._outcome(job, node) for job in jobs], 0.1)

    def _outcome(self, job: int, node: str) -> str:
        return GONE if job in self.gone or self.blind(node) else f"done {job}"

    def sees(self, worker: int, job: int) -> bool:
        return not self.blind(self._workers[worker])

    def dismiss(self, worker: int) -> None:
        node = self._workers.pop(worker)
        if self.is_replaced:
            self._start(node)

    def drop(self, node: str) -> None:
        self._workers = {worker: other for worker, other in self._workers.items() if other != node}


def run(crew: Crew, number: int, patience: float = 1000.0) -> tuple[list[str], list[str]]:
    """The outcomes of so many jobs, and what was told."""
    told: list[str] = []
    taken = yielded = 0

    def jobs() -> Iterator[int]:
        nonlocal taken
        for job in range(number):
            taken += 1
            assert taken - yielded <= pool.limit
            yield job

    def doubts(job: int, outcome: str) -> bool:
        return outcome == GONE and job not in crew.gone

    pool: Pool[int, str] = Pool(crew, lambda job: GIVEN_UP, doubts, told.append, patience)
    found: list[str] = []
    for outcomes in pool.outcomes(jobs()):
        assert 1 <= len(outcomes) <= MOST
        yielded += len(outcomes)
        found += outcomes
    return found, told


def whole(number: int, **others: str) -> list[str]:
    return [others.get(f"job{job}", f"done {job}") for job in range(number)]


@pytest.mark.parametrize("seed", range(5))
def test_outcomes_come_in_order_and_each_job_is_done_once(seed: int) -> None:
    crew = Crew({"a": 3, "b": 2}, seed=seed)
    assert run(crew, 5000) == (whole(5000), [])
    assert set(crew.done.values()) == {1}
    assert run(crew, 0) == ([], [])


@pytest.mark.parametrize("seed", range(5))
def test_of_a_killed_worker_two_batches_are_done_again_at_most(seed: int) -> None:
    killed: list[int] = []

    def kills(job: int, node: str, worker: int) -> bool:
        if job == 2000 and not killed:
            killed.append(worker)
        return killed == [worker] and job == 2000

    crew = Crew({"a": 3}, kills, seed=seed)
    found, told = run(crew, 5000)
    assert found == whole(5000)
    assert sum(crew.done.values()) - 5000 <= IN_FLIGHT * MOST
    assert crew.lost == 1
    assert len(told) == 1
    assert told[0].startswith("A worker on a was lost (died): ")


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("job", [0, 3, 777, 999])
def test_a_job_that_kills_its_workers_is_given_up_alone(workers: int, job: int) -> None:
    crew = Crew({"a": workers}, lambda each, node, worker: each == job)
    found, _ = run(crew, 1000)
    assert found == whole(1000, **{f"job{job}": GIVEN_UP})
    assert crew.lost <= 9


def test_several_jobs_that_kill_are_given_up() -> None:
    crew = Crew({"a": 2, "b": 1}, lambda each, node, worker: each % 100 == 50)
    found, _ = run(crew, 1000)
    assert found == whole(1000, **{f"job{job}": GIVEN_UP for job in range(50, 1000, 100)})


def test_workers_that_always_die_end_the_scan() -> None:
    crew = Crew({"a": 2, "b": 2}, lambda job, node, worker: job > 100)
    with pytest.raises(PhotogenderError, match="lost one after the other"):
        run(crew, 100_000)
    assert IN_A_ROW <= crew.lost < 3 * IN_A_ROW
    assert crew.events < 200


def test_a_node_whose_workers_always_die_is_left_out_and_costs_no_job() -> None:
    crew = Crew({"good": 2, "bad": 2}, lambda job, node, worker: node == "bad")
    found, told = run(crew, 2000)
    assert found == whole(2000)
    assert any(text.startswith("bad lost 3 workers one after the other: the scan goes on without it") for text in told)


def test_without_any_worker_the_scan_ends() -> None:
    crew = Crew({"a": 2}, lambda job, node, worker: job >= 200, is_replaced=False)
    with pytest.raises(PhotogenderError, match="No worker is left"):
        run(crew, 1000)


def test_a_worker_that_does_not_answer_counts_as_lost() -> None:
    crew = Crew({"a": 2}, silent={0})
    found, told = run(crew, 500, patience=0.05)
    assert found == whole(500)
    assert told == [
        f"A worker on a was lost (no answer for 0.05 seconds): {IN_FLIGHT * FIRST} photos will be done again."
    ]


def test_a_node_that_does_not_see_the_photos_is_left_out() -> None:
    crew = Crew({"good": 1, "blind": 3}, blind=lambda node: node == "blind", gone=frozenset({5, 400}))
    found, told = run(crew, 1000)
    assert found == whole(1000, job5=GONE, job400=GONE)
    (text,) = told
    assert text.startswith("blind does not see the photos any more: the scan goes on without it")


def test_a_node_that_loses_its_photos_later_is_left_out() -> None:
    crew = Crew({"good": 1, "blind": 2}, gone=frozenset({5}))
    crew.blind = lambda node: node == "blind" and crew.events > 30
    found, told = run(crew, 3000)
    assert found == whole(3000, job5=GONE)
    assert len(told) == 1


def test_a_job_that_failed_once_is_done_again_and_then_believed() -> None:
    crew = Crew({"a": 1})
    outcome = crew._outcome
    crew._outcome = lambda job, node: (  # type: ignore[method-assign]
        GONE if job == 8 or (job == 7 and crew.done[7] == 1) else outcome(job, node)
    )
    found, told = run(crew, 100)
    assert found == whole(100, job8=GONE)
    assert crew.done[7] == crew.done[8] == 2
    assert told == []
