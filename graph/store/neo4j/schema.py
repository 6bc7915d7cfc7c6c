"""Constraints of graphvine's labels, and finding nodes and relationships of other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from graph.errors import StoreError
from graph.schema import Schema
from graph.store.derived import LABEL as DERIVED_LABEL
from graph.store.derived import LABELS as DERIVED_LABELS
from graph.store.derived import RELATIONS as DERIVED_RELATIONS
from graph.store.neo4j.database import Database
from graph.store.neo4j.model import INTERNAL, OWNED, constraints, is_our_rule, quoted, result_index

_AWAITED_S = 300
_NAMED = 5


@dataclass(frozen=True)
class Foreign:
    """Nodes of other programs in a database.

    Attributes:
        nodes: Number of nodes without the label ``Graphvine``.
        labels: Label to the number of such nodes, including labels that graphvine uses; "" for nodes without labels.
    """

    nodes: int = 0
    labels: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        most = sorted(self.labels.items(), key=lambda item: (-item[1], item[0]))
        parts = [f"{count:,} {f':{label}' if label else 'without a label'}" for label, count in most[:_NAMED]]
        if len(most) > _NAMED:
            parts.append(f"and {len(most) - _NAMED} labels more")
        return ", ".join(parts)


def name_labels(database: Database, schema: Schema) -> None:
    """Create the labels of the market before ``Graphvine``: the server lists a node's labels in order of creation."""
    roles = sorted({role for node in schema.nodes.values() for role in node.roles})
    names = [*schema.nodes, *DERIVED_LABELS, *roles, DERIVED_LABEL]
    database.alone("UNWIND $names AS name CALL db.createLabel(name) RETURN count(*) AS n", names=names)


def ensure_constraints(database: Database, schema: Schema) -> None:
    """Create missing uniqueness constraints, and wait until their indexes are online."""
    found = database.rows(
        "SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties RETURN type, labelsOrTypes, properties"
    )
    there = {
        (labels[0], names[0]) for kind, labels, names in found if "UNIQUE" in kind and len(names) == 1 == len(labels)
    }
    missing = [(name, label, key) for name, label, key in constraints(schema) if (label, key) not in there]
    for name, label, key in missing:
        database.alone(
            f"CREATE CONSTRAINT {quoted(name)} IF NOT EXISTS FOR (n:{quoted(label)}) REQUIRE n.{quoted(key)} IS UNIQUE"
        )
    indexed = {
        labels[0]
        for (labels,) in database.rows(
            "SHOW INDEXES YIELD labelsOrTypes, properties WHERE properties = ['result_id'] RETURN labelsOrTypes"
        )
    }
    missing_indexes = sorted(set(DERIVED_RELATIONS.values()) - indexed)
    for relation in missing_indexes:
        name = quoted(result_index(relation))
        database.alone(f"CREATE INDEX {name} IF NOT EXISTS FOR ()-[r:{quoted(relation)}]-() ON (r.result_id)")
    if missing or missing_indexes:
        database.alone(f"CALL db.awaitIndexes({_AWAITED_S})")


def our_rules(database: Database) -> list[tuple[str, str]]:
    """Label and drop statement of every constraint and index of graphvine; indexes of constraints are not listed."""
    columns = "name, labelsOrTypes, properties"
    shown = {
        "CONSTRAINT": f"SHOW CONSTRAINTS YIELD {columns}",
        "INDEX": f"SHOW INDEXES YIELD {columns}, owningConstraint WHERE owningConstraint IS NULL RETURN {columns}",
    }
    found = []
    for kind, text in shown.items():
        for name, labels, keys in database.latest(text):
            if labels and keys and len(labels) == 1 == len(keys) and is_our_rule(name, labels[0], keys[0]):
                found.append((str(labels[0]), f"DROP {kind} {quoted(name)} IF EXISTS"))
    return sorted(found)


def foreign(database: Database) -> Foreign:
    """Count the nodes of other programs; takes two look-ups of counts where there are none."""
    [[every]] = database.rows("MATCH (n) RETURN count(n)")
    [[ours]] = database.rows(f"MATCH (n:{OWNED}) RETURN count(n)")
    if every == ours:
        return Foreign()
    counted = database.rows(
        f"MATCH (n) WHERE NOT n:{OWNED} UNWIND CASE WHEN size(labels(n)) = 0 THEN [''] ELSE labels(n) END AS label"
        " RETURN label, count(*)"
    )
    return Foreign(every - ours, MappingProxyType({str(label): int(count) for label, count in counted}))


def require_own(database: Database, schema: Schema, *, shared: bool) -> None:
    """Refuse a database that contains nodes of other programs.

    Args:
        database: The database.
        schema: The market schema.
        shared: Accept other nodes, as long as none of them has a label that graphvine uses.

    Raises:
        StoreError: it is refused; the message has the counts.
    """
    found = foreign(database)
    if not found.nodes:
        return
    roles = (role for node in schema.nodes.values() for role in node.roles)
    taken = sorted({*schema.nodes, *roles, *DERIVED_LABELS, DERIVED_LABEL, *INTERNAL} & set(found.labels))
    if taken:
        clash = Foreign(found.nodes, MappingProxyType({label: found.labels[label] for label in taken}))
        raise StoreError(
            f"the database has nodes of other programs with labels that graphvine uses: {clash}",
            hint=f"load into another database, or rename there: {', '.join(taken)}",
        )
    if not shared:
        raise StoreError(
            f"the database holds {found.nodes:,} nodes that graphvine did not make: {found}",
            hint="load into another database, or beside them: --shared; they are never touched",
        )


def foreign_relations(database: Database, schema: Schema) -> dict[str, int]:
    """Relationships of other programs at graphvine's nodes: type to number, in order of type."""
    ours = {*(key.relation for key in schema), *DERIVED_RELATIONS.values()}
    names = database.rows("CALL db.relationshipTypes() YIELD relationshipType AS name RETURN name ORDER BY name")
    shared = foreign(database).nodes > 0
    found = {}
    for (name,) in names:
        if name in ours and not shared:
            continue
        where = f" WHERE NOT b:{OWNED}" if name in ours else ""
        [[count]] = database.rows(f"MATCH (a:{OWNED})-[r:{quoted(name)}]-(b){where} RETURN count(DISTINCT r)")
        if count:
            found[name] = count
    return found
