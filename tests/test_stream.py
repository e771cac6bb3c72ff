"""The bounded, ordered map over threads."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photogender.stream import prefetch


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 4), st.integers(1, 8))
def test_order_is_kept(delays: list[int], workers: int, ahead: int) -> None:
    def work(pair: tuple[int, int]) -> int:
        time.sleep(pair[1] / 2000)
        return pair[0]

    assert list(prefetch(work, enumerate(delays), workers, ahead)) == list(range(len(delays)))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 40), st.integers(1, 4), st.integers(1, 8))
def test_items_are_read_no_further_than_ahead(number: int, workers: int, ahead: int) -> None:
    read = 0

    def items() -> "range":
        nonlocal read
        for index in range(number):
            read += 1
            yield index

    for done, _ in enumerate(prefetch(lambda item: item, items(), workers, ahead)):
        assert read <= done + ahead


def test_an_exception_is_raised_in_its_place_and_ends_the_threads() -> None:
    before = threading.active_count()
    started = []

    def work(item: int) -> int:
        started.append(item)
        if item == 5:
            raise ValueError("five")
        return item

    results = prefetch(work, range(1000), 2, 4)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="five"):
        next(results)
    assert max(started) < 12
    assert threading.active_count() == before


def test_closing_early_ends_cleanly() -> None:
    before = threading.active_count()
    stream = prefetch(lambda item: time.sleep(0.01) or item, range(1000), 3, 6)
    assert next(stream) == 0
    stream.close()
    assert threading.active_count() == before


def test_closing_early_drops_what_has_not_begun() -> None:
    started = []

    def work(item: int) -> int:
        started.append(item)
        time.sleep(0.02)
        return item

    stream = prefetch(work, range(1000), 1, 50)
    next(stream)
    stream.close()
    assert len(started) < 10


def test_an_exception_of_the_items_passes() -> None:
    def items():  # noqa: ANN202
        yield 1
        raise OSError("drive gone")

    with pytest.raises(OSError, match="drive gone"):
        list(prefetch(lambda item: item, items(), 2, 4))
