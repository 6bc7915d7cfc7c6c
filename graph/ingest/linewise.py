"""Where the lines of a text begin and end, and which of them are records beyond doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from graph.text import Int64

Mask = npt.NDArray[np.bool_]
_QUOTE, _LINE_FEED, _BLANKS = ord('"'), ord("\n"), (ord(" "), ord("\t"))
_PIECE = 1 << 18


class LineIndex(Sequence[str]):
    """The lines of a text in UTF-8, each decoded when it is asked for.

    Attributes:
        raw: The bytes as an array, uint8.
        starts: Where each line begins, int64 (n,).
        ends: Where its line feed stands, or the end of the text, int64 (n,).
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.raw = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(self.raw == _LINE_FEED)
        if len(text) and not text.endswith(b"\n"):
            ends = np.append(ends, len(text))
        self.ends: Int64 = ends.astype(np.int64, copy=False)
        self.starts: Int64 = np.concatenate([np.zeros(1, np.int64), self.ends[:-1] + 1])[: len(self.ends)]

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return self._text[self.starts[at] : self.ends[at]].decode("utf-8")

    def holding(self, sign: bytes) -> Int64:
        """Numbers of the lines that hold that byte, ascending."""
        if sign not in self._text:
            return np.zeros(0, np.int64)
        return np.unique(np.searchsorted(self.ends, np.flatnonzero(self.raw == sign[0])))

    def joined(self, keep: Mask) -> bytes:
        """The text of some lines, each with a line feed."""
        if not keep.any():
            return b""
        edges = np.flatnonzero(np.diff(keep.astype(np.int8), prepend=0, append=0))
        pieces = [
            self._text[self.starts[first] : self.ends[last - 1] + 1]
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
        if not pieces[-1].endswith(b"\n"):
            pieces.append(b"\n")
        return b"".join(pieces)

    def after(self, line: int) -> bytes:
        """The text from a line on."""
        return self._text[self.starts[line] :]

    def oddly_quoted(self, delimiter: str) -> Int64:
        """Numbers of the lines whose quotation marks do more than open and close whole cells on their line.

        Marks in a line where no cell begins with one are text.
        """
        marks = np.flatnonzero(self.raw == _QUOTE)
        if not len(marks):
            return np.zeros(0, np.int64)
        first = np.searchsorted(marks, self.starts)
        count = np.searchsorted(marks, self.ends) - first
        odd = (np.arange(len(marks)) - np.repeat(first, count)) % 2 == 1
        before, after = _neighbours(self.raw, marks)
        edge = _table(_LINE_FEED, ord(delimiter), _QUOTE)
        wrong = ~np.where(odd, edge[after], edge[before])
        numbers = np.repeat(np.arange(len(self)), count)
        suspects = np.zeros(len(self), np.bool_)
        suspects[numbers[wrong]] = True
        suspects |= count % 2 == 1
        return np.flatnonzero(suspects & self._opened(marks, before, numbers, delimiter))

    def _opened(self, marks: Int64, before: npt.NDArray[np.uint8], numbers: Int64, delimiter: str) -> Mask:
        """The lines in which a cell begins with a quotation mark, perhaps behind blanks."""
        edge = _table(_LINE_FEED, ord(delimiter))
        blank = _table(*_BLANKS)
        two_before = self.raw[np.maximum(marks - 2, 0)]
        opens = edge[before] | (blank[before] & ((edge | blank)[two_before] | (marks < 2)))
        found = np.zeros(len(self), np.bool_)
        found[numbers[opens]] = True
        return found


def cleanly_quoted(text: bytes, delimiter: str) -> bool:
    """Whether all marks of a text, taken in turn, open and close whole cells; doubled ones within cells are fine.

    A cell may run over line ends: then a parser finds fewer records than there are lines.
    """
    raw, seen = np.frombuffer(text, np.uint8), 0
    edge = _table(_LINE_FEED, ord(delimiter), _QUOTE)
    # A piece at a time stays in the processor's cache.
    for at in range(0, len(raw), _PIECE):
        marks = np.flatnonzero(raw[at : at + _PIECE] == _QUOTE) + at
        if len(marks):
            before, after = _neighbours(raw, marks)
            if not (edge[before[seen % 2 :: 2]].all() and edge[after[1 - seen % 2 :: 2]].all()):
                return False
            seen += len(marks)
    return seen % 2 == 0


def _neighbours(raw: npt.NDArray[np.uint8], marks: Int64) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    before, after = raw[marks - 1], raw[np.minimum(marks + 1, len(raw) - 1)]
    # Before the text and behind it there is a line end.
    if marks[0] == 0:
        before[0] = _LINE_FEED
    if marks[-1] == len(raw) - 1:
        after[-1] = _LINE_FEED
    return before, after


def _table(*signs: int) -> Mask:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


def has_long_line(text: bytes, limit: int) -> bool:
    """Whether a line may be longer than the limit; False only where none is."""
    half = limit // 2
    return any(text.find(b"\n", at, at + half) < 0 for at in range(0, len(text) - half, half))
