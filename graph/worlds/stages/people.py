"""Real users, fake accounts and KOLs, with planted community, taste and activity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.stages.catalogue import Market
from graph.worlds.stages.draws import Floats, Ints, quotas, stream
from graph.worlds.writing.names import PLATFORMS

_DAY = 86_400
TIERS = ("nano", "micro", "mid", "macro", "mega")
_TIER_SHARES = np.array([0.40, 0.28, 0.18, 0.10, 0.04])
TIER_FLOORS = np.array([1e3, 1e4, 1e5, 5e5, 2e6])
TIER_CEILINGS = np.array([1e4, 1e5, 5e5, 2e6, 1e7])


@dataclass(frozen=True, slots=True)
class Kols:
    """The m KOLs.

    Attributes:
        person: int64 (m,), their person numbers; those below ``People.users`` are users too.
        tier: int64 (m,), position in ``TIERS`` by the stated followers.
        genuine: int64 (m,), number of followers that are real people.
        followers: int64 (m,), followers as the platform states them.
        cost: float64 (m,), price of one post in yuan, set by stated followers.
        bought: bool (m,), whether the KOL bought followers.
        authenticity: float64 (m,), genuine / stated followers.
        interest: int64 (m,), their main interest.
        platform: int64 (m,), position in ``PLATFORMS``.
    """

    person: Ints
    tier: Ints
    genuine: Ints
    followers: Ints
    cost: Floats
    bought: np.ndarray
    authenticity: Floats
    interest: Ints
    platform: Ints


@dataclass(frozen=True, slots=True)
class People:
    """All people; 0..users-1 are the rows of users.csv, the others are KOLs who are not users.

    Attributes:
        users: Number of rows of users.csv, including fake accounts.
        community: int64 (n,), 0 is the largest; -1 for fake accounts.
        fake: bool (n,), fake accounts, which follow but never react or buy.
        taste: float32 (users, K), distribution of each user over interests; rows sum to 1.
        appetite: float64 (users,), expected number of own item events in the whole window.
        tied: bool (users,), whether the user takes part in the social network.
        social: float64 (users,), relative number of ties, mean about 1.
        signup: int64 (users,), UTC seconds.
        kols: The KOLs.
    """

    users: int
    community: Ints
    fake: np.ndarray
    taste: np.ndarray
    appetite: Floats
    tied: np.ndarray
    social: Floats
    signup: Ints
    kols: Kols

    def __len__(self) -> int:
        return len(self.community)

    def joined(self) -> Ints:
        """Sign-up of all people, UTC seconds: int64 (n,); 0 for KOLs who are not users."""
        return np.concatenate([self.signup, np.zeros(len(self) - self.users, dtype=np.int64)])


MakeKols = Callable[..., tuple[Kols, Ints]]
"""Makes the KOLs, and the communities of those who are not users; see ``make_kols``."""


def make_people(
    parameters: Parameters, market: Market, *, users: int, seed: int, kols: MakeKols | None = None
) -> People:
    """Generate the people of a market, with KOLs of ``make_kols`` unless told otherwise."""
    rng = stream(seed, "people")
    fakes = round(parameters.fake_share * users)
    fake = np.zeros(users, dtype=bool)
    fake[rng.permutation(users)[:fakes]] = True
    community = np.full(users, -1, dtype=np.int64)
    planted = np.repeat(np.arange(len(market.shares)), quotas(users - fakes, market.shares))
    community[~fake] = rng.permutation(planted)
    lively = rng.standard_normal(users)
    appetite = parameters.activity_median * np.exp(parameters.activity_spread * lively)
    tied = (rng.random(users) < parameters.tied_share + 0.05 * np.tanh(lively)) | fake
    social = np.exp(0.35 * lively + 0.85 * rng.standard_normal(users) - 0.4225)
    make = kols or make_kols
    made, outside = make(parameters, market, np.flatnonzero(tied & ~fake), users=users, seed=seed)
    return People(
        users=users,
        community=np.concatenate([community, outside]),
        fake=np.concatenate([fake, np.zeros(len(outside), dtype=bool)]),
        taste=_tastes(parameters, market, community, rng),
        appetite=appetite,
        tied=tied,
        social=social,
        signup=_signups(parameters, users, rng),
        kols=made,
    )


def _tastes(parameters: Parameters, market: Market, community: Ints, rng: np.random.Generator) -> np.ndarray:
    """Dirichlet draws around the community's interests; uniform (and unused) for fake accounts."""
    centre = market.interests[np.maximum(community, 0)]
    raw = rng.standard_gamma(parameters.personal_taste * centre).astype(np.float32) + np.float32(1e-6)
    raw[community < 0] = 1.0
    raw /= raw.sum(axis=1, keepdims=True)
    return raw


def _signups(parameters: Parameters, users: int, rng: np.random.Generator) -> Ints:
    cold = parameters.end - parameters.late_days * _DAY
    which, spot = rng.random(users), rng.random(users)
    earlier = parameters.start - spot**1.5 * 2 * 365 * _DAY
    steady = parameters.start + spot * (cold - parameters.start)
    late = cold + spot * (parameters.end - cold - 3 * _DAY)
    signup = np.where(
        which < parameters.existing_users, earlier, np.where(which < 1.0 - parameters.late_users, steady, late)
    )
    return (signup // _DAY * _DAY).astype(np.int64)


def make_kols(parameters: Parameters, market: Market, candidates: Ints, *, users: int, seed: int) -> tuple[Kols, Ints]:
    """The KOLs, and the communities of those who are not users."""
    rng = stream(seed, "kols")
    count = min(parameters.scaled(parameters.kols, users, power=0.6, least=20), max(20, len(candidates) // 2))
    born = rng.permutation(np.repeat(np.arange(len(TIERS)), quotas(count, _TIER_SHARES)))
    spot = rng.random(count)
    genuine = TIER_FLOORS[born] * (TIER_CEILINGS[born] / TIER_FLOORS[born]) ** spot
    bought = (born > 0) & (rng.random(count) < parameters.bought_kols)
    authenticity = np.where(bought, rng.uniform(0.15, 0.5, count), np.minimum(1.0, rng.beta(40.0, 2.0, count)))
    followers = np.round(genuine / authenticity).astype(np.int64)
    cost = 1.2 * followers**0.82 * np.exp(0.35 * rng.standard_normal(count))
    inside = (born == 0) | ((born == 1) & (rng.random(count) < 0.5))
    inside &= np.cumsum(inside) <= len(candidates)
    person = np.empty(count, dtype=np.int64)
    person[inside] = rng.choice(candidates, int(inside.sum()), replace=False)
    person[~inside] = users + np.arange(int((~inside).sum()))
    outside = rng.choice(len(market.shares), int((~inside).sum()), p=softened(market.shares))
    return (
        Kols(
            person=person,
            tier=np.searchsorted(TIER_FLOORS, followers, side="right") - 1,
            genuine=np.round(genuine).astype(np.int64),
            followers=followers,
            cost=np.maximum(100.0, np.round(cost, -1)),
            bought=bought,
            authenticity=authenticity,
            interest=rng.integers(0, market.interests.shape[1], count),
            platform=rng.choice(len(PLATFORMS), count, p=[0.34, 0.28, 0.14, 0.12, 0.12]),
        ),
        outside.astype(np.int64),
    )


def softened(shares: Floats) -> Floats:
    """Shares that are more even: square roots, summing to 1."""
    root = np.sqrt(shares)
    soft: Floats = root / root.sum()
    return soft
