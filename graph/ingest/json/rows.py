"""Reads JSON lines (one object a line) into records.

Nested objects become columns with dots in their names, ``{"user": {"id": 1}}`` a column ``user.id``; numbers keep their
text. Lists stay JSON text.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from graph.ingest.csv.line_reader import CELL_LIMIT
from graph.ingest.csv.records import RecordBlock
from graph.ingest.decoding.decode import Lines
from graph.ingest.rejects.reject import Reject, reject

# With more distinct keys than this (ids may be keys), only keys that the mapping reads become columns.
COLUMNS = 1000

Scanner = Callable[[str, int], tuple[object, int]]


class _Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


class DuplicateKeyError(ValueError):
    """A JSON object names a key twice."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DuplicateKeyError
    return found


# The decoder's inner function, because ``raw_decode`` would replace our exceptions by its own.
_SCAN: Scanner = vars(
    json.JSONDecoder(object_pairs_hook=_unique, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
)["scan_once"]


def scan(text: str, at: int) -> tuple[object, int]:
    """The JSON value that begins there and where it ends; numbers are texts.

    Raises:
        DuplicateKeyError: an object names a key twice.
        ValueError: it is no JSON.
        StopIteration: there is no value.
        RecursionError: it is nested too deep.
    """
    return _SCAN(text, at)


@dataclass
class Draft:
    """The records of one block."""

    file: str
    wanted: tuple[str, ...]
    seen: int
    records: list[dict[str, str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, text: str, value: object, reason: str = "") -> None:
        """Add a record, or refuse it with its text."""
        self.seen += 1
        record = None if reason else self._flat(value)
        if not reason and record is None:
            reason = "duplicate_key" if isinstance(value, dict) else "not_an_object"
        reason = reason or _fault(text, record or {})
        if reason or record is None:
            self.rejects.append(reject(self.file, self.seen, reason, raw=text))
        else:
            self.records.append(record)
            self.rows.append(self.seen)

    def _flat(self, value: object) -> dict[str, str] | None:
        """The cells of an object; None where two would have the same name, or where it is no object."""
        if not isinstance(value, dict):
            return None
        if not any(type(v) is dict for v in value.values()):
            return {k: _cell(v) for k, v in value.items()}
        cells: dict[str, str] = {}
        count = _flatten(value, "", cells)
        if len(cells) < count:
            return None
        for name in self.wanted:
            if isinstance(value.get(name), dict):
                cells[name] = _text(value[name])
        return cells

    def block(self) -> RecordBlock:
        """The records as a table; a key that no record of this block has is an empty column where it is wanted."""
        import pyarrow as pa

        keys = dict.fromkeys(key for record in self.records for key in record)
        names = list(dict.fromkeys([*itertools.islice(keys, COLUMNS), *self.wanted]))
        columns = [pa.array([r.get(name, "") for r in self.records], pa.large_string()) for name in names]
        table = pa.table(columns, names=names) if names else pa.table({})
        read = len(self.records) + len(self.rejects)
        return RecordBlock(table, np.asarray(self.rows, np.int64), tuple(self.rejects), read)


def line_blocks(file: str, blocks: Iterable[Lines], *, wanted: Iterable[str] = ()) -> Iterator[RecordBlock]:
    """The records of a file of one JSON object a line, every column as text.

    Args:
        file: Name for rejects.
        blocks: Its lines.
        wanted: Columns that every block has; an object of that name is also given whole, as JSON text.
    """
    seen = 0
    for block in blocks:
        draft = Draft(file, tuple(wanted), seen)
        broken = dict.fromkeys(block.bad, "encoding") | dict.fromkeys(block.cut, "cell_too_large")
        for number, line in enumerate(block.text.decode("utf-8").split("\n")):
            text = line.strip(" \t\r")
            if number in broken:
                draft.add(line, None, broken[number])
            elif text:
                draft.add(line, *_object(text))
        seen = draft.seen
        yield draft.block()


def _object(text: str) -> tuple[object, str]:
    """The value of a line and no reason, or None and the reason of the refusal; a comma may follow the value."""
    try:
        value, end = scan(text, 0)
    except DuplicateKeyError:
        return None, "duplicate_key"
    except (ValueError, StopIteration, RecursionError):
        return None, "not_an_object"
    return (value, "") if end == len(text) or not text[end:].strip(" \t,") else (None, "not_an_object")


def _flatten(value: dict[str, object], prefix: str, cells: dict[str, str]) -> int:
    """Put the cells of an object and of those within it; returns how many were put."""
    count = 0
    for key, inner in value.items():
        if isinstance(inner, dict):
            count += _flatten(inner, f"{prefix}{key}.", cells)
        else:
            cells[prefix + key] = _cell(inner)
            count += 1
    return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else _text(value)


def _text(value: object) -> str:
    """JSON text, with numbers as they stood."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _fault(text: str, record: dict[str, str]) -> str:
    """The reason why the cells of an object cannot be a record, or an empty text."""
    if "\\u" in text:
        cells = "".join(itertools.chain.from_iterable(record.items()))
        try:
            cells.encode("utf-8")
        except UnicodeEncodeError:  # half of a surrogate pair
            return "encoding"
        if "\0" in cells:
            return "nul_byte"
    if len(text) > CELL_LIMIT // 4 and max((len(v.encode("utf-8")) for v in record.values()), default=0) > CELL_LIMIT:
        return "cell_too_large"
    return ""
