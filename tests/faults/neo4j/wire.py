"""A proxy between graphvine and a Neo4j server that understands the messages and can inject faults.

It runs in threads of the process that it serves. Each transaction is named by what its statements do; ``spot`` is
called just before the message COMMIT goes on to the server, just after, when the answer is there and nothing of it has
been delivered, and when half of it has. ``tests.faults.embedded.process`` watches that function as it watches others.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from tests.faults.embedded.process import Hook, interrupt, kill

_BEGIN, _RUN, _COMMIT = 0x11, 0x10, 0x12
_HANDSHAKE, _VERSION = 20, 4
_SHOWN = 3000
_RECEIVED = 1 << 16
# What a transaction is called by a text in one of its statements; the first that is found names it.
_KINDS = (
    ("seal", b"MERGE (b:GraphvineBatch"),
    ("stage", b"MERGE (c:GraphvineChunk"),
    ("apply", b"DELETE c RETURN 1"),
    ("begin", b"MERGE (l:GraphvineLoad"),
    ("take", b"MERGE (l:GraphvineLease {key: $key}) ON CREATE"),
    ("name", b"MERGE (m:GraphvineMeta {key: 'store'}) ON CREATE"),
    ("mark", b"MERGE (m:GraphvineMeta"),
    ("note", b"MERGE (n:GraphvineChunk"),
    ("drop", b"DROP "),
    ("result", b"CREATE (c:GraphvineChunk"),
    ("lease", b"SET l.expires"),
    ("complete", b"SET l.state"),
    ("removal", b"DELETE"),
    ("reading", b""),
)
KINDS = tuple(kind for kind, _ in _KINDS)
PLACES = ("commit held", "commit sent", "answer held", "answer half")
_DOWN_S = 1.0


class CutError(Exception):
    """The connection over which something went has been cut."""


def spot(name: str) -> None:
    """Pass a named spot of the wire."""


def spot_of(kind: str, place: str) -> str:
    """What ``tests.faults.embedded.process`` calls a place in transactions of a kind."""
    return f"spot({kind}: {place}) before"


HOOKS = tuple(Hook(__name__, "spot", f"{kind}: {place}") for kind in KINDS for place in PLACES)


class _Network:
    """The state of the network of this process: until when nothing gets through."""

    def __init__(self) -> None:
        self.down_until = 0.0
        self.sockets: set[socket.socket] = set()
        self.lock = threading.Lock()

    @property
    def is_down(self) -> bool:
        return time.monotonic() < self.down_until

    def add(self, *sockets: socket.socket) -> None:
        with self.lock:
            self.sockets.update(sockets)

    def close(self, *sockets: socket.socket) -> None:
        with self.lock:
            self.sockets.difference_update(sockets)
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


_NETWORK = _Network()


def cut() -> None:
    """Cut the connection that the fault was met on."""
    raise CutError


def cut_all() -> None:
    """Cut all connections, and let nothing through for a second."""
    _NETWORK.down_until = time.monotonic() + _DOWN_S
    _NETWORK.close(*list(_NETWORK.sockets))
    raise CutError


def cut_for_good() -> None:
    """Cut all connections, and let nothing through any more."""
    _NETWORK.down_until = float("inf")
    _NETWORK.close(*list(_NETWORK.sockets))
    raise CutError


def after(seconds: float, action: Callable[[], None]) -> Callable[[], None]:
    """An action that happens so much later, while everything else goes on."""

    def late() -> None:
        time.sleep(seconds)
        action()

    return lambda: threading.Thread(target=late, daemon=True).start()


ACTIONS = {"kill": kill, "interrupt": interrupt, "cut": cut, "cut all": cut_all, "cut for good": cut_for_good}


@dataclass
class _Talk:
    """What one connection is about."""

    texts: list[bytes] = field(default_factory=list)
    awaited: str = ""

    def kind(self) -> str:
        return next(kind for kind, words in _KINDS if any(words in text for text in self.texts) or not words)

    def see(self, body: bytes) -> int:
        """Take note of a message; returns what it is."""
        tag = body[1] if len(body) > 1 else -1
        if tag == _BEGIN:
            self.texts.clear()
        elif tag == _RUN:
            self.texts.append(body[:_SHOWN])
        return tag


class Wire:
    """Listens on a port of its own and passes on what comes; ``with Wire(port) as wire:``, then ``wire.port``.

    Args:
        server: Port of the server on this machine.
    """

    def __init__(self, server: int) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Wire:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if _NETWORK.is_down:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _NETWORK.add(client, server)
            talk = _Talk()
            for pump in (_questions, _answers):
                threading.Thread(target=_pumped, args=(pump, client, server, talk), daemon=True).start()


_Pump = Callable[[socket.socket, socket.socket, _Talk], None]


def _pumped(pump: _Pump, client: socket.socket, server: socket.socket, talk: _Talk) -> None:
    try:
        pump(client, server, talk)
    except (OSError, CutError):
        pass
    finally:
        _NETWORK.close(client, server)


def _questions(client: socket.socket, server: socket.socket, talk: _Talk) -> None:
    """From the client to the server, message by message."""
    for raw, body in _messages(client):
        if talk.see(body) != _COMMIT:
            server.sendall(raw)
            continue
        kind = talk.kind()
        spot(f"{kind}: commit held")
        talk.awaited = kind
        server.sendall(raw)
        spot(f"{kind}: commit sent")


def _answers(client: socket.socket, server: socket.socket, talk: _Talk) -> None:
    """From the server to the client; all answers before a COMMIT have come when it is sent."""
    while data := server.recv(_RECEIVED):
        kind, talk.awaited = talk.awaited, ""
        if not kind:
            client.sendall(data)
            continue
        spot(f"{kind}: answer held")
        half = len(data) // 2
        client.sendall(data[:half])
        spot(f"{kind}: answer half")
        client.sendall(data[half:])


def _messages(client: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """The client's bytes, cut into messages: as they came, and the message without the heads of its chunks."""
    buffer = bytearray()

    def need(count: int) -> None:
        while len(buffer) < count:
            data = client.recv(_RECEIVED)
            if not data:
                raise CutError
            buffer.extend(data)

    def take(count: int) -> bytes:
        need(count)
        taken = bytes(buffer[:count])
        del buffer[:count]
        return taken

    yield take(_HANDSHAKE), b""
    need(2)
    if not any(buffer[:2]):
        # Since 5.7 the client picks from a list: a version, and a number of as many bytes as it takes.
        choice = take(_VERSION)
        while True:
            choice += take(1)
            if choice[-1] < 0x80:
                break
        yield choice, b""
    while True:
        raw, body = b"", b""
        while size := int.from_bytes((head := take(2)), "big"):
            part = take(size)
            raw, body = raw + head + part, body + part
        yield raw + head, body


def direct(environment: dict[str, str], work: Callable[[], int]) -> Callable[[], int]:
    """Some work with these variables."""

    def done() -> int:
        os.environ.update(environment)
        return work()

    return done


def wired(environment: dict[str, str], work: Callable[[], int]) -> Callable[[], int]:
    """Some work with these variables, whose connections to the server go over a wire."""

    def done() -> int:
        head, _, port = environment["NEO4J_URI"].rpartition(":")
        with Wire(int(port)) as wire:
            os.environ.update(environment, NEO4J_URI=f"{head}:{wire.port}")
            return work()

    return done
