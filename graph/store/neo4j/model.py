"""The data model in Neo4j: labels, keys, and the conversion of columns.

A node has the labels of its type and roles, and the label ``Graphvine``, which distinguishes it from nodes of other
programs. The ledger, the lease and the chunks of a load are nodes with a further label. Times and dates have Neo4j's
types, times in the zone of the market. Neo4j has no decimals, so money is the nearest float64, and rounding to cents
recovers the exact amount. A missing value is an absent property.
"""

from __future__ import annotations

from collections.abc import Iterator

from graph.schema import Column, ColumnType, EdgeKey, Schema
from graph.store.derived import LABELS as DERIVED_LABELS
from graph.zones import UTC

OWNED = "Graphvine"
LOAD, BATCH, FILE = "GraphvineLoad", "GraphvineBatch", "GraphvineFile"
CHUNK, LEASE, META = "GraphvineChunk", "GraphvineLease", "GraphvineMeta"
INTERNAL = (BATCH, CHUNK, FILE, LEASE, LOAD, META)
# Format 2 introduced dates, and times in the zone of the market.
FORMAT = 2
# Placeholder for a missing property: collect() skips nulls, and all columns must have the same length. No property has
# this type, except booleans, for which a number is used.
MISSING_MARK = False
MISSING_BOOLEAN_MARK = -1


def quoted(name: str) -> str:
    """A name in back-ticks."""
    return "`" + name.replace("`", "``") + "`"


def labels_of(node: str, roles: tuple[str, ...] = ()) -> str:
    """The labels of a graphvine node, as text for a pattern."""
    return "".join(f":{quoted(label)}" for label in (node, *roles, OWNED))


def writing(kind: ColumnType, value: str) -> str:
    """Cypher expression that converts the parameter ``value`` into a property; times use the parameter ``$zone``."""
    if kind == "time":
        # Building the time on the server takes half as long as sending a temporal value.
        return f"CASE WHEN {value} IS NULL THEN null ELSE datetime({{epochSeconds: {value}, timezone: $zone}}) END"
    return value


def reading(kind: ColumnType, value: str) -> str:
    """Cypher expression that converts the property ``value`` for collecting."""
    mark = MISSING_BOOLEAN_MARK if kind == "boolean" else str(MISSING_MARK).lower()
    number = {"time": f"{value}.epochSeconds", "date": f"duration.inDays(date('1970-01-01'), {value}).days"}
    return f"coalesce({number.get(kind, value)}, {mark})"


def zone_parameter(zone: str) -> str:
    """The value of ``$zone``; UTC becomes an offset instead of a zone name, so that times equal those ending in Z."""
    return "Z" if zone in ("", UTC) else zone


def edge_columns(schema: Schema, key: EdgeKey) -> dict[str, Column]:
    """Time, weight and the further columns of an edge type, in the order of transfer."""
    return {"time": Column("time"), "weight": Column("decimal"), **schema.edge(key).columns}


def constraints(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Name, label and property of each uniqueness constraint."""
    for label in (*schema.nodes, *DERIVED_LABELS):
        yield f"graphvine_{label}_id", label, "id"
    yield from internal_constraints()


def internal_constraints() -> Iterator[tuple[str, str, str]]:
    """Uniqueness constraints of the internal nodes: ledger, lease, chunks."""
    for label in INTERNAL:
        yield f"graphvine_{label}_key", label, "key"


def result_index(relation: str) -> str:
    """Name of the index on the result id of relationships."""
    return f"graphvine_{relation}_result"


def is_our_rule(name: str, label: str, key: str) -> bool:
    """Whether graphvine made this constraint or index, judged by its name.

    Also True for types that only an earlier schema had.
    """
    return name in (f"graphvine_{label}_{key}", result_index(label)) and key in ("id", "key", "result_id")
