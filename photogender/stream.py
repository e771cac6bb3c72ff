"""An ordered, bounded map over threads: the only concurrency in photogender."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, ahead: int
) -> Generator[Result, None, None]:
    """Results of ``function`` for ``items``, in order, computed on ``workers`` threads.

    ``items`` is read on the calling thread, at most ``ahead`` items beyond what was yielded. An exception of
    ``function`` is raised at its place in the order. After it, and when the generator is closed early, calls that
    have not started are dropped and running ones are waited for.
    """
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="photogender")
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
