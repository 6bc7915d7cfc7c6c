"""Finds what a later graph has that an earlier one does not have: new and changed nodes, new roles, new events.

Both graphs are in canonical order. In the later graph, earlier nodes may have other numbers, but in the same order. So
the renumbered earlier edges are a sorted subsequence of the later edges, and merging the two sequences gives the new
events exactly, even among equal parallel ones. This needs no event ids and no store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.columns import (
    DAYS,
    MISSING_BOOLEAN,
    MISSING_DATE,
    MISSING_INTEGER,
    UNDATED,
    Array,
    Coded,
    Edges,
    NodeColumn,
    Nodes,
    sortable,
)
from graph.hetero import HeteroGraph
from graph.schema import EdgeKey
from graph.text import Int64, TextArray

# Edges compared at a time, which limits the memory.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Difference:
    """The additions to the earlier graph.

    Attributes:
        nodes: Node type to the numbers, in the later graph, of its new and changed nodes, ascending.
        roles: Node type and role to the numbers of the nodes that have got it.
        edges: Edge type to the positions, in the later graph, of its new edges, ascending.
    """

    nodes: Mapping[str, Int64]
    roles: Mapping[tuple[str, str], Int64]
    edges: Mapping[EdgeKey, Int64]

    @property
    def new_edges(self) -> int:
        """Number of new edges."""
        return sum(len(positions) for positions in self.edges.values())

    @property
    def touched_nodes(self) -> int:
        """Number of new and changed nodes."""
        return sum(len(numbers) for numbers in self.nodes.values())


def difference(old: HeteroGraph, new: HeteroGraph, *, most: int) -> Difference | None:
    """The additions of ``new`` to ``old``.

    Args:
        old: The earlier graph.
        new: The later graph.
        most: Largest number of nodes and edges together, >= 0; a larger difference is not computed.

    Returns:
        The difference; None where it is larger than ``most``, or where ``new`` lacks a node, an edge or a role of
        ``old``, or has a column with another type.
    """
    places: dict[str, Int64] = {}
    nodes: dict[str, Int64] = {}
    roles: dict[tuple[str, str], Int64] = {}
    if not set(old.edge_sets) <= set(new.edge_sets) or not _may_be_small(old, new, most):
        return None
    for name, later in new.nodes.items():
        earlier = old.nodes.get(name)
        place = np.zeros(0, np.int64) if earlier is None else _places(earlier, later)
        found = None if place is None else _touched(earlier, later, place)
        if place is None or found is None:
            return None
        places[name], nodes[name] = place, found[0]
        roles.update({(name, role): numbers for role, numbers in found[1].items()})
    if not set(old.nodes) <= set(places):
        return None
    edges: dict[EdgeKey, Int64] = {}
    for key, now in new.edge_sets.items():
        fresh = _fresh_edges(old.edges(key), now, places[key.source], places[key.target])
        if fresh is None:
            return None
        edges[key] = fresh
    whole = Difference(
        {name: numbers for name, numbers in nodes.items() if len(numbers)},
        {role: numbers for role, numbers in roles.items() if len(numbers)},
        {key: fresh for key, fresh in edges.items() if len(fresh)},
    )
    return whole if whole.new_edges + whole.touched_nodes <= most else None


def _may_be_small(old: HeteroGraph, new: HeteroGraph, most: int) -> bool:
    """Whether the counts of nodes and edges allow a small difference; avoids comparing very different graphs."""
    grown = [len(e) - len(old.edges(key)) for key, e in new.edge_sets.items()]
    grown += [len(n) - old.count(name) for name, n in new.nodes.items()]
    return min(grown, default=0) >= 0 and sum(grown) <= most


def _places(old: Nodes, new: Nodes) -> Int64 | None:
    """The later number of each earlier node, int64 (n_old,), ascending; None where a node is missing."""
    import pyarrow.compute as pc

    found = pc.index_in(old.ids.texts.to_arrow(), value_set=new.ids.texts.to_arrow())
    return None if found.null_count else found.to_numpy().astype(np.int64)


def _touched(old: Nodes | None, new: Nodes, place: Int64) -> tuple[Int64, dict[str, Int64]] | None:
    """Numbers of the new and changed nodes, and of those with a new role; None where a type or a role is missing."""
    touched = np.ones(len(new), np.bool_)
    touched[place] = False
    had = {} if old is None else old.roles
    if old is not None:
        for name in {*old.columns, *new.columns}:
            changed = _changed(old.columns.get(name), new.columns.get(name), place)
            if changed is None:
                return None
            touched[place[changed]] = True
    roles = {}
    for role in {*had, *new.roles}:
        before = np.zeros(len(new), np.bool_)
        if role in had:
            before[place] = had[role]
        after = new.roles.get(role, np.zeros(len(new), np.bool_))
        if bool((before & ~after).any()):
            return None
        roles[role] = np.flatnonzero(after & ~before)
    return np.flatnonzero(touched), roles


def _changed(old: NodeColumn | None, new: NodeColumn | None, place: Int64) -> npt.NDArray[np.bool_] | None:
    """True for earlier nodes with another value now, bool (n_old,); None where the column has another type."""
    import pyarrow.compute as pc

    column = old if old is not None else new
    if isinstance(column, TextArray):
        before = TextArray(np.zeros(len(place) + 1, np.int64), np.zeros(0, np.uint8)) if old is None else old
        if not isinstance(before, TextArray) or not (new is None or isinstance(new, TextArray)):
            return None
        now = pc.take(new.to_arrow(), place) if new is not None else None
        found = pc.not_equal(before.to_arrow(), "" if now is None else now)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
    if isinstance(old, TextArray) or isinstance(new, TextArray) or column is None:
        return None
    if old is not None and new is not None and old.dtype != new.dtype:
        return None
    missing = np.full(len(place), _missing(column), column.dtype)
    was, now_ = (missing if old is None else old), (missing if new is None else new[place])
    return np.asarray(_bits(was) != _bits(now_), np.bool_)


def _missing(column: Array) -> Any:
    if column.dtype.kind == "f":
        return float("nan")
    if column.dtype == DAYS:
        return MISSING_DATE
    return int(MISSING_BOOLEAN if column.dtype == np.int8 else MISSING_INTEGER)


def _bits(column: Array) -> Array:
    """The values as integers, so that missing values compare equal (NaN does not equal NaN)."""
    return np.ascontiguousarray(column).view(np.int64) if column.dtype.kind in "fM" else column


def _fresh_edges(old: Edges, new: Edges, source: Int64, target: Int64) -> Int64 | None:
    """Positions of the edges of ``new`` that ``old`` does not have; None where ``new`` lacks an edge of ``old``.

    Args:
        old: The earlier edges.
        new: The later edges.
        source: Later number of each earlier source node, ascending.
        target: The same for the targets.
    """
    from graph.store.embedded.index.snapshot_difference_kernel import unmatched

    if _kinds(old) - _kinds(new) or _kinds_differ(old, new):
        return None
    codes = {name: _code_map(old.columns.get(name), column) for name, column in new.columns.items()}
    found = []
    for before, after in _blocks(old, new, source):
        first, second = old.take(np.arange(before.start, before.stop)), new.take(np.arange(after.start, after.stop))
        there = _keys(first, new, len(first))
        there[0], there[1] = source[first.src], target[first.dst]
        for row, name in enumerate(sorted(new.columns), start=4):
            column = codes[name]
            if column is not None:
                there[row] = column[there[row]]
        fresh, gone = unmatched(there, _keys(second, new, len(second)))
        if gone:
            return None
        found.append(fresh + after.start)
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _kinds(edges: Edges) -> set[str]:
    named = {"time": edges.time, "weight": edges.weight}
    return {f"column {name}" for name in edges.columns} | {n for n, part in named.items() if part is not None}


def _kinds_differ(old: Edges, new: Edges) -> bool:
    """Whether a common column has another type, or an earlier text that no later edge has."""
    for name, column in old.columns.items():
        other = new.columns[name]
        if isinstance(column, Coded) and isinstance(other, Coded):
            if not set(column.values.to_list()) <= set(other.values.to_list()):
                return True
        elif isinstance(column, Coded) or isinstance(other, Coded) or column.dtype != other.dtype:
            return True
    return False


def _code_map(old: Array | Coded | None, new: Array | Coded) -> Int64 | None:
    """The later code of each earlier code, with -1 (missing) at the end; None where the codes are equal."""
    if not isinstance(old, Coded) or not isinstance(new, Coded):
        return None
    return np.array([*(new.values.find(text) for text in old.values.to_list()), -1], np.int64)


def _blocks(old: Edges, new: Edges, source: Int64) -> Iterator[tuple[slice, slice]]:
    """Ranges of edges of both graphs with the same source nodes, each with about two million later edges."""
    first_old = first_new = 0
    while first_new < len(new) or first_old < len(old):
        last_new, last_old = len(new), len(old)
        if first_new + _BLOCK < len(new):
            bound = int(new.src[first_new + _BLOCK]) + 1
            last_new = int(np.searchsorted(new.src, bound))
            last_old = int(np.searchsorted(old.src, np.searchsorted(source, bound)))
        yield slice(first_old, last_old), slice(first_new, last_new)
        first_new, first_old = last_new, last_old


def _keys(edges: Edges, like: Edges, count: int) -> npt.NDArray[np.int64]:
    """Sort keys of edges, int64 (4 + columns, E): source, target, time, weight, columns; ascending in canonical order.

    Parts that ``like`` has and ``edges`` does not have are filled with missing values.
    """
    keys = np.empty((4 + len(like.columns), count), np.int64)
    keys[0], keys[1] = edges.src, edges.dst
    keys[2] = UNDATED if edges.time is None else edges.time
    keys[3] = _rank(np.full(count, np.nan) if edges.weight is None else edges.weight)
    for row, (name, column) in enumerate(sorted(like.columns.items()), start=4):
        own = edges.columns.get(name)
        if isinstance(column, Coded):
            keys[row] = own.codes if isinstance(own, Coded) else -1
        else:
            values = np.full(count, _missing(column), column.dtype) if own is None or isinstance(own, Coded) else own
            keys[row] = _rank(values) if column.dtype.kind == "f" else sortable(values)
    return keys


def _rank(decimals: Array) -> Int64:
    """Integers in the same order as the decimals, missing ones last; equal only for equal decimals."""
    bits = np.ascontiguousarray(decimals, np.float64).view(np.int64)
    return np.where(bits < 0, bits ^ np.int64(0x7FFFFFFFFFFFFFFF), bits)
