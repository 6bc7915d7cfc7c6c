"""The lease: ensures one loader at a time, and that a loader that lost the lease can no longer write.

There is one node per worker slot with the holder's token. Every write transaction first locks the node of its slot and
compares the token. A takeover writes a new token into all slots: it waits for running transactions, and everything that
the old holder tries later is refused, even after a long suspension. Heartbeats go to a node of their own (the
heartbeat node), which no long transaction locks. A takeover locks the heartbeat node first and writes its token there
too, so that a late heartbeat cannot renew the old lease. All times are those of the server.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from graph.errors import StoreError
from graph.store.neo4j.database import MARK, Database, rows_of
from graph.store.neo4j.load.lease_holder import Holder
from graph.store.neo4j.model import LEASE, OWNED, internal_constraints, quoted

if TYPE_CHECKING:
    import neo4j

_FACTS = ("host", "pid", "what", "machine", "birth")
# Key of the heartbeat node; databases contain it.
_HEARTBEAT = "keeper"
_HOLDER = f"MATCH (l:{LEASE} {{key: $key}}) WHERE l.expires > timestamp() RETURN toString(l.since), " + ", ".join(
    f"l.{name}" for name in _FACTS
)
_UNIQUENESS = (
    f"SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties WHERE labelsOrTypes = ['{LEASE}'] AND properties = ['key']"
    " RETURN name"
)
_PAUSE_S = 0.1
# Most tries to give the lease back: each connection that the server has dropped fails once.
_RELEASES = 3


class LeaseHeldError(StoreError):
    """Another process is loading."""


class LeaseLostError(StoreError):
    """Another process has taken over the lease."""


@dataclass(frozen=True)
class LeaseTerms:
    """Settings of the lease.

    Attributes:
        seconds: Seconds until the lease expires without a heartbeat.
        patience: Seconds to wait while another process holds it.
        take_over: Whether to take it from a holder that still runs.
    """

    seconds: float = 30.0
    patience: float = 10.0
    take_over: bool = False


@dataclass(frozen=True)
class Lease:
    """A held lease.

    Attributes:
        database: The database.
        token: Unique text of this holder.
        seconds: Seconds until the lease expires without a heartbeat.
    """

    database: Database
    token: str
    seconds: float

    def require(self, tx: neo4j.ManagedTransaction | neo4j.Transaction, slot: int) -> None:
        """Lock a slot for this transaction, and check that the lease is still held.

        Args:
            tx: The transaction, before it writes anything.
            slot: 0 for the loader itself, 1, 2, ... for its workers.

        Raises:
            LeaseLostError: another process has the lease now.
        """
        self._require(tx, _slot(slot))

    def see(self, tx: neo4j.ManagedTransaction | neo4j.Transaction) -> None:
        """Check, without a lock, that the lease is still held.

        Raises:
            LeaseLostError: another process has the lease now.
        """
        if rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) RETURN l.token", key=_HEARTBEAT) != [[self.token]]:
            raise _lost()

    def _require(self, tx: neo4j.ManagedTransaction | neo4j.Transaction, key: str) -> None:
        rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) SET l.locked = true", key=key)
        # Read the token only after locking: before, a takeover might not have written it yet.
        if rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) RETURN l.token", key=key) != [[self.token]]:
            raise _lost()

    def renew(self) -> None:
        """Send a heartbeat in one try, which moves the expiry of the lease to ``seconds`` from now.

        Raises:
            LeaseLostError: another process has the lease now.
            DriverError: the server cannot be reached; the next heartbeat may succeed.
            Neo4jError: the server refused the transaction; the next heartbeat may succeed.
        """

        def work(tx: neo4j.Transaction) -> None:
            self._require(tx, _HEARTBEAT)
            text = f"MATCH (l:{LEASE} {{key: $key}}) SET l.expires = timestamp() + $more"
            rows_of(tx, text, key=_HEARTBEAT, more=int(self.seconds * 1000))

        self.database.once(work)

    def release(self) -> None:
        """Give the lease back in a few tries; no error is raised, because a lease that is not given back expires."""
        from neo4j.exceptions import DriverError, Neo4jError

        def work(tx: neo4j.Transaction) -> None:
            with suppress(LeaseLostError):
                self._require(tx, _HEARTBEAT)
                rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) SET l.expires = 0", key=_HEARTBEAT)

        # Each try without the driver's retries, which would wait for a server that is down.
        for _ in range(_RELEASES):
            with suppress(DriverError, Neo4jError):
                self.database.once(work)
                return


@contextmanager
def held(database: Database, terms: LeaseTerms, *, workers: int) -> Iterator[Lease]:
    """Hold the lease while the block runs, sending heartbeats.

    Args:
        database: The database.
        terms: Settings of the lease.
        workers: Number of slots in addition to the loader's own.

    Raises:
        LeaseHeldError: another process holds it for longer than ``terms.patience``.
    """
    deadline = time.monotonic() + terms.patience
    token = uuid.uuid4().hex
    database = replace(database, mark=token)
    _ensure_unique(database)
    while (holder := _take(database, terms, token=token, workers=workers)) is not None:
        if time.monotonic() >= deadline:
            raise _refusal(*holder)
        time.sleep(_PAUSE_S)
    lease = Lease(database, token, terms.seconds)
    done = threading.Event()
    heartbeats = threading.Thread(target=_send_heartbeats, args=(lease, done), name="graphvine-lease", daemon=True)
    heartbeats.start()
    try:
        yield lease
    finally:
        done.set()
        heartbeats.join()
        lease.release()


def holder_of(database: Database) -> tuple[Holder, str] | None:
    """The holder of the lease and the time since; None where nobody holds it."""
    return _living(database.latest(_HOLDER, key=_HEARTBEAT))


def _living(found: list[list[Any]]) -> tuple[Holder, str] | None:
    if not found:
        return None
    holder = Holder(*found[0][1:])
    return None if holder.is_gone() else (holder, found[0][0])


def _take(database: Database, terms: LeaseTerms, *, token: str, workers: int) -> tuple[Holder, str] | None:
    """Try to take the lease; returns None, or the holder and the time since, where another process holds it."""
    slots = [_slot(slot) for slot in range(workers + 1)]
    current = holder_of(database)
    if current is not None and not terms.take_over:
        return current
    _end_transactions(database)

    def work(tx: neo4j.ManagedTransaction) -> tuple[Holder, str] | None:
        create = f"MERGE (l:{LEASE} {{key: $key}}) ON CREATE SET l:{OWNED}, l.expires = 0 SET l.locked = true"
        rows_of(tx, create, key=_HEARTBEAT)
        if not rows_of(tx, _UNIQUENESS):
            raise _NotUniqueError
        if rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) RETURN l.token", key=_HEARTBEAT) == [[token]]:
            return None  # an earlier try succeeded, and its answer was lost
        other = _living(rows_of(tx, _HOLDER, key=_HEARTBEAT))
        if other is not None and not terms.take_over:
            return other
        # Include slots beyond this loader's own: workers of the previous lease holder may still be running.
        rows_of(tx, f"MATCH (l:{LEASE}) WITH l ORDER BY l.key SET l.token = $token", token=token)
        rows_of(
            tx,
            f"UNWIND $slots AS key MERGE (l:{LEASE} {{key: key}}) SET l:{OWNED}, l.token = $token",
            slots=slots,
            token=token,
        )
        rows_of(
            tx,
            f"MATCH (l:{LEASE} {{key: $key}}) SET l += $facts, l.since = datetime(), l.expires = timestamp() + $more",
            key=_HEARTBEAT,
            facts=asdict(Holder.here()),
            more=int(terms.seconds * 1000),
        )
        return None

    try:
        return database.write(work)
    except _NotUniqueError:
        # A wipe has removed the constraint meanwhile.
        _ensure_unique(database)
        return database.write(work)


class _NotUniqueError(Exception):
    """The constraint that makes the nodes of the lease unique is missing."""


def _ensure_unique(database: Database) -> None:
    """Create the uniqueness constraint of the nodes of the lease."""
    if not database.latest(_UNIQUENESS):
        [(name, label, key)] = (one for one in internal_constraints() if one[1] == LEASE)
        database.alone(
            f"CREATE CONSTRAINT {quoted(name)} IF NOT EXISTS FOR (l:{quoted(label)}) REQUIRE l.{quoted(key)} IS UNIQUE"
        )


def _end_transactions(database: Database) -> None:
    """Terminate transactions of the previous holder, which may be suspended while holding locks."""
    marks = [token for (token,) in database.latest(f"MATCH (l:{LEASE}) RETURN DISTINCT l.token") if token]
    with database.session() as session:
        shown = session.run(
            f"SHOW TRANSACTIONS YIELD transactionId AS id, metaData WHERE metaData.{MARK} IN $marks RETURN id",
            marks=marks,
        )
        running = [record["id"] for record in shown]
        if running:
            session.run("TERMINATE TRANSACTIONS $ids", ids=running).consume()


def _send_heartbeats(lease: Lease, done: threading.Event) -> None:
    """Send heartbeats until told to stop. A lost lease is noticed by the next write transaction, not here."""
    from neo4j.exceptions import DriverError, Neo4jError

    while not done.wait(lease.seconds / 3):
        try:
            lease.renew()
        except LeaseLostError:
            return
        except (DriverError, Neo4jError):
            continue  # the server may become reachable again


def _lost() -> LeaseLostError:
    return LeaseLostError(
        "another process has taken over the lease on the database, so nothing more was written",
        hint="see who loads: graphvine store status; then run this again",
    )


def _refusal(holder: Holder, since: str) -> LeaseHeldError:
    return LeaseHeldError(
        f"{holder.what} on {holder.host} is loading into the database since {since}",
        hint="wait until it has finished, or end it, then run this again",
    )


def _slot(slot: int) -> str:
    return f"slot {slot:02d}"
