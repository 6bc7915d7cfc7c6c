"""Items by the names that people give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.errors import ConfigError

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph


def find_item(graph: HeteroGraph, item: str) -> tuple[str, int]:
    """Node type and number of an item, named by its id or, where several types have it, as ``Vehicle:ID``.

    Raises:
        ConfigError: there is none of that id, or one of several types.
    """
    kind, colon, rest = item.partition(":")
    types = {name.lower(): name for name in graph.schema.targets()}
    named = types.get(kind.lower()) if colon else None
    choices = [(named, rest)] if named else [(node_type, item) for node_type in types.values()]
    found = []
    for node_type, name in choices:
        number = graph.ids(node_type).texts.find(name) if graph.count(node_type) else -1
        if number >= 0:
            found.append((node_type, number))
    if not found:
        raise _unknown(graph, item, choices)
    if len(found) > 1:
        what = " and ".join(f"a {node_type.lower()}" for node_type, _ in found)
        hint = " or ".join(f"{node_type}:{item}" for node_type, _ in found)
        raise ConfigError(f"{item!r} is both {what}", hint=f"write {hint}")
    return found[0]


def _unknown(graph: HeteroGraph, item: str, choices: list[tuple[str, str]]) -> ConfigError:
    """The error about an item that the graph does not have; its hint proposes the nearest id."""
    known = [name for name in graph.schema.targets() if graph.count(name)]
    near = (graph.ids(kind).nearest(name) for kind, name in choices if graph.count(kind))
    proposed = next((name for name in near if name is not None), None)
    lead = f"did you mean {proposed!r}? " if proposed is not None else ""
    return ConfigError(
        f"{item!r} is not a known {' or '.join(known).lower() or 'item'}",
        hint=f"{lead}ids are matched exactly; see `graphvine data export {(known or ['Product'])[-1]}`",
    )


def name_of(graph: HeteroGraph, node_type: str, node: str) -> str | None:
    """Display name of a node; None where it has none."""
    names: Any = graph.nodes[node_type].columns.get("name") if node_type in graph.nodes else None
    if names is None:
        return None
    number = graph.ids(node_type).texts.find(node)
    return (names[number] or None) if number >= 0 else None


def item_name(graph: HeteroGraph, item: str) -> str:
    """Name and id of an item that may have its type before it."""
    kind, _, node = item.rpartition(":")
    types = [t for t in graph.schema.targets() if kind.lower() in ("", t.lower())]
    name = next((n for t in reversed(types) if (n := name_of(graph, t, node))), None)
    return f"{name} ({node})" if name else node
