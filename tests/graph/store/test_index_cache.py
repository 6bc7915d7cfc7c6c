from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.errors import DataError, StoreError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import MARKET, Column, EdgeKey, Schema
from graph.schema.types import NodeType
from graph.store.embedded.index import cypher_index as cypher
from graph.store.embedded.index import index_cache
from graph.store.embedded.index.cypher_index import CypherIndex, is_current
from graph.store.embedded.index.index_cache import Origin, estimate_index, read_origin, ready_index, write_origin
from graph.store.embedded.index.run_query import run

VIEWED = EdgeKey("Person", "VIEWED", "Product")


def market(edges: int, people: int = 50) -> HeteroGraph:
    """A market whose first events are those of every larger one."""
    rng = np.random.default_rng(1)
    nodes = {
        "Person": Nodes(IdMap.of("Person", [f"u{i:04}" for i in range(people)]), {}),
        "Product": Nodes(IdMap.of("Product", [f"p{i}" for i in range(9)]), {"price": np.arange(9.0)}),
    }
    rows = rng.integers(0, (50, 9, 1000), (5000, 3))[:edges]
    part = Edges(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy(), np.ones(edges)).canonical()
    return HeteroGraph.of(nodes, {VIEWED: part})


class Place:
    """A folder with snapshots and an index."""

    def __init__(self, root: Path) -> None:
        self.root, self.file, self.notes = root, root / "store" / "index.kgl", []  # type: ignore[var-annotated]

    def ready(self, graph: HeteroGraph, *, schema: Schema = MARKET, small: int = 0) -> CypherIndex:
        graph.write(self.root / graph.fingerprint[:16])
        self.notes.clear()
        return ready_index(
            graph, self.file, schema=schema, earlier=self.earlier, on_note=self.notes.append, small=small
        )

    def earlier(self, fingerprint: str) -> HeteroGraph | None:
        folder = self.root / fingerprint[:16]
        return HeteroGraph.read(folder) if folder.is_dir() else None

    def left(self) -> list[str]:
        return sorted(p.name for p in self.file.parent.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def count(index: CypherIndex) -> int:
    return int(run(index, "MATCH ()-[e:VIEWED]->() RETURN count(e) AS n", timeout_s=20, max_rows=1).rows[0][0])


def test_the_first_query_builds_and_says_so_before(place: Place) -> None:
    assert count(place.ready(market(300))) == 300
    assert len(place.notes) == 1
    assert place.notes[0].startswith("building the Cypher index of 300 relationships, once per snapshot: about 0.")
    assert place.notes[0].endswith(" MiB and 1.0 s")
    assert count(place.ready(market(300))) == 300
    assert place.notes == []
    assert place.left() == ["index.kgl", "index.kgl.json"]


def test_a_little_growth_is_added(place: Place) -> None:
    place.ready(market(1000))
    after = market(1060, people=51)
    assert count(place.ready(after)) == 1060
    assert place.notes == ["adding 60 relationships and 1 nodes to the Cypher index"]
    assert is_current(place.file, after.fingerprint)
    assert place.left() == ["index.kgl", "index.kgl.json"]


@pytest.mark.parametrize("grown", [1200, 940])
def test_much_growth_or_a_loss_builds_anew(place: Place, grown: int) -> None:
    place.ready(market(1000))
    assert count(place.ready(market(grown))) == grown
    assert [n.partition(" ")[0] for n in place.notes] == ["building"]


def test_a_small_graph_is_built_anew(place: Place) -> None:
    place.ready(market(1000))
    assert count(place.ready(market(1001), small=1001)) == 1001
    assert [n.partition(" ")[0] for n in place.notes] == ["building"]


def test_without_the_earlier_snapshot_it_is_built_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = market(1000)
    for spoil in ("gone", "damaged", "another"):
        place.ready(before)
        folder = place.root / before.fingerprint[:16]
        if spoil == "gone":
            shutil.rmtree(folder)
        elif spoil == "damaged":
            (folder / "graph.json").write_text("{")
        else:
            monkeypatch.setattr(place, "earlier", lambda _: market(999))
        assert count(place.ready(market(1001))) == 1001
        assert [n.partition(" ")[0] for n in place.notes] == ["building"], spoil


def test_a_damaged_snapshot_as_error_is_no_basis(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_fingerprint: str) -> HeteroGraph:
        raise DataError("not a readable snapshot", hint="")

    place.ready(market(1000))
    monkeypatch.setattr(place, "earlier", refuse)
    assert count(place.ready(market(1001))) == 1001


def flip(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0x5A
    file.write_bytes(data)


def test_a_damaged_index_is_built_anew_with_a_notice(place: Place) -> None:
    graph = market(400)
    place.ready(graph)
    size = place.file.stat().st_size
    for offset in (10, size // 3, size // 2, size - 20):
        flip(place.file, offset)
        assert count(place.ready(graph)) == 400
        assert place.notes[0] == "the Cypher index is damaged and is built anew"
        assert len(place.notes) == 2
    place.file.write_bytes(place.file.read_bytes()[: size // 2])
    assert count(place.ready(graph)) == 400
    place.file.unlink()
    assert count(place.ready(graph)) == 400
    (place.file.parent / "index.kgl.json").write_text("[]")
    assert count(place.ready(graph)) == 400
    place.ready(graph)
    assert place.notes == []


def test_a_damaged_index_is_not_extended(place: Place) -> None:
    place.ready(market(1000))
    flip(place.file, place.file.stat().st_size // 2)
    assert count(place.ready(market(1001))) == 1001
    assert [n.partition(",")[0].partition(" of ")[0] for n in place.notes] == [
        "adding 1 relationships and 0 nodes to the Cypher index",
        "the Cypher index cannot be extended and is built anew",
        "building the Cypher index",
    ]


def test_an_index_of_another_version_is_built_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.ready(market(1000))
    monkeypatch.setattr(cypher, "ADAPTER_VERSION", 99)
    assert count(place.ready(market(1001))) == 1001
    assert [n.partition(" ")[0] for n in place.notes] == ["building"]


def test_another_meaning_of_a_column_is_built_anew(place: Place) -> None:
    place.ready(market(1000))
    times = Schema({**MARKET.nodes, "Store": NodeType("Store", {"since": Column("time")})}, MARKET.edges)
    assert count(place.ready(market(1001), schema=times)) == 1001
    assert [n.partition(" ")[0] for n in place.notes] == ["building"]


def test_a_full_disk_is_told_before_anything_is_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.ready(market(1000))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(index_cache.shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10_000))
    with pytest.raises(StoreError, match=r"takes about 0\.\d MiB, the disk of .* has 0 MiB") as caught:
        place.ready(market(3000))
    assert "free some space" in caught.value.hint
    assert is_current(place.file, market(1000).fingerprint)


@pytest.mark.parametrize("edges", [50, 2000, 20_000])
def test_an_estimate_is_rather_too_large_but_not_by_much(tmp_path: Path, edges: int) -> None:
    rng = np.random.default_rng(5)
    people = Nodes(IdMap.of("Person", [f"person {i}" for i in range(2000)]), {"cost": rng.random(2000)})
    ends, times = rng.integers(0, 2000, (2, edges)), rng.integers(10**9, 2 * 10**9, edges)
    rows = Edges(ends[0], ends[1], times, rng.random(edges)).canonical()
    graph = HeteroGraph.of({"Person": people}, {EdgeKey("Person", "FOLLOWS", "Person"): rows})
    cypher.build_index(graph, tmp_path / "i.kgl", stamp="s")
    found, expected = (tmp_path / "i.kgl").stat().st_size, estimate_index(graph).size
    assert found <= expected <= 4 * found + 64_000


def test_drafts_of_the_killed_are_removed_and_those_of_the_living_are_not(place: Place) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    place.file.parent.mkdir()
    dead, alive = (place.file.parent / f".index.kgl-{pid}-x" for pid in (process.pid, os.getpid()))
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "index.kgl").write_text("half")
    place.ready(market(10))
    assert place.left() == [alive.name, "index.kgl", "index.kgl.json"]


def test_an_origin_is_kept_in_its_note(tmp_path: Path) -> None:
    note = tmp_path / "origins" / "abc.json"
    assert read_origin(note) is None
    write_origin(note, Origin("abc", 3))
    write_origin(note, Origin("abc", 4))
    assert read_origin(note) == Origin("abc", 4)
    assert [p.name for p in note.parent.iterdir()] == ["abc.json"]
    for text in ("", "[1]", '{"store": "abc"}', '{"store": "abc", "load": "x"}'):
        note.write_text(text)
        assert read_origin(note) is None
