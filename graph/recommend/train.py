"""Training: fit on the training period, choose weights on validation, measure on the test, refit on everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.columns import UNDATED
from graph.event_times import time_step
from graph.hetero import HeteroGraph
from graph.notebook import html_table
from graph.recommend.base import Fitted, Recommender
from graph.recommend.chosen_model import ChosenModel, choose_model
from graph.recommend.evaluation.canary import telling_columns
from graph.recommend.evaluation.evaluate import Evaluation, evaluate
from graph.recommend.forms import form_of
from graph.recommend.ranker.choice import RankerTrainer
from graph.recommend.registry import default_voters
from graph.recommend.split import Split, full_split, split_graph
from graph.recommend.target import Target, first_events

if TYPE_CHECKING:
    import pandas as pd

# What the whole model is called beside its voters, whether a ranker or the weighted sum combines them.
COMBINED = "combined"


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model ready to serve, with its test results and how it was made.

    Attributes:
        model: The whole, fitted on all events.
        report: Results on the test period, of models fitted on earlier events only; computed once.
        about: JSON values: target, split, cuts, fingerprint of the graph that its tables are of, seed, weights, forms
            of the voters, report, lineage.
    """

    model: Fitted
    report: Evaluation
    about: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """What the test period found: one row for each slice and model."""
        import pandas as pd

        return pd.DataFrame(list(self.report.rows))

    def __repr__(self) -> str:
        best = self.report.row(COMBINED)
        found = "too few people to judge by" if best["ndcg"] is None else f"NDCG@{self.report.k} {best['ndcg']:.3f}"
        return f"<TrainedModel for {self.model.target.node_type}: {found}; {self.about['summary']}>"

    def _repr_html_(self) -> str:
        columns = ("model", "users", "ndcg", "ndcg_low", "ndcg_high", "recall", "mrr", "hit_rate", "coverage")
        rows = ([row[c] for c in columns] for row in self.report.rows if row["slice"] == "overall")
        return html_table(repr(self)[1:-1], columns, rows)


def _no_progress(step: str) -> None:
    """Shows no progress."""


def train(
    graph: HeteroGraph,
    target: Target,
    *,
    voters: Sequence[Recommender] | None = None,
    ranker: RankerTrainer | None = None,
    k: int = 10,
    on_step: Callable[[str], None] = _no_progress,
    seed: int = 0,
) -> TrainedModel:
    """Split, fit the voters, choose how to combine them on validation, measure on the test, refit on all events.

    Args:
        graph: The whole graph.
        target: From ``choose_target``.
        voters: The voters, popularity among them; ``registry.default_voters()`` when absent.
        ranker: Trains the ranker that orders the candidates of all voters; None to use a weighted sum in any case.
        k: Length of the lists that the report measures.
        on_step: Called with a few words before each step, to show progress.
        seed: Same graph, target, voters and seed give the same bytes.

    Raises:
        ModelError: there is too little to learn from.
    """
    chosen = tuple(voters) if voters is not None else default_voters()
    split = split_graph(graph, target, rng=np.random.default_rng([seed, 1_000]))
    model, report = choose_and_judge(split, chosen, ranker, k=k, on_step=on_step, seed=seed)
    final = model.refit(full_split(graph, target), seed=seed, on_step=on_step)
    about = _about(graph, split, model, report, seed=seed)
    assert split.test is not None  # split_graph always asks, only full_split() does not
    told = telling_columns(split.test, target) if split.method == "time" else []
    further = {
        "rank_curve": model.curve.to_json(),
        "period": test_period(graph, split),
        "telling_columns": told,
        "forms": [form_of(voter, final.voters[voter.name].kind) for voter in model.recommenders],
    }
    return TrainedModel(final, report, {**about, **further})


def choose_and_judge(
    split: Split,
    voters: Sequence[Recommender],
    ranker: RankerTrainer | None,
    *,
    k: int = 10,
    on_step: Callable[[str], None] = _no_progress,
    seed: int = 0,
) -> tuple[ChosenModel, Evaluation]:
    """Choose on validation, fit on everything before the test, and measure every voter and the whole on the test once.

    Args:
        split: With validation and test questions.
        voters: The voters, popularity among them.
        ranker: As for ``train``.
        k: Length of the lists that are measured.
        on_step: As for ``train``.
        seed: As for ``train``.

    Returns:
        The choice, and the results, in which the whole is called ``COMBINED``.
    """
    model = choose_model(split, voters, ranker, seed=seed, on_step=on_step)
    on_step("judge on the test period")
    recent = model.refit(split.before_test(), seed=seed, on_step=on_step)
    models: dict[str, Fitted] = {**recent.voters, COMBINED: recent}
    assert split.test is not None  # split_graph always asks, only full_split() does not
    rng = np.random.default_rng([seed, 1_002])
    return model, evaluate(models, split.test, split.target, main=COMBINED, k=k, rng=rng)


def test_period(graph: HeteroGraph, split: Split) -> int | None:
    """Length of the test period in seconds, over which affinities are predicted; None for a split without times.

    Where times are dates or batches, the last one stands for all of its day or batch, so that one step is added.
    """
    if split.cuts is None or graph.last_time is None:
        return None
    times = first_events(graph, split.target).time
    return graph.last_time - split.cuts[1] + time_step(times[times != UNDATED])


def _about(graph: HeteroGraph, split: Split, model: ChosenModel, report: Evaluation, *, seed: int) -> dict[str, Any]:
    fusion = model.fusion
    assert split.test is not None  # split_graph always asks
    return {
        "target": split.target.to_json(),
        "positives": list(split.target.positives),
        "split": {"method": split.method, "cuts": split.cuts, "note": split.note},
        "graph": graph.fingerprint,
        "seed": seed,
        "summary": model.summary,
        "weights": {name: fusion.weights[:, i].tolist() for i, name in enumerate(fusion.voters)},
        "k": report.k,
        "metrics": list(report.rows),
        "differences": list(report.differences),
        "questions": split.test.fingerprint,
        "until": graph.last_time,
        "lineage": {
            "change": "trained",
            "parent": None,
            "learned": graph.fingerprint,
            "learned_until": graph.last_time,
        },
    }
