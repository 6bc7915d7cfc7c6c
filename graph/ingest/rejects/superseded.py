"""Refused records that the next delivery of their file does not bring again.

A file that was put right no longer has them, and neither has one that brings new rows only. Nobody can tell the two
apart, so they are not thrown away: they move to ``earlier/GROUP-LOAD.jsonl``, where they can be listed.
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


def set_apart(published: Path, pending: Path) -> int:
    """Write beside ``pending`` the records of ``published`` that it does not hold; returns how many."""
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
    """Where records that were set apart go when their load is committed, relative to the quarantine."""
    return Path(FOLDER) / f"{pending.stem}-{pending.parent.name}.jsonl"


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="surrogatepass") as stream:
        next(stream, "")
        yield from map(json.loads, stream)


def _mark(record: dict[str, Any]) -> bytes:
    text = f"{record['type']}\0{record['raw']}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
