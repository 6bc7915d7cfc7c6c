"""Operators, from the loosest to the tightest: read side by side and joined afterwards.

A long line of AND or OR becomes a tree of halves, and nothing calls itself for a sign or a NOT. So the depth of a
tree comes from brackets, CASE and lines of operators that cannot be halved, and it is bounded here: what walks over a
tree later needs a few calls for each level.
"""

# Methods are named after what they take.
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graph.store.guard.patterns import PatternReader
from graph.store.guard.tree import Expr

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 41
MAX_HEIGHT = 100
_LOGIC = ("AND", "XOR", "OR")
_ARITHMETIC = (("^",), ("*", "/", "%"), ("+", "-"))
_SIGNS = frozenset("^*/%+-")
_COMPARE = ("=", "<>", "<", ">", "<=", ">=")
_DEEP = ("the query is nested too deeply", "split it with WITH")


class OperatorReader(PatternReader):
    """The part of the reader that knows operators; their operands are in ``expressions``."""

    if TYPE_CHECKING:
        atom: Callable[[], Expr]
        postfix: Callable[[Expr], Expr]

    # Chains of comparisons so far; what stands in the middle of one is written twice.
    chains = 0

    def expr(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(*_DEEP)
        found = self.logic()
        if found.height > MAX_HEIGHT:
            self.refuse(*_DEEP, found.start)
        self.depth -= 1
        return found

    def logic(self) -> Expr:
        terms, words = [self.term()], list[str]()
        while self.has(*_LOGIC):
            words.append(self.take().word)
            terms.append(self.term())
        for level in _LOGIC:
            if level in words:
                terms, words = self.runs(level, terms, words)
        return terms[0]

    def runs(self, word: str, terms: Sequence[Expr], words: Sequence[str]) -> tuple[list[Expr], list[str]]:
        """What one operator joins, as single terms, and the operators that remain between them."""
        found, rest = [[terms[0]]], list[str]()
        for one, term in zip(words, terms[1:], strict=True):
            if one == word:
                found[-1].append(term)
            else:
                found.append([term])
                rest.append(one)
        return [self.halved(word, run) for run in found], rest

    def halved(self, word: str, terms: list[Expr]) -> Expr:
        while len(terms) > 1:
            pairs = [self.binary(word, *terms[k : k + 2]) for k in range(0, len(terms) - 1, 2)]
            terms = pairs + terms[2 * len(pairs) :]
        return terms[0]

    def binary(self, operator: str, left: Expr, right: Expr) -> Expr:
        return Expr("binary", left.start, right.end, (left, right), operator)

    def term(self) -> Expr:
        starts: list[int] = []
        while self.has("NOT"):
            starts.append(self.take().start)
        found = self.comparison()
        for start in reversed(starts):
            found = Expr("not", start, found.end, (found,))
        return found

    def comparison(self) -> Expr:
        """One comparison; a chain ``1 < x < 5`` means that each holds."""
        parts, links, nested = [self.predicate()], list[Expr](), list[bool]()
        while self.peek().kind == "op" and self.peek().text in _COMPARE:
            operator, before = self.take().text, self.chains
            parts.append(self.predicate())
            links.append(self.binary(operator, *parts[-2:]))
            nested.append(self.chains > before)
        if any(nested[:-1]):
            self.refuse("a chain of comparisons within another is refused", "write a < b AND b < c", parts[0].start)
        self.chains += len(links) > 1
        return self.halved("AND", links) if links else parts[0]

    def predicate(self) -> Expr:
        left = self.arithmetic()
        while True:
            if self.has("=~", "IN", "CONTAINS"):
                word = self.take().text.upper()
                left = self.binary(word, left, self.arithmetic())
            elif self.has("STARTS", "ENDS"):
                word = self.take().word + " WITH"
                self.want("WITH")
                left = self.binary(word, left, self.arithmetic())
            elif self.skip("IS"):
                negated = self.skip("NOT")
                self.want("NULL")
                left = Expr("null", left.start, self.end(), (left,), "IS NOT NULL" if negated else "IS NULL")
            else:
                return left

    def arithmetic(self) -> Expr:
        terms, signs = [self.signed()], list[str]()
        while self.peek().kind == "op" and self.peek().text in _SIGNS:
            signs.append(self.take().text)
            terms.append(self.signed())
        for level in _ARITHMETIC:
            found, rest = [terms[0]], list[str]()
            for sign, term in zip(signs, terms[1:], strict=True):
                if sign in level:
                    found[-1] = self.binary(sign, found[-1], term)
                else:
                    found.append(term)
                    rest.append(sign)
            terms, signs = found, rest
        return terms[0]

    def signed(self) -> Expr:
        starts: list[int] = []
        while self.peek().kind == "op" and self.peek().text in ("-", "+"):
            token = self.take()
            if token.text == "-":
                starts.append(token.start)
        found = self.postfix(self.atom())
        for start in reversed(starts):
            found = Expr("negative", start, found.end, (found,))
        return found
