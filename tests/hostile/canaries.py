"""Things that tell when they are touched: a listening socket, a watched file, and a wire that counts bytes."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_IN_OPEN, _IN_NONBLOCK = 0x20, os.O_NONBLOCK
_ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\na,b\n1,2\n"


class Listener:
    """A server that answers every caller with a small file, and counts the callers."""

    def __init__(self) -> None:
        self.callers = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.callers += 1
            with caller, suppress(OSError):
                caller.settimeout(2)
                caller.recv(4096)
                caller.sendall(_ANSWER)

    def close(self) -> None:
        """Stop listening; whoever waits in ``accept`` is woken first."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener that is closed at the end."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()


class Watch:
    """How often a file was opened, by whatever process; the kernel counts (Linux)."""

    def __init__(self, file: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._inbox = libc.inotify_init1(_IN_NONBLOCK)
        if self._inbox < 0 or libc.inotify_add_watch(self._inbox, os.fsencode(file), _IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {file}")

    def opened(self) -> int:
        """Openings since the last call."""
        try:
            events = os.read(self._inbox, 65536)
        except BlockingIOError:
            return 0
        size, count, at = struct.calcsize("iIII"), 0, 0
        while at < len(events):
            at += size + struct.unpack_from("iIII", events, at)[3]
            count += 1
        return count

    def close(self) -> None:
        """Stop watching."""
        os.close(self._inbox)


class Wire:
    """A relay in front of a server that counts the bytes that its clients send."""

    def __init__(self, host: str, port: int) -> None:
        self.sent = 0
        self._target = (host, port)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            threading.Thread(target=self._relay, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(server, client, False), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, outward: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.sent += len(data) if outward else 0
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Take no more clients."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@contextmanager
def wired(host: str, port: int) -> Iterator[Wire]:
    """A relay that is closed at the end."""
    wire = Wire(host, port)
    try:
        yield wire
    finally:
        wire.close()
