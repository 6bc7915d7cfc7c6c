"""The files of the car-rental market."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.recipe import Export, Recipe, Values
from graph.worlds.rental import items, words
from graph.worlds.rental.rentals import Rentals, make_rentals, make_stores
from graph.worlds.rental.shape import SHAPE, CarRental, extend
from graph.worlds.stages.campaigns import CAMPAIGN_FILES, Exposures, campaign_blocks, campaign_ids, campaign_table, show
from graph.worlds.stages.draws import Ints, stream
from graph.worlds.stages.reactions import looking_columns, rating_blocks
from graph.worlds.stages.referrals import REFERRAL_FILE, refer, referral_blocks
from graph.worlds.world import World
from graph.worlds.writing import attributes
from graph.worlds.writing.columns import ROWS, Ids, arrow, choices, local_times, money, padded, running_numbers
from graph.worlds.writing.tables import FileSpec, event_spec, social_files

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = (
    "# How graphvine reads this car-rental market. Times are local; a rental's time is when the car was picked up.",
    "# schema.toml beside this file adds stores, and what a rental order says beside its amount.",
)
SCHEMA = """\
# What a car-rental company has beside the market schema.

[nodes.Store]
doc = "where cars are picked up and returned"
columns = { name = "text", city = "text", place = "text" }

[nodes.Vehicle]
columns = { class = "text" }

[[edges]]
relation = "RENTED"
source = "Person"
target = "Vehicle"
weight = "amount in yuan"
columns = { days = "integer", ordered = "time", returned = "time", channel = "text", coupon = "text" }
doc = "rented; the time is that of picking up"

[[edges]]
relation = "PICKED_UP_AT"
source = "Person"
target = "Store"
role = "browse"
half_life = 180
columns = { vehicle = "text" }
doc = "took a car there"

[[edges]]
relation = "RETURNED_TO"
source = "Person"
target = "Store"
role = "browse"
half_life = 180
columns = { vehicle = "text", kilometres = "integer" }
doc = "brought a car back there"
"""


def _at_store(name: str, relation: str, *columns: str) -> FileSpec:
    return event_spec(name, f"Person-{relation}-Store", "vehicle", *columns, event_id="order_id", clock="text")


RENTALS = replace(
    event_spec(
        "rentals", "Person-RENTED-Vehicle", "ordered", "days", "returned", "channel", "coupon", "amount", "status",
        weight="amount", event_id="order_id", clock="text", ignore=("status",),
    ),
    headers=(
        "order_id", "user_id", "vehicle_id", "ordered_at", "days", "returned_at", "channel", "coupon_id",
        "paid_amount", "status", "picked_up_at",
    ),
)  # fmt: skip
FILES = (
    attributes.USER_FILE,
    attributes.KOL_FILE,
    FileSpec(
        "vehicles.csv",
        ("vehicle_id", "name", "model", "brand", "class", "price_band", "energy_type", "body", "price"),
        node="Vehicle",
        headers=(
            "vehicle_id", "name", "model", "brand", "class", "price_band", "energy_type", "body", "price_of_a_day",
        ),
    ),
    FileSpec("stores.csv", ("store_id", "name", "city", "place"), node="Store"),
    FileSpec("topics.csv", ("topic_id", "name"), node="Topic"),
    event_spec("viewed_vehicle", "Person-VIEWED-Vehicle", "seconds", weight="seconds", clock="text"),
    event_spec("searched_topic", "Person-SEARCHED-Topic", "times", weight="times", clock="text"),
    event_spec("favourited_vehicle", "Person-FAVOURITED-Vehicle", clock="text"),
    RENTALS,
    _at_store("pickups", "PICKED_UP_AT"),
    _at_store("returns", "RETURNED_TO", "kilometres"),
    event_spec("ratings", "Person-RATED-Vehicle", "stars", "helpfulness", weight="stars", clock="text"),
    *social_files("promotes_vehicle", "vehicle", clock="text"),
    REFERRAL_FILE,
    *CAMPAIGN_FILES,
)  # fmt: skip


def export(world: World) -> Export:
    """The world-specific files: everything but ties, reactions and posts."""
    parameters = world.parameters
    assert isinstance(parameters, CarRental)
    stores = make_stores(parameters, users=world.people.users, seed=world.seed)
    exposures = show(world, words.ACTIONS)
    prices = items.day_prices(world.market.of("vehicle"), world.seed)
    made = make_rentals(world, stores, exposures, prices=prices)
    referred = refer(world)
    nodes = {
        "users": lambda: attributes.user_table(world),
        "kols": lambda: attributes.kol_table(world),
        "vehicles": lambda: items.vehicle_table(world),
        "stores": lambda: items.store_table(stores),
        "topics": lambda: attributes.topic_table(world, words.ASPECTS),
        "campaigns": lambda: campaign_table(world, words.ACTIONS),
    }
    places = items.store_ids(stores)
    others = {
        "pickups": lambda ids: _handovers(world, made, ids, places, returning=False),
        "returns": lambda ids: _handovers(world, made, ids, places, returning=True),
        "ratings": lambda ids: _ratings(world, made, ids),
        "referrals": lambda ids: referral_blocks(referred, ids),
        **campaign_blocks(exposures, behind=made.behind, amount=made.amount, time=made.time),
    }

    groups = [SHAPE.groups[number].name for number in world.market.group]
    return Export(
        MappingProxyType(nodes),
        _values(world, made, exposures),
        MappingProxyType(others),
        MappingProxyType({"community_group": world.market.group, "rental_business": made.business}),
        MappingProxyType({"groups": groups, "calendars": [asdict(calendar) for calendar in SHAPE.calendars]}),
    )


def _values(world: World, made: Rentals, exposures: Exposures) -> Values:
    campaigns = np.append(exposures.campaign, -1)

    def values(spec: FileSpec, _rows: np.ndarray, part: slice) -> Mapping[str, pa.Array]:
        if spec.name == "rentals":
            return _order_columns(world, made, part, campaign=campaigns[made.behind[part]])
        rng = stream(world.seed, f"values {spec.name}", part.start // ROWS)
        return looking_columns(spec, part.stop - part.start, rng)

    return values


def _order_columns(world: World, made: Rentals, part: slice, *, campaign: Ints) -> dict[str, pa.Array]:
    """Columns of rentals.csv in addition to ends and pick-up time."""
    import pyarrow as pa

    rng = stream(world.seed, "values rentals", part.start // ROWS)
    count = part.stop - part.start
    channel = rng.choice(len(words.CHANNELS), count, p=[0.4, 0.24, 0.18, 0.12, 0.06, 0.0])
    channel[made.business[part] & (rng.random(count) < 0.5)] = words.CHANNELS.index("企业协议")
    coupons = tuple(campaign_ids(words.ACTIONS))
    out = made.returned[part] < 0
    return {
        "order_id": running_numbers("R", part),
        "ordered": local_times(made.ordered[part]),
        "days": arrow(made.days[part]),
        "returned": local_times(made.returned[part]),
        "channel": choices(words.CHANNELS, channel),
        "coupon": choices(coupons, campaign),
        "amount": money(made.amount[part]),
        "status": pa.array(np.where(out, "在租", "已还车").astype(object), pa.string()),
    }


def _handovers(world: World, made: Rentals, ids: Ids, places: np.ndarray, *, returning: bool) -> Iterator[pa.Table]:
    """Rows of pickups.csv, or of returns.csv for the cars that are back, in order of time."""
    import pyarrow as pa

    time, store = (made.returned, made.stop) if returning else (made.time, made.start)
    order = np.argsort(time, kind="stable")
    order = order[time[order] >= 0]
    names = pa.array(places, pa.string())
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        rng = stream(world.seed, "kilometres", first // ROWS)
        driven = np.maximum(3, made.days[rows] * rng.gamma(2.0, 55.0, len(rows))).astype(np.int64)
        yield pa.table(
            {
                "order_id": padded("R", rows + 1),
                "user_id": ids.people(made.person[rows]),
                "store_id": names.take(arrow(store[rows])),
                "vehicle": ids.items("vehicle", made.item[rows]),
                "kilometres": arrow(driven),
                "ts": local_times(time[rows]),
            }
        )


def _ratings(world: World, made: Rentals, ids: Ids) -> Iterator[pa.Table]:
    """Rows of ratings.csv, in order of time."""
    rated = np.flatnonzero(made.stars > 0)
    rng = stream(world.seed, "ratings")
    time = made.returned[rated] + 600 + (rng.random(len(rated)) * 1.9 * 86_400).astype(np.int64)
    yield from rating_blocks(
        ids,
        kind="vehicle",
        person=made.person[rated],
        item=made.item[rated],
        stars=made.stars[rated],
        time=time,
        rng=rng,
    )


RECIPE = Recipe("car-rental", SHAPE, CarRental(), FILES, HEAD, export, extend, SCHEMA)
