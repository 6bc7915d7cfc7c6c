"""The read-only guard: every query that a person writes passes here before any engine sees it.

The check is an allow-list, not a search for bad words. A tokenizer reads the text, and a walk over the tokens accepts
only what the reading part of Cypher is made of: known clauses where a clause may stand, known functions, and operands
joined by known operators. Two words in a row are accepted only if one of them is a keyword of that list, so ``CREATE``
after an expression is refused while ``n.create``, ``:Create``, ``AS create`` and ``'CREATE'`` are plain names and text.

No engine bounds the bytes of a text or a list that an expression makes, and neither a timeout nor a cap on rows helps.
So what doubles at each step is refused or counted, here and in ``checking``: ``reduce`` of anything but numbers,
``replace`` by longer texts, ranges that are long or of unknown length, more than ``MAX_SUMS`` plus signs. What remains:
long parameters, long texts that ``collect()`` or a list comprehension repeats. Of these the embedded engine refuses
what holds more than ten million rows or items, or a list of 256 MiB; whoever answers strangers' queries limits the
memory of the process as well. The engine's budget is left at that: setting it counts scanned edges too and refuses
mere counts.

An engine may decode ``\\u0041`` before it reads the text, or after; such a text has to pass both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn

from graph.errors import QueryRefusedError
from graph.store.guard.tokens import END, Token, decoded, place_of, tokens_of

MAX_LENGTH = 20_000
MAX_HOPS = 6
MAX_RANGE = 10_000
MAX_SUMS = 12
MAX_DEPTH = 40

_FUNCTION_NAMES = """
    count sum avg min max collect stdev stdevp percentilecont percentiledisc
    reduce replace coalesce nullif isempty size length head last tail range reverse any all none single exists
    type labels nodes relationships startnode endnode shortestpath allshortestpaths
    tointeger tointegerornull tofloat tofloatornull tostring tostringornull toboolean tobooleanornull
    abs ceil floor round sign sqrt exp log log10 isnan pi e
    toupper tolower upper lower trim ltrim rtrim substring left right split char_length character_length
    date datetime localdatetime time localtime duration
    date.truncate datetime.truncate localdatetime.truncate duration.indays duration.inmonths duration.inseconds
"""
FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
_GROWS = "it can make a text or a list that fills the memory; return the parts and put them together outside"
_DIFFERS = {
    "id": "return the property n.id",
    "elementid": "return the property n.id; of a relationship startNode(e).id and endNode(e).id",
    "keys": "name the properties that you want, like n.city",
    "properties": "name the properties that you want, like n.city, or return the node itself",
    "duration.between": "use duration.inDays, duration.inMonths or duration.inSeconds",
}
_CLAUSES = frozenset({"MATCH", "OPTIONAL", "WITH", "RETURN", "UNWIND", "ORDER", "SKIP", "LIMIT", "UNION"})
_FIRST = frozenset({"MATCH", "OPTIONAL", "WITH", "RETURN", "UNWIND"})
_FOLLOW = {"OPTIONAL": "MATCH", "ORDER": "BY", "STARTS": "WITH", "ENDS": "WITH"}
_INFIX = frozenset({"AND", "OR", "XOR", "IN", "CONTAINS"})
_ORDERS = frozenset({"ASC", "DESC", "ASCENDING", "DESCENDING"})
_CASE_PARTS = frozenset({"WHEN", "THEN", "ELSE"})
_WRITES = frozenset({"CREATE", "MERGE", "SET", "DELETE", "DETACH", "NODETACH", "REMOVE", "FOREACH", "INSERT", "FINISH"})
_ADMIN_WORDS = """
    DROP ALTER SHOW USE TERMINATE START STOP GRANT DENY REVOKE RENAME EXPLAIN PROFILE CYPHER FORMAT LOAD CALL
    YIELD USING COLLECT
"""
_ADMIN = frozenset(_ADMIN_WORDS.split())
_WORD_HINTS = {
    "CALL": "procedures and CALL subqueries are refused; EXISTS { } and COUNT { } are allowed",
    "LOAD": "a query never reads files; load data with: graphvine data load",
    "COLLECT": "write a MATCH and collect(...) instead of COLLECT { }",
}
_HINT = "allowed: MATCH, OPTIONAL MATCH, WHERE, WITH, RETURN, UNWIND, ORDER BY, SKIP, LIMIT, UNION"

State = Literal["clause", "operand", "after"]


@dataclass(slots=True)
class _Frame:
    """An open bracket: what it holds, what closes it, and what was seen inside."""

    kind: Literal["statement", "paren", "list", "rel", "map"]
    closer: str
    cases: int = 0
    where: bool = False
    path: bool = False
    call: str = ""


def admit(text: str) -> None:
    """Refuse a query that does anything but read the graph.

    Args:
        text: One Cypher statement, with or without a trailing semicolon.

    Raises:
        QueryRefusedError: the text is not inside the allowed part of Cypher; the message names the clause, function
            or character and its place.

    >>> admit("MATCH (p:Person {id: $id}) RETURN p.name AS `LOAD CSV`")
    >>> admit("MATCH (n) SET n.x = 1")
    Traceback (most recent call last):
    graph.errors.QueryRefusedError: SET is refused at line 1, column 11: queries only read the graph
    """
    if len(text) > MAX_LENGTH:
        raise QueryRefusedError(
            f"the query is longer than {MAX_LENGTH:,} characters", hint="pass long lists as parameters"
        )
    if re.search(r"[\ud800-\udfff]", text):
        raise QueryRefusedError("the query holds half a character", hint="write it anew; it was cut or decoded wrongly")
    for variant in dict.fromkeys((decoded(text), text)):
        tokens = [t for t in tokens_of(variant) if t.kind not in ("space", "comment")]
        if not tokens:
            raise QueryRefusedError("the query is empty", hint=_HINT)
        _Walk(variant, tokens).run()


class _Walk:
    """One pass over the tokens; ``state`` says what may come next."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.i = text, tokens, 0
        self.state: State = "clause"
        self.frames = [_Frame("statement", "")]
        self.subquery = False
        self.closed = self.frames[0]
        self.sums = 0

    def run(self) -> None:
        handlers: dict[str, Callable[[Token], None]] = {
            "name": self.on_name,
            "op": self.on_op,
            "quoted": self.on_operand,
            "string": self.on_operand,
            "number": self.on_operand,
            "param": self.on_operand,
        }
        while self.i < len(self.tokens):
            token = self.tokens[self.i]
            if len(self.frames) > MAX_DEPTH:
                self.refuse(
                    token, f"more than {MAX_DEPTH} brackets within each other are refused", "split it with WITH"
                )
            if self.state == "clause" and token.kind != "name" and token.text != ";":
                self.refuse(token, f"{token.text[:20]} cannot start a query")
            handlers[token.kind](token)
            self.i += 1
        if len(self.frames) > 1:
            self.refuse(self.tokens[-1], f"a bracket is not closed, {self.frames[-1].closer} is missing")

    def near(self, step: int) -> Token:
        """The token so many places further on, or back."""
        place = self.i + step
        return self.tokens[place] if 0 <= place < len(self.tokens) else END

    def refuse(self, token: Token, message: str, hint: str = _HINT) -> NoReturn:
        raise QueryRefusedError(f"{message} {place_of(self.text, token.start)}", hint=hint)

    def refuse_word(self, token: Token) -> NoReturn:
        place, word = place_of(self.text, token.start), token.word
        if word in _WRITES or word in _ADMIN:
            raise QueryRefusedError(
                f"{word} is refused {place}: queries only read the graph", hint=_WORD_HINTS.get(word, _HINT)
            )
        raise QueryRefusedError(f"{token.text[:40]!r} is not expected {place}", hint=_HINT)

    def on_name(self, token: Token) -> None:
        if self.state == "clause":
            if token.word not in _FIRST:
                self.refuse_word(token)
            self.start_clause(token)
        elif self.state == "after":
            self.after_operand(token)
        elif not self.prefix(token):
            self.on_operand(token)

    def start_clause(self, token: Token) -> None:
        self.follow(token)
        self.state = "operand"
        if token.word == "UNION":
            if self.near(1).word in ("ALL", "DISTINCT"):
                self.i += 1
            self.state = "clause"

    def follow(self, token: Token) -> None:
        """Take the second word of OPTIONAL MATCH, ORDER BY, STARTS WITH and ENDS WITH."""
        wanted = _FOLLOW.get(token.word)
        if wanted is None:
            return
        if self.near(1).word != wanted:
            self.refuse_word(self.near(1) if self.near(1).kind == "name" else token)
        self.i += 1

    def after_operand(self, token: Token) -> None:
        word, frame = token.word, self.frames[-1]
        outside = frame.kind == "statement" and not frame.cases
        if word in _INFIX or word in ("STARTS", "ENDS") or (word in _CASE_PARTS and frame.cases):
            self.follow(token)
            self.state = "operand"
        elif word == "END" and frame.cases:
            frame.cases -= 1
        elif word == "WHERE" and frame.kind != "map" and not frame.cases:
            frame.where, self.state = True, "operand"
        elif word in _CLAUSES and outside:
            self.start_clause(token)
        elif word == "AS" and outside and self.near(1).kind in ("name", "quoted"):
            self.i += 1
        elif word == "IS":
            self.i += 1 + (self.near(1).word == "NOT")
            if self.near(0).word != "NULL":
                self.refuse(token, "IS is allowed only in IS NULL and IS NOT NULL")
        elif not (word in _ORDERS and outside):
            self.refuse_word(token)

    def prefix(self, token: Token) -> bool:
        """Handle a keyword that stands before an operand; False where the word is an operand itself."""
        word, after = token.word, self.near(1)
        starts = after.kind not in ("op", "end") or after.text in ("(", "[", "{", "-", "+", "*")
        if after.text == "{" and after.kind == "op":
            if word in ("COLLECT", "CALL"):
                self.refuse_word(token)
            self.subquery = word in ("EXISTS", "COUNT")
            return self.subquery
        if word in ("NOT", "DISTINCT") and starts and self.near(-1).text not in ("|", "&", "!"):
            return True
        if word == "CASE" and starts and after.text != "*":
            self.frames[-1].cases += 1
            return True
        if word == "WHERE" and self.near(-1).text in ("(", "[") and starts:
            self.frames[-1].where = True
            return True
        return word == "WHEN" and self.near(-1).word == "CASE" and self.frames[-1].cases > 0

    def on_operand(self, token: Token) -> None:
        if self.state != "operand":
            self.refuse(token, f"{token.text[:20]} is not expected")
        after = self.near(1)
        if self.frames[-1].kind == "map" and after.text == ":" and token.kind in ("name", "quoted"):
            self.i += 1
            return
        self.state = "after"
        if token.kind == "number" and token.value > MAX_RANGE and any(f.call == "range" for f in self.frames):
            self.refuse(
                token, f"a range beyond {MAX_RANGE:,} is refused", "count in smaller steps, or bound it by LIMIT"
            )
        if after.text == "(" and after.kind == "op":
            self.call(token)

    def call(self, token: Token) -> None:
        """Check the function whose name ends at the current token, and open its bracket."""
        names, step = [token.plain], -1
        while self.near(step).text == "." and self.near(step - 1).kind in ("name", "quoted"):
            names.insert(0, self.near(step - 1).plain)
            step -= 2
        name = ".".join(names)
        if token.word in _WRITES or token.word in _ADMIN - {"COLLECT"} or token.word in _CLAUSES:
            self.refuse_word(token)
        if name.lower() not in FUNCTIONS or token.kind not in ("name", "quoted"):
            hint = _DIFFERS.get(name.lower(), "use the functions of plain Cypher; extensions are refused")
            self.refuse(token, f"the function {name[:40]} is refused", hint)
        self.i += 1
        self.frames.append(_Frame("paren", ")", call=name.lower()))
        self.state = "operand"

    def on_op(self, token: Token) -> None:
        special: dict[str, Callable[[Token], None]] = {
            "(": self.open, "[": self.open, "{": self.open, ")": self.close, "]": self.close, "}": self.close,
            ".": self.dot, ":": self.label, "*": self.star, ";": self.semicolon,
        }  # fmt: skip
        if token.text in special:
            special[token.text](token)
            return
        if token.text == ".." and self.frames[-1].kind != "list":
            self.refuse(token, ".. is not expected")
        before, two_before = self.near(-1).text, self.near(-2).text
        self.sums += token.text == "+"
        if self.sums > MAX_SUMS:
            self.refuse(token, f"more than {MAX_SUMS} plus signs are refused", _GROWS)
        if token.text == "+" and (before + two_before in (">-", "--", "-]") or self.after_path()):
            self.quantified(token)
        if token.text == "-" and self.near(1).text in ("[", "-"):
            self.frames[-1].path = True
        self.state = "operand"

    def after_path(self) -> bool:
        return self.near(-1).text == ")" and self.closed.path and not self.closed.call

    def quantified(self, token: Token) -> NoReturn:
        self.refuse(token, "a quantified path is refused", f"write a bounded pattern like [:FOLLOWS*1..{MAX_HOPS}]")

    def open(self, token: Token) -> None:
        before = self.near(-1).text
        if token.text == "(":
            if self.state == "after":
                self.refuse(token, "( is not expected")
            self.frames.append(_Frame("paren", ")"))
        elif token.text == "[":
            self.frames.append(_Frame("rel" if before == "-" else "list", "]"))
        elif self.subquery:
            self.subquery = False
            self.frames.append(_Frame("statement", "}"))
            if self.near(1).word in _FIRST and self.near(2).text != "=":
                self.state = "clause"
                return
        else:
            if before in (")", ">", "-", "+", "*"):
                self.quantified(token)
            self.frames.append(_Frame("map", "}"))
        self.state = "operand"

    def close(self, token: Token) -> None:
        frame = self.frames[-1]
        if frame.closer != token.text or frame.cases:
            self.refuse(token, f"{token.text} closes nothing")
        self.closed = self.frames.pop()
        self.state = "after"

    def dot(self, token: Token) -> None:
        name = self.near(1)
        inside_map = self.frames[-1].kind == "map" and self.state == "operand"
        if name.kind not in ("name", "quoted") and not (name.text == "*" and inside_map):
            self.refuse(token, ". must be followed by a property")
        if self.state != "after" and not inside_map:
            self.refuse(token, ". is not expected")
        self.i += 1
        self.state = "after"
        if self.near(1).text == "(" and self.near(1).kind == "op":
            self.call(name)

    def label(self, token: Token) -> None:
        self.state = "operand"
        if self.near(1).kind in ("name", "quoted", "param"):
            self.i += 1
            self.state = "after"

    def star(self, token: Token) -> None:
        frame, before, two_before = self.frames[-1], self.near(-1).text, self.near(-2).text
        if before + two_before in (">-", "--", "-]") or self.after_path():
            self.quantified(token)
        if frame.kind == "rel" and not frame.where:
            self.hops(token)
        else:
            self.state = "after" if self.state == "operand" else "operand"

    def hops(self, token: Token) -> None:
        """Take ``*2`` or ``*1..3``; the upper bound must be written and small."""
        parts = []
        while self.near(1).kind == "number" or self.near(1).text == "..":
            parts.append(self.near(1).text)
            self.i += 1
        found = re.fullmatch(r"(?:[0-9]{0,3}\.\.)?([0-9]{1,3})", "".join(parts))
        if found is None or int(found[1]) > MAX_HOPS:
            self.refuse(
                token,
                f"a path of more than {MAX_HOPS} or of unlimited hops is refused",
                f"bound it, like [:FOLLOWS*1..{MAX_HOPS}]",
            )
        self.state = "after"

    def semicolon(self, token: Token) -> None:
        if len(self.frames) > 1 or any(t.text != ";" for t in self.tokens[self.i :]) or self.state == "clause":
            self.refuse(token, "a second statement is refused", "send one statement, with ; only at its end")
        self.i = len(self.tokens)
