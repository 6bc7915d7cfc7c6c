"""The third leg: the text of a query as it was written, on a server that holds the market and nothing of ours.

The embedded store and the store on a server both get what the guard has read and written anew, so that a misreading of
the guard shows in neither. Here both are held to how Neo4j itself reads the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graph.hetero import HeteroGraph
from graph.store.neo4j.values import plain_values
from graph.store.result import QueryResult
from tests.graph.store.parity.planted import PARAMETERS, fill_server, same_rows

if TYPE_CHECKING:
    from neo4j import Driver, Session

# What a text looks like -> why our answer may be another one than Neo4j's to the text as it is written.
EXCEPTIONS = {
    r"labels\(.*\[0\]": "labels come in the order in which the server first met them, ours type first",
    r"'\\u0041'$": "an unnamed column is named by its escape, ours by the letter that it means",
    r"\[e:VIEWED\|:BOUGHT\]": "an old way to write types, which Neo4j takes only without a variable",
    r"Person\|:Store|Person:KOL\|User": "two ways to join labels are mixed; Neo4j names the brackets that we read",
    r"\(p\)-\[:VIEWED\]->\(\) AS v": "a pattern as a column; Neo4j wants EXISTS { } around it",
    r"\+ \+ 1": "two plus signs",
    r"(?:IN|CONTAINS) \S+(?: null\])? IS (?:NOT )?NULL|IS NULL IS NULL|IN \[1\] IN": "Neo4j wants brackets here",
}
_OWN = (
    "MATCH (n:GraphvineMeta|GraphvineBatch) DETACH DELETE n",
    "MATCH (n:Graphvine) REMOVE n:Graphvine",
    "MATCH ()-[e]->() REMOVE e.event",
)
_LABELS = frozenset({"Person", "Store", "Product", "Vehicle", "KOL", "User"})


@contextmanager
def without_marks(session: Session, graph: HeteroGraph) -> Iterator[None]:
    """The market without what a load puts there besides: its own nodes, its label and the numbers of events."""
    for statement in _OWN:
        session.run(statement).consume()
    try:
        yield
    finally:
        session.run("MATCH (n) DETACH DELETE n").consume()
        fill_server(session, graph)


def as_written(driver: Driver, database: str, types: Mapping[str, Any]) -> Callable[[str], QueryResult | str]:
    """A function that runs a text as it is in a READ transaction; of one that fails it gives the first line why."""
    from neo4j import READ_ACCESS
    from neo4j.exceptions import Neo4jError

    plain = plain_values(types)

    def ask(text: str) -> QueryResult | str:
        with driver.session(database=database, default_access_mode=READ_ACCESS, fetch_size=-1) as session:
            try:
                with session.begin_transaction(timeout=20) as transaction:
                    result = transaction.run(f"CYPHER 5 {text}", PARAMETERS)
                    columns = tuple(result.keys())
                    rows = [tuple(plain(value) for value in record.values()) for record in result]
            except Neo4jError as error:
                return str(error.message).partition("\n")[0]
        return QueryResult(columns, rows, False)

    return ask


def agrees(text: str, ours: QueryResult, written: QueryResult | str) -> bool:
    """Whether our answer is the one to the text as it was written, or may be another for a reason with a name."""
    if any(re.search(form, text) for form in EXCEPTIONS):
        return True
    return (
        isinstance(written, QueryResult)
        and ours.columns == written.columns
        and same_rows(text, *([_unordered(row) for row in rows] for rows in (ours.rows, written.rows)))
    )


def _unordered(value: Any) -> Any:
    """What ``labels()`` gives without its order."""
    if isinstance(value, tuple):
        return tuple(_unordered(item) for item in value)
    if isinstance(value, list):
        names = value and all(isinstance(item, str) and item in _LABELS for item in value)
        return sorted(value) if names else [_unordered(item) for item in value]
    return value
