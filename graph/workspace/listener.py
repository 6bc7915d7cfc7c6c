"""Listener: the callbacks through which library code says what it does, since it never prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _ignore(*_: Any) -> None:
    """Does nothing."""


@dataclass(frozen=True)
class Listener:
    """Callbacks; each does nothing unless it is given.

    Attributes:
        note: Takes one sentence: a fact about a result that its reader should know. A command named in it, like
            ``graphvine data snapshot``, carries no options for the workspace; the command line adds them.
        detail: Takes a few words about what is being done now.
        progress: Takes what is being counted, the count, and the total where it is known.
        read: Takes the name and the fingerprint of an input that was read.
        wrote: Takes the id of a result that was written back to the store.
    """

    note: Callable[[str], None] = _ignore
    detail: Callable[[str], None] = _ignore
    progress: Callable[..., None] = _ignore
    read: Callable[[str, str], None] = _ignore
    wrote: Callable[[str], None] = _ignore


SILENT = Listener()
