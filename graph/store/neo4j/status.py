"""Counts nodes, edges and batches; uses Neo4j's count store where possible."""

from __future__ import annotations

from collections import Counter

from graph.schema import EdgeKey, Schema
from graph.store.neo4j.database import Database
from graph.store.neo4j.model import BATCH, labels_of, quoted
from graph.store.neo4j.schema import foreign


def counts(database: Database, schema: Schema) -> tuple[dict[str, int], dict[str, int], int]:
    """Number of nodes per type, of edges per type, and of batches in the ledger; empty types are left out."""
    shared = foreign(database).nodes > 0
    nodes = {name: _count(database, f"MATCH (n{labels_of(name)}) RETURN count(n)") for name in schema.nodes}
    edges = {str(key): _count(database, _edges(schema, key, shared=shared)) for key in schema}
    batches = _count(database, f"MATCH (n:{BATCH}) RETURN count(n)")
    return {n: c for n, c in nodes.items() if c}, {n: c for n, c in edges.items() if c}, batches


def _count(database: Database, text: str) -> int:
    return int(database.rows(text)[0][0])


def _edges(schema: Schema, key: EdgeKey, *, shared: bool) -> str:
    """The statement that counts an edge type. With one end labelled it is a look-up."""
    others = [other for other in schema if other.relation == key.relation]
    by_target, by_source = Counter(o.target for o in others), Counter(o.source for o in others)
    source, target = labels_of(key.source), labels_of(key.target)
    if not shared and by_target[key.target] == 1:
        source, target = "", f":{quoted(key.target)}"
    elif not shared and by_source[key.source] == 1:
        source, target = f":{quoted(key.source)}", ""
    return f"MATCH ({source})-[r:{quoted(key.relation)}]->({target}) RETURN count(r)"


def memory_of_a_query(database: Database) -> str | None:
    """The server's memory limit per transaction, such as ``256.00MiB``; None where there is no limit.

    Raises:
        StoreError: the user may not read the settings.
    """
    rows = database.rows("SHOW SETTINGS 'db.memory.transaction.max' YIELD value RETURN value")
    return str(rows[0][0]) if rows and not str(rows[0][0]).startswith("0") else None
