"""What a load or a check says about files and rules, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.batch import FileCount
    from graph.ingest.load import Limits
    from graph.ingest.rules.findings import Findings

# Findings of all files that are listed one by one.
_FINDINGS_LISTED = 20


def skipped_notes(count: FileCount) -> Iterator[str]:
    """Which lines of a file are not records and were left out; nothing where there are none."""
    if count.skipped:
        parts = ", ".join(f"{number:,} {where}" for where, number in count.skipped.items())
        yield f"{count.file}: lines that are no records and were left out: {parts}"


def finding_notes(findings: Findings) -> Iterator[str]:
    """Which rules are broken, and the command that shows their records."""
    broken = findings.broken
    for item in broken[:_FINDINGS_LISTED]:
        yield f"{item.severity}: {item.sentence}"
    if len(broken) > _FINDINGS_LISTED:
        yield f"{len(broken) - _FINDINGS_LISTED} more findings break their rule; see them with --rules"
    if broken:
        yield f'see the records of a rule: graphvine data check --rows "{broken[0].rule}"'


def count_notes(counts: Sequence[FileCount], limits: Limits, quarantine: Path) -> Iterator[str]:
    """What a load left out, changed and refused.

    Args:
        counts: One for each file.
        limits: Those of the load.
        quarantine: Where refused records are kept.
    """
    for count in counts:
        yield from skipped_notes(count)
        yield from _column_notes(count)
        if count.earlier_rejects:
            yield (
                f"{count.file}: {count.earlier_rejects:,} records that an earlier load refused are not refused by this"
                " one: corrected, accepted now, or no longer in the file; see them:"
                " graphvine data rejects list --earlier; to try those again that are no longer in"
                " the file, load the file that had them"
            )
    refused, read = sum(c.quarantined for c in counts), sum(c.read for c in counts)
    if not limits.commit:
        yield f"nothing was written; {refused:,} of {read:,} records would be refused"
    elif refused:
        yield (
            f"{refused:,} of {read:,} records were refused and kept in {quarantine}; "
            "see why: graphvine data rejects list"
        )


def _column_notes(count: FileCount) -> Iterator[str]:
    for name in count.unmapped:
        yield f"{count.file}: column {name!r} is not mapped, so it was left out"
    changed = sum(count.changes.values())
    if changed:
        yield (f"{count.file}: {changed:,} cells were put into plain form; see them: graphvine data check --changes")
    for (column, kind), cells in count.changes.items():
        if kind == "day_only":
            yield (f"{count.file}: column {column!r} holds dates, so the time of day of {cells:,} cells was left out")
