"""Training of a link predictor: learn on earlier windows, choose on validation, judge once on the test, fit on all.

Three steps of growing complexity are compared by the ranks of ties on validation, and the simpler one stays unless the
next one beats it beyond chance (``LinkReport.beats``): the best rival, the head on features of pairs and people, and
the same with vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gnn.determinism import deterministic
from gnn.links.fitting import EpisodeMaker, FittedHead, Recipe, fit_head
from gnn.links.head import Episode, LinkHead
from graph.hetero import HeteroGraph
from graph.recommend.features import Floats, Vocabulary
from graph.recommend.links.evaluate import LinkReport, rank_ties, report_of
from graph.recommend.links.features import Block
from graph.recommend.links.model import FittedLinks
from graph.recommend.links.rivals import RIVALS, Scorer
from graph.recommend.links.split import LinkSplit, split_ties
from graph.recommend.split import Questions
from graph.schema import EdgeKey

LINKS, PLAIN, VECTORS = "links", "pairs", "pairs and vectors"
_RECIPE = Recipe()
_DRAWS = 1_004


@dataclass(frozen=True, eq=False)
class TrainedLinks:
    """A link predictor ready to serve, with its test results and how it was made.

    Attributes:
        model: Fitted on all ties.
        report: Results on the test, of parameters fitted on earlier ties only; computed once. The predictor is called
            ``links``, or by the name of the rival that is used.
        about: JSON values: relation, split, validation, choice, fingerprint of the graph, seed, report.
    """

    model: FittedLinks
    report: LinkReport
    about: Mapping[str, Any]

    def __repr__(self) -> str:
        row = self.report.row(self.report.main)
        return f"<TrainedLinks of {self.model.relation}: MRR {row['mrr']:.3f} on the test; {self.about['choice']}>"


@dataclass(frozen=True, eq=False)
class _Heads:
    """The two heads that earlier windows gave, and their numbers of epochs."""

    plain: FittedHead
    vectors: FittedHead


def train(
    graph: HeteroGraph,
    relation: EdgeKey,
    *,
    recipe: Recipe = _RECIPE,
    on_step: Callable[[str], None],
    seed: int,
) -> TrainedLinks:
    """Train on all windows of a relation; see ``gnn.train_links``."""
    on_step("split the ties")
    split = split_ties(graph, relation, rng=np.random.default_rng([seed, 1_000]))
    vocabulary = Vocabulary.of(graph)
    maker = EpisodeMaker(relation, vocabulary, seed=seed)
    with deterministic():
        windows = [maker.episode(q) for q in split.windows]
        validation = maker.episode(split.validation)
        heads = _fit(windows, validation, recipe, seed=seed, on_step=on_step)
        name, choice, judged = _choose(heads, validation, split.validation, seed=seed)
        test = maker.episode(split.test)
        if name in RIVALS:
            on_step("judge on the test")
            scorers, main = dict(RIVALS), name
            model = FittedLinks(relation, name, Vocabulary({}), {})
        else:
            on_step("fit again on later windows")
            later = [*windows[1:], validation]
            head = _again(heads, name, later, recipe, seed=seed)
            on_step("judge on the test")
            scorers, main = {LINKS: _scorer(head, test), **RIVALS}, LINKS
            final = _again(heads, name, [*later[1:], test], recipe, seed=seed)
            used = vocabulary if final.has_vectors else Vocabulary({})
            model = FittedLinks(relation, "", used, final.export(maker.basis(graph)))
        ranked = rank_ties(scorers, test.features, split.test)
        report = report_of(ranked, main=main, rng=np.random.default_rng([seed, _DRAWS]))
    return TrainedLinks(model, report, _about(graph, split, report, heads, choice, judged, seed=seed))


def _fit(
    windows: Sequence[Episode],
    validation: Episode,
    recipe: Recipe,
    *,
    seed: int,
    on_step: Callable[[str], None],
) -> _Heads:
    """Fit both heads on earlier windows, each stopped by the ranks of some people of validation."""
    people = np.random.default_rng([seed, 1_001]).permutation(len(validation.users))[: recipe.checked]
    asked = np.isin(validation.who, people)
    some = Questions(validation.features.graph, validation.users[validation.who[asked]], validation.others[asked])

    def check(head: LinkHead) -> float:
        ranks = rank_ties({LINKS: _scorer(head, validation)}, validation.features, some).ranks[LINKS]
        return float(np.mean(1.0 / ranks))

    on_step("fit on pairs")
    plain = fit_head(windows, recipe, np.random.default_rng([seed, 0]), check=check)
    on_step("fit on pairs and vectors")
    vectors = fit_head(windows, recipe, np.random.default_rng([seed, 1]), start=plain.head, check=check)
    return _Heads(plain, vectors)


def _again(heads: _Heads, name: str, episodes: Sequence[Episode], recipe: Recipe, *, seed: int) -> LinkHead:
    """The chosen head fitted on other windows for as many epochs as were best."""
    plain = fit_head(episodes, recipe, np.random.default_rng([seed, 0]), epochs=heads.plain.epochs)
    if name == PLAIN:
        return plain.head
    rng, epochs = np.random.default_rng([seed, 1]), heads.vectors.epochs
    return fit_head(episodes, recipe, rng, start=plain.head, epochs=epochs).head


def _choose(heads: _Heads, validation: Episode, questions: Questions, *, seed: int) -> tuple[str, str, LinkReport]:
    """Which predictor is used, one sentence that says why, and all results on validation."""
    scorers = {PLAIN: _scorer(heads.plain.head, validation), VECTORS: _scorer(heads.vectors.head, validation)}
    ranked = rank_ties({**scorers, **RIVALS}, validation.features, questions)
    reports = {name: report_of(ranked, main=name, rng=np.random.default_rng([seed, _DRAWS])) for name in scorers}
    learned = VECTORS if reports[VECTORS].beats(PLAIN) else PLAIN
    report = reports[learned]
    rival = max(RIVALS, key=lambda name: float(report.row(name)["mrr"]))
    ours, theirs = report.row(learned), report.row(rival)
    figures = (
        f"on validation MRR {ours['mrr']:.3f} and AUC {ours['auc']:.3f}, against {theirs['mrr']:.3f} and "
        f"{theirs['auc']:.3f} of {rival}"
    )
    if not report.beats(rival):
        return rival, f"{rival} is used, since what was learned is not better: {figures}", report
    vectors = "with vectors" if learned == VECTORS else "without vectors, which do not help"
    return learned, f"learned from features of pairs and people, {vectors}: {figures}", report


def _scorer(head: LinkHead, episode: Episode) -> Scorer:
    """The head as a predictor of one episode."""

    def score(block: Block) -> Floats:
        with torch.no_grad():
            return np.asarray(head(episode, block).numpy(), np.float64)

    return score


def _about(
    graph: HeteroGraph,
    split: LinkSplit,
    report: LinkReport,
    heads: _Heads,
    choice: str,
    judged: LinkReport,
    *,
    seed: int,
) -> dict[str, Any]:
    return {
        "relation": list(split.relation),
        "split": {"method": split.method, "cuts": split.cuts, "note": split.note},
        "choice": choice,
        "validation": list(judged.rows),
        "epochs": {PLAIN: heads.plain.epochs, VECTORS: heads.vectors.epochs},
        "graph": graph.fingerprint,
        "seed": seed,
        "ties": report.ties,
        "people": report.people,
        "metrics": list(report.rows),
        "differences": list(report.differences),
    }
