"""HeteroGraph: the immutable snapshot of a market that every algorithm reads.

Equal data has equal bytes, because the order is canonical: nodes are numbered by the UTF-8 byte order of their ids,
edges are sorted by (src, dst, time, weight, columns). On disk a graph is a folder with one uncompressed .npy file per
array. Reading maps the files into memory, so that opening takes milliseconds whatever the size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.columns import (
    DAYS,
    MISSING_INTEGER,
    UNDATED,
    Array,
    Edges,
    Nodes,
    trim_edges,
    trim_nodes,
)
from graph.errors import DataError, PrerequisiteError, nearest
from graph.events import Events, disliked, events, signed_counts, with_returns
from graph.ids import IdMap
from graph.notebook import html_table
from graph.schema import MARKET, PERSON, EdgeKey, Schema
from graph.schema.roles import Meaning
from graph.snapshot_io import fingerprint_of, header_and_arrays, read_folder, schema_of, write_folder
from graph.text import Int64, TextArray
from graph.zones import UTC

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import scipy.sparse as sp


@dataclass(frozen=True, eq=False)
class HeteroGraph:
    """Typed nodes and typed, dated, weighted edges, immutable; graphs with the same fingerprint are equal.

    Attributes:
        nodes: Node type to its nodes, in order of name; a type without nodes is absent.
        edge_sets: Edge key to its edges, in order of key; an edge type without edges is absent.
        cut_off: The t of ``until``, UTC seconds: all dated edges are before it; None for an uncut graph.
        schema: Says what each edge type means.
        zone: IANA name of the market's time zone; queries and reports count months, days and hours in it.
    """

    nodes: Mapping[str, Nodes]
    edge_sets: Mapping[EdgeKey, Edges]
    cut_off: int | None = None
    schema: Schema = MARKET
    zone: str = UTC

    @staticmethod
    def of(
        nodes: Mapping[str, Nodes],
        edge_sets: Mapping[EdgeKey, Edges],
        *,
        cut_off: int | None = None,
        schema: Schema = MARKET,
        zone: str = UTC,
    ) -> HeteroGraph:
        """Make a graph from parts whose edges are already in canonical order (``Edges.canonical``).

        Types without nodes or edges, and columns, times and weights without any value, are dropped: so a store that
        keeps empty columns and one that does not give the same fingerprint.

        Raises:
            DataError: an edge refers to a missing node, or the parts of an edge type differ in length.
        """
        for key, edges in edge_sets.items():
            if any(len(part) != len(edges) for part in edges.parts()):
                raise DataError(f"{key} has parts of different lengths", hint="give every array one entry per edge")
            for end, numbers in ((key.source, edges.src), (key.target, edges.dst)):
                count = len(nodes[end]) if end in nodes else 0
                if len(numbers) and (int(numbers.min()) < 0 or int(numbers.max()) >= count):
                    raise DataError(
                        f"{key} refers to a {end} that does not exist", hint="load the nodes with the edges"
                    )
        return HeteroGraph(
            MappingProxyType({name: trim_nodes(nodes[name]) for name in sorted(nodes) if len(nodes[name])}),
            MappingProxyType({key: trim_edges(edge_sets[key]) for key in sorted(edge_sets) if len(edge_sets[key])}),
            cut_off,
            schema,
            zone,
        )

    def count(self, node_type: str) -> int:
        """Number of nodes of that type; 0 where the type is absent."""
        return len(self.nodes[node_type]) if node_type in self.nodes else 0

    def ids(self, node_type: str) -> IdMap:
        """The ids of that node type.

        Raises:
            PrerequisiteError: the graph has no node of that type.
        """
        if self.count(node_type) == 0:
            known = node_type in self.schema.nodes or not self.nodes
            hint = "load some: graphvine data load" if known else nearest(node_type, self.nodes)
            raise PrerequisiteError(f"the graph has no {node_type} node", hint=hint)
        return self.nodes[node_type].ids

    def edges(self, key: EdgeKey) -> Edges:
        """The edges of that type; empty where the type is absent."""
        empty = np.zeros(0, np.int64)
        return self.edge_sets.get(key, Edges(empty, empty))

    def meaning(self, key: EdgeKey) -> Meaning:
        """What that edge type means."""
        return self.schema.meaning(key)

    def events(self, key: EdgeKey) -> Events:
        """The events of that type, net of returns and dislikes (see ``graph.events``); computed once and cached."""
        if key not in self._events:
            edges, meaning = self.edges(key), self.meaning(key)
            present = ((k, self.meaning(k)) for k in self.keys(source=key.source, target=key.target))
            returns = [(self.edges(k), said) for k, said in present if said.undoes == key.relation]
            self._events[key] = events(with_returns(edges, meaning, returns) if returns else edges, meaning)
        return self._events[key]

    @cached_property
    def _events(self) -> dict[EdgeKey, Events]:
        return {}

    def disliked(self, node_type: str) -> Int64:
        """Pairs (person, node of that type) whose last rating is a dislike.

        Returns:
            int64, ascending, without repeats; each pair encoded as ``person * count(node_type) + node``.
        """
        if node_type not in self._dislikes:
            parts, width = [np.zeros(0, np.int64)], self.count(node_type)
            for key in self.keys(source=PERSON, target=node_type):
                edges, meaning = self.edges(key), self.meaning(key)
                if meaning.measure == "rating":
                    low = disliked(edges, meaning)
                    parts.append(edges.src[low] * width + edges.dst[low])
            self._dislikes[node_type] = np.unique(np.concatenate(parts))
        return self._dislikes[node_type]

    @cached_property
    def _dislikes(self) -> dict[str, Int64]:
        return {}

    def happened(self, key: EdgeKey) -> int:
        """Number of events of that type, with returns and dislikes counted as events too."""
        edges = self.edges(key)
        return round(float(np.abs(signed_counts(edges, self.meaning(key))).sum()))

    def keys(self, *, source: str | None = None, target: str | None = None) -> Iterator[EdgeKey]:
        """Iterate over the edge types that are present, in order, optionally only those with this source or target."""
        for key in self.edge_sets:
            if source in (None, key.source) and target in (None, key.target):
                yield key

    def role(self, role: str, node_type: str = "Person") -> npt.NDArray[np.bool_]:
        """True for nodes with that role, bool (n,); all False where no node has it."""
        nodes = self.nodes.get(node_type)
        if nodes is None or role not in nodes.roles:
            return np.zeros(self.count(node_type), np.bool_)
        return nodes.roles[role]

    def csr(self, key: EdgeKey) -> sp.csr_array:
        """Number of edges between each pair: float64 CSR matrix (n_source, n_target) with sorted indices."""
        import scipy.sparse as sp

        edges, shape = self.edges(key), (self.count(key.source), self.count(key.target))
        matrix = sp.coo_array((np.ones(len(edges)), (edges.src, edges.dst)), shape=shape).tocsr()
        matrix.sum_duplicates()
        return matrix

    @cached_property
    def last_time(self) -> int | None:
        """Time of the last dated edge, UTC seconds; None where nothing is dated."""
        return max((e.period[1] for e in self.edge_sets.values() if e.period), default=None)

    @property
    def now(self) -> int | None:
        """The time at which ages are measured, UTC seconds: the cut-off, or one second after the last event.

        Never the clock, so that results can be repeated. None where nothing is dated and nothing was cut.
        """
        if self.cut_off is not None:
            return self.cut_off
        return None if self.last_time is None else self.last_time + 1

    @cached_property
    def undated(self) -> Mapping[EdgeKey, int]:
        """Number of edges without a time, by type; ``until`` keeps these at every cut-off."""
        return {
            key: len(e) if e.time is None else int(np.count_nonzero(e.time == UNDATED))
            for key, e in self.edge_sets.items()
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeteroGraph) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        nodes = ", ".join(f"{len(n):,} {name}" for name, n in self.nodes.items())
        edges = sum(map(len, self.edge_sets.values()))
        return f"<HeteroGraph: {nodes or 'no nodes'}; {edges:,} edges of {len(self.edge_sets)} types>"

    def _repr_html_(self) -> str:
        rows: list[tuple[object, ...]] = [("node", name, len(n)) for name, n in self.nodes.items()]
        rows += [("edge", key, len(e)) for key, e in self.edge_sets.items()]
        return html_table(f"Snapshot {self.fingerprint[:16]}", ("part", "type", "count"), rows)

    def until(self, t: int) -> HeteroGraph:
        """The graph as it was known just before ``t`` (UTC seconds): dated edges with time < t, and all undated ones.

        Node numbering is kept, so results on both graphs can be compared by number.
        """
        kept = {
            key: e if e.time is None or bool((e.time < t).all()) else e.take(e.time < t)
            for key, e in self.edge_sets.items()
        }
        cut_off = t if self.cut_off is None else min(t, self.cut_off)
        return HeteroGraph.of(self.nodes, kept, cut_off=cut_off, schema=self.schema, zone=self.zone)

    def without(self, key: EdgeKey, where: npt.NDArray[np.bool_]) -> HeteroGraph:
        """The graph without the edges of that type where ``where`` (E,) is true."""
        kept = {k: e.take(~where) if k == key else e for k, e in self.edge_sets.items()}
        return HeteroGraph.of(self.nodes, kept, cut_off=self.cut_off, schema=self.schema, zone=self.zone)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every array with its type and name; equal for equal data, whichever store it comes from.

        Meanings of edge types are included where they differ from the market schema.
        """
        return fingerprint_of(*self._header_and_arrays())

    def _header_and_arrays(self) -> tuple[dict[str, Any], dict[str, Array]]:
        own = {key: self.meaning(key) for key in self.edge_sets if self.meaning(key) != MARKET.meaning(key)}
        return header_and_arrays(self.nodes, self.edge_sets, self.cut_off, self.zone, own)

    def attributes(self, node_type: str) -> pd.DataFrame:
        """Ids, roles and attributes of that node type as a frame; missing values are NA, dates are Arrow's date32.

        Raises:
            PrerequisiteError: the graph has no node of that type.
        """
        import pandas as pd
        import pyarrow as pa

        ids = self.ids(node_type)
        nodes = self.nodes[node_type]
        frame: dict[str, Any] = {"id": pd.Series(ids.texts.to_list(), dtype="str")}
        frame.update(nodes.roles)
        for name, column in nodes.columns.items():
            if isinstance(column, TextArray):
                frame[name] = pd.Series([text or None for text in column.to_list()], dtype="str")
            elif column.dtype == np.int64:
                frame[name] = pd.Series(column, dtype="Int64").mask(column == MISSING_INTEGER)
            elif column.dtype == DAYS:
                frame[name] = pd.Series(pa.array(column), dtype=pd.ArrowDtype(pa.date32()))
            elif column.dtype == np.int8:
                frame[name] = pd.Series(column == 1, dtype="boolean").mask(column < 0)
            else:
                frame[name] = np.asarray(column)
        return pd.DataFrame(frame)

    def to_networkx(self) -> nx.MultiDiGraph:
        """The whole graph as networkx, with nodes ``(type, id)``; for small graphs and for checks.

        Edges have the attributes ``relation``, and ``time`` (UTC seconds) and ``weight`` where these are known.
        """
        import networkx as nx

        result = nx.MultiDiGraph()
        names = {t: n.ids.texts.to_list() for t, n in self.nodes.items()}
        for node_type, ids in names.items():
            result.add_nodes_from((node_type, i) for i in ids)
        for key, e in self.edge_sets.items():
            for i, (s, d) in enumerate(zip(e.src.tolist(), e.dst.tolist(), strict=True)):
                facts: dict[str, Any] = {"relation": key.relation}
                if e.time is not None and e.time[i] != UNDATED:
                    facts["time"] = int(e.time[i])
                if e.weight is not None and not np.isnan(e.weight[i]):
                    facts["weight"] = float(e.weight[i])
                result.add_edge((key.source, names[key.source][s]), (key.target, names[key.target][d]), **facts)
        return result

    def write(self, directory: Path) -> Path:
        """Write the graph as a folder, atomically; an existing folder is replaced.

        Returns:
            The folder.
        """
        header, arrays = self._header_and_arrays()
        write_folder(directory, {**header, "fingerprint": self.fingerprint}, arrays)
        return directory

    @staticmethod
    def read(directory: Path) -> HeteroGraph:
        """Open a folder that ``write`` made; arrays are memory-mapped and read-only.

        The fingerprint is taken from the folder; ``verify`` computes it anew.

        Raises:
            PrerequisiteError: there is no such folder.
            DataError: the folder is not a graph of a format that this version reads.
        """
        header, nodes, edge_sets = read_folder(directory)
        parts = MappingProxyType(nodes), MappingProxyType(edge_sets)
        graph = HeteroGraph(*parts, header["cut_off"], schema_of(header), header["zone"])
        graph.__dict__["fingerprint"] = header["fingerprint"]
        return graph

    def verify(self) -> bool:
        """Whether the arrays still have the recorded fingerprint."""
        return fingerprint_of(*self._header_and_arrays()) == self.fingerprint
