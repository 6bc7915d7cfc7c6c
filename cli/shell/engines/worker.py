"""The process that runs queries on the embedded index for a command or a shell.

It reads requests from stdin, one JSON object a line, and writes answers to stdout in the same way. It is a process of
its own because the engine checks only now and then whether it should stop: a query that does not stop can be killed
without ending the shell, and one that needs too much memory ends this process only. It ends when its stdin does.
"""

from __future__ import annotations

import _thread
import json
import os
import queue
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from graph.errors import GraphvineError

if TYPE_CHECKING:
    from cli.session import Session
    from cli.shell.parts import Part
    from graph.store.embedded.index.cypher_index import CypherIndex
    from graph.store.result import QueryResult

# Bytes of memory that a query may take besides the index.
MEMORY = 2 * 1024**3
Request = Mapping[str, Any]
Note = Callable[[str], None]


class Market:
    """The published market of a workspace: opened on the first query, and again when a later one is published."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._index: CypherIndex | None = None
        self._seen: tuple[Any, ...] = ()

    def index(self, on_note: Note) -> CypherIndex:
        """The index of the latest snapshot and of the results, which is built first where it is missing or old."""
        from graph.store.embedded.results import look_of, ready_with_results

        session = self._session()
        folder = session.folder.latest("snapshots", command="graphvine data snapshot")
        seen = (folder, look_of(session.folder.written))
        if self._index is None or seen != self._seen:
            if self._index is not None:
                on_note("a later snapshot or result is published; queries read it from here on")
            self._index = ready_with_results(
                session.workspace.graph(),
                session.folder.index,
                results=session.folder.written,
                schema=session.workspace.schema,
                earlier=session.workspace.graph_by_fingerprint,
                on_note=on_note,
            )
            self._seen = seen
        return self._index

    def parts(self) -> tuple[Part, ...]:
        """What the latest snapshot holds."""
        from cli.shell.parts import parts_of

        session = self._session()
        graph = session.workspace.graph()
        return parts_of(
            session.workspace.schema,
            {name: len(nodes) for name, nodes in graph.nodes.items()},
            {(name, role): int(f.sum()) for name, nodes in graph.nodes.items() for role, f in nodes.roles.items()},
            {key: len(edges) for key, edges in graph.edge_sets.items()},
        )

    def _session(self) -> Session:
        from cli.options import StoreName
        from cli.session import Session

        return Session.open(self.root, quiet=True, store=StoreName.EMBEDDED)


class Worker:
    """One request after the other; a request can be cancelled while it runs, or before it has begun."""

    def __init__(self, market: Market, requests: TextIO, answers: TextIO) -> None:
        self._market, self._requests, self._answers = market, requests, answers
        self._waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._busy = 0

    def serve(self) -> None:
        """Answer until the requests end."""
        signal.signal(signal.SIGINT, self._interrupted)
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            self._answer(self._waiting.get())

    def _read(self) -> None:
        for line in self._requests:
            request = json.loads(line)
            if "cancel" in request:
                self._cancelled.add(request["cancel"])
                if self._busy == request["cancel"]:
                    _thread.interrupt_main(signal.SIGINT)
            else:
                self._waiting.put(request)
        # The process that asked has ended; the engine may still run a query, and nothing needs closing.
        os._exit(0)

    def _interrupted(self, *_: object) -> None:
        if self._busy:
            raise KeyboardInterrupt

    def _answer(self, request: Request) -> None:
        number = request["n"]
        try:
            self._busy = number
            if number in self._cancelled:
                raise KeyboardInterrupt
            answer = self._done(request)
            self._busy = 0
        except KeyboardInterrupt:
            self._busy = 0
            answer = {"cancelled": True}
        except GraphvineError as error:
            self._busy = 0
            answer = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
        except Exception as error:
            self._busy = 0
            answer = {"bug": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
        self._say(number, answer)

    def _done(self, request: Request) -> dict[str, Any]:
        if request["do"] == "parts":
            return {"parts": [asdict(part) for part in self._market.parts()]}
        index = self._market.index(lambda text: self._say(request["n"], {"note": text}))
        self._say(request["n"], {"begun": True})
        result = run(index, request)
        return {"result": {field.name: getattr(result, field.name) for field in fields(result)}}

    def _say(self, number: int, answer: Mapping[str, Any]) -> None:
        self._answers.write(json.dumps({"n": number, **answer}) + "\n")
        self._answers.flush()


def run(index: CypherIndex, request: Request) -> QueryResult:
    """The result of a query."""
    from graph.store.embedded.index import run_query

    with at_most(MEMORY):
        return run_query.run(
            index, request["text"], request["parameters"], timeout_s=request["timeout_s"], max_rows=request["max_rows"]
        )


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let this process take at most so many bytes more while the block runs (Linux only); exceeding that ends it."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    taken = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    before = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = (int(taken[1]) if taken else 0) * 1024 + size
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if before[1] < 0 else min(wanted, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def main(root: str) -> None:
    """Serve the workspace at ``root``; what the engine itself prints is kept away from the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    Worker(Market(Path(root)), sys.stdin, answers).serve()
