"""Keeps earlier rejects: records of a file that an earlier load refused and that its new load does not refuse.

Such a record was corrected in the file, is accepted as it stands (because the mapping was corrected or the node that
it names was loaded), or is not in the file any more because the file has new rows only. A record of the last kind
would be lost. The cases are not told apart, so all are kept: they move to ``earlier/GROUP-LOAD.jsonl``, where they can
be listed.
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


def keep_earlier(published: Path, pending: Path) -> int:
    """Write the records of ``published`` that ``pending`` does not have to a file beside ``pending``; returns how many.

    Args:
        published: The rejects of the last load of a file.
        pending: The rejects of the load under way of the same file.
    """
    if not published.exists():
        return 0
    here = Counter(_mark(record) for record in _records(pending))
    earlier = []
    with published.open(encoding="utf-8", errors="surrogatepass") as stream:
        head = next(stream, "")
        for line in stream:
            mark = _mark(json.loads(line))
            if here[mark]:
                here[mark] -= 1
            else:
                earlier.append(line)
    if earlier:
        write_file(pending.with_suffix(SUFFIX), "".join([head, *earlier]).encode("utf-8", "surrogatepass"))
    return len(earlier)


def place_of(pending: Path) -> Path:
    """Where earlier rejects go when their load is committed, relative to the quarantine."""
    return Path(FOLDER) / f"{pending.stem}-{pending.parent.name}.jsonl"


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="surrogatepass") as stream:
        next(stream, "")
        yield from map(json.loads, stream)


def _mark(record: dict[str, Any]) -> bytes:
    text = f"{record['type']}\0{record['raw']}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
