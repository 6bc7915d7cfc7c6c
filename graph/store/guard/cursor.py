"""A place in the tokens of a query, and the few ways to go on from it."""

# Methods are named after what they take.
# ruff: noqa: D102

from __future__ import annotations

import hashlib
from typing import NoReturn

from graph.errors import QueryRefusedError
from graph.store.guard.tokens import END, PLAIN_NAME, Token, place_of

_NOT_NAMES = ("NAN", "INF", "INFINITY")
# What stands for names begins like this, and no name of a query does.
_OURS = "gv "


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
        # Of each token the place of the bracket that it stands in.
        self.opening: list[int] = []
        # The brackets of comprehensions whose bar has not come yet.
        self.bars: set[int] = set()
        # Names that engines could misread, by what stands for them.
        self.hidden: dict[str, str] = {}
        opened: list[int] = [-1]
        for place, token in enumerate(tokens):
            if token.kind == "op" and token.text in ")]}":
                self.closing[opened.pop()] = place
            self.opening.append(opened[-1])
            if token.kind == "op" and token.text in "([{":
                opened.append(place)

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
        """The name of a label, a type, a property or a key."""
        start, name = self.peek().start, self.any_name()
        if not PLAIN_NAME.fullmatch(name):
            self.refuse(
                f"the name {name[:40]!a} is refused",
                "names are made of characters that can be seen, without backslashes",
                at=start,
            )
        return name

    def any_name(self) -> str:
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
        name = self.any_name()
        if name.upper() in _NOT_NAMES and not quoted:
            self.refuse(f"{name} is a number to Neo4j", "give the variable another name", at=start)
        return self.stand_in(name)

    def stand_in(self, name: str) -> str:
        """A name as it may be written for engines; its own if nothing in it could be an escape or end a line."""
        if PLAIN_NAME.fullmatch(name) and not name.startswith(_OURS):
            return name
        found = f"{_OURS}name " + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self.hidden[found] = name
        return found

    def shown(self, name: str) -> str:
        """The name that stood there."""
        return self.hidden.get(name, name)
