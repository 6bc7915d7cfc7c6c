"""How the market stands in Neo4j: labels, keys, and a column on its way in and out.

A node carries its type, its roles and ``Graphvine``, which marks what is ours; the ledger, the lease and the chunks of
a load are nodes of their own with a label besides. Times are native, in the zone of the market, and so are dates. Neo4j
has no decimals, so money is the nearest float64: rounding to cents gives the exact amount back. A missing value is an
absent property.
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
# Since format 2 there are dates, and times are in the zone of the market.
FORMAT = 2
# What a property that is not there comes back as, since collected columns must stay as long as each other. No property
# of ours is of this type: of booleans, which are, the missing ones come as a number.
MISSING_MARK = False
MISSING_BOOLEAN_MARK = -1


def quoted(name: str) -> str:
    """A name between back-ticks."""
    return "`" + name.replace("`", "``") + "`"


def labels_of(node: str, roles: tuple[str, ...] = ()) -> str:
    """The labels of a node of ours, as they stand in a pattern."""
    return "".join(f":{quoted(label)}" for label in (node, *roles, OWNED))


def writing(kind: ColumnType, value: str) -> str:
    """The expression of a property's value; ``value`` is that of the parameter, ``$zone`` the zone of times."""
    if kind == "time":
        # Building it on the server takes half the time of sending it as a temporal value.
        return f"CASE WHEN {value} IS NULL THEN null ELSE datetime({{epochSeconds: {value}, timezone: $zone}}) END"
    return value


def reading(kind: ColumnType, value: str) -> str:
    """The expression that a property is collected by; ``value`` is the property."""
    mark = MISSING_BOOLEAN_MARK if kind == "boolean" else str(MISSING_MARK).lower()
    number = {"time": f"{value}.epochSeconds", "date": f"duration.inDays(date('1970-01-01'), {value}).days"}
    return f"coalesce({number.get(kind, value)}, {mark})"


def zone_parameter(zone: str) -> str:
    """The value of ``$zone``: what is in UTC has no zone with a name, so that it equals a time that ends in Z."""
    return "Z" if zone in ("", UTC) else zone


def edge_columns(schema: Schema, key: EdgeKey) -> dict[str, Column]:
    """Time, weight and the further columns of an edge type, in the order in which they travel."""
    return {"time": Column("time"), "weight": Column("decimal"), **schema.edge(key).columns}


def constraints(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Name, label and property of each uniqueness constraint."""
    for label in (*schema.nodes, *DERIVED_LABELS):
        yield f"graphvine_{label}_id", label, "id"
    yield from internal_constraints()


def internal_constraints() -> Iterator[tuple[str, str, str]]:
    """Those of the nodes that nobody is shown."""
    for label in INTERNAL:
        yield f"graphvine_{label}_key", label, "key"


def result_index(relation: str) -> str:
    """Name of the index that finds the relationships of a result."""
    return f"graphvine_{relation}_result"


def is_our_rule(name: str, label: str, key: str) -> bool:
    """Whether a constraint or an index has the name that we give to one of that label or type, and that property.

    Also where a schema of earlier had the type.
    """
    return name in (f"graphvine_{label}_{key}", result_index(label)) and key in ("id", "key", "result_id")
