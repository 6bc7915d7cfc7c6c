"""Asks the operating system about processes."""

from __future__ import annotations

import os

_NO_PID = 1 << 31  # larger than any process id


def is_running(pid: int) -> bool:
    """Whether a process with that id runs, of whichever user (POSIX only)."""
    if not 0 < pid < _NO_PID:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it runs, but belongs to another user
    return True
