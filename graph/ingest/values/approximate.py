"""Recognises approximate numbers: ``10万+``, ``约3万``, ``1-2万``."""

from __future__ import annotations

import re

from graph.ingest.values.numbers import HALF_WIDTH

_BEFORE = r"(?:大约|大概|约|近|将近|接近|超过|超|逾|至少|不足|不到|最多|[~～≈><≥≤]=?)"
_BEHIND = r"(?:\+|以上|以下|以内|之内|左右|上下|多|余|起|几)"
_VAGUE = re.compile(
    rf"(?P<before>{_BEFORE})? ?(?P<number>.*?[^+以之左上多余起几]) ?(?P<behind>{_BEHIND})?(?P<unit>万|亿|千|元)?"
)
_RANGE = re.compile(r"[^-~～—至到]*[0-9][^-~～—至到]*?[-~～—至到]+ ?[^-~～—至到]*[0-9][^-~～—至到]*")
# Longer cells are no numbers, and matching would take quadratic time.
_LONGEST = 40


def roughly(cell: str) -> str | None:
    """The number in an approximate one; empty for a range; None for cells that are not approximate numbers.

    >>> roughly("约3万"), roughly("10万+"), roughly("1万多"), roughly("1-2万"), roughly("3万")
    ('3万', '10万', '1万', '', None)
    """
    half = cell.translate(HALF_WIDTH).strip()
    if len(half) > _LONGEST:
        return None
    if _RANGE.fullmatch(half):
        return ""
    found = _VAGUE.fullmatch(half)
    if not found or not (found["before"] or found["behind"]):
        return None
    return found["number"].strip() + (found["unit"] or "")
