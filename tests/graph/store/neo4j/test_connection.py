"""Every way in which a server can fail us, on a real one: one sentence, a hint, no secret."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import neo4j
import pytest

from graph.errors import GraphvineError, QueryRefusedError, StoreError
from graph.store.neo4j.access import Access
from graph.store.neo4j.connection import connected
from graph.store.neo4j.driver_errors import translated
from tests.servers.needs import lacking
from tests.servers.server import Server, free_port

pytestmark = pytest.mark.proof(one_in=4)

OLD_VERSION = "5.22.0"
ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a WHERE a < 0 RETURN count(a)"


def one_sentence(error: GraphvineError, access: Access) -> None:
    """No stack, no line break, no secret, and a way on."""
    for text in (error.message, error.hint):
        assert text == " ".join(text.split())
        assert access.password not in text
    assert not error.message.endswith(".")
    assert error.hint
    assert len(error.message) < 400


def refused(access: Access, words: str, hint: str) -> StoreError:
    """Connecting fails with these words, and the hint has those."""
    with pytest.raises(StoreError, match=words) as caught, connected(access, acquire_timeout_s=3):
        pass
    one_sentence(caught.value, access)
    assert hint in caught.value.hint
    return caught.value


def failing(access: Access, statement: str | neo4j.Query, words: str, hint: str, **session: object) -> StoreError:
    """A statement fails with these words, and the hint has those."""
    with (
        connected(access) as connection,
        pytest.raises(StoreError, match=words) as caught,
        translated(access),
        connection.driver.session(database=access.database, **session) as opened,
    ):
        opened.run(statement).consume()
    one_sentence(caught.value, access)
    assert hint in caught.value.hint
    return caught.value


def moved(access: Access, scheme: str) -> Access:
    return replace(access, uri=access.uri.replace("bolt", scheme, 1))


@contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """The address of a socket that sends that answer to whatever comes and closes, or says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held = []

        def serve() -> None:
            try:
                while True:
                    peer = listening.accept()[0]
                    held.append(peer)
                    if answer is not None:
                        peer.recv(64)
                        peer.sendall(answer)
                        peer.close()
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield f"bolt://127.0.0.1:{listening.getsockname()[1]}"
        for peer in held:
            peer.close()


def test_version_and_edition(neo4j_access: Access) -> None:
    with connected(neo4j_access) as connection:
        assert connection.version >= (5, 23)
        assert connection.edition in ("community", "enterprise")
        assert connection.driver.execute_query("RETURN 1 AS one").records[0]["one"] == 1
        assert neo4j_access.password not in repr(connection)


def test_routing_address(neo4j_access: Access) -> None:
    with connected(moved(neo4j_access, "neo4j")) as connection:
        assert connection.version >= (5, 23)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_wrong_password(neo4j_access: Access, scheme: str) -> None:
    for password in ("wrong", "", "密码" * 20):
        access = replace(moved(neo4j_access, scheme), password=password or "none")
        error = refused(access, "refused the user name 'neo4j' or its password", "NEO4J_PASSWORD")
        assert neo4j_access.password not in error.message
    refused(replace(neo4j_access, username="nobody"), "refused the user name 'nobody'", "NEO4J_USERNAME")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_unknown_database(neo4j_access: Access, scheme: str) -> None:
    access = replace(moved(neo4j_access, scheme), database="marketing")
    refused(access, "there is no database 'marketing' at", "NEO4J_DATABASE")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s", "neo4j+s"])
def test_refused_port(scheme: str) -> None:
    access = Access(f"{scheme}://127.0.0.1:{free_port()}", "neo4j", "pass-word-1")
    refused(access, "nobody answers at .* \\(connection refused\\)", "start Neo4j")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_unknown_host(scheme: str) -> None:
    access = Access(f"{scheme}://no-such-host.invalid:7687", "neo4j", "pass-word-1")
    refused(access, "the name of the host in .* is not known", "NEO4J_URI")


@pytest.mark.parametrize("scheme", ["bolt+s", "bolt+ssc", "neo4j+s"])
def test_encryption_that_the_server_does_not_speak(neo4j_access: Access, scheme: str) -> None:
    error = refused(moved(neo4j_access, scheme), "the server does not answer encrypted", "without encryption it is")
    assert error.hint.endswith(moved(neo4j_access, scheme.partition("+")[0]).uri)


def test_a_server_that_says_nothing() -> None:
    with answering(None) as uri:
        refused(Access(uri, "neo4j", "pass-word-1"), "did not answer in time", "NEO4J_URI")


def test_a_web_port() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as uri:
        refused(Access(uri, "neo4j", "pass-word-1"), "is a web port", "7687")


def test_a_server_from_before_the_versions_of_bolt_in_use() -> None:
    # Such a server answers the handshake with no version at all; none runs on a Java that is still maintained.
    with answering(bytes(4)) as uri:
        refused(
            Access(uri, "neo4j", "pass-word-1"), "speaks only versions of Bolt that are out of use", "5.23 and newer"
        )


@pytest.mark.proof
def test_an_old_server(make_server: Callable[..., Server]) -> None:
    access = make_server(OLD_VERSION).access
    refused(access, f"is Neo4j {OLD_VERSION}", "5.23 and newer; 5.26 is the long-term one")


def test_writing_where_only_reading_is_allowed(neo4j_cleared: Access) -> None:
    error = failing(neo4j_cleared, "CREATE (:A)", "may only read", "leave out", default_access_mode="READ")
    assert isinstance(error, QueryRefusedError)


def test_a_wrong_statement_is_told_in_the_server_s_words(neo4j_access: Access) -> None:
    error = failing(neo4j_access, "RETRUN 1", "Invalid input 'RETRUN'", "logs")
    assert "Neo.ClientError.Statement.SyntaxError" in error.message


def test_a_query_that_takes_too_long(neo4j_access: Access) -> None:
    failing(neo4j_access, neo4j.Query(ENDLESS, timeout=0.5), "took longer than it was given", "more time")


@pytest.mark.proof
def test_a_read_only_database(make_server: Callable[..., Server]) -> None:
    server = make_server()
    server.stop()
    server.settings["server.databases.default_to_read_only"] = "true"
    server.start()
    for text in ("CREATE (:A)", "CREATE CONSTRAINT c FOR (a:A) REQUIRE a.id IS UNIQUE"):
        failing(server.access, text, "the database 'neo4j' at .* is read-only", "default_to_read_only")


@pytest.mark.proof
def test_a_server_that_asks_for_encryption(make_server: Callable[..., Server], tmp_path: Path) -> None:
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", "private.key", "-out", "public.crt"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        lacking("neo4j", "openssl could not make a certificate")
    policy = {
        "enabled": "true", "base_directory": str(tmp_path),
        "private_key": "private.key", "public_certificate": "public.crt",
    }  # fmt: skip
    settings = {"server.bolt.tls_level": "REQUIRED", **{f"dbms.ssl.policy.bolt.{k}": v for k, v in policy.items()}}
    access = make_server(settings=settings, scheme="bolt+ssc").access
    with connected(access) as connection:
        assert connection.version
    for scheme in ("bolt", "neo4j"):
        error = refused(moved(replace(access, uri=access.uri.replace("+ssc", "")), scheme), "closed the", "encryption")
        assert f"{scheme}+s://" in error.hint
    for scheme in ("bolt+s", "neo4j+s"):
        uri = access.uri.replace("bolt+ssc", scheme)
        error = refused(replace(access, uri=uri), "is not one that this machine trusts", "self-signed")
        assert uri.replace("+s", "+ssc") in error.hint


def test_memory_disk_and_death(make_server: Callable[..., Server]) -> None:
    """One server, brought to its limits one after the other."""
    server = make_server(settings={"db.memory.transaction.max": "60m"}, prefix=("prlimit", "--fsize=30000000", "--"))
    access = server.access
    # Out of memory: a translated error ends the transaction, which the driver would try again.
    tries = []
    with connected(access) as connection, connection.driver.session(database="neo4j") as session:

        def hungry(transaction: neo4j.ManagedTransaction) -> None:
            tries.append(1)
            with translated(access):
                transaction.run("UNWIND range(1, 10000000) AS x RETURN collect(x)").consume()

        with pytest.raises(StoreError, match="needs more memory than the server grants") as caught:
            session.execute_read(hungry)
    assert len(tries) == 1
    assert "db.memory.transaction.max" in caught.value.hint
    one_sentence(caught.value, access)
    # The transaction log cannot grow any more; then the database answers nothing, until it is restarted with room.
    done: list[int] = []
    with pytest.raises(StoreError, match="cannot write its transaction log") as caught:
        fill(access, done)
    assert "free space" in caught.value.hint
    one_sentence(caught.value, access)
    refused(access, "the database 'neo4j' has stopped after a critical error", "free space")
    server.kill()
    server.prefix = ()
    server.start()
    assert fillers(access) == sum(done)
    # The server dies while it works for us.
    killer = threading.Timer(1, server.kill)
    killer.start()
    error = failing(access, ENDLESS, "the connection to .* was lost", "run the same command again")
    assert access.uri in error.message
    killer.join()
    refused(access, "nobody answers at", "start Neo4j")
    server.start()
    assert fillers(access) == sum(done)


def fillers(access: Access) -> int:
    with connected(access) as connection:
        return connection.driver.execute_query("MATCH (f:Filler) RETURN count(f)").records[0][0]


def fill(access: Access, done: list[int]) -> None:
    """Write until the server fails; ``done`` gets the size of each committed batch."""
    with connected(access) as connection, translated(access):
        for _ in range(200):
            connection.driver.execute_query("UNWIND range(1, 10000) AS x CREATE (:Filler {text: 'x' + x})")
            done.append(10_000)
