"""Finds rows that hold totals of other rows (合计, Total), which are no records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import ByteColumn, Mask, byte_column, one_array
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

_CHINESE = "合计 总计 小计 共计 总合计 本页合计 本月合计 本页小计 汇总 总和 平均 平均值 合計 總計 小計"
_ENGLISH = "total,totals,subtotal,sub total,sub-total,grand total,grand totals,sum,average"
_WORDS = frozenset((*_CHINESE.split(" "), *_ENGLISH.split(",")))
_BLANKS = re.compile(r"\s+")
_COLON = re.compile(r"[:：]")
# Allowed behind the colon: a number with a unit.
_NUMBER = re.compile(r"[¥￥$]?[+-]?[0-9][0-9.,，]*[万亿]?[^\W\d_]{0,3}")
_COUNT = re.compile(
    r"(总?共|共计)[有计]?[0-9][0-9,]*(条|笔|行|页|项|人|个|件|位|名|次)(记录|数据|订单|用户|商品|客户|会员)?"
    r"|第[0-9]+页([,，/]?共[0-9]+页)?"
)
# The first three bytes of any of them, in small letters, as one number; and the wide blank.
_HEADS = np.unique([int.from_bytes(word.encode()[:3]) for word in (*_WORDS, "共", "第", "\u3000")])
_LONGEST = max(len(word.encode()) for word in _WORDS) + 24
_SMALL = 0x202020


def is_total(cell: str) -> bool:
    """Whether a cell is a word for a total, or counts the records or pages of the export.

    >>> is_total("合 计："), is_total("总计：8人"), is_total("共8条记录"), is_total("Total War")
    (True, True, True, False)
    """
    plain = cell.strip(" \t\u3000:：*。").casefold()
    if plain in _WORDS:
        return True
    # Blanks are put between Chinese characters to fill a cell; between English words they are part of a name.
    close = _BLANKS.sub("", plain)
    head, *rest = _COLON.split(close, maxsplit=1)
    if head.isascii():
        head = _COLON.split(plain, maxsplit=1)[0].strip()
    counted = not rest or _NUMBER.fullmatch(rest[0]) is not None
    return (head in _WORDS and counted) or _COUNT.fullmatch(close) is not None


def totals(table: pa.Table, keys: Sequence[str]) -> tuple[Mask, str]:
    """The rows that hold totals, bool (n,), and a column with the word for it in the first of them, or empty.

    Such a row has a word for totals in a key column and an empty cell elsewhere; or it has the word elsewhere and an
    empty key. A row with the word and all its cells filled is a record, such as a search for "total".

    Args:
        table: A block of records, all columns text.
        keys: The columns that a record cannot do without.
    """
    found, where = np.zeros(len(table), np.bool_), ""
    byte_columns = {name: byte_column(one_array(table[name])) for name in dict.fromkeys(keys)}
    for name, cell_bytes in byte_columns.items():
        for at in _candidates(cell_bytes).tolist():
            if is_total(table[name][at].as_py()) and _is_incomplete(table, at, keys):
                found[at], where = True, where or name
    empty = np.unique(
        np.concatenate([np.zeros(0, np.int64), *(np.flatnonzero(r.lengths == 0) for r in byte_columns.values())])
    )
    others = [name for name in table.column_names if name not in byte_columns] if len(empty) else []
    for name in others:
        part = one_array(table[name]).take(_index(empty))
        for at in empty[_candidates(byte_column(part))].tolist():
            if is_total(table[name][at].as_py()):
                found[at], where = True, where or name
    return found, where


def _index(rows: Int64) -> pa.Array:
    import pyarrow as pa

    return pa.array(rows.astype(np.int64), pa.int64())


def _is_incomplete(table: pa.Table, at: int, keys: Iterable[str]) -> bool:
    cells = {name: table[name][at].as_py().strip() for name in table.column_names}
    return not all(cells.values()) or all(is_total(cells[key]) for key in keys)


def _candidates(cell_bytes: ByteColumn) -> Int64:
    """Cells that begin like one of the words, or with a blank or an asterisk; only these need a closer look."""
    rows = np.flatnonzero((cell_bytes.lengths >= 3) & (cell_bytes.lengths <= _LONGEST))
    if not len(rows):
        return rows
    first = cell_bytes.offsets[:-1][rows]
    heads = (
        cell_bytes.data[first].astype(np.int64) << 16
        | cell_bytes.data[first + 1].astype(np.int64) << 8
        | cell_bytes.data[first + 2]
    )
    # In small letters, where these are Latin ones; the bytes of Chinese characters stay as they are.
    heads = np.where(heads < 0x800000, heads | _SMALL, heads)
    return rows[np.isin(heads, _HEADS) | np.isin(cell_bytes.data[first], list(b" \t*"))]
