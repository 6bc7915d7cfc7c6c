"""The quarantine: one JSON-lines file per block of records, durable before the ledger says that the batch is done."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from graph.ingest.rejects import Reject


class Quarantine:
    """A folder of rejected records.

    A key is ``GROUP-BLOCK``: the group stands for a file name and what the mapping makes of it, nodes or edges. The
    same records loaded again replace what is kept of them at once; what an earlier version of the file or of its
    mapping has left goes when a later load of that group has ended (``settle``), so that no moment lacks a reject.

    Args:
        directory: The folder; made when the first record is refused.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def keep(self, key: str, rejects: Sequence[Reject]) -> None:
        """Replace what is kept under a key; on return it is on disk. No rejects, no file."""
        file = self.directory / f"{key}.jsonl"
        if not rejects:
            file.unlink(missing_ok=True)
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as stream:
            for item in sorted(rejects, key=lambda r: r.row):
                stream.write(json.dumps(item.as_dict(), ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        _flush_folder(self.directory)

    def settle(self, group: str, keys: Collection[str]) -> None:
        """Remove what a group has left in earlier loads: all but what is kept under these keys."""
        for file in self.directory.glob(f"{group}-*.jsonl"):
            if file.stem not in keys:
                file.unlink()

    def read(self) -> list[dict[str, Any]]:
        """All rejected records, by file and row."""
        found = [record for path in sorted(self.directory.glob("*.jsonl")) for record in _read(path)]
        return sorted(found, key=lambda r: (r["file"], r["row"]))


def _flush_folder(directory: Path) -> None:
    """Make a renaming durable, where the system lets folders be flushed."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
