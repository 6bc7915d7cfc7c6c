"""Removing what is ours, in batches, constraints and indexes last; what others have in the database stays as it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from graph.errors import StoreError
from graph.schema import Schema
from graph.store.derived import RELATIONS as DERIVED_RELATIONS
from graph.store.neo4j.database import rows_of
from graph.store.neo4j.load.lease import Lease
from graph.store.neo4j.load.ledger import WIPING
from graph.store.neo4j.model import INTERNAL, LEASE, META, OWNED, quoted
from graph.store.neo4j.schema import foreign_relations, our_rules

if TYPE_CHECKING:
    import neo4j

_EDGES = 10_000
_NODES = 2_000


def wipe(lease: Lease, schema: Schema) -> None:
    """Remove all nodes of ours and what hangs on them.

    Raises:
        StoreError: somebody else has put relationships at our nodes, which would go with them; nothing was removed.
    """
    database = lease.database
    others = foreign_relations(database, schema)
    if others:
        named = ", ".join(f"{count:,} {name}" for name, count in others.items())
        raise StoreError(
            f"relationships of somebody else hang on graphvine's nodes and would go with them: {named}",
            hint=f"remove them there first, if they may go: MATCH (:{OWNED})-[r:TYPE]-() DELETE r",
        )

    def mark(tx: neo4j.ManagedTransaction) -> None:
        # From here on half of the graph may be gone, so nobody may take it for whole.
        lease.require(tx, 0)
        rows_of(tx, f"MERGE (m:{META} {{key: 'store'}}) SET m:{OWNED}, m.state = $state", state=WIPING)

    database.write(mark)
    relations = sorted({*(key.relation for key in schema), *DERIVED_RELATIONS.values()})
    for name in relations:
        # Nodes with a million edges would not fit into a transaction, so these go first.
        _all(lease, f"MATCH (:{OWNED})-[r:{quoted(name)}]->() WITH r LIMIT {_EDGES} DELETE r RETURN count(*)")
    for label in INTERNAL:
        if label not in (LEASE, META):
            _all(lease, f"MATCH (n:{label}) WITH n LIMIT 200 DETACH DELETE n RETURN count(*)")
    keep = f"NOT n:{LEASE} AND NOT n:{META}"
    _all(lease, f"MATCH (n:{OWNED}) WHERE {keep} WITH n LIMIT {_NODES} DETACH DELETE n RETURN count(*)")

    _drop_rules(lease)

    def last(tx: neo4j.ManagedTransaction) -> None:
        if not rows_of(tx, f"MATCH (n:{OWNED}) WHERE n:{LEASE} OR n:{META} RETURN 1 LIMIT 1"):
            return  # it has been done before
        lease.require(tx, 0)
        rows_of(tx, f"MATCH (n:{OWNED}) DETACH DELETE n")

    database.write(last)
    # Whoever takes the lease from here on looks for this one while he does, and makes it where it is gone.
    for label, text in our_rules(database):
        if label == LEASE:
            database.write(partial(rows_of, text=text))


def _drop_rules(lease: Lease) -> None:
    """Drop our constraints and indexes, but for those of the lease; nothing of ours is left that needs them."""
    for label, text in our_rules(lease.database):
        if label == LEASE:
            continue

        def drop(tx: neo4j.ManagedTransaction, text: str = text) -> None:
            # A transaction that drops cannot lock a slot; a takeover ends it, since it bears the token.
            lease.see(tx)
            rows_of(tx, text)

        lease.database.write(drop)


def _all(lease: Lease, text: str) -> None:
    """Repeat a statement until it removes nothing more."""

    def work(tx: neo4j.ManagedTransaction) -> int:
        lease.require(tx, 0)
        return int(rows_of(tx, text)[0][0])

    while lease.database.write(work):
        pass
