from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import PrerequisiteError, StoreError
from graph.schema import MARKET, EdgeKey, Schema, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.export.admin_import import export_for_import
from graph.store.neo4j.store import Neo4jStore
from tests.contract.store import VIEWED, edges, load, market, nodes
from tests.servers.server import Server

pytestmark = pytest.mark.proof(one_in=3)

OWN = """
[nodes.Shop]
columns.name = "text"
columns.rent = "money"
columns.tags = "list"
columns.open = "boolean"
columns.size = "integer"
columns.since = "time"
columns.opened = "date"

[[edges]]
relation = "VISITED"
source = "Person"
target = "Shop"
columns = { reasons = "list", spent = "money" }
"""
VISITED = EdgeKey("Person", "VISITED", "Shop")


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    file = tmp_path / "schema.toml"
    file.write_text(OWN, "utf-8")
    return extend_schema(MARKET, file)


@pytest.fixture
def embedded(tmp_path: Path, schema: Schema) -> EmbeddedStore:
    """Every type of column, awkward texts, roles, an undated and a parallel event, a refused record, empty lists."""
    store = EmbeddedStore(tmp_path / "market.duckdb", schema, threads=1)
    with store.loading(at=0) as loading:
        loading.settle_zone("Europe/Berlin")
        loading.load(nodes("Person", [{"id": "first"}]))
        loading.commit()
    market(store)
    texts = ["  padded  ", "line\nbreak", "tab\t", 'quote"', "\\", "''", "车\U0001f600", "null", "", ",;", "a\x1fb"]
    load(store, nodes("Person", [{"id": f"i{n}", "name": t} for n, t in enumerate(texts)], roles=("KOL",)))
    load(store, nodes("Person", [{"id": "i1"}, {"id": 'id, with\n"everything"'}], roles=("User",)))
    shops = [
        {
            "id": "s1",
            "rent": 1234.56,
            "tags": '["a,b","c\\nd"]',
            "open": True,
            "size": 2**53 + 1,
            "since": 0,
            "opened": dt.date(1969, 12, 31),
        },
        {"id": "s2", "rent": 0.1, "tags": "[]", "open": False, "size": -3, "since": -62135596800},
        {"id": "s3", "rent": None, "tags": None, "open": None, "size": None, "since": None},
    ]
    load(store, nodes("Shop", shops))
    rows = [("v1", "u1", "s1", 5, None), ("v2", "u1", "s1", 5, None), ("v3", "u2", "s2", None, 1.5)]
    load(store, edges(VISITED, rows, reasons=['["x"]', "[]", None]))
    assert load(store, edges(VIEWED, [("w1", "u1", "late", 7, 1.0), ("w2", "u1", "p0", 8, -0.0)])).refused
    return store


@pytest.mark.proof
def test_an_import_is_taken_for_our_own(
    embedded: EmbeddedStore, tmp_path: Path, make_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = export_for_import(embedded, tmp_path / "import")
    assert (written.rows["Person"], written.rows["Shop"], written.rows[str(VISITED)]) == (15, 3, 2)
    server = make_server()
    server.stop()
    monkeypatch.chdir(written.folder)
    done = server.admin(*shlex.split(written.command)[1:], "--overwrite-destination")
    assert done.returncode == 0, done.stderr
    server.start()
    store = Neo4jStore(server.access, embedded.schema)
    with pytest.raises(StoreError, match="interrupted") as error:
        store.snapshot()
    assert "graphvine data load" in error.value.hint
    again = edges(VIEWED, [("w1", "u1", "late", 7, 1.0), ("w2", "u1", "p0", 8, -0.0)])
    report = load(store, again)
    assert (report.created, report.unchanged, len(report.refused)) == (0, 1, 1)
    assert store.snapshot().fingerprint == embedded.snapshot().fingerprint
    assert store.origin() == embedded.origin()
    assert store.status().nodes == {n: c for n, c in embedded.status().nodes.items() if c}
    for target in (store, embedded):
        load(target, nodes("Product", [{"id": "late"}]))
        assert load(target, again).created == 1
    assert store.snapshot().fingerprint == embedded.snapshot().fingerprint


def test_the_same_store_gives_the_same_bytes(embedded: EmbeddedStore, tmp_path: Path) -> None:
    folders = [export_for_import(embedded, tmp_path / name).folder for name in ("a", "b")]
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert first == second


def test_an_empty_store_and_a_full_folder_are_refused(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)
    store.ensure_schema()
    with pytest.raises(PrerequisiteError, match="nothing was loaded"):
        export_for_import(store, tmp_path / "import")
    with pytest.raises(StoreError, match="not empty"):
        export_for_import(store, tmp_path)


def test_a_time_that_the_tool_cannot_read_is_refused(tmp_path: Path, schema: Schema) -> None:
    store = EmbeddedStore(tmp_path / "market.duckdb", schema, threads=1)
    load(store, nodes("Shop", [{"id": "a", "since": 253402300800}]))
    with pytest.raises(StoreError, match=r"Shop\.since holds 253402300800 s"):
        export_for_import(store, tmp_path / "import")


def test_the_separator_is_in_no_list(tmp_path: Path, schema: Schema) -> None:
    store = EmbeddedStore(tmp_path / "market.duckdb", schema, threads=1)
    load(store, nodes("Shop", [{"id": "s", "tags": '["a\\u001fb\\u001Ec"]'}]))
    folder = export_for_import(store, tmp_path / "import").folder
    assert "--array-delimiter=U+001D\n" in (folder / "import.args").read_text()
