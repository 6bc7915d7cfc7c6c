"""Finds where the lines of a text begin and end, and which of them are certainly whole records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from graph.text import Int64

Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
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

    def joined(self, keep: Mask, others: Sequence[tuple[int, bytes]] = ()) -> bytes:
        """The text of some lines, each with a line feed, and of records that stand in the place of others.

        Args:
            keep: Which lines to take.
            others: Texts with a line feed, each by the number of a line that is not kept.
        """
        edges = np.flatnonzero(np.diff(keep.astype(np.int8), prepend=0, append=0))
        pieces = [
            (first, self.between(first, last))
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
        if pieces and not pieces[-1][1].endswith(b"\n"):
            pieces[-1] = pieces[-1][0], pieces[-1][1] + b"\n"
        if others:
            pieces = sorted([*pieces, *others])
        return b"".join([piece for _, piece in pieces])

    def between(self, first: int, last: int) -> bytes:
        """The text of the lines from the first up to but without the last."""
        return self._text[self.starts[first] : self.ends[last - 1] + 1]

    def after(self, line: int) -> bytes:
        """The text from a line on."""
        return self._text[self.starts[line] :]

    def irregularly_quoted(self, delimiter: str) -> Int64:
        """Numbers of the lines whose quotation marks do not just open and close whole cells on that line.

        Marks in a line where no cell begins with one are plain text.
        """
        found = [np.zeros(0, np.int64)]
        first = 0
        # A piece at a time stays in the processor's cache.
        while first < len(self):
            last = max(int(self.ends.searchsorted(self.starts[first] + _PIECE)), first + 1)
            found.append(self._irregularly_quoted(first, last, delimiter) + first)
            first = last
        return np.concatenate(found)

    def _irregularly_quoted(self, first: int, last: int, delimiter: str) -> Int64:
        """The same of some lines, counted from the first of them."""
        starts, ends = self.starts[first:last], self.ends[first:last]
        begin = int(starts[0])
        raw = self.raw[begin : int(ends[-1]) + 1]
        marks = np.flatnonzero(raw == _QUOTE)
        if not len(marks):
            return marks
        before = marks.searchsorted(starts - begin)
        count = marks.searchsorted(ends - begin) - before
        odd = (np.arange(len(marks)) - np.repeat(before, count)) % 2 == 1
        left, right = _neighbours(raw, marks)
        edge = _table(_LINE_FEED, ord(delimiter), _QUOTE)
        numbers = np.repeat(np.arange(len(starts)), count)
        suspects = count % 2 == 1
        suspects[numbers[~np.where(odd, edge[right], edge[left])]] = True
        chosen = suspects[numbers]
        opened = np.zeros(len(starts), np.bool_)
        opened[numbers[chosen][_opening(raw, marks[chosen], left[chosen], delimiter)]] = True
        return np.flatnonzero(opened)


def _opening(raw: Bytes, marks: Int64, before: Bytes, delimiter: str) -> Mask:
    """The marks at which a cell begins, with or without blanks before them."""
    edge = _table(_LINE_FEED, ord(delimiter))
    blank = _table(*_BLANKS)
    two_before = raw[np.maximum(marks - 2, 0)]
    opens: Mask = edge[before] | (blank[before] & ((edge | blank)[two_before] | (marks < 2)))
    return opens


def cleanly_quoted(text: bytes, delimiter: str) -> bool:
    """Whether the marks of a text, in turn, open and close whole cells; doubled marks within cells are fine.

    A cell may contain line ends; then a parser finds fewer records than there are lines.
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


def _neighbours(raw: Bytes, marks: Int64) -> tuple[Bytes, Bytes]:
    before, after = raw[marks - 1], raw[np.minimum(marks + 1, len(raw) - 1)]
    # Treat the begin and the end of the text as line ends.
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
    """Whether a line may be longer than the limit; False means that certainly none is."""
    half = limit // 2
    return any(text.find(b"\n", at, at + half) < 0 for at in range(0, len(text) - half, half))
