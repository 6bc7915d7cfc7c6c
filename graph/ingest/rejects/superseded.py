"""Keeps refused records that the next version of their file no longer has.

A corrected file no longer has them, and neither has a file with new rows only. The two cases cannot be told apart, so
the records are not deleted: they move to ``earlier/GROUP-LOAD.jsonl``, where they can be listed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph.atomic_io import write_file

FOLDER = "earlier"
SUFFIX = ".earlier"


def keep_superseded(published: Path, pending: Path) -> int:
    """Write the records of ``published`` that ``pending`` does not have to a file beside it; returns how many."""
    if not published.exists():
        return 0
    here = Counter(_mark(record) for record in _records(pending))
    gone = []
    with published.open(encoding="utf-8", errors="surrogatepass") as stream:
        head = next(stream, "")
        for line in stream:
            mark = _mark(json.loads(line))
            if here[mark]:
                here[mark] -= 1
            else:
                gone.append(line)
    if gone:
        write_file(pending.with_suffix(SUFFIX), "".join([head, *gone]).encode("utf-8", "surrogatepass"))
    return len(gone)


def place_of(pending: Path) -> Path:
    """Where superseded records go when their load is committed, relative to the quarantine."""
    return Path(FOLDER) / f"{pending.stem}-{pending.parent.name}.jsonl"


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="surrogatepass") as stream:
        next(stream, "")
        yield from map(json.loads, stream)


def _mark(record: dict[str, Any]) -> bytes:
    text = f"{record['type']}\0{record['raw']}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
