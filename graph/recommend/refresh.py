"""Refresh: the tables of a model made anew from a newer graph, while all that was learned or chosen stays.

Weights of the fusion, the ranker, the forms of the voters and the weights of the network stay. Co-occurrences, counts,
attribute values and the vectors of things are made from the newer graph, in which new items and new people take part
like all others. The result is a function of the model and the graph alone: however many refreshes lie between, and
whether the graph was grown in memory or read again from files, scores are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.base import Combined, Fitted
from graph.recommend.forms import recommender_of
from graph.recommend.split import full_split


def _no_progress(step: str) -> None:
    """Shows no progress."""


def refresh(
    model: Combined,
    forms: Sequence[Mapping[str, Any]],
    graph: HeteroGraph,
    *,
    seed: int,
    on_step: Callable[[str], None] = _no_progress,
) -> Combined:
    """The same model with tables of a newer graph.

    Args:
        model: Trained, or refreshed before.
        forms: The forms of its voters in the order in which they were fitted, from ``forms.form_of``.
        graph: The graph, with everything that the model shall know.
        seed: That of the training. On the training graph the voters are then those that training has fitted.
        on_step: Called with a few words before each step.

    Raises:
        ModelError: a voter can neither be refreshed nor fitted again.
    """
    split = full_split(graph, model.target)
    fitted: dict[str, Fitted] = {}
    for place, form in enumerate(forms):
        name = form["name"]
        on_step(f"refresh {name}")
        kept = model.voters[name].refreshed(graph)
        fitted[name] = recommender_of(form).fit(split, np.random.default_rng([seed, place])) if kept is None else kept
    return model.with_voters(fitted)
