"""The truth of version 2: further planted arrays, and what three plans would add, by item and budget."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from graph.worlds.contagion.additional import additional_adoptions
from graph.worlds.contagion.market import PlantedMarket, stands_for
from graph.worlds.contagion.oracle import cheapest_first, oracle, product_blind
from graph.worlds.stages.draws import Floats, Ints, stream
from graph.worlds.stages.events import INFLUENCE
from graph.worlds.version2.make import factors
from graph.worlds.version2.planted import Planted
from graph.worlds.version2.settings import CONTENTS
from graph.worlds.world import World
from graph.worlds.writing.attributes import item_ids, person_ids
from graph.worlds.writing.names import PLATFORMS

VERSION = 2
_SETS = 1_500_000
_DRAWS = 100_000
_ERROR = 0.009


def planted_of(world: World) -> Planted:
    """What version 2 has planted in the world."""
    assert world.planted is not None
    return world.planted


def further_arrays(world: World) -> dict[str, np.ndarray]:
    """Arrays of the truth besides those of all worlds, by name."""
    planted, kols = planted_of(world), world.people.kols
    acts, act_time = _acts(world)
    return {
        "since": world.ties.since, "attention": planted.ties.attention, "pod_tie": planted.ties.pod,
        "pace": _pace(world), "acts": acts, "act_time": act_time, "linked": planted.accounts.linked,
        "kol_content": planted.accounts.content, "kol_platform": kols.platform, "kol_genuine": kols.genuine,
        "kol_followers": kols.followers, "kol_coverage": planted.accounts.coverage,
        "kol_persuasion": planted.accounts.persuasion, "kol_pod": planted.accounts.pod, "farm": planted.accounts.farm,
    }  # fmt: skip


def further_facts(world: World) -> dict[str, Any]:
    """Entries of truth.json besides those of all worlds."""
    settings, users = planted_of(world).settings, world.people.users
    silent = [name for name, hidden in zip(PLATFORMS, settings.silent, strict=True) if hidden]
    return {
        "version": VERSION,
        "settings": json.loads(settings.canonical_json()),
        "settings_sha256": settings.digest(),
        "promoted": world.shape.promoted,
        "platforms": list(PLATFORMS),
        "contents": list(CONTENTS),
        "coverage": [round(settings.coverage(number, users), 9) for number in range(len(PLATFORMS))],
        "without_reactions": silent,
        "spread": {
            "tiring": settings.tiring,
            "factors": factors(settings).tolist(),
            "delay_days": world.parameters.adoption_delay_days,
        },
        "campaigns": campaigns(world),
    }


def planted_market(world: World) -> PlantedMarket:
    """The market at the end of the window, as ``read_planted_market`` reads it from the files."""
    people, items = world.people, world.market.of(world.shape.promoted)
    acts, act_time = _acts(world)
    return PlantedMarket(
        people=person_ids(world),
        kols=people.kols.person,
        cost=people.kols.cost,
        stands_for=stands_for(len(people), people.kols.person, planted_of(world).accounts.coverage),
        items=item_ids(items),
        indptr=world.ties.offsets(len(people)),
        follower=world.ties.follower,
        dose=world.ties.chance.astype(np.float64),
        taste=people.taste,
        community=people.community[: people.users],
        interest=items.interest,
        home=items.home,
        popularity=items.popularity,
        item_taste=items.taste.astype(np.float32),
        pace=_pace(world),
        noise=world.parameters.noise,
        tiring=planted_of(world).settings.tiring,
        factors=factors(planted_of(world).settings),
        delay=world.parameters.adoption_delay_days,
        acts=acts,
        act_time=act_time,
        since=world.ties.since,
    )


def campaigns(world: World) -> list[dict[str, Any]]:
    """Expected additional adoptions of the plans of ``contagion.oracle`` for some promoted items, at each budget."""
    settings = planted_of(world).settings
    market = planted_market(world)
    budgets = np.round(np.array(settings.budgets) * market.cost.sum())
    horizon = float(settings.campaign_days)
    blind = product_blind(market, budgets, horizon=horizon, sets=_SETS, rng=world.seed)
    rows = []
    for item in campaign_items(world).tolist():
        spread = market.spread(item)
        best = oracle(market, item, budgets, horizon=horizon, sets=_SETS, rng=world.seed)
        for number, budget in enumerate(budgets.tolist()):
            plans = {
                "oracle": best[number],
                "product_blind": blind[number],
                "cheapest_first": cheapest_first(market, budget),
            }
            row: dict[str, Any] = {"item": market.items[item], "share": settings.budgets[number], "budget": int(budget)}
            for name, seeds in plans.items():
                found = additional_adoptions(
                    market, seeds, spread, horizon=horizon, draws=_DRAWS, rng=world.seed, error=_ERROR
                )
                row[name] = {
                    "adoptions": round(found.mean, 4),
                    "error": round(found.error, 4),
                    "audience": round(found.audience_mean, 1),
                    "seeds": len(seeds),
                }
            rows.append(row)
    return rows


def campaign_items(world: World) -> Ints:
    """Items of the campaigns: promoted ones with a home community, drawn by popularity."""
    items = world.market.of(world.shape.promoted)
    weight: Floats = items.popularity * items.home.any(axis=0)
    count = min(planted_of(world).settings.campaign_items, int((weight > 0).sum()))
    return stream(world.seed, "campaign items").choice(len(items), count, replace=False, p=weight / weight.sum())


def _pace(world: World) -> Floats:
    """Adoptions per day of promoted items of each user's own, the season left out: float64 (users,)."""
    shape, parameters, people = world.shape, world.parameters, world.people
    kinds = np.array(shape.kinds)[shape.kind_of] == shape.promoted
    share = float(shape.mix[shape.spreads & kinds].sum())
    visit = (parameters.first_visit_least + parameters.first_visit_most) / 2
    events = np.minimum(visit + people.appetite, parameters.activity_cap)
    pace: Floats = np.where(people.fake[: people.users], 0.0, events * share / parameters.days)
    return pace


def _acts(world: World) -> tuple[Ints, Ints]:
    """Adoptions and promotions of promoted items: person, item, adoption (int64 (a, 3)); UTC seconds (int64 (a,)).

    A caused adoption may be of a relation that spreads only where it was caused, such as saving an item.
    """
    shape, events, posts = world.shape, world.events, world.promotions
    kinds = np.array(shape.kinds)[shape.kind_of] == shape.promoted
    caused = np.isin(np.arange(len(kinds)), [shape.index(name) for name, _ in shape.caused[shape.promoted]])
    rows = np.flatnonzero(
        (shape.spreads & kinds)[events.relation] | (caused[events.relation] & (events.cause == INFLUENCE))
    )
    person = np.concatenate([events.person[rows], world.people.kols.person[posts.kol]])
    item = np.concatenate([events.item[rows], posts.item])
    adopted = np.arange(len(person)) < len(rows)
    time = np.concatenate([events.time[rows], posts.time]).astype(np.int64) + world.parameters.start
    return np.stack([person, item, adopted], axis=1).astype(np.int64), time
