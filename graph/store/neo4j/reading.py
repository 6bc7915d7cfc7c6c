"""Reads nodes and edges from Neo4j as collected columns, with thousands of rows per record.

One record per row takes the driver four times as long. Nodes are read in pages by id. Few edges are read at once, many
by ranges of source ids, whose width is adapted to the number of edges of the last pages. A single source with more
edges than a page is read row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.schema import Column, EdgeKey, Schema
from graph.store.neo4j.arrow_rows import arrow_type, to_arrow
from graph.store.neo4j.model import edge_columns, labels_of, quoted, reading

if TYPE_CHECKING:
    import neo4j
    import pyarrow as pa

NODES_A_PAGE = 20_000
# Target number of edges per page, and the maximum.
EDGES_A_PAGE = 40_000
_MOST_EDGES = 150_000
_EVENT = "event"


@dataclass(frozen=True)
class EdgePages:
    """Reads the edges of one type page by page.

    Attributes:
        schema: The market schema.
        key: The edge type.
        sources: Ids of all its source nodes, in the order of the database's index.
        events: Whether to read the event ids too.
    """

    schema: Schema
    key: EdgeKey
    sources: Sequence[str]
    events: bool = False

    def read(self, session: neo4j.Session) -> Iterator[pa.Table]:
        """Tables of ``src``, ``dst``, ``event`` (text, if ``events``), ``time``, ``weight`` and further columns."""
        most = self._at_most(session)
        if most <= _MOST_EDGES:
            yield from [self._whole(session)] if most else []
            return
        start, width = 0, 1000
        while start < len(self.sources):
            stop = min(start + width, len(self.sources))
            page = self._page(session, self.sources[start:stop])
            if page is None and stop - start == 1:
                yield from self._row_by_row(session, self.sources[start])
            elif page is None:
                width = max(1, (stop - start) // 4)
                continue
            elif len(page):
                yield page
            found = _MOST_EDGES if page is None else len(page)
            width = max(1, min(4 * width, int((stop - start) * EDGES_A_PAGE / max(found, 1)), 10 * NODES_A_PAGE))
            start = stop

    @property
    def columns(self) -> dict[str, Column]:
        """The columns that are read in addition to the ends."""
        more = edge_columns(self.schema, self.key)
        return {_EVENT: Column("text"), **more} if self.events else more

    def _pattern(self) -> str:
        key = self.key
        return f"(a)-[e:{quoted(key.relation)}]->(b{labels_of(key.target)})"

    def _collected(self) -> str:
        values = ["a.id", "b.id", *(reading(c.type, f"e.{quoted(n)}") for n, c in self.columns.items())]
        return ", ".join(f"collect({value}) AS c{i}" for i, value in enumerate(values))

    def _at_most(self, session: neo4j.Session) -> int:
        """Upper bound of the number of edges, from the database's count store."""
        relation = quoted(self.key.relation)
        ends = (f"(:{quoted(self.key.source)})-[e:{relation}]->()", f"()-[e:{relation}]->(:{quoted(self.key.target)})")
        return min(int(session.run(f"MATCH {end} RETURN count(e)").single(strict=True)[0]) for end in ends)

    def _whole(self, session: neo4j.Session) -> pa.Table:
        """All edges at once; visiting every source for a few edges would take longer."""
        text = f"MATCH {self._pattern()} WHERE a{labels_of(self.key.source)} RETURN {self._collected()}"
        return self._table(session.run(text).single(strict=True).values())

    def _page(self, session: neo4j.Session, ids: Sequence[str]) -> pa.Table | None:
        """The edges of consecutive sources; None where they are too many for a page."""
        # Make the planner find the sources first; otherwise it may start from the index of the target.
        sources, parameters = self._sources(ids)
        text = (
            f"{sources} WITH a ORDER BY a.id MATCH {self._pattern()} WITH a, e, b LIMIT $most"
            f" RETURN {self._collected()}"
        )
        record = session.run(text, {"most": _MOST_EDGES + 1, **parameters}).single(strict=True)
        if len(record[0]) > _MOST_EDGES:
            return None
        return self._table(record.values())

    def _sources(self, ids: Sequence[str]) -> tuple[str, dict[str, Any]]:
        """The clause that matches consecutive sources, and its parameters."""
        labels = labels_of(self.key.source)
        if _one_order(ids):
            return f"MATCH (a{labels}) WHERE $first <= a.id <= $last", {"first": ids[0], "last": ids[-1]}
        return f"UNWIND $ids AS id MATCH (a{labels} {{id: id}})", {"ids": list(ids)}

    def _row_by_row(self, session: neo4j.Session, source: str) -> Iterator[pa.Table]:
        values = [reading(c.type, f"e.{quoted(n)}") for n, c in self.columns.items()]
        text = (
            f"MATCH (a{labels_of(self.key.source)} {{id: $source}}) MATCH {self._pattern()}"
            f" RETURN a.id AS a, b.id AS b, {', '.join(f'{v} AS c{i}' for i, v in enumerate(values))}"
        )
        result = session.run(text, source=source)
        while rows := [record.values() for record in result.fetch(EDGES_A_PAGE)]:
            yield self._table([list(column) for column in zip(*rows, strict=True)])

    def _table(self, columns: Sequence[Sequence[Any]]) -> pa.Table:
        import pyarrow as pa

        arrays = {name: pa.array(columns[i], pa.large_string()) for i, name in enumerate(("src", "dst"))}
        for values, (name, spec) in zip(columns[2:], self.columns.items(), strict=True):
            arrays[name] = to_arrow(values, spec.type, name=f"{self.key}.{name}")
        return pa.table(arrays)


def _one_order(ids: Sequence[str]) -> bool:
    """Whether comparing these ids gives the order of the database's index.

    The index orders by code points, comparisons by UTF-16 units. Both agree below U+E000; beyond, a range can be empty
    by mistake.
    """
    text = "".join(ids)
    return text.isascii() or max(text) < "\ue000"


def node_pages(session: neo4j.Session, schema: Schema, node: str) -> Iterator[pa.Table]:
    """Tables of ``id``, ``role_ROLE`` and the columns of a node type, ascending by id."""
    import pyarrow as pa

    spec = schema.node(node)
    values = {"id": "n.id"}
    values |= {f"role_{role}": f"n:{quoted(role)}" for role in spec.roles}
    values |= {name: reading(column.type, f"n.{quoted(name)}") for name, column in spec.columns.items()}
    text = (
        # Use the index order only, since comparisons of values can order differently.
        f"MATCH (n{labels_of(node)}) USING INDEX n:{quoted(node)}(id) WHERE n.id %s $after"
        f" WITH n ORDER BY n.id LIMIT {NODES_A_PAGE}"
        f" RETURN {', '.join(f'collect({v}) AS {quoted(n)}' for n, v in values.items())}"
    )
    after, compare = "", ">="
    while True:
        record = session.run(text % compare, after=after).single(strict=True)
        if not record["id"]:
            return
        arrays = {"id": pa.array(record["id"], pa.large_string())}
        arrays |= {f"role_{r}": pa.array(record[f"role_{r}"], pa.bool_()) for r in spec.roles}
        for name, column in spec.columns.items():
            arrays[name] = to_arrow(record[name], column.type, name=f"{node}.{name}")
        yield pa.table(arrays)
        if len(record["id"]) < NODES_A_PAGE:
            return
        after, compare = record["id"][-1], ">"


def empty_nodes(schema: Schema, node: str) -> pa.Table:
    """An empty table with the columns of ``node_pages``."""
    import pyarrow as pa

    spec = schema.node(node)
    fields = [("id", pa.large_string()), *((f"role_{role}", pa.bool_()) for role in spec.roles)]
    return pa.schema([*fields, *_fields(spec.columns)]).empty_table()


def _fields(columns: Mapping[str, Column]) -> list[tuple[str, pa.DataType]]:
    return [(name, arrow_type(spec.type)) for name, spec in columns.items()]
