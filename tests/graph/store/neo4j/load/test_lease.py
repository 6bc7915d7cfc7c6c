from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from neo4j import Driver, ManagedTransaction
from neo4j.exceptions import ClientError

from graph.schema import MARKET
from graph.store.neo4j.access import Access
from graph.store.neo4j.database import Database
from graph.store.neo4j.load.lease import Lease, LeaseHeldError, LeaseLostError, LeaseTerms, held, holder_of
from graph.store.neo4j.load.lease_holder import Holder
from graph.store.neo4j.schema import ensure_constraints

pytestmark = pytest.mark.proof(one_in=4)

AT_ONCE = LeaseTerms(patience=0)
HOLD = """
import sys, time
from neo4j import GraphDatabase
from graph.store.neo4j.database import Database
from graph.store.neo4j.load.lease import LeaseTerms, held
driver = GraphDatabase.driver(sys.argv[1], auth=(sys.argv[2], sys.stdin.readline().strip()))
with held(Database(driver, "neo4j"), LeaseTerms(seconds=float(sys.argv[3])), workers=1):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def database(neo4j_access: Access, neo4j_driver: Driver) -> Database:
    found = Database(neo4j_driver, neo4j_access.database)
    ensure_constraints(found, MARKET)
    return found


@contextmanager
def holding(access: Access, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease, killed at the end."""
    command = [sys.executable, "-c", HOLD, access.uri, access.username, str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(access.password + "\n")
            child.stdin.flush()
            assert child.stdout.readline() == "held\n"
            yield child
        finally:
            child.kill()


def writes(lease: Lease, slot: int = 1) -> None:
    lease.database.write(lambda tx: lease.require(tx, slot))


def test_one_at_a_time(database: Database) -> None:
    assert holder_of(database) is None
    with held(database, AT_ONCE, workers=2) as lease:
        for slot in range(3):
            writes(lease, slot)
        with pytest.raises(LeaseHeldError, match=f"process {os.getpid()}"), held(database, AT_ONCE, workers=2):
            pass
        found = holder_of(database)
        assert found is not None
        assert found[0] == Holder.here()
    assert holder_of(database) is None
    with held(database, AT_ONCE, workers=1) as lease:
        writes(lease)


def test_a_slot_that_is_not_there_is_refused(database: Database) -> None:
    with held(database, AT_ONCE, workers=1) as lease, pytest.raises(LeaseLostError):
        writes(lease, 2)


def test_whoever_was_overtaken_writes_nothing_more(database: Database) -> None:
    with held(database, AT_ONCE, workers=3) as old:
        with held(database, replace(AT_ONCE, take_over=True), workers=1) as new:
            for slot in range(4):
                with pytest.raises(LeaseLostError):
                    writes(old, slot)
            with pytest.raises(LeaseLostError):
                old.renew()
            writes(new)
        # The old one must not give back what is not its own.
        with held(database, AT_ONCE, workers=1) as third:
            old.release()
            writes(third)
            assert holder_of(database) is not None


def test_a_transaction_that_sleeps_with_a_lock_is_ended(database: Database) -> None:
    with (
        held(database, AT_ONCE, workers=1) as old,
        database.driver.session() as session,
        session.begin_transaction(metadata={"graphvine": old.token}) as sleeping,
    ):
        sleeping.run("MATCH (l:GraphvineLease) SET l.locked = true").consume()
        with held(database, replace(AT_ONCE, take_over=True), workers=1) as new:
            writes(new)
        with pytest.raises(ClientError, match="terminated"):
            sleeping.commit()


def test_a_process_that_was_killed_is_replaced_at_once(database: Database, neo4j_access: Access) -> None:
    with holding(neo4j_access, 600) as child:
        with pytest.raises(LeaseHeldError, match=f"process {child.pid}"), held(database, AT_ONCE, workers=1):
            pass
        child.kill()
        child.wait()
        with held(database, AT_ONCE, workers=1) as lease:
            writes(lease)


def test_a_process_that_is_paused_loses_the_lease_when_it_expires(database: Database, neo4j_access: Access) -> None:
    with holding(neo4j_access, 2) as child:
        # It lives longer than its term, since it gives signs of life.
        time.sleep(3)
        with pytest.raises(LeaseHeldError), held(database, AT_ONCE, workers=1):
            pass
        os.kill(child.pid, signal.SIGSTOP)
        with held(database, replace(AT_ONCE, patience=60), workers=1) as lease:
            os.kill(child.pid, signal.SIGCONT)
            time.sleep(2)
            writes(lease)


@pytest.mark.proof
def test_signs_of_life_do_not_wait_for_a_long_transaction(database: Database) -> None:
    with held(database, replace(AT_ONCE, seconds=2), workers=1) as lease:

        def work(tx: ManagedTransaction) -> None:
            lease.require(tx, 0)
            # Longer than the lease lasts without them.
            time.sleep(4)
            with pytest.raises(LeaseHeldError), held(database, AT_ONCE, workers=1):
                pass

        lease.database.write(work)
        writes(lease, 0)


def test_signs_of_life_during_a_takeover_bring_nothing_back(database: Database, neo4j_driver: Driver) -> None:
    """The takeover waits for a slot that somebody has locked, while the holder before renews."""

    def blocked() -> int:
        shown = neo4j_driver.execute_query("SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN 1")
        return len(shown.records)

    with (
        held(database, AT_ONCE, workers=1) as old,
        ThreadPoolExecutor(2) as pool,
        neo4j_driver.session() as session,
        session.begin_transaction() as unmarked,
        ExitStack() as stack,
    ):
        unmarked.run("MATCH (l:GraphvineLease {key: 'slot 01'}) SET l.locked = true").consume()
        taken = pool.submit(stack.enter_context, held(database, replace(AT_ONCE, take_over=True), workers=1))
        await_that(lambda: blocked() == 1)
        renewed = pool.submit(old.renew)
        await_that(lambda: blocked() == 2)
        unmarked.commit()
        new = taken.result(60)
        with pytest.raises(LeaseLostError):
            renewed.result(60)
        writes(new)
        with pytest.raises(LeaseLostError):
            writes(old)


@contextmanager
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    """Another process, killed at the end."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        try:
            yield child
        finally:
            child.kill()


def await_that(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_lease_makes_the_constraint_that_guards_it(neo4j_access: Access, neo4j_driver: Driver) -> None:
    database = Database(neo4j_driver, neo4j_access.database)
    every = "SHOW CONSTRAINTS YIELD name, labelsOrTypes RETURN name, labelsOrTypes ORDER BY name"
    neo4j_driver.execute_query("DROP CONSTRAINT graphvine_GraphvineLease_key IF EXISTS")
    before = database.rows(every)
    with held(database, AT_ONCE, workers=1) as lease:
        writes(lease)
        made = [row for row in database.rows(every) if row not in before]
        assert made == [["graphvine_GraphvineLease_key", ["GraphvineLease"]]]
        # A wipe may drop it while somebody holds the lease; whoever comes then makes it before he looks.
        neo4j_driver.execute_query("DROP CONSTRAINT graphvine_GraphvineLease_key")
        with pytest.raises(LeaseHeldError), held(database, AT_ONCE, workers=1):
            pass
        assert ["graphvine_GraphvineLease_key"] in database.rows("SHOW CONSTRAINTS YIELD name")
        writes(lease)


def test_a_process_that_the_system_hides_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where /proc shows nobody the processes of others."""
    with sleeping() as child:
        living = replace(Holder.here(), pid=child.pid, birth="1")
        monkeypatch.setattr("graph.store.neo4j.load.lease_holder._birth", lambda _pid: "")
        assert not living.is_gone()
        child.kill()
        child.wait()
        assert living.is_gone()


def test_a_process_that_waits_for_its_parent_has_ended() -> None:
    with sleeping() as child:
        birth = Path(f"/proc/{child.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
        holder = replace(Holder.here(), pid=child.pid, birth=birth)
        assert not holder.is_gone()
        child.kill()
        await_that(holder.is_gone)


def test_a_holder_elsewhere_is_never_taken_for_gone() -> None:
    here = Holder.here()
    assert not here.is_gone()
    assert replace(here, birth="1").is_gone()
    assert not replace(here, birth="1", machine="another boot").is_gone()
    assert not replace(here, birth="1", machine="").is_gone()
