"""Reads a JSON array of objects element by element, so that files of any size fit into memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from graph.errors import DataError
from graph.ingest.csv.records import RecordBlock
from graph.ingest.decoding.repair_bytes import has_broken, visible
from graph.ingest.json.rows import Draft, DuplicateKeyError, Scanner, scan

# Characters that are looked at together, and most characters of an element; a longer one counts as broken.
_PIECE, _LONGEST = 1 << 18, 8 << 20
# A token cut by the end of a piece is shorter than this.
_TOKEN = 16
_ARRAY = re.compile(r"\ufeff?\s*\[\s*(\{|\]\s*$|$)")
_GAP = re.compile(r"[\s,]*")
# Several arrays one after the other, as in joined exports, are read as one.
_END = re.compile(r"\]\s*(\[|$)?")
# Where an element may begin behind a broken one.
_NEXT = re.compile(r",\s*(?=\{)|\n[ \t]*(?=\{)")

# Texts and the brackets outside of them; the group is empty where a text never ends.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*("|$)|[\[\]{}]', re.DOTALL)
_CLOSED = re.compile(r"\}\s*\]\s*$")

_TWICE = object()
_PLAIN: Scanner = vars(json.JSONDecoder())["scan_once"]


def is_array(head: str) -> bool:
    """Whether the first text of a file is that of one array of objects."""
    return _ARRAY.match(head) is not None


def array_blocks(file: str, texts: Iterable[tuple[str, bool]], *, wanted: Iterable[str] = ()) -> Iterator[RecordBlock]:
    """The elements of an array; any other text, also behind its end, is refused piece by piece.

    Args:
        file: Name for messages and rejects.
        texts: The text in blocks, each with whether bytes of it are broken, as ``decode.texts`` gives them.
        wanted: As for ``jsonrows.line_blocks``.

    Raises:
        DataError: the text ends before the array does.
    """
    rest, seen, opened, tainted, closed = "", 0, False, False, False
    for text, damaged in texts:
        draft = Draft(file, tuple(wanted), seen)
        tainted = damaged or (tainted and rest != "")
        for first in range(0, len(text), _PIECE):
            rest += text[first : first + _PIECE]
            if not opened and "[" in rest:
                rest, opened = rest[rest.index("[") + 1 :], True
            if opened:
                at, closed = _take(rest, draft, closed, tainted=tainted, last=False)
                rest = rest[at:]
        seen = draft.seen
        yield draft.block()
    draft = Draft(file, tuple(wanted), seen)
    _, closed = _take(rest, draft, closed, tainted=tainted, last=True)
    if not closed:
        raise DataError("the file ends in the middle of the array", file=file, hint="transfer or export the file again")
    if draft.seen > seen:
        yield draft.block()


def _take(text: str, draft: Draft, closed: bool, *, tainted: bool, last: bool) -> tuple[int, bool]:
    """Read elements; returns where the first incomplete one begins, and whether the array has ended.

    Only another opening bracket right behind the end of an array continues it.
    """
    at, broken = 0, False
    while (at := _skip(text, at)) < len(text):
        if text[at] == "]":
            found = _END.match(text, at)
            if found and found.end() == len(text) and not found[1] and not last:
                return at, closed
            if not broken:
                closed = found is None or found[1] != "["
            at = found.end() if found else at + 1
            continue
        end, value, reason = _element(text, at, last=last)
        if not end:
            return at, closed
        piece = text[at:end]
        if last and reason == "not_an_object" and not broken:
            # Brackets of the broken element may be confused with those of the array, so they are counted from here on.
            broken, closed = True, closed or _closes(text[at:])
        if tainted and has_broken(piece):
            piece, reason = visible(piece), reason or "encoding"
        draft.add(piece, value, reason)
        at = end
    return at, closed


def _closes(text: str) -> bool:
    """Whether the array ends within the last text of a file, which begins with a broken element."""
    within: list[str] = []
    count = {"[": 0, "{": 0}
    for token in _BRACKETS.finditer(text):
        sign = token[0]
        if sign in "[{":
            within.append(sign)
            count[sign] += 1
        elif sign in "]}":
            opening = "[" if sign == "]" else "{"
            if count[opening]:
                while (inner := within.pop()) != opening:
                    count[inner] -= 1
                count[opening] -= 1
            elif sign == "]":
                return True
        elif not token[1]:
            # Brackets inside a string that never ends cannot be counted.
            return _CLOSED.search(sign) is not None
    return False


def _skip(text: str, at: int) -> int:
    found = _GAP.match(text, at)
    return found.end() if found else at


def _element(text: str, at: int, *, last: bool) -> tuple[int, object, str]:
    """Where the element ends, its value, and what is wrong with it; the end is 0 where more text may complete it."""
    waits = not last and len(text) - at < _LONGEST
    value, end, broken = _scanned(text, at, scan)
    if broken is None:
        after = _skip(text, end)
        if after == len(text) and not last:
            return 0, None, ""
        if after > end or after == len(text) or text[after] in "]{":
            return end, value, "duplicate_key" if value is _TWICE else ""
    elif waits and broken >= len(text) - _TOKEN:
        return 0, None, ""
    found = _NEXT.search(text, at + 1)
    if not found and waits:
        return 0, None, ""
    return found.end() if found else len(text), None, "not_an_object"


def _scanned(text: str, at: int, scanner: Scanner) -> tuple[object, int, int | None]:
    """A value and where it ends, or where it is broken; ``_TWICE`` for an object that names a key twice."""
    try:
        return *scanner(text, at), None
    except DuplicateKeyError:
        _, end, broken = _scanned(text, at, _PLAIN)
        return _TWICE, end, broken
    except json.JSONDecodeError as error:
        # An unterminated string is broken at the end of the text.
        return None, 0, len(text) if error.msg.startswith("Unterminated") else error.pos
    except StopIteration as stop:
        return None, 0, stop.value
    except (ValueError, RecursionError):
        return None, 0, at
