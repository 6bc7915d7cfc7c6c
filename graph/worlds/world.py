"""World: a synthetic market in memory, as arrays of people, items, ties and events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.catalogue import Market, make_market
from graph.worlds.stages.events import Events, Extend, concatenate, own_events
from graph.worlds.stages.influence import Interactions, Posts, caused_events, make_interactions, make_posts
from graph.worlds.stages.people import People, make_people
from graph.worlds.stages.ties import Ties, make_ties
from graph.worlds.version2.planted import Planted

OnStep = Callable[[str, int], None]
"""Told what is being made and how many of it are done."""


@dataclass(frozen=True, slots=True)
class World:
    """A complete synthetic market, before it is written as files.

    Attributes:
        events: Own and caused events of people with items, in order of generation.
        promotions, mentions: What KOLs publish about items and topics.
        planted: What version 2 plants besides; None in version 1.
    """

    shape: Shape
    parameters: Parameters
    seed: int
    market: Market
    people: People
    ties: Ties
    events: Events
    promotions: Posts
    mentions: Posts
    interactions: Interactions
    planted: Planted | None = None


def make_world(
    shape: Shape, parameters: Parameters, *, users: int, on_step: OnStep, seed: int, extend: Extend | None = None
) -> World:
    """Generate a market; equal shape, parameters, users and seed give equal arrays.

    Args:
        shape: The shape of the market.
        parameters: Its parameters.
        users: Number of rows of users.csv.
        on_step: Called before each stage, for showing progress.
        seed: Whole number >= 0.
        extend: Adds events that follow from a block of own events: repeats, carts, companion purchases.
    """
    on_step("people and catalogue", 0)
    market = make_market(shape, parameters, users=users, seed=seed)
    people = make_people(parameters, market, users=users, seed=seed)
    on_step("ties", 0)
    ties = make_ties(parameters, people, seed=seed)
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
    caused = caused_events(shape, parameters, people, ties=ties, own=own, promotions=promotions, seed=seed)
    interactions = make_interactions(shape, parameters, people, ties=ties, seed=seed)
    events = concatenate([own, caused])
    return World(shape, parameters, seed, market, people, ties, events, promotions, mentions, interactions)
