"""A Neo4j server for hand use, in the foreground until Ctrl-C: python -m tests.servers.by_hand [FOLDER]."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

from tests.servers.credentials import new_password, write_secret
from tests.servers.needs import MissingError
from tests.servers.server import Server, free_port, wanted_version

_USUAL_PORT = 7687


def main(folder: Path) -> int:
    """Start, tell how to connect, wait for the end, stop; data and password stay in the folder."""
    home = folder.resolve() / wanted_version()
    home.mkdir(parents=True, exist_ok=True)
    file = home / "credentials"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _say(f"starting Neo4j {wanted_version()} (the first time its jars are fetched, about a minute)")
    try:
        with Server(home=home, password=_password(file), port=_port()) as server:
            access = server.access
            write_secret(
                file,
                f"NEO4J_URI={access.uri}\nNEO4J_USERNAME={access.username}\n"
                f"NEO4J_PASSWORD={access.password}\nNEO4J_DATABASE={access.database}\n",
            )
            _say(f"Neo4j answers at {access.uri}; user and password are in {file}")
            _say(f"use it: export GRAPHVINE_NEO4J__CREDENTIALS={file}")
            _say("Ctrl-C stops it; its data stays")
            return server.wait()
    except KeyboardInterrupt:
        _say("stopped")
        return 0
    except (MissingError, RuntimeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _password(file: Path) -> str:
    """The one that the server has already, or a new one."""
    if not file.exists():
        password = new_password()
        write_secret(file, f"NEO4J_PASSWORD={password}\n")
        return password
    lines = dict(line.split("=", 1) for line in file.read_text("utf-8").splitlines() if "=" in line)
    return lines["NEO4J_PASSWORD"]


def _port() -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _USUAL_PORT))
        except OSError:
            return free_port()
    return _USUAL_PORT


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".neo4j")))
