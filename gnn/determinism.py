"""Deterministic computation in torch: the same seed gives the same bytes at a stated number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

# Sums in another order give other bytes, and their order depends on the number of threads. One thread gives the same
# bytes on every machine, and does not wait for other threads when cores are busy.
THREADS = 1


@contextmanager
def deterministic() -> Iterator[None]:
    """Deterministic algorithms on ``THREADS`` threads, and the caller's settings and random numbers afterwards."""
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    settings: Any = torch.utils.deterministic
    fill, numbers = settings.fill_uninitialized_memory, torch.get_rng_state()
    torch.set_num_threads(THREADS)
    # use_deterministic_algorithms would load the compiler, which takes seconds.
    torch.set_deterministic_debug_mode("error")
    settings.fill_uninitialized_memory = False  # nothing here reads memory before writing it
    try:
        yield
    finally:
        settings.fill_uninitialized_memory = fill
        torch.set_deterministic_debug_mode(mode)
        torch.set_rng_state(numbers)
        torch.set_num_threads(threads)
