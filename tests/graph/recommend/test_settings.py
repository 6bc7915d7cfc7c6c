"""The form of a voter is chosen on validation, and the same for every fit of a training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graph.recommend.base import Fitted
from graph.recommend.settings import choose_settings
from graph.recommend.split import Split, full_split, split_graph
from graph.recommend.target import choose_target
from graph.recommend.voters.content import Content
from graph.recommend.voters.item_knn import ItemKnn
from graph.recommend.voters.popularity import Popularity
from tests.contract.recommender import checkerboard


@dataclass(frozen=True, slots=True)
class Either:
    """Item-kNN with no neighbours, which says nothing, or with some."""

    k: int = 0
    name: str = "either"

    def settings(self) -> list[Either]:
        return [replace(self, k=k) for k in (0, 30)]

    def fit(self, split: Split, rng: np.random.Generator) -> Fitted:
        return ItemKnn(k=self.k).fit(split, rng)


def test_the_better_form_is_chosen_and_other_voters_stay_as_they_are() -> None:
    graph = checkerboard(people=200)
    target = choose_target(graph, "Product")
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    steps: list[str] = []
    voters = [Popularity(), Either(), Content()]
    chosen, fitted = choose_settings(voters, split, seed=0, on_step=steps.append)
    assert chosen == [Popularity(), Either(30), Content()]
    assert steps == [f"fit {name}" for name in fitted] == ["fit popularity", "fit either", "fit content"]
    again = Either(30).fit(split, np.random.default_rng([0, 1])).state().arrays
    assert {name: array.tobytes() for name, array in fitted["either"].state().arrays.items()} == {
        name: array.tobytes() for name, array in again.items()
    }


def test_without_validation_nothing_is_chosen() -> None:
    graph = checkerboard()
    split = full_split(graph, choose_target(graph, "Product"))
    chosen, fitted = choose_settings([Either()], split, seed=0, on_step=print)
    assert chosen == [Either()]
    assert list(fitted) == ["either"]
