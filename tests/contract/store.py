"""What every GraphStore must do: inherit StoreContract and give it a fixture ``store`` with an empty store."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from graph.batch import Batch, FileCount, LoadReport, Refusal
from graph.columns import DAYS, UNDATED
from graph.errors import DataError
from graph.hetero import HeteroGraph
from graph.ingest.load import Limits, load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.rejects.replay import replay
from graph.ingest.sources import find_sources
from graph.schema import MARKET, EdgeKey, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.store.protocol import GraphStore, ResultTable

VIEWED = EdgeKey("Person", "VIEWED", "Product")
FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")
INTERACTED = EdgeKey("Person", "INTERACTED", "Person")
VISITED = EdgeKey("Person", "VISITED", "Shop")
TYPES = """
[nodes.Shop]
columns.name = "text"
columns.rent = "money"
columns.tags = "list"
columns.open = "boolean"
columns.size = "integer"
columns.since = "time"
columns.share = "decimal"
columns.opened = "date"

[[edges]]
relation = "VISITED"
source = "Person"
target = "Shop"
columns = { reasons = "list", spent = "money", first = "boolean", items = "integer", until = "time", on = "date" }
"""
MAPPING = """
[[files]]
path = "people.csv"
node = "Person"
id = "id"
columns = { name = "name" }

[[files]]
path = "views.csv"
edge = "Person-VIEWED-Product"
source = "who"
target = "what"
time = "at"
event_id = "no"
create = ["target"]
"""
LATE = 1_800_000_000


def nodes(node: str, rows: Sequence[dict[str, object]], *, batch: str = "", roles: tuple[str, ...] = ()) -> Batch:
    """A batch of nodes; each row is its columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({"row": np.arange(1, len(rows) + 1), **{n: [r.get(n) for r in rows] for n in names}})
    for i, name in enumerate(table.column_names):
        if pa.types.is_string(table.schema.field(name).type):
            table = table.set_column(i, name, table[name].cast(pa.large_string()))
    return Batch(batch or f"{node} {rows} {roles}", f"{node}.csv", 0, node, table, roles=roles)


def edges(
    key: EdgeKey,
    rows: Sequence[tuple[object, ...]],
    *,
    batch: str = "",
    create: tuple[str, ...] = (),
    **more: list[object],
) -> Batch:
    """A batch of (event, source, target, time, weight) rows."""
    event, src, dst, time, weight = (list(c) for c in zip(*rows, strict=True)) if rows else ([], [], [], [], [])
    text = pa.large_string()
    table = pa.table(
        {
            "row": np.arange(1, len(rows) + 1),
            "src": pa.array(src, text),
            "dst": pa.array(dst, text),
            "time": pa.array(time, pa.int64()),
            "weight": pa.array(weight, pa.float64()),
            "event": pa.array(event, text),
            **{name: pa.array(values, text) for name, values in more.items()},
        }
    )
    return Batch(batch or f"{key} {rows} {more}", f"{key}.csv", 0, key, table, create=create)


def load(store: GraphStore, batch: Batch) -> LoadReport:
    """Load a batch and check that its report accounts for every row."""
    with store.loading(at=0) as loading:
        report = loading.load(batch)
        loading.commit()
    total = report.created + report.updated + report.unchanged + report.duplicate + len(report.refused)
    assert total == len(batch.table)
    return report


def market(store: GraphStore) -> None:
    """Two people, two products, three views."""
    load(store, nodes("Person", [{"id": "u2", "name": "二"}, {"id": "u1", "name": "一"}], roles=("User",)))
    load(store, nodes("Product", [{"id": "p1", "price": 9.5}, {"id": "p0"}]))
    rows = [("e1", "u2", "p0", 20, 1.0), ("e2", "u1", "p1", 10, None), ("e3", "u1", "p0", None, 2.0)]
    load(store, edges(VIEWED, rows))


def rows_of(graph: HeteroGraph, key: EdgeKey) -> list[tuple[object, ...]]:
    """The edges as (source id, target id, time, weight)."""
    e, people, targets = graph.edges(key), graph.ids(key.source), graph.ids(key.target)
    times = e.time if e.time is not None else np.full(len(e), UNDATED)
    weights = e.weight if e.weight is not None else np.full(len(e), np.nan)
    return [
        (people.ids([s])[0], targets.ids([d])[0], None if t == UNDATED else t, None if np.isnan(w) else w)
        for s, d, t, w in zip(e.src, e.dst, times.tolist(), weights.tolist(), strict=True)
    ]


def write_files(folder: Path) -> Path:
    """Two people, and four views of which one is by somebody unknown and one has no time that can be read."""
    folder.mkdir()
    (folder / "mapping.toml").write_text(MAPPING, "utf-8")
    (folder / "people.csv").write_text("id,name\nu1,一\nu2,二\n", "utf-8")
    rows = ["1,u1,p1,2026-01-02T03:04:05Z", "2,u2,p1,2026-01-02T03:04:06Z", "3,late,p1,2026-01-03T00:00:00Z"]
    (folder / "views.csv").write_text("\n".join(["no,who,what,at", *rows, "4,u1,p2,noon"]) + "\n", "utf-8")
    return folder


def load_files(store: GraphStore, folder: Path, limits: Limits | None = None) -> list[FileCount]:
    """Load the files of a folder."""
    sources = find_sources(folder, read_mapping(folder / "mapping.toml", MARKET))
    quarantine = Quarantine(folder / "quarantine")
    return load_sources(sources, MARKET, store, quarantine=quarantine, as_of=LATE, limits=limits or Limits())


def with_types(store: GraphStore, folder: Path) -> GraphStore:
    """The same store with a schema that has columns of every type."""
    (folder / "schema.toml").write_text(TYPES, "utf-8")
    other = copy.copy(store)
    other.schema = extend_schema(MARKET, folder / "schema.toml")  # type: ignore[attr-defined]
    return other


class StoreContract:
    """The tests; a subclass provides ``store``."""

    @pytest.fixture
    def store(self) -> GraphStore:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def usual(cls, tmp_path_factory: pytest.TempPathFactory) -> str:
        """The fingerprint of ``market`` in an embedded store: all stores give the same bytes."""
        reference = EmbeddedStore(tmp_path_factory.mktemp("usual") / "market.duckdb", MARKET, threads=1)
        market(reference)
        return reference.snapshot().fingerprint

    def test_an_empty_store(self, store: GraphStore) -> None:
        store.ensure_schema()
        store.ensure_schema()
        store.ping()
        status = store.status()
        assert (sum(status.nodes.values()), sum(status.edges.values()), status.batches) == (0, 0, 0)
        assert (dict(store.snapshot().nodes), dict(store.snapshot().edge_sets)) == ({}, {})

    def test_a_snapshot_is_in_canonical_order(self, store: GraphStore) -> None:
        market(store)
        graph = store.snapshot()
        assert graph.ids("Person").texts.to_list() == ["u1", "u2"]
        assert rows_of(graph, VIEWED) == [("u1", "p0", None, 2.0), ("u1", "p1", 10, None), ("u2", "p0", 20, 1.0)]
        assert graph.attributes("Person")["name"].tolist() == ["一", "二"]
        assert graph.role("User").tolist() == [True, True]
        assert (store.status().nodes["Person"], store.status().edges[str(VIEWED)], store.status().batches) == (2, 3, 3)

    def test_ids_are_ordered_by_utf8_bytes(self, store: GraphStore) -> None:
        ids = ["车", "é", "z", "a", "A", "10", "9", "\U0001f600", "\uff21", "a b", "007"]
        load(store, nodes("Person", [{"id": i} for i in ids]))
        found = store.snapshot().ids("Person").texts.to_list()
        assert found == sorted(ids, key=lambda i: i.encode())

    def test_the_order_of_loading_does_not_matter(self, store: GraphStore, usual: str) -> None:
        load(store, nodes("Product", [{"id": "p0"}]))
        load(store, nodes("Product", [{"id": "p1", "price": 9.5}]))
        load(store, nodes("Person", [{"id": "u1", "name": "一"}], roles=("User",)))
        load(store, nodes("Person", [{"id": "u2"}]))
        load(store, nodes("Person", [{"id": "u2", "name": "二"}], roles=("User",)))
        for row in (("e3", "u1", "p0", None, 2.0), ("e1", "u2", "p0", 20, 1.0), ("e2", "u1", "p1", 10, None)):
            load(store, edges(VIEWED, [row]))
        assert store.snapshot().fingerprint == usual

    def test_nodes_are_merged_and_the_later_row_wins(self, store: GraphStore) -> None:
        first = load(
            store, nodes("Person", [{"id": "a", "name": "x", "city": "c"}, {"id": "b", "name": None, "city": None}])
        )
        assert (first.created, first.updated, first.unchanged, first.duplicate) == (2, 0, 0, 0)
        second = load(
            store, nodes("Person", [{"id": "a", "name": "y"}, {"id": "b", "name": None}, {"id": "c", "name": "z"}])
        )
        assert (second.created, second.updated, second.unchanged, second.duplicate) == (1, 1, 1, 0)
        third = load(
            store,
            nodes(
                "Person",
                [
                    {"id": "a", "name": "1", "city": "d"},
                    {"id": "a", "name": "2", "city": None},
                    {"id": "a", "name": None},
                ],
            ),
        )
        # The first row changes both, the second the name again, and the third says nothing new.
        assert (third.created, third.updated, third.unchanged, third.duplicate) == (0, 2, 0, 1)
        frame = store.snapshot().attributes("Person").set_index("id")
        assert (frame.loc["a", "name"], frame.loc["a", "city"]) == ("2", "d")

    def test_roles_add_up(self, store: GraphStore) -> None:
        load(store, nodes("Person", [{"id": "a"}, {"id": "b"}], roles=("User",)))
        report = load(store, nodes("Person", [{"id": "b"}, {"id": "c"}], roles=("KOL",)))
        assert (report.created, report.updated) == (1, 1)
        graph = store.snapshot()
        assert (graph.role("User").tolist(), graph.role("KOL").tolist()) == ([True, True, False], [False, True, True])

    def test_events_are_immutable(self, store: GraphStore) -> None:
        market(store)
        rows = [
            ("e1", "u2", "p0", 20, 1.0),
            ("e2", "u1", "p1", 11, None),
            ("e4", "u1", "p1", 5, 5.0),
            ("e4", "u1", "p1", 5, 5.0),
            ("e4", "u1", "p1", 5, 6.0),
        ]
        report = load(store, edges(VIEWED, rows))
        assert (report.created, report.unchanged, report.duplicate) == (1, 1, 1)
        assert report.refused == (Refusal(2, "event_conflict", "e2"), Refusal(5, "event_conflict", "e4"))
        assert len(store.snapshot().edges(VIEWED)) == 4

    def test_equal_events_with_other_ids_are_two(self, store: GraphStore) -> None:
        market(store)
        load(store, edges(VIEWED, [("x", "u1", "p1", 7, 1.0), ("y", "u1", "p1", 7, 1.0)]))
        assert rows_of(store.snapshot(), VIEWED).count(("u1", "p1", 7, 1.0)) == 2

    def test_an_event_id_belongs_to_its_edge_type(self, store: GraphStore) -> None:
        market(store)
        assert load(store, edges(FOLLOWS, [("e1", "u1", "u2", None, None)])).created == 1

    def test_unknown_ends_are_refused(self, store: GraphStore) -> None:
        market(store)
        rows = [
            ("e7", "u1", "nope", 1, 1.0),
            ("e8", "who", "p0", 1, 1.0),
            ("e9", "who", "nope", 1, 1.0),
            ("e10", "u1", "p0", 1, 1.0),
        ]
        report = load(store, edges(VIEWED, rows))
        assert report.created == 1
        assert report.refused == (
            Refusal(1, "unknown_target", "nope"),
            Refusal(2, "unknown_source", "who"),
            Refusal(3, "unknown_source", "who"),
        )
        assert store.snapshot().count("Product") == 2

    def test_nodes_can_be_made_from_edges(self, store: GraphStore) -> None:
        market(store)
        rows = [("f1", "u1", "new", None, None), ("f2", "new", "newer", None, None), ("f3", "new", "u1", None, None)]
        report = load(store, edges(FOLLOWS, rows, create=("source", "target")))
        assert (report.created, report.implied) == (3, 2)
        graph = store.snapshot()
        assert graph.ids("Person").texts.to_list() == ["new", "newer", "u1", "u2"]
        assert graph.role("User").tolist() == [False, False, True, True]
        assert load(store, nodes("Person", [{"id": "newer", "name": "n"}], roles=("KOL",))).updated == 1

    def test_a_known_batch_is_not_loaded_again(self, store: GraphStore) -> None:
        market(store)
        before = store.snapshot().fingerprint
        report = load(store, nodes("Product", [{"id": "p1", "price": 9.5}, {"id": "p0"}]))
        assert (report.known_batch, report.unchanged, report.created) == (True, 2, 0)
        assert (store.snapshot().fingerprint, store.status().batches) == (before, 3)

    def test_a_waiting_event_is_taken_once_its_node_is_there(self, store: GraphStore) -> None:
        market(store)
        batch = edges(VIEWED, [("e7", "u1", "late", 1, 1.0), ("e8", "u1", "p0", 2, 1.0)])
        assert len(load(store, batch).refused) == 1
        again = load(store, batch)
        assert (again.created, again.unchanged, len(again.refused)) == (0, 1, 1)
        load(store, nodes("Product", [{"id": "late"}]))
        done = load(store, batch)
        assert (done.created, done.unchanged, done.refused) == (1, 1, ())
        assert load(store, batch).known_batch

    def test_nothing_is_kept_of_a_load_that_is_not_committed(self, store: GraphStore) -> None:
        market(store)
        before = store.snapshot().fingerprint
        batch = edges(VIEWED, [("e7", "x", "y", 1, 1.0), ("e8", "u1", "p1", 2, 1.0)], create=("source",))
        people = nodes("Person", [{"id": "u1", "name": "changed"}, {"id": "new"}])
        with store.loading(at=0) as loading:
            assert loading.load(people).updated == 1
            assert loading.load(batch).created == 1
        assert (store.snapshot().fingerprint, store.status().batches) == (before, 3)
        assert load(store, batch).created == 1

    def test_a_load_is_committed_as_a_whole_and_known_by_its_id(self, store: GraphStore) -> None:
        with store.loading(at=5) as loading:
            loading.load(nodes("Person", [{"id": "a"}]))
            loading.load(nodes("Product", [{"id": "p"}]))
            loading.load(edges(VIEWED, [("e", "a", "p", 1, 1.0)]))
            loading.count(FileCount("f.csv", "Person", read=3, created=3))
            assert loading.commit()
        assert rows_of(store.snapshot(), VIEWED) == [("a", "p", 1, 1.0)]
        assert dict(store.earlier_reads()) == {"f.csv": 3}
        with store.loading(at=6) as again:
            assert again.committed(loading.id)
            assert not again.committed(again.id)
            again.load(nodes("Person", [{"id": "a"}]))
            again.count(FileCount("f.csv", "Person", read=3, unchanged=3))
            assert not again.commit()
        assert dict(store.earlier_reads()) == {"f.csv": 3}

    def test_the_last_loaded_version_of_a_file_wins(self, store: GraphStore) -> None:
        first, second = (nodes("Person", [{"id": "a", "name": name}], batch=name) for name in ("x", "y"))
        for batch, report in ((first, (1, 0, 0)), (second, (0, 1, 0)), (second, (0, 0, 1)), (first, (0, 1, 0))):
            done = load(store, batch)
            assert (done.created, done.updated, done.unchanged) == report
        assert store.snapshot().attributes("Person")["name"].tolist() == ["x"]

    def test_another_file_is_not_overridden_by_what_was_loaded_before(self, store: GraphStore) -> None:
        first = nodes("Person", [{"id": "a", "name": "x"}])
        other = replace(nodes("Person", [{"id": "a", "name": "y"}]), file="other.csv")
        for batch in (first, other, first, other):
            load(store, batch)
        assert load(store, first).known_batch
        assert store.snapshot().attributes("Person")["name"].tolist() == ["y"]

    def test_a_conflict_that_stands_twice_is_refused_twice_each_time(self, store: GraphStore) -> None:
        market(store)
        rows = [("e5", "u1", "p0", 1, 1.0), ("e5", "u1", "p0", 1, 2.0), ("e5", "u1", "p0", 1, 2.0)]
        batch = edges(VIEWED, rows)
        first, second = load(store, batch), load(store, batch)
        assert (first.created, first.duplicate, len(first.refused)) == (1, 0, 2)
        assert (second.created, second.unchanged, second.duplicate) == (0, 1, 0)
        assert second.refused == first.refused

    def test_text_columns_and_kinds(self, store: GraphStore) -> None:
        market(store)
        rows = [("i1", "u1", "u2", 1, 1.0), ("i2", "u1", "u2", 1, 1.0), ("i3", "u1", "u2", 1, 1.0)]
        load(store, edges(INTERACTED, rows, kind=["share", None, "comment"]))
        kind = store.snapshot().edges(INTERACTED).columns["kind"]
        assert [kind.values[c] if c >= 0 else None for c in kind.codes] == [None, "comment", "share"]  # type: ignore[union-attr]

    def test_awkward_text_survives(self, store: GraphStore) -> None:
        texts = ["  padded  ", "line\nbreak", "tab\t", 'quote"', "\\", "''", "车\U0001f600", "null", "NaN"]
        load(store, nodes("Person", [{"id": f"i{n}", "name": t} for n, t in enumerate(texts)]))
        assert store.snapshot().attributes("Person")["name"].tolist() == texts

    def test_until_and_types(self, store: GraphStore) -> None:
        market(store)
        load(store, edges(FOLLOWS, [("f1", "u1", "u2", None, None)]))
        cut = store.snapshot(until=20)
        assert [row[2] for row in rows_of(cut, VIEWED)] == [None, 10]
        assert cut.fingerprint == store.snapshot().until(20).fingerprint
        assert list(store.snapshot(types=[str(FOLLOWS)]).edge_sets) == [FOLLOWS]

    def test_results_never_enter_a_snapshot(self, store: GraphStore) -> None:
        market(store)
        before = store.snapshot().fingerprint
        table = ResultTable("segments", ("person", "segment"), [("u1", "S1"), ("u2", "S2")])
        store.write_back([table], "r1")
        store.write_back([table], "r1")
        assert store.snapshot().fingerprint == before
        store.forget("r1")
        store.forget("r1")
        assert store.snapshot().fingerprint == before

    def test_a_wiped_store_begins_anew(self, store: GraphStore, usual: str) -> None:
        with store.loading(at=0) as loading:
            loading.settle_zone("Europe/Berlin")
            loading.load(nodes("Person", [{"id": "u1"}]))
            loading.commit()
        store.write_back([ResultTable("scores", ("person", "score"), [("u1", 0.5)])], "r1")
        store.wipe()
        store.wipe()
        store.ensure_schema()
        assert (store.status().batches, store.zone()) == (0, "")
        market(store)
        assert (store.zone(), store.snapshot().zone) == ("UTC", "UTC")
        assert store.snapshot().fingerprint == usual

    def test_the_origin_tells_the_loads(self, store: GraphStore) -> None:
        market(store)
        first = store.origin()
        assert (len(first.store), first.load) == (32, 3)
        load(store, nodes("Product", [{"id": "p0"}], batch="nothing new, but another batch"))
        assert (store.origin().store, store.origin().load) == (first.store, 4)

    def test_values_of_every_type(self, store: GraphStore, tmp_path: Path) -> None:
        store = with_types(store, tmp_path)
        market(store)
        shops = [
            {
                "id": "a",
                "rent": 0.1,
                "tags": '["x","y,z"]',
                "open": True,
                "size": 2**53 + 1,
                "since": 0,
                "share": 1 / 3,
                "opened": dt.date(2024, 1, 31),
            },
            {
                "id": "b",
                "rent": -12345678901.23,
                "tags": "[]",
                "open": False,
                "size": -(2**62),
                "since": -5_000_000_000,
                "opened": dt.date(1969, 7, 20),
            },
            {"id": "c", "name": "", "share": 5e-324},
        ]
        load(store, nodes("Shop", shops))
        more = {"reasons": ['["r"]', "[]", None]}
        load(store, edges(VISITED, [(f"v{i}", "u1", s, i, 1.5) for i, s in enumerate("abc")], **more))
        graph = store.snapshot()
        frame = graph.attributes("Shop").set_index("id")
        assert frame["rent"].tolist()[:2] == [0.1, -12345678901.23]
        assert frame["tags"].tolist()[:2] == ['["x","y,z"]', "[]"]
        assert frame["open"].tolist()[:2] == [True, False]
        assert frame["size"].tolist()[:2] == [2**53 + 1, -(2**62)]
        assert frame["since"].tolist()[:2] == [0, -5_000_000_000]
        assert frame["share"].tolist()[::2] == [1 / 3, 5e-324]
        assert frame["opened"].tolist()[:2] == [dt.date(2024, 1, 31), dt.date(1969, 7, 20)]
        assert graph.nodes["Shop"].columns["opened"].dtype == DAYS  # type: ignore[union-attr]
        assert frame.loc["c"].isna().sum() == 6
        reasons = graph.edges(VISITED).columns["reasons"]
        assert [reasons.values[c] if c >= 0 else None for c in reasons.codes] == ['["r"]', "[]", None]  # type: ignore[union-attr]
        again = load(store, nodes("Shop", shops, batch="again"))
        assert (again.created, again.updated, again.unchanged) == (0, 0, 3)

    def test_dates_of_events_sort_missing_ones_first(self, store: GraphStore, tmp_path: Path) -> None:
        store = with_types(store, tmp_path)
        market(store)
        load(store, nodes("Shop", [{"id": "a"}]))
        days = [dt.date(2024, 2, 29), None, dt.date(1969, 12, 31), dt.date(1970, 1, 1)]
        batch = edges(VISITED, [(f"v{i}", "u1", "a", 5, 1.0) for i in range(4)])
        load(store, replace(batch, table=batch.table.append_column("on", pa.array(days, pa.date32()))))
        found = store.snapshot().edges(VISITED).columns["on"]
        assert found.astype(object).tolist() == [None, days[2], days[3], days[0]]  # type: ignore[union-attr]

    def test_the_first_load_settles_the_zone(self, store: GraphStore) -> None:
        assert store.zone() == ""
        for number, (wanted, settled) in enumerate([("Europe/Berlin", "Europe/Berlin"), ("UTC", "Europe/Berlin")]):
            with store.loading(at=0) as loading:
                assert loading.settle_zone(wanted) == settled
                loading.load(nodes("Person", [{"id": f"u{number}"}]))
                loading.commit()
            assert store.zone() == "Europe/Berlin"
        graph = store.snapshot(until=5)
        assert graph.zone == "Europe/Berlin"
        assert graph.fingerprint != replace(graph, zone="UTC").fingerprint

    def test_money_is_exact(self, store: GraphStore, tmp_path: Path) -> None:
        store = with_types(store, tmp_path)
        cents = [0, 1, -1, 10, 29, 57, 115, 10**15 - 1, -(10**15) + 1, 4503599627370497]
        amounts = [pa.scalar(f"{c / 100:.2f}").cast(pa.decimal128(18, 2)).as_py() for c in cents if abs(c) < 10**15]
        table = pa.table(
            {
                "row": np.arange(len(amounts)),
                "id": pa.array([f"s{i:02d}" for i in range(len(amounts))], pa.large_string()),
                "rent": pa.array(amounts, pa.decimal128(18, 2)),
            }
        )
        assert load(store, Batch("m", "m.csv", 0, "Shop", table)).created == len(amounts)
        assert [round(a * 100) for a in store.snapshot().attributes("Shop")["rent"]] == [int(a * 100) for a in amounts]
        assert load(store, Batch("n", "n.csv", 0, "Shop", table)).unchanged == len(amounts)

    def test_awkward_ids_survive(self, store: GraphStore) -> None:
        ids = [
            " ",
            "a\nb",
            "`",
            "'",
            '"',
            "\\",
            "\\u0041",
            "$id",
            "{}",
            "车\U0001f600",
            "e\u0301",
            "é",
            "\x00",
            "x" * 3000,
        ]
        load(store, nodes("Person", [{"id": i} for i in ids]))
        load(store, edges(FOLLOWS, [(f"e {i}", i, ids[0], n, None) for n, i in enumerate(ids)]))
        graph = store.snapshot()
        assert graph.ids("Person").texts.to_list() == sorted(ids, key=lambda i: i.encode())
        assert sorted(row[0] for row in rows_of(graph, FOLLOWS)) == sorted(ids)
        report = load(store, edges(FOLLOWS, [(f"e {i}", i, ids[0], n, None) for n, i in enumerate(ids)], batch="2"))
        assert report.unchanged == len(ids)

    def test_one_node_with_many_parallel_events(self, store: GraphStore) -> None:
        market(store)
        rows = [(f"h{i}", "u1", "p0", 100 + i % 7, float(i % 3)) for i in range(3_000)]
        assert load(store, edges(VIEWED, rows)).created == 3_000
        found = store.snapshot().edges(VIEWED)
        assert (len(found), np.unique(found.time[found.time >= 100]).tolist()) == (3_003, list(range(100, 107)))  # type: ignore[index]
        assert load(store, edges(VIEWED, rows[::-1], batch="again")).unchanged == 3_000

    def test_too_many_bad_records_change_nothing(self, store: GraphStore, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "data")
        market(store)
        before = store.snapshot().fingerprint
        with pytest.raises(DataError, match=r"2 of 4 records would be refused, more than 10%"):
            load_files(store, folder, Limits(bad=0.1))
        assert (store.snapshot().fingerprint, store.origin().load) == (before, 3)
        assert [c.quarantined for c in load_files(store, folder, Limits(bad=0.5))] == [0, 2]

    def test_a_load_that_is_only_tried_changes_nothing(self, store: GraphStore, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "data")
        market(store)
        before = store.snapshot().fingerprint
        tried = load_files(store, folder, Limits(commit=False))
        assert (store.snapshot().fingerprint, store.origin().load) == (before, 3)
        assert not (folder / "quarantine").exists() or not Quarantine(folder / "quarantine").groups()
        assert [(c.created, c.updated) for c in load_files(store, folder)] == [(c.created, c.updated) for c in tried]

    def test_files_are_loaded_again_and_what_waits_is_replayed(self, store: GraphStore, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "data")
        first = load_files(store, folder)
        assert [(c.read, c.created, c.quarantined, c.implied) for c in first] == [(2, 2, 0, 0), (4, 2, 2, 1)]
        loads = store.origin().load
        again = load_files(store, folder)
        assert [(c.unchanged, c.created, c.quarantined) for c in again] == [(2, 0, 0), (2, 0, 2)]
        assert store.origin().load == loads
        load(store, nodes("Person", [{"id": "late"}]))
        mapping = read_mapping(folder / "mapping.toml", MARKET)
        done = replay(mapping, MARKET, store, quarantine=Quarantine(folder / "quarantine"), as_of=LATE)
        assert [(d.count.read, d.count.created, d.count.quarantined) for d in done] == [(2, 1, 1)]
        assert ("late", "p1", 1767398400, None) in rows_of(store.snapshot(), VIEWED)

    def test_results_are_replaced_and_forgotten_one_by_one(self, store: GraphStore) -> None:
        market(store)
        seeds = ResultTable("seeds", ("person", "rank", "cost"), [("u1", 1, 9.5), ("u2", 2, None)])
        offers = ("person", "item_type", "item_id", "rank", "reason")
        items = ResultTable(
            "recommendations", offers, [("u1", "product", "p0", 1, "很好"), ("u2", "product", "p1", 1, None)]
        )
        scores = ResultTable("scores", ("person", "score"), [("u1", 0.5)])
        store.write_back([seeds, scores], "r1")
        store.write_back([items], "r2")
        store.write_back([seeds], "r1")
        load(store, nodes("Product", [{"id": "p9"}]))
        before = store.snapshot()
        store.forget("r1")
        store.forget("none")
        store.forget("r2")
        assert store.snapshot().fingerprint == before.fingerprint
        assert before.ids("Product").texts.to_list() == ["p0", "p1", "p9"]
