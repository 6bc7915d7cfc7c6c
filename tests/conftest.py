"""What every part of the tests may ask for: a Neo4j server, an empty one, one of its own, Neo4j's query analyser."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from graph.store.neo4j.access import Access
from tests.servers.analyser import Analyser
from tests.servers.given import given_server
from tests.servers.needs import MissingError, lacking
from tests.servers.server import Server
from tests.servers.wiping import wipe

_SERVER_FIXTURES = frozenset({"neo4j_access", "neo4j_empty", "make_server"})


def pytest_configure() -> None:
    """Hear interrupts, which a shell's background jobs ignore, and their children too: there are tests of them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a server, so that ``-m neo4j`` runs all of them and no other."""
    for item in items:
        if _SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.neo4j)


@pytest.fixture(scope="session")
def neo4j_access() -> Iterator[Access]:
    """A running server, one for the whole run, with authentication; what it holds is whatever the last test left."""
    with ExitStack() as stack:
        try:
            access = stack.enter_context(given_server())
        except MissingError as reason:
            lacking("neo4j", str(reason))
        yield access


@pytest.fixture
def neo4j_empty(neo4j_access: Access) -> Access:
    """The same server without data, constraints and indexes."""
    wipe(neo4j_access)
    return neo4j_access


@pytest.fixture
def make_server() -> Iterator[Callable[..., Server]]:
    """Start servers of one's own, to stop, kill and restart; takes what ``Server`` takes, quick ones by default."""
    with ExitStack() as stack:

        def started(*arguments: Any, **options: Any) -> Server:
            try:
                server = Server(*arguments, **{"quick": True, **options})
            except MissingError as reason:
                lacking("neo4j", str(reason))
            return stack.enter_context(server)

        yield started


@pytest.fixture(scope="session")
def cypher_analyser() -> Iterator[Analyser]:
    """Neo4j's own query analyser: ``cypher_analyser(text, parameters, version)`` gives a list of problems."""
    with ExitStack() as stack:
        try:
            analyser = stack.enter_context(Analyser())
        except MissingError as reason:
            lacking("node", str(reason))
        yield analyser
