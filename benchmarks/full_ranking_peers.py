"""Peers on a given split: popularity, item-kNN, EASE, and ALS and BPR of ``implicit``, each tuned on validation.

Each peer that has settings gets three of them to choose from, by NDCG@20 of 2,000 validation people; our own model
chooses between two forms of its filter, and its weights. The best setting is fitted on the whole training file.

- item-kNN: neighbours and shrinkage.
- EASE (Steck, WWW 2019): the penalty. With more than 10,000 items, whose inverse takes hours, its sparse form: each
  item is explained by the 100 items that it is most often together with, by ridge regression.
- ALS and BPR of ``implicit``, if it is installed (pip install implicit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
import table
from full_ranking import Found, K, clock, forget_peak, lists_of, quality, rows

from graph.recommend.base import Recommender
from graph.recommend.features import Features, Vocabulary, interests
from graph.recommend.parameters import largest_of_rows, target_weights
from graph.recommend.ranking import tie_order
from graph.recommend.split import Questions, Split, full_split
from graph.recommend.target import SOURCE
from graph.recommend.voters.ease import Ease
from graph.recommend.voters.item_knn import FittedItemKnn, ItemKnn
from graph.recommend.voters.popularity import Popularity
from graph.text import Int64

_TUNED_ON = 2_000
_NEIGHBOURS = 100

# From the data to fit on: what gives the lists (u, 20) of people.
Fit = Callable[[Split], Callable[[Int64], Int64]]


@dataclass(frozen=True)
class Setting:
    """One setting of a peer, in words, and how it is fitted."""

    words: str
    fit: Fit


def peers(split: Split, questions: Questions, users: Int64) -> Iterator[table.Row]:
    """Tune each peer on validation, fit it on what the questions know, and ask it about these people."""
    items = split.train.count(split.target.node_type)
    named: dict[str, Sequence[Setting]] = {
        "popularity": [ours(Popularity())],
        "item-knn": [ours(ItemKnn(k, shrink)) for k, shrink in ((100, 3.0), (200, 0.0), (50, 10.0))],
    }
    if items <= Ease().most_items:
        named["ease"] = [ours(Ease(penalty)) for penalty in (50.0, 200.0, 800.0)]
    else:
        named["sparse ease"] = [ours(SparseEase(penalty)) for penalty in (2.0, 8.0, 32.0)]
    try:
        named |= implicit()
    except ImportError:
        print("implicit: left out, it is not installed (pip install implicit)")
    for name, settings in named.items():
        best, choosing = clock(lambda name=name, settings=settings: tuned(name, settings, split))
        forget_peak()
        model, fit = clock(lambda best=best: best.fit(full_split(questions.known, split.target)))
        lists, rank = clock(lambda model=model: model(users))
        yield from rows(f"peer {name} ({best.words})", Found(*quality(lists, users, questions, items), fit, rank))
        yield table.row(f"peer {name}: choosing on validation", choosing.cpu, unit="CPU s")


def tuned(name: str, settings: Sequence[Setting], split: Split) -> Setting:
    """The setting with the best NDCG@20 on validation people."""
    assert split.validation is not None
    if len(settings) == 1:
        return settings[0]
    some = split.validation.of_some_people(_TUNED_ON, np.random.default_rng(3))
    users, items = np.unique(some.users), split.train.count(split.target.node_type)
    found = []
    for setting in settings:
        found.append(float(quality(setting.fit(split)(users), users, some, items)[1].mean()))
        print(f"{name} ({setting.words}): validation NDCG@20 {found[-1]:.4f}", flush=True)
    return settings[int(np.argmax(found))]


def ours(voter: Recommender) -> Setting:
    """A voter of the product, or one that looks like them."""

    def fit(split: Split) -> Callable[[Int64], Int64]:
        model = voter.fit(split, np.random.default_rng(0))
        return lambda users: lists_of(model, split.train, users)

    return Setting(str(voter), fit)


@dataclass(frozen=True)
class SparseEase:
    """EASE in which an item is explained by few others: the ridge regression of each item on its neighbours.

    Attributes:
        penalty: Ridge penalty, in events.
    """

    penalty: float
    name: str = field(default="sparse ease", repr=False)

    def fit(self, split: Split, rng: np.random.Generator) -> FittedItemKnn:
        """One system of equations for each item; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        start, stop = vocabulary.span(target.node_type)
        seen = interests(Features(graph, target), np.arange(graph.count(SOURCE)), weights, vocabulary=vocabulary)[
            :, start:stop
        ].tocsc()
        gram = (seen.T @ seen).tocsr()
        amount = np.sqrt(np.maximum(gram.diagonal(), 1e-9))
        cosine = sp.csr_array(
            (gram.data / (amount[gram.indices] * np.repeat(amount, np.diff(gram.indptr))), gram.indices, gram.indptr),
            shape=gram.shape,
        )
        cosine.setdiag(0.0)
        cosine.eliminate_zeros()
        near = largest_of_rows(cosine, _NEIGHBOURS, tie_order=tie_order(vocabulary.ids[target.node_type]))
        for item in np.flatnonzero(np.diff(near.indptr)).tolist():
            part = slice(near.indptr[item], near.indptr[item + 1])
            others = near.indices[part]
            columns = seen[:, others]
            system = (columns.T @ columns).toarray()
            system.flat[:: len(system) + 1] += self.penalty
            near.data[part] = np.linalg.solve(system, (columns.T @ seen[:, [item]]).toarray().ravel())
        return FittedItemKnn(target, vocabulary, weights, near.T.tocsr().astype(np.float32))


def implicit() -> dict[str, Sequence[Setting]]:
    """Settings of the models of ``implicit``.

    Raises:
        ImportError: it is not installed.
    """
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking

    def setting(make: Callable[..., Any], **given: Any) -> Setting:
        def fit(split: Split) -> Callable[[Int64], Int64]:
            seen = _events(split)
            model = make(**given, random_state=0, num_threads=1)
            model.fit(seen, show_progress=False)

            def lists(users: Int64) -> Int64:
                found, _ = model.recommend(users, seen[users], N=K, filter_already_liked_items=True)
                return found.astype(np.int64)

            return lists

        return Setting(", ".join(f"{name} {value}" for name, value in given.items()), fit)

    als = [(192, 20, 40), (192, 40, 80), (192, 10, 20)]
    bpr = [(128, 0.1, 0.0003, 200), (128, 0.05, 0.001, 200), (128, 0.02, 0.005, 300)]
    return {
        "implicit ALS": [
            setting(AlternatingLeastSquares, factors=f, alpha=a, regularization=r, iterations=15) for f, a, r in als
        ],
        "implicit BPR": [
            setting(BayesianPersonalizedRanking, factors=f, learning_rate=s, regularization=r, iterations=i)
            for f, s, r, i in bpr
        ],
    }


def _events(split: Split) -> sp.csr_matrix:
    """People by items, float32, as ``implicit`` reads it."""
    graph, weights = split.train, target_weights(split)
    everybody, vocabulary = np.arange(graph.count(SOURCE)), Vocabulary.of(graph)
    start, stop = vocabulary.span(split.target.node_type)
    found = interests(Features(graph, split.target), everybody, weights, vocabulary=vocabulary)[:, start:stop].tocsr()
    narrow = (found.data.astype(np.float32), found.indices.astype(np.int32), found.indptr.astype(np.int32))
    return sp.csr_matrix(narrow, shape=found.shape)
