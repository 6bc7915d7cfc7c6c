"""The cache of downloads: folders made once, whole or not at all, by whichever process comes first."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_MARKER = "complete.json"


def cache_root() -> Path:
    """GRAPHVINE_CACHE, else the user's cache folder."""
    given = os.environ.get("GRAPHVINE_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graphvine"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the cache's lock of that name; the system lets go of it when a process dies."""
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder of that name, filled on first use.

    It counts only with its marker, which is written last and holds the size of each file: a download that was cut
    short, or of which something was removed, is made again.
    """
    folder = cache_root() / name
    with locked(name):
        if not _whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
            draft = Path(tempfile.mkdtemp(prefix=f"{name}.draft-", dir=cache_root()))
            try:
                fill(draft)
                sizes = {str(p.relative_to(draft)): p.stat().st_size for p in sorted(draft.rglob("*")) if p.is_file()}
                (draft / _MARKER).write_text(json.dumps(sizes), "utf-8")
                draft.rename(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return folder


def _whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / _MARKER).read_text("utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False
