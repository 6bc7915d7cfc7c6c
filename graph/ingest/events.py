"""Event ids for events that came without one: a hash of what tells one event from another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from graph.schema import EdgeKey

if TYPE_CHECKING:
    import pyarrow as pa


def derive_events(table: pa.Table, key: EdgeKey, *, repeats: dict[str, int] | None) -> pa.Table:
    """The table with a column ``event``: a hash of edge type, ends, time, weight and kind.

    Args:
        table: Typed edge records with ``row``, ``src`` and ``dst`` and, where mapped, ``time``, ``weight`` and more.
        key: The edge type.
        repeats: None where equal events are one event. Else how often each hash has been seen in this file so far; it
            is updated, and the number becomes part of the id, so that a re-load of the file derives the same ids.

    Returns:
        The table with ``event``, text of 32 hexadecimal digits.
    """
    import duckdb
    import pyarrow as pa

    # A further column that is mapped later must not turn known events into new ones, so it is not part of the id.
    parts = ["?", "src", "dst"]
    for name in ("time", "weight", "kind"):
        parts.append(f"coalesce({name}::VARCHAR, chr(30))" if name in table.column_names else "chr(30)")
    connection = duckdb.connect()
    try:
        connection.register("records", table)
        # Unit separators keep ("a", "bc") and ("ab", "c") apart.
        query = f"SELECT md5(concat_ws(chr(31), {', '.join(parts)})) AS event FROM records"
        events = connection.sql(query, params=[str(key)]).to_arrow_table()["event"]
    finally:
        connection.close()
    if repeats is not None:
        events = pa.chunked_array([pa.array(_numbered(events.to_pylist(), repeats), pa.string())])
    return table.append_column("event", events.cast(pa.large_string()))


def _numbered(events: list[str], repeats: dict[str, int]) -> list[str]:
    numbered = []
    for event in events:
        count = repeats.get(event, 0)
        repeats[event] = count + 1
        numbered.append(hashlib.md5(f"{event}#{count}".encode(), usedforsecurity=False).hexdigest() if count else event)
    return numbered
