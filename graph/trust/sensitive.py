"""Hides sensitive columns and edge types: they are stored, but removed from everything that is read unless allowed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from types import MappingProxyType

from graph.errors import ConfigError, nearest
from graph.hetero import HeteroGraph
from graph.schema import Schema


def sensitive_names(schema: Schema) -> frozenset[str]:
    """Names of all sensitive attributes and edge types: ``Person.health``, ``Person-BOUGHT-Product.note``,
    ``Person-TREATED_AT-Clinic``."""
    return frozenset(_names(schema))


def _names(schema: Schema) -> Iterator[str]:
    for name, node in schema.nodes.items():
        yield from (f"{name}.{column}" for column, spec in node.columns.items() if spec.sensitivity == "sensitive")
    for key, edge in schema.edges.items():
        if edge.sensitivity == "sensitive":
            yield str(key)
        yield from (f"{key}.{column}" for column, spec in edge.columns.items() if spec.sensitivity == "sensitive")


def hidden_names(schema: Schema, allowed: Collection[str]) -> frozenset[str]:
    """The sensitive names that are not in ``allowed``.

    Raises:
        ConfigError: an allowed name is not a sensitive column or edge type.
    """
    names = sensitive_names(schema)
    for name in sorted(set(allowed) - names):
        hint = nearest(name, names) if names else "nothing in this schema is of the class sensitive"
        raise ConfigError(f"{name!r} is not a sensitive column or edge type", hint=hint)
    return names - set(allowed)


def held_names(graph: HeteroGraph, names: Collection[str]) -> list[str]:
    """The names of which the graph has values, in order."""
    held = {f"{node}.{column}" for node, nodes in graph.nodes.items() for column in nodes.columns}
    for key, edges in graph.edge_sets.items():
        held |= {str(key), *(f"{key}.{column}" for column in edges.columns)}
    return sorted(held & set(names))


def without(graph: HeteroGraph, names: Collection[str]) -> HeteroGraph:
    """The graph without these attributes and edge types; nodes and their numbers stay."""
    if not held_names(graph, names):
        return graph
    nodes = {
        node: replace(
            nodes, columns=MappingProxyType({c: v for c, v in nodes.columns.items() if f"{node}.{c}" not in names})
        )
        for node, nodes in graph.nodes.items()
    }
    edge_sets = {
        key: replace(
            edges, columns=MappingProxyType({c: v for c, v in edges.columns.items() if f"{key}.{c}" not in names})
        ).canonical()
        for key, edges in graph.edge_sets.items()
        if str(key) not in names
    }
    return HeteroGraph.of(nodes, edge_sets, cut_off=graph.cut_off, schema=graph.schema, zone=graph.zone)
