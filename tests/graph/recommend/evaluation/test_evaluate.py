import numpy as np
import pytest

from graph.recommend.chosen_model import fit_voters
from graph.recommend.evaluation.evaluate import SLICES, evaluate, rank_questions, summarise
from graph.recommend.evaluation.metrics import ndcg
from graph.recommend.features import Features
from graph.recommend.registry import default_voters
from graph.recommend.scoring import mask_excluded
from graph.recommend.split import split_graph
from graph.recommend.target import choose_target
from tests.contract.recommender import checkerboard


@pytest.fixture(scope="module")
def made():  # type: ignore[no-untyped-def]
    graph = checkerboard(people=120)
    target = choose_target(graph, "Product")
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    return split.before_test(), fit_voters(default_voters(), split.before_test(), seed=0, on_step=lambda _: None)


def test_ranks_equal_one_by_one_sorting(made) -> None:  # type: ignore[no-untyped-def]
    split, voters = made
    ranked = rank_questions(voters, split.test, split.target)
    features = Features(split.test.known, split.target)
    for name, model in voters.items():
        for pair in range(0, len(ranked.items), 7):
            user = ranked.users[[ranked.who[pair]]]
            line = mask_excluded(model.scores(features, user), features, user)[0]
            order = sorted(np.flatnonzero(line > -np.inf).tolist(), key=lambda i: (-line[i], features.tie_order[i]))
            assert order.index(ranked.items[pair]) + 1 == ranked.ranks[name][pair]
            assert ranked.lists[name][ranked.who[pair]].tolist() == order[:10]


def test_table_is_complete_and_thin_slices_are_not_judged(made) -> None:  # type: ignore[no-untyped-def]
    split, voters = made
    report = evaluate(voters, split.test, split.target, main="filter", rng=np.random.default_rng(0))
    assert {(r["slice"], r["model"]) for r in report.rows} == {(s, m) for s in SLICES for m in voters}
    for row in report.rows:
        assert row["judged"] == (row["users"] >= 50)
        if row["users"]:
            assert row["ndcg_low"] <= row["ndcg"] <= row["ndcg_high"]
            assert 0 <= row["coverage"] <= 1
        else:
            assert row["ndcg"] is None
    warm, cold, overall = (report.row("filter", s)["users"] for s in ("warm", "cold-user", "overall"))
    assert warm + cold == overall


def test_differences_are_paired(made) -> None:  # type: ignore[no-untyped-def]
    """A model against itself differs by exactly nothing, whatever its own interval."""
    split, voters = made
    twice = {"filter": voters["filter"], "again": voters["filter"]}
    ranked = rank_questions(twice, split.test, split.target)
    report = summarise(ranked, main="filter", rng=np.random.default_rng(0))
    gap = report.difference("filter", "again")
    assert (gap["difference"], gap["low"], gap["high"]) == (0, 0, 0)
    own = ndcg(ranked.ranks["filter"], ranked.who, count=len(ranked.users), k=10)
    assert report.row("filter")["ndcg"] == pytest.approx(own.mean(), abs=1e-6)
