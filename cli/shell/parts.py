"""What a store holds, for listing and for completion: labels and relationship types with counts and properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from graph.schema import EdgeKey, Schema


@dataclass(frozen=True)
class Part:
    """A label or a relationship type.

    Attributes:
        kind: ``node``, ``role`` (a further label that some nodes of a type have), or ``relationship``.
        name: The label, or the type of the relationship.
        source: Label where the relationship begins; of a role, the node type.
        target: Label where the relationship ends.
        count: How many there are.
        properties: Name and type of each property, in order.
    """

    kind: Literal["node", "role", "relationship"]
    name: str
    source: str
    target: str
    count: int
    properties: tuple[tuple[str, str], ...]


def parts_of(
    schema: Schema, nodes: Mapping[str, int], roles: Mapping[tuple[str, str], int], edges: Mapping[EdgeKey, int]
) -> tuple[Part, ...]:
    """The parts of a market: node types with their roles, then relationships.

    Args:
        schema: Tells the properties.
        nodes: Node type to count.
        roles: Node type and role to count.
        edges: Edge type to count.
    """
    found: list[Part] = []
    for name in sorted(nodes):
        columns = (("id", "text"), *((c, spec.type) for c, spec in schema.node(name).columns.items()))
        found.append(Part("node", name, "", "", nodes[name], columns))
        found += [Part("role", role, name, "", n, columns) for (node, role), n in sorted(roles.items()) if node == name]
    for key in sorted(edges, key=lambda key: (key.relation, key)):
        edge = schema.edge(key)
        weight = (("weight", "decimal"),) if edge.weight else ()
        columns = (("time", "time"), *weight, *((c, spec.type) for c, spec in edge.columns.items()))
        found.append(Part("relationship", key.relation, key.source, key.target, edges[key], columns))
    return tuple(found)
