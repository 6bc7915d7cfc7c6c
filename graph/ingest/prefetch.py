"""Work on the next item while the last one is used: a pipeline of two stages."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def prefetch(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """The same items in the same order, each made in another thread while the one before is used.

    At most one item waits, so that memory stays bounded. What the iterator raises is raised here in its turn. When the
    block ends early, the item that is being made is waited for and dropped, and a generator is closed, as it may have
    files open.
    """
    end = object()

    def taken(pool: ThreadPoolExecutor) -> Iterator[T]:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]

    try:
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
            yield taken(pool)
    finally:
        # Not before the pool has ended: a generator that runs cannot be closed.
        if isinstance(items, Generator):
            items.close()
