"""The lease: one loader at a time, and a loader that was overtaken cannot write any more.

One node per worker slot holds the token of whoever has the lease. Every write transaction locks its slot's node first
and compares the token. A takeover writes a new token into all slots, so it waits for the transactions under way, and
whatever the old holder tries afterwards is refused, however long it had been asleep. Signs of life go to a node of
their own, the keeper's, which no long transaction locks; a takeover locks it first and writes its token there too, so
that none of them can bring a lease back that is being taken over. Times are those of the server.
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
from graph.store.neo4j.load.holder import Holder
from graph.store.neo4j.model import LEASE, OWNED, internal_constraints, quoted

if TYPE_CHECKING:
    import neo4j

_FACTS = ("host", "pid", "what", "machine", "birth")
_KEEPER = "keeper"
_HOLDER = f"MATCH (l:{LEASE} {{key: $key}}) WHERE l.expires > timestamp() RETURN toString(l.since), " + ", ".join(
    f"l.{name}" for name in _FACTS
)
_GUARD = (
    f"SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties WHERE labelsOrTypes = ['{LEASE}'] AND properties = ['key']"
    " RETURN name"
)
_PAUSE_S = 0.1
# Connections that a server has dropped are found out one by one.
_RELEASES = 3


class LeaseHeldError(StoreError):
    """Somebody else is loading."""


class LeaseLostError(StoreError):
    """Somebody else has taken the lease over."""


@dataclass(frozen=True)
class LeaseTerms:
    """How the lease is taken.

    Attributes:
        seconds: How long it lasts without a sign of life.
        patience: Seconds to wait for another holder.
        take_over: Whether to take it from a holder that still lives.
    """

    seconds: float = 30.0
    patience: float = 10.0
    take_over: bool = False


@dataclass(frozen=True)
class Lease:
    """A lease that is held.

    Attributes:
        database: Where.
        token: What tells this holding from every other.
        seconds: How long it lasts without a sign of life.
    """

    database: Database
    token: str
    seconds: float

    def require(self, tx: neo4j.ManagedTransaction | neo4j.Transaction, slot: int) -> None:
        """Lock a slot for this transaction.

        Args:
            tx: The transaction, before it writes anything.
            slot: 0 is that of the loader itself, its workers have 1, 2 and so on.

        Raises:
            LeaseLostError: the lease is somebody else's now.
        """
        self._require(tx, _slot(slot))

    def see(self, tx: neo4j.ManagedTransaction | neo4j.Transaction) -> None:
        """Read, without a lock, that the lease is still held.

        Raises:
            LeaseLostError: the lease is somebody else's now.
        """
        if rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) RETURN l.token", key=_KEEPER) != [[self.token]]:
            raise _lost()

    def _require(self, tx: neo4j.ManagedTransaction | neo4j.Transaction, key: str) -> None:
        rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) SET l.locked = true", key=key)
        # Read after the lock was got: before it, somebody else's new token might not be there yet.
        if rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) RETURN l.token", key=key) != [[self.token]]:
            raise _lost()

    def renew(self) -> None:
        """Give a sign of life; where it fails, the next one follows soon."""

        def work(tx: neo4j.Transaction) -> None:
            self._require(tx, _KEEPER)
            text = f"MATCH (l:{LEASE} {{key: $key}}) SET l.expires = timestamp() + $more"
            rows_of(tx, text, key=_KEEPER, more=int(self.seconds * 1000))

        self.database.once(work)

    def release(self) -> None:
        """Let others in, as far as that can be done at once: a lease that cannot be given back expires."""
        from neo4j.exceptions import DriverError, Neo4jError

        def work(tx: neo4j.Transaction) -> None:
            with suppress(LeaseLostError):
                self._require(tx, _KEEPER)
                rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) SET l.expires = 0", key=_KEEPER)

        # Not the driver's retries, with which a server that has died would be waited for.
        for _ in range(_RELEASES):
            with suppress(DriverError, Neo4jError):
                self.database.once(work)
                return


@contextmanager
def held(database: Database, terms: LeaseTerms, *, workers: int) -> Iterator[Lease]:
    """Hold the lease, and keep giving signs of life.

    Args:
        database: Where.
        terms: How.
        workers: Number of slots besides that of the loader itself.

    Raises:
        LeaseHeldError: somebody else holds it for longer than one is ready to wait.
    """
    deadline = time.monotonic() + terms.patience
    token = uuid.uuid4().hex
    database = replace(database, mark=token)
    _guard(database)
    while (holder := _take(database, terms, token=token, workers=workers)) is not None:
        if time.monotonic() >= deadline:
            raise _refusal(*holder)
        time.sleep(_PAUSE_S)
    lease = Lease(database, token, terms.seconds)
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, done), name="graphvine-lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join()
        lease.release()


def holder_of(database: Database) -> tuple[Holder, str] | None:
    """Who holds the lease, and since when; None where nobody does."""
    return _living(database.latest(_HOLDER, key=_KEEPER))


def _living(found: list[list[Any]]) -> tuple[Holder, str] | None:
    if not found:
        return None
    holder = Holder(*found[0][1:])
    return None if holder.is_gone() else (holder, found[0][0])


def _take(database: Database, terms: LeaseTerms, *, token: str, workers: int) -> tuple[Holder, str] | None:
    """Take the lease; returns who has it, and since when, where it is not to be had."""
    slots = [_slot(slot) for slot in range(workers + 1)]
    current = holder_of(database)
    if current is not None and not terms.take_over:
        return current
    _end_transactions(database)

    def work(tx: neo4j.ManagedTransaction) -> tuple[Holder, str] | None:
        create = f"MERGE (l:{LEASE} {{key: $key}}) ON CREATE SET l:{OWNED}, l.expires = 0 SET l.locked = true"
        rows_of(tx, create, key=_KEEPER)
        if not rows_of(tx, _GUARD):
            raise _UnguardedError
        if rows_of(tx, f"MATCH (l:{LEASE} {{key: $key}}) RETURN l.token", key=_KEEPER) == [[token]]:
            return None  # the answer to the first try was lost
        other = _living(rows_of(tx, _HOLDER, key=_KEEPER))
        if other is not None and not terms.take_over:
            return other
        # Also the slots that an earlier holder had and this one does not need: its workers may still be about.
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
            key=_KEEPER,
            facts=asdict(Holder.here()),
            more=int(terms.seconds * 1000),
        )
        return None

    try:
        return database.write(work)
    except _UnguardedError:
        # A wipe has removed it meanwhile.
        _guard(database)
        return database.write(work)


class _UnguardedError(Exception):
    """Nothing keeps the nodes of the lease from being made twice."""


def _guard(database: Database) -> None:
    """Make the constraint that keeps every node of the lease the only one of its key."""
    if not database.latest(_GUARD):
        [(name, label, key)] = (one for one in internal_constraints() if one[1] == LEASE)
        database.alone(
            f"CREATE CONSTRAINT {quoted(name)} IF NOT EXISTS FOR (l:{quoted(label)}) REQUIRE l.{quoted(key)} IS UNIQUE"
        )


def _end_transactions(database: Database) -> None:
    """End the transactions of the holder before, which may sleep with locks in its hands."""
    marks = [token for (token,) in database.latest(f"MATCH (l:{LEASE}) RETURN DISTINCT l.token") if token]
    with database.session() as session:
        shown = session.run(
            f"SHOW TRANSACTIONS YIELD transactionId AS id, metaData WHERE metaData.{MARK} IN $marks RETURN id",
            marks=marks,
        )
        running = [record["id"] for record in shown]
        if running:
            session.run("TERMINATE TRANSACTIONS $ids", ids=running).consume()


def _keep(lease: Lease, done: threading.Event) -> None:
    """Renew until told to stop; a lease that is lost is noticed by whoever writes next."""
    from neo4j.exceptions import DriverError, Neo4jError

    while not done.wait(lease.seconds / 3):
        try:
            lease.renew()
        except LeaseLostError:
            return
        except (DriverError, Neo4jError):
            continue  # the server may come back


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
