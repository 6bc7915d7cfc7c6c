"""How large and how deep a value is, as far as a text tells.

A map that is put into the next one twice, and so on, doubles with each step, and a list that is put into the next one
is deeper with each step. The number of steps is that of the WITH in a query, and what looks at kinds calls itself.
"""

from __future__ import annotations

from graph.store.guard.kinds import Kind

MAX_FIELDS = 5_000
MAX_LEVELS = 40


def is_small(found: Kind) -> bool:
    """Whether a value has not too many fields, each counted as often as it stands there, and not too many levels."""
    level, count = [found], 0
    for _ in range(MAX_LEVELS + 1):
        count += len(level)
        if not level or count > MAX_FIELDS:
            break
        level = [one for kind in level for one in (*(kind.fields or {}).values(), *([kind.item] if kind.item else []))]
    return not level
