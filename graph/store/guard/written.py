"""What goes to an engine, and the names in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graph.errors import QueryRefusedError
from graph.store.guard.tokens import PLAIN_NAME


@dataclass(frozen=True)
class Written:
    """What goes to an engine.

    Attributes:
        text: The query.
        parameters: The parameters that were given, and the texts of the query.
        columns: The columns of its result; empty where only the engine knows them.
        names: What an engine is told to call them.
        maps: The numbers of columns that give a node or a relationship, of which all properties were asked for.
        notes: What is odd about the query, one sentence each.
    """

    text: str
    parameters: dict[str, Any]
    columns: tuple[str, ...]
    names: tuple[str, ...] = ()
    maps: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    def row(self, values: Iterable[Any]) -> tuple[Any, ...]:
        """A row of plain values as it was asked for."""
        if not self.maps:
            return tuple(values)
        return tuple(v["properties"] if n in self.maps and v is not None else v for n, v in enumerate(values))


def quoted(name: str) -> str:
    """A name in back-ticks, which nothing in it can end: a back-tick is doubled, and no engine sees an escape.

    Raises:
        QueryRefusedError: the name holds what an engine could take for an escape or for the end of a line.
    """
    if not PLAIN_NAME.fullmatch(name):
        raise QueryRefusedError(
            f"the name {name[:40]!a} is refused: it is empty, or holds a backslash or what cannot be seen",
            hint="labels, types, properties and keys are made of plain characters",
        )
    return "`" + name.replace("`", "``") + "`"
