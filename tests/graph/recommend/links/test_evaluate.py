import numpy as np
import pytest

from graph.recommend.links.evaluate import TieRanks, rank_ties, report_of
from graph.recommend.links.features import Block, Floats, LinkFeatures
from graph.recommend.links.rivals import RIVALS
from graph.recommend.split import Questions
from tests.graph.recommend.links.towns import FOLLOWS, town


def by_number(block: Block) -> Floats:
    """The person with the highest number comes first."""
    return np.repeat(np.arange(len(block.features), dtype=np.float64)[None], len(block.users), 0)


def asked() -> tuple[LinkFeatures, Questions]:
    graph = town(6, FOLLOWS=[(0, 5)])
    return LinkFeatures.of(graph, FOLLOWS), Questions(graph, np.array([0, 0, 2]), np.array([1, 4, 3]))


def test_own_known_and_other_new_ties_are_no_rivals_of_a_tie() -> None:
    features, questions = asked()
    found = rank_ties({"number": by_number}, features, questions)
    # 0: of 4, 3, 2, 1 (5 is known); 4 is first, and 1 is third without 4. 2: of 5, 4, 3, 1, 0.
    assert found.ranks["number"].tolist() == [3, 1, 3]
    assert found.candidates.tolist() == [3, 3, 5]


def test_metrics_of_known_ranks() -> None:
    features, questions = asked()
    ranked = rank_ties({"number": by_number, "reciprocity": RIVALS["reciprocity"]}, features, questions)
    report = report_of(ranked, main="number", rng=np.random.default_rng(0))
    row = report.row("number")
    assert row["mrr"] == pytest.approx((1 / 3 + 1 + 1 / 3) / 3, abs=1e-6)
    assert row["auc"] == pytest.approx((0 + 1 + 0.5) / 3, abs=1e-6)
    assert row["hits"] == 1
    assert (report.ties, report.people, report.main) == (3, 2, "number")
    gap = report.difference("reciprocity")
    assert gap["mrr"] == pytest.approx(row["mrr"] - report.row("reciprocity")["mrr"], abs=2e-6)


def test_values_of_people_have_the_mean_of_the_ties() -> None:
    who = np.array([0, 0, 0, 1, 2, 2])
    values = np.random.default_rng(0).random((6, 2))
    people = TieRanks(who, np.ones(6, np.int64), {}).by_person(values)
    assert people.mean(axis=0) == pytest.approx(values.mean(axis=0))


def test_equal_scores_are_ordered_by_ids_alone() -> None:
    features, questions = asked()
    found = rank_ties({"nobody": lambda b: np.zeros((len(b.users), 6))}, features, questions).ranks["nobody"]
    order = features.order
    assert found[2] == 1 + sum(order[other] < order[3] for other in (0, 1, 4, 5))


def test_beating_needs_a_better_first_place_or_a_better_order_at_a_first_place_no_worse() -> None:
    """Ties of 200 people among 101: ranks as stated, so that the intervals have no width."""
    who, full = np.arange(200), np.full(200, 101)

    def report(main: int, other: int) -> bool:
        ranks = {"main": np.full(200, main), "other": np.full(200, other)}
        return report_of(TieRanks(who, full, ranks), main="main", rng=np.random.default_rng(0)).beats("other")

    assert report(1, 2)
    assert not report(2, 1)
    assert not report(3, 3)
    mixed = np.where(np.random.default_rng(1).random(200) < 0.5, 1, 3)
    ranks = {"main": mixed, "other": np.where(mixed[::-1] == 1, 1, 101)}
    assert report_of(TieRanks(who, full, ranks), main="main", rng=np.random.default_rng(0)).beats("other")
