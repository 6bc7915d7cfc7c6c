from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.load.chunks import Chunk, packed, statement, typed, unpacked
from graph.store.neo4j.load.split_chunks import cut
from tests.contract.store import FOLLOWS, edges, load, nodes


def chunks(folder: Path, *, rows: int, buckets: int, text: str = "x") -> list[tuple[Chunk, pa.Table]]:
    """What is cut of a load of 50 people, some of them KOLs, and 300 events."""
    store = EmbeddedStore(folder / "market.duckdb", MARKET, threads=1)
    load(store, nodes("Person", [{"id": "before"}]))
    with store.loading(at=0) as loading:
        loading.load(nodes("Person", [{"id": f"u{i:02d}", "name": text} for i in range(50)]))
        loading.load(nodes("Person", [{"id": f"u{i:02d}"} for i in range(0, 50, 7)], roles=("KOL",)))
        loading.load(edges(FOLLOWS, [(f"e{i}", f"u{i % 50:02d}", f"u{i * i % 50:02d}", i, None) for i in range(300)]))
        loading.commit()
    with store.connected(read_only=True) as connection:
        return list(cut(connection, MARKET, 2, rows=rows, buckets=buckets))


@pytest.mark.parametrize("rows", [1, 7, 64, 5000])
def test_every_row_is_in_one_chunk(tmp_path: Path, rows: int) -> None:
    found = chunks(tmp_path, rows=rows, buckets=4)
    assert [chunk.ordinal for chunk, _ in found] == list(range(len(found)))
    assert all(len(table) == chunk.rows <= rows for chunk, table in found)
    people = [(i, chunk.roles) for chunk, table in found if chunk.type == "Person" for i in table["id"].to_pylist()]
    assert sorted(people) == [(f"u{i:02d}", ("KOL",) if i % 7 == 0 else ()) for i in range(50)]
    events = [e for chunk, table in found if chunk.type == str(FOLLOWS) for e in table["event"].to_pylist()]
    assert (len(events), len(set(events))) == (300, 300)


def test_chunks_without_a_common_bucket_share_no_node(tmp_path: Path) -> None:
    found = [(c, t) for c, t in chunks(tmp_path, rows=20, buckets=4) if c.buckets]
    assert len({chunk.buckets for chunk, _ in found}) > 4
    ends = [({*t["src"].to_pylist(), *t["dst"].to_pylist()}, set(c.buckets)) for c, t in found]
    for number, (one, its) in enumerate(ends):
        for other, others in ends[number + 1 :]:
            assert its & others or not one & other


def test_rows_are_sorted_by_their_ends(tmp_path: Path) -> None:
    for chunk, table in chunks(tmp_path, rows=64, buckets=2):
        if chunk.buckets:
            ends = list(zip(table["src"].to_pylist(), table["dst"].to_pylist(), strict=True))
            assert ends == sorted(ends)


def test_heavy_rows_make_small_chunks(tmp_path: Path) -> None:
    found = chunks(tmp_path, rows=5000, buckets=1, text="长" * 200_000)
    heavy = Counter(chunk.rows for chunk, _ in found if chunk.type == "Person" and not chunk.roles)
    assert sum(rows * count for rows, count in heavy.items()) == 42
    assert max(heavy) * 600_000 <= 8 << 20


def test_a_chunk_survives_packing(tmp_path: Path) -> None:
    for chunk, table in chunks(tmp_path, rows=64, buckets=2):
        assert unpacked(packed(typed(MARKET, chunk.type, table))).equals(table)


def test_values_never_become_part_of_the_statement(tmp_path: Path) -> None:
    for chunk, table in chunks(tmp_path, rows=64, buckets=2, text="'} DETACH DELETE n //"):
        text, rows = statement(chunk, typed(MARKET, chunk.type, table))
        assert "DETACH" not in text
        assert len(rows) == chunk.rows
