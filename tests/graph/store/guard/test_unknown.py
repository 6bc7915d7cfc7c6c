"""Names that a market does not have are told, wherever in a query they stand; names of results are known."""

from __future__ import annotations

import pytest

import queries
from graph.schema import MARKET
from graph.store.guard import understood
from graph.store.guard.kinds import market_from_json, market_of, market_to_json
from graph.store.guard.unknown import unknown_names

KNOWN = market_of(MARKET)


def notes(text: str) -> list[str]:
    return [note.partition(" in this")[0] for note in unknown_names(understood(text, None, KNOWN.properties), KNOWN)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("MATCH (p:Persn)-[:WOKE|FOLLOWS]->(:KOL|Cook) RETURN p.x AS x", ["no Persn node", "no Cook node", "no WOKE"]),
        ("MATCH (p:Person) WHERE p:Chef RETURN p.id AS id", ["no Chef node"]),
        ("MATCH (p:Person) WHERE EXISTS { (p)-[:SOLD]->() } RETURN p.id AS id", ["no SOLD"]),
        ("MATCH (p:Person) WHERE NOT (p)-[:SOLD]->() RETURN p.id AS id", ["no SOLD"]),
        ("MATCH (p:Person) RETURN [(p)-[:SOLD]->(x:Cook) | x.id] AS ids", ["no Cook node", "no SOLD"]),
        ("MATCH (p:!Cook&(User|KOL)) RETURN p.id AS id UNION MATCH (p:Cook) RETURN p.id AS id", ["no Cook node"]),
        ("MATCH (p:Person)-[:IN_SEGMENT]->(s:Segment&Derived) RETURN s.segment AS s", []),
    ],
)
def test_each_is_told_once(text: str, told: list[str]) -> None:
    assert sorted(name.removesuffix(" relationship") for name in notes(text)) == sorted(told)


def test_named_queries_name_only_what_the_market_has() -> None:
    assert {name: found for name in queries.names() if (found := notes(queries.load(name).text))} == {}


def test_a_market_survives_being_written_down() -> None:
    assert market_from_json(market_to_json(KNOWN)).relations == KNOWN.relations
