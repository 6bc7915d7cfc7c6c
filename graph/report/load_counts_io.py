"""Keep what a load did to each file, for the report, and read it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from graph.atomic_io import replace_file
from graph.report.content import LoadCount


def write_load_counts(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one record for each file; each has the fields of ``LoadCount`` among its keys."""
    replace_file(file, json.dumps(list(rows), ensure_ascii=False, indent=1).encode() + b"\n")


def read_load_counts(file: Path) -> tuple[LoadCount, ...]:
    """What ``write_load_counts`` kept; empty where there is no such file or it cannot be read."""
    names = LoadCount.__dataclass_fields__
    try:
        return tuple(LoadCount(**{n: c[n] for n in names}) for c in json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return ()
