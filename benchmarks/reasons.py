"""Reasons: whether the edges that a row states are there, and whether the row's score falls without them.

Usage: python benchmarks/reasons.py [--world ev-retail ...] [--files ciao ...] [--data DIR] [--users 1500]
                                    [--people 100] [--target Product ...] [--seed 7] [--json FILE]

The default model is trained, and the top 10 of people drawn by chance are made with their reasons. For each row, all
edges of its reason are taken out of the graph (every event between two ends that the reason names, of that type), and
the same model scores that person on the graph that is left: its weights and tables are the same, the person's history
and that of friends are read anew. Nothing else is taken out, and every row starts from the whole graph. Of each code:

- ``edges exist``: all edges of the reason are in the graph, and there is one (a new item or person may have none);
- ``score falls``: the model's own score of the item for the person is lower than before;
- ``falls against others``: so is the score less the median score of the hundred items that the person was ranked
  highest before. Scores are comparable within a person only, and taking away history may move all of them at once: a
  row that falls by the first figure and not by this one lost no more than the items beside it.

The first two are the figures to hold against 90 %; 95 % intervals are over people (bootstrap). CPU seconds are those of
the reasons of everybody, beside those of ranking without them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import table
from recommenders import markets

import gnn
from graph.hetero import HeteroGraph
from graph.recommend import serving
from graph.recommend.base import Fitted
from graph.recommend.features import Features
from graph.recommend.reasons import block
from graph.recommend.registry import default_voters
from graph.recommend.rows import Support
from graph.recommend.target import SOURCE, choose_target
from graph.recommend.train import train

K = 10
_BESIDE = 100
_CHECKS = ("edges exist", "score falls", "falls against others")


def without(graph: HeteroGraph, support: Sequence[Support]) -> HeteroGraph:
    """The graph without these edges."""
    by_type: dict[Any, list[int]] = defaultdict(list)
    for edge in support:
        by_type[edge.key].append(edge.src * graph.count(edge.key.target) + edge.dst)
    for key, pairs in by_type.items():
        edges = graph.edges(key)
        graph = graph.without(key, np.isin(edges.src * graph.count(key.target) + edges.dst, pairs))
    return graph


def exist(graph: HeteroGraph, support: Sequence[Support]) -> bool:
    """Whether there is an edge of its type for each of these."""
    return bool(support) and all(
        ((graph.edges(key).src == src) & (graph.edges(key).dst == dst)).any() for key, src, dst in support
    )


def tested(model: Fitted, graph: HeteroGraph, people: np.ndarray) -> Iterator[tuple[int, str, tuple[bool, ...]]]:
    """Person, code and the outcome of each of ``_CHECKS``, row by row."""
    found, before = serving.recommend(model, graph, people, K), {}
    whole = Features(graph, model.target)
    for person in people.tolist():
        before[person] = model.scores(whole, np.array([person]))[0]
    for person, item, reason in zip(found.users.tolist(), found.items.tolist(), found.reasons, strict=True):
        old = before[person]
        beside = np.argsort(-old, kind="stable")[: _BESIDE + 1]
        beside = beside[beside != item][:_BESIDE]
        left = Features(without(graph, reason.support), model.target)
        new = model.scores(left, np.array([person]))[0]
        against = new[item] - np.median(new[beside]) < old[item] - np.median(old[beside])
        yield person, reason.code, (exist(graph, reason.support), bool(new[item] < old[item]), bool(against))


def share(rows: list[tuple[int, str, tuple[bool, ...]]], check: int, rng: np.random.Generator) -> tuple[float, ...]:
    """The share of rows that pass, and its 95 % interval over people."""
    people, place = np.unique([person for person, _, _ in rows], return_inverse=True)
    passed = np.array([outcome[check] for _, _, outcome in rows], np.float64)
    sums, counts = (np.bincount(place, part, minlength=len(people)) for part in (passed, np.ones(len(rows))))
    drawn = rng.integers(len(people), size=(2_000, len(people)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [0.025, 0.975])
    return float(passed.mean()), float(low), float(high)


def seconds_of(model: Fitted, graph: HeteroGraph) -> tuple[float, float]:
    """CPU seconds of the reasons of everybody, and of all else in recommending."""
    spent, explain = [0.0], block.explain

    def timed(*arguments: Any) -> Any:
        start = time.process_time()
        result = explain(*arguments)
        spent[0] += time.process_time() - start
        return result

    serving.explain = timed  # type: ignore[assignment]
    try:
        start = time.process_time()
        serving.recommend(model, graph, np.arange(graph.count(SOURCE)), K)
        whole = time.process_time() - start
    finally:
        serving.explain = explain
    return spent[0], whole - spent[0]


def judge(market: str, graph: HeteroGraph, node_type: str, options: argparse.Namespace) -> Iterator[table.Row]:
    """The rows of one market and target."""
    voters = (*default_voters(), gnn.voter())
    model = train(graph, choose_target(graph, node_type), voters=voters, ranker=gnn.ranker(), seed=options.seed).model
    rng = np.random.default_rng([options.seed, 1])
    people = np.sort(rng.choice(graph.count(SOURCE), min(options.people, graph.count(SOURCE)), replace=False))
    rows = list(tested(model, graph, people))
    title = f"{market} {node_type.lower()}"
    for code in ("all", *sorted({code for _, code, _ in rows})):
        here = [row for row in rows if code in ("all", row[1])]
        for check, name in enumerate(_CHECKS):
            mean, low, high = share(here, check, rng)
            facts = {"rows": len(here), "ours_low": low, "ours_high": high}
            yield table.row(f"{title}: {code}, {len(here):,} rows: {name}", mean, unit="share", **facts)
    seconds, ranking = seconds_of(model, graph)
    count = f"{graph.count(SOURCE):,} people"
    yield table.row(f"{title}: reasons of {count}, peer: ranking alone", seconds, ranking, unit="CPU s")


def rows(options: argparse.Namespace) -> Iterator[table.Row]:
    """The rows of all markets."""
    for name, _, graph in markets(options):
        for node_type in options.target or [t for t in ("Product", "Vehicle") if graph.count(t)]:
            yield from judge(name, graph, node_type, options)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", nargs="*", help="synthetic markets (default: ev-retail)")
    parser.add_argument("--users", type=int, default=1500, help="people of a synthetic market")
    parser.add_argument("--files", nargs="*", help="real data sets")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GRAPHVINE_DATA", "../shared/data")))
    parser.add_argument("--people", type=int, default=100, help="people whose rows are tested")
    parser.add_argument("--target", nargs="*", help="node types (default: Product and Vehicle, where there are any)")
    parser.add_argument("--seed", type=int, default=7, help="of the world, of training and of what is drawn")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.seeds = [options.seed]
    table.report(rows(options), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
