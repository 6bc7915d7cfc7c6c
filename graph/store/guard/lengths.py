"""How long lists are, as far as a text tells, and how often an expression goes over them.

A server looks at its clock between two rows and not within an expression, so that what goes over lists inside one runs
to its end. Lists within lists multiply; their product is bounded here. A list whose length is not known, like that of
``collect()``, counts as ``UNKNOWN_LENGTH``, so that two of them may stand within each other and three may not.
"""

# The one stub that another part fills in.
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from graph.store.guard.kinds import LIST, UNKNOWN, Kind
from graph.store.guard.tree import Expr

UNKNOWN_LENGTH = 300
# The slower engine takes some ten seconds for these.
MAX_TURNS = 1_000_000
MAX_ITEMS = 1_000_000
# What an engine does without looking at an expression, like IN.
_MAX_SCANNED = 100_000_000
_HINT = "go over fewer lists within each other, take a slice like xs[..100], or UNWIND one of them"


class LengthRules:
    """The part of the walk over a tree that counts; the rest of it is in ``checking``."""

    # How often what is looked at is done for each row.
    turns = 1
    # How many rows there may be, as far as lists make them; what MATCH finds counts as of unknown number.
    rows = 1
    matched = False

    if TYPE_CHECKING:

        def refuse(self, expr: Expr, message: str, hint: str) -> NoReturn: ...

    @contextmanager
    def repeated(self, expr: Expr, source: Kind) -> Iterator[None]:
        """What is looked at inside is done for each item of a list."""
        outer = self.turns
        self.turns *= length_of(source)
        if outer > 1 and self.turns > MAX_TURNS:
            self.refuse(expr, f"lists within each other of more than {MAX_TURNS:,} turns are refused", _HINT)
        try:
            yield
        finally:
            self.turns = outer

    def over(self, expr: Expr, *lists: Kind) -> None:
        """Refuse to look through lists where that is too much with all that surrounds it."""
        if self.turns > 1 and max((self.turns * length_of(one) for one in lists), default=0) > _MAX_SCANNED:
            self.refuse(expr, f"looking through more than {_MAX_SCANNED:,} items is refused", _HINT)

    def held(self, expr: Expr, made: Kind, *, unknown: int = UNKNOWN_LENGTH, grows: bool = False) -> Kind:
        """The list, where what it holds with all in it is not too much; ``grows`` where it is longer than others."""
        nested = made.item is not None and volume(made.item, unknown) > 1
        if (nested or grows) and volume(made, unknown) > MAX_ITEMS:
            self.refuse(expr, f"a list that may hold more than {MAX_ITEMS:,} items is refused", _HINT)
        return made

    def collected(self) -> int | None:
        """The most items that ``collect()`` can find; None where the graph decides."""
        return None if self.matched and self.rows <= UNKNOWN_LENGTH else self.rows

    def unwound(self, source: Kind) -> None:
        """There are rows for each item now."""
        self.rows = max(self.rows, length_of(source)) if source.most is None else self.rows * max(1, source.most)


def length_of(found: Kind) -> int:
    """How many items are reckoned with."""
    if found.most is not None:
        return max(1, found.most)
    return UNKNOWN_LENGTH if found.may(LIST, UNKNOWN) else 1


def volume(found: Kind, unknown: int = UNKNOWN_LENGTH) -> int:
    """How many items are reckoned with in a list and all lists in it."""
    inner = [1]
    if found.item is not None:
        inner.append(volume(found.item, unknown))
    inner.extend(volume(field, unknown) for field in (found.fields or {}).values())
    own = 1 if not found.may(LIST) else max(1, found.most) if found.most is not None else unknown
    return own * max(inner)
