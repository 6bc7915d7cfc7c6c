"""Walks once over the tokens of a query and refuses everything but reading, at any depth.

The state is what may come next: ``clause`` (a reading clause), ``operand`` (a value; a word here is a name) or
``after`` (after a value; a word here must be a known keyword). So an unknown clause of any version of Cypher is refused
wherever it occurs, while ``n.create``, ``:Create``, ``AS create`` and ``{create: 1}`` are accepted as names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from graph.store.guard.allowed import FUNCTIONS, PROCEDURES, may_call
from graph.store.guard.tokens import END, HINT, Token, refuse

MAX_DEPTH, MAX_CHAIN = 60, 200


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FIRST = _words("MATCH OPTIONAL WITH RETURN UNWIND CALL")
CLAUSES = _FIRST | _words("WHERE ORDER SKIP OFFSET LIMIT UNION YIELD FINISH")
_INFIX = _words("AND OR XOR IN CONTAINS STARTS ENDS WHEN THEN ELSE FROM")
_PREFIX = _words("NOT DISTINCT CASE")
_SIDES = _words("BOTH LEADING TRAILING")
_POSTFIX = _words("ASC DESC ASCENDING DESCENDING END")
SELECTORS = _words("SHORTEST ANY ALL PATH PATHS GROUP GROUPS")
_WRITING = _words("CREATE MERGE SET DELETE DETACH NODETACH REMOVE FOREACH INSERT LOAD USE")
_SECOND = {"ORDER": ("BY",), "STARTS": ("WITH",), "ENDS": ("WITH",), "OPTIONAL": ("MATCH", "CALL")}
_HINTS = {"LOAD": "load data with: graphvine data load", "SHOW": "see what there is with :schema in the shell"}


class Walk:
    """The walk over one query; call ``run``.

    Args:
        text: The query, for error messages.
        tokens: Its tokens without spaces and comments.
        opened: Patterns of further procedures and functions.

    Attributes:
        columns: Names of the last RETURN's columns that are given by AS.
        calls: Names of called functions and procedures, in lower case.
    """

    def __init__(self, text: str, tokens: Sequence[Token], opened: Sequence[str]) -> None:
        self.text, self.tokens, self.opened = text, tokens, opened
        self.columns, self.calls = list[str](), set[str]()
        self._i, self._state, self._open = 0, "clause", list[str]()
        self._dots = self._unions = 0

    def run(self) -> None:
        """Walk over all tokens.

        Raises:
            QueryRefusedError: the query does more than read, or is incomplete.
        """
        words = {"clause": self._word_in_clause, "operand": self._word_in_operand, "after": self._word_in_after}
        while self._i < len(self.tokens):
            token = self._near(0)
            if token.kind == "name":
                words[self._state](token)
            elif token.kind == "op":
                self._sign(token)
            elif self._state != "operand":
                self._refuse(token)
            else:
                self._state = "after"
            self._i += 1
        if self._open or self._state != "after":
            refuse(self.text, len(self.text), "an unfinished query")

    def _near(self, step: int) -> Token:
        place = self._i + step
        return self.tokens[place] if 0 <= place < len(self.tokens) else END

    def _refuse(self, token: Token, hint: str = "") -> NoReturn:
        place = len(self.text) if token is END else token.start
        what = token.word or token.text[:40] or "an unfinished query"
        refuse(self.text, place, what, hint or _HINTS.get(token.word, HINT))

    def _word_in_clause(self, token: Token) -> None:
        if token.word in _FIRST:
            self._clause(token)
        elif self._open[-1:] == ["look"] and (self._near(1).text == "=" or token.word in SELECTORS):
            self._state = "operand"
            self._word_in_operand(token)
        else:
            self._refuse(token)

    def _word_in_after(self, token: Token) -> None:
        word, after = token.word, self._near(1)
        if word == "AS" and after.kind in ("name", "quoted"):
            self._i += 1
            if not self._open:
                self.columns.append(after.name)
        elif word == "IS":
            self._i += 1 + (after.word == "NOT")
            typed = self._near(0).text in ("::", ":") or self._near(0).word == "TYPED"
            self._state = "operand" if typed else "after"
        elif word == "NOT" and after.word == "NULL":
            self._i += 1
        elif word in CLAUSES:
            self._clause(token)
        elif word in _INFIX:
            self._second(token)
            self._state = "operand"
        elif word not in _POSTFIX:
            self._refuse(token)

    def _word_in_operand(self, token: Token) -> None:
        word, before, after = token.word, self._near(-1), self._near(1)
        value = after.kind not in ("op", "end", "name") or after.text in ("(", "[", "{", "$")
        more = after.word not in ("AS", "IN", "IS") if after.kind == "name" else after.text in ("-", "+", "*")
        side = word in _SIDES and before.text == "(" and self._near(-2).word == "TRIM" and value
        if (word in _PREFIX and (value or more)) or side or (word, before.word) == ("WHEN", "CASE"):
            return
        if word == "WHERE" and before.text in ("(", "[", "*"):
            return
        if word in SELECTORS and (after.kind in ("number", "param") or after.word in SELECTORS):
            while self._near(1).word in SELECTORS or self._near(1).kind in ("number", "param"):
                self._i += 1
            return
        if word in _WRITING and value and (before.text, after.text) != (":", "{"):
            self._refuse(token, "put it between back-ticks where it is a name")
        self._state = "after"
        if (word, before.word) == ("IS", "WHEN"):
            self._word_in_after(token)

    def _clause(self, token: Token) -> None:
        word = self._second(token)
        self._state = "after" if word == "FINISH" else "operand"
        self.columns = [] if word in ("RETURN", "WITH") and not self._open else self.columns
        if word == "UNION":
            self._i += self._near(1).word in ("ALL", "DISTINCT")
            self._state, self._unions = "clause", self._unions + 1
            if self._unions > MAX_CHAIN:
                self._refuse(token, f"join at most {MAX_CHAIN} queries")
        elif word == "CALL":
            self._call()

    def _second(self, token: Token) -> str:
        """Consume the second word of keywords such as ORDER BY; returns the last word consumed."""
        if token.word not in _SECOND:
            return token.word
        if self._near(1).word not in _SECOND[token.word]:
            self._refuse(self._near(1))
        self._i += 1
        return self._near(0).word

    def _call(self) -> None:
        """After CALL: a subquery, ``{...}`` or ``(x) {...}``, or a procedure."""
        if self._near(1).text == "(":
            while self._near(1).text in ("(", ")", ",", "*") or self._near(1).kind in ("name", "quoted"):
                self._i += 1
        if self._near(1).text == "{":
            self._i += 1
            self._push("call")
            return
        names, self._i = [self._near(1).name], self._i + 1
        while self._near(1).text == "." and self._near(2).kind in ("name", "quoted"):
            names.append(self._near(2).name)
            self._i += 2
        self._permit("procedure", ".".join(names), PROCEDURES)
        self._state = "after"
        if self._near(1).text == "(":
            self._i += 1
            self._push("(")

    def _sign(self, token: Token) -> None:
        sign = token.text
        self._dots = self._dots + 1 if sign == "." else 0 if sign != "[" else self._dots
        if self._dots > MAX_CHAIN:
            self._refuse(token, "write fewer properties of properties")
        if sign in "([{":
            self._bracket(sign, self._near(-1))
        elif sign in ")]}":
            self._close(token)
        elif sign == ";":
            if self._open or self._state != "after" or any(t.text != ";" for t in self.tokens[self._i :]):
                self._refuse(token, "send one statement, with ; only at its end")
            self._i = len(self.tokens)
        elif self._state == "clause":
            self._refuse(token)
        elif sign == ".":
            self._i += self._near(1).kind in ("name", "quoted") or self._near(1).text == "*"
            self._state = "after"
        elif sign in "+*" and self._near(-1).text == ")" and self._near(1).word in CLAUSES:
            self._state = "after"  # the quantifier of a path pattern
        else:
            all_columns = sign == "*" and self._state == "operand" and self._open[-1:] != ["["]
            self._state = "after" if all_columns else "operand"

    def _bracket(self, sign: str, before: Token) -> None:
        kind = sign
        if sign == "{" and self._state == "after" and before.word in ("EXISTS", "COUNT", "COLLECT"):
            kind = "{" if self._near(1).text in (".", "}") or self._near(2).text == ":" else "look"
        elif sign == "(" and self._state == "after" and before.kind in ("name", "quoted"):
            names, step = [before.name], -1
            while self._near(step - 1).text == "." and self._near(step - 2).kind in ("name", "quoted"):
                step -= 2
                names.insert(0, self._near(step).name)
            self._permit("function", ".".join(names), FUNCTIONS)
        elif self._state == "clause" and (sign, self._open[-1:]) != ("(", ["look"]):
            self._refuse(self._near(0))
        self._push(kind)

    def _push(self, kind: str) -> None:
        self._open.append(kind)
        if len(self._open) > MAX_DEPTH:
            self._refuse(self._near(0), f"write at most {MAX_DEPTH} brackets within each other")
        self._state = "clause" if kind in ("call", "look") else "operand"

    def _close(self, token: Token) -> None:
        kind = self._open.pop() if self._open else ""
        if {"(": ")", "[": "]", "": ""}.get(kind, "}") != token.text or self._state == "clause":
            self._refuse(token)
        if kind == "call" and self._near(1).word == "IN":
            self._refuse(self._near(1), "IN TRANSACTIONS is for writing")
        self._state = "after"

    def _permit(self, what: str, name: str, own: Sequence[str]) -> None:
        self.calls.add(name.lower())
        if (what == "procedure" or "." in name) and not may_call(name, own, self.opened):
            hint = "readers of gds and apoc are opened by plugins under [neo4j] in graphvine.toml; nothing opens others"
            refuse(self.text, self._near(0).start, f"the {what} {name[:60]}", hint)
