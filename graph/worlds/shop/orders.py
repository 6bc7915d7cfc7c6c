"""Details of order lines: orders, amounts, returns and ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.shop.words import CHANNELS, REASONS, RETURN_SHARES
from graph.worlds.stages.campaigns import Exposures
from graph.worlds.stages.draws import Floats, Ints, stream
from graph.worlds.stages.events import INFLUENCE, NOISE
from graph.worlds.world import World
from graph.worlds.writing.files import order_of

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Lines:
    """Order lines, in the order of orders.csv; l of them.

    Attributes:
        person, item: int64 (l,).
        time: int64 (l,), UTC second of paying; lines of one order have the same.
        order: int64 (l,), number of the order, from 1, rising with time.
        quantity: int64 (l,).
        amount: float64 (l,), yuan paid, two decimals.
        channel: int64 (l,), position in ``CHANNELS``.
        behind: int64 (l,), the campaign exposure that led to it, or -1.
        returned: int64 (l,), UTC second of the return, or -1.
        reason: int64 (l,), position in ``REASONS``, for returned lines.
        stars: int64 (l,), 1 to 5, or 0 without a rating.
    """

    person: Ints
    item: Ints
    time: Ints
    order: Ints
    quantity: Ints
    amount: Floats
    channel: Ints
    behind: Ints
    returned: Ints
    reason: Ints
    stars: Ints


def make_lines(world: World, prices: Floats, exposures: Exposures) -> Lines:
    """Compute the details of all order lines of the world."""
    rng = stream(world.seed, "order lines")
    events, end = world.events, world.parameters.end
    rows = order_of(world, "orders")
    count = len(rows)
    person, item = events.person[rows].astype(np.int64), events.item[rows].astype(np.int64)
    time = events.time[rows].astype(np.int64) + world.parameters.start
    _, order = np.unique((time << 31) | person, return_inverse=True)
    behind = exposures.behind(person, time)
    interest = world.market.of("product").interest[item]
    quantity = 1 + rng.poisson(np.where(prices[item] < 100, 0.35, 0.06))
    channel = rng.choice(len(CHANNELS), count, p=[0.52, 0.26, 0.08, 0.06, 0.08])
    live = (events.cause[rows] == INFLUENCE) & (rng.random(count) < 0.5)
    channel[live] = CHANNELS.index("直播间")
    noise = events.cause[rows] == NOISE
    returned = time + _DAY + (rng.gamma(3.0, 2.0, count) * _DAY).astype(np.int64)
    back = rng.random(count) < np.array(RETURN_SHARES)[interest] * np.where(noise, 1.6, 0.9)
    back &= returned < end
    return Lines(
        person,
        item,
        time,
        order + 1,
        quantity,
        _paid(prices[item] * quantity, behind >= 0, rng),
        channel,
        behind,
        np.where(back, returned, -1),
        rng.choice(len(REASONS), count, p=[0.38, 0.24, 0.08, 0.14, 0.09, 0.03, 0.04]),
        _stars(noise, back, time < end - 20 * _DAY, rng),
    )


def _paid(list_price: Floats, campaign: np.ndarray, rng: np.random.Generator) -> Floats:
    """Amount in yuan: sometimes with a discount, always with one in a campaign."""
    reduced = campaign | (rng.random(len(list_price)) < 0.4)
    discount = np.where(reduced, rng.uniform(0.65, 0.95, len(list_price)), 1.0)
    return np.round(list_price * discount, 2)


def _stars(noise: np.ndarray, back: np.ndarray, old: np.ndarray, rng: np.random.Generator) -> Ints:
    """Ratings of 1/6 of the lines; higher where the choice followed taste, low for returned ones."""
    said = old & (rng.random(len(noise)) < np.where(back, 0.25, 0.16))
    liking = 4.6 - 0.6 * noise - 2.0 * back + 0.8 * rng.standard_normal(len(noise))
    return np.where(said, np.clip(np.round(liking), 1, 5), 0).astype(np.int64)
