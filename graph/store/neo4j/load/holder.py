"""Who holds the lease: this process, in words that help to find it and in facts that tell whether it still lives."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from graph.processes import is_running
from graph.store.embedded.holder import describe_process

_ENDED = "ended"


@dataclass(frozen=True)
class Holder:
    """A process that holds a lease.

    Attributes:
        host: Name of its machine.
        pid: Its number there.
        what: The process in words.
        machine: Which machine and which view of its processes; empty where that cannot be told.
        birth: When the process began, in the machine's own count.
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
        """Whether it ran on this machine and has ended; False wherever that cannot be told."""
        if not self.machine or self.machine != _machine():
            return False
        birth = _birth(self.pid)
        # Machines may hide the processes of other users, who hold their leases all the same.
        return birth != self.birth if birth and self.birth else not is_running(self.pid)


def _machine() -> str:
    """This boot of this machine, and the name space of process numbers; empty where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _birth(pid: int) -> str:
    """Start of a process in ticks since the boot; empty where that is not shown."""
    try:
        # The name of the program, in brackets, may hold spaces.
        parts = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    # A process that has ended and waits for its parent holds nothing any more.
    return _ENDED if parts[0] in "ZX" else parts[19]
