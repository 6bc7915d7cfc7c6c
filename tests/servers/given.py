"""The server of one run of the tests: the one at NEO4J_URI, else one of our own, else one in Docker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from graph.store.neo4j.access import Access
from tests.servers.docker import docker_server, engine_answers
from tests.servers.needs import MissingError
from tests.servers.server import Server
from tests.servers.wiping import claim


@contextmanager
def given_server() -> Iterator[Access]:
    """A running server whose database the tests may wipe.

    Raises:
        MissingError: there is none, for the reason that the message gives.
    """
    if os.environ.get("NEO4J_URI"):
        access = access_of_environment()
        try:
            claim(access)
        except MissingError as reason:
            raise MissingError(f"the server at NEO4J_URI cannot serve the tests: {reason}") from None
        yield access
        return
    try:
        server = Server(quick=True)
    except MissingError as reason:
        if not engine_answers():
            raise MissingError(f"{reason}; no Docker engine answers either, and NEO4J_URI is not set") from None
        with docker_server() as access:
            yield access
        return
    with server:
        yield server.access


def access_of_environment() -> Access:
    """The server that the usual variables name."""
    get = os.environ.get
    return Access(
        get("NEO4J_URI", ""),
        get("NEO4J_USERNAME") or "neo4j",
        get("NEO4J_PASSWORD", ""),
        get("NEO4J_DATABASE") or "neo4j",
    )
