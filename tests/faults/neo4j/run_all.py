"""Faults of the Neo4j store on a real server: kill -9 at named phases, connections cut around COMMIT, deadlocks, paused
loaders whose lease is taken over, servers that die, fill up or refuse.

Each fault happens in a process of its own that runs a real command; afterwards the same command is run again, and
database and workspace are compared with those in which nothing went wrong: all nodes and relationships with ledger and
accounts, fingerprint of the snapshot, bytes of the quarantine, and the names of all files.

The server is that of NEO4J_URI, whose database must be one of the tests, or one of its own; the servers that die are
always of its own.

Run: python tests/faults/neo4j/run_all.py [--only PART ...] [--points N] [--cuts N] [--journal FILE] [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.table import Row, report, row
from graph.store.neo4j.access import Access
from tests.faults.embedded.disk import can_mount
from tests.faults.embedded.state import differences
from tests.faults.neo4j import cuts, deadlocks, leases, servers
from tests.faults.neo4j.journal import Journal, Record
from tests.faults.neo4j.kills import PHASES, Course, Outcome, Point, attempt, course, points, unhurt
from tests.faults.neo4j.leases import Expected
from tests.faults.neo4j.scenes import SCENES, Stage, preload, scene_of, small_pieces
from tests.faults.neo4j.state import State
from tests.servers.given import given_server
from tests.servers.server import Server


class Proof:
    """The parts of the proof, what each has found, and the defects."""

    def __init__(self, stage: Stage, journal: Journal, options: argparse.Namespace, defects: list[str]) -> None:
        self.stage, self.journal, self.options, self.defects = stage, journal, options, defects
        self._courses: dict[str, Course] = {}

    def course(self, name: str) -> Course:
        """A scene without a fault, run once."""
        if name not in self._courses:
            self._courses[name] = course(self.stage, scene_of(name))
        return self._courses[name]

    def outcome(self, key: str, make: Callable[[], Outcome]) -> Outcome:
        """An outcome that is known already, or is made now; what is wrong is told at once."""
        found = self.journal.record(key, lambda: _record(make()))
        self._tell(key, [*found["half"], *found["wrong"]])
        return Outcome(found["hit"], tuple(found["half"]), tuple(found["wrong"]), found["facts"])

    def again(self) -> Iterator[Row]:
        """Every command twice, without a fault."""
        names = [scene.name for scene in SCENES if scene.name in self.options.scenes]
        found = [self.outcome(f"twice, {name}", partial(self._twice, name)) for name in names]
        if found:
            yield _share("no fault: the same command again changes nothing", found)

    def _twice(self, name: str) -> Outcome:
        return Outcome(True, (), unhurt(self.stage, self.course(name)))

    def kills(self) -> Iterator[Row]:
        """kill -9 in every phase."""
        for phase in PHASES:
            courses = {name: self.course(name) for name in phase.scenes if name in self.options.scenes}
            if phase.name not in self.options.phases or not courses:
                continue
            found: list[Outcome] = []
            # Some moments come too late; others are tried in their stead.
            for point in points(phase, courses, 3 * self.options.points, self.options.seed):
                if len(found) == self.options.points:
                    break
                make = partial(attempt, self.stage, courses[point.scene], point)
                outcome = self.outcome(f"kill, {phase.name}, {point}", make)
                found += [outcome] * outcome.hit
            yield _share(f"kill -9, {phase.name}", found, scenes=len(courses))

    def cuts(self) -> Iterator[Row]:
        """Connections cut after a COMMIT was sent, and some before."""
        names = [name for name in cuts.SCENES if name in self.options.scenes]
        courses = {name: self.course(name) for name in names}
        for what, places, wanted in (
            ("cut after COMMIT was sent", cuts.SENT, self.options.cuts),
            ("cut before COMMIT was sent", cuts.HELD, self.options.cuts // 4),
        ):
            found, kinds = list[Outcome](), Counter[str]()
            for point, how in cuts.points(courses, places, 2 * wanted, self.options.seed):
                if len(found) == wanted:
                    break
                outcome = self.outcome(f"{what}, {point}, {how}", partial(self._cut, courses, point, how))
                found += [outcome] * outcome.hit
                kinds[point.spot.partition(":")[0].removeprefix("spot(")] += outcome.hit
            again = sum(bool(outcome.facts["again"]) for outcome in found)
            yield _share(what, found, command_again=again, kinds=kinds)

    def _cut(self, courses: Mapping[str, Course], point: Point, how: str) -> Outcome:
        return cuts.attempt(self.stage, courses[point.scene], point, how)

    def leases(self) -> Iterator[Row]:
        """Loaders that are stopped while another takes the lease over."""
        with leases.short_leases():
            for name, spots, counts in (
                ("a paused loader was overtaken before its commit: refused", leases.BEFORE, False),
                ("a paused loader was overtaken after its commit: refused, and applied once", leases.AFTER, True),
            ):
                wanted: list[Expected] = []
                found = [
                    self.outcome(f"paused, {spot} #{call}", partial(self._paused, spot, call, counts, wanted))
                    for spot, call in spots[: self.options.pauses]
                ]
                yield _share(name, found)

    def _paused(self, spot: str, call: int, counts: bool, wanted: list[Expected]) -> Outcome:
        if not wanted:
            wanted.append(leases.expected(self.stage, counts=counts))
        return leases.attempt(self.stage, spot, call, wanted[0])

    def deadlocks(self) -> Iterator[Row]:
        """Eight workers on fifty nodes, beside one."""
        home = deadlocks.make_market(self.stage, self.options.edges, self.options.seed)
        with deadlocks.patience():
            plain = deadlocks.push(self.stage, home, deadlocks.SERIAL)
            wrong = [plain.said] * bool(plain.said) + deadlocks.lacking(plain, home, self.options.edges)
            self._tell(deadlocks.SERIAL.name, wrong)
            yield row("one worker: as the embedded store has it", float(not wrong), unit="share", points=1)
            for way in deadlocks.WAYS:
                pushed = deadlocks.push(self.stage, home, way)
                wrong = [pushed.said] * bool(pushed.said) + differences(pushed.state, _market(plain.state))
                few = pushed.deadlocks < way.least * self.options.edges / 1000
                wrong += [f"{pushed.deadlocks} deadlocks are too few"] * few
                self._tell(way.name, wrong)
                facts = {"deadlocks": pushed.deadlocks, "retries": pushed.retries, "seconds": round(pushed.seconds, 1)}
                print(f"  {way.name}: {facts}, one worker {plain.seconds:.1f} s", file=sys.stderr, flush=True)
                yield row(f"{way.name}: digest as by one", float(not wrong), unit="share", points=1, **facts)

    def refusals(self) -> Iterator[Row]:
        """Databases that are not there, or not for us."""
        done = self.course("second load")
        found = [
            self.outcome(f"refused, {name}", partial(servers.refused, self.stage, done, access, words=words))
            for name, (access, words) in servers.refusals(self.stage.access).items()
        ]
        found.append(self.outcome("refused, old server", partial(servers.old_server, self.stage, done)))
        yield _share("refused connection: one sentence, and its hint works", found)

    def deaths(self, server: Server) -> Iterator[Row]:
        """A server that is killed and started again, and one whose files cannot grow."""
        for at_once, name in ((True, "while the command runs"), (False, "after the command has given up")):
            found = []
            for scene, spot, call in servers.DEATHS[not at_once :: 2][: self.options.deaths]:
                make = partial(servers.death, server, self.stage, spot=spot, call=call, at_once=at_once)
                outcome = self.outcome(f"server killed, {scene}, {spot} #{call}", partial(_later, make, self, scene))
                found += [outcome] * outcome.hit
            again = sum(bool(outcome.facts["again"]) for outcome in found)
            yield _share(f"server killed, and started {name}", found, command_again=again)
        found = [
            self.outcome(
                f"short files, {n}", partial(servers.short_file, server, self.stage, self.course("second load"), n)
            )
            for n in servers.GROWTHS[: self.options.deaths]
        ]
        yield _share("files of the server cannot grow", found, failed=sum(bool(o.facts["again"]) for o in found))

    def disks(self, server: Server, disk: Path) -> Iterator[Row]:
        """A server whose disk is full."""
        done = self.course("second load")
        found = [
            self.outcome(f"full disk, {n} bytes", partial(servers.full_disk, server, disk, self.stage, done, left=n))
            for n in servers.LEFT[: self.options.deaths]
        ]
        yield _share("disk of the server is full", found, failed=sum(bool(o.facts["again"]) for o in found))

    def _tell(self, where: str, wrong: Sequence[str]) -> None:
        for what in wrong:
            self.defects.append(f"{where}: {what}")
            print(f"  wrong: {self.defects[-1][:1000]}", file=sys.stderr, flush=True)


def _later(make: Callable[[Course], Outcome], proof: Proof, scene: str) -> Outcome:
    return make(proof.course(scene))


def _market(state: State) -> State:
    return {name: state[name] for name in ("market", "books", "doubled", "chunks", "states", "unbalanced", "snapshot")}


def _record(outcome: Outcome) -> Record:
    return asdict(outcome)


def _share(name: str, found: Sequence[Outcome], **more: Any) -> Row:
    good = sum(not outcome.half and not outcome.wrong for outcome in found)
    return row(name, good / max(len(found), 1), unit="share", points=len(found), **more)


def _arguments() -> argparse.Namespace:
    phases, scenes = [phase.name for phase in PHASES], [scene.name for scene in SCENES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=list(PARTS), metavar="PART")
    parser.add_argument("--points", type=int, default=13, help="kills in each phase")
    parser.add_argument("--phases", nargs="*", default=phases, choices=phases, metavar="NAME", help="only these phases")
    parser.add_argument("--scenes", nargs="*", default=scenes, choices=scenes, metavar="NAME", help="only these scenes")
    parser.add_argument("--cuts", type=int, default=100, help="cuts after COMMIT was sent; a fourth as many before")
    parser.add_argument("--pauses", type=int, default=20, help="most stops before the commit, and as many after it")
    parser.add_argument("--deaths", type=int, default=12, help="most of each kind of failing servers")
    parser.add_argument("--edges", type=int, default=200_000, help="relationships between the hot nodes")
    parser.add_argument("--users", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--journal", type=Path, help="keep what is found here, and go on where an earlier run ended")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


SHARED: dict[str, Callable[[Proof], Iterator[Row]]] = {
    "again": Proof.again,
    "kills": Proof.kills,
    "cuts": Proof.cuts,
    "leases": Proof.leases,
    "refusals": Proof.refusals,
}
PARTS = (*SHARED, "deadlocks", "deaths", "disks")


def _rows(options: argparse.Namespace, folder: Path, defects: list[str]) -> Iterator[Row]:
    """All parts, with one server at a time."""
    journal = Journal(options.journal, _version(options))

    def proof(name: str, access: Access) -> Proof:
        (folder / name).mkdir()
        return Proof(Stage(folder / name, access, options.users), journal, options, defects)

    if SHARED.keys() & set(options.only):
        with given_server() as access:
            shared = proof("shared", access)
            with small_pieces():
                for name in options.only:
                    yield from SHARED[name](shared) if name in SHARED else ()
    if "deadlocks" in options.only:
        with Server(settings=deadlocks.SETTINGS) as server:
            yield from proof("deadlocks", server.access).deadlocks()
    if "deaths" in options.only:
        with Server() as server, small_pieces():
            yield from proof("deaths", server.access).deaths(server)
    if "disks" in options.only and can_mount():
        with servers.server_on_small_disk(folder / "disk") as (server, disk), small_pieces():
            yield from proof("disks", server.access).disks(server, disk)


def main() -> None:
    """Let everything go wrong, print and write."""
    options = _arguments()
    if not hasattr(os, "fork"):
        raise SystemExit("faults need a system that can fork")
    began, defects = time.monotonic(), list[str]()
    preload()
    with tempfile.TemporaryDirectory(prefix="neo4j-faults-") as folder:
        rows = report(_rows(options, Path(folder), defects), options.json)
    print(f"{sum(r['points'] for r in rows)} faults in {time.monotonic() - began:.0f} s")
    for defect in defects:
        print(defect[:1000])
    if defects:
        raise SystemExit(f"{len(defects)} defects")


def _version(options: argparse.Namespace) -> str:
    """What the findings depend on: the product's code, and the size and seed of the market."""
    from graph.workspace.identity import code_version

    return f"{code_version()} users {options.users} seed {options.seed}"


if __name__ == "__main__":
    main()
