"""Joins and cuts blocks of lines."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from graph.ingest.csv.line_scan import LineIndex
from graph.ingest.decoding.decode import Lines


def joined(first: Lines, second: Lines) -> Lines:
    """One block of two."""
    if not first.text:
        return second
    shift = first.text.count(b"\n")
    ends = b""
    if first.ends or second.ends:
        ends = (first.ends or bytes(shift)) + (second.ends or bytes(second.text.count(b"\n")))
    return Lines(
        first.text + second.text,
        (*first.bad, *(n + shift for n in second.bad)),
        (*first.cut, *(n + shift for n in second.cut)),
        ends,
    )


def without_first(block: Lines, count: int) -> Lines:
    """The block without so many of its first lines."""
    at = 0
    for _ in itertools.repeat(None, count):
        at = block.text.find(b"\n", at) + 1 or len(block.text)
    bad, cut = (tuple(n - count for n in numbers if n >= count) for numbers in (block.bad, block.cut))
    return Lines(block.text[at:], bad, cut, block.ends[count:])


def _first_of(block: Lines, count: int) -> Lines:
    """The first lines of a block."""
    text = LineIndex(block.text).between(0, count) if count else b""
    bad, cut = (tuple(n for n in numbers if n < count) for numbers in (block.bad, block.cut))
    return Lines(text, bad, cut, block.ends[:count])


def _last_of(lines: LineIndex, count: int) -> list[int]:
    """Numbers of the last ``count`` lines that are not blank, or of all there are, ascending."""
    found = (at for at in range(len(lines) - 1, -1, -1) if lines[at].strip())
    return list(itertools.islice(found, count))[::-1]


def without_last(blocks: Iterator[Lines], count: int, see: Callable[[str], None]) -> Iterator[Lines]:
    """The blocks without the last ``count`` lines that are not blank; calls ``see`` with each of these."""
    kept = Lines(b"")
    for block in blocks:
        if not count:
            yield block
        elif kept.text and len(_last_of(LineIndex(block.text), count)) == count:
            yield kept
            kept = block
        else:
            kept = joined(kept, block)
    lines = LineIndex(kept.text)
    last = _last_of(lines, count)
    for at in last:
        see(lines[at])
    if count:
        yield _first_of(kept, last[0]) if last else kept
