"""The names that a query speaks of, and a note for each that the market does not have: most often a slip."""

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
    """Names of labels, of relationship types and of properties, each in order and once.

    Of a query, ``properties`` are those of its nodes and relationships, as far as the text tells, and ``loose`` says
    that a node stands alone and without a label in a pattern, so that every node of the database is looked at.
    """

    labels: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    loose: bool = False


def names_in(tokens: Sequence[Token]) -> Names:
    """What a checked query speaks of."""
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
    """Whether a node without label or property closes there, and no relationship follows."""
    return padded[place].text == ")" and padded[place + 1].text not in ("-", "<")


def _joined(padded: Sequence[Token], place: int, bars: bool) -> Iterable[str]:
    """The names after a colon that are joined by ``|``, ``&``, ``!`` or another colon."""
    signs = (":", "&", "!", "(", "|") if bars else (":", "&", "!", "(")
    while padded[place].text in signs:
        place += 1
        if padded[place].kind in _NAMED:
            yield padded[place].name
            place += 1


def names_of(schema: Schema, properties: Iterable[str] = ()) -> Names:
    """All names of a market, those of results among them.

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
    """What a query speaks of and the market does not have."""

    def left(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in one if name not in set(other))

    return Names(
        left(asked.labels, market.labels),
        left(asked.relations, market.relations),
        left(asked.properties, market.properties),
    )


def notes_on(missing: Names) -> tuple[str, ...]:
    """A sentence for each name that is missing."""
    return (
        *(f"no {name} node in this market" for name in missing.labels),
        *(f"no {name} relationship in this market" for name in missing.relations),
        *(f"nothing in this market has the property {name}" for name in missing.properties),
    )


class Temporal(NamedTuple):
    """Properties that hold times, those that hold days, and the zone of the times."""

    times: frozenset[str]
    days: frozenset[str]
    zone: str


def temporal_of(schema: Schema, zone: str) -> Temporal:
    """The properties of a schema that hold times in that zone, or days; ``time`` is one of every relation."""
    parts = [*(n.columns for n in schema.nodes.values()), *(e.columns for e in schema.edges.values())]
    columns = [(name, column.type) for part in parts for name, column in part.items()]
    times, days = (frozenset(name for name, kind in columns if kind == wanted) for wanted in ("time", "date"))
    return Temporal(times | {"time"}, days, zone)
