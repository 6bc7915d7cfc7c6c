from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.ingest.event_ids import EventIds, numbered
from graph.schema import EdgeKey

KEY = EdgeKey("Person", "BOUGHT", "Product")
COLLAPSING = EventIds(keep=False)
DATABASE = duckdb.connect()


def records(**columns: list[object]) -> pa.Table:
    types = {"time": pa.int64(), "weight": pa.float64()}
    return pa.table({name: pa.array(values, types.get(name, pa.large_string())) for name, values in columns.items()})


def ids_of(table: pa.Table, events: EventIds | None = None) -> list[str]:
    found = (events or COLLAPSING).add(table, KEY)
    assert found.column_names == [*table.column_names, "event_high", "event_low"]
    halves = zip(found["event_high"].to_pylist(), found["event_low"].to_pylist(), strict=True)
    return [f"{high:016x}{low:016x}" for high, low in halves]


def in_sql(table: pa.Table) -> list[str]:
    """The ids as the first release derived them, which stores of that time hold."""
    names = ["time", "weight", "kind"]
    parts = [f"coalesce({n}::VARCHAR, chr(30))" if n in table.column_names else "chr(30)" for n in names]
    relation = DATABASE.from_arrow(table)
    query = f"SELECT md5(concat_ws(chr(31), '{KEY}', src, dst, {', '.join(parts)})) FROM records"
    return [event for (event,) in relation.query("records", query).fetchall()]


WEIGHTS = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**17), 10**17).map(float),
    st.decimals(-(10**6), 10**6, places=2).map(float),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(WEIGHTS, st.one_of(st.none(), st.integers(-(10**10), 10**10))), min_size=1, max_size=8))
@example([(1e9, 0), (1e15, 0), (1e16, 0), (0.001, 0), (0.0001, 0), (123456789.125, 0), (12345678901.5, 0), (0.0, None)])
def test_the_ids_of_the_first_release_stay(rows: list[tuple[float | None, int | None]]) -> None:
    ends = ["用户", "a\x1fb", "", "x"]
    table = records(
        src=[ends[i % 4] for i in range(len(rows))],
        dst=[ends[i % 3] for i in range(len(rows))],
        weight=[weight + 0.0 if weight is not None else None for weight, _ in rows],
        time=[time for _, time in rows],
        kind=[("like", None, "分享")[i % 3] for i in range(len(rows))],
    )
    assert ids_of(table) == in_sql(table)


@pytest.mark.parametrize("dropped", [["time"], ["weight"], ["kind"], ["time", "weight", "kind"]])
def test_columns_that_a_file_lacks(dropped: list[str]) -> None:
    table = records(src=["a", "b"], dst=["c", "d"], time=[1, 2], weight=[1.5, 2.0], kind=["x", "y"])
    table = table.drop_columns(dropped)
    assert ids_of(table) == in_sql(table)
    assert ids_of(table.slice(0, 0)) == []


def test_equal_events_collapse_or_are_numbered_through_the_file() -> None:
    table = records(src=["a", "b", "a", "a"], dst=["x", "x", "x", "x"])
    first, other, *_ = ids_of(table)
    assert ids_of(table) == [first, other, first, first]
    wanted = [first, other, numbered(first, 1), numbered(first, 2)]
    assert ids_of(table, EventIds(keep=True)) == wanted
    # The blocks in which the file comes make no difference.
    events = EventIds(keep=True)
    assert [i for at in range(4) for i in ids_of(table.slice(at, 1), events)] == wanted


def test_records_that_come_later_get_ids_that_are_free() -> None:
    table = records(src=["a", "a"], dst=["x", "x"])
    first = ids_of(table)[0]
    known = {first, numbered(first, 2)}
    asked: list[str] = []

    def taken(ids: list[str]) -> set[str]:
        asked.extend(ids)
        return known & set(ids)

    assert ids_of(table, EventIds(keep=True, taken=taken)) == [numbered(first, 1), numbered(first, 3)]
    assert set(asked) >= known
    assert len(asked) == len(set(asked))


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    st.sets(st.tuples(st.sampled_from("abc"), st.integers(0, 9))),
)
def test_free_ids_are_the_first_ones_in_order(sources: list[str], used: set[tuple[str, int]]) -> None:
    first = dict(zip("abc", ids_of(records(src=list("abc"), dst=list("xxx"))), strict=True))
    known = {numbered(first[source], count) for source, count in used}
    wanted, given_out = [], set(known)
    for source in sources:
        fresh = next(i for n in range(99) if (i := numbered(first[source], n)) not in given_out)
        given_out.add(fresh)
        wanted.append(fresh)
    events = EventIds(keep=True, taken=lambda ids: known & set(ids))
    tables = [records(src=part, dst=["x"] * len(part)) for part in (sources[:5], sources[5:]) if part]
    assert [i for table in tables for i in ids_of(table, events)] == wanted


def test_closing_lets_the_connection_go_and_loses_no_count() -> None:
    events = EventIds(keep=True)
    table = records(src=["u"], dst=["p"], time=[1])
    first = ids_of(table, events)[0]
    connection = events._connection
    assert connection is not None
    events.close()
    events.close()
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")
    assert ids_of(table, events) == [numbered(first, 1)]
