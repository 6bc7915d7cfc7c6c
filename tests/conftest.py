"""What every part of the tests may ask for: a Neo4j server, an empty one, one of its own, Neo4j's query analyser.

Long proofs carry the marker ``proof`` and run on demand, since a developer should not wait for them: with
``--proofs all`` every one of them, with ``--proofs SEED`` a sample that the seed draws, so that over many changes all
of them run. A function with ``proof(one_in=N)`` keeps one in N of its cases in every run, always the same ones.
"""

from __future__ import annotations

import signal
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings

from graph.store.neo4j.access import Access
from tests.servers.analyser import Analyser
from tests.servers.given import given_server
from tests.servers.needs import MissingError, lacking
from tests.servers.server import Server
from tests.servers.wiping import remove_data, wipe

# Of the long proofs a sample holds about one in so many.
_SAMPLED_ONE_IN = 20
_SERVER_FIXTURES = frozenset({"neo4j_access", "make_server"})


# A busy machine is slow now and then, which says nothing about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_configure() -> None:
    """Hear interrupts, which a shell's background jobs ignore, and their children too: there are tests of them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--proofs``."""
    parser.addoption("--proofs", default="none", help="long proofs to run: none, all, or a sample drawn by this seed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test that asks for a server, so that ``-m neo4j`` selects all of them; deselect unwanted proofs."""
    for item in items:
        if _SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.neo4j)
    wanted = {item.nodeid: _is_wanted(item, config.getoption("--proofs")) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not wanted[item.nodeid]])
    items[:] = [item for item in items if wanted[item.nodeid]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests together that share something dear."""
    from tests.scheduling import TogetherScheduling

    return TogetherScheduling(config, log)


def _is_wanted(item: pytest.Item, proofs: str) -> bool:
    marker = item.get_closest_marker("proof")
    if marker is None or proofs == "all":
        return True
    one_in = marker.kwargs.get("one_in")
    usual = one_in is not None and _draw(item.nodeid, one_in)
    return usual or (proofs != "none" and _draw(f"{proofs} {item.nodeid}", _SAMPLED_ONE_IN))


def _draw(text: str, one_in: int) -> bool:
    return zlib.crc32(text.encode()) % one_in == 0


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
def neo4j_cleared(neo4j_access: Access) -> Access:
    """The same server without data; its constraints and indexes stay, which take seconds to make again."""
    remove_data(neo4j_access)
    return neo4j_access


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
