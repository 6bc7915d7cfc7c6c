"""The read-only guard: accepts or refuses a Cypher query; the text itself is not changed.

An accepted query has only reading clauses, at any depth; calls only procedures and plugin functions that are on a list;
is a single statement; and contains nothing that two tokenizers could read differently. Grammar, types and semantics are
left to the engine. Further protection on Neo4j: EXPLAIN must classify the query as reading, and it runs in a READ
transaction with a timeout, a limit of rows and the server's limit of memory. On the embedded store the graph is
read-only and in a process of its own that can be killed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import QueryRefusedError
from graph.store.guard.tokens import Token, tokens_of, without_comments
from graph.store.guard.walk import Walk

__all__ = ["MAX_LENGTH", "Query", "check", "without_comments"]
MAX_LENGTH = 20_000


@dataclass(frozen=True)
class Query:
    """A query that was accepted.

    Attributes:
        text: Text for the engine: the whole query, with a leading EXPLAIN or PROFILE replaced by blanks.
        mode: ``EXPLAIN``, ``PROFILE`` or empty.
        tokens: Its tokens without spaces and comments.
        columns: Names of the last RETURN's columns that are given by AS.
        calls: Names of called functions and procedures, in lower case.
    """

    text: str
    mode: str
    tokens: tuple[Token, ...]
    columns: tuple[str, ...]
    calls: frozenset[str]


def check(text: str, opened: Sequence[str] = ()) -> Query:
    """Check a query, and refuse one that does more than read.

    Args:
        text: One Cypher statement, with or without a trailing semicolon.
        opened: Patterns of plugin procedures and functions that a setting allows, such as ``gds.*.stream``.

    Raises:
        QueryRefusedError: it is refused; the message has the word, function or character and its place.

    >>> check("MATCH (p:Person {id: $id}) RETURN p.name AS `LOAD CSV`").columns
    ('LOAD CSV',)
    >>> check("MATCH (n) SET n.x = 1")
    Traceback (most recent call last):
    graph.errors.QueryRefusedError: SET is refused at line 1, column 11
    """
    if len(text) > MAX_LENGTH or re.search(r"[\ud800-\udfff\x00]", text):
        raise QueryRefusedError(
            f"a text of more than {MAX_LENGTH:,} characters, or with an invalid character, is refused",
            hint="put long lists into parameters",
        )
    tokens = [t for t in tokens_of(text) if t.kind not in ("space", "comment")]
    mode = tokens[0].word if tokens and tokens[0].word in ("EXPLAIN", "PROFILE") else ""
    if mode:
        first = tokens.pop(0)
        text = text[: first.start] + " " * len(mode) + text[first.start + len(mode) :]
    walk = Walk(text, tokens, opened)
    walk.run()
    return Query(text, mode, tuple(tokens), tuple(walk.columns), frozenset(walk.calls))
