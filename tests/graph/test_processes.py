"""Numbers of processes: those that run, those that have ended, and those that none can have."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from graph.processes import is_running


def test_this_process_runs_and_one_that_was_waited_for_does_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_running(os.getpid())
    assert not is_running(ended.pid)


@pytest.mark.parametrize("pid", [0, -1, -(2**40), 2**31, 2**70])
def test_a_number_that_no_process_has(pid: int) -> None:
    assert not is_running(pid)
