"""Money, lists and accepted values on their way from a file through the store to a snapshot and to Cypher."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from graph.hetero import HeteroGraph
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, Column, EdgeKey, Schema, extend_schema
from graph.store.embedded.index.fill_index import _series
from graph.store.embedded.reading import numeric
from graph.store.embedded.store import EmbeddedStore
from graph.text import TextArray

SCHEMA = """
[nodes.Shop]
columns = { rent = "money", tags = "list", size = { type = "text", values = ["S", "M"] } }
[[edges]]
relation = "SPENT"
source = "Person"
target = "Shop"
weight = "amount"
currency = "CNY"
columns = { fee = "money", notes = "list" }
"""
MAPPING = """
time_zone = "Asia/Shanghai"
[[files]]
path = "shops.csv"
node = "Shop"
id = "id"
columns = { rent = "rent", tags = "tags", size = "size" }
[[files]]
path = "spent.csv"
edge = "Person-SPENT-Shop"
source = "user"
target = "shop"
weight = "paid"
create = ["source"]
columns = { fee = "fee", notes = "notes" }
"""
FILES = {
    "schema.toml": SCHEMA,
    "mapping.toml": MAPPING,
    "shops.csv": "id,rent,tags,size\ns1,¥1200.10,运动|科技,S\ns2,,,M\ns3,7.005,x,S\ns4,-0.07,[],\ns5,1,x,XL\n",
    "spent.csv": "user,shop,paid,fee,notes\nu1,s1,9.90,0.10,x;y\nu2,s2,3元,,\nu2,s2,$3,,\n",
}
KEY = EdgeKey("Person", "SPENT", "Shop")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Schema, HeteroGraph]:
    folder = tmp_path_factory.mktemp("types")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    schema = extend_schema(MARKET, folder / "schema.toml")
    store = EmbeddedStore(folder / "store.duckdb", schema)
    sources = find_sources(folder, read_mapping(folder / "mapping.toml", schema))
    quarantine = Quarantine(folder / "quarantine")
    first = load_sources(sources, schema, store, quarantine=quarantine, as_of=2**31)
    again = load_sources(sources, schema, store, quarantine=quarantine, as_of=2**31)
    assert [(count.created, count.quarantined) for count in first] == [(3, 2), (2, 1)]
    assert [(count.created, count.updated, count.unchanged) for count in again] == [(0, 0, 3), (0, 0, 2)]
    return folder, schema, store.snapshot()


def test_the_store_keeps_money_to_the_cent(loaded: tuple[Path, Schema, HeteroGraph]) -> None:
    with duckdb.connect(str(loaded[0] / "store.duckdb"), read_only=True) as connection:
        rows = connection.execute('SELECT id, rent, tags, size FROM "node_Shop" ORDER BY id').fetchall()
        total = connection.execute(f'SELECT sum(fee), typeof(any_value(fee)) FROM "edge_{KEY}"').fetchone()
    assert rows == [
        ("s1", Decimal("1200.10"), '["运动","科技"]', "S"),
        ("s2", None, None, "M"),
        ("s4", Decimal("-0.07"), "[]", None),
    ]
    assert total == (Decimal("0.10"), "DECIMAL(18,2)")


def test_a_snapshot_has_the_nearest_float_and_the_text_of_lists(loaded: tuple[Path, Schema, HeteroGraph]) -> None:
    shops, edges = loaded[2].nodes["Shop"], loaded[2].edges(KEY)
    rent, tags = shops.columns["rent"], shops.columns["tags"]
    assert isinstance(tags, TextArray)
    assert tags.to_list() == ['["运动","科技"]', "", "[]"]
    assert np.array_equal(rent, [1200.1, np.nan, -0.07], equal_nan=True)  # type: ignore[arg-type]
    assert np.array_equal(edges.columns["fee"], [0.1, np.nan], equal_nan=True)  # type: ignore[arg-type]
    assert edges.columns["notes"].values.to_list() == ['["x","y"]']  # type: ignore[union-attr]


def test_lists_become_lists_of_their_own_for_cypher(loaded: tuple[Path, Schema, HeteroGraph]) -> None:
    graph, kind = loaded[2], Column("list")
    for column, wanted in (
        (graph.nodes["Shop"].columns["tags"], [["运动", "科技"], None, []]),
        (graph.edges(KEY).columns["notes"], [["x", "y"], None]),
    ):
        series, word = _series(column, kind, "UTC")
        assert (series.tolist(), word) == (wanted, "list")
    assert _series(graph.nodes["Shop"].columns["tags"], Column("text"), "UTC")[1] == "string"


@pytest.mark.parametrize("kind", [pa.decimal128(18, 2), pa.float64()])
def test_money_is_read_from_decimals_and_from_doubles(kind: pa.DataType) -> None:
    column = pa.chunked_array([pa.array([1.1, None, -2.05, 0.07, 9999999999999.99]).cast(kind)])
    found = numeric(column.slice(1), "money")
    assert np.array_equal(found, [np.nan, -2.05, 0.07, 9999999999999.99], equal_nan=True)
    assert numeric(column.slice(0, 0), "money").tolist() == []
