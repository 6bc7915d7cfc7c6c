"""Rows that add up others (合计, Total), which are no records: how they are written, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.raw import Mask, Raw, one_array, raw_of
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

_CHINESE = "合计 总计 小计 共计 总合计 本页合计 本月合计 本页小计 汇总 总和 平均 平均值 合計 總計 小計"
_ENGLISH = "total,totals,subtotal,sub total,sub-total,grand total,grand totals,sum,average"
_WORDS = frozenset((*_CHINESE.split(" "), *_ENGLISH.split(",")))
# The first three bytes of any of them, in small letters, as one number.
_HEADS = np.unique([int.from_bytes(word.encode()[:3]) for word in _WORDS])
_LONGEST = max(len(word.encode()) for word in _WORDS) + 8
_SMALL = 0x202020


def is_total(cell: str) -> bool:
    """Whether a cell says that its row adds up others.

    >>> is_total("合计："), is_total("Grand Total"), is_total("Total War")
    (True, True, False)
    """
    return cell.strip(" \t\u3000:：*").casefold() in _WORDS


def totals(table: pa.Table, keys: Sequence[str]) -> tuple[Mask, str]:
    """The rows that add up others, bool (n,), and a column that says so of the first of them, or empty.

    Such a row has a word for it in a key column and an empty cell, as it knows no more; or it has the word elsewhere
    and an empty key. A search for "total" with all its cells is a record.

    Args:
        table: A block of records, all columns text.
        keys: The columns that a record cannot do without.
    """
    found, where = np.zeros(len(table), np.bool_), ""
    raws = {name: raw_of(one_array(table[name])) for name in dict.fromkeys(keys)}
    for name, raw in raws.items():
        for at in _candidates(raw).tolist():
            if is_total(table[name][at].as_py()) and _knows_little(table, at, keys):
                found[at], where = True, where or name
    empty = np.unique(np.concatenate([np.zeros(0, np.int64), *(np.flatnonzero(r.lengths == 0) for r in raws.values())]))
    others = [name for name in table.column_names if name not in raws] if len(empty) else []
    for name in others:
        part = one_array(table[name]).take(_index(empty))
        for at in empty[_candidates(raw_of(part))].tolist():
            if is_total(table[name][at].as_py()):
                found[at], where = True, where or name
    return found, where


def _index(rows: Int64) -> pa.Array:
    import pyarrow as pa

    return pa.array(rows.astype(np.int64), pa.int64())


def _knows_little(table: pa.Table, at: int, keys: Iterable[str]) -> bool:
    cells = {name: table[name][at].as_py().strip() for name in table.column_names}
    return not all(cells.values()) or all(is_total(cells[key]) for key in keys)


def _candidates(raw: Raw) -> Int64:
    """Cells that begin as one of the words does."""
    rows = np.flatnonzero((raw.lengths >= 3) & (raw.lengths <= _LONGEST))
    if not len(rows):
        return rows
    first = raw.offsets[:-1][rows]
    heads = raw.data[first].astype(np.int64) << 16 | raw.data[first + 1].astype(np.int64) << 8 | raw.data[first + 2]
    # In small letters, where these are Latin ones; the bytes of Chinese characters stay as they are.
    heads = np.where(heads < 0x800000, heads | _SMALL, heads)
    return rows[np.isin(heads, _HEADS)]
