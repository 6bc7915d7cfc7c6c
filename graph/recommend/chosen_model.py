"""Which model is used: voters in their best form, and a way of combining them, chosen on validation only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph.recommend.affinity.chances import fit_curve
from graph.recommend.affinity.rank_curve import RankCurve
from graph.recommend.base import Combined, Fitted, Recommender
from graph.recommend.earlier_split import earlier_split
from graph.recommend.fusion import FittedFusion
from graph.recommend.fusion_fit import fuse
from graph.recommend.pair_features import PairSchema
from graph.recommend.ranker.choice import Choice, RankerTrainer, choose_ranker
from graph.recommend.ranker.pools import make_pool
from graph.recommend.settings import Tunable, choose_settings, suitable
from graph.recommend.split import Split

# Windows before the validation period that a ranker learns from; one, where it asks about so many people.
_WINDOWS = 2
_ENOUGH_PEOPLE = 10_000


@dataclass(frozen=True, eq=False)
class ChosenModel:
    """A choice of model, to be fitted on more data.

    Attributes:
        recommenders: The voters that take part, in their chosen forms.
        model: The way of combining them, with voters that were fitted before the validation period.
        fusion: The weighted sum, which is ``model`` itself where no ranker is used.
        summary: A sentence on the choice.
        curve: Turns its ranks into affinities, see ``affinity.chances``.
    """

    recommenders: tuple[Recommender, ...]
    model: Combined
    fusion: FittedFusion
    summary: str
    curve: RankCurve

    def refit(self, split: Split, *, seed: int, on_step: Callable[[str], None]) -> Combined:
        """The same model with voters that are fitted on ``split.train``."""
        return self.model.with_voters(fit_voters(self.recommenders, split, seed=seed, on_step=on_step))


def fit_voters(
    voters: Sequence[Recommender], split: Split, *, seed: int, on_step: Callable[[str], None]
) -> dict[str, Fitted]:
    """Every voter fitted on ``split.train``, by name; each draws from a random stream of (seed, position)."""
    fitted = {}
    for place, voter in enumerate(voters):
        on_step(f"fit {voter.name}")
        fitted[voter.name] = voter.fit(split, np.random.default_rng([seed, place]))
    return fitted


@dataclass(frozen=True, eq=False)
class _Period:
    """A period that is asked about, and the voters fitted on what was known before it."""

    split: Split
    voters: Mapping[str, Fitted]


def choose_model(
    split: Split,
    voters: Sequence[Recommender],
    ranker: RankerTrainer | None,
    *,
    seed: int,
    on_step: Callable[[str], None],
) -> ChosenModel:
    """Choose the forms of the voters, the weights of their fusion, and whether a ranker orders their candidates.

    Voters with nothing to say about the market are left out. A voter that is costly to train takes part only where the
    whole is better with it than without.

    Args:
        split: With validation questions.
        voters: Popularity among them.
        ranker: Trains the ranker; None for the weighted sum.
        seed: Same split, voters and seed give the same bytes.
        on_step: Called with a few words before each step.
    """
    assert split.validation is not None  # full_split() alone asks nothing
    voters = suitable(voters, split)
    chosen, past = choose_settings(voters, split, seed=seed, on_step=on_step)
    early = []
    if ranker is not None:
        on_step("go back to earlier periods")
        early = _earlier(split, chosen, seed=seed, on_step=on_step)
    on_step("choose the blend on validation")
    names = [voter.name for voter in chosen]
    fusion, best = _combine(split, past, early, names, ranker, seed=seed)
    summary = best.summary
    for costly in [voter.name for voter in voters if isinstance(voter, Tunable)]:
        fewer = [name for name in names if name != costly]
        without, other = _combine(split, past, early, fewer, ranker, seed=seed)
        silent = isinstance(best.model, FittedFusion) and not fusion.weights[:, names.index(costly)].any()
        helps = best.gains.mean() > other.gains.mean() and not silent
        figures = f"validation NDCG@10 {best.gains.mean():.4f} with it, {other.gains.mean():.4f} without"
        if not helps:
            fusion, best, names = without, other, fewer
        summary = f"{best.summary}; {costly} {'takes part' if helps else 'is left out'} ({figures})"
    if fallen := sum(period.split.method != split.method for period in early):
        summary += (
            f"; {fallen} of {len(early)} earlier periods leave out the last events of some people, as nothing new "
            "happened between cuts"
        )
    rng = np.random.default_rng([seed, 1_003])
    curve = fit_curve(best.early, split, rng=rng)
    kept = tuple(voter for voter in chosen if voter.name in names)
    return ChosenModel(kept, best.model, fusion, summary, curve)


def _earlier(
    split: Split, voters: Sequence[Recommender], *, seed: int, on_step: Callable[[str], None]
) -> list[_Period]:
    """Windows before the validation period, the latest first; fewer where too little happened before."""
    found: list[_Period] = []
    for number in range(_WINDOWS):
        before = earlier_split(found[-1].split if found else split, rng=np.random.default_rng([seed, 1_006, number]))
        if before is None:
            break
        found.append(_Period(before, fit_voters(voters, before, seed=seed, on_step=on_step)))
        assert before.test is not None
        if len(np.unique(before.test.users)) >= _ENOUGH_PEOPLE:
            break
    return found


def _combine(
    split: Split,
    past: Mapping[str, Fitted],
    early: Sequence[_Period],
    names: Sequence[str],
    ranker: RankerTrainer | None,
    *,
    seed: int,
) -> tuple[FittedFusion, Choice]:
    """The best combination of some of the voters: the weighted sum, and the choice between it and a ranker."""
    assert split.validation is not None
    schema = PairSchema.of(split.train, split.target)
    voters = {name: past[name] for name in names}
    # A weighted sum reads the scores of the voters only, which are the first inputs.
    columns = None if early else np.arange(len(names))
    rng = np.random.default_rng([seed, 1_001])
    later = make_pool(voters, split.validation, split.target, schema, columns=columns, rng=rng)
    fusion, gains = fuse(voters, later, split.target)
    choice = Choice(fusion, fusion, gains, fusion.summary)
    pools = []
    for number, period in enumerate(early):
        assert period.split.test is not None
        before = {name: period.voters[name] for name in names}
        rng = np.random.default_rng([seed, 1_007, number])
        pools.append(make_pool(before, period.split.test, split.target, schema, rng=rng))
    if ranker is not None and any(pool.hit.any() for pool in pools):
        rng = np.random.default_rng([seed, 1_005])
        choice = choose_ranker(ranker, fusion, gains, schema, pools, later, rng=rng)
    return fusion, choice
