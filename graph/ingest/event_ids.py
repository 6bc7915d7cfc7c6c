"""Derives ids for events whose file has none: a hash of the columns that identify an event."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import byte_column, mask_of, one_array
from graph.schema import EdgeKey

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Returns those of some event ids (32 hexadecimal digits) that the store has already.
Taken = Callable[[list[str]], Collection[str]]

# Between these, and if whole even above, Arrow and DuckDB write a float64 alike, the .0 of whole numbers apart.
_LEAST, _MOST, _WHOLE = 1e-3, 1e9, 1e15
_SEPARATOR, _MISSING = "\x1f", "\x1e"


class EventIds:
    """Derives the event ids of one file.

    An id is the MD5 of edge type, source id, target id, time, weight and kind. Other columns are left out, so that
    mapping one more column later does not turn known events into new ones.

    Args:
        keep: Whether equal events count as different ones. The n-th of them in the file gets n as part of its id, so
            loading the same file again derives the same ids, whatever the blocks are.
        taken: For records that are loaded after the others of their file: returns which ids are in use, and each
            record gets the first unused one. None where the whole file is loaded from its beginning.
    """

    def __init__(self, *, keep: bool, taken: Taken | None = None) -> None:
        self._repeats: dict[str, int] | None = {} if keep else None
        self._taken = taken
        self._connection: duckdb.DuckDBPyConnection | None = None

    def add(self, table: pa.Table, key: EdgeKey) -> pa.Table:
        """The table with ``event_high`` and ``event_low``, uint64, the halves of each id.

        Args:
            table: Typed edge records with ``src`` and ``dst`` and, where mapped, ``time``, ``weight`` and ``kind``.
            key: The edge type.
        """
        import pyarrow as pa

        digits = self._digests(self._content(table, key))
        if self._repeats is not None:
            digits = "".join(self._numbered(digits, self._repeats))
        halves = np.frombuffer(bytes.fromhex(digits), ">u8").astype(np.uint64).reshape(-1, 2)
        high, low = (pa.array(np.ascontiguousarray(halves[:, k])) for k in (0, 1))
        return table.append_column("event_high", high).append_column("event_low", low)

    def close(self) -> None:
        """Close the database connection; a later ``add`` opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _content(self, table: pa.Table, key: EdgeKey) -> pa.Array:
        """The text to hash: the parts of each record, joined so that ("a", "bc") differs from ("ab", "c")."""
        import pyarrow as pa
        import pyarrow.compute as pc

        names = table.column_names
        parts = [_text(str(key)), table["src"], table["dst"]]
        for name in ("time", "weight", "kind"):
            if name not in names:
                parts.append(_text(_MISSING))
                continue
            column = table[name].combine_chunks()
            text = self._numbers(column) if name == "weight" else column.cast(pa.large_string())
            parts.append(pc.fill_null(text, _MISSING) if text.null_count else text)
        return pc.binary_join_element_wise(*parts, _text(_SEPARATOR))

    def _numbers(self, weights: pa.Array) -> pa.Array:
        """Weights as text in DuckDB's notation."""
        import pyarrow as pa
        import pyarrow.compute as pc

        values = weights.to_numpy(zero_copy_only=False)
        size = np.abs(values)
        with np.errstate(invalid="ignore"):
            whole = (np.floor(values) == values) & (size < _WHOLE)
            usual = whole | (size >= _LEAST) & (size < _MOST) | mask_of(weights.is_null())
        text = weights.cast(pa.large_string())
        if whole.any():
            integers = pa.array(values[whole].astype(np.int64)).cast(pa.large_string())
            pointed = pc.binary_join_element_wise(integers, _text(".0"), _text(""))
            text = pc.replace_with_mask(text, pa.array(whole), pointed)
        if not usual.all():
            rare = pa.table({"weight": weights.filter(pa.array(~usual))})
            # Under this name the connection finds the local variable.
            found = self._database().from_arrow(rare).query("rare", "SELECT weight::VARCHAR AS text FROM rare")
            text = pc.replace_with_mask(text, pa.array(~usual), one_array(found.to_arrow_table()["text"]))
        return text

    def _digests(self, content: pa.Array | pa.ChunkedArray) -> str:
        """The MD5 of each text in hexadecimal digits, one after the other."""
        import pyarrow as pa

        relation = self._database().from_arrow(pa.table({"content": content}))
        found = relation.query("records", "SELECT md5(content) AS event FROM records").to_arrow_table()["event"]
        return byte_column(one_array(found)).data.tobytes().decode("ascii")

    def _database(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        if self._connection is None:
            # One thread is enough, since the store works in another thread at the same time.
            self._connection = duckdb.connect(config={"threads": 1})
        return self._connection

    def _numbered(self, digits: str, repeats: dict[str, int]) -> list[str]:
        events = [digits[at : at + 32] for at in range(0, len(digits), 32)]
        if self._taken is not None:
            free = _free(Counter(events), repeats, self._taken)
            return [next(free[event]) for event in events]
        found = []
        for event in events:
            count = repeats.get(event, 0)
            repeats[event] = count + 1
            found.append(numbered(event, count))
        return found


def _free(wanted: Counter[str], repeats: dict[str, int], taken: Taken) -> dict[str, Iterator[str]]:
    """For each event the first unused ids, as many as wanted; looks up all events together."""
    found: dict[str, list[str]] = {event: [] for event in wanted}
    open_events = list(wanted)
    while open_events:
        offered = {}
        for event in open_events:
            first, missing = repeats.get(event, 0), wanted[event] - len(found[event])
            offered[event] = [numbered(event, first + k) for k in range(missing)]
            repeats[event] = first + missing
        known = taken([id for ids in offered.values() for id in ids])
        for event, ids in offered.items():
            found[event] += [id for id in ids if id not in known]
        open_events = [event for event in open_events if len(found[event]) < wanted[event]]
    return {event: iter(ids) for event, ids in found.items()}


def _text(value: str) -> pa.Scalar:
    import pyarrow as pa

    return pa.scalar(value, pa.large_string())


def numbered(event: str, count: int) -> str:
    """The id of an event with ``count`` equal events before it in its file."""
    return hashlib.md5(f"{event}#{count}".encode(), usedforsecurity=False).hexdigest() if count else event
