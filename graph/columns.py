"""Nodes and Edges: all nodes or edges of one type as arrays. A HeteroGraph is made of these.

Missing values: NaN in float64, ``MISSING_INTEGER`` in int64, ``UNDATED`` in times, NaT in dates, -1 in booleans (int8)
and in ``Coded``, the empty string in TextArray.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.ids import IdMap
from graph.text import Int64, TextArray

MISSING_INTEGER = np.iinfo(np.int64).min
UNDATED = MISSING_INTEGER
MISSING_BOOLEAN = np.int8(-1)
DAYS = np.dtype("datetime64[D]")
MISSING_DATE = np.datetime64("NaT", "D")

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A text column of an edge type with few distinct values.

    Attributes:
        codes: int32 (E,), position in ``values``; -1 where missing.
        values: The distinct values in ascending byte order.
    """

    codes: npt.NDArray[np.int32]
    values: TextArray

    def is_(self, value: str) -> npt.NDArray[np.bool_]:
        """True where the column has this value, bool (E,)."""
        code = self.values.find(value)
        return self.codes == code if code >= 0 else np.zeros(len(self.codes), np.bool_)

    def compact(self) -> Coded:
        """The same column, with unused values removed and the empty string made missing."""
        seen = np.zeros(len(self.values) + 1, np.bool_)
        seen[self.codes] = True  # code -1 (missing) marks the extra last element
        seen = seen[:-1]
        if len(seen) and not self.values.raw(0):
            seen[0] = False
        if seen.all():
            return self if self.codes.dtype == np.int32 else replace(self, codes=self.codes.astype(np.int32))
        fresh = np.append(np.where(seen, np.cumsum(seen) - 1, -1), -1).astype(np.int32)
        return Coded(fresh[self.codes], TextArray.of(self.values.pick(np.flatnonzero(seen))))


NodeColumn = TextArray | Array
EdgeColumn = Coded | Array


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """The nodes of one type.

    Attributes:
        ids: External ids; the position in them is the node's number.
        columns: Attribute name to values (n,): TextArray ("" is missing), float64 (NaN is missing), int64 for
            integers and times (``MISSING_INTEGER``), datetime64[D] for dates (NaT), int8 for booleans (-1).
        roles: Role name to flags, bool (n,).
    """

    ids: IdMap
    columns: Mapping[str, NodeColumn]
    roles: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(self.ids)

    def canonical(self) -> Nodes:
        """The same nodes, with float columns in canonical form (see ``Edges.canonical``)."""
        columns = {n: c if isinstance(c, TextArray) else _canonical_floats(c) for n, c in self.columns.items()}
        return replace(self, columns=MappingProxyType(columns))


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of one type, in canonical order.

    Attributes:
        src: int64 (E,), number of the source node.
        dst: int64 (E,), number of the target node.
        time: int64 (E,) UTC seconds, ``UNDATED`` where an event has no time; None where no event has one.
        weight: float64 (E,), NaN where missing; None where no event has one.
        columns: Further columns (E,), by name.
    """

    src: Int64
    dst: Int64
    time: Int64 | None = None
    weight: npt.NDArray[np.float64] | None = None
    columns: Mapping[str, EdgeColumn] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(self.src)

    def parts(self) -> Iterator[Array]:
        """Iterate over all arrays that have one entry per edge."""
        yield from (part for part in (self.src, self.dst, self.time, self.weight) if part is not None)
        yield from (c.codes if isinstance(c, Coded) else c for c in self.columns.values())

    @property
    def period(self) -> tuple[int, int] | None:
        """Times of the first and the last dated edge, UTC seconds; None where no edge has a time."""
        dated = self.time[self.time != UNDATED] if self.time is not None else ()
        return (int(dated.min()), int(dated.max())) if len(dated) else None  # type: ignore[union-attr]

    def take(self, where: Array) -> Edges:
        """The edges at these positions, or where this mask is true, in the same order."""
        return Edges(
            self.src[where],
            self.dst[where],
            None if self.time is None else self.time[where],
            None if self.weight is None else self.weight[where],
            MappingProxyType(
                {
                    name: Coded(c.codes[where], c.values) if isinstance(c, Coded) else c[where]
                    for name, c in self.columns.items()
                }
            ),
        )

    def canonical(self) -> Edges:
        """The same edges in canonical form, so that equal data has equal bytes whichever store it comes from.

        Sorted by (src, dst, time, weight, columns in order of name): missing times, dates and texts first, missing
        decimals last. Negative zeros become zeros, all NaNs get the same bits, unused values of text columns are
        dropped.
        """
        edges = replace(
            self,
            src=np.ascontiguousarray(self.src, np.int64),
            dst=np.ascontiguousarray(self.dst, np.int64),
            time=None if self.time is None else np.ascontiguousarray(self.time, np.int64),
            weight=None if self.weight is None else _canonical_floats(self.weight.astype(np.float64, copy=False)),
            columns=MappingProxyType(
                {
                    name: c.compact() if isinstance(c, Coded) else _canonical_floats(c)
                    for name, c in self.columns.items()
                }
            ),
        )
        return edges.take(edges._order())

    def _order(self) -> Int64:
        """Positions of the edges in canonical order."""
        width = int(self.dst.max(initial=0)) + 1
        pair = self.src * width + self.dst  # below 2**63 for up to 3e9 nodes on each side
        order = np.argsort(pair, kind="stable")
        pair = pair[order]
        tied = np.zeros(len(pair), np.bool_)
        np.equal(pair[1:], pair[:-1], out=tied[1:])
        tied[:-1] |= tied[1:]
        # Few pairs have several edges. Sorting only those by all keys is five times faster than one lexsort of
        # everything.
        places = np.flatnonzero(tied)
        some = order[places]
        keys: list[Array] = []
        for name in sorted(self.columns, reverse=True):
            column = self.columns[name]
            keys.append(sortable(column.codes if isinstance(column, Coded) else column)[some])
        keys.extend(k[some] for k in (self.weight, self.time) if k is not None)
        order[places] = some[np.lexsort([*keys, pair[places]])]
        return order


def sortable(column: Array) -> Array:
    """The column with dates as int64, so that missing dates sort first (NumPy sorts NaT last)."""
    return column.view(np.int64) if column.dtype == DAYS else column


def missing_everywhere(column: NodeColumn | EdgeColumn) -> bool:
    """Whether no node or edge has a value in this column."""
    if isinstance(column, TextArray):
        return len(column.data) == 0
    if isinstance(column, Coded):
        return bool((column.codes < 0).all())
    if column.dtype == np.int64:
        return bool((column == MISSING_INTEGER).all())
    if column.dtype == np.int8:
        return bool((column < 0).all())
    return bool(np.isnan(column).all())


def trim_nodes(nodes: Nodes) -> Nodes:
    """The nodes without columns and roles that are missing or false for all of them."""
    columns = {name: c for name, c in nodes.columns.items() if not missing_everywhere(c)}
    roles = {name: flags for name, flags in sorted(nodes.roles.items()) if flags.any()}
    return replace(nodes, columns=MappingProxyType(columns), roles=MappingProxyType(roles))


def trim_edges(edges: Edges) -> Edges:
    """The edges without columns, times and weights that are missing for all of them."""
    return replace(
        edges,
        time=None if edges.time is None or missing_everywhere(edges.time) else edges.time,
        weight=None if edges.weight is None or missing_everywhere(edges.weight) else edges.weight,
        columns=MappingProxyType(
            {
                n: c.compact() if isinstance(c, Coded) else c
                for n, c in edges.columns.items()
                if not missing_everywhere(c)
            }
        ),
    )


def _canonical_floats(column: Array) -> Array:
    """Floats with -0.0 as 0.0 and one bit pattern for NaN: these compare equal, but their bytes differ."""
    if column.dtype.kind != "f":
        return column
    plain = column + 0.0  # turns -0.0 into 0.0
    plain[np.isnan(plain)] = np.nan
    return plain
