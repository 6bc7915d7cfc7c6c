"""Random loads into the embedded store and into Neo4j: the same reports, the same ledger, the same snapshot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from graph.batch import Batch
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.load.loading import PushTerms
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import GraphStore
from tests.contract.store import FOLLOWS, INTERACTED, VIEWED, edges, nodes


def people(rng: random.Random) -> Batch:
    """Some people, some of them twice, with names that change and cells that are missing."""
    names = [None, "a", "b", "王", ""]
    rows = [
        {"id": f"u{rng.randrange(30)}", "name": rng.choice(names), "cost": rng.choice([None, 0.1, 9.5])}
        for _ in range(12)
    ]
    return nodes("Person", rows, batch=f"{rng.random()}", roles=rng.choice([(), ("User",), ("KOL",)]))


def products(rng: random.Random) -> Batch:
    rows = [{"id": f"p{rng.randrange(10)}", "price": rng.choice([None, 1.0, 2.5])} for _ in range(6)]
    return nodes("Product", rows, batch=f"{rng.random()}")


def events(rng: random.Random) -> Batch:
    """Some events: known ones again, contradictions, unknown ends."""
    key = rng.choice([VIEWED, FOLLOWS, INTERACTED])
    target = "p" if key is VIEWED else "u"

    def one() -> tuple[object, ...]:
        number = rng.randrange(120)
        time = None if number % 5 == 0 else 1000 + number
        weight = float(number) if rng.random() < 0.9 else -1.0
        return (f"e{number}", f"u{number % 33}", f"{target}{number % 12}", time, weight)

    rows = [one() for _ in range(40)]
    more = {"kind": [rng.choice(["like", "share", None]) for _ in rows]} if key is INTERACTED else {}
    create = rng.choice([(), ("target",), ("source", "target")])
    return edges(key, rows, batch=f"{rng.random()}", create=create, **more)


def play(store: GraphStore, batches: list[Batch]) -> tuple[object, ...]:
    """One load of several batches: its reports, and whether it brought anything new."""
    with store.loading(at=5) as loading:
        reports = [loading.load(batch) for batch in batches]
        return (*reports, loading.commit())


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(3))
def test_random_loads(neo4j_own: Neo4jStore, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    embedded = EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)
    terms = PushTerms(workers=2, rows=rng.choice([3, 10, 5000]))
    store = Neo4jStore(neo4j_own.access, MARKET, shared=neo4j_own.shared, terms=terms)
    past: list[Batch] = []
    for _ in range(5):
        batches = [rng.choice([people, products, events, events])(rng) for _ in range(3)]
        batches += rng.sample(past, min(len(past), 1))
        past += batches
        assert play(store, batches) == play(embedded, batches)
        assert store.snapshot().fingerprint == embedded.snapshot().fingerprint
        mine, other = store.status(), embedded.status()
        assert (mine.batches, store.origin().load) == (other.batches, embedded.origin().load)
        assert mine.nodes == {n: c for n, c in other.nodes.items() if c}
        assert mine.edges == {n: c for n, c in other.edges.items() if c}
