"""Two kept models compared in the same people, on a period that neither was fitted on where that can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.errors import ModelError
from graph.workflow.models import read_record

if TYPE_CHECKING:
    from graph.recommend.base import Combined
    from graph.recommend.evaluation.comparison import Difference
    from graph.workspace.workspace import Workspace

# Of the random streams of a seed, see ``recommend.train``: that of the split, and one for the intervals.
_SPLIT_STREAM, _INTERVAL_STREAM = 1_000, 1_008


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """How much better one kept model is than another.

    Attributes:
        first, second: Their names.
        k: Length of the lists.
        difference: The paired difference, ``first`` - ``second``.
        period: On which period, and what each model knew of it: a clause.
    """

    first: str
    second: str
    k: int
    difference: Difference
    period: str

    def row(self) -> dict[str, Any]:
        """The comparison as a row of a table."""
        found = self.difference
        return {
            "model": self.first,
            "against": self.second,
            "users": found.people,
            "ndcg": found.first,
            "ndcg_against": found.second,
            "difference": found.difference,
            "low": found.low,
            "high": found.high,
            "judged": found.judged,
        }

    def __str__(self) -> str:
        found = self.difference
        return (
            f"NDCG@{self.k} {found.first:.4f} against {found.second:.4f} of {self.second}, difference "
            f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f}) over {found.people:,} people, "
            f"{self.period}"
        )


def compare_models(workspace: Workspace, first: Path, second: Path) -> ModelComparison:
    """Compare two kept models of one target.

    The first of these that can be had:

    1. Both were trained on the same snapshot: the results of the test period, kept with each.
    2. At least 50 people did something new in the latest snapshot after all that either knows: both as they serve.
    3. The test period of the model that was trained later. A model whose result on it is kept counts by that. The
       tables of any other are made from what was known before the period; its weights stay, and may have learned from
       a part of the period where it was trained within.

    Raises:
        PrerequisiteError: the snapshot that is needed is gone, or holds what is sensitive and not allowed.
        ModelError: a model is damaged or cannot be refreshed.
    """
    from graph.recommend.evaluation.comparison import paired

    one, other = _Kept.read(first), _Kept.read(second)
    k = min(int(one.about["k"]), int(other.about["k"]))
    if one.about["questions"] == other.about["questions"] and one.about["k"] == other.about["k"]:
        gains, period = (one.gains, other.gains), "on the test period of their snapshot, from when they were trained"
    else:
        gains, period = _since_both(workspace, one, other, k) or _on_test_of_later(workspace, one, other, k)
    difference = paired(*gains, np.random.default_rng([workspace.seed, _INTERVAL_STREAM]))
    return ModelComparison(first.name, second.name, k, difference, period)


@dataclass(frozen=True, eq=False)
class _Kept:
    """A model of the workspace with what was recorded about it."""

    model: Combined
    about: Mapping[str, Any]
    gains: Any

    @staticmethod
    def read(folder: Path) -> _Kept:
        from graph.recommend.base import Combined
        from graph.recommend.model_io import load_model

        saved = load_model(folder)
        if not isinstance(saved.model, Combined):
            raise ModelError(f"{folder.name} is no model that training makes", hint="graphvine model list")
        return _Kept(saved.model, saved.about, saved.arrays["gains"])


_Gains = tuple[tuple[Any, Any], str]


def _since_both(workspace: Workspace, one: _Kept, other: _Kept, k: int) -> _Gains | None:
    """Results on what happened after all that either model knows; None where that is too little."""
    from graph.recommend.evaluation.comparison import gains_of, later_questions
    from graph.recommend.evaluation.evaluate import FEWEST_USERS

    ends = [kept.about["until"] for kept in (one, other)]
    graph = workspace.graph()
    if None in ends or graph.last_time is None or graph.last_time <= max(ends):
        return None
    questions = later_questions(graph, one.model.target, max(ends))
    if len(np.unique(questions.users)) < FEWEST_USERS:
        return None
    found = gains_of({"one": one.model, "other": other.model}, questions, one.model.target, k=k)
    return (found["one"], found["other"]), "on what happened after all that either knows, both as they serve"


def _on_test_of_later(workspace: Workspace, one: _Kept, other: _Kept, k: int) -> _Gains:
    """Results on the test period of the model that was trained later."""
    from graph.recommend.evaluation.comparison import gains_of
    from graph.recommend.refresh import refresh
    from graph.recommend.split import split_graph
    from graph.recommend.target import Target

    ends = [kept.about["lineage"]["learned_until"] or 0 for kept in (one, other)]
    later = one if ends[0] > ends[1] else other if ends[1] > ends[0] else _of_latest(workspace, one, other)
    graph = workspace.graph(str(later.about["lineage"]["learned"])[:16])
    target, seed = Target.of_json(later.about["target"]), later.about["seed"]
    split = split_graph(graph, target, rng=np.random.default_rng([seed, _SPLIT_STREAM]))
    assert split.test is not None  # split_graph always asks
    found, within = [], []
    for kept, end in zip((one, other), ends, strict=True):
        if kept.about["questions"] == split.test.fingerprint and kept.about["k"] == k:
            found.append(kept.gains)
            continue
        workspace.listener.detail("make the tables of the other model from what was known before")
        before = refresh(kept.model, kept.about["forms"], split.test.known, seed=kept.about["seed"])
        found.append(gains_of({"": before}, split.test, target, k=k)[""])
        within.append(split.cuts is None or end >= split.cuts[1])
    period = "on the test period of the later one, tables made from what was known before it"
    if any(within):
        period += "; the weights of the other have learned from a part of the period"
    return (found[0], found[1]), period


def _of_latest(workspace: Workspace, one: _Kept, other: _Kept) -> _Kept:
    """Of models that end at the same moment, the one of the latest snapshot, else the first."""
    newest = workspace.graph().fingerprint
    return other if other.about["lineage"]["learned"] == newest != one.about["lineage"]["learned"] else one


def behind_simple(folder: Path) -> str | None:
    """Why a model is worse than one of its voters by the results of its own test; None where it is not."""
    from graph.recommend.evaluation.comparison import is_worse

    about = read_record(folder)
    for row in about["differences"]:
        if row["slice"] != "overall" or row["difference"] is None:
            continue
        if is_worse(row["difference"], row["high"], judged=row["judged"]):
            return (
                f"it is worse than its voter {row['against']} alone on its own test period: NDCG@{about['k']} differs "
                f"by {row['difference']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})"
            )
    return None
