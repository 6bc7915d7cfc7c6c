"""Writes derived results into the database in batches, and removes them by their id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from graph.errors import StoreError
from graph.store.derived import ENDS, LABEL, RELATIONS, DerivedEdges, DerivedGraph
from graph.store.neo4j.database import rows_of
from graph.store.neo4j.load.lease import Lease
from graph.store.neo4j.model import CHUNK, OWNED, labels_of, quoted

if TYPE_CHECKING:
    import neo4j

T = TypeVar("T")
_ROWS = 5_000
_PREFIX = "result/"
_REMOVAL = "removal"


def write_results(lease: Lease, derived: DerivedGraph) -> None:
    """Write the nodes and relationships of a result, replacing an existing result with the same id.

    The ``Result`` nodes are written last, so a result with such a node is complete. Until then, internal note nodes
    list the batches that are written, by which ``clear_unfinished`` removes an interrupted result.

    Raises:
        StoreError: a person or an item of the result is not in the database; the result is then removed completely.
    """
    remove_results(lease, derived.result_id)
    try:
        for place, (text, rows, what) in enumerate(_steps(derived)):
            _write(lease, text, rows, name=f"{_PREFIX}{derived.result_id}/{place:08d}", what=what)
    except _EndsMissingError:
        remove_results(lease, derived.result_id)
        raise
    _remove_notes(lease, derived.result_id)


def clear_unfinished(lease: Lease) -> None:
    """Clean up after an interrupted process: remove the notes of complete results, and incomplete results entirely."""
    text = f"MATCH (n:{CHUNK}) WHERE n.load STARTS WITH $prefix RETURN n.load, collect(n.key) ORDER BY n.load"
    for load, keys in lease.database.rows(text, prefix=_PREFIX):
        result_id = load.removeprefix(_PREFIX)
        whole = f"MATCH (n{labels_of('Result')}) WHERE n.result_id = $id RETURN 1 LIMIT 1"
        if f"{load}/{_REMOVAL}" not in keys and lease.database.rows(whole, id=result_id):
            _remove_notes(lease, result_id)
        else:
            remove_results(lease, result_id)


def remove_results(lease: Lease, result_id: str) -> None:
    """Remove a result by its id; a note node marks it as incomplete meanwhile."""
    load = f"{_PREFIX}{result_id}"

    def note(tx: neo4j.ManagedTransaction) -> None:
        lease.require(tx, 0)
        rows_of(
            tx, f"MERGE (n:{CHUNK} {{key: $key}}) SET n:{OWNED}, n.load = $load", key=f"{load}/{_REMOVAL}", load=load
        )

    lease.database.write(note)
    _remove(lease, f"MATCH (n{labels_of('Result')}) WHERE n.result_id = $id", result_id)
    for relation in sorted(RELATIONS.values()):
        _remove(lease, f"MATCH ()-[n:{quoted(relation)} {{result_id: $id}}]->()", result_id)
    for label in sorted(ENDS.values()):
        _remove(lease, f"MATCH (n{labels_of(label)}) WHERE n.result_id = $id", result_id)
    _remove_notes(lease, result_id)


def _remove_notes(lease: Lease, result_id: str) -> None:
    _remove(lease, f"MATCH (n:{CHUNK} {{load: $id}})", f"{_PREFIX}{result_id}")


class _EndsMissingError(StoreError):
    """A relationship of a result has an end that does not exist."""


def _steps(derived: DerivedGraph) -> Iterator[tuple[str, list[Any], str]]:
    """Statement, rows and name of each transaction."""
    for label in sorted(derived.nodes, key=lambda name: (name == "Result", name)):
        text = f"UNWIND $rows AS r MERGE (n{labels_of(label)} {{id: r.id}}) SET n:{LABEL} SET n += r RETURN count(n)"
        parts = ((text, [dict(row) for row in part], label) for part in _parts(derived.nodes[label]))
        if label == "Result":
            yield from _edge_steps(derived.edges)
        yield from parts


def _edge_steps(sets: Sequence[DerivedEdges]) -> Iterator[tuple[str, list[Any], str]]:
    for edges in sets:
        text = (
            f"UNWIND $rows AS r MATCH (a{labels_of('Person')} {{id: r[0]}})"
            f" MATCH (b{labels_of(edges.target)} {{id: r[1]}})"
            f" CREATE (a)-[e:{quoted(edges.relation)}]->(b) SET e = r[2] RETURN count(e)"
        )
        for part in _parts(edges.rows):
            yield text, [[person, end, dict(values)] for person, end, values in part], edges.relation


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]


def _write(lease: Lease, text: str, rows: list[Any], *, name: str, what: str) -> None:
    """Write some rows exactly once, even where the answer to the commit is lost: a note node records them."""
    load = name.rpartition("/")[0]

    def work(tx: neo4j.ManagedTransaction) -> None:
        lease.require(tx, 0)
        if rows_of(tx, f"MATCH (c:{CHUNK} {{key: $key}}) RETURN 1", key=name):
            return
        rows_of(tx, f"CREATE (c:{CHUNK}:{OWNED} {{key: $key, load: $load}})", key=name, load=load)
        [[written]] = rows_of(tx, text, rows=rows)
        if written != len(rows):
            raise _EndsMissingError(
                f"{len(rows) - written:,} of {len(rows):,} rows of {what} name a person or an item that the database"
                " does not have",
                hint="load the data into this database first: graphvine data load",
            )

    lease.database.write(work)


def _remove(lease: Lease, match: str, value: str) -> None:
    """Remove all matches of a pattern, in batches."""

    def work(tx: neo4j.ManagedTransaction) -> int:
        lease.require(tx, 0)
        return int(rows_of(tx, f"{match} WITH n LIMIT {_ROWS} DELETE n RETURN count(*)", id=value)[0][0])

    while lease.database.write(work):
        pass
