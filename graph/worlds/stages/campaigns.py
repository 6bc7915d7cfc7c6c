"""Campaigns: exposures, clicks and conversions.

Exposures cause nothing in these markets; sales and holidays of the calendar affect everybody. An adoption after a click
and before the end of the campaign is recorded as its conversion, as companies do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.worlds.stages.draws import Ints, stream
from graph.worlds.world import World
from graph.worlds.writing.attributes import numbered
from graph.worlds.writing.columns import ROWS, Ids, arrow, choices, local_times, money
from graph.worlds.writing.tables import FileSpec, edge_spec

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = 86_400
_LOCAL = 8 * 3600
_CLICK = 0.10
_FOCUS = 0.35
CHANNELS = ("短信", "App推送", "小程序", "朋友圈广告", "抖音信息流", "站内横幅")


class Action(NamedTuple):
    """A campaign: its name, first and last local day, share of users reached, yuan per user, and its interest."""

    name: str
    first: str
    last: str
    reach: float
    spend: float
    interest: str = ""


@dataclass(frozen=True, slots=True)
class Exposures:
    """e exposures of people to campaigns, in order of campaign and person.

    Attributes:
        actions: The campaigns.
        campaign, person: int64 (e,).
        channel: int64 (e,), position in ``CHANNELS``.
        time: int64 (e,), UTC seconds of the first time.
        times: int64 (e,), number of impressions.
        clicked: int64 (e,), UTC seconds of the click, or -1.
    """

    actions: tuple[Action, ...]
    campaign: Ints
    person: Ints
    channel: Ints
    time: Ints
    times: Ints
    clicked: Ints

    def ends(self) -> Ints:
        """First second after each campaign: int64 (campaigns,)."""
        return np.array([_second(action.last) + _DAY for action in self.actions])

    def behind(self, person: np.ndarray, time: np.ndarray) -> Ints:
        """For each adoption (UTC seconds): the exposure clicked last, or -1 for none or where its campaign is over."""
        clicks = np.flatnonzero(self.clicked >= 0)
        key = (self.person[clicks] << 33) | self.clicked[clicks]
        order = np.argsort(key, kind="stable")
        clicks, key = clicks[order], key[order]
        if not len(clicks):
            return np.full(len(person), -1)
        wanted = (person.astype(np.int64) << 33) | time.astype(np.int64)
        spot = np.searchsorted(key, wanted, side="right") - 1
        found = clicks[np.maximum(spot, 0)]
        fits = (spot >= 0) & (self.person[found] == person) & (time < self.ends()[self.campaign[found]])
        return np.where(fits, found, -1)


def _second(day: str) -> int:
    return int(np.datetime64(day, "s").astype(np.int64)) - _LOCAL


def show(world: World, actions: tuple[Action, ...]) -> Exposures:
    """Generate exposures of users who had signed up; fake accounts are exposed too, but never click."""
    people, rng = world.people, stream(world.seed, "campaigns")
    tags = world.shape.tags.tolist()
    parts = []
    for number, action in enumerate(actions):
        first, end = _second(action.first), _second(action.last) + _DAY
        reached = np.flatnonzero((rng.random(people.users) < action.reach) & (people.signup < end - 2 * _DAY))
        begin = np.maximum(first, people.signup[reached] + _DAY)
        time = begin + (rng.random(len(reached)) ** 1.5 * (end - begin - 3600)).astype(np.int64)
        chance = np.full(len(reached), _CLICK)
        if action.interest:
            chance = 0.03 + _FOCUS * people.taste[reached, tags.index(action.interest)].astype(np.float64)
        click = time + 20 + rng.exponential(5 * 3600.0, len(reached)).astype(np.int64)
        hit = (rng.random(len(reached)) < chance) & ~people.fake[reached] & (click < end)
        parts.append(
            (
                np.full(len(reached), number),
                reached,
                rng.integers(0, len(CHANNELS), len(reached)),
                time,
                1 + rng.poisson(1.4, len(reached)),
                np.where(hit, click, -1),
            )
        )
    return Exposures(actions, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def campaign_ids(actions: tuple[Action, ...]) -> np.ndarray:
    """External ids: object (campaigns,) of str."""
    return numbered("A", len(actions))


def campaign_table(world: World, actions: tuple[Action, ...]) -> pa.Table:
    """Rows of campaigns.csv."""
    import pyarrow as pa

    return pa.table(
        {
            "campaign_id": pa.array(campaign_ids(actions), pa.string()),
            "name": [action.name for action in actions],
            "start": [action.first for action in actions],
            "end": [action.last for action in actions],
            "budget": pa.array([round(action.spend * world.people.users, -2) for action in actions]),
        }
    )


def exposure_blocks(exposures: Exposures, ids: Ids) -> Iterator[pa.Table]:
    """Rows of exposures.csv, in order of time."""
    yield from _blocks(exposures, ids, np.argsort(exposures.time, kind="stable"), exposures.time)


def click_blocks(exposures: Exposures, ids: Ids) -> Iterator[pa.Table]:
    """Rows of clicks.csv, in order of time."""
    order = np.argsort(exposures.clicked, kind="stable")
    yield from _blocks(exposures, ids, order[exposures.clicked[order] >= 0], exposures.clicked)


def _blocks(exposures: Exposures, ids: Ids, order: Ints, time: Ints) -> Iterator[pa.Table]:
    import pyarrow as pa

    names = pa.array(campaign_ids(exposures.actions), pa.string())
    for first in range(0, max(len(order), 1), ROWS):
        rows = order[first : first + ROWS]
        yield pa.table(
            {
                "user_id": ids.people(exposures.person[rows]),
                "campaign_id": names.take(arrow(exposures.campaign[rows])),
                "channel": choices(CHANNELS, exposures.channel[rows]),
                "impressions": arrow(exposures.times[rows]),
                "ts": local_times(time[rows]),
            }
        )


def conversion_blocks(
    exposures: Exposures, ids: Ids, *, behind: Ints, amount: np.ndarray, time: np.ndarray
) -> Iterator[pa.Table]:
    """Rows of conversions.csv, in the order of the adoptions.

    Args:
        exposures: The exposures.
        ids: Ids of the world.
        behind: int64 (m,), the exposure that led to each adoption, or -1.
        amount: float64 (m,), yuan.
        time: int64 (m,), UTC seconds, rising.
    """
    import pyarrow as pa

    names = pa.array(campaign_ids(exposures.actions), pa.string())
    rows = np.flatnonzero(behind >= 0)
    source = behind[rows]
    yield pa.table(
        {
            "user_id": ids.people(exposures.person[source]),
            "campaign_id": names.take(arrow(exposures.campaign[source])),
            "channel": choices(CHANNELS, exposures.channel[source]),
            "amount": money(amount[rows]),
            "ts": local_times(time[rows]),
        }
    )


def campaign_blocks(
    exposures: Exposures, *, behind: Ints, amount: np.ndarray, time: np.ndarray
) -> dict[str, Callable[[Ids], Iterator[pa.Table]]]:
    """What writes each file of events of campaigns; see ``conversion_blocks``."""
    return {
        "exposures": lambda ids: exposure_blocks(exposures, ids),
        "clicks": lambda ids: click_blocks(exposures, ids),
        "conversions": lambda ids: conversion_blocks(exposures, ids, behind=behind, amount=amount, time=time),
    }


_ENDS = ("user_id", "campaign_id")
CAMPAIGN_FILES = (
    FileSpec("campaigns.csv", ("campaign_id", "name", "start", "end", "budget"), node="Campaign"),
    edge_spec("exposures", "Person-EXPOSED_TO-Campaign", _ENDS, "channel", "impressions", weight="impressions"),
    edge_spec("clicks", "Person-CLICKED-Campaign", _ENDS, "channel"),
    edge_spec("conversions", "Person-CONVERTED-Campaign", _ENDS, "channel", "amount", weight="amount"),
)
