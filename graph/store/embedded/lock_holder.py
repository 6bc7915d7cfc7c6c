"""Describes the process that holds the lock of the store, for error messages."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

_LONGEST = 60


def describe_process(pid: int) -> str:
    """The process with its command and start time, if known: ``process 42 (graphvine build, since ...)``.

    Args:
        pid: Process id.
    """
    facts = [part for part in (_command(pid), _since(pid)) if part]
    return f"process {pid}" + (f" ({', '.join(facts)})" if facts else "")


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return ""
    # Skip the Python interpreter: the script is more informative.
    if len(words) > 2 and Path(words[0]).name.startswith("python") and not words[1].startswith("-"):
        words = words[1:]
    text = " ".join([Path(words[0]).name, *words[1:]]) if words else ""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _since(pid: int) -> str:
    """Start time of a process, UTC; empty where the system does not show it."""
    try:
        # The program name, in parentheses, may contain spaces.
        ticks = int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19])
        boot = next(x for x in Path("/proc/stat").read_text("ascii").splitlines() if x.startswith("btime "))
        seconds = int(boot.split()[1]) + ticks // os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return ""
    return f"since {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
