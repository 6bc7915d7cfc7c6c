"""The EV-retail market put together: people, catalogue, ties, events, in memory as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.worlds.catalogue import Market, make_market
from graph.worlds.events import Events, concatenate, own_events
from graph.worlds.influence import Interactions, Posts, caused_events, make_interactions, make_posts
from graph.worlds.parameters import EvRetail
from graph.worlds.people import People, make_people
from graph.worlds.ties import Ties, make_ties

OnStep = Callable[[str, int], None]
"""Told what is being made and how many of it are done."""


@dataclass(frozen=True, slots=True)
class World:
    """A whole planted market, before it becomes files.

    Attributes:
        events: Own and caused events of people with items, in order of generation.
        promotions, mentions: What KOLs publish about vehicles and topics.
    """

    parameters: EvRetail
    seed: int
    market: Market
    people: People
    ties: Ties
    events: Events
    promotions: Posts
    mentions: Posts
    interactions: Interactions


def make_world(parameters: EvRetail, *, users: int, seed: int, on_step: OnStep) -> World:
    """Plant a market; the same parameters, users and seed give the same arrays."""
    on_step("people and catalogue", 0)
    market = make_market(parameters, users=users, seed=seed)
    people = make_people(parameters, market, users=users, seed=seed)
    on_step("ties", 0)
    ties = make_ties(parameters, people, seed=seed)
    promotions = make_posts(parameters, market, people, kind="vehicle", seed=seed)
    mentions = make_posts(parameters, market, people, kind="topic", seed=seed)
    blocks, made = [], 0
    for block in own_events(parameters, market, people, seed=seed):
        blocks.append(block)
        made += len(block)
        on_step("events", made)
    own = concatenate(blocks)
    del blocks
    on_step("cascades", 0)
    caused = caused_events(parameters, people, ties, own, promotions, seed=seed)
    interactions = make_interactions(parameters, people, ties, seed=seed)
    events = concatenate([own, caused])
    return World(parameters, seed, market, people, ties, events, promotions, mentions, interactions)
