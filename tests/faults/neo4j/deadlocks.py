"""Deadlocks between workers: very many relationships between very few nodes, in any order."""

from __future__ import annotations

import csv
import datetime as dt
import json
import logging
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.store.neo4j.access import Access
from graph.store.neo4j.database import Tally
from graph.store.neo4j.load import loading
from graph.store.neo4j.load.chunks import Chunk
from graph.store.neo4j.load.loading import PushTerms
from graph.store.neo4j.store import Neo4jStore
from tests.faults.embedded.process import command, run, start
from tests.faults.embedded.scenes import LOAD, SNAPSHOT, arguments
from tests.faults.neo4j.database import NOTHING, put_back, session_of
from tests.faults.neo4j.scenes import Stage, defaults_of
from tests.faults.neo4j.state import STORE, State, examine
from tests.faults.neo4j.wire import direct

if TYPE_CHECKING:
    import pyarrow as pa

NODES = 50
# A node with more relationships than that has them in groups, which transactions hardly ever wait for.
SETTINGS = {"db.relationship_grouping_threshold": "100000000"}
_MAPPING = """
time_zone = "UTC"
[[files]]
path = "users.csv"
node = "Person"
id = "uid"
[[files]]
path = "follows.csv"
edge = "Person-FOLLOWS-Person"
source = "who"
target = "whom"
time = "ts"
"""
_BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_DEADLOCK = "Neo.TransientError.Transaction.DeadlockDetected"
# Nodes that a rival holds at the end of a transaction, how long it takes for each, and how many of its own it makes
# before: of two that wait for each other the server ends the one that holds fewer locks. Between two transactions it
# lets others go on.
_LOCKED, _SLOW_S, _MADE, _PAUSE_S = 12, 0.01, 3_000, 0.1
_LONGEST_S = 900.0
Parts = Iterator[tuple[Chunk, "pa.Table"]]


@dataclass(frozen=True)
class Way:
    """How the relationships are pushed.

    Attributes:
        name: What it is called.
        terms: Workers, and rows of a chunk.
        shuffled: Whether rows are in any order and chunks run beside any other, which the product rules out.
        rivals: How many others lock the same nodes meanwhile, several in any order, and roll back.
        least: How many deadlocks it is to provoke for every 1,000 relationships; with fewer it proves nothing.
    """

    name: str
    terms: PushTerms
    shuffled: bool = False
    rivals: int = 0
    least: float = 0.0


SERIAL = Way("one worker", PushTerms(workers=1))
WAYS = (
    Way("8 workers, as loads are", PushTerms(workers=8)),
    Way("8 workers, chunks of 500 rows", PushTerms(workers=8, rows=500)),
    Way("8 workers, rows shuffled, no buckets, chunks of 500 rows", PushTerms(workers=8, rows=500), shuffled=True),
    Way("8 workers beside 4 rivals, chunks of 200 rows", PushTerms(workers=8, rows=200), rivals=4, least=0.5),
)


@dataclass(frozen=True)
class Push:
    """What became of one way.

    Attributes:
        state: What database and workspace hold.
        deadlocks: Transactions of the load that the server ended for one.
        retries: Transactions that were tried again.
        seconds: Wall time of the whole command.
        said: What the command said where it failed.
    """

    state: State
    deadlocks: int
    retries: int
    seconds: float
    said: str = ""

    @property
    def edges(self) -> int:
        """How many relationships the database holds."""
        return sum(count for kind, (count, _) in self.state["market"].items() if kind.startswith("["))


def make_market(stage: Stage, edges: int, seed: int) -> Path:
    """A workspace whose files have so many relationships between a few nodes, each at a moment of its own."""
    home = stage.folder / "hot"
    home.mkdir()
    (home / "graphvine.toml").write_text('[data]\nmapping = "mapping.toml"\n', "utf-8")
    (home / "mapping.toml").write_text(_MAPPING, "utf-8")
    draw = random.Random(seed)
    moments = draw.sample(range(150_000_000), edges)
    users = [f"u{n:02d}" for n in range(NODES)]
    rows = (
        [draw.choice(users), draw.choice(users), f"{_BEGIN + dt.timedelta(seconds=m):%Y-%m-%d %H:%M:%S}"]
        for m in moments
    )
    for name, head, content in (("users", ["uid"], ([u] for u in users)), ("follows", ["who", "whom", "ts"], rows)):
        with (home / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([head, *content])
    return home


def lacking(found: Push, home: Path, edges: int) -> list[str]:
    """What the database does not hold as the embedded store does with the same files."""
    for words in (LOAD, (*SNAPSHOT, "-v")):
        ended = run(command(*arguments(home, words)))
    fingerprints = [line.rpartition(" ")[2] for line in ended.err.splitlines() if "fingerprint" in line]
    wrong = [f"{found.edges:,} relationships instead of {edges:,}"] * (found.edges != edges)
    wrong += [f"doubled: {found.state['doubled'][:5]}"] * bool(found.state["doubled"])
    return wrong + ["the snapshot is another"] * (fingerprints != [found.state["snapshot"]])


def push(stage: Stage, home: Path, way: Way) -> Push:
    """Load the files into the empty database."""
    put_back(stage.access, NOTHING)
    note = stage.folder / "deadlocks.json"
    began = time.monotonic()
    rivals = start(_rivals(stage.access, way.rivals)) if way.rivals else None
    note.unlink(missing_ok=True)
    try:
        ended = run(direct(stage.environment, _counting(way, note, command(*arguments(home, LOAD), "--store", STORE))))
        seconds = time.monotonic() - began
    finally:
        if rivals is not None:
            os.kill(rivals.pid, signal.SIGKILL)
            rivals.wait()
    counted = json.loads(note.read_text("utf-8"))
    said = ended.err[-500:] if ended.code else ""
    return Push(examine(home, stage.access), counted["deadlocks"], counted["retries"], seconds, said)


def _counting(way: Way, note: Path, work: Callable[[], int]) -> Callable[[], int]:
    """The command, in a process that pushes in that way and counts."""

    def counted() -> int:
        found, lock = Counter[str](deadlocks=0, retries=0), threading.Lock()
        defaults_of(Neo4jStore.__init__)["terms"] = way.terms
        _watch(found, lock)
        if way.shuffled:
            vars(loading)["cut"] = _shuffled(loading.cut, way.terms.rows)
        try:
            return work()
        finally:
            note.write_text(json.dumps(found), "utf-8")

    return counted


def _watch(found: Counter[str], lock: threading.Lock) -> None:
    """Count the deadlocks that the driver tells of, and the retries that the product counts."""
    add = Tally.add

    class Deadlocks(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            with lock:
                found["deadlocks"] += _DEADLOCK in record.getMessage()

    def adding(self: Tally, **counts: int) -> None:
        with lock:
            found["retries"] += counts.get("retries", 0)
        add(self, **counts)

    logging.getLogger("neo4j").addHandler(Deadlocks())
    Tally.add = adding  # type: ignore[method-assign]


def _rivals(access: Access, count: int) -> Callable[[], int]:
    """Once the nodes are there, lock some in any order, and let go of them again, until killed."""

    def one(number: int) -> None:
        from neo4j.exceptions import DriverError, Neo4jError

        draw = random.Random(number)
        while True:
            with session_of(access) as session:
                try:
                    while True:
                        time.sleep(_PAUSE_S)
                        if session.run("MATCH (n:Person) RETURN count(n) AS n").single()["n"] < NODES:
                            continue
                        with session.begin_transaction() as tx:
                            tx.run("UNWIND range(1, $made) AS i CREATE ()", made=_MADE).consume()
                            for node in draw.sample(range(NODES), _LOCKED):
                                tx.run("MATCH (n:Person {id: $id}) SET n.rival = 1", id=f"u{node:02d}").consume()
                                time.sleep(_SLOW_S)
                            tx.rollback()
                except (DriverError, Neo4jError):
                    continue

    def work() -> int:
        threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return 0

    return work


def _shuffled(cut: Callable[..., Parts], rows: int) -> Callable[..., Parts]:
    """Chunks as they would be without order and buckets."""

    def cut_anyhow(*args: Any, **named: Any) -> Parts:
        import pyarrow as pa

        parts = list(cut(*args, **named))
        numbers = count()
        for kind in dict.fromkeys(chunk.type for chunk, _ in parts):
            mine = [(chunk, table) for chunk, table in parts if chunk.type == kind]
            if not mine[0][0].buckets:
                for chunk, table in mine:
                    yield replace(chunk, ordinal=next(numbers)), table
                continue
            whole = pa.concat_tables([table for _, table in mine])
            whole = whole.take(np.random.default_rng(7).permutation(len(whole)))
            for first in range(0, len(whole), rows):
                part = whole.slice(first, rows)
                yield Chunk(next(numbers), kind, (), len(part)), part

    return cut_anyhow


@contextmanager
def patience() -> Iterator[None]:
    """Let a process take longer than others may."""
    from tests.faults.embedded import process

    usual = process._LONGEST_S
    process._LONGEST_S = _LONGEST_S
    try:
        yield
    finally:
        process._LONGEST_S = usual
