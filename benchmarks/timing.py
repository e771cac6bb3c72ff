"""CPU time of a piece of work on one thread."""

import statistics
import time
from collections.abc import Callable


def thread_seconds(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds of the calling thread, which other programs disturb least: the median, after one round to warm up."""
    work()
    seconds = []
    for _ in range(rounds):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return statistics.median(seconds)
