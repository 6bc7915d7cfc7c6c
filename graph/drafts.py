"""Drafts: files and folders that take their place when they are whole, and what killed processes have left of them."""

from __future__ import annotations

import glob
import os
import shutil
from pathlib import Path

from graph.processes import is_running


def remove_drafts(target: Path) -> None:
    """Remove what processes that were killed while they wrote this file or folder have left: ``.NAME-PID-...``."""
    for draft in target.parent.glob(f".{glob.escape(target.name)}-*-*"):
        pid = draft.name.removeprefix(f".{target.name}-").partition("-")[0]
        if os.name == "posix" and pid.isdigit() and not is_running(int(pid)):
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink(missing_ok=True)
