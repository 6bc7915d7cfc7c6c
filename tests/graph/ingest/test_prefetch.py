from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ingest.prefetch import prefetch


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers())))
def test_the_same_items_in_the_same_order(items: list[int | None]) -> None:
    with prefetch(iter(items)) as coming:
        assert list(coming) == items


def test_one_item_is_made_while_the_last_is_used() -> None:
    made: list[int] = []
    second = threading.Event()

    def make() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    with prefetch(make()) as coming:
        assert next(coming) == 0
        assert second.wait(10)
        # Two are made at most: the one in use and the one that waits.
        assert made == [0, 1]
        assert list(coming) == [1, 2, 3, 4]


def test_another_thread_makes_them() -> None:
    with prefetch(iter(threading.current_thread, None)) as coming:
        assert next(coming) is not threading.current_thread()


def test_what_the_iterator_raises_comes_in_its_turn() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    with prefetch(make()) as coming:
        assert next(coming) == 1
        with pytest.raises(ValueError, match="the second"):
            next(coming)


def test_an_early_end_waits_for_the_item_that_is_being_made() -> None:
    going, ended = threading.Event(), threading.Event()

    def make() -> Iterator[int]:
        yield 1
        going.set()
        yield 2
        ended.set()

    with prefetch(make()) as coming:
        next(coming)
        assert going.wait(10)
    assert not ended.is_set()
    assert not any(thread.name.startswith("ahead") for thread in threading.enumerate())


def test_a_generator_is_closed_when_its_consumer_fails() -> None:
    ended: list[bool] = []

    def make() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            ended.append(any(thread.name.startswith("ahead") for thread in threading.enumerate()))

    def fail(items: Iterator[int]) -> None:
        with prefetch(items) as coming:
            raise ValueError(f"no more than {next(coming)}")

    items = make()
    with pytest.raises(ValueError, match="no more than 0"):
        fail(items)
    assert ended == [False]
