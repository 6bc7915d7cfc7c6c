"""Prepares the next item of an iterator in another thread while the current one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def prefetch(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """Yields the same items in the same order; each is made in another thread while the one before it is used.

    At most one item is held ready, so memory stays bounded. An exception of the iterator is raised here, in its place.
    When the block ends early, the item under way is waited for and dropped, and a generator is closed, since it may
    have files open.
    """
    end = object()

    def taken(pool: ThreadPoolExecutor) -> Iterator[T]:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]

    try:
        with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as pool:
            yield taken(pool)
    finally:
        # The pool has ended by now; a running generator cannot be closed.
        if isinstance(items, Generator):
            items.close()
