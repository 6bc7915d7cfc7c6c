"""A place in the tokens of a query, and the few ways to go on from it."""

# Methods are named after what they take.
# ruff: noqa: D102

from __future__ import annotations

from typing import NoReturn

from graph.errors import QueryRefusedError
from graph.store.guard.tokens import END, Token, place_of

_NOT_NAMES = ("NAN", "INF", "INFINITY")


class Cursor:
    """Where a reader of tokens is.

    Args:
        text: The query.
        tokens: Its tokens, without spaces and comments.
    """

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.i, self.depth = text, tokens, 0, 0
        # Of each opening bracket the place of the one that closes it; the walk has seen that they match.
        self.closing: dict[int, int] = {}
        opened: list[int] = []
        for place, token in enumerate(tokens):
            if token.kind == "op" and token.text in "([{":
                opened.append(place)
            elif token.kind == "op" and token.text in ")]}":
                self.closing[opened.pop()] = place

    def peek(self, step: int = 0) -> Token:
        place = self.i + step
        return self.tokens[place] if place < len(self.tokens) else END

    def take(self) -> Token:
        token = self.peek()
        self.i += 1
        return token

    def has(self, *texts: str) -> bool:
        """Whether the next token is one of these signs or keywords."""
        token = self.peek()
        return (token.kind == "op" and token.text in texts) or token.word in texts

    def skip(self, text: str) -> bool:
        """Take the sign or keyword if it is next."""
        found = self.has(text)
        self.i += found
        return found

    def want(self, text: str) -> Token:
        if not self.has(text):
            self.refuse(f"{text} is expected and not {self.peek().text[:20] or 'the end'!r}")
        return self.take()

    def name(self) -> str:
        token = self.take()
        if token.kind not in ("name", "quoted"):
            self.i -= 1
            self.refuse(f"a name is expected and not {token.text[:20] or 'the end'!r}")
        return token.plain

    def end(self) -> int:
        last = self.tokens[self.i - 1]
        return last.start + len(last.text)

    def refuse(self, message: str, hint: str = "compare with Neo4j's Cypher manual", at: int | None = None) -> NoReturn:
        start = at if at is not None else self.peek().start
        where = place_of(self.text, start) if start >= 0 else "at its end"
        raise QueryRefusedError(f"{message} {where}", hint=hint)

    def variable(self) -> str:
        start, quoted = self.peek().start, self.peek().kind == "quoted"
        name = self.name()
        if name.upper() in _NOT_NAMES and not quoted:
            self.refuse(f"{name} is a number to Neo4j", "give the variable another name", at=start)
        return name
