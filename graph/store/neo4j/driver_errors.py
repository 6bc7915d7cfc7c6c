"""Translates errors of the Neo4j driver and server into StoreError with a hint."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from graph.errors import GraphvineError, QueryRefusedError, StoreError
from graph.store.neo4j.access import Access

_AGAIN = "see whether the server runs, then run the same command again: what is there already is recognised"
_SPACE = (
    "free space on the server's disk and restart Neo4j, then run the same command again: what was committed is kept"
)
_NOT_YET = (
    "the database {database!r} at {uri} is not available at the moment",
    "wait until it has started, then run the same command again",
)
_READ_ONLY = (
    "the database {database!r} at {uri} is read-only",
    "to write, see server.databases.read_only and server.databases.default_to_read_only in neo4j.conf",
)
_LESS = "ask for less, or give the server more: "

# Status code of the server -> message and hint; {uri}, {user} and {database} are filled in.
_CODES = {
    "Neo.ClientError.Security.Unauthorized": (
        "{uri} refused the user name {user!r} or its password",
        "check NEO4J_USERNAME and NEO4J_PASSWORD, or the file that holds them",
    ),
    "Neo.ClientError.Security.AuthenticationRateLimit": (
        "{uri} takes no more tries for now, after too many wrong passwords",
        "wait a few seconds, then try with the right one",
    ),
    "Neo.ClientError.Security.CredentialsExpired": (
        "the password of {user!r} has to be changed before {uri} answers queries",
        "change it with Neo4j's cypher-shell: ALTER CURRENT USER SET PASSWORD FROM ... TO ...",
    ),
    "Neo.ClientError.Security.Forbidden": (
        "{user!r} has no right to do that in the database {database!r}",
        "ask its administrator, or set NEO4J_USERNAME to a user who may",
    ),
    "Neo.ClientError.Database.DatabaseNotFound": (
        "there is no database {database!r} at {uri}",
        "set NEO4J_DATABASE to one that is there; Community has one for users, which is called neo4j",
    ),
    "Neo.TransientError.Database.DatabaseUnavailable": _NOT_YET,
    "Neo.TransientError.General.DatabaseUnavailable": _NOT_YET,
    "Neo.ClientError.Transaction.TransactionTimedOut": (
        "the server ended a transaction that took longer than the server allows",
        _LESS + "db.transaction.timeout in neo4j.conf",
    ),
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration": (
        "the server ended a transaction that took longer than it was given",
        "ask for less, or give it more time",
    ),
    "Neo.TransientError.Transaction.DeadlockDetected": (
        "somebody else writes to the same nodes, and the server gave way to them again and again",
        "let them finish, then run the same command again: what is there already is recognised",
    ),
    "Neo.ClientError.Transaction.Terminated": ("the server ended a transaction on somebody's order", _AGAIN),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": (
        "a transaction needs more memory than the server grants",
        _LESS + "db.memory.transaction.max or dbms.memory.transaction.total.max in neo4j.conf",
    ),
    "Neo.TransientError.General.OutOfMemoryError": (
        "the server ran out of memory",
        _LESS + "server.memory.heap.max_size in neo4j.conf, and restart it",
    ),
    "Neo.DatabaseError.Transaction.TransactionLogError": (
        "the server cannot write its transaction log, as when its disk is full",
        _SPACE,
    ),
    "Neo.DatabaseError.Transaction.TransactionStartFailed": (
        "the database {database!r} has stopped after a critical error, as when its disk is full",
        _SPACE,
    ),
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": _READ_ONLY,
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": _READ_ONLY,
}
# Cause of a failed connection (exception types, part of the message) -> message and hint; the first match is used.
_LINES: tuple[tuple[tuple[type[BaseException], ...], str, str, str], ...] = (
    (
        (ssl.SSLCertVerificationError,),
        "",
        "the certificate of {uri} is not one that this machine trusts",
        "{scheme}+ssc://{address} accepts a self-signed one; use it only where you know the network",
    ),
    (
        (ssl.SSLError,),
        "SSLEOFError",
        "{uri} asks for encryption, and the server does not answer encrypted",
        "only on a network that you trust: without encryption it is {scheme}://{address}",
    ),
    ((socket.gaierror,), "", "the name of the host in {uri} is not known", "check NEO4J_URI"),
    ((), "looks like HTTP", "{uri} is a web port, not the one for Bolt", "Bolt is usually at port 7687"),
    (
        (ConnectionRefusedError,),
        "",
        "nobody answers at {uri} (connection refused)",
        "start Neo4j, or check host and port of NEO4J_URI; then run the same command again",
    ),
    ((), "defunct", "the connection to {uri} was lost", _AGAIN),
    ((TimeoutError,), "", "{uri} did not answer in time", "check host and port of NEO4J_URI, and what lies between"),
    (
        (),
        "incomplete handshake",
        "{uri} closed the connection at once",
        "where the server asks for encryption, it is {scheme}+s://{address}; else " + _AGAIN,
    ),
    ((ConnectionResetError, BrokenPipeError), "", "the connection to {uri} was lost", _AGAIN),
)
_WRITES = "Neo.ClientError.Statement.AccessMode"
_SHOWN = 300


@contextmanager
def translated(access: Access) -> Iterator[None]:
    """Turn errors of the driver into StoreError with a hint.

    Raises:
        StoreError: the driver or the server failed.
    """
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        yield
    except (DriverError, Neo4jError) as error:
        raise explained(error, access) from error


def explained(error: Exception, access: Access) -> GraphvineError:
    """The GraphvineError for an error of the driver."""
    from neo4j.exceptions import IncompleteCommit, Neo4jError, UnsupportedServerProduct

    if isinstance(error, Neo4jError):
        return _from_server(error.code or "", error.message or "", access)
    if isinstance(error, UnsupportedServerProduct):
        return too_old(access, "speaks only versions of Bolt that are out of use")
    if isinstance(error, IncompleteCommit):
        return StoreError(f"the connection to {access.uri} was cut before it confirmed a commit", hint=_AGAIN)
    return _from_connection(error, access)


def too_old(access: Access, what: str) -> StoreError:
    """The error for an unsupported server; ``what`` continues the sentence after its address."""
    return StoreError(
        f"{access.uri} {what}", hint="graphvine works with Neo4j 5.23 and newer; 5.26 is the long-term one"
    )


def _from_server(code: str, message: str, access: Access) -> StoreError:
    if code == _WRITES:
        return QueryRefusedError("a query may only read the graph", hint="leave out what writes")
    if code in _CODES:
        sentence, hint = _CODES[code]
        filled = {"uri": access.uri, "user": access.username, "database": access.database}
        return StoreError(sentence.format(**filled), hint=hint.format(**filled))
    first = " ".join(message.split())[:_SHOWN].rstrip(".")
    hint = _AGAIN if code.startswith("Neo.TransientError.") else "the server's logs say more"
    return StoreError(f"Neo4j refused: {first} ({code})", hint=hint)


def _from_connection(error: Exception, access: Access) -> StoreError:
    """The error for a failed connection, recognised by the exception's causes and its message."""
    causes = list(_causes(error))
    kinds = tuple(type(cause) for cause in causes)
    text = " ".join(str(cause) for cause in causes)
    scheme = access.uri.partition("://")[0].partition("+")[0]
    address = access.uri.partition("://")[2]
    for kind, words, sentence, hint in _LINES:
        if any(issubclass(k, kind) for k in kinds) or (words and words in text):
            filled = {"uri": access.uri, "scheme": scheme, "address": address}
            return StoreError(sentence.format(**filled), hint=hint.format(**filled))
    first = " ".join(str(causes[-1]).split())[:_SHOWN].rstrip(".")
    return StoreError(f"{access.uri} cannot be used: {first}", hint="check NEO4J_URI, and whether the server runs")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all its causes; of an exception group, all its members."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__
