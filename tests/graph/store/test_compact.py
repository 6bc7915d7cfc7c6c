from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path

import duckdb
import numpy as np
import pytest

from graph.errors import PrerequisiteError, StoreError
from graph.schema import MARKET
from graph.store.embedded import compact as module
from graph.store.embedded.compact import Blocks, compact, is_worthwhile, plan
from graph.store.embedded.store import EmbeddedStore
from graph.store.protocol import ResultTable
from tests.contract.store import FOLLOWS, INTERACTED, VIEWED, edges, load, nodes

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with events in disorder, parallel ones, text columns, a result, and rows that were updated."""
    store = EmbeddedStore(tmp_path_factory.mktemp("made") / "made.duckdb", MARKET, threads=2)
    rng = np.random.default_rng(2)
    for name in ("a", "二"):
        load(store, nodes("Person", [{"id": f"u{i}", "name": f"{name}{i}"} for i in rng.permutation(200)]))
    rows = [
        (f"e{i}", f"u{a}", f"p{b}", None if t == 3 else t, None if t == 4 else float(w))
        for i, (a, b, t, w) in enumerate(rng.integers(0, (200, 9, 6, 3), (4000, 4)).tolist())
    ]
    load(store, edges(VIEWED, rows, create=("target",)))
    few = [(f"i{i}", "u1", "u2", 5, 1.0) for i in range(6)]
    load(store, edges(INTERACTED, few, kind=["赞", None, "a", "", "赞", "b"]))
    load(store, edges(FOLLOWS, [(f"f{i}", f"u{i}", f"u{i // 2}", None, None) for i in range(100)]))
    store.write_back([ResultTable("segments", ("person", "segment"), [("u1", "S1")])], "r1")
    return store.file


@pytest.fixture
def store(made: Path, tmp_path: Path) -> EmbeddedStore:
    file = tmp_path / "deep" / "mar'ket.duckdb"
    file.parent.mkdir()
    shutil.copyfile(made, file)
    return EmbeddedStore(file, MARKET, threads=2)


def rows_of(file: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


TABLES = "SELECT table_name, column_name, data_type, column_default FROM duckdb_columns() ORDER BY ALL"
KEYS = "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY ALL"
CONTENT = (
    "SELECT * FROM ledger ORDER BY ALL",
    "SELECT * FROM loads ORDER BY ALL",
    "SELECT * FROM files ORDER BY ALL",
    "SELECT * FROM result ORDER BY ALL",
    "SELECT * FROM meta WHERE key <> 'compacted' ORDER BY ALL",
    'SELECT * FROM "node_Person" ORDER BY n',
    'SELECT * FROM "edge_Person-VIEWED-Product" ORDER BY event',
    'SELECT * FROM "edge_Person-INTERACTED-Person" ORDER BY event',
)


def content(file: Path) -> list[list[tuple[object, ...]]]:
    return [rows_of(file, query) for query in (TABLES, KEYS, *CONTENT)]


def files(store: EmbeddedStore) -> list[str]:
    return sorted(p.name for p in store.file.parent.iterdir())


def test_nothing_is_lost_and_the_file_shrinks(store: EmbeddedStore) -> None:
    for i in range(6):
        load(store, nodes("Person", [{"id": f"u{n}", "name": f"{i} {n}" * 50} for n in range(200)]))
    before, fingerprint = content(store.file), store.snapshot().fingerprint
    size = store.file.stat().st_size
    assert compact(store) == (size, store.file.stat().st_size)
    assert store.file.stat().st_size < size
    assert content(store.file) == before
    assert store.snapshot().fingerprint == fingerprint
    assert files(store) == ["mar'ket.duckdb"]


def test_edges_stand_in_canonical_order(store: EmbeddedStore) -> None:
    compact(store)
    graph = store.snapshot()
    with duckdb.connect(str(store.file), read_only=True) as connection:
        for key in (VIEWED, INTERACTED):
            found = connection.execute(
                f'SELECT s.id, d.id, e.time, e.weight FROM "edge_{key}" e JOIN "node_{key.source}" s ON s.n = e.src'
                f' JOIN "node_{key.target}" d ON d.n = e.dst ORDER BY e.rowid'
            ).fetchall()
            e = graph.edges(key)
            assert [r[0] for r in found] == graph.ids(key.source).ids(e.src)
            assert [r[1] for r in found] == graph.ids(key.target).ids(e.dst)
            assert e.time is not None
            assert [np.iinfo(np.int64).min if r[2] is None else r[2] for r in found] == e.time.tolist()
            assert e.weight is not None
            weights = np.array([np.nan if r[3] is None else r[3] for r in found])
            np.testing.assert_array_equal(weights, e.weight)
        kinds = [k for (k,) in connection.execute('SELECT kind FROM "edge_Person-INTERACTED-Person"').fetchall()]
    assert kinds == [None, "", "a", "b", "赞", "赞"]


def test_loading_goes_on_after_it(store: EmbeddedStore) -> None:
    compact(store)
    assert load(store, edges(VIEWED, [("e0", "u1", "p1", 1, 1.0), ("new", "u1", "p1", 1, 1.0)])).created == 1
    assert load(store, nodes("Person", [{"id": "u1", "name": "x"}, {"id": "new", "name": "y"}])).created == 1
    people = rows_of(store.file, 'SELECT count(*), count(DISTINCT n), max(n) FROM "node_Person"')
    assert people == [(201, 201, 200)]


def test_the_number_of_the_last_load_is_noted(store: EmbeddedStore) -> None:
    compact(store)
    query = "SELECT value FROM meta WHERE key = 'compacted'"
    assert rows_of(store.file, query) == [("5",)]
    load(store, nodes("Person", [{"id": "new"}]))
    compact(store)
    assert rows_of(store.file, query) == [("6",)]


def test_tables_of_a_type_that_left_the_schema_are_kept(store: EmbeddedStore) -> None:
    with duckdb.connect(str(store.file)) as connection:
        connection.execute('CREATE TABLE "edge_Moon-ORBITS-Star" AS SELECT 1 AS src, 2 AS dst, 3 AS load')
        connection.execute("CREATE TABLE \"node_Moon\" AS SELECT 7 AS n, 'm' AS id, 0 AS load")
    compact(store)
    assert rows_of(store.file, 'SELECT * FROM "edge_Moon-ORBITS-Star"') == [(1, 2, 3)]
    assert rows_of(store.file, 'SELECT * FROM "node_Moon"') == [(7, "m", 0)]


def test_its_rights_are_kept(store: EmbeddedStore) -> None:
    store.file.chmod(0o640)
    compact(store)
    assert store.file.stat().st_mode & 0o777 == 0o640


def test_no_store_yet(tmp_path: Path) -> None:
    for call in (compact, plan):
        with pytest.raises(PrerequisiteError, match="no store"):
            call(EmbeddedStore(tmp_path / "none.duckdb", MARKET))  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_first(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(store.file)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 5 << 20))
    assert plan(store).available == 5 << 20
    with pytest.raises(StoreError, match=r"takes up to \d+ MiB of disk while it runs, .* has 5 MiB") as caught:
        compact(store)
    assert "as it was" in caught.value.hint
    assert content(store.file) == before
    assert files(store) == ["mar'ket.duckdb"]


@pytest.mark.proof(one_in=2)
@pytest.mark.parametrize("fault", ["lost row", "changed cell"])
def test_a_difference_keeps_the_old_file(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    before, ordered = content(store.file), module._ordered

    def faulty(connection: duckdb.DuckDBPyConnection, table: str, tables: list[str]) -> str:
        query = ordered(connection, table, tables)
        if table != "edge_Person-VIEWED-Product":
            return query
        return (
            f"{query} LIMIT 3999"
            if fault == "lost row"
            else f"SELECT * REPLACE (least(weight, 1) AS weight) FROM ({query})"
        )

    monkeypatch.setattr(module, "_ordered", faulty)
    with pytest.raises(StoreError, match="does not hold the same rows of edge_Person-VIEWED-Product"):
        compact(store)
    assert content(store.file) == before
    assert files(store) == ["mar'ket.duckdb"]


@pytest.mark.parametrize(
    ("blocks", "loads", "wanted"),
    [
        (Blocks(1 << 18, 100, 31), 0, True),
        (Blocks(1 << 18, 100, 30), 0, False),
        (Blocks(1 << 18, 100, 0), 30, True),
        (Blocks(1 << 18, 100, 0), 29, False),
        (Blocks(1 << 18, 63, 60), 100, False),
        (Blocks(0, 0, 0), 0, False),
    ],
)
def test_when_it_is_worthwhile(blocks: Blocks, loads: int, wanted: bool) -> None:
    assert is_worthwhile(blocks, loads) is wanted


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.PIPE, text=True, env=environment
    )


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from graph.schema import MARKET
    from graph.store.embedded import compact as module
    from graph.store.embedded.store import EmbeddedStore

    where = sys.argv[2]
    def kill(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    if where == "before the rename":
        os.replace = kill
    elif where == "after the rename":
        replace = os.replace
        os.replace = lambda a, b: (replace(a, b), kill())
    else:
        setattr(module, where, kill)
    module.compact(EmbeddedStore(Path(sys.argv[1]), MARKET))
"""


@pytest.mark.proof(one_in=5)
@pytest.mark.parametrize("where", ["_rank_nodes", "_digest", "_replace", "before the rename", "after the rename"])
def test_a_kill_leaves_the_old_store_or_the_new_one(store: EmbeddedStore, where: str) -> None:
    before, fingerprint = content(store.file), store.snapshot().fingerprint
    with python(KILLED, store.file, where) as process:
        told, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, told
    assert content(store.file) == before
    assert bool(rows_of(store.file, "SELECT 1 FROM meta WHERE key = 'compacted'")) == (where == "after the rename")
    compact(store)
    assert files(store) == ["mar'ket.duckdb"]
    assert store.snapshot().fingerprint == fingerprint


SHORT = """
    import resource, signal, sys
    from pathlib import Path
    from graph.errors import StoreError
    from graph.schema import MARKET
    from graph.store.embedded.compact import compact
    from graph.store.embedded.store import EmbeddedStore
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        compact(EmbeddedStore(Path(sys.argv[1]), MARKET))
    except StoreError as error:
        print("told:", error.hint)
"""


@pytest.mark.proof(one_in=3)
@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are of POSIX")
@pytest.mark.parametrize("limit", [4096, 300_000, 900_000])
def test_a_disk_that_gets_full_on_the_way_leaves_the_old_store(store: EmbeddedStore, limit: int) -> None:
    before = content(store.file)
    with python(SHORT, store.file, limit) as process:
        told, _ = process.communicate()
    assert process.returncode == 0, told
    assert "told: " in told
    assert content(store.file) == before
    compact(store)
    assert content(store.file) == before


WAITING = """
    import sys
    from pathlib import Path
    from graph.schema import MARKET
    from graph.store.embedded.store import EmbeddedStore
    from tests.contract.store import VIEWED, edges, load
    print("starting", flush=True)
    store = EmbeddedStore(Path(sys.argv[1]), MARKET, lock_timeout=60)
    print(load(store, edges(VIEWED, [("waited", "u1", "p1", 7, 7.0)])).created)
"""


@pytest.mark.proof
def test_who_waits_meanwhile_loads_into_the_new_file(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite = module._rewrite
    waiting: list[subprocess.Popen[str]] = []

    def slow(connection: duckdb.DuckDBPyConnection, draft: Path) -> None:
        waiting.append(python(WAITING, store.file))
        assert waiting[0].stdout is not None
        assert waiting[0].stdout.readline() == "starting\n"
        rewrite(connection, draft)

    monkeypatch.setattr(module, "_rewrite", slow)
    compact(store)
    told, _ = waiting[0].communicate()
    assert told == "1\n"
    assert len(store.snapshot().edges(VIEWED)) == 4001
    assert rows_of(store.file, "SELECT value FROM meta WHERE key = 'compacted'") == [("5",)]


def test_a_held_store_is_not_compacted(store: EmbeddedStore) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with python(hold, store.file) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        impatient = EmbeddedStore(store.file, MARKET, lock_timeout=0.2)
        with pytest.raises(StoreError, match=rf"is held by process {process.pid}\b"):
            compact(impatient)
        process.communicate("")
    assert files(store) == ["mar'ket.duckdb"]
