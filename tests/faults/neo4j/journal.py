"""A file of results so far, one a line, so that an interrupted proof continues where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Journal:
    """Records by key; those of the same code are not made again.

    Args:
        file: Where they are kept; nowhere where None.
        version: What they depend on: records of another version are thrown away.
    """

    def __init__(self, file: Path | None, version: str) -> None:
        self._file = file
        self._known: dict[str, Record] = {}
        if file is None:
            return
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        if lines and lines[0] == version:
            # The last line may have been cut short.
            whole = [line for line in lines[1:] if line.endswith("}")]
            self._known = {record["key"]: record for record in map(json.loads, whole)}
            file.write_text("\n".join([version, *whole, ""]), "utf-8")
        else:
            file.write_text(version + "\n", "utf-8")

    def record(self, key: str, make: Callable[[], Record]) -> Record:
        """The record of a key, made where it is not known yet."""
        if key not in self._known:
            self._known[key] = {**make(), "key": key}
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(self._known[key], ensure_ascii=False) + "\n")
        return self._known[key]
