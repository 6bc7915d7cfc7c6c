"""Details of rentals: stores, duration, price and rating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.rental.shape import HOLIDAYS, CarRental
from graph.worlds.rental.words import PLACES
from graph.worlds.stages.campaigns import Exposures
from graph.worlds.stages.draws import Floats, GroupTable, Ints, stream
from graph.worlds.stages.events import NOISE
from graph.worlds.world import World
from graph.worlds.writing.attributes import people_columns
from graph.worlds.writing.columns import LOCAL
from graph.worlds.writing.files import order_of
from graph.worlds.writing.names import CITIES, CITY_WEIGHTS

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Stores:
    """Stores: city and place of each, int64 (s,), positions in ``CITIES`` and ``PLACES``; sorted by city."""

    city: Ints
    place: Ints

    def __len__(self) -> int:
        return len(self.city)


@dataclass(frozen=True, slots=True)
class Rentals:
    """The rentals of a world, in the order of rentals.csv; r of them.

    Attributes:
        rows: int64 (r,), positions in the world's events.
        person, item: int64 (r,).
        time: int64 (r,), UTC second of picking up.
        ordered: int64 (r,), UTC second of booking.
        days: int64 (r,), days booked.
        returned: int64 (r,), UTC second of returning, -1 while the car is out.
        start, stop: int64 (r,), numbers of the stores.
        business: bool (r,), whether the person is in a business community.
        behind: int64 (r,), the campaign exposure that led to it, or -1.
        amount: float64 (r,), yuan with two decimals.
        stars: int64 (r,), 1 to 5, or 0 without a rating.
    """

    rows: Ints
    person: Ints
    item: Ints
    time: Ints
    ordered: Ints
    days: Ints
    returned: Ints
    start: Ints
    stop: Ints
    business: np.ndarray
    behind: Ints
    amount: Floats
    stars: Ints


def make_stores(parameters: CarRental, *, users: int, seed: int) -> Stores:
    """One store in every city, and further stores in proportion to people."""
    rng = stream(seed, "stores")
    count = parameters.scaled(parameters.stores, users, power=0.3, least=len(CITIES))
    weights = CITY_WEIGHTS / CITY_WEIGHTS.sum()
    city = np.sort(np.concatenate([np.arange(len(CITIES)), rng.choice(len(CITIES), count - len(CITIES), p=weights)]))
    first = np.searchsorted(city, city)
    return Stores(city, (np.arange(count) - first) % len(PLACES))


def make_rentals(world: World, stores: Stores, exposures: Exposures, *, prices: Floats) -> Rentals:
    """Compute the details of all rentals of the world."""
    parameters = world.parameters
    assert isinstance(parameters, CarRental)
    rng = stream(world.seed, "rentals")
    rows = order_of(world, "rentals")
    person, item = world.events.person[rows].astype(np.int64), world.events.item[rows].astype(np.int64)
    time = world.events.time[rows].astype(np.int64) + parameters.start
    business = world.market.group[np.maximum(world.people.community[person], 0)] == 1
    holiday = _in_holidays(time)
    days = _days(business, holiday, rng)
    returned = _returned(person, time, days, rng)
    start, stop = _stores(world, stores, person, business, one_way=parameters.one_way, rng=rng)
    lead = np.where(business, rng.exponential(1.2, len(rows)), rng.exponential(np.where(holiday, 9.0, 3.0)))
    ordered = np.maximum(time - 600 - (lead * _DAY).astype(np.int64), world.people.signup[person] + 60)
    ordered = np.minimum(np.maximum(ordered, world.market.of("vehicle").launch[item]), time)
    behind = exposures.behind(person, time)
    amount = _amount(prices[item], days, holiday, stores.city[start] != stores.city[stop], behind >= 0, rng=rng)
    stars = _stars(world.events.cause[rows] == NOISE, rng)
    out = returned >= parameters.end - 2 * _DAY
    return Rentals(
        rows, person, item, time, ordered, days, np.where(returned >= parameters.end, -1, returned),
        start, stop, business, behind, amount, np.where(out, 0, stars),
    )  # fmt: skip


def _in_holidays(time: Ints) -> np.ndarray:
    day = (time + LOCAL).astype("datetime64[s]").astype("datetime64[D]")
    inside = np.zeros(len(time), dtype=bool)
    for first, last in HOLIDAYS:
        inside |= (day >= np.datetime64(first)) & (day <= np.datetime64(last))
    return inside


def _days(business: np.ndarray, holiday: np.ndarray, rng: np.random.Generator) -> Ints:
    """Booked days: short for business, the length of the holiday in holidays, sometimes a month or more."""
    count = len(business)
    leisure = np.where(holiday, 3 + rng.binomial(5, 0.4, count), 1 + rng.geometric(0.5, count))
    days = np.where(business, rng.geometric(0.55, count), leisure)
    long = rng.random(count) < np.where(business, 0.05, 0.01)
    return np.where(long, 30 * (1 + (rng.random(count) < 0.2)), days).astype(np.int64)


def _returned(person: Ints, time: Ints, days: Ints, rng: np.random.Generator) -> Ints:
    """Return time, UTC seconds: near the end of the booked days, and before the person's next rental."""
    due = time + days * _DAY + (rng.normal(0.0, 2.0, len(time)) * 3600).astype(np.int64)
    order = np.lexsort((time, person))
    following = np.full(len(time), np.iinfo(np.int64).max)
    same = person[order][1:] == person[order][:-1]
    following[order[:-1][same]] = time[order[1:][same]]
    returned: Ints = np.maximum(np.minimum(due, following - 60), time + 60)
    return returned


def _stores(
    world: World, stores: Stores, person: Ints, business: np.ndarray, *, one_way: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Store where each rental starts (home city or travel destination) and ends (mostly the same)."""
    count = len(person)
    code = {name: number for number, name in enumerate(CITIES)}
    home = np.array([code[name] for name in people_columns(world)["city"]], dtype=np.int64)[person]
    weights = CITY_WEIGHTS / CITY_WEIGHTS.sum()
    away = rng.random(count) < np.where(business, 0.55, 0.4)
    city = np.where(away, rng.choice(len(CITIES), count, p=weights), home)
    table = GroupTable.build(np.ones(len(stores)), stores.city, np.arange(len(stores)))
    start = table.draw(city, rng).astype(np.int64)
    turn = rng.random(count)
    elsewhere = table.draw(np.where(turn < one_way, rng.choice(len(CITIES), count, p=weights), city), rng)
    return start, np.where(turn < one_way + 0.12, elsewhere, start).astype(np.int64)


def _amount(
    price: Floats,
    days: Ints,
    holiday: np.ndarray,
    other_city: np.ndarray,
    coupon: np.ndarray,
    *,
    rng: np.random.Generator,
) -> Floats:
    """Price in yuan: daily price (higher in holidays, lower per week and month), insurance, one-way fee."""
    rate = price * np.where(holiday, 1.6, 1.0) * np.where(days >= 28, 0.62, np.where(days >= 7, 0.85, 1.0))
    rate = rate * np.where(coupon, 0.88, 1.0) * rng.uniform(0.92, 1.08, len(price))
    insurance = np.where(rng.random(len(price)) < 0.7, 50.0, 0.0)
    return np.round((rate + insurance) * days + 35.0 + np.where(other_city, 300.0, 0.0), 2)


def _stars(noise: np.ndarray, rng: np.random.Generator) -> Ints:
    """Ratings of 20 % of rentals; higher where the choice followed taste."""
    said = rng.random(len(noise)) < 0.2
    liking = 4.4 - 0.7 * noise + 0.9 * rng.standard_normal(len(noise))
    return np.where(said, np.clip(np.round(liking), 1, 5), 0).astype(np.int64)
