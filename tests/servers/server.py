"""A Neo4j Community server of our own: started from jars, with authentication, in a home of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from graph.store.neo4j.access import Access
from tests.servers.credentials import new_password, seed_password
from tests.servers.jars import jars, main_class
from tests.servers.java import java_for
from tests.servers.needs import MissingError

DEFAULT_VERSION = "5.26.25"
_FLAGS = (
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+DisableExplicitGC",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "--enable-native-access=ALL-UNNAMED",
)
_OPENS = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
)
# Compiled once and lightly: starts with two thirds of the work, and suits a server that lives for a few small tests.
_QUICK = ("-XX:TieredStopAtLevel=1",)
# It would plan a query again every ten seconds, whenever a test has more data than the one before it.
_KEEP_PLANS = {"dbms.cypher.min_replan_interval": "1h"}
_FOLDERS = ("data", "logs", "run", "plugins", "import", "licenses", "lib")
_START_S = 120
_STOP_S = 60
_TAIL = 30
_PORT_TRIES = 3


def wanted_version() -> str:
    """GRAPHVINE_NEO4J_VERSION, else the long-term release."""
    return os.environ.get("GRAPHVINE_NEO4J_VERSION") or DEFAULT_VERSION


class Server:
    """One server; ``with Server() as server:`` starts it, and stops and removes it at the end.

    It keeps its port, its password and its data through ``stop``, ``kill`` and ``start``, so ``access`` stays good;
    ``settings`` and ``prefix`` may be changed in between.

    Args:
        version: Version of Neo4j; the wanted one where none is given.
        home: Its folder, kept at the end; a temporary one, removed at the end, where none is given.
        password: The first password; a random one where none is given.
        port: Port of bolt; a free one where none is given.
        heap: Largest heap.
        pagecache: Size of the page cache.
        settings: Further lines of neo4j.conf; they win over ours.
        prefix: Command that the server is started through, for example ``prlimit`` with its options.
        scheme: Of its address, where the settings ask for encryption.
        quick: Whether a quick start counts more than speed later on; not for measuring.

    Raises:
        MissingError: Java or the jars cannot be had.
    """

    def __init__(
        self,
        version: str | None = None,
        *,
        home: Path | None = None,
        password: str | None = None,
        port: int | None = None,
        heap: str = "1g",
        pagecache: str = "256m",
        settings: Mapping[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        scheme: str = "bolt",
        quick: bool = False,
    ) -> None:
        self.version = version or wanted_version()
        java = java_for(self.version)
        if java is None:
            raise MissingError(f"no Java that Neo4j {self.version} runs on was found (JAVA_HOME, PATH, /usr/lib/jvm)")
        self.java = java / "bin" / "java"
        self.lib = jars(self.version)
        self._temporary = home is None
        self.home = home or Path(tempfile.mkdtemp(prefix="graphvine-neo4j-"))
        self._heap, self._pagecache, self.prefix = heap, pagecache, prefix
        self.settings = {**(_KEEP_PLANS if quick else {}), **(settings or {})}
        self._flags = _FLAGS + (_QUICK if quick else ())
        self._fixed_port = port is not None
        self._process: subprocess.Popen[bytes] | None = None
        self.access = Access(f"{scheme}://127.0.0.1:{port or free_port()}", "neo4j", password or new_password())
        for name in _FOLDERS:
            (self.home / name).mkdir(parents=True, exist_ok=True)
        if not (self.home / "data" / "dbms").exists():
            seed_password(self.home, self.access.password)

    @property
    def port(self) -> int:
        """Port of bolt."""
        return int(self.access.uri.rpartition(":")[2])

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def start(self) -> Server:
        """Start, and wait until queries are answered.

        Raises:
            RuntimeError: it does not come up; the message ends with the tail of its log.
        """
        for attempt in range(_PORT_TRIES):
            self._configure()
            self._launch()
            if self._answers():
                return self
            tail = self._tail()
            self.kill()
            if self._fixed_port or attempt == _PORT_TRIES - 1 or "Address already in use" not in tail:
                raise RuntimeError(f"Neo4j {self.version} did not start; the end of its log:\n{tail}")
            self._move()
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """Stop in order, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill -9, and wait until the process is gone."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def wait(self) -> int:
        """Wait until the server ends by itself; its exit code."""
        return self._process.wait() if self._process is not None else 0

    def close(self) -> None:
        """Stop, and remove the home where it was temporary."""
        if self._temporary:
            self.kill()
            shutil.rmtree(self.home, ignore_errors=True)
        else:
            self.stop()

    def admin(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``neo4j-admin`` with these arguments on this home; most of its commands want the server stopped."""
        self._configure()
        command = [str(self.java), f"-Xmx{self._heap}", *_OPENS, "-cp", f"{self.lib}/*", "org.neo4j.cli.AdminTool"]
        environment = {**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)

    def __enter__(self) -> Server:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _configure(self) -> None:
        home = self.home
        lines = {
            **{f"server.directories.{name}": str(home / name) for name in _FOLDERS},
            "server.directories.transaction.logs.root": str(home / "data" / "transactions"),
            "server.bolt.listen_address": f"127.0.0.1:{self.port}",
            "server.bolt.advertised_address": f"127.0.0.1:{self.port}",
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "dbms.security.auth_enabled": "true",
            # Tests of wrong passwords must not lock the others out.
            "dbms.security.auth_max_failed_attempts": "0",
            "dbms.usage_report.enabled": "false",
            "server.memory.pagecache.size": self._pagecache,
            "db.transaction.timeout": "600s",
            "db.tx_log.preallocate": "false",
            **self.settings,
        }
        (home / "conf").mkdir(exist_ok=True)
        (home / "conf" / "neo4j.conf").write_text("".join(f"{k}={v}\n" for k, v in lines.items()), "utf-8")

    def _launch(self) -> None:
        command = [
            # The server dies with us, however we die.
            *(("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()),
            *self.prefix,
            *(str(self.java), f"-Xmx{self._heap}", *self._flags, *_OPENS),
            *("-cp", f"{self.lib}/*:{self.home}/plugins/*", main_class(self.lib)),
            *(f"--home-dir={self.home}", f"--config-dir={self.home}/conf", "--console-mode"),
        ]
        with self._console.open("wb") as log:
            # A session of its own: Ctrl-C in the terminal is ours to handle.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def _console(self) -> Path:
        return self.home / "logs" / "console.log"

    def _answers(self) -> bool:
        """Whether the server answers a query within its time."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            if answering(self.access):
                return True
            time.sleep(0.2)
        return False

    def _tail(self) -> str:
        text = self._console.read_text("utf-8", "replace") if self._console.exists() else ""
        return "\n".join(text.splitlines()[-_TAIL:])

    def _move(self) -> None:
        self.access = replace(self.access, uri=f"{self.access.uri.rpartition(':')[0]}:{free_port()}")

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of the loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answering(access: Access) -> bool:
    """Whether the server answers a query."""
    port = int(access.uri.rpartition(":")[2])
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    auth = (access.username, access.password)
    with GraphDatabase.driver(access.uri, auth=auth, connection_acquisition_timeout=5) as driver:
        try:
            # Not a managed transaction, which would wait between its own retries.
            with driver.session(database=access.database) as session:
                session.run("RETURN 1").consume()
        except (DriverError, Neo4jError):
            return False
    return True
