"""The shape of the e-commerce market: many products, carts, repeat purchases of consumables, companion purchases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Relation, Shape, caused
from graph.worlds.shop.words import INTERESTS, KOL_STYLES, REFILL_DAYS
from graph.worlds.stages.catalogue import Catalogue, Market
from graph.worlds.stages.draws import Ints
from graph.worlds.stages.events import Events, Rhythm, concatenate
from graph.worlds.stages.people import People
from graph.worlds.stages.repeats import again_after_use, steps_before
from graph.worlds.stages.seasons import Calendar, Holiday, Sale

SHAPE = Shape(
    interests=INTERESTS,
    kinds=("product", "topic"),
    main="product",
    relations=(
        Relation("viewed_product", "product", 0.62, view="viewed_product"),
        Relation("searched_topic", "topic", 0.12),
        Relation("favourited_product", "product", 0.06, view="viewed_product", adoption=True),
        Relation("carted_product", "product", 0.07, view="viewed_product", adoption=True),
        Relation("orders", "product", 0.13, view="viewed_product", adoption=True, spreads=True),
    ),
    caused=caused(product=(("orders", 0.7), ("favourited_product", 0.3))),
    promoted="product",
    mentioned="topic",
    calendars=(
        Calendar(
            sales=(
                Sale(11, 1, 11, 2.4, 6.0),
                Sale(6, 1, 18, 1.9, 4.5),
                Sale(12, 8, 12, 1.5, 2.4),
                Sale(3, 1, 8, 1.3, 2.0),
            ),
            holidays=(
                Holiday("2025-01-08", "2025-01-23", 1.35),
                # No deliveries around the Spring Festival.
                Holiday("2025-01-26", "2025-02-03", 0.45),
                Holiday("2025-10-01", "2025-10-08", 0.85),
            ),
            weekend=1.15,
        ),
    ),
    session=6,
    kol_styles=KOL_STYLES,
    kol_english="Haul",
)


@dataclass(frozen=True, slots=True)
class ECommerce(Parameters):
    """Parameters of the world ``e-commerce``: those of ``Parameters``, and these.

    The window is the year 2025, so that it ends after its largest sale.

    Attributes:
        refill: Probability that a consumable is bought again.
        together: Share of purchases whose order also has the companion product.
        carted: Share of purchases that were put into the cart first.
    """

    start: int = 1735660800
    communities: int = 13
    products: int = 2400
    popularity_spread: float = 1.35
    activity_median: float = 1.55
    promotions: float = 12.0
    adoption_delay_days: float = 2.5
    late_products: float = 0.09
    friend_influence: float = 0.04
    refill: float = 0.5
    together: float = 0.12
    carted: float = 0.7


def companions(catalogue: Catalogue) -> Ints:
    """Companion of each product: int64 (n,), -1 for none.

    Within a category, the two most popular products are companions of each other, then the next two, and so on.
    """
    order = np.lexsort((-catalogue.popularity, catalogue.interest))
    interest = catalogue.interest[order]
    first = np.searchsorted(interest, interest)
    place = np.arange(len(order)) - first
    partner = np.arange(len(order)) + np.where(place % 2 == 0, 1, -1)
    inside = partner < len(order)
    inside[inside] = interest[partner[inside]] == interest[inside]
    found = np.full(len(order), -1)
    found[order[inside]] = order[partner[inside]]
    return found


def extend(
    parameters: Parameters, events: Events, *, market: Market, people: People, rhythm: Rhythm, rng: np.random.Generator
) -> Events:
    """Add repeat purchases, companions in the same order, and carts before purchases."""
    assert isinstance(parameters, ECommerce)
    catalogue = market.of("product")
    orders = SHAPE.index("orders")
    parts = [events]
    bought = np.flatnonzero(events.relation == orders)
    days = np.array(REFILL_DAYS)[catalogue.interest]
    for pace in sorted({pace for pace in REFILL_DAYS if pace}):
        rows = bought[days[events.item[bought]] == pace]
        parts.append(again_after_use(parameters, events, rows, chance=parameters.refill, days=pace, rng=rng))
    everything = concatenate(parts)
    together = _together(parameters, catalogue, everything, rng)
    bought = np.flatnonzero(everything.relation == orders)
    bought = bought[rng.random(len(bought)) < parameters.carted]
    earliest = np.maximum(people.signup[everything.person[bought]], catalogue.launch[everything.item[bought]])
    carts = steps_before(
        everything, bought, relation=SHAPE.index("carted_product"), earliest=earliest - parameters.start,
        mean_hours=20.0, rng=rng,
    )  # fmt: skip
    return concatenate([everything, together, carts])


def _together(parameters: ECommerce, catalogue: Catalogue, events: Events, rng: np.random.Generator) -> Events:
    """Companion purchases of an order: the same person, second and cause."""
    bought = np.flatnonzero(events.relation == SHAPE.index("orders"))
    partner = companions(catalogue)[events.item[bought]]
    on_sale = catalogue.launch[partner] <= events.time[bought] + parameters.start
    kept = (rng.random(len(bought)) < parameters.together) & (partner >= 0) & on_sale
    source = events.take(bought[kept])
    return Events(source.relation, source.person, partner[kept].astype(np.int32), source.time, source.cause)
