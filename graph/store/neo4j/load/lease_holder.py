"""Describes the process that holds the lease, and finds out whether it still runs."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from graph.processes import is_running
from graph.store.embedded.lock_holder import describe_process

_ENDED = "ended"


@dataclass(frozen=True)
class Holder:
    """A process that holds a lease.

    Attributes:
        host: Name of its machine.
        pid: Its process id there.
        what: Description of the process.
        machine: Boot id and process namespace of the machine; empty where unknown.
        birth: Start time of the process in clock ticks since boot.
    """

    host: str
    pid: int
    what: str
    machine: str = ""
    birth: str = ""

    @staticmethod
    def here() -> Holder:
        """This process."""
        pid = os.getpid()
        return Holder(socket.gethostname(), pid, describe_process(pid), _machine(), _birth(pid))

    def is_gone(self) -> bool:
        """Whether it ran on this machine and has ended; False where that is unknown."""
        if not self.machine or self.machine != _machine():
            return False
        birth = _birth(self.pid)
        # Systems can hide processes of other users, so a missing /proc entry alone proves nothing.
        return birth != self.birth if birth and self.birth else not is_running(self.pid)


def _machine() -> str:
    """Boot id and process namespace of this machine; empty where the system does not show them."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _birth(pid: int) -> str:
    """Start of a process in clock ticks since boot; empty where the system does not show it."""
    try:
        # The program name, in parentheses, may contain spaces.
        parts = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    # A zombie process has ended and holds no lease.
    return _ENDED if parts[0] in "ZX" else parts[19]
