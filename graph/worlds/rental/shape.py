"""The shape of the car-rental market: leisure and business customers with their own calendars, repeated rentals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.rental.words import BUSINESS, INTERESTS, KOL_STYLES, LEISURE
from graph.worlds.shape import Group, Relation, Shape, caused
from graph.worlds.stages.catalogue import Market
from graph.worlds.stages.events import Events, Rhythm, concatenate
from graph.worlds.stages.people import People
from graph.worlds.stages.repeats import again_in_season
from graph.worlds.stages.seasons import Calendar, Holiday

HOLIDAYS = (
    ("2025-09-30", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-13", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
)
"""First and last local day of the public holidays of the window, the eve included where people leave on it."""
_FACTORS = (3.6, 1.9, 4.2, 2.3, 3.8, 2.0)
# Stores are open in the daytime; those at airports at night too.
_OPEN = (2, 1, 1, 1, 1, 2, 4, 10, 22, 30, 28, 24, 18, 20, 22, 20, 18, 18, 17, 14, 10, 8, 5, 3)

SHAPE = Shape(
    interests=INTERESTS,
    kinds=("vehicle", "topic"),
    main="vehicle",
    relations=(
        Relation("viewed_vehicle", "vehicle", 0.56, view="viewed_vehicle"),
        Relation("searched_topic", "topic", 0.20),
        Relation("favourited_vehicle", "vehicle", 0.09, view="viewed_vehicle", adoption=True, spreads=True),
        Relation("rentals", "vehicle", 0.15, view="viewed_vehicle", adoption=True, spreads=True),
    ),
    caused=caused(vehicle=(("rentals", 0.4), ("favourited_vehicle", 0.6))),
    promoted="vehicle",
    mentioned="topic",
    calendars=(
        Calendar(
            holidays=tuple(Holiday(*days, factor) for days, factor in zip(HOLIDAYS, _FACTORS, strict=True)),
            weekend=1.7,
            hours=_OPEN,
            months=(0.85, 0.9, 0.8, 0.95, 1.0, 1.0, 1.4, 1.45, 0.9, 1.0, 0.75, 0.8),
        ),
        Calendar(
            holidays=tuple(Holiday(*days, 0.35) for days in HOLIDAYS),
            weekend=0.5,
            hours=_OPEN,
            months=(0.85, 0.7, 1.15, 1.1, 1.05, 1.0, 0.95, 0.9, 1.15, 1.05, 1.15, 1.05),
        ),
    ),
    groups=(Group("leisure", 0.64, LEISURE), Group("business", 0.36, BUSINESS)),
    kol_styles=KOL_STYLES,
    kol_english="Road Trips",
)


@dataclass(frozen=True, slots=True)
class CarRental(Parameters):
    """Parameters of the world ``car-rental``: those of ``Parameters``, and these.

    Attributes:
        again_leisure, again_business: Probability that a rental is followed by another of the same model, by group.
        one_way: Share of rentals that end in another city.
        stores: Number of stores for 5,000 users, growing with users ** 0.3; at least one per city.
    """

    communities: int = 11
    vehicles: int = 260
    popularity_spread: float = 1.15
    late_vehicles: float = 0.07
    activity_median: float = 2.0
    kol_follows: float = 2.6
    promotions: float = 4.0
    adoption_delay_days: float = 9.0
    again_leisure: float = 0.1
    again_business: float = 0.6
    one_way: float = 0.1
    stores: int = 60


def extend(
    parameters: Parameters, events: Events, *, market: Market, people: People, rhythm: Rhythm, rng: np.random.Generator
) -> Events:
    """Add repeated rentals; fake accounts never rent."""
    assert isinstance(parameters, CarRental)
    rented = np.flatnonzero(events.relation == SHAPE.index("rentals"))
    business = rhythm.group[events.person[rented]] == 1
    parts = [events]
    for rows, chance in ((rented[~business], parameters.again_leisure), (rented[business], parameters.again_business)):
        parts.append(again_in_season(parameters, events, rows, rhythm=rhythm, chance=chance, rng=rng))
    return concatenate(parts)
