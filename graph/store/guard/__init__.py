"""The read-only guard: a text is read once, refused or accepted, and never changed.

What it promises: reading clauses only, at any depth; no procedure and no function of a plugin that is not on a list;
one statement; nothing that two tokenizers could read in two ways. Grammar, types and meaning are left to the engine.
Behind it stand, on Neo4j, EXPLAIN (which must say that the query reads), a READ transaction, a timeout, a cap on rows
and the server's limit on memory; on the embedded store a graph that takes no writes, in a process that can be killed.
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
    """A text that only reads.

    Attributes:
        text: What goes to an engine: all of it, with blanks in the place of EXPLAIN or PROFILE at its beginning.
        mode: ``EXPLAIN``, ``PROFILE`` or empty.
        tokens: Its tokens without spaces and comments.
        columns: Names that the last RETURN gives by AS.
        calls: Functions and procedures that are called, in small letters.
    """

    text: str
    mode: str
    tokens: tuple[Token, ...]
    columns: tuple[str, ...]
    calls: frozenset[str]


def check(text: str, opened: Sequence[str] = ()) -> Query:
    """Refuse a text that does more than read.

    Args:
        text: One Cypher statement, with or without a trailing semicolon.
        opened: Patterns of procedures and functions of plugins that a setting opens, such as ``gds.*.stream``.

    Raises:
        QueryRefusedError: it does; the message names the word, function or character and its place.

    >>> check("MATCH (p:Person {id: $id}) RETURN p.name AS `LOAD CSV`").columns
    ('LOAD CSV',)
    >>> check("MATCH (n) SET n.x = 1")
    Traceback (most recent call last):
    graph.errors.QueryRefusedError: SET is refused at line 1, column 11
    """
    if len(text) > MAX_LENGTH or re.search(r"[\ud800-\udfff\x00]", text):
        raise QueryRefusedError(
            f"a text of more than {MAX_LENGTH:,} characters, or with half a character, is refused",
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
