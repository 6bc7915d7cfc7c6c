"""Finds the labels, relationship types and properties that a query uses, and notes the ones the market lacks.

Such names are mostly typing errors: Cypher answers them with no rows instead of an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.schema import Schema
from graph.store.derived import LABEL, LABELS, RELATIONS
from graph.store.guard.tokens import END, Token

_NAMED = ("name", "quoted")


@dataclass(frozen=True)
class Names:
    """Labels, relationship types and properties, each sorted and without repeats.

    For a query, ``properties`` are those that its text shows to belong to nodes and relationships. ``loose`` is True
    where a pattern consists of a single node without label, such as ``MATCH (n)``, which visits every node of the
    database.
    """

    labels: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    loose: bool = False


def names_in(tokens: Sequence[Token]) -> Names:
    """The names that a checked query uses."""
    padded = [END, END, *tokens, END, END, END]
    labels, relations, properties, bound = dict[str, None](), dict[str, None](), dict[str, None](), set[str]()
    opened, loose = list[str](), False
    for place in range(2, len(padded) - 3):
        before, token, after = padded[place - 1], padded[place], padded[place + 1]
        if token.text in ("(", "[", "{"):
            pattern = (token.text == "[" and before.text == "-") or (
                token.text == "(" and before.kind not in _NAMED[1:]
            )
            opened.append("r" if token.text == "[" and before.text == "-" else token.text)
            if pattern and after.kind in _NAMED and padded[place + 2].text in (":", "{", ")", "]"):
                bound.add(after.name)
            named = after.kind in _NAMED
            loose |= before.word == "MATCH" and token.text == "(" and _alone(padded, place + 1 + named)
        elif token.text in (")", "]", "}"):
            opened.pop()
        elif token.text == ":" and opened[-1:] != ["{"] and after.text not in ("$", ":"):
            relation = opened[-1:] == ["r"]
            (relations if relation else labels).update(dict.fromkeys(_joined(padded, place, opened[-1:] != ["["])))
        elif token.text == "." and before.name in bound and after.kind in _NAMED and padded[place + 2].text != "(":
            properties[after.name] = None
    return Names(tuple(labels), tuple(relations), tuple(properties), loose)


def _alone(padded: Sequence[Token], place: int) -> bool:
    """Whether a node pattern without label or property ends at ``place`` and no relationship follows."""
    return padded[place].text == ")" and padded[place + 1].text not in ("-", "<")


def _joined(padded: Sequence[Token], place: int, bars: bool) -> Iterable[str]:
    """The names after a colon, separated by ``|``, ``&``, ``!`` or further colons."""
    signs = (":", "&", "!", "(", "|") if bars else (":", "&", "!", "(")
    while padded[place].text in signs:
        place += 1
        if padded[place].kind in _NAMED:
            yield padded[place].name
            place += 1


def names_of(schema: Schema, properties: Iterable[str] = ()) -> Names:
    """All names of a market, including those of derived results.

    Args:
        schema: The market's schema.
        properties: Further properties, such as the columns of results.
    """
    columns = {"id", "time", "weight", "result_id", "derived", *properties}
    columns.update(*(n.columns for n in schema.nodes.values()), *(e.columns for e in schema.edges.values()))
    labels = {*schema.nodes, *(r for n in schema.nodes.values() for r in n.roles), *LABELS, LABEL}
    relations = {*(key.relation for key in schema), *RELATIONS.values()}
    return Names(tuple(sorted(labels)), tuple(sorted(relations)), tuple(sorted(columns)))


def unknown(asked: Names, market: Names) -> Names:
    """The names that a query uses and the market does not have."""

    def left(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in one if name not in set(other))

    return Names(
        left(asked.labels, market.labels),
        left(asked.relations, market.relations),
        left(asked.properties, market.properties),
    )


def notes_on(missing: Names) -> tuple[str, ...]:
    """One sentence per missing name."""
    return (
        *(f"no {name} node in this market" for name in missing.labels),
        *(f"no {name} relationship in this market" for name in missing.relations),
        *(f"nothing in this market has the property {name}" for name in missing.properties),
    )


class Temporal(NamedTuple):
    """Names of the properties that hold times, of those that hold dates, and the time zone of the times."""

    times: frozenset[str]
    days: frozenset[str]
    zone: str


def temporal_of(schema: Schema, zone: str) -> Temporal:
    """The time and date properties of a schema; every relation has the property ``time``."""
    parts = [*(n.columns for n in schema.nodes.values()), *(e.columns for e in schema.edges.values())]
    columns = [(name, column.type) for part in parts for name, column in part.items()]
    times, days = (frozenset(name for name, kind in columns if kind == wanted) for wanted in ("time", "date"))
    return Temporal(times | {"time"}, days, zone)
