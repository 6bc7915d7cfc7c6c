"""Random lists of people to leave out against everything that the commands give out, on both stores.

    python benchmarks/mask.py                       1,000 lists on a market of 120 users; starts a Neo4j server
    python benchmarks/mask.py --store embedded      without a server; progress goes to stderr
    python benchmarks/mask.py --first 500 --lists 500 --json mask.json

A list names people as they are written, in other writings (501.0, full width, other case, blanks, hyphens, zero-width
marks, zeros in front), cut off, and strangers. Each is used twice: as it is, where it has to stop the command and name
every doubtful id, and going on in spite of that, where nobody on the list may be in any row, page or written-back node.
Rows come from the calls that the commands make: recommendations, members, cards, KOLs with their overlap, seeds, the
report, exports. Both stores give the same snapshot, which is checked, so what follows it is computed once for both;
write-back is done and read back on each.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from table import Row, report, row

from cli.app import run_command
from cli.data.export import edge_table, node_table
from cli.emit import Format, Output, emit
from cli.options import StoreName, UnknownIds
from cli.session import Session, clock
from graph.errors import DataError
from graph.report.page import render
from graph.schema import EdgeKey
from graph.store.neo4j.access import Access
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import ResultTable
from graph.workflow.campaign_inputs import campaign_inputs
from graph.workflow.kols import keep_ranking, rank_kols_of
from graph.workflow.loading.load import load_files
from graph.workflow.loading.snapshot import publish_snapshot
from graph.workflow.loading.sources import mapped_sources
from graph.workflow.plans import choose_seeds, keep_plan, plan_rows
from graph.workflow.recommendations import COLUMNS, everybody_of, recommend_to, recommending
from graph.workflow.report.collect import collect_report
from graph.workflow.segments import latest_segments, segments_or_none
from graph.workflow.write_back import membership_table, offer_table, score_table, seed_table
from graph.workspace.workspace import Workspace
from tests.graph.trust.doubtful import RandomList, random_list
from tests.servers.server import Server

_WRITTEN = "MATCH (p:Person)-[r {result_id: $result}]->() RETURN DISTINCT p.id AS person"
_NAME = re.compile(r"\w+")


def build_market(folder: Path, users: int) -> None:
    """A market on which the whole job has run."""
    quietly = ["-q", "-o", str(folder / "rows.csv")]
    for words in (
        ["data", "synth", str(folder / "data"), "--users", str(users), "--seed", "5", *quietly],
        ["init", str(folder), "--data", str(folder / "data"), "-q"],
        ["build", str(folder), "-q"],
    ):
        if run_command(words):
            raise SystemExit(f"graphvine {' '.join(words)} failed")


def opened(folder: Path, file: Path | None, unknown: UnknownIds, access: Access | None = None) -> Session:
    """A command's session with that list."""
    store = StoreName.EMBEDDED if access is None else StoreName.NEO4J
    session = Session.open(folder, quiet=True, store=store, exclude=file, unknown=unknown)
    if access is not None:
        session.workspace.__dict__["access"] = access
    return session


def write_list(file: Path, one: RandomList, encoding: str) -> None:
    """The list as a table that Excel could have written."""
    lines = ["用户编号,备注", *(f'"{line}",请勿联系' for line in one.lines)]
    file.write_bytes("\n".join(lines).encode(encoding))


def outputs(session: Session, scratch: Path) -> Iterator[tuple[str, str, list[ResultTable]]]:
    """Name, text and tables for write-back of everything that the commands give out."""
    market = session.workspace
    graph = market.graph()
    found = segments_or_none(market, graph)
    offers = [
        offer
        for target in market.targets()
        for offer in recommend_to(
            recommending(market, graph, target=target, segments=found), everybody_of(graph), 3
        ).rows
    ]
    yield "recommend", repr(offers), [offer_table(offers, COLUMNS)]
    segments = latest_segments(market)
    yield "segment members", repr(list(segments.members())), [membership_table(segments)]
    cards = segments.cards
    yield "segment cards", repr([*cards.rows(), cards.as_dict()]), []
    inputs = campaign_inputs(market, product=None, segment=None)
    ranking = rank_kols_of(market, inputs)
    kept = keep_ranking(market, inputs, ranking, product=None)
    yield "kol ranking", (kept / "kols.json").read_text("utf-8"), [score_table(ranking.rows())]
    seeds = choose_seeds(market, inputs, seeds=3, budget=None)
    plan = keep_plan(market, inputs, seeds, seeds=3, budget=None, product=None, segment=None)
    yield "campaign plan", (plan / "plan.json").read_text("utf-8"), [seed_table(plan_rows(inputs, seeds))]
    yield "report", render(collect_report(market, {})), []
    for name, table in (
        ("export people", node_table(session, graph, "Person", everybody=False)),
        ("export follows", edge_table(session, graph, EdgeKey("Person", "FOLLOWS", "Person"), everybody=False)),
    ):
        file = scratch / "export.csv"
        emit(table, Output(Format.CSV, file))
        yield name, file.read_text("utf-8"), []


def stopped(session: Session, one: RandomList) -> tuple[bool, int]:
    """Whether the list stops a command, and how many of its doubtful ids the message names."""
    try:
        session.workspace.mask(session.workspace.graph().ids("Person"))
    except DataError as error:
        return True, sum(f"{text!r} " in error.message for text in one.doubtful)
    return False, 0


def written_people(market: Workspace, result: str) -> set[str]:
    """Ids of the people of whom the store holds something under that result id."""
    store = market.store()
    if isinstance(store, Neo4jStore):
        return {str(found[0]) for found in store.query(_WRITTEN, {"result": result}, timeout_s=60, max_rows=10**6).rows}
    return {str(cells[0]) for table in market.embedded().results()[result] for cells in table.rows}


def try_lists(folder: Path, numbers: range, servers: dict[str, Access | None], *, seed: int) -> Counter[str]:
    """Counts of everything over the lists of these numbers."""
    counts: Counter[str] = Counter()
    file, names = (
        folder / "list.csv",
        opened(folder, None, UnknownIds.OK).workspace.graph().ids("Person").texts.to_list(),
    )
    for number in numbers:
        one = random_list(names, np.random.default_rng([seed, number]))
        write_list(file, one, ("utf-8", "gb18030", "utf-16")[number % 3])
        counts += Counter(lists=1, lines=len(one.lines), meant=len(one.meant), doubtful=len(one.doubtful))
        halted, named = stopped(opened(folder, file, UnknownIds.STOP), one)
        counts += Counter(with_doubts=bool(one.doubtful), stopped=halted, named=named)
        session = opened(folder, file, UnknownIds.OK)
        tables: list[ResultTable] = []
        for name, text, found in outputs(session, folder):
            shown = one.meant & set(_NAME.findall(text))
            counts += Counter(outputs=1, shown=len(shown))
            tables += found
            if shown:
                print(f"list {number}: {name} shows {sorted(shown)}", file=sys.stderr)
        for store, access in servers.items():
            place = opened(folder, file, UnknownIds.OK, access).workspace
            place.write_back(tables, "mask")
            people = written_people(place, "mask")
            counts += Counter({f"{store} written": len(people), f"{store} shown": len(people & one.meant)})
        if counts["lists"] % 20 == 0:
            print(dict(counts), file=sys.stderr, flush=True)
    return counts


def load_server(folder: Path, access: Access) -> None:
    """The same market on a server, whose snapshot must be the same."""
    market = opened(folder, None, UnknownIds.OK, access).workspace
    expected = market.graph().fingerprint
    load_files(market, mapped_sources(market, None, None), clock())
    graph, _ = publish_snapshot(market, None)
    if graph.fingerprint != expected:
        raise SystemExit("the two stores give different snapshots")


def table_of(counts: Counter[str], stores: list[str], seconds: float) -> Iterator[Row]:
    """The rows of the table."""
    yield row("lists", counts["lists"], unit="lists", seconds=round(seconds))
    yield row("ids on them", counts["lines"], unit="ids")
    yield row("people whom they bar", counts["meant"], unit="people")
    yield row("lists with doubtful ids that stop the command (peer: such lists)", counts["stopped"],
              counts["with_doubts"], unit="lists")  # fmt: skip
    yield row("doubtful ids that are named (peer: doubtful ids)", counts["named"], counts["doubtful"], unit="ids")
    yield row("outputs looked at, going on", counts["outputs"], unit="outputs")
    yield row("people on a list in an output", counts["shown"], unit="people")
    for store in stores:
        yield row(f"{store}: people in written-back nodes", counts[f"{store} written"], unit="people")
        yield row(f"{store}: people on a list in them", counts[f"{store} shown"], unit="people")


def main() -> int:
    """Run the benchmark; fails where somebody on a list was shown, or a doubtful id was not named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first list, to share them out")
    parser.add_argument("--users", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["embedded", "neo4j", "both"], default="both")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with contextlib.redirect_stderr(io.StringIO()):
            build_market(folder, given.users)
        servers: dict[str, Access | None] = {} if given.store == "neo4j" else {"embedded": None}
        if given.store != "embedded":
            servers["neo4j"] = stack.enter_context(Server(quick=True)).access
            load_server(folder, servers["neo4j"])  # type: ignore[arg-type]
        started = time.monotonic()
        numbers = range(given.first, given.first + given.lists)
        counts = try_lists(folder, numbers, servers, seed=given.seed)
        report(table_of(counts, list(servers), time.monotonic() - started), given.json)
    leaked: Any = counts["shown"] + sum(counts[f"{store} shown"] for store in servers)
    return 1 if leaked or counts["named"] < counts["doubtful"] or counts["stopped"] < counts["with_doubts"] else 0


if __name__ == "__main__":
    sys.exit(main())
