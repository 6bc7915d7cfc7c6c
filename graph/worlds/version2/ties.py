"""Ties of version 2: audiences that are a sample of all followers, bought followers, pods; attention and strength."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graph.worlds.parameters import Parameters
from graph.worlds.stages.draws import Floats, Ints, stream
from graph.worlds.stages.people import People
from graph.worlds.stages.ties import FRIEND, Ties, friend_pairs, pack_pairs, tied_since, unique_pairs
from graph.worlds.version2.accounts import NO_POD
from graph.worlds.version2.planted import Accounts, TieTruth
from graph.worlds.version2.settings import Settings

_DAY = 86_400
_MOST, _LEAST = 0.5, 1e-4


def make_ties(
    parameters: Parameters, settings: Settings, people: People, accounts: Accounts, *, seed: int
) -> tuple[Ties, TieTruth]:
    """Generate friendships, audiences, bought followers and pods; see the settings for what each is like."""
    friends = friend_pairs(parameters, _without_kols(people), stream(seed, "friends"))
    audiences, pods = _audiences(settings, people, accounts, stream(seed, "audiences 2"))
    bought = _bought(people, accounts, stream(seed, "bought 2"))
    pairs = unique_pairs(np.concatenate([friends, audiences, pods, bought]))
    followed, follower = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
    rng = stream(seed, "ties 2")
    tier = np.full(len(people), FRIEND, dtype=np.int8)
    tier[people.kols.person] = people.kols.tier
    since = tied_since(parameters, people, followed, follower, rng)
    fake = people.fake[follower]
    since[fake] = _nights(parameters, settings, people, followed[fake], follower[fake], rng=rng)
    pod = np.isin(pairs, pods)
    attention = _attention(settings, people, follower, tier[followed], pod, rng=rng)
    strength = np.clip(settings.influence * attention * _persuasion(people, accounts)[followed], _LEAST, _MOST)
    strength[fake | pod | (settings.influence == 0)] = 0.0
    ties = Ties(followed, follower, since, strength.astype(np.float32), tier[followed])
    return ties, TieTruth(attention.astype(np.float32), pod)


def _without_kols(people: People) -> People:
    """The people with nobody tied who is a KOL: friends of a KOL would be followers beside the sample."""
    tied = people.tied.copy()
    tied[people.kols.person[people.kols.person < people.users]] = False
    return replace(people, tied=tied)


def _audiences(settings: Settings, people: People, accounts: Accounts, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Real followers in the file, and the members of pods among them, each as packed pairs.

    Of a KOL with g genuine followers, ``coverage * g`` are drawn without replacement from the people whose account on
    the platform is known (Efraimidis and Spirakis 2006), weighted by sociability, community and taste.
    """
    kols = people.kols
    real = np.flatnonzero(people.tied & ~people.fake[: people.users])
    size = np.floor(accounts.coverage * kols.genuine + rng.random(len(kols.person))).astype(np.int64)
    members = _pod_members(settings, people, accounts, size, real, rng=rng)
    parts, pods = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    share = np.bincount(people.community[real], minlength=int(people.community.max()) + 1) / len(real)
    for number, person in enumerate(kols.person.tolist()):
        pod = members[accounts.pod[number]] if accounts.pod[number] != NO_POD else np.empty(0, np.int64)
        pod = pod[pod != person]
        pool = real[accounts.linked[real, kols.platform[number]] & (real != person)]
        pool = np.setdiff1d(pool, pod, assume_unique=True)
        near = settings.near[kols.tier[number]]
        home = people.community[person]
        liking = people.taste.shape[1] * people.taste[pool, kols.interest[number]].astype(np.float64)
        weight = (1.0 - near) * (settings.by_taste * liking + 1.0 - settings.by_taste)
        weight[people.community[pool] == home] += near / max(share[home], 1e-9)
        key = rng.standard_exponential(len(pool)) / (weight * people.social[pool])
        count = min(max(size[number] - len(pod), 0), len(pool))
        chosen = pool[np.argpartition(key, count - 1)[:count]] if count else pool[:0]
        parts.append(pack_pairs(np.full(len(chosen), person), chosen))
        pods.append(pack_pairs(np.full(len(pod), person), pod))
    return np.concatenate(parts), np.concatenate(pods)


def _pod_members(
    settings: Settings, people: People, accounts: Accounts, size: Ints, real: Ints, *, rng: np.random.Generator
) -> list[Ints]:
    """Members of each pod: users with an account on its platform, a minority of the smallest audience."""
    members = []
    for pod in range(int(accounts.pod.max(initial=NO_POD)) + 1):
        kols = np.flatnonzero(accounts.pod == pod)
        pool = real[accounts.linked[real, people.kols.platform[kols[0]]]]
        count = min(settings.pod_members, int(settings.pod_part * size[kols].min()), len(pool))
        members.append(np.sort(rng.choice(pool, count, replace=False)))
    return members


def _bought(people: People, accounts: Accounts, rng: np.random.Generator) -> Ints:
    """Fake followers in the file, covered like real ones: of one seller for those who bought, of all for the others."""
    kols = people.kols
    fakes = np.flatnonzero(people.fake[: people.users])
    farms = int(accounts.farm.max(initial=-1)) + 1
    fake_followers = kols.followers - kols.genuine
    size = np.floor(accounts.coverage * fake_followers + rng.random(len(kols.person))).astype(np.int64)
    parts = [np.empty(0, np.int64)]
    for number, person in enumerate(kols.person.tolist()):
        count = min(int(size[number]), len(fakes))
        pool = rng.permutation(fakes)
        if kols.bought[number] and farms:
            own = accounts.farm[pool] == rng.integers(farms)
            pool = np.concatenate([pool[own], pool[~own]])
        parts.append(pack_pairs(np.full(count, person), pool[:count]))
    return np.concatenate(parts)


def _nights(
    parameters: Parameters,
    settings: Settings,
    people: People,
    followed: np.ndarray,
    follower: np.ndarray,
    *,
    rng: np.random.Generator,
) -> Ints:
    """When fake accounts began to follow, UTC seconds: those of a buyer within one night, others at any time."""
    last = parameters.end - _DAY
    first = int(people.signup[people.fake[: people.users]].max(initial=parameters.start)) + _DAY
    opened = np.zeros(len(people), dtype=np.int64)
    opened[people.kols.person] = first + (rng.random(len(people.kols.person)) * max(last - first, 1)).astype(np.int64)
    buys = np.zeros(len(people), dtype=bool)
    buys[people.kols.person] = people.kols.bought
    joined = people.joined()
    some = np.maximum(joined[followed], joined[follower])
    spread: Ints = (some + rng.random(len(follower)) * (parameters.end - 1 - some)).astype(np.int64)
    night = opened[followed] + (rng.random(len(follower)) * settings.night * 3600).astype(np.int64)
    night = np.clip(night, some, parameters.end - 1)
    return np.where(buys[followed], night, spread)


def _attention(
    settings: Settings,
    people: People,
    follower: np.ndarray,
    tier: np.ndarray,
    pod: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
) -> Floats:
    """Chance that a follower reacts to a post: of the tier, times factors of the person and of the tie."""
    base = np.append(settings.reaction, settings.friend_reaction)[tier]
    spread = settings.open_spread
    open_minded = np.exp(spread * rng.standard_normal(people.users) - spread**2 / 2)
    personal = rng.standard_gamma(settings.tie_shape, len(base)) / settings.tie_shape
    attention: Floats = np.clip(base * open_minded[follower] * personal, _LEAST, _MOST)
    attention[pod] = settings.friend_reaction * settings.pod_reactions
    attention[people.fake[follower]] = 0.0
    return attention


def _persuasion(people: People, accounts: Accounts) -> Floats:
    """Factor of each person that turns reactions into adoptions; 1 for those who are no KOLs: float64 (n,)."""
    factor = np.ones(len(people))
    factor[people.kols.person] = accounts.persuasion
    return factor
