from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, ManagedTransaction

from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.access import Access
from graph.store.neo4j.database import Database, rows_of
from graph.store.neo4j.load.lease import LeaseLostError, LeaseTerms, held
from graph.store.neo4j.schema import ensure_constraints
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import GraphStore
from tests.contract.store import FOLLOWS, VIEWED, edges, load, nodes

pytestmark = pytest.mark.proof(one_in=6)

PROGRAM = Path(__file__).parents[3] / "faults" / "neo4j" / "run_all.py"
PHASES = ("seal, not acknowledged", "apply")
SAMPLE = (
    *("--only", "kills", "cuts", "leases", "--scenes", "first load", "--phases", *PHASES),
    *("--points", "2", "--cuts", "4", "--pauses", "1", "--users", "60", "--seed", "3"),
)
KILLED = tuple(f"kill -9, {phase}" for phase in PHASES)
OTHERS = (
    "cut after COMMIT was sent",
    "cut before COMMIT was sent",
    "a paused loader was overtaken before its commit: refused",
    "a paused loader was overtaken after its commit: refused, and applied once",
)

Shares = dict[str, dict[str, Any]]
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="faults need a system that can fork")


@pytest.fixture(scope="module")
def shares(neo4j_access: Access, tmp_path_factory: pytest.TempPathFactory) -> Shares:
    """A sample of the faults, each row of the result by its name."""
    from tests.servers.wiping import wipe

    wipe(neo4j_access)
    file = tmp_path_factory.mktemp("faults") / "faults.json"
    environment = {
        **os.environ,
        "NEO4J_URI": neo4j_access.uri,
        "NEO4J_USERNAME": neo4j_access.username,
        "NEO4J_PASSWORD": neo4j_access.password,
        "NEO4J_DATABASE": neo4j_access.database,
    }
    command = [sys.executable, str(PROGRAM), *SAMPLE, "--json", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert file.exists(), done.stderr[-2000:]
    rows = json.loads(file.read_text("utf-8"))
    return {row["name"]: {**row, "said": (done.stdout + done.stderr)[-3000:]} for row in rows}


@forking
@pytest.mark.parametrize("name", KILLED)
def test_a_killed_load_goes_on_where_it_was(shares: Shares, name: str) -> None:
    assert (shares[name]["points"], shares[name]["ours"]) == (2, 1.0), shares[name]["said"]


@forking
@pytest.mark.parametrize("name", OTHERS)
def test_other_faults_leave_every_row_once(shares: Shares, name: str) -> None:
    assert shares[name]["points"] >= 1
    assert shares[name]["ours"] == 1.0, shares[name]["said"]


def test_whoever_is_overtaken_in_the_middle_of_a_transaction_is_told_why(
    neo4j_access: Access, neo4j_driver: Driver
) -> None:
    """A takeover ends what the holder before has under way; the driver tells only that."""
    database = Database(neo4j_driver, neo4j_access.database)
    ensure_constraints(database, MARKET)
    calls = []
    with ExitStack() as stack:
        lease = stack.enter_context(held(database, LeaseTerms(), workers=1))

        def work(tx: ManagedTransaction) -> None:
            calls.append(1)
            lease.require(tx, 1)
            if len(calls) == 1:
                stack.enter_context(held(database, LeaseTerms(take_over=True), workers=1))
            rows_of(tx, "CREATE (:Person:Graphvine {id: 'late'})")

        with pytest.raises(LeaseLostError, match="taken over the lease"):
            lease.database.write(work)
    assert len(calls) == 2
    assert database.rows("MATCH (n {id: 'late'}) RETURN count(n)") == [[0]]


def fingerprints(stores: tuple[GraphStore, ...]) -> list[str]:
    return [store.snapshot().fingerprint for store in stores]


@pytest.fixture
def stores(neo4j_own: Neo4jStore, tmp_path: Path) -> tuple[GraphStore, ...]:
    """The store in the database, and the embedded one."""
    return neo4j_own, EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)


def test_events_of_people_whom_the_same_load_has_changed_are_known(stores: tuple[GraphStore, ...]) -> None:
    views = [(f"v{n}", f"u{n}", "p0", n, 1.0) for n in range(5)]
    for store in stores:
        load(store, nodes("Person", [{"id": f"u{n}", "name": "before"} for n in range(5)]))
        load(store, nodes("Product", [{"id": "p0"}]))
        load(store, edges(VIEWED, views))
        with store.loading(at=1) as loading:
            # The first and the last of them, whose ids bound what is read.
            loading.load(nodes("Person", [{"id": "u0", "name": "after"}, {"id": "u4", "name": "after"}]))
            report = loading.load(edges(VIEWED, views, batch="once more"))
            loading.commit()
        assert (report.created, report.unchanged) == (0, 5)
    assert len(set(fingerprints(stores))) == 1


def test_ids_that_the_database_orders_in_two_ways_are_read_whole(stores: tuple[GraphStore, ...]) -> None:
    """Full-width letters stand before the faces by code points, and after them by the halves of UTF-16."""
    people = [f"Ａ{n}" for n in range(4)] + [f"😀{n}" for n in range(4)]
    ties = [(f"f{n}", who, people[-1 - n], n, None) for n, who in enumerate(people)]
    for store in stores:
        load(store, nodes("Person", [{"id": name} for name in people]))
        load(store, edges(FOLLOWS, ties))
        again = load(store, edges(FOLLOWS, ties, batch="once more"))
        assert (again.created, again.unchanged) == (0, len(ties))
    assert len(set(fingerprints(stores))) == 1
