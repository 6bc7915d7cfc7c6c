"""KOLs of version 2: followers, prices by platform and content, bought followers, pods, linked accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.stages.catalogue import Market
from graph.worlds.stages.draws import Floats, Ints, draw_columns, quotas, stream
from graph.worlds.stages.people import TIER_CEILINGS, TIER_FLOORS, TIERS, Kols, People, make_people, softened
from graph.worlds.version2.planted import Accounts
from graph.worlds.version2.settings import CONTENTS, Settings
from graph.worlds.writing.names import PLATFORMS

_DAY = 86_400
_MID = 2
NO_POD = -1


def make_accounts(
    parameters: Parameters, settings: Settings, market: Market, *, users: int, seed: int
) -> tuple[People, Accounts]:
    """Generate people, KOLs and their accounts."""
    linked = stream(seed, f"linked {_kind_of(market)}").random((users, len(PLATFORMS))) < np.array(settings.linked)
    made: list[tuple[Ints, Floats, Floats, Ints]] = []

    def kols(parameters: Parameters, market: Market, candidates: Ints, *, users: int, seed: int) -> tuple[Kols, Ints]:
        found, outside, further = _kols(
            parameters, settings, market, candidates, pool=linked[candidates].sum(axis=0), users=users, seed=seed
        )
        made.append(further)
        return found, outside

    people = make_people(parameters, market, users=users, seed=seed, kols=kols)
    farm, signup = _farms(parameters, settings, people, seed=seed)
    return replace(people, signup=signup), Accounts(linked, *made[0], farm)


def _kind_of(market: Market) -> str:
    """The kind of a market, for random streams that should differ between kinds of equal seed."""
    return "-".join(market.catalogues)


def _kols(
    parameters: Parameters,
    settings: Settings,
    market: Market,
    candidates: Ints,
    *,
    pool: Ints,
    users: int,
    seed: int,
) -> tuple[Kols, Ints, tuple[Ints, Floats, Floats, Ints]]:
    """The KOLs, communities of those who are no users, and content, coverage, persuasion and pod of each.

    Args:
        parameters: Numbers of the market.
        settings: Settings of version 2.
        market: Communities and their interests.
        candidates: int64, real users with ties.
        pool: int64 (platforms,), how many of them have a known account on each platform.
        users: Number of users.
        seed: Seed of the world.
    """
    rng = stream(seed, f"kols {_kind_of(market)}")
    count = min(parameters.scaled(parameters.kols, users, power=0.6, least=20), max(20, len(candidates) // 2))
    born = rng.permutation(np.repeat(np.arange(len(TIERS)), quotas(count, np.array(settings.tier_shares))))
    platform = rng.choice(len(PLATFORMS), count, p=settings.platform_shares)
    exact = np.array([settings.coverage(number, users) for number in range(len(PLATFORMS))])[platform]
    most = settings.largest * pool[platform] / exact
    genuine = TIER_FLOORS[born] * (TIER_CEILINGS[born] / TIER_FLOORS[born]) ** rng.random(count)
    genuine = np.round(np.minimum(genuine, most))
    bought = rng.random(count) < np.array(settings.buyers)[born]
    share = rng.uniform(settings.bought_least, settings.bought_most, count)
    strays = np.minimum(rng.gamma(4.0, settings.strays / 4.0, count), settings.bought_least)
    share = np.where(bought, share, strays)
    # No more fake followers than a part of the fake accounts of the file can stand for.
    fakes = round(settings.fake_share * users)
    fake_followers = np.minimum(genuine * share / (1.0 - share), settings.most_fakes * fakes / exact)
    followers = np.round(genuine + fake_followers).astype(np.int64)
    content = rng.choice(len(CONTENTS), count, p=settings.content_shares)
    price = (
        settings.price * followers**settings.price_power * np.exp(settings.price_spread * rng.standard_normal(count))
    )
    price *= np.array(settings.platform_prices)[platform] * np.array(settings.content_prices)[content]
    inside = (born == 0) & (rng.random(count) < settings.customers)
    inside &= np.cumsum(inside) <= len(candidates)
    person = np.empty(count, dtype=np.int64)
    person[inside] = rng.choice(candidates, int(inside.sum()), replace=False)
    person[~inside] = users + np.arange(int((~inside).sum()))
    outside = rng.choice(len(market.shares), int((~inside).sum()), p=softened(market.shares)).astype(np.int64)
    # Users keep their own community, which the caller has drawn; the interests of others follow theirs.
    interest = rng.integers(0, market.interests.shape[1], count)
    own = np.flatnonzero(~inside)[rng.random(len(outside)) < settings.own_interest]
    interest[own] = draw_columns(market.interests, outside[np.searchsorted(np.flatnonzero(~inside), own)], rng)
    spread = settings.persuasion_spread
    persuasion = np.exp(spread * rng.standard_normal(count) - spread**2 / 2)
    persuasion *= np.array(settings.content_persuasion)[content]
    coverage = np.minimum(exact * np.exp(settings.coverage_spread * rng.standard_normal(count)), 0.95)
    kols = Kols(
        person=person,
        tier=np.maximum(np.searchsorted(TIER_FLOORS, followers, side="right") - 1, 0),
        genuine=genuine.astype(np.int64),
        followers=followers,
        cost=np.maximum(50.0, np.round(price, -1)),
        bought=bought,
        authenticity=genuine / np.maximum(followers, 1),
        interest=interest,
        platform=platform,
    )
    pod = _pods(settings, platform, (born <= _MID) & (genuine * exact >= settings.pod_audience), rng)
    return kols, outside, (content, coverage, persuasion, pod)


def _pods(settings: Settings, platform: Ints, able: np.ndarray, rng: np.random.Generator) -> Ints:
    """Number of each KOL's pod, or -1: pods are of small KOLs of one platform, with enough followers in the file."""
    pod = np.full(len(platform), NO_POD)
    number = 0
    for where in range(len(PLATFORMS)):
        members = rng.permutation(np.flatnonzero((platform == where) & able))
        size = settings.pod_kols
        pods = int(np.ceil(settings.pod_share * len(members) / size)) if len(members) >= size else 0
        for turn in range(pods):
            pod[members[turn * size : (turn + 1) * size]] = number
            number += 1
    return pod


def _farms(parameters: Parameters, settings: Settings, people: People, *, seed: int) -> tuple[Ints, Ints]:
    """Seller of each fake account, and sign-ups in which the accounts of a seller lie within a few days."""
    rng = stream(seed, "farms")
    fakes = np.flatnonzero(people.fake[: people.users])
    farm = np.full(people.users, -1)
    farm[fakes] = rng.integers(0, settings.farms, len(fakes))
    opened = parameters.start + (rng.random(settings.farms) * 0.6 * parameters.days).astype(np.int64) * _DAY
    signup = people.signup.copy()
    signup[fakes] = opened[farm[fakes]] + rng.integers(0, settings.farm_days, len(fakes)) * _DAY
    return farm, signup
