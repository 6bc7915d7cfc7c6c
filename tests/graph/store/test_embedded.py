from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest

from graph.errors import PrerequisiteError, StoreError
from graph.schema import MARKET, extend_schema
from graph.store.embedded.compact import compact
from graph.store.embedded.store import EmbeddedStore
from graph.store.protocol import ResultTable
from tests.contract.store import FOLLOWS, VIEWED, StoreContract, edges, load, market, nodes, rows_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "market.duckdb"


class TestEmbedded(StoreContract):
    @pytest.fixture
    def store(self, file: Path) -> EmbeddedStore:  # type: ignore[override]
        return EmbeddedStore(file, MARKET, threads=1)


def python(code: str, *arguments: object, seed: str = "0") -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_store_that_is_being_loaded_is_not_wiped(file: Path) -> None:
    market(EmbeddedStore(file, MARKET))
    with EmbeddedStore(file, MARKET).loading(at=0), pytest.raises(StoreError, match="held"):
        EmbeddedStore(file, MARKET, lock_timeout=0.1).wipe()
    assert file.exists()


@pytest.mark.proof(one_in=3)
@pytest.mark.parametrize("damage", ["text", "half", "holes"])
def test_a_damaged_store_can_be_wiped(file: Path, damage: str) -> None:
    store = EmbeddedStore(file, MARKET, lock_timeout=0.3)
    market(store)
    whole = file.read_bytes()
    holes = whole[:4096] + bytes(b ^ 0x5A for b in whole[4096:])
    file.write_bytes({"text": b"not a database " * 100, "half": whole[: len(whole) // 2], "holes": holes}[damage])
    (file.parent / "load.json").write_text("[]")
    with pytest.raises(StoreError, match=r"^(?!.*is held by)"):
        store.snapshot()
    store.wipe()
    assert list(file.parent.iterdir()) == []
    market(store)


def test_a_held_store_is_not_wiped(file: Path) -> None:
    market(EmbeddedStore(file, MARKET))
    holder = python(HOLD, file, 60)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="is held by"):
            EmbeddedStore(file, MARKET, lock_timeout=0.3).wipe()
        assert file.exists()
    finally:
        holder.kill()
        holder.communicate()


def test_decimals_of_nodes_have_one_form(file: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    odd = np.array([0x7FF8000000000001, 0x8000000000000000], np.uint64).view(np.float64)
    load(store, nodes("Product", [{"id": "a", "price": odd[0]}, {"id": "b", "price": odd[1]}]))
    price = store.snapshot().nodes["Product"].columns["price"]
    assert price.view(np.uint64).tolist() == np.array([np.nan, 0.0]).view(np.uint64).tolist()  # type: ignore[union-attr]


def test_no_store_yet(file: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no store") as caught:
        EmbeddedStore(file, MARKET).snapshot()
    assert "data load" in caught.value.hint
    assert not file.exists()


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    text, foreign = tmp_path / "text.duckdb", tmp_path / "foreign.duckdb"
    text.write_text("not a database " * 100)
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")
    with pytest.raises(StoreError, match="cannot be opened"):
        EmbeddedStore(text, MARKET).ping()
    with pytest.raises(StoreError, match="not a graphvine store"):
        EmbeddedStore(foreign, MARKET).ping()
    with duckdb.connect(str(foreign)) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("mine",)]


def test_another_format_is_refused(file: Path) -> None:
    EmbeddedStore(file, MARKET).ensure_schema()
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    with pytest.raises(StoreError, match="format"):
        EmbeddedStore(file, MARKET).snapshot()


def test_a_column_that_changed_its_type_is_refused(file: Path, tmp_path: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    market(store)
    (tmp_path / "schema.toml").write_text('[nodes.Person]\ncolumns = { name = "integer", shoe = "decimal" }\n')
    changed = EmbeddedStore(file, extend_schema(MARKET, tmp_path / "schema.toml"))
    with pytest.raises(StoreError, match=r"Person.name as VARCHAR, the schema wants BIGINT"):
        changed.ensure_schema()


def test_a_new_column_is_added(file: Path, tmp_path: Path) -> None:
    """A new release, or a line in schema.toml, may bring one; until the next load the store does not have it."""
    market(EmbeddedStore(file, MARKET))
    before = EmbeddedStore(file, MARKET).snapshot()
    (tmp_path / "schema.toml").write_text('[nodes.Person]\ncolumns = { shoe = "decimal" }\n')
    store = EmbeddedStore(file, extend_schema(MARKET, tmp_path / "schema.toml"))
    assert store.snapshot() == before
    load(store, nodes("Person", [{"id": "u1", "shoe": 43.5}]))
    assert store.snapshot().attributes("Person")["shoe"].tolist()[0] == 43.5


HOLD = """
    import sys, time
    from pathlib import Path
    from graph.schema import MARKET
    from graph.store.embedded.store import EmbeddedStore
    with EmbeddedStore(Path(sys.argv[1]), MARKET).loading(at=0):
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def test_a_lock_names_its_holder_in_time(file: Path) -> None:
    market(EmbeddedStore(file, MARKET))
    holder = python(HOLD, file, 60)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        start = time.monotonic()
        for call in (
            EmbeddedStore(file, MARKET, lock_timeout=0.3).snapshot,
            EmbeddedStore(file, MARKET, lock_timeout=0.3).ping,
        ):
            with pytest.raises(StoreError, match=rf"held by process {holder.pid}\b") as caught:
                call()
            assert "wait" in caught.value.hint
        assert time.monotonic() - start < 5
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()  # type: ignore[union-attr]


def test_a_short_lock_is_waited_for(file: Path) -> None:
    market(EmbeddedStore(file, MARKET))
    with python(HOLD, file, 0.5) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert len(EmbeddedStore(file, MARKET, lock_timeout=20).snapshot().edges(VIEWED)) == 3


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from graph.schema import MARKET
    from graph.store.embedded.store import EmbeddedStore
    from tests.contract.store import VIEWED, edges, nodes
    with EmbeddedStore(Path(sys.argv[1]), MARKET).loading(at=0) as loading:
        loading.load(nodes("Person", [{"id": "u1", "name": "changed"}, {"id": "new"}]))
        many = [(f"part {i}", "u1", "p1", i, 1.0) for i in range(200_000)] + [("x", "nobody", "p1", 1, 1.0)]
        loading.load(edges(VIEWED, many))
        # Killed at the last moment before the commit.
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.proof
def test_a_kill_leaves_the_state_before(file: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    market(store)
    before = store.snapshot().fingerprint
    with python(KILLED, file) as process:
        process.wait(60)
    assert process.returncode == -signal.SIGKILL
    assert store.snapshot().fingerprint == before
    assert store.status().batches == 3


def test_a_load_without_news_leaves_the_file_as_it_is(file: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    market(store)
    before = file.read_bytes()
    market(store)
    assert file.read_bytes() == before


SHUFFLED = """
    import sys
    import numpy as np
    from pathlib import Path
    from graph.schema import MARKET
    from graph.store.embedded.compact import compact
    from graph.store.embedded.store import EmbeddedStore
    from tests.contract.store import FOLLOWS, VIEWED, edges, load, nodes
    store, rng = EmbeddedStore(Path(sys.argv[1]), MARKET, threads=int(sys.argv[3])), np.random.default_rng(3)
    people = {f"u{i}" for i in range(300)}
    drawn = rng.integers(0, 300, (4000, 4)).tolist()
    rows = [(f"e{i}", f"u{a}", f"p{b}", t, float(w)) for i, (a, b, t, w) in enumerate(drawn)]
    order = np.random.default_rng(int(sys.argv[2]))
    load(store, nodes("Person", [{"id": i, "name": i} for i in order.permutation(sorted(people)).tolist()]))
    for part in np.array_split(order.permutation(len(rows)), 5):
        load(store, edges(VIEWED, [rows[i] for i in part], create=("target",)))
    load(store, edges(FOLLOWS, [(f"f{i}", f"u{i}", f"u{i // 2}", None, None) for i in order.permutation(300)]))
    print(store.snapshot().fingerprint)
    compact(store)
    print(store.snapshot().fingerprint)
"""


@pytest.mark.proof
def test_processes_and_orders_agree(tmp_path: Path) -> None:
    found = set()
    for seed in (1, 2):
        with python(SHUFFLED, tmp_path / f"{seed}.duckdb", seed, seed, seed=str(seed)) as process:
            output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        found |= set(output.split())
    assert len(found) == 1


def test_compaction_changes_nothing_but_the_order(file: Path) -> None:
    store, rng = EmbeddedStore(file, MARKET), np.random.default_rng(1)
    market(store)
    rows = [(f"x{i}", "u1", f"p{i % 2}", int(t) or None, None) for i, t in enumerate(rng.integers(0, 50, 200))]
    load(store, edges(VIEWED, rows))
    before = store.snapshot()
    compact(store)
    assert rows_of(store.snapshot(), VIEWED) == rows_of(before, VIEWED)
    assert load(store, edges(VIEWED, [("x7", *rows[7][1:])], batch="again")).unchanged == 1


def test_many_result_rows_are_written_quickly(file: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    start = time.monotonic()
    store.write_back([ResultTable("scores", ("person", "score"), [(f"u{i}", i / 7) for i in range(50_000)])], "r")
    assert time.monotonic() - start < 10
    assert store.status().batches == 0


def test_an_edge_batch_of_no_rows(file: Path) -> None:
    store = EmbeddedStore(file, MARKET)
    assert load(store, edges(FOLLOWS, [])).created == 0
    assert store.snapshot().edges(FOLLOWS).src.dtype == np.int64
