"""Caused adoptions, interactions, and posts of KOLs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.catalogue import Market
from graph.worlds.stages.draws import Ints, Narrow, draw_columns, stream
from graph.worlds.stages.events import INFLUENCE, NOISE, Events, concatenate
from graph.worlds.stages.people import People
from graph.worlds.stages.seasons import season
from graph.worlds.stages.ties import Ties, followed_by

_DAY = 86_400
_ROUNDS = 12
_BLOCK = 250_000
KINDS = ("like", "comment", "share")


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts of KOLs about items of one type: kol (position in Kols), item, seconds since the start, fee in yuan."""

    kol: Ints
    item: Ints
    time: Narrow
    fee: np.ndarray


@dataclass(frozen=True, slots=True)
class Interactions:
    """Reactions between people: int32 person numbers, kind (position in ``KINDS``), seconds since the start, cause."""

    actor: Narrow
    target: Narrow
    kind: np.ndarray
    time: Narrow
    cause: np.ndarray


def make_posts(shape: Shape, parameters: Parameters, market: Market, *, people: People, kind: str, seed: int) -> Posts:
    """Generate posts in which KOLs promote (mostly paid) or mention (unpaid) items."""
    rng = stream(seed, f"posts {kind}")
    kols, catalogue = people.kols, market.of(kind)
    promoted = kind == shape.promoted
    mean = parameters.promotions if promoted else parameters.mentions
    kol = np.repeat(np.arange(len(kols.person)), 1 + rng.poisson(mean - 1.0, len(kols.person)))
    community = people.community[kols.person[kol]]
    interest = draw_columns(market.interests, community, rng)
    own = rng.random(len(kol)) < 0.4
    interest[own] = kols.interest[kol[own]]
    item = catalogue.by_taste().draw(community * catalogue.width + interest, rng).astype(np.int64)
    off = rng.random(len(kol)) < parameters.noise
    item[off] = catalogue.by_popularity().draw(np.zeros(int(off.sum()), dtype=np.int64), rng)
    first = np.maximum(catalogue.launch[item], people.joined()[kols.person[kol]])
    time = season(parameters, shape.calendars[0], purchases=True).draw(first, rng)
    if shape.session and promoted:
        time = _sittings(kol, item, time, first - parameters.start, size=shape.session)
    paid = (rng.random(len(kol)) < 0.7) if promoted else np.zeros(len(kol), dtype=bool)
    fee = np.where(paid, np.round(kols.cost[kol] * rng.uniform(0.8, 1.2, len(kol)), -1), 0.0)
    return Posts(kol, item, time, fee)


def _sittings(kol: Ints, item: Ints, time: Narrow, earliest: Ints, *, size: int) -> Narrow:
    """Group the posts of each KOL into sessions of ``size`` posts at the same time (the middle one of their times).

    A post whose item is not launched by then keeps its time, and so does a second post about the same item.
    """
    order = np.lexsort((time, kol))
    first = np.flatnonzero(np.append(True, kol[order][1:] != kol[order][:-1]))
    turn = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    starts = np.flatnonzero(turn % size == 0)
    sizes = np.diff(np.append(starts, len(order)))
    together = np.empty_like(time)
    together[order] = np.repeat(time[order][starts + sizes // 2], sizes)
    # The post that defines the time of the session stays, so it counts as the first of its item.
    order = np.lexsort((time != together, item, together, kol))
    same = [part[order][1:] == part[order][:-1] for part in (item, together, kol)]
    second = np.zeros(len(order), dtype=bool)
    second[order[1:][np.logical_and.reduce(same)]] = True
    return np.where((together >= earliest) & ~second, together, time)


def caused_events(
    shape: Shape, parameters: Parameters, people: People, *, ties: Ties, own: Events, promotions: Posts, seed: int
) -> Events:
    """Generate adoptions caused along ties, in rounds; each tie is tried once per item with its planted probability.

    Sources are the adoptions in ``own`` that spread, and promotions of KOLs. A caused adoption is later than its cause
    and than the start of the tie, and can cause further adoptions.
    """
    rng = stream(seed, "cascades")
    sources = own.take(np.flatnonzero(shape.spreads[own.relation]))
    width = len(shape.spreading)
    # Items of all spreading types are numbered alternately (first of each type, second of each type, ...).
    place = np.array([shape.spreading.index(kind) if kind in shape.caused else 0 for kind in shape.kinds])
    kind, promoted = place[shape.kind_of[sources.relation]], shape.spreading.index(shape.promoted)
    person = np.concatenate([sources.person, people.kols.person[promotions.kol]]).astype(np.int64)
    thing = np.concatenate([sources.item * width + kind, promotions.item * width + promoted]).astype(np.int64)
    time = np.concatenate([sources.time, promotions.time]).astype(np.int64)
    known, person, thing, time = _fresh(np.empty(0, dtype=np.int64), person, thing, time)
    offsets, waves = ties.offsets(len(people)), []
    for _ in range(_ROUNDS):
        person, thing, time = _pass_on(parameters, people, ties, offsets, (person, thing, time), rng=rng)
        known, person, thing, time = _fresh(known, person, thing, time)
        if not len(person):
            break
        waves.append((person, thing, time))
    if not waves:
        return own.take(np.zeros(len(own), dtype=bool))
    person, thing, time = (np.concatenate(part) for part in zip(*waves, strict=True))
    return as_events(shape, person, thing, time, rng=rng)


def _fresh(known: Ints, person: Ints, thing: Ints, time: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Drop items that the person has adopted already, and keep the earliest of several adoptions."""
    key = (person << 32) | thing
    order = np.lexsort((time, key))
    order = order[np.append(True, key[order][1:] != key[order][:-1])] if len(order) else order
    spot = np.searchsorted(known, key[order])
    old = np.zeros(len(order), dtype=bool)
    inside = spot < len(known)
    old[inside] = known[spot[inside]] == key[order][inside]
    order = order[~old]
    return np.sort(np.concatenate([known, key[order]])), person[order], thing[order], time[order]


def _pass_on(
    parameters: Parameters,
    people: People,
    ties: Ties,
    offsets: Ints,
    wave: tuple[Ints, Ints, Ints],
    *,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    parts = []
    for first in range(0, len(wave[0]), _BLOCK):
        person, thing, time = (part[first : first + _BLOCK] for part in wave)
        which, tie = followed_by(ties, person, offsets)
        hit = rng.random(len(tie), dtype=np.float32) < ties.chance[tie]
        which, tie = which[hit], tie[hit]
        delay = rng.exponential(parameters.adoption_delay_days * _DAY, len(tie)).astype(np.int64) + 60
        later = time[which] + delay
        on = (ties.since[tie] - parameters.start <= time[which]) & (later < parameters.days * _DAY)
        parts.append((ties.follower[tie[on]].astype(np.int64), thing[which[on]], later[on]))
    person, thing, time = (np.concatenate(column) for column in zip(*parts, strict=True))
    return person, thing, time


def as_events(shape: Shape, person: Ints, thing: Ints, time: Ints, *, rng: np.random.Generator) -> Events:
    """Caused adoptions as events; half of them with an earlier view."""
    spot = rng.random(len(thing))
    kind = thing % len(shape.spreading)
    relation, viewed = np.empty(len(thing), dtype=np.uint8), np.empty(len(thing), dtype=np.uint8)
    for number, turns in enumerate(shape.caused.values()):
        rows = kind == number
        which = np.searchsorted(np.cumsum([share for _, share in turns])[:-1], spot[rows], side="right")
        relation[rows] = np.array([shape.index(name) for name, _ in turns])[which]
        viewed[rows] = shape.view_of[shape.index(turns[0][0])]
    cause = np.full(len(thing), INFLUENCE, dtype=np.uint8)
    item = (thing // len(shape.spreading)).astype(np.int32)
    adopted = Events(relation, person.astype(np.int32), item, time.astype(np.int32), cause)
    seen = np.flatnonzero(rng.random(len(thing)) < 0.5)
    before = time[seen] - rng.integers(30, 60, len(seen))
    views = Events(viewed[seen], adopted.person[seen], item[seen], before.astype(np.int32), cause[seen])
    return concatenate([adopted, views])


def make_interactions(shape: Shape, parameters: Parameters, people: People, *, ties: Ties, seed: int) -> Interactions:
    """Generate reactions along ties, at a noisy rate that follows the planted probability, and some to strangers."""
    rng = stream(seed, "interactions")
    since = np.maximum(ties.since - parameters.start, 0)
    exposure = 1.0 - since / (parameters.days * _DAY)
    blur = np.exp(parameters.interaction_spread * rng.standard_normal(len(ties)) - parameters.interaction_spread**2 / 2)
    rate = parameters.interaction_rate * ties.chance * exposure * blur
    tie = np.repeat(np.arange(len(ties)), rng.poisson(rate))
    actor, target = ties.follower[tie].copy(), ties.followed[tie].copy()
    stranger = rng.random(len(tie)) < parameters.interaction_noise
    target[stranger] = rng.permutation(target[stranger])
    same = actor == target
    actor, target, stranger, tie = actor[~same], target[~same], stranger[~same], tie[~same]
    first = np.maximum(parameters.start + since[tie], people.joined()[target])
    time = season(parameters, shape.calendars[0], purchases=False).draw(first, rng)
    kind = np.searchsorted([0.72, 0.92], rng.random(len(tie)), side="right").astype(np.uint8)
    return Interactions(actor, target, kind, time, np.where(stranger, NOISE, INFLUENCE).astype(np.uint8))
