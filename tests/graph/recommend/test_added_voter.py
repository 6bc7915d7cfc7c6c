"""A voter is added by one new file in ``voters/``: no other file changes, and it passes the inherited contract."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from graph.recommend import voters
from graph.recommend.base import Recommender
from graph.recommend.model_io import load_model, save_model
from graph.recommend.registry import default_voters, fitted_class, voter_kinds
from graph.recommend.serving import recommend
from graph.recommend.target import choose_target
from graph.recommend.train import train
from tests.contract.recommender import PEOPLE, RecommenderContract, checkerboard, market

__all__ = ["market"]

FILE = '''
"""Brand loyalty: ranks items of the brands that the person has chosen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Vocabulary
from graph.recommend.target import Target


@dataclass(frozen=True, eq=False)
class FittedBrandLoyalty(Fitted):
    kind: ClassVar[str] = "brand-loyalty"
    reasons: ClassVar[frozenset[str]] = frozenset({"alike"})
    strength: float

    def scores(self, features, users):
        texts = features.graph.nodes[self.target.node_type].columns["brand"].to_list()
        brands = np.unique(texts, return_inverse=True)[1]
        result = np.zeros((len(users), len(brands)))
        for relation in self.target.positives:
            rows = features.user_events(self.target.key(relation), users)
            for person, item in zip(rows.which, rows.dst):
                result[person] += brands == brands[item]
        return self.strength * result

    def state(self):
        return ModelState({"strength": self.strength}, {})

    @classmethod
    def of_state(cls, target, vocabulary, state):
        return cls(target, vocabulary, state.facts["strength"])


@dataclass(frozen=True)
class BrandLoyalty:
    name: str = "brand-loyalty"

    def fit(self, split, rng):
        return FittedBrandLoyalty(split.target, Vocabulary.of(split.train), 2.0)


VOTER = Voter(FittedBrandLoyalty, (BrandLoyalty(),))
'''
KIND = "brand-loyalty"


@pytest.fixture(scope="module", autouse=True)
def added(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The package ``voters`` with one more file."""
    folder = tmp_path_factory.mktemp("voters")
    (folder / "brand_loyalty.py").write_text(FILE, "utf-8")
    voters.__path__.append(str(folder))
    try:
        yield
    finally:
        voters.__path__.remove(str(folder))
        sys.modules.pop("graph.recommend.voters.brand_loyalty", None)


class TestAddedVoter(RecommenderContract):
    def voter(self) -> Recommender:
        (voter,) = (voter for voter in default_voters() if voter.name == KIND)
        return voter


def test_it_is_found_by_its_file_name_and_comes_last() -> None:
    assert KIND in voter_kinds()
    assert default_voters()[-1].name == KIND
    assert fitted_class(KIND).kind == KIND


def test_a_fusion_trains_with_it_and_is_read_again(tmp_path: Path) -> None:
    """Beside popularity alone, so that the fusion is sure to use it."""
    graph = checkerboard()
    chosen = [voter for voter in default_voters() if voter.name in {"popularity", KIND}]
    model = train(graph, choose_target(graph, "Product"), voters=chosen, seed=4).model
    assert list(model.voters) == ["popularity", KIND]
    read = load_model(save_model(model, tmp_path / "model")).model
    users = range(PEOPLE)
    assert list(recommend(read, graph, users, 4).rows()) == list(recommend(model, graph, users, 4).rows())
    assert model.weights[:, -1].any()
    level = int(np.argmax(model.weights[:, -1]))
    assert "alike" in model.reason_codes(level)
