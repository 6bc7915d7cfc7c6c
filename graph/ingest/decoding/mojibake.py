"""Detects and repairs text that was decoded with a wrong encoding (mojibake).

Four kinds of damage are known: UTF-8 read as Latin-1 or Windows-1252 (``Ã©`` for ``é``), GBK read as Latin-1
(``ÕÅÈý`` for ``张三``), UTF-8 read as GBK (``寮犱笁`` for ``张三``), and characters that stand for lost bytes
(``锟斤拷`` and the replacement character).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.ingest.values.byte_columns import ByteColumn, Mask
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

# 锟斤拷 is the replacement character written as UTF-8 and read as GBK; 烫 and 屯 are uninitialised memory on Windows.
_LOST = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯|ï¿½")
# What Windows-1252 has in the place of the controls 0x80-0x9f.
_WINDOWS = {ord(bytes([b]).decode("cp1252")): b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_LATIN_RUN = re.compile(f"[\u00c2-\u00f4][\u0080-\u00bf{''.join(map(chr, _WINDOWS))}]+")
# No language has words with four accented letters in a row.
_LETTERS = re.compile("[\u00a1-\u00fe]{4,}")
_HAN = re.compile("[\u2e80-\u9fff\uff00-\uffef]")


def damaged(text: pa.Array, cell_bytes: ByteColumn) -> Mask:
    """Which cells of a column are damaged, bool (n,).

    Args:
        text: large_string (n,); null is not damaged.
        cell_bytes: Its bytes.
    """
    import pyarrow as pa

    bad = np.zeros(len(text), np.bool_)
    if cell_bytes.ascii:
        return bad
    rows = np.union1d(_latin(cell_bytes), _chinese(cell_bytes))
    if len(rows):
        cells = text.take(pa.array(rows)).to_pylist()
        bad[[row for row, cell in zip(rows.tolist(), cells, strict=True) if cell and is_damaged(cell)]] = True
    return bad


def is_damaged(cell: str) -> bool:
    """Whether a cell is damaged text."""
    return bool(_LOST.search(cell)) or bool(repair(cell))


def repair(cell: str) -> str:
    """The original of a damaged text; empty where it cannot be recovered or the text is not damaged.

    >>> repair("CafÃ©"), repair("寮犱笁"), repair("张三")
    ('Café', '张三', '')
    """
    for pattern, restored in ((_LATIN_RUN, _from_latin), (_LETTERS, _chinese_from_latin)):
        fixed = pattern.sub(restored, cell)
        if fixed != cell:
            return fixed
    return _from_gbk(cell)


def _from_latin(run: re.Match[str]) -> str:
    codes = [_WINDOWS.get(ord(character), ord(character)) for character in run[0]]
    try:
        fixed = bytes(codes).decode("utf-8")
    except UnicodeDecodeError:
        return run[0]
    # In undamaged text a Hebrew or Arabic vowel sign does not stand alone; an accent may.
    return run[0] if any(unicodedata.combining(c) and c > "\u036f" for c in fixed) else fixed


def _chinese_from_latin(run: re.Match[str]) -> str:
    octets = run[0].encode("latin-1")
    # The common half of GB2312.
    if len(octets) % 2 or not all(0xB0 <= lead < 0xD8 for lead in octets[::2]):
        return run[0]
    try:
        return octets.decode("gb2312")
    except UnicodeDecodeError:
        return run[0]


def _from_gbk(cell: str) -> str:
    try:
        octets = cell.rstrip("?\ufffd").encode("gbk")
    except UnicodeEncodeError:
        return ""
    for lost in range(3):
        try:
            fixed = octets[: len(octets) - lost].decode("utf-8")
            fixed.encode("gb2312")
        except UnicodeError:
            continue
        # Undamaged Chinese text may by chance decode as UTF-8 too, but hardly ever to Chinese words. A lenient decoder
        # may have dropped the end of the last character.
        least = 1 if not lost or cell[-1] in "?\ufffd" else 2
        return fixed if len(_HAN.findall(fixed)) >= least else ""
    return ""


def _latin(cell_bytes: ByteColumn) -> Int64:
    """Cells with an accented letter before a sign or before three others, and those with a replacement character."""
    blob = cell_bytes.data.tobytes()
    if b"\xc3" not in blob and b"\xef" not in blob:
        return np.zeros(0, np.int64)
    last = len(cell_bytes.data) - 1
    at = np.flatnonzero((cell_bytes.data == 0xC2) | (cell_bytes.data == 0xC3) | (cell_bytes.data == 0xEF))
    first, second = cell_bytes.data[at], cell_bytes.data[np.minimum(at + 1, last)]
    third = cell_bytes.data[np.minimum(at + 2, last)]
    letter = (first == 0xC3) & (second >= 0x82) & (second <= 0xB4)
    letter &= np.isin(third, [0xC2, 0xC5, 0xC6, 0xCB, 0xE2])
    # Â, the first half of a sign of Latin-1, is C3 82 and covered above.
    lost = (first == 0xEF) & (second == 0xBF) & (third == 0xBD)
    row = at + 6 <= last
    for k in (2, 4, 6):
        after = cell_bytes.data[np.minimum(at + k, last)]
        row &= (after == 0xC2) | (after == 0xC3)
    return cell_bytes.rows(at[letter | lost | row])


def _chinese(cell_bytes: ByteColumn) -> Int64:
    """Cells with a run of other than ASCII that begins as UTF-8 read as GBK does, and those with 锟, 烫 or 屯."""
    high = cell_bytes.data >= 0x80
    starts = high.copy()
    starts[1:] &= ~high[:-1]
    heads = cell_bytes.offsets[:-1][cell_bytes.lengths > 0]
    starts[heads] |= high[heads]
    at = np.flatnonzero(starts)
    at = at[(cell_bytes.data[at] >= 0xE2) & (cell_bytes.data[at] <= 0xEF)]
    rows = cell_bytes.rows(at[_first_halves()[_code_points(cell_bytes, at)]])
    # Only broken programs write these three characters, so one search of the whole text mostly rules them out.
    text = cell_bytes.data.tobytes().decode("utf-8", "replace")
    if any(mark in text for mark in ("锟", "烫", "屯")):
        marked = np.flatnonzero(np.isin(cell_bytes.data, [0xE5, 0xE7, 0xE9]))
        rows = np.union1d(
            rows, cell_bytes.rows(marked[np.isin(_code_points(cell_bytes, marked), [ord(c) for c in "锟烫屯"])])
        )
    return rows


def _code_points(cell_bytes: ByteColumn, at: Int64) -> Int64:
    """The characters of three bytes that begin there."""
    last = len(cell_bytes.data) - 1
    first, second, third = (cell_bytes.data[np.minimum(at + k, last)].astype(np.int64) for k in range(3))
    return (first & 15) << 12 | (second & 63) << 6 | third & 63


@lru_cache(maxsize=1)
def _first_halves() -> npt.NDArray[np.bool_]:
    """Which characters GBK makes of the first two bytes of a Chinese character in UTF-8, bool (65536,)."""
    table = np.zeros(1 << 16, np.bool_)
    for lead in range(0xE3, 0xF0):
        for trail in range(0x80, 0xC0):
            found = bytes([lead, trail]).decode("gbk", "ignore")
            if len(found) == 1:
                table[ord(found)] = True
    return table
