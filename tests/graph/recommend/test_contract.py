import pytest

from graph.recommend.base import Fitted, Recommender
from graph.recommend.registry import default_voters, voter_kinds, voter_of
from graph.recommend.target import choose_target
from graph.recommend.train import train
from graph.recommend.voters.als import Als
from graph.recommend.voters.content import Content
from graph.recommend.voters.ease import Ease
from graph.recommend.voters.filter import GraphFilter
from graph.recommend.voters.friends import Friends
from graph.recommend.voters.item_knn import ItemKnn
from graph.recommend.voters.person_knn import PersonKnn
from graph.recommend.voters.popularity import Popularity
from graph.recommend.voters.repeat import Repeat
from graph.recommend.voters.smooth import Smooth
from tests.contract.recommender import RecommenderContract, checkerboard, market

__all__ = ["market"]


class TestPopularity(RecommenderContract):
    personal = False

    def voter(self) -> Recommender:
        return Popularity()


class TestRecency(RecommenderContract):
    personal = False

    def voter(self) -> Recommender:
        return Popularity("recent")


class TestNeighbours(RecommenderContract):
    def voter(self) -> Recommender:
        return ItemKnn()


class TestSimilarPeople(RecommenderContract):
    def voter(self) -> Recommender:
        return PersonKnn()


class TestFilter(RecommenderContract):
    def voter(self) -> Recommender:
        return GraphFilter(rank=8)


class TestSmooth(RecommenderContract):
    def voter(self) -> Recommender:
        return Smooth(rank=8)


class TestAls(RecommenderContract):
    def voter(self) -> Recommender:
        return Als(dimensions=4)


class TestEase(RecommenderContract):
    def voter(self) -> Recommender:
        return Ease(penalty=10.0)


class TestFriends(RecommenderContract):
    def voter(self) -> Recommender:
        return Friends()


class TestContent(RecommenderContract):
    def voter(self) -> Recommender:
        return Content()


class TestRepeat(RecommenderContract):
    def voter(self) -> Recommender:
        return Repeat()


class TestFusion(RecommenderContract):
    def fitted(self, graph: object, seed: int = 3) -> Fitted:
        return train(graph, choose_target(graph, "Product"), seed=seed).model  # type: ignore[arg-type]


def test_the_contract_market_is_what_it_says() -> None:
    graph = checkerboard()
    for key in graph.keys(target="Product"):
        assert ((graph.edges(key).src - graph.edges(key).dst) % 2 == 0).all()


@pytest.mark.parametrize("voter", [ItemKnn(), GraphFilter(rank=8), Friends(), Content()])
def test_every_voter_has_a_name(voter: Recommender) -> None:
    assert voter.name


def test_every_file_declares_a_voter_of_its_own_kind() -> None:
    assert {voter_of(kind).fitted.kind for kind in voter_kinds()} == set(voter_kinds())
    names = [voter.name for voter in default_voters()]
    assert names == [
        "popularity",
        "recency",
        "item-knn",
        "person-knn",
        "filter",
        "friends",
        "content",
        "repeat",
        "als",
        "smooth",
    ]
