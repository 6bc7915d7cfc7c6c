"""Gowalla, the standard split of published recommenders: our voters, their fusion and peers, in one table.

Usage: python benchmarks/gowalla.py [--data DIR] [--part test|validation] [--people N] [--json FILE]

Every model ranks all items that a person does not have in the training part; Recall@20 and NDCG@20 are means over the
people asked. Weights are chosen on a validation part of the training file, held out person by person, with models
fitted on the rest; then everything is fitted again on the whole training file and the test is looked at once.
``--part validation`` stops before that and measures on validation people whom the weights were not chosen on.
``graphvine model evaluate --split train.csv.gz test.csv.gz`` is the product's own table of the same files.

Seconds are CPU seconds of this process. Peers that are not installed, or need too many items' square, are named with
the reason. The folder holds train.csv.gz and test.csv.gz with the columns user and item.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import table

from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted, Recommender
from graph.recommend.dense_rows import top_of_rows
from graph.recommend.evaluation import metrics
from graph.recommend.features import Features, Floats, Vocabulary, interests
from graph.recommend.fusion import FittedFusion
from graph.recommend.fusion_fit import fuse
from graph.recommend.pair_features import PairSchema
from graph.recommend.parameters import target_weights
from graph.recommend.ranker.pools import make_pool
from graph.recommend.registry import default_voters
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.settings import choose_settings
from graph.recommend.split import Questions, Split, full_split
from graph.recommend.split_given import read_given_split
from graph.recommend.voters.als import Als
from graph.recommend.voters.ease import Ease
from graph.recommend.voters.filter import GraphFilter
from graph.recommend.voters.smooth import Smooth
from graph.text import Int64

K = 20
ALONE = ("popularity", "item-knn", "filter", "als")
PUBLISHED = {"LightGCN": (0.1830, 0.1554), "BSPM-EM": (0.1920, 0.1597), "NESCL": (0.1917, 0.1617)}


@dataclass(frozen=True)
class Found:
    """What one model reached, and the CPU seconds of fitting and of ranking everybody asked."""

    recall: float
    ndcg: float
    fit: float
    score: float


def clock(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the call gives, and its CPU seconds."""
    start = time.process_time()
    return work(), time.process_time() - start


def lists_of(model: Fitted, graph: HeteroGraph, users: Int64) -> Int64:
    """The first 20 items of each person, int64 (u, 20)."""
    features = Features(graph, model.target)
    result = np.full((len(users), K), -1, np.int64)
    for start, stop in user_blocks(len(users), features.n_items):
        part = users[start:stop]
        scores = mask_excluded(model.scores(features, part), features, part)
        result[start:stop] = top_of_rows(scores, K, tie_order=features.tie_order)
    return result


def quality(lists: Int64, users: Int64, questions: Questions, n_items: int) -> tuple[float, float]:
    """Recall@20 and NDCG@20 of these lists, means over the people."""
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
    recall = metrics.recall(ranks, who, count=count, k=K)
    return float(recall.mean()), float(metrics.ndcg(ranks, who, count=count, k=K).mean())


def measured(model: Fitted, questions: Questions, users: Int64, *, fit: float) -> Found:
    lists_of(model, questions.known, users[:100])  # compiles what is compiled once, which is no cost of a data set
    lists, seconds = clock(lambda: lists_of(model, questions.known, users))
    recall, ndcg = quality(lists, users, questions, questions.known.count(model.target.node_type))
    return Found(recall, ndcg, fit, seconds)


def fitted(voters: Sequence[Recommender], split: Split) -> tuple[dict[str, Fitted], dict[str, float]]:
    """These voters fitted, and the CPU seconds that each took."""
    models, seconds = {}, {}
    for place, voter in enumerate(voters):
        work = lambda voter=voter, place=place: voter.fit(split, np.random.default_rng([0, place]))  # noqa: E731
        models[voter.name], seconds[voter.name] = clock(work)
        print(f"fitted {voter.name}: {seconds[voter.name]:.1f} CPU s", flush=True)
    return models, seconds


def blended(voters: Mapping[str, Fitted], split: Split) -> tuple[FittedFusion, Floats]:
    """The weighted sum of these voters, with weights chosen on validation."""
    assert split.validation is not None
    schema, rng = PairSchema.of(split.train, split.target), np.random.default_rng([0, 1_001])
    pool = make_pool(voters, split.validation, split.target, schema, columns=np.arange(len(voters)), rng=rng)
    return fuse(voters, pool, split.target)


def run(split: Split, part: str, people: int | None) -> Iterator[table.Row]:
    """Choose, fit and measure; the rows of the table."""
    chosen, choosing = clock(
        lambda: choose_settings((*default_voters(), Als(), Smooth()), split, seed=0, on_step=print)
    )
    (voters, fits), seconds = clock(lambda: fitted(chosen, split))
    choosing += seconds
    assert split.validation is not None
    (blend, _), seconds = clock(lambda: blended(voters, split))
    choosing += seconds
    print(f"{blend.summary}\nweights by level: {dict(zip(voters, blend.weights.T.tolist(), strict=True))}", flush=True)
    questions = split.validation
    users = np.unique(questions.users)
    if part == "validation":
        users = np.setdiff1d(users, np.sort(np.random.default_rng([0, 1_001]).choice(users, 2_000, replace=False)))
    else:
        assert split.test is not None
        questions, users = split.test, np.unique(split.test.users)
        blend = replace(blend, voters={})  # so that both sets of models are not in memory at once
        del voters
        voters, fits = fitted(chosen, split.before_test())
        blend = replace(blend, voters=voters)
    if people is not None and people < len(users):
        users = np.sort(np.random.default_rng(5).choice(users, people, replace=False))
    yield table.row("choosing on validation: forms and weights of the voters", choosing, unit="CPU s")
    base = full_split(questions.known, split.target)
    form = next(voter for voter in chosen if isinstance(voter, GraphFilter))
    linear, seconds = clock(lambda: replace(form, ideal=0.0).fit(base, np.random.default_rng(0)))
    yield from rows("filter without singular vectors", measured(linear, questions, users, fit=seconds))
    for name in ALONE:
        yield from rows(name, measured(voters[name], questions, users, fit=fits[name]))
    used = [name for column, name in enumerate(voters) if name == blend.fallback or blend.weights[:, column].any()]
    found = measured(blend, questions, users, fit=sum(fits[name] for name in used))
    yield from rows(f"fusion of {', '.join(used)}", found, published=part == "test")
    yield from peers(replace(base, test=questions), users)


def rows(name: str, found: Found, *, published: bool = False) -> Iterator[table.Row]:
    """Quality and seconds of one model; beside the fusion, published figures."""
    yield table.row(f"{name}: Recall@20", found.recall, unit="")
    yield table.row(f"{name}: NDCG@20", found.ndcg, unit="")
    for peer, (recall, ndcg) in PUBLISHED.items() if published else ():
        yield table.row(f"{name}: Recall@20 beside {peer} as published", found.recall, recall, unit="")
        yield table.row(f"{name}: NDCG@20 beside {peer} as published", found.ndcg, ndcg, unit="")
    yield table.row(f"{name}: fitting", found.fit, unit="CPU s")
    yield table.row(f"{name}: ranking all people asked", found.score, unit="CPU s")


def peers(split: Split, users: Int64) -> Iterator[table.Row]:
    """EASE where items are few enough, and ALS and BPR of ``implicit`` where it is installed."""
    assert split.test is not None
    items = split.train.count(split.target.node_type)
    if items > Ease().most_items:
        print(f"ease: left out, {items:,} items are above its {Ease().most_items:,}")
    else:
        model, seconds = clock(lambda: Ease().fit(split, np.random.default_rng(0)))
        yield from rows("ease", measured(model, split.test, users, fit=seconds))
    try:
        from implicit.als import AlternatingLeastSquares
        from implicit.bpr import BayesianPersonalizedRanking
    except ImportError:
        print("implicit: left out, it is not installed (pip install implicit)")
        return
    # The best of three and of two settings on the validation part.
    named: Mapping[str, Any] = {
        "implicit ALS": AlternatingLeastSquares(
            factors=192, alpha=20, regularization=40, iterations=15, random_state=0
        ),
        "implicit BPR": BayesianPersonalizedRanking(
            factors=192, learning_rate=0.02, regularization=0.003, iterations=100, random_state=0
        ),
    }
    graph, target = split.train, split.target
    everybody = np.arange(graph.count("Person"))
    weights = target_weights(split)
    events = interests(Features(graph, target), everybody, weights, vocabulary=Vocabulary.of(graph))
    narrow = (events.data.astype(np.float32), events.indices.astype(np.int32), events.indptr.astype(np.int32))
    seen = sp.csr_matrix(narrow, shape=events.shape)
    for name, model in named.items():
        _, seconds = clock(lambda model=model: model.fit(seen, show_progress=False))
        (lists, _), asking = clock(
            lambda model=model: model.recommend(users, seen[users], N=K, filter_already_liked_items=True)
        )
        yield from rows(name, Found(*quality(lists.astype(np.int64), users, split.test, items), seconds, asking))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[1] / "../shared/data/gowalla")
    parser.add_argument("--part", choices=("test", "validation"), default="test")
    parser.add_argument("--people", type=int, help="ask about so many people only, drawn by chance")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    files = [options.data / "train.csv.gz", options.data / "test.csv.gz"]
    if missing := [str(file) for file in files if not file.exists()]:
        print(f"skipped: {' and '.join(missing)} not found; give the folder with --data")
        return 0
    split = read_given_split(*files, rng=np.random.default_rng([0, 1_000]))
    print(f"{len(split.train.ids('Person')):,} people, {split.train.count('Product'):,} items; {split.note}")
    table.report(run(split, options.part, options.people), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
