"""Make a world of version 2: its people, ties and cascades; catalogue, own events and posts are those of version 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.catalogue import Catalogue, make_market
from graph.worlds.stages.draws import Floats, Ints, stream
from graph.worlds.stages.events import Events, Extend, concatenate, own_events
from graph.worlds.stages.influence import Interactions, Posts, as_events, make_interactions, make_posts
from graph.worlds.stages.people import People
from graph.worlds.stages.ties import Ties
from graph.worlds.version2.accounts import make_accounts
from graph.worlds.version2.planted import Planted, TieTruth
from graph.worlds.version2.settings import Settings
from graph.worlds.version2.ties import make_ties
from graph.worlds.world import OnStep, World

_DAY = 86_400


def make_world_2(
    shape: Shape,
    parameters: Parameters,
    *,
    settings: Settings,
    users: int,
    on_step: OnStep,
    seed: int,
    extend: Extend | None = None,
) -> World:
    """Generate a market of version 2; the arguments are those of ``world.make_world``, and the settings."""
    on_step("people and catalogue", 0)
    market = make_market(shape, parameters, users=users, seed=seed)
    people, accounts = make_accounts(parameters, settings, market, users=users, seed=seed)
    on_step("ties", 0)
    ties, planted = make_ties(parameters, settings, people, accounts, seed=seed)
    promotions = make_posts(shape, parameters, market, people=people, kind=shape.promoted, seed=seed)
    mentions = make_posts(shape, parameters, market, people=people, kind=shape.mentioned, seed=seed)
    blocks, made = [], 0
    for block in own_events(shape, parameters, market, people=people, extend=extend, seed=seed):
        blocks.append(block)
        made += len(block)
        on_step("events", made)
    own = concatenate(blocks)
    del blocks
    on_step("cascades", 0)
    caused = own.take(np.zeros(len(own), dtype=bool))
    if settings.influence:
        found = [
            _cascades(shape, parameters, settings, people, ties, market.of(kind), own=own, posts=promotions, seed=seed)
            for kind in shape.spreading
        ]
        person, thing, time = (np.concatenate(column) for column in zip(*found, strict=True))
        caused = as_events(shape, person, thing, time, rng=stream(seed, "caused 2"))
    interactions = _interactions(shape, parameters, settings, people, ties, planted, seed=seed)
    return World(
        shape, parameters, seed, market, people, ties, concatenate([own, caused]), promotions, mentions, interactions,
        Planted(settings, accounts, planted),
    )  # fmt: skip


def factors(settings: Settings) -> Floats:
    """Factors of an item's appeal at home and elsewhere, and the largest appeal: float64 (3,)."""
    return np.array([settings.home_taste, settings.foreign_taste, settings.most_taste])


def _cascades(
    shape: Shape,
    parameters: Parameters,
    settings: Settings,
    people: People,
    ties: Ties,
    catalogue: Catalogue,
    *,
    own: Events,
    posts: Posts,
    seed: int,
) -> tuple[Ints, Ints, Ints]:
    """Caused adoptions of items of one type: person, item times number of spreading types plus type, and time."""
    from graph.worlds.contagion import kernels

    number, width = shape.spreading.index(catalogue.kind), len(shape.spreading)
    kinds = np.array([kind == catalogue.kind for kind in shape.kinds])
    rows = np.flatnonzero(shape.spreads[own.relation] & kinds[shape.kind_of[own.relation]])
    item, person = own.item[rows].astype(np.int64), own.person[rows].astype(np.int64)
    time = own.time[rows].astype(np.int64)
    if catalogue.kind == shape.promoted:
        item = np.concatenate([item, posts.item])
        person = np.concatenate([person, people.kols.person[posts.kol]])
        time = np.concatenate([time, posts.time.astype(np.int64)])
    order = np.lexsort((person, time, item))
    offsets = np.searchsorted(item[order], np.arange(len(catalogue) + 1)).astype(np.int64)
    key = stream(seed, f"cascades 2 {catalogue.kind}").integers(0, 2**64, dtype=np.uint64)
    found, adopter, when = kernels.window_cascades(
        ties.offsets(len(people)), ties.follower, ties.chance.astype(np.float64), ties.since - parameters.start,
        people.taste, people.community[: people.users], catalogue.interest, catalogue.home, factors(settings),
        offsets, person[order], time[order], settings.tiring, parameters.adoption_delay_days * _DAY,
        parameters.days * _DAY, key,
    )  # fmt: skip
    return adopter, found * width + number, when


def _interactions(
    shape: Shape,
    parameters: Parameters,
    settings: Settings,
    people: People,
    ties: Ties,
    planted: TieTruth,
    *,
    seed: int,
) -> Interactions:
    """Reactions at the rate of the planted attention; none to KOLs of platforms that do not export them."""
    silent = np.zeros(len(people), dtype=bool)
    silent[people.kols.person] = np.array(settings.silent)[people.kols.platform]
    attention = np.where(silent[ties.followed], np.float32(0.0), planted.attention)
    return make_interactions(shape, parameters, people, ties=replace(ties, chance=attention), seed=seed)
