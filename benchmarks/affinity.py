"""Affinity: predicted chances against what came true in a later period, and the order of people for each item.

Usage: python benchmarks/affinity.py [--worlds ev-retail:5000:7 e-commerce:5000:7] [--back 0] [--json FILE]
       python benchmarks/affinity.py --snapshot DIR [--target Product] [--json FILE]

A model is trained on what was known one test period before the end, and asked about that period. Asked about are the
people of whom anything was known at that moment; the world also knows people who appear later.

Calibration. Predictions are put in order and cut into twelve bins of equally many. The *calibration error* is the mean
over the bins, weighted by their sizes, of |mean predicted - share that came true|; of the takers of an item, numbers of
people take the place of shares. *Relative* errors divide it by what came true over all, on average. Of pairs
(person, item) nearly all come to nothing, so that an absolute error under .03 says nothing there: their bins hold
equally much predicted chance in place of equally many pairs, and the figure that counts is the relative one. Chances
that are not small are "takes any item" for each person, and "takes an item of this category" for each person and
category, with the absolute error.

Order of people. For each item with five takers or more (the hundred most taken ones), and for each category: the area
under the ROC curve of who took it, among all who could be offered it. The peer is popularity times activity: how many
pairs a person had before, times the popularity of the items, which is the same for everybody but for what they own. The
interval is that of the mean difference over items, by bootstrap.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import table

from gnn import ranker
from graph.columns import UNDATED
from graph.hetero import HeteroGraph
from graph.recommend.affinity.chances import share_blocks
from graph.recommend.affinity.rank_curve import RankCurve
from graph.recommend.affinity.rates import expected_choices
from graph.recommend.evaluation.beyond import categories_of
from graph.recommend.evaluation.metrics import interval
from graph.recommend.features import Features, Floats, user_history
from graph.recommend.scoring import user_blocks
from graph.recommend.split import fresh_pairs, split_graph
from graph.recommend.target import choose_target, first_events
from graph.recommend.train import test_period, train
from graph.text import Int64

Bools = npt.NDArray[np.bool_]
BINS = 12
ITEMS, LEAST_TAKERS = 100, 5


@dataclass(frozen=True)
class Predicted:
    """Chances of the people asked about, and what came true; u people, n items, c categories.

    Attributes:
        pairs: float64 (u, n).
        came: bool (u, n).
        any_: float64 (u,), of at least one item.
        category: float64 (u, c), of at least one item of it.
        members: bool (n, c).
        offered: bool (u, n), what could be offered.
        before: float64 (u,), pairs of the person before.
        popularity: float64 (n,), people who had the item before.
    """

    pairs: Floats
    came: Bools
    any_: Floats
    category: Floats
    members: Bools
    offered: Bools
    before: Floats
    popularity: Floats


def predict(graph: HeteroGraph, node_type: str, *, back: int, seed: int) -> Predicted:
    """Train on what was known a period before the end, or ``back`` periods earlier, and predict the next period."""
    whole = choose_target(graph, node_type)
    period = test_period(graph, split_graph(graph, whole, rng=np.random.default_rng([seed, 1_000])))
    assert period is not None, "the events of this market have no times"
    assert graph.now is not None
    graph = graph.until(graph.now - back * period)
    assert graph.now is not None
    cut = graph.now - period
    past = graph.until(cut)
    target = choose_target(past, node_type)
    trained = train(past, target, ranker=ranker(), seed=seed)
    print(f"period of {period / 86_400:.1f} days; {trained.about['summary']}", flush=True)
    curve, rates = RankCurve.of_json(trained.about["rank_curve"]), expected_choices(past, target, period)
    people, width, features = past.count("Person"), past.count(node_type), Features(past, target)
    history = np.concatenate([
        user_history(features, np.arange(start, stop)) for start, stop in user_blocks(people, width)
    ])  # fmt: skip
    found = categories_of(past, node_type)
    members = np.zeros((width, 0), np.bool_) if found is None else found[:, None] == np.unique(found[found >= 0])
    pairs, any_, category = [], [], []
    for rows, shares in share_blocks(trained.model, past, curve, rates):
        pairs.append(rates.chance(shares, people=rows))
        any_.append(rates.chance(shares.sum(axis=1), people=rows))
        category.append(rates.chance(np.minimum(shares @ members.astype(np.float64), 1.0), people=rows))
    events, old = first_events(graph, target), first_events(past, target)
    asked = fresh_pairs(past, target, events.take((events.time != UNDATED) & (events.time >= cut)))
    came = np.zeros((people, width), np.bool_)
    came[asked.users, asked.items] = True
    chances, known = np.concatenate(pairs), history > 0
    print(f"{known.sum()} of {people} people were known; {came.sum()} pairs came true, {came[known].sum()} of theirs")
    return Predicted(
        chances[known],
        came[known],
        np.concatenate(any_)[known],
        np.concatenate(category)[known],
        members,
        chances[known] > 0,
        np.bincount(old.users, minlength=people).astype(np.float64)[known],
        np.bincount(old.items, minlength=width).astype(np.float64),
    )


def bins_of(predicted: Floats, *, by_mass: bool = False) -> list[Int64]:
    """Positions in order of the prediction, cut into bins of equally many, or of equally much predicted."""
    order = np.argsort(predicted, kind="stable")
    if not by_mass:
        return np.array_split(order, BINS)
    mass = np.cumsum(predicted[order])
    return np.split(order, np.searchsorted(mass, mass[-1] * np.arange(1, BINS) / BINS))


def calibration(
    name: str, predicted: Floats, came: npt.NDArray[Any], unit: str, *, by_mass: bool = False
) -> Iterator[table.Row]:
    """The reliability table, printed, and the errors."""
    found, true = predicted.ravel(), came.ravel().astype(np.float64)
    print(
        f"\n{name}: {len(found):,} predictions, {true.sum():,.0f} came true\n{'predicted':>12}{'true':>12}{'ratio':>8}"
    )
    absolute = relative = 0.0
    for part in bins_of(found, by_mass=by_mass):
        said, was = float(found[part].mean()), float(true[part].mean())
        print(f"{said:12.6f}{was:12.6f}{said / max(was, 1e-12):8.2f}   {len(part):,}")
        absolute += abs(said - was) * len(part) / len(found)
        relative += abs(said - was) * len(part) / true.sum()
    yield table.row(f"{name}: predicted and true", float(found.sum()), float(true.sum()), unit="pairs")
    yield table.row(f"{name}: calibration error", absolute, unit=unit)
    yield table.row(f"{name}: calibration error over mean", relative, unit="relative")


def auc(scores: Floats, came: Bools) -> float:
    """Area under the ROC curve; equal scores count half."""
    from scipy.stats import rankdata

    positives = int(came.sum())
    ranks = rankdata(scores)[came].sum() - positives * (positives + 1) / 2
    return float(ranks / (positives * (len(came) - positives)))


def order(name: str, chances: Floats, peer: Floats, came: Bools, offered: Bools) -> Iterator[table.Row]:
    """Mean areas over the columns, and the interval of the difference."""
    areas = []
    for column in np.argsort(-came.sum(axis=0), kind="stable")[:ITEMS]:
        here, true = offered[:, column], came[offered[:, column], column]
        if LEAST_TAKERS <= true.sum() < len(true):
            areas.append([auc(scores[here, column], true) for scores in (chances, peer)])
    both = np.array(areas).reshape(-1, 2)
    low, high = interval(both[:, [0]] - both[:, [1]], np.random.default_rng(0))
    ours, theirs = both.mean(axis=0)
    label = f"{name}: order of people beside popularity times activity, {len(both)} of them"
    yield table.row(label, ours, theirs, unit="AUC", low=float(low[0]), high=float(high[0]))


def rows(name: str, found: Predicted) -> Iterator[table.Row]:
    """All figures of one world."""
    yield from calibration(f"{name} person and item", found.pairs, found.came, "chance", by_mass=True)
    yield from calibration(f"{name} person, any item", found.any_, found.came.any(axis=1), "chance")
    yield from calibration(f"{name} takers of an item", found.pairs.sum(axis=0), found.came.sum(axis=0), "people")
    peer = found.before[:, None] * found.popularity * found.offered
    yield from order(f"{name} item", found.pairs, peer, found.came, found.offered)
    if not found.members.shape[1]:
        return
    inside = found.members.astype(np.float64)
    came = (found.came.astype(np.float64) @ inside) > 0
    yield from calibration(f"{name} person and category", found.category, came, "chance")
    yield from order(f"{name} category", found.category, peer @ inside, came, (found.offered @ inside) > 0)


def made(world: str, users: int, seed: int) -> HeteroGraph:
    """A synthetic world, written, loaded and read as a user would."""
    from graph.ingest.load import load_sources
    from graph.ingest.mapping.mapping_file import read_mapping
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.ingest.sources import find_sources
    from graph.schema import MARKET
    from graph.schema.toml_file import extend_schema
    from graph.store.embedded.store import EmbeddedStore
    from graph.worlds.synth import synthesise

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        synthesise(home / "data", world=world, users=users, seed=seed)
        own = home / "data" / "schema.toml"
        schema = extend_schema(MARKET, own) if own.is_file() else MARKET
        store = EmbeddedStore(home / "market.duckdb", schema)
        sources = find_sources(home / "data", read_mapping(home / "data" / "mapping.toml", schema))
        load_sources(sources, schema, store, quarantine=Quarantine(home / "quarantine"), as_of=int(time.time()))
        return store.snapshot()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--worlds", nargs="+", default=["ev-retail:5000:7", "e-commerce:5000:7"], metavar="NAME:USERS:SEED"
    )
    parser.add_argument("--snapshot", type=Path, help="folder of a snapshot, in place of synthetic worlds")
    parser.add_argument("--target", default="Product", help="node type")
    parser.add_argument("--back", type=int, default=0, help="ask about the period so many periods before the last")
    parser.add_argument("--seed", type=int, default=0, help="of training")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    def all_rows() -> Iterator[table.Row]:
        asked = {"back": options.back, "seed": options.seed}
        if options.snapshot is not None:
            graph = HeteroGraph.read(options.snapshot)
            yield from rows(options.target, predict(graph, options.target, **asked))
            return
        for text in options.worlds:
            world, users, seed = text.split(":")
            graph = made(world, int(users), int(seed))
            yield from rows(f"{world} {seed}", predict(graph, options.target, **asked))

    table.report(all_rows(), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
