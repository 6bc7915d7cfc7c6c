"""Processes of this machine."""

from __future__ import annotations

import os

_NO_PID = 1 << 31


def is_running(pid: int) -> bool:
    """Whether there is a process of that number, be it somebody else's (POSIX)."""
    if not 0 < pid < _NO_PID:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    return True
