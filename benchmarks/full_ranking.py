"""Full ranking of given splits: lists of 20 items, Recall@20 and NDCG@20 of each person, seconds, rows of a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import table

from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted, Recommender
from graph.recommend.evaluation import metrics
from graph.recommend.features import Features, Floats
from graph.recommend.scoring import user_blocks
from graph.recommend.split import Questions, Split
from graph.text import Int64

K = 20
# Answers to this many people are asked for before the clock starts: what is compiled once is no cost of a data set.
_WARM = 100


@dataclass(frozen=True)
class Seconds:
    """CPU seconds of this process, and seconds on the wall."""

    cpu: float = 0.0
    wall: float = 0.0

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.cpu + other.cpu, self.wall + other.wall)


@dataclass(frozen=True)
class Found:
    """What one model reached, person by person, and what fitting it and ranking everybody asked took."""

    recall: Floats
    ndcg: Floats
    fit: Seconds
    rank: Seconds

    def fitted_in(self, fit: Seconds) -> Found:
        """The same with the time of fitting."""
        return replace(self, fit=fit)


def clock(work: Callable[[], Any]) -> tuple[Any, Seconds]:
    """What the call gives, and how long it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, Seconds(time.process_time() - cpu, time.perf_counter() - wall)


def fit(voter: Recommender, split: Split, place: int = 0) -> tuple[Fitted, Seconds]:
    """The voter fitted on ``split.train``, from a random stream of its place."""
    found: tuple[Fitted, Seconds] = clock(lambda: voter.fit(split, np.random.default_rng([0, place])))
    print(f"fitted {voter.name}: {found[1].cpu:.1f} CPU s", flush=True)
    return found


def lists_of(model: Fitted, graph: HeteroGraph, users: Int64) -> Int64:
    """The first 20 items of each person, int64 (u, 20)."""
    features = Features(graph, model.target)
    result = np.full((len(users), K), -1, np.int64)
    for start, stop in user_blocks(len(users), features.n_items):
        part = users[start:stop]
        best, _ = model.best(features, part, min(K, features.n_items))
        result[start:stop, : best.shape[1]] = best
    return result


def quality(lists: Int64, users: Int64, questions: Questions, n_items: int) -> tuple[Floats, Floats]:
    """Recall@20 and NDCG@20 of these lists, float64 (u,) each.

    Args:
        lists: int64 (u, 20), -1 where a list is shorter.
        users: int64 (u,), ascending, whose lists they are.
        questions: What they took.
        n_items: Number of items.
    """
    here = np.isin(questions.users, users)
    who, items = np.searchsorted(users, questions.users[here]), questions.items[here]
    row, column = np.nonzero(lists >= 0)
    shown = row * n_items + lists[row, column]
    order = np.argsort(shown)
    wanted = who * n_items + items
    place = np.minimum(np.searchsorted(shown[order], wanted), len(shown) - 1)
    hit = shown[order][place] == wanted
    ranks = np.where(hit, column[order][place] + 1, n_items)
    count = len(users)
    return metrics.recall(ranks, who, count=count, k=K), metrics.ndcg(ranks, who, count=count, k=K)


def measured(model: Fitted, questions: Questions, users: Int64, *, fit: Seconds) -> Found:
    """Ask the model about these people, ascending, in one thread."""
    lists_of(model, questions.known, users[:_WARM])
    lists, seconds = clock(lambda: lists_of(model, questions.known, users))
    return Found(*quality(lists, users, questions, questions.known.count(model.target.node_type)), fit, seconds)


def rows(name: str, found: Found, *, beside: tuple[tuple[str, float, float], ...] = ()) -> Iterator[table.Row]:
    """Quality and seconds of one model.

    Args:
        name: What the model is called.
        found: What it reached.
        beside: Name, Recall@20 and NDCG@20 of models as published.
    """
    recall, ndcg = found.recall.mean(), found.ndcg.mean()
    yield table.row(f"{name}: Recall@20", recall, unit="")
    yield table.row(f"{name}: NDCG@20", ndcg, unit="")
    for peer, their_recall, their_ndcg in beside:
        yield table.row(f"{name}: Recall@20 beside {peer} as published", recall, their_recall, unit="")
        yield table.row(f"{name}: NDCG@20 beside {peer} as published", ndcg, their_ndcg, unit="")
    yield table.row(f"{name}: fitting", found.fit.cpu, unit="CPU s")
    yield table.row(f"{name}: ranking all people asked", found.rank.cpu, unit="CPU s")
    yield table.row(f"{name}: both", (found.fit + found.rank).cpu, unit="CPU s")
    yield table.row(f"{name}: both", (found.fit + found.rank).wall, unit="s")


def apart(name: str, ours: Found, peer: Found) -> table.Row:
    """The NDCG of two models of the same people side by side, with a paired interval."""
    pairs = (ours.ndcg - peer.ndcg)[:, None]
    low, high = metrics.interval(pairs, np.random.default_rng(0))
    span = {"difference": float(pairs.mean()), "low": float(low[0]), "high": float(high[0])}
    return table.row(f"{name}: NDCG@20", ours.ndcg.mean(), peer.ndcg.mean(), unit="paired", **span)


def forget_peak() -> bool:
    """Count the largest memory of this process from now on; only Linux can, elsewhere it stays that of the process."""
    file = Path("/proc/self/clear_refs")
    if not file.exists():
        return False
    file.write_text("5")
    return True
