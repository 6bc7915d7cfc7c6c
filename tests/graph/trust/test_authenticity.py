"""Known answers: bought accounts and pods are found and explained, real people are left alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from graph.columns import UNDATED, Edges, Nodes
from graph.errors import ConfigError, DataError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey
from graph.trust.authenticity.audiences import suspected_shares
from graph.trust.authenticity.bursts import find_bursts
from graph.trust.authenticity.follower_ties import DAY, gather_ties
from graph.trust.authenticity.twins import count_twins
from graph.trust.authenticity.verdict import Authenticity, judge

YEAR = 365 * DAY
KOLS = 6


@dataclass
class Town:
    """People 0..5 are KOLs; rows are added by hand."""

    people: int
    follows: list[tuple[int, int, int]] = field(default_factory=list)
    reactions: list[tuple[int, int, int]] = field(default_factory=list)
    bought: list[tuple[int, int, int]] = field(default_factory=list)
    signup: dict[int, int] = field(default_factory=dict)

    def build(self) -> HeteroGraph:
        kol = np.arange(self.people) < KOLS
        days = np.full(self.people, np.datetime64("NaT", "D"))
        for person, day in self.signup.items():
            days[person] = np.datetime64(day, "D")
        ids = IdMap.of("Person", [f"p{i:04d}" for i in range(self.people)])
        return HeteroGraph.of(
            {"Person": Nodes(ids, {"signup": days}, {"KOL": kol}), "Product": Nodes(IdMap.of("Product", ["i"]), {})},
            {
                EdgeKey("Person", "FOLLOWS", "Person"): _edges(self.follows),
                EdgeKey("Person", "INTERACTED", "Person"): _edges(self.reactions),
                EdgeKey("Person", "BOUGHT", "Product"): _edges(self.bought),
            },
        )

    def judge(self, *, known: bool = True) -> Authenticity:
        return judge(self.build(), reactions_known=np.full(self.people, known))


def _edges(rows: list[tuple[int, int, int]]) -> Edges:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Edges(table[:, 0], table[:, 1], table[:, 2]).canonical()


def honest(extra: int = 0, *, fans: int = 300, calm: bool = False, seed: int = 1) -> Town:
    """Real followers of one to three KOLs, who come over a year, react now and then (alike where calm), mostly buy."""
    town, rng = Town(KOLS + fans + extra), np.random.default_rng(seed)
    for person in range(KOLS, KOLS + fans):
        town.signup[person] = int(rng.integers(365))
        for kol in rng.choice(KOLS, rng.integers(1, 4), replace=False).tolist():
            since = int(rng.integers(YEAR))
            town.follows.append((person, kol, since))
            for _ in range(rng.poisson(0.5 if calm else rng.exponential(1.5))):
                town.reactions.append((person, kol, int(rng.integers(since, YEAR + DAY))))
        if rng.random() < 0.85:
            town.bought.append((person, 0, int(rng.integers(YEAR))))
    return town


def with_bought(count: int = 30) -> tuple[Town, np.ndarray]:
    """The honest town, and accounts of one seller who came to two KOLs in one night each, and do nothing."""
    town, rng = honest(count), np.random.default_rng(2)
    sold = np.arange(town.people - count, town.people)
    for person in sold.tolist():
        town.signup[person] = 100 + int(rng.integers(3))
        for kol, night in ((0, 200), (1, 230)):
            town.follows.append((person, kol, night * DAY + int(rng.integers(9 * 3600))))
    return town, sold


def test_bought_accounts_are_found_with_reasons() -> None:
    town, sold = with_bought()
    found = town.judge()
    assert found.bought[sold].min() > 0.95
    assert np.delete(found.probability, sold).max() < 0.5
    said = " | ".join(found.reasons(int(sold[0])))
    for reason in ("never reacts", "never buys", "joined in one night: came to 2 of 2", "signed up within two days of"):
        assert reason in said
    assert "within two days of 29 other" in said or "within two days of 30 other" in said


def test_an_honest_town_has_next_to_no_suspects() -> None:
    found = honest(fans=600, seed=4).judge()
    assert (found.probability > 0.5).mean() <= 0.02


def test_a_night_in_which_a_post_went_viral_is_no_evidence() -> None:
    """The same arrivals as of bought accounts, of people who react and buy; the idle one among them is not accused."""
    town, guests = with_bought()
    for person in guests[1:].tolist():
        town.reactions.append((person, 0, 300 * DAY))
        town.bought.append((person, 0, 300 * DAY))
    found = town.judge()
    assert found.bought[guests].max() < 0.5


def test_unknown_reactions_count_neither_for_nor_against() -> None:
    town, sold = with_bought()
    known, unknown = town.judge(), town.judge(known=False)
    followers = np.unique(unknown.ties.person)
    assert np.isnan(unknown.pod).all()
    assert not unknown.ties.reactions.any()
    assert (unknown.mixture.evidence["silence"][sold] == 0).all()
    assert (known.mixture.evidence["silence"][sold] > 0).all()
    assert "never reacts" not in " | ".join(unknown.reasons(int(sold[0])))
    assert unknown.bought[sold].min() > 0.9
    assert not np.isnan(unknown.probability[followers]).any()


def test_who_follows_nobody_is_not_suspected() -> None:
    town = honest(3)
    assert (town.judge().probability[-3:] == 0).all()


def with_pod(*, together: bool) -> tuple[Town, np.ndarray]:
    """Eight people who react forty times as often as others: to the same four KOLs, or each to one of them."""
    town = honest(8, fans=600, calm=True)
    loud = np.arange(town.people - 8, town.people)
    for place, person in enumerate(loud.tolist()):
        town.bought.append((person, 0, 10 * DAY))
        town.signup[person] = 40 * place
        for kol in range(4):
            town.follows.append((person, kol, (20 + 35 * place + 3 * kol) * DAY))
            often = 20 if together or kol == place % 4 else 0
            town.reactions.extend((person, kol, (320 + i) * DAY) for i in range(often))
    return town, loud


@pytest.mark.xfail(strict=True, reason="one real follower of 600 is taken for a member: pods are not told apart yet")
def test_members_of_a_pod_are_found_with_reasons() -> None:
    town, loud = with_pod(together=True)
    found = town.judge()
    assert found.pod[loud].min() > 0.95
    assert np.delete(np.nan_to_num(found.pod), loud).max() < 0.5
    assert [found.pods.accounts[0].tolist()] == [[0, 1, 2, 3]]
    assert found.reasons(int(loud[0]))[0].startswith("reacted 80 times to 4 accounts, where a follower would ")
    assert "so did 7 others" in found.reasons(int(loud[0]))[0]


def test_enthusiasts_of_different_accounts_are_no_pod() -> None:
    town, loud = with_pod(together=False)
    found = town.judge()
    assert found.pod[loud].max() < 0.5
    assert found.reasons(int(loud[0])) == []


def test_bursts_are_nights_with_more_arrivals_than_growth() -> None:
    """Twenty followers over 200 days, and four within three hours of day 55: they alone are a burst."""
    town = Town(60)
    town.follows = [(KOLS + i, 0, 10 * i * DAY) for i in range(20)]
    town.follows += [(40 + i, 0, 55 * DAY + 3600 * i) for i in range(4)]
    ties = gather_ties(town.build(), known=np.ones(60, bool))
    bursts = find_bursts(ties)
    assert ties.person[bursts.burst == 0].tolist() == [40, 41, 42, 43]
    assert bursts.count == 1
    assert bursts.others[bursts.burst == 0].tolist() == [3, 3, 3, 3]
    assert bursts.expected[0] == pytest.approx(23 * DAY / (190 * DAY + DAY))


def test_undated_ties_are_in_no_burst() -> None:
    town = Town(30)
    town.follows = [(KOLS + i, 0, UNDATED) for i in range(20)]
    bursts = find_bursts(gather_ties(town.build(), known=np.ones(30, bool)))
    assert not bursts.judged.any()
    assert bursts.count == 0


def test_twins_share_three_accounts_and_half_of_all() -> None:
    town = Town(12)
    for person, followed in ((6, (0, 1, 2)), (7, (0, 1, 2, 3)), (8, (0, 1)), (9, (2, 3, 4, 5))):
        town.follows += [(person, kol, DAY) for kol in followed]
    twins = count_twins(gather_ties(town.build(), known=np.ones(12, bool)))
    assert twins is not None
    assert twins[6:10].tolist() == [1, 1, -1, 0]


def test_a_share_with_certain_verdicts_has_the_interval_of_jeffreys() -> None:
    town, sold = with_bought()
    found = town.judge()
    certain = np.zeros(town.people)
    certain[sold] = 1.0
    shares = suspected_shares(Authenticity(certain, certain, *_rest(found)), [0, 5, 7])
    followers = sum(kol == 0 for _, kol, _ in town.follows)
    assert shares.followers[0] == followers
    assert shares.share[0] == pytest.approx(30 / followers)
    ends = beta.ppf([0.05, 0.95], 30.5, followers - 29.5)
    assert (shares.low[0], shares.high[0]) == pytest.approx(tuple(ends))
    assert (shares.share[1], shares.low[1]) == (0.0, 0.0)
    assert 0.0 < shares.high[1] < 0.05
    assert np.isnan([shares.share[2], shares.low[2], shares.high[2]]).all()


def test_doubtful_verdicts_widen_the_interval() -> None:
    town, _ = with_bought()
    found = town.judge()
    sure, unsure = np.arange(town.people) % 2 == 0, np.full(town.people, 0.5)
    widths = []
    for p in (sure.astype(float), unsure):
        shares = suspected_shares(Authenticity(p, p, *_rest(found)), [0])
        widths.append(float(shares.high[0] - shares.low[0]))
    assert widths[1] > 1.2 * widths[0]


def _rest(found: Authenticity) -> tuple:
    return found.pod, found.ties, found.bursts, found.mixture, found.pods, found.twins


def test_bad_arguments_are_refused() -> None:
    town = honest(fans=10)
    with pytest.raises(DataError, match="flags for 16 people"):
        judge(town.build(), reactions_known=np.ones(3, bool))
    with pytest.raises(ConfigError, match="no level"):
        suspected_shares(town.judge(), [0], level=1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.booleans())
def test_any_market_gets_probabilities(seed: int, fans: int, dated: bool) -> None:
    """Also markets without ties, reactions, purchases or dates; every verdict above one half has a reason."""
    rng, town = np.random.default_rng(seed), Town(KOLS + fans)
    for person in range(KOLS, town.people):
        for kol in rng.choice(KOLS, rng.integers(0, KOLS), replace=False).tolist():
            town.follows.append((person, kol, int(rng.integers(YEAR)) if dated else UNDATED))
            town.reactions.extend((person, kol, int(rng.integers(YEAR))) for _ in range(rng.poisson(0.5)))
    found = town.judge()
    assert ((found.probability >= 0) & (found.probability <= 1)).all()
    assert all(found.reasons(int(person)) for person in np.flatnonzero(found.probability > 0.5))
