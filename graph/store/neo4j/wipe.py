"""Removes graphvine's nodes in batches, then its constraints and indexes; data of other programs is not touched."""

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
    """Remove all graphvine nodes with their relationships.

    Raises:
        StoreError: other programs have relationships at these nodes, which would be removed too; nothing was removed.
    """
    database = lease.database
    others = foreign_relations(database, schema)
    if others:
        named = ", ".join(f"{count:,} {name}" for name, count in others.items())
        raise StoreError(
            f"other programs have relationships at graphvine's nodes, which would be removed too: {named}",
            hint=f"remove them there first, if they may go: MATCH (:{OWNED})-[r:TYPE]-() DELETE r",
        )

    def mark(tx: neo4j.ManagedTransaction) -> None:
        # From now on the graph may be incomplete, so mark it as being wiped.
        lease.require(tx, 0)
        rows_of(tx, f"MERGE (m:{META} {{key: 'store'}}) SET m:{OWNED}, m.state = $state", state=WIPING)

    database.write(mark)
    relations = sorted({*(key.relation for key in schema), *DERIVED_RELATIONS.values()})
    for name in relations:
        # Remove edges first: a node with a million edges would not fit into one transaction.
        _all(lease, f"MATCH (:{OWNED})-[r:{quoted(name)}]->() WITH r LIMIT {_EDGES} DELETE r RETURN count(*)")
    for label in INTERNAL:
        if label not in (LEASE, META):
            _all(lease, f"MATCH (n:{label}) WITH n LIMIT 200 DETACH DELETE n RETURN count(*)")
    keep = f"NOT n:{LEASE} AND NOT n:{META}"
    _all(lease, f"MATCH (n:{OWNED}) WHERE {keep} WITH n LIMIT {_NODES} DETACH DELETE n RETURN count(*)")

    _drop_rules(lease)

    def last(tx: neo4j.ManagedTransaction) -> None:
        if not rows_of(tx, f"MATCH (n:{OWNED}) WHERE n:{LEASE} OR n:{META} RETURN 1 LIMIT 1"):
            return  # an earlier try has done it
        lease.require(tx, 0)
        rows_of(tx, f"MATCH (n:{OWNED}) DETACH DELETE n")

    database.write(last)
    # A process that takes the lease from now on checks this constraint, and creates it where it is missing.
    for label, text in our_rules(database):
        if label == LEASE:
            database.write(partial(rows_of, text=text))


def _drop_rules(lease: Lease) -> None:
    """Drop graphvine's constraints and indexes except those of the lease; no node needs them any more."""
    for label, text in our_rules(lease.database):
        if label == LEASE:
            continue

        def drop(tx: neo4j.ManagedTransaction, text: str = text) -> None:
            # A schema transaction cannot lock a slot of the lease; it carries the token as metadata, so a takeover ends
            # it.
            lease.see(tx)
            rows_of(tx, text)

        lease.database.write(drop)


def _all(lease: Lease, text: str) -> None:
    """Repeat a statement until it removes nothing."""

    def work(tx: neo4j.ManagedTransaction) -> int:
        lease.require(tx, 0)
        return int(rows_of(tx, text)[0][0])

    while lease.database.write(work):
        pass
