"""The sample of every named query on a market of each kind: it runs, and its order decides between any two rows."""

from __future__ import annotations

import re

import pytest

import queries
from cli.app import run_command
from cli.session import Session
from graph.store.embedded.index.cypher_index import build_index, open_index
from graph.store.guard import without_comments
from tests.queries.engines import Embedded, ask

WORLDS = ("ev-retail", "car-rental", "e-commerce")


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """The embedded index of a small market, with the schema of its own that it brings."""
    folder = tmp_path_factory.mktemp(request.param) / "market"
    run("data", "synth", str(folder), "--world", request.param, "--users", "300", "--seed", "5", "-q")
    run("init", str(folder), "-q")
    run("data", "load", "-w", str(folder), "-q")
    run("data", "snapshot", "-w", str(folder), "-q")
    session = Session.open(folder, quiet=True).workspace
    graph = session.graph()
    build_index(graph, folder / "index.kgl", stamp=graph.fingerprint, schema=session.schema)
    return Embedded(open_index(folder / "index.kgl"))


def run(*arguments: str) -> None:
    assert run_command(list(arguments)) == 0


@pytest.mark.parametrize("name", queries.names())
def test_the_sample_runs_and_orders_its_rows(world: Embedded, name: str) -> None:
    query = queries.load(name)
    for given in (query.sample, {p.name: query.sample[p.name] for p in query.parameters if p.default is None}):
        columns, rows = ask(world, name, given)
        assert columns == tuple(c.name for c in query.columns)
        order = re.findall(r"ORDER BY ([^\n]+)", without_comments(query.text))[-1]
        places = [columns.index(part.removesuffix(" DESC")) for part in order.split(", ")]
        assert len({str([row[i] for i in places]) for row in rows}) == len({str(row) for row in rows})
