"""Runs a graphvine command in a process of its own and injects a fault at a named spot.

The process is forked from this one, which has imported everything and started no thread; this saves hundreds of
processes the time of the imports. Spots are calls of the product's functions, SQL statements and system calls; the
product contains no code for them.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Action = Callable[[], None]
_FIRED = 3
_STEP_S = 0.0002
_LONGEST_S = 120.0


def kill() -> None:
    """End this process as kill -9 and a power cut do."""
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    """Send this process what Ctrl-C sends."""
    os.kill(os.getpid(), signal.SIGINT)


def nothing() -> None:
    """Leave everything as it is."""


@dataclass(frozen=True)
class Hook:
    """A function that is watched.

    Attributes:
        owner: ``module`` or ``module:Class``.
        name: The function.
        within: Only calls with this text in one of their arguments.
    """

    owner: str
    name: str
    within: str = ""


@dataclass(frozen=True)
class Fault:
    """What goes wrong in a process.

    Attributes:
        spot: Name of the spot, ``HOOK before`` or ``HOOK after``; empty for none. The spots ``sql`` count the
            statements of the store; ``commit during`` and ``close during`` act so many steps of 0.2 ms after their call
            began.
        call: Which call of the spot, from 1.
        action: What happens there.
        first: What happens before the command begins.
        signal: Sent from outside after ``seconds``; 0 for none.
        seconds: When.
    """

    spot: str = ""
    call: int = 1
    action: Action = kill
    first: Action = nothing
    signal: int = 0
    seconds: float = 0.0


NO_FAULT = Fault()


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: Exit code, or the negative number of the signal that ended it.
        out: What it wrote to stdout.
        err: What it wrote to stderr.
        seconds: How long it ran.
        fired: Spot to number of calls; only of a process that was to count them.
    """

    code: int
    out: str
    err: str
    seconds: float
    fired: dict[str, int] = field(default_factory=dict)

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass
class Started:
    """A process under way."""

    pid: int
    pipes: tuple[int, ...]
    began: float
    fault: Fault

    def wait(self) -> Ended:
        """Read what it writes until it ends, and send it its signal in time."""
        texts: dict[int, list[bytes]] = {pipe: [] for pipe in self.pipes}
        waiting, due = set(self.pipes), self.began + self.fault.seconds if self.fault.signal else None
        while waiting:
            now = time.monotonic()
            if due is not None and now >= due:
                due = None
                os.kill(self.pid, self.fault.signal)
            if now - self.began > _LONGEST_S:
                os.kill(self.pid, signal.SIGKILL)
                raise TimeoutError(f"process {self.pid} hangs: {b''.join(texts[self.pipes[1]])[-2000:]!r}")
            ready, _, _ = select.select(list(waiting), [], [], 1.0 if due is None else max(0.0, due - now))
            for pipe in ready:
                if data := os.read(pipe, 1 << 16):
                    texts[pipe].append(data)
                else:
                    waiting.discard(pipe)
                    os.close(pipe)
        _, status = os.waitpid(self.pid, 0)
        out, err, fired = (b"".join(texts[pipe]).decode("utf-8", "replace") for pipe in self.pipes)
        code = os.waitstatus_to_exitcode(status)
        return Ended(code, out, err, time.monotonic() - self.began, json.loads(fired or "{}"))


def start(work: Callable[[], int], fault: Fault = NO_FAULT, *, hooks: Sequence[Hook] = ()) -> Started:
    """Fork a process that does some work and ends with the code that it returns.

    Args:
        work: What the process does.
        fault: What goes wrong in it.
        hooks: The functions to watch; calls are counted where the fault names no spot.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    ends = [os.pipe() for _ in range(_FIRED)]
    began, pid = time.monotonic(), os.fork()
    if pid == 0:
        code = 99
        try:
            for number, (_, write) in zip((1, 2, _FIRED), ends, strict=True):
                os.dup2(write, number)
            os.closerange(_FIRED + 1, 256)
            code = _within(work, fault, hooks)
        finally:
            os._exit(code)
    for _, write in ends:
        os.close(write)
    return Started(pid, tuple(read for read, _ in ends), began, fault)


def run(work: Callable[[], int], fault: Fault = NO_FAULT, *, hooks: Sequence[Hook] = ()) -> Ended:
    """``start``, and wait for the end."""
    return start(work, fault, hooks=hooks).wait()


def command(*arguments: str) -> Callable[[], int]:
    """The work of a graphvine command."""

    def work() -> int:
        from cli.app import main

        try:
            main(list(arguments))
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return work


def preload(*, queries: bool = True) -> None:
    """Import what the commands import, also for those who may not read our folders; what queries need only if asked."""
    for name in (
        *(
            "cli.app",
            "cli.data.load",
            "cli.data.rejects",
            "cli.runs",
            "cli.settings",
            "cli.data.export",
            "cli.data.check",
            "graph.workflow.loading.load",
            "graph.workflow.step_record",
        ),
        *("duckdb", "pandas", "pyarrow.compute", "pyarrow.csv", "pyarrow.parquet", "numba", "tempfile", "queries"),
        *(f"encodings.{codec}" for codec in ("gbk", "gb18030", "utf_8_sig", "utf_16", "cp1252", "latin_1", "idna")),
        *(
            "graph.ingest.load",
            "graph.ingest.rejects.replay",
            "graph.ingest.mapping.mapping_file",
            "graph.ingest.sources",
        ),
        *("graph.store.embedded.store", "graph.store.embedded.status", "graph.store.embedded.compact"),
        *(
            "graph.store.embedded.index.index_cache",
            "graph.store.embedded.index.cypher_index",
            "graph.store.edge_order",
            "graph.store.edge_order_kernels",
        ),
        *(("kglite", "graph.store.embedded.index.snapshot_difference_kernel") if queries else ()),
    ):
        importlib.import_module(name)


def _within(work: Callable[[], int], fault: Fault, hooks: Sequence[Hook]) -> int:
    """Do the work in the new process; an error that nobody caught is shown as Python shows it."""
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="utf-8", write_through=True)
        for number in (1, 2)
    )
    watch = _Watch(fault)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    watch.install(hooks)
    fault.first()
    try:
        return work()
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(_FIRED, json.dumps(watch.fired).encode())


class _Watch:
    """Counts the calls of spots, and lets the fault happen at its own."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.fired = fault, Counter[str]()
        self._lock = threading.Lock()

    def pass_by(self, spot: str) -> None:
        if self.fault.spot not in ("", spot):
            return
        with self._lock:
            self.fired[spot] += 1
            here = self.fault.spot == spot and self.fired[spot] == self.fault.call
        if here:
            self.fault.action()

    def install(self, hooks: Sequence[Hook]) -> None:
        for hook in hooks:
            module, _, kind = hook.owner.partition(":")
            owner: Any = importlib.import_module(module)
            owner = getattr(owner, kind) if kind else owner
            setattr(owner, hook.name, self._watched(getattr(owner, hook.name), hook))
        if hooks:
            self._watch_duckdb()

    def _watched(self, function: Callable[..., Any], hook: Hook) -> Callable[..., Any]:
        name = f"{hook.name}({hook.within})" if hook.within else hook.name

        def watched(*args: Any, **named: Any) -> Any:
            if hook.within and not any(hook.within in str(a) for a in args):
                return function(*args, **named)
            self.pass_by(f"{name} before")
            result = function(*args, **named)
            self.pass_by(f"{name} after")
            return result

        return watched

    def _watch_duckdb(self) -> None:
        import duckdb

        connect = duckdb.connect

        def watched(*args: Any, **named: Any) -> Any:
            connection = connect(*args, **named)
            return _Connection(connection, self) if args and Path(args[0]).suffix == ".duckdb" else connection

        duckdb.connect = watched

    def during(self, spot: str, function: Callable[[], Any]) -> Any:
        """Call the function; where the fault is to happen during it, it does from another thread."""
        self.pass_by(f"{spot} before")
        if self.fault.spot == f"{spot} during":
            threading.Thread(target=self._late, daemon=True).start()
            function()
            time.sleep(_LONGEST_S)
        result = function()
        self.fired[f"{spot} during"] += 1
        self.pass_by(f"{spot} after")
        return result

    def _late(self) -> None:
        time.sleep(self.fault.call * _STEP_S)
        self.fault.action()


class _Connection:
    """A DuckDB connection whose statements are counted."""

    def __init__(self, connection: Any, watch: _Watch) -> None:
        self._connection, self._watch = connection, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, *args: Any) -> Any:
        def plain() -> Any:
            return self._connection.execute(query, *args)

        if query == "COMMIT":
            return self._watch.during("commit", plain)
        self._watch.pass_by("sql before")
        result = plain()
        self._watch.pass_by("sql after")
        return result

    def close(self) -> None:
        self._watch.during("close", self._connection.close)
