"""How long something takes of the one thread that does it."""

import statistics
import time
from collections.abc import Callable


def thread_seconds(work: Callable[[], object], rounds: int) -> float:
    """CPU time of the calling thread, which other programs disturb least: the median of the rounds, after one more."""
    work()
    seconds = []
    for _ in range(rounds):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return statistics.median(seconds)
