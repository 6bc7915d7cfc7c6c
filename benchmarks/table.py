"""The one form of every benchmark's result: rows of name, ours, peer, ratio, unit and peak_mib, printed and as JSON.

Keys that a row may have besides: ``low`` and ``high``, a 95% interval of ``difference`` = ours - peer;
``ours_low``, ``ours_high``, ``peer_low`` and ``peer_high``, an interval of each; others as the program says.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
_WIDTH = 96
_LEAST_PEER = 0.01


def peak_mib(*, children: bool = False) -> float:
    """Largest resident memory of this process so far, or of its finished children, in MiB."""
    whom = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    return resource.getrusage(whom).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def row(name: str, ours: float, peer: float | None = None, *, unit: str, peak: float | None = None, **more: Any) -> Row:
    """One line; the ratio is None without a peer, and beside a peer of next to nothing."""
    ratio = ours / peer if peer is not None and abs(peer) > _LEAST_PEER else None
    memory = peak_mib() if peak is None else peak
    plain = {"name": name, "ours": float(ours), "peer": None if peer is None else float(peer), "ratio": ratio}
    return {**plain, "unit": unit, "peak_mib": round(memory, 1), **more}


def heading() -> None:
    """Print the head of the table."""
    print(f"{'':{_WIDTH}} {'ours':>12} {'peer':>12} {'ratio':>7}  {'unit':14} {'peak MiB':>9}")


def show(found: Row) -> None:
    """Print one row."""
    ratio = "" if found["ratio"] is None else f"{found['ratio']:.3f}"
    span = f"  difference {found['low']:+.3g} to {found['high']:+.3g}" if found.get("low") is not None else ""
    print(
        f"{found['name']:{_WIDTH}} {_number(found['ours']):>12} {_number(found['peer']):>12} {ratio:>7}"
        f"  {found['unit']:14} {found['peak_mib']:>9,.0f}{span}",
        flush=True,
    )


def report(rows: Iterable[Row], file: Path | None) -> list[Row]:
    """Print rows as they come, write them all to the file if there is one, and return them."""
    heading()
    kept = []
    for found in rows:
        show(found)
        kept.append(found)
    if file is not None:
        file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return kept


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3f}"
