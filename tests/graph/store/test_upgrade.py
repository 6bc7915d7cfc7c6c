from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from graph.batch import Batch
from graph.columns import MISSING_INTEGER
from graph.errors import StoreError
from graph.hetero import HeteroGraph
from graph.ingest.event_ids import EventIds
from graph.schema import MARKET, EdgeKey
from graph.snapshot_io import fingerprint_of, header_and_arrays
from graph.store.embedded.store import EmbeddedStore
from graph.store.embedded.tables import FORMAT
from graph.store.embedded.upgrade import upgrade

DATA = Path(__file__).parent / "data"
TRUTH = json.loads((DATA / "format1.json").read_text("utf-8"))


def signups() -> dict[str, int]:
    """Id of a person to the second of signing up, as the fixture has them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "market.duckdb"
        path.write_bytes(gzip.decompress((DATA / "format1.duckdb.gz").read_bytes()))
        return dict(rows(path, 'SELECT id, signup FROM "node_Person" WHERE signup IS NOT NULL'))  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "market.duckdb"
    path.write_bytes(gzip.decompress((DATA / "format1.duckdb.gz").read_bytes()))
    return path


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


SIGNUPS = signups()


@pytest.mark.parametrize(("zone", "day"), [("", 14), ("UTC", 14), ("Asia/Shanghai", 15), ("America/New_York", 14)])
def test_signups_become_days_of_the_zone(file: Path, zone: str, day: int) -> None:
    store = EmbeddedStore(file, MARKET, zone=zone)
    people = store.snapshot().nodes["Person"]
    found = people.columns["signup"].astype(object).tolist()  # type: ignore[union-attr]
    assert dict.fromkeys(found) == {dt.date(2023, 11, day): None, None: None}
    assert [d is not None for d in found] == [i in SIGNUPS for i in people.ids.texts.to_list()]
    assert store.zone() == zone
    # Nobody knew the zone: the next load says it, and puts the dates right.
    if not zone:
        with store.loading(at=1) as loading:
            assert loading.settle_zone("Asia/Shanghai") == "Asia/Shanghai"


def former(graph: HeteroGraph) -> str:
    """The fingerprint that the release of format 1 would give: signups were moments, and a graph had no zone."""
    header, arrays = header_and_arrays(graph.nodes, graph.edge_sets, graph.cut_off, graph.zone)
    days = arrays["node.Person.col.signup"].astype("datetime64[s]").astype(np.int64)
    # The day of the n-th moment is known, and the moments themselves are a second apart.
    known = np.asarray([SIGNUPS.get(i, MISSING_INTEGER) for i in graph.ids("Person").texts.to_list()])
    assert [d // 86_400 for d in days.tolist()] == [k // 86_400 for k in known.tolist()]
    header["format"], header["nodes"]["Person"]["columns"]["signup"] = 1, "int64"
    del header["zone"]
    return fingerprint_of(header, {**arrays, "node.Person.col.signup": known})


def test_a_store_of_the_previous_release_keeps_its_graph(file: Path) -> None:
    graph = EmbeddedStore(file, MARKET).snapshot()
    assert {name: len(nodes) for name, nodes in graph.nodes.items()} == TRUTH["nodes"]
    assert {str(key): len(edges) for key, edges in graph.edge_sets.items()} == TRUTH["edges"]
    assert former(graph) == TRUTH["fingerprint"]
    assert rows(file, "SELECT value FROM meta WHERE key = 'format'") == [(str(FORMAT),)]


def test_an_upgraded_store_has_the_tables_of_a_new_one(file: Path, tmp_path: Path) -> None:
    EmbeddedStore(file, MARKET).ensure_schema()
    EmbeddedStore(tmp_path / "new.duckdb", MARKET).ensure_schema()
    query = "SELECT table_name, column_name, data_type, column_default FROM duckdb_columns() ORDER BY ALL"
    assert rows(file, query) == rows(tmp_path / "new.duckdb", query)
    keys = (
        "SELECT table_name, constraint_text FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' ORDER BY 1"
    )
    assert rows(file, keys) == rows(tmp_path / "new.duckdb", keys)


def test_ledger_results_and_nodes_are_kept(file: Path) -> None:
    ledger = (
        "SELECT batch, file, type, created, updated, unchanged, duplicate FROM ledger WHERE len(refused) = 0 ORDER BY 1"
    )
    results, people = (
        "SELECT * FROM result ORDER BY ALL",
        'SELECT * EXCLUDE (_load, signup) FROM "node_Person" ORDER BY n',
    )
    old_ledger = ledger.replace("len(refused)", "refused")
    before = [rows(file, old_ledger), rows(file, results), rows(file, people.replace("_load, ", ""))]
    EmbeddedStore(file, MARKET).ping()
    assert [rows(file, ledger), rows(file, results), rows(file, people)] == before
    assert len(before[0]) == 7
    assert rows(file, "SELECT DISTINCT load FROM ledger") == [(0,)]
    assert rows(file, 'SELECT DISTINCT _load FROM "edge_Person-VIEWED-Product"') == [(0,)]
    assert rows(file, "SELECT count(*) FROM loads") == [(0,)]


def test_a_batch_with_refused_records_is_looked_at_again(file: Path) -> None:
    query = "SELECT batch FROM ledger ORDER BY 1"
    assert ("b1",) in rows(file, query)
    EmbeddedStore(file, MARKET).ping()
    assert ("b1",) not in rows(file, query)


def test_each_upgraded_store_gets_a_name_once(file: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    store.ping()
    name = rows(file, "SELECT value FROM meta WHERE key = 'store'")
    assert len(str(name[0][0])) == 32
    store.ping()
    assert rows(file, "SELECT value FROM meta WHERE key = 'store'") == name


def test_derived_ids_become_their_numbers_and_given_ids_stay(file: Path) -> None:
    view = '"edge_Person-VIEWED-Product"'
    derived = rows(file, f"SELECT event_id FROM {view} ORDER BY 1")
    given = rows(file, 'SELECT event FROM "edge_Person-BOUGHT-Product" ORDER BY 1')
    EmbeddedStore(file, MARKET).ping()
    assert rows(file, f"SELECT lpad(lower(hex(event)), 32, '0') FROM {view} ORDER BY 1") == derived
    assert rows(file, 'SELECT event FROM "edge_Person-BOUGHT-Product" ORDER BY 1') == given
    assert len(given) == 40


def test_a_current_format_is_left_alone_and_a_later_one_refused(file: Path) -> None:
    EmbeddedStore(file, MARKET).ping()
    before = file.read_bytes()
    with duckdb.connect(str(file)) as connection:
        upgrade(connection, FORMAT, MARKET)
        for unknown in (FORMAT + 1, 0):
            with pytest.raises(StoreError, match=f"has format {unknown}, this graphvine knows formats up to {FORMAT}"):
                upgrade(connection, unknown, MARKET)
    assert file.read_bytes() == before


def test_a_failed_upgrade_is_taken_back(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("ALTER TABLE ledger ADD COLUMN surprise BIGINT")
        with pytest.raises(duckdb.Error):
            upgrade(connection, 1, MARKET)
    assert rows(file, "SELECT value FROM meta WHERE key = 'format'") == [("1",)]
    assert "_load" not in [name for name, *_ in rows(file, 'DESCRIBE "edge_Person-VIEWED-Product"')]


KILLED = """
    import os, signal, sys
    import duckdb
    from graph.schema import MARKET
    from graph.store.embedded.upgrade import upgrade

    class Fragile:
        left = int(sys.argv[2])
        def __init__(self, connection):
            self.connection = connection
        def execute(self, *given):
            Fragile.left -= 1
            if Fragile.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return self.connection.execute(*given)

    upgrade(Fragile(duckdb.connect(sys.argv[1])), 1, MARKET)
    print("whole")
"""


def killed_at(file: Path, statement: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(file), str(statement)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.proof(one_in=3)
@pytest.mark.parametrize("statement", [2, 5, 9, 14, 20, 26])
def test_a_kill_leaves_the_old_store_or_the_new_one(file: Path, statement: int) -> None:
    done = killed_at(file, statement)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert rows(file, "SELECT value FROM meta WHERE key = 'format'") == [("1",)]
    assert rows(file, 'SELECT count(*) FROM "edge_Person-VIEWED-Product" WHERE length(event_id) = 32') == [(210,)]
    assert former(EmbeddedStore(file, MARKET).snapshot()) == TRUTH["fingerprint"]


def test_a_kill_after_the_commit_leaves_the_new_store(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(file.read_bytes())
    statements: list[str] = []
    with duckdb.connect(str(copy)) as connection:
        upgrade(Recorder(connection, statements), 1, MARKET)  # type: ignore[arg-type]
    assert statements[-2:] == ["COMMIT", "CHECKPOINT"]
    done = killed_at(file, len(statements))
    assert done.returncode == -signal.SIGKILL
    assert rows(file, "SELECT value FROM meta WHERE key = 'format'") == [(str(FORMAT),)]
    assert former(EmbeddedStore(file, MARKET).snapshot()) == TRUTH["fingerprint"]


class Recorder:
    """A connection that notes its statements."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
        self.connection, self.statements = connection, statements

    def execute(self, statement: str, *given: object) -> duckdb.DuckDBPyConnection:
        self.statements.append(statement)
        return self.connection.execute(statement, *given)


def events_of(file: Path, key: EdgeKey) -> pa.Table:
    """The events of a type as a file gave them, out of a store of format 1, in the order in which they were loaded."""
    text = pa.large_string()
    found = rows(
        file,
        "SELECT row_number() OVER (), s.id, d.id, e.time, e.weight, e.event_id"
        f' FROM "edge_{key}" e JOIN "node_{key.source}" s ON s.n = e.src JOIN "node_{key.target}" d ON d.n = e.dst',
    )
    names = ("row", "src", "dst", "time", "weight", "event")
    types = (pa.int64(), text, text, pa.int64(), pa.float64(), text)
    return pa.table({n: pa.array(c, t) for n, t, c in zip(names, types, zip(*found, strict=True), strict=True)})


@pytest.mark.parametrize("derived", [False, True])
def test_events_are_found_again_after_the_upgrade(file: Path, derived: bool) -> None:
    key = EdgeKey("Person", "VIEWED" if derived else "BOUGHT", "Product")
    table = events_of(file, key)
    if derived:
        table = EventIds(keep=True).add(table.drop_columns(["event", "weight"]), key)
    store = EmbeddedStore(file, MARKET)
    with store.loading(at=1) as loading:
        report = loading.load(Batch("again", "again.csv", 0, key, table))
    assert (report.created, report.unchanged, report.refused) == (0, TRUTH["edges"][str(key)], ())
    assert former(store.snapshot()) == TRUTH["fingerprint"]
