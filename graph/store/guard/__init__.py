"""The read-only guard: what a person writes is admitted, read into a tree, and checked before any engine sees it.

``admission`` walks over the tokens and lets nothing pass that is no reading query; ``reading`` makes the tree, and
``checking`` refuses what the embedded engine and Neo4j would answer differently. Both stores send an engine only what
is written anew from the tree (``writing``), so that nothing reaches it that was not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.store.guard.admission import MAX_HOPS, MAX_LENGTH, admit
from graph.store.guard.checking import Checked, checked
from graph.store.guard.kinds import Kind
from graph.store.guard.parameters import plain_parameters
from graph.store.guard.reading import Reader
from graph.store.guard.tokens import decoded, tokens_of, without_comments

__all__ = ["MAX_HOPS", "MAX_LENGTH", "Checked", "check", "understood", "without_comments"]


def check(text: str) -> None:
    """Refuse a query that does anything but read the graph, or that engines read differently.

    Args:
        text: One Cypher statement, with or without a trailing semicolon.

    Raises:
        QueryRefusedError: the text is not inside the allowed part of Cypher; the message names the clause, function
            or character and its place.

    >>> check("MATCH (p:Person {id: $id}) RETURN p.name AS `LOAD CSV`")
    >>> check("MATCH (n) SET n.x = 1")
    Traceback (most recent call last):
    graph.errors.QueryRefusedError: SET is refused at line 1, column 11: queries only read the graph
    """
    understood(text, None, None)


def understood(text: str, parameters: Mapping[str, Any] | None, columns: Mapping[str, Kind] | None) -> Checked:
    """The tree of a query, with the kind of each expression.

    Args:
        text: One Cypher statement.
        parameters: The values of its parameters; None where they are not known yet.
        columns: Name of a property to its kind; None where the market is not known.

    Raises:
        QueryRefusedError: as of ``check``, or a parameter is of a kind that its place does not take.
        StoreError: a parameter is nothing that a query takes.
    """
    admit(text)
    parameters = None if parameters is None else plain_parameters(parameters)
    plain = decoded(text)
    tokens = [t for t in tokens_of(plain) if t.kind not in ("space", "comment")]
    return checked(Reader(plain, tokens).query(), plain, parameters=parameters, columns=columns)
