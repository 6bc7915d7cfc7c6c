"""Training that gives the same bytes everywhere: deterministic algorithms of torch on a fixed number of threads."""

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
    """Deterministic algorithms on a fixed number of threads, and the caller's settings afterwards."""
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    settings: Any = torch.utils.deterministic
    fill = settings.fill_uninitialized_memory
    torch.set_num_threads(THREADS)
    torch.set_deterministic_debug_mode(
        "error"
    )  # use_deterministic_algorithms would load the compiler, which takes seconds
    settings.fill_uninitialized_memory = False  # nothing here reads memory before writing it
    try:
        yield
    finally:
        settings.fill_uninitialized_memory = fill
        torch.set_deterministic_debug_mode(mode)
        torch.set_num_threads(threads)
