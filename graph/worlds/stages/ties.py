"""Ties: who follows whom, since when, and with which planted influence probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.worlds.parameters import Parameters
from graph.worlds.stages.draws import Floats, GroupTable, Ints, Narrow, expand, stream
from graph.worlds.stages.people import TIERS, People

# Audiences of small KOLs are more local and react more.
_OWN_COMMUNITY = np.array([0.80, 0.72, 0.58, 0.42, 0.28])
_REACTION = np.array([0.100, 0.070, 0.045, 0.028, 0.018])
FRIEND = len(TIERS)


@dataclass(frozen=True, slots=True)
class Ties:
    """e directed ties, sorted by (followed, follower), without duplicates and self loops.

    Attributes:
        followed: int32 (e,), the person who influences.
        follower: int32 (e,), the person who is influenced; always a user.
        since: int64 (e,), UTC seconds.
        chance: float32 (e,), planted probability that an adoption causes another; 0 for fake accounts.
        kind: int8 (e,), tier of the followed KOL, or ``FRIEND``.
    """

    followed: Narrow
    follower: Narrow
    since: Ints
    chance: NDArray[np.float32]
    kind: np.ndarray

    def __len__(self) -> int:
        return len(self.followed)

    def offsets(self, persons: int) -> Ints:
        """CSR offsets over ``followed``: int64 (persons + 1,)."""
        return np.searchsorted(self.followed, np.arange(persons + 1)).astype(np.int64)


def make_ties(parameters: Parameters, people: People, *, seed: int) -> Ties:
    """Generate friendships, KOL audiences and fake followers."""
    pairs = unique_pairs(
        np.concatenate(
            [
                friend_pairs(parameters, people, stream(seed, "friends")),
                _audiences(parameters, people, stream(seed, "audiences")),
                _bought(parameters, people, stream(seed, "bought")),
            ]
        )
    )
    followed, follower = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
    rng = stream(seed, "ties")
    tier = np.full(len(people), FRIEND, dtype=np.int8)
    tier[people.kols.person] = people.kols.tier
    kind = tier[followed]
    return Ties(
        followed,
        follower,
        since=tied_since(parameters, people, followed, follower, rng),
        chance=_chances(parameters, people, followed, follower, kind, rng=rng),
        kind=kind,
    )


def pack_pairs(followed: Ints, follower: Ints) -> Ints:
    """Pairs as single numbers that sort by (followed, follower): int64 (n,)."""
    packed: Ints = (followed.astype(np.int64) << 32) | follower.astype(np.int64)
    return packed


def unique_pairs(pairs: Ints) -> Ints:
    """Sorted pairs without repeats and self loops."""
    pairs = np.unique(pairs)
    proper: Ints = pairs[(pairs >> 32) != (pairs & 0xFFFFFFFF)]
    return proper


def _circle(people: People) -> tuple[GroupTable, GroupTable, Ints]:
    """Tables for drawing tied real users, by community and from all; and these users."""
    members = np.flatnonzero(people.tied & ~people.fake[: people.users])
    order = members[np.argsort(people.community[members], kind="stable")]
    # A community without a tied member would leave an empty group, so all its members are used.
    missing = np.setdiff1d(np.arange(people.community.max() + 1), people.community[order])
    groups = np.concatenate([people.community[order], np.repeat(missing, len(members))])
    items = np.concatenate([order, np.tile(members, len(missing))])
    sort = np.argsort(groups, kind="stable")
    weights = people.social[items][sort]
    local = GroupTable.build(weights, groups[sort], items[sort])
    everybody = GroupTable.build(people.social[members], np.zeros(len(members), dtype=np.int64), members)
    return local, everybody, members


def friend_pairs(parameters: Parameters, people: People, rng: np.random.Generator) -> Ints:
    """Friendships of tied people as pairs, mostly within the community, some returned, some closing triangles."""
    local, everybody, members = _circle(people)
    mean = parameters.friend_follows * people.social[members] / people.social[members].mean()
    follower = np.repeat(members, rng.poisson(mean))
    near = rng.random(len(follower)) < parameters.homophily
    followed = everybody.draw(np.zeros(len(follower), dtype=np.int64), rng).astype(np.int64)
    followed[near] = local.draw(people.community[follower[near]], rng)
    chosen = unique_pairs(pack_pairs(followed, follower))
    closed = _closed(chosen, round(parameters.closure * len(chosen)), len(people), rng)
    back = chosen[rng.random(len(chosen)) < parameters.reciprocity]
    return np.concatenate([chosen, closed, pack_pairs(back & 0xFFFFFFFF, back >> 32)])


def _closed(pairs: Ints, count: int, persons: int, rng: np.random.Generator) -> Ints:
    """Ties to friends of friends (triadic closure)."""
    by_follower = np.sort(pack_pairs(pairs & 0xFFFFFFFF, pairs >> 32))
    follower, followed = by_follower >> 32, by_follower & 0xFFFFFFFF
    offsets = np.searchsorted(follower, np.arange(persons + 1))
    start = rng.integers(0, len(pairs), count)
    middle = followed[start]
    degree = offsets[middle + 1] - offsets[middle]
    usable = degree > 0
    hop = offsets[middle[usable]] + (rng.random(int(usable.sum())) * degree[usable]).astype(np.int64)
    return pack_pairs(followed[hop], follower[start[usable]])


def _audiences(parameters: Parameters, people: People, rng: np.random.Generator) -> Ints:
    """Real audiences: sized by genuine followers, partly within the own community, overlapping in popular users."""
    kols = people.kols
    local, everybody, members = _circle(people)
    size = kols.genuine**0.45 * np.exp(0.35 * rng.standard_normal(len(kols.person)))
    size = np.minimum(size * parameters.kol_follows * len(members) / size.sum(), 0.3 * len(members))
    which = np.repeat(np.arange(len(size)), np.maximum(2, np.round(size)).astype(np.int64))
    near = rng.random(len(which)) < _OWN_COMMUNITY[kols.tier[which]]
    follower = everybody.draw(np.zeros(len(which), dtype=np.int64), rng).astype(np.int64)
    follower[near] = local.draw(people.community[kols.person[which[near]]], rng)
    return pack_pairs(kols.person[which], follower)


def _bought(parameters: Parameters, people: People, rng: np.random.Generator) -> Ints:
    """Fake accounts follow the KOLs who bought them, and a few others as camouflage."""
    kols = people.kols
    fakes = np.flatnonzero(people.fake)
    if not len(fakes):
        return np.empty(0, dtype=np.int64)
    reach = np.clip((1.0 - kols.authenticity) * 1.1, 0.05, 0.9) * kols.bought
    reach *= min(1.0, parameters.fake_follows / max(reach.sum(), 1e-9))
    # Drawing -log(1 - r) followers per account with replacement gives the share r after dropping repeats.
    paid = np.repeat(np.arange(len(reach)), rng.poisson(-np.log1p(-reach) * len(fakes)))
    payee = fakes[rng.integers(0, len(fakes), len(paid))]
    camouflage = np.repeat(fakes, rng.poisson(2.0, len(fakes)) + 1)
    size = kols.genuine**0.45
    others = rng.choice(len(kols.person), len(camouflage), p=size / size.sum())
    return np.concatenate([pack_pairs(kols.person[paid], payee), pack_pairs(kols.person[others], camouflage)])


def tied_since(
    parameters: Parameters, people: People, followed: Narrow, follower: Narrow, rng: np.random.Generator
) -> Ints:
    """When each tie began, UTC seconds: after both had joined; late ones are more frequent."""
    joined = people.joined()
    first = np.maximum(joined[followed], joined[follower])
    spot = rng.random(len(first)) ** 1.8
    since: Ints = (first + spot * (parameters.end - 1 - first)).astype(np.int64)
    return since


def _chances(
    parameters: Parameters,
    people: People,
    followed: Narrow,
    follower: Narrow,
    kind: np.ndarray,
    *,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    base = np.append(_REACTION, parameters.friend_influence)[kind]
    open_minded = np.exp(0.4 * rng.standard_normal(people.users) - 0.08)
    same = people.community[followed] == people.community[follower]
    persuasive = np.ones(len(people))
    persuasive[people.kols.person] = np.where(people.kols.bought, 0.6, 1.0)
    personal: Floats = rng.standard_gamma(2.0, len(base)) / 2.0
    chance = base * open_minded[follower] * np.where(same, 1.2, 0.75) * persuasive[followed] * personal
    chance = np.clip(chance, 0.001, 0.5)
    chance[people.fake[follower]] = 0.0
    narrow: NDArray[np.float32] = chance.astype(np.float32)
    return narrow


def followed_by(ties: Ties, persons: Ints, offsets: Ints) -> tuple[Ints, Ints]:
    """All ties that start at some persons: (position in ``persons``, tie number)."""
    return expand(offsets[persons], offsets[persons + 1])
