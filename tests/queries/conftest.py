"""The planted market on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import queries
from graph.store.neo4j.access import Access
from tests.queries import engines
from tests.queries.cases import CASES
from tests.servers.wiping import remove_data


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many queries there are."""
    terminalreporter.write_line(f"{len(queries.names())} named queries, {len(CASES)} cases worked out by hand")


@pytest.fixture(scope="session")
def on_embedded(tmp_path_factory: pytest.TempPathFactory) -> engines.Engine:
    """The embedded index of the planted market and its results."""
    return engines.embedded(tmp_path_factory.mktemp("queries"))


@pytest.fixture(scope="module")
def on_neo4j(neo4j_access: Access) -> Iterator[engines.Engine]:
    """A Neo4j server that holds the same."""
    remove_data(neo4j_access)
    driver, engine = engines.server(neo4j_access)
    with driver:
        yield engine
    remove_data(neo4j_access)
