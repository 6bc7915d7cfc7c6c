"""What a relation that a user adds by one table of schema.toml owes: a test class of a relation inherits it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.hetero import HeteroGraph
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.recommend.target import choose_target
from graph.schema import MARKET, EdgeKey, extend_schema
from graph.segment.adjacency import aggregate
from graph.store.embedded.store import EmbeddedStore

AS_OF = 1_800_000_000


class RelationContract:
    """From the table in schema.toml to the load, the snapshot, segments and recommendations.

    Attributes:
        table: The text of schema.toml.
        key: The edge type that it declares, from a person.
        role: Its role.
        group: The group of relations that segments count it in.
    """

    table: str
    key: EdgeKey
    role: str
    group: str

    @pytest.fixture
    def graph(self, tmp_path: Path) -> HeteroGraph:
        (tmp_path / "schema.toml").write_text(self.table, "utf-8")
        rows = [f"u{i},x{i % 3},2026-01-0{i % 9 + 1}" for i in range(30)]
        (tmp_path / "events.csv").write_text("\n".join(["source,target,ts", *rows]) + "\n", "utf-8")
        (tmp_path / "mapping.toml").write_text(
            f'time_zone = "UTC"\n[[files]]\npath = "events.csv"\nedge = "{self.key}"\nsource = "source"\n'
            'target = "target"\ntime = "ts"\ncreate = ["source", "target"]\n',
            "utf-8",
        )
        schema = extend_schema(MARKET, tmp_path / "schema.toml")
        store = EmbeddedStore(tmp_path / "m.duckdb", schema, threads=1)
        sources = find_sources(tmp_path, read_mapping(tmp_path / "mapping.toml", schema))
        (count,) = load_sources(sources, schema, store, quarantine=Quarantine(tmp_path / "q"), as_of=AS_OF)
        assert (count.read, count.created, count.balanced) == (30, 30, True)
        return store.snapshot()

    def test_the_snapshot_has_its_events_and_keeps_what_they_mean(self, graph: HeteroGraph, tmp_path: Path) -> None:
        graph.write(tmp_path / "snapshot")
        read = HeteroGraph.read(tmp_path / "snapshot")
        assert (len(read.edges(self.key)), read.meaning(self.key).role) == (30, self.role)
        assert read.fingerprint == graph.fingerprint

    def test_segments_and_recommendations_take_it_in(self, graph: HeteroGraph) -> None:
        (block,) = aggregate(graph)
        assert (block.key, block.group, len(block)) == (self.key, self.group, 30)
        if self.group != "social":
            assert choose_target(graph, self.key.target).relations == (self.key.relation,)
