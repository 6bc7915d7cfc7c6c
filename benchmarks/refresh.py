"""Refresh against training anew: CPU seconds of both, and how well each answers a test that neither has seen.

    python benchmarks/refresh.py SNAPSHOT                 folder of a snapshot
    python benchmarks/refresh.py --users 600              a synthetic market of that size
    python benchmarks/refresh.py SNAPSHOT --target Vehicle --no-gnn --share 0.05 --noise --json refresh.json

The market is cut at t, the start of the test period (the last tenth of the target's events). One model is trained on
what was known before the last 1 % (``--share``) of all dated events before t; people and items that had no event by
then are unknown to it. It is refreshed to t, which trains nothing, and another model is trained anew to t. All three
rank all items for the people of the test period, with everything before t known to score from. Rows compare the
refreshed model (ours) with the retrained one (peer), paired over people; the stale model, which scores from the new
events without a refresh, is compared as well. With ``--noise`` the market is trained on once more, under another seed:
how far two trainings on the same events lie apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from rules import snapshot_of
from table import Row, report, row

import gnn
from graph.columns import UNDATED, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.base import Combined
from graph.recommend.evaluation.comparison import gains_of, paired
from graph.recommend.refresh import refresh
from graph.recommend.registry import default_voters
from graph.recommend.split import split_graph
from graph.recommend.target import choose_target
from graph.recommend.train import TrainedModel, train
from graph.text import TextArray

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and its CPU seconds."""
    start = time.process_time()
    return work(), time.process_time() - start


def dated(graph: HeteroGraph) -> np.ndarray:
    """Times of all dated edges, ascending."""
    found = [edges.time[edges.time != UNDATED] for edges in graph.edge_sets.values() if edges.time is not None]
    return np.sort(np.concatenate(found))


def as_of(graph: HeteroGraph, cut: int) -> HeteroGraph:
    """The graph before a moment, without the people and things that only later have an edge."""
    before = graph.until(cut)
    numbers, nodes = {}, {}
    for name, all_of_type in graph.nodes.items():
        ever, early = (_touched(which, name) for which in (graph, before))
        kept = early | ~ever
        numbers[name] = np.cumsum(kept) - 1
        nodes[name] = _some(all_of_type, name, kept)
    edges = {
        key: replace(part, src=numbers[key.source][part.src], dst=numbers[key.target][part.dst])
        for key, part in before.edge_sets.items()
    }
    return HeteroGraph.of(nodes, edges, cut_off=before.cut_off, schema=graph.schema, zone=graph.zone)


def _touched(graph: HeteroGraph, node_type: str) -> np.ndarray:
    result = np.zeros(graph.count(node_type), np.bool_)
    for key, edges in graph.edge_sets.items():
        if key.source == node_type:
            result[edges.src] = True
        if key.target == node_type:
            result[edges.dst] = True
    return result


def _some(nodes: Nodes, name: str, kept: np.ndarray) -> Nodes:
    where = np.flatnonzero(kept)

    def chosen(column):  # type: ignore[no-untyped-def]
        return TextArray.of([column.to_list()[i] for i in where]) if isinstance(column, TextArray) else column[where]

    texts = nodes.ids.texts.to_list()
    columns = {key: chosen(column) for key, column in nodes.columns.items()}
    roles = {key: flags[where] for key, flags in nodes.roles.items()}
    ids = IdMap.of(name, [texts[i] for i in where])
    return replace(nodes, ids=ids, columns=MappingProxyType(columns), roles=MappingProxyType(roles))


def measure(
    graph: HeteroGraph, node_type: str, *, share: float, network: bool, noise: bool, seed: int
) -> Iterator[Row]:
    """The rows of one market and target."""
    target = choose_target(graph, node_type)
    test = split_graph(graph, target, rng=np.random.default_rng([seed, 1_000])).test
    assert test is not None
    known, times = test.known, dated(test.known)
    old = as_of(known, int(times[int((1.0 - share) * len(times))]))

    def trained(on: HeteroGraph, with_seed: int) -> TrainedModel:
        voters = [*default_voters(), *([gnn.voter()] if network else [])]
        return train(on, target, voters=voters, ranker=gnn.ranker() if network else None, seed=with_seed)

    first, before = timed(lambda: trained(old, seed))
    assert isinstance(first.model, Combined)
    model, forms = first.model, first.about["forms"]
    fresh, quick = timed(lambda: refresh(model, forms, known, seed=seed))
    anew, slow = timed(lambda: trained(known, seed))
    grown = {name: known.count(name) - old.count(name) for name in ("Person", node_type)}
    facts: dict[str, Any] = {"new_events": len(times) - len(dated(old)), "events": len(times), "new_nodes": grown}
    facts |= {"voters": list(model.voters), "first": first.about["summary"], "anew": anew.about["summary"]}
    yield row(f"{node_type}: CPU seconds of a refresh against training anew", quick, slow, unit="CPU s", **facts)
    yield row(f"{node_type}: CPU seconds of the first training", before, unit="CPU s")
    models = {"anew": anew.model, "refreshed": fresh, "stale": first.model}
    if noise:
        models["other seed"] = trained(known, seed + 1).model
    gains = gains_of(models, test, target, k=10)
    for name in list(models)[1:]:
        found = paired(gains[name], gains["anew"], np.random.default_rng([seed, 1_008]))
        span = {"low": found.low, "high": found.high, "difference": found.difference, "users": found.people}
        yield row(f"{node_type}: {name} against trained anew", found.first, found.second, unit="NDCG@10", **span)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", type=Path, nargs="?", help="folder of a snapshot; without one, a synthetic market")
    parser.add_argument("--users", type=int, default=600, help="people of the synthetic market")
    parser.add_argument("--target", default="Product", help="node type")
    parser.add_argument("--share", type=float, default=0.01, help="share of the events that are folded in")
    parser.add_argument("--no-gnn", action="store_true", help="without the network and the ranker")
    parser.add_argument("--noise", action="store_true", help="train once more under another seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        graph = (
            HeteroGraph.read(given.snapshot) if given.snapshot else snapshot_of("ev-retail", given.users, Path(folder))
        )
        rows = measure(
            graph,
            given.target,
            share=given.share,
            network=not given.no_gnn,
            noise=given.noise,
            seed=given.seed,
        )
        report(rows, given.json)


if __name__ == "__main__":
    main()
