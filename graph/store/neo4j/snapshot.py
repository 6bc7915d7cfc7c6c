"""Reads the database into a HeteroGraph, byte-equal to that of the embedded store for the same data."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.columns import Edges, NodeColumn, Nodes
from graph.errors import StoreError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey, Schema
from graph.store.edge_order import canonical_edges
from graph.store.embedded.reading import TEXTS, coded, numeric
from graph.store.neo4j.database import Database
from graph.store.neo4j.model import edge_columns
from graph.store.neo4j.reading import EdgePages, empty_nodes, node_pages
from graph.text import TextArray

if TYPE_CHECKING:
    import pyarrow as pa


def read_graph(
    database: Database, schema: Schema, types: Collection[str] | None, *, zone: str, readers: int
) -> HeteroGraph:
    """All nodes, and the edges of the given types (all where None).

    Args:
        database: The database; there must be no load meanwhile.
        schema: The market schema.
        types: Edge types in their text form.
        zone: Time zone of the market.
        readers: Number of sessions that read at a time.

    Raises:
        StoreError: the database contains data that no load has written.
    """
    wanted = [key for key in schema if types is None or str(key) in types]
    with ThreadPoolExecutor(readers, thread_name_prefix="graphvine-read") as pool:
        fetched = pool.map(lambda name: _fetch(database, schema, name), schema.nodes)
        tables = dict(zip(schema.nodes, fetched, strict=True))
        ids = {name: table["id"].combine_chunks() for name, table in tables.items()}
        found = list(pool.map(lambda key: _read_edges(database, schema, key, ids), wanted))
    nodes = {name: _to_nodes(schema, name, table) for name, table in tables.items()}
    sets = {key: edges for key, edges in zip(wanted, found, strict=True) if edges is not None}
    return HeteroGraph.of(nodes, sets, schema=schema, zone=zone)


def _fetch(database: Database, schema: Schema, node: str) -> pa.Table:
    """The nodes of a type, in ascending byte order of their ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    with database.reading() as session:
        table = pa.concat_tables([empty_nodes(schema, node), *node_pages(session, schema, node)])
    # The database orders texts with characters beyond U+FFFF differently.
    return table.take(pc.sort_indices(table["id"]))


def _to_nodes(schema: Schema, name: str, table: pa.Table) -> Nodes:
    spec = schema.node(name)
    values: dict[str, NodeColumn] = {
        column: TextArray.of_arrow(table[column]) if c.type in TEXTS else numeric(table[column], c.type)
        for column, c in spec.columns.items()
    }
    flags = {role: table[f"role_{role}"].to_numpy().astype(np.bool_) for role in spec.roles}
    ids = IdMap(name, TextArray.of_arrow(table["id"]))
    return Nodes(ids, MappingProxyType(values), MappingProxyType(flags)).canonical()


def _read_edges(database: Database, schema: Schema, key: EdgeKey, ids: dict[str, pa.Array]) -> Edges | None:
    """The edges of a type in canonical order; None where there are none."""
    import pyarrow as pa

    sources, targets = ids[key.source], ids[key.target]
    if not len(sources) or not len(targets):
        return None
    pages = []
    with database.reading() as session:
        for page in EdgePages(schema, key, sources.to_pylist()).read(session):
            # All pages are kept in memory, and numbers take a tenth of the space of ids.
            src, dst = _numbers(page["src"], sources, key), _numbers(page["dst"], targets, key)
            pages.append(page.drop_columns(["src", "dst"]).append_column("src", src).append_column("dst", dst))
    if not pages:
        return None
    table = pa.concat_tables(pages)
    specs = {name: c for name, c in edge_columns(schema, key).items() if name not in ("time", "weight")}
    return canonical_edges(
        len(sources),
        table["src"].to_numpy(),
        table["dst"].to_numpy(),
        time=numeric(table["time"], "time"),
        weight=numeric(table["weight"], "decimal"),
        columns={n: coded(table[n]) if c.type in TEXTS else numeric(table[n], c.type) for n, c in specs.items()},
    )


def _numbers(column: pa.ChunkedArray, ids: pa.Array, key: EdgeKey) -> pa.Array:
    """Node numbers of these ids, int64."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(column.combine_chunks(), value_set=ids)
    if found.null_count:
        raise StoreError(
            f"the nodes at {found.null_count:,} ends of {key} came while the database was read",
            hint="somebody else writes to it; run this again",
        )
    return found.cast(pa.int64())
