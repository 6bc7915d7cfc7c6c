"""Java homes of this machine, and which of them a Neo4j version runs on."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

# Neo4j 5 is tested by its makers on 17 and 21; from 2025 on it needs 21 or newer.
_FIVE = (17, 21)
_LEAST = 21


def fits(version: str, java: int) -> bool:
    """Whether this version of Neo4j runs on that release of Java."""
    return java in _FIVE if version.startswith("5.") else java >= _LEAST


def release(home: Path) -> int | None:
    """The Java release of a home, as its ``release`` file tells it."""
    try:
        found = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found and os.access(home / "bin" / "java", os.X_OK) else None


def homes() -> list[Path]:
    """Every Java home that can be found: JAVA_HOME, the one on PATH, then those at the usual places."""
    on_path = shutil.which("java")
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    named += [Path(on_path).resolve().parent.parent] if on_path else []
    usual = [*Path("/usr/lib/jvm").glob("*"), *Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")]
    return list(dict.fromkeys(home.resolve() for home in [*named, *sorted(usual)]))


def java_for(version: str) -> Path | None:
    """The first Java home that this version of Neo4j runs on."""
    return next((home for home in homes() if (java := release(home)) is not None and fits(version, java)), None)
